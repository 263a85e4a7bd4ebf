"""Recorded clips: any video that FFmpeg reads (GIFs and single pictures too) in, H.264 in MP4 out.

The only import of PyAV. Memory is bounded by one picture, whatever the clip's length: frames are read one
after another, larger ones are scaled down to ``SIDE_MAX_PX``, and sizes beyond ``PIXELS_MAX`` are refused
before they are decoded.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from typing_extensions import Self

from tryon.errors import BadClip
from tryon.frame import U8, Frame

# The live mirror takes no more; a replay shows what the mirror would.
SIDE_MAX_PX = 1280
# 8K video is 33 million. Beyond it a few hundred bytes can ask for gigabytes.
PIXELS_MAX = 40_000_000
# A clip whose end lies this far before the end that its header promises was cut.
CUT_MS = 300.0
# What the clock moves on by where a recording tells neither times nor a rate.
FPS_ASSUMED = 30.0
# Fine enough that no camera's timestamps are rounded, and what MP4 video commonly uses.
TICKS_PER_SECOND = 90_000
# x264's constant rate factor: higher is smaller and coarser.
CRF = 18
# AVCOL_SPC_SMPTE170M and AVCOL_RANGE_MPEG: OpenCV's matrix and range, written down for players.
COLOURSPACE_BT601, RANGE_LIMITED = 6, 1


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a clip says about itself. Sizes are those of its first frame as it is delivered."""

    width_px: int
    height_px: int
    source_width_px: int
    source_height_px: int
    fps: float | None
    duration_ms: float | None
    frames: int | None


