"""Writing a clip: H.264 in an MP4 that appears when it is whole, each frame with its own time."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from typing_extensions import Self

from tryon.errors import BadClip
from tryon.frame import U8
from tryon.replay.clip.reader import FPS_ASSUMED
from tryon.replay.clip.reasons import said
from tryon.replay.clip.sound import Sound, SoundCopy
from tryon.replay.unfinished import unfinished

# Fine enough that no camera's timestamps are rounded, and what MP4 video commonly uses.
TICKS_PER_SECOND: Final = 90_000
# AVCOL_SPC_SMPTE170M and AVCOL_RANGE_MPEG: OpenCV's matrix and range, written down for players.
COLOURSPACE_BT601, RANGE_LIMITED = 6, 1
# x264's constant rate factor: higher is smaller and coarser.
CRF: Final = 18
# The encoder's bytes depend on its threads, so their number does not follow the machine's. One: a take is work for
# one core, and takes side by side, which want every core, are 3 % quicker; a take alone is 4 % slower.
ENCODER_THREADS: Final = 1
# x264's macroblock tree reads memory that nobody wrote, at the end of the last row (found with MALLOC_PERTURB_; its
# portable code does not): the same frames made other bytes from run to run.
_ENCODER: Final = {"preset": "veryfast", "mbtree": "0"}


class ClipWriter:
    """Writes an MP4 whose frames keep their times, so that a variable frame rate stays one.

    Sizes are made even by repeating the last row or column; a frame of another size is fitted in with black
    bars. The file appears under its name only when ``close`` has written all of it; leaving a ``with`` block
    by an exception leaves nothing behind. ``sound`` is the clip's own, kept in time with the frames. The same frames
    make the same bytes, whatever the machine's cores. ``lossless`` keeps every bit of a frame (RGB in H.264's
    High 4:4:4 profile, which browsers do not play); ``crf`` then has no say.
    """

    def __init__(
        self,
        path: Path,
        width_px: int,
        height_px: int,
        fps: float | None = None,
        crf: int = CRF,
        sound: Sound | None = None,
        lossless: bool = False,
    ) -> None:
        if path.suffix.lower() != ".mp4":
            raise BadClip(f"A replay is written as MP4; give {path.name} a name that ends in .mp4.")
        self.path = path
        self.warning: str | None = None
        self._size = (width_px, height_px)
        self._partial = unfinished(path)
        self._last_tick = -1
        self._start_ms: float | None = None
        self._open = True
        try:
            self._partial.touch()  # FFmpeg itself finds out with the first frame only
            self._container = av.open(f"file:{self._partial}", "w", format="mp4")
        except (av.FFmpegError, OSError) as error:
            self._partial.unlink(missing_ok=True)
            raise BadClip(f"{path} cannot be written: {said(error)}.") from error
        except BaseException:
            # Ctrl-C may come here, too, and whoever wanted the file has nothing yet to close.
            self._partial.unlink(missing_ok=True)
            raise
        rate = Fraction(fps or FPS_ASSUMED).limit_denominator(1001)
        self._lossless = lossless
        self._stream = self._container.add_stream(
            "libx264rgb" if lossless else "libx264",
            rate=rate,
            options={**_ENCODER, **({"qp": "0"} if lossless else {"crf": str(crf)})},
        )
        self._stream.width = width_px + width_px % 2
        self._stream.height = height_px + height_px % 2
        self._stream.pix_fmt = "bgr24" if lossless else "yuv420p"
        self._stream.time_base = Fraction(1, TICKS_PER_SECOND)
        self._stream.codec_context.time_base = Fraction(1, TICKS_PER_SECOND)
        if not lossless:
            self._stream.codec_context.colorspace = COLOURSPACE_BT601
            self._stream.codec_context.color_range = RANGE_LIMITED
        self._stream.codec_context.thread_count = ENCODER_THREADS
        self._sound = self._sound_copy(sound)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def write(self, bgr: U8, t_ms: float) -> None:
        """Append a (height, width, 3) picture, shown at ``t_ms``; the first starts the file."""
        if self._start_ms is None:
            self._start_ms = t_ms
        # The encoder refuses times that do not move on.
        tick = max(round((t_ms - self._start_ms) * TICKS_PER_SECOND / 1000), self._last_tick + 1)
        self._last_tick = tick
        picture = self._picture(self._fitted(bgr))
        picture.pts, picture.time_base = tick, Fraction(1, TICKS_PER_SECOND)
        self._encode(picture, self._start_ms)

    def close(self) -> None:
        """Finish the file and give it its name. A second call does nothing. Raises BadClip if it cannot."""
        if not self._open:
            return
        if self._start_ms is None:
            self.abandon()
            raise BadClip(f"No frame was written to {self.path.name}, so there is no such file.")
        self._encode(None, self._start_ms)
        self._open = False
        try:
            self._container.close()
            self._partial.replace(self.path)
        except (av.FFmpegError, OSError) as error:
            self._partial.unlink(missing_ok=True)
            raise BadClip(f"{self.path} cannot be written: {said(error)}.") from error

    def abandon(self) -> None:
        """Drop what was written. A second call, or one after ``close``, does nothing."""
        if not self._open:
            return
        self._open = False
        # The trailer may fail, of a file that goes away in the next line.
        with contextlib.suppress(av.FFmpegError, OSError):
            self._container.close()
        self._partial.unlink(missing_ok=True)

    def _picture(self, bgr: U8) -> VideoFrame:
        if self._lossless:
            return VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24")
        # OpenCV rounds; FFmpeg's own conversion loses up to 5 of 255.
        i420 = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
        return VideoFrame.from_ndarray(i420, format="yuv420p")

    def _sound_copy(self, sound: Sound | None) -> SoundCopy | None:
        if sound is None:
            return None
        try:
            return SoundCopy(sound, self._container)
        except (av.FFmpegError, ValueError) as error:
            self.warning = f"Its sound could not be kept: {said(error)}."
            return None

    def _encode(self, picture: VideoFrame | None, start_ms: float) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
            if self._sound is not None:
                self._sound.put(start_ms / 1000)
                if picture is None:
                    self._sound.finish()
        except (av.FFmpegError, OSError) as error:
            self.abandon()
            raise BadClip(f"{self.path} cannot be written: {said(error)}.") from error

    def _fitted(self, bgr: U8) -> U8:
        width, height = self._size
        if bgr.shape[:2] != (height, width):
            bgr = letterboxed(bgr, width, height)
        if width % 2 or height % 2:
            bgr = np.ascontiguousarray(np.pad(bgr, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
        return bgr


def letterboxed(bgr: U8, width: int, height: int) -> U8:
    """The whole picture, in its own proportions, in the middle of a black one of that size."""
    scale = min(width / bgr.shape[1], height / bgr.shape[0])
    inner = (
        max(1, min(width, round(bgr.shape[1] * scale))),
        max(1, min(height, round(bgr.shape[0] * scale))),
    )
    canvas = np.zeros((height, width, 3), np.uint8)
    x0, y0 = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[y0 : y0 + inner[1], x0 : x0 + inner[0]] = cv2.resize(bgr, inner, interpolation=cv2.INTER_AREA)
    return canvas