class ClipReader:
    """Iterates a clip's frames once, upright, with square pixels and on the clip's own clock.

    Each frame keeps its own size where a clip changes size on the way. Raises BadClip at once if the file is
    missing, is no video or holds no frame. Damage further on ends or thins the frames and is then told in
    ``warning``. Use it as a context manager, or ``close`` it.
    """

    def __init__(self, path: Path, side_max_px: int = SIDE_MAX_PX) -> None:
        self.path = path
        self.warning: str | None = None
        self._side_max_px = side_max_px
        self._damaged_packets = 0
        self._frames_read = 0
        self._last_ms = self._end_ms = 0.0
        if not path.is_file():
            raise BadClip(f"There is no clip at {path}; check the name.")
        try:
            # The "file:" keeps a colon in a name from being taken for a protocol, and the list keeps a
            # playlist from reaching into the network.
            self._container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
        except (av.FFmpegError, OSError) as error:
            raise BadClip(
                f"{path.name} is not a video, GIF or picture that can be read: {said(error)}."
            ) from error
        try:
            self._stream = self._video_stream()
            self._pictures = self._decode()
            self._first: VideoFrame | None = self._first_picture()
            self.info = self._read_info(self._first)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        first, self._first = self._first, None
        if first is None:
            return
        yield self._frame(first)
        for picture in self._pictures:
            yield self._frame(picture)
        self._tell_damage()

    def _video_stream(self) -> VideoStream:
        if not self._container.streams.video:
            raise BadClip(f"{self.path.name} has no video in it, only sound or data; choose another file.")
        stream = self._container.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > PIXELS_MAX:
            raise BadClip(
                f"{self.path.name} is {width}×{height} pixels; scale it down to at most "
                f"{PIXELS_MAX // 1_000_000} million first."
            )
        # The header may lie, and a clip may grow on its way: the decoder keeps to it as well.
        stream.codec_context.options = {"max_pixels": str(PIXELS_MAX)}
        return stream

    def _first_picture(self) -> VideoFrame:
        first = next(self._pictures, None)
        if first is None:
            raise BadClip(f"{self.path.name} holds no frame that can be decoded; record or export it again.")
        return first

    def _decode(self) -> Iterator[VideoFrame]:
        """Every picture that can be decoded; what cannot is counted and left out."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self._damaged_packets += 1
                return
            if packet is None:
                return
            try:
                yield from packet.decode()
            except av.FFmpegError:
                self._damaged_packets += 1

    def _read_info(self, first: VideoFrame) -> ClipInfo:
        stream = self._stream
        width, height = self._shown_size(first)
        quarter_turned = quarter_turns(first) % 2 == 1
        rate = stream.average_rate or stream.guessed_rate
        if stream.duration is not None and stream.time_base is not None:
            duration_ms: float | None = float(stream.duration * stream.time_base) * 1000
        elif self._container.duration is not None and len(self._container.streams) == 1:
            duration_ms = self._container.duration / av.time_base * 1000
        else:
            duration_ms = None
        return ClipInfo(
            width_px=height if quarter_turned else width,
            height_px=width if quarter_turned else height,
            source_width_px=first.width,
            source_height_px=first.height,
            fps=float(rate) if rate else None,
            duration_ms=duration_ms,
            frames=stream.frames or None,
        )

    def _shown_size(self, picture: VideoFrame) -> tuple[int, int]:
        """Width and height before turning: square pixels, no side above the limit."""
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        width, height = float(picture.width * aspect), float(picture.height)
        scale = min(1.0, self._side_max_px / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def _frame(self, picture: VideoFrame) -> Frame:
        width, height = self._shown_size(picture)
        bgr = picture.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray()
        turned: U8 = np.ascontiguousarray(np.rot90(bgr, quarter_turns(picture)), dtype=np.uint8)
        step_ms = 1000.0 / (self.info.fps or FPS_ASSUMED)
        t_ms = picture.time * 1000.0 if picture.time is not None else self._end_ms
        if self._frames_read and t_ms <= self._last_ms:
            # Recordings' clocks stand still or start again now and then; the pipeline needs one that moves.
            t_ms = self._end_ms
        self._last_ms, self._end_ms = t_ms, t_ms + step_ms
        self._frames_read += 1
        return Frame(turned, t_ms, sequence=self._frames_read - 1)

    def _tell_damage(self) -> None:
        name, frames = self.path.name, self._frames_read
        promised_ms = (self.info.duration_ms or 0.0) + (self._stream.start_time or 0) * 1000 * (
            self._stream.time_base or 0
        )
        if promised_ms - self._end_ms > CUT_MS and (self.info.frames or math.inf) > frames:
            self.warning = (
                f"{name} breaks off after {self._end_ms / 1000:.1f} of {promised_ms / 1000:.1f} s; "
                f"what came before was used (frames: {frames})."
            )
        elif self._damaged_packets:
            self.warning = (
                f"{name} is damaged: {self._damaged_packets} of its packets could not be decoded; "
                f"the rest was used (frames: {frames})."
            )


class ClipWriter:
    """Writes an MP4 whose frames keep their times, so that a variable frame rate stays one.

    Sizes are made even by repeating the last row or column; a frame of another size is fitted in with black
    bars. The file appears under its name only when ``close`` has written all of it; leaving a ``with`` block
    by an exception leaves nothing behind.
    """

    def __init__(
        self, path: Path, width_px: int, height_px: int, fps: float | None = None, crf: int = CRF
    ) -> None:
        if path.suffix.lower() != ".mp4":
            raise BadClip(f"A replay is written as MP4; give {path.name} a name that ends in .mp4.")
        self.path = path
        self._size = (width_px, height_px)
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._last_tick = -1
        self._start_ms: float | None = None
        self._open = True
        try:
            self._partial.touch()  # FFmpeg itself finds out with the first frame only
            self._container = av.open(f"file:{self._partial}", "w", format="mp4")
        except (av.FFmpegError, OSError) as error:
            raise BadClip(f"{path} cannot be written: {said(error)}.") from error
        rate = Fraction(fps or FPS_ASSUMED).limit_denominator(1001)
        self._stream = self._container.add_stream(
            "libx264", rate=rate, options={"preset": "veryfast", "crf": str(crf)}
        )
        self._stream.width = width_px + width_px % 2
        self._stream.height = height_px + height_px % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, TICKS_PER_SECOND)
        self._stream.codec_context.time_base = Fraction(1, TICKS_PER_SECOND)
        self._stream.codec_context.colorspace = COLOURSPACE_BT601
        self._stream.codec_context.color_range = RANGE_LIMITED

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
        # OpenCV rounds; FFmpeg's own conversion loses up to 5 of 255.
        i420 = np.asarray(cv2.cvtColor(self._fitted(bgr), cv2.COLOR_BGR2YUV_I420), np.uint8)
        picture = VideoFrame.from_ndarray(i420, format="yuv420p")
        picture.pts, picture.time_base = tick, Fraction(1, TICKS_PER_SECOND)
        self._encode(picture)

    def close(self) -> None:
        """Finish the file and give it its name. A second call does nothing. Raises BadClip if it cannot."""
        if not self._open:
            return
        if self._start_ms is None:
            self.abandon()
            raise BadClip(f"No frame was written to {self.path.name}, so there is no such file.")
        self._encode(None)
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

    def _encode(self, picture: VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
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


def quarter_turns(picture: VideoFrame) -> int:
    """How many times 90° counter-clockwise the picture is to be turned, by its display matrix."""
    return round(picture.rotation / 90) % 4


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


def said(error: Exception) -> str:
    """FFmpeg's or the system's own reason, without paths and error numbers."""
    reason = getattr(error, "strerror", None) or str(error)
    return str(reason).rstrip(".").lower()
