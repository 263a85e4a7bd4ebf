"""Reading a clip: its frames in order, each with its time, and its sound's packets on the side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, cast

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from typing_extensions import Self

from tryon.errors import BadClip
from tryon.frame import Frame
from tryon.replay.clip.picture import SIDE_MAX_PX, quarter_turns, shown_size, to_bgr
from tryon.replay.clip.reasons import said
from tryon.replay.clip.sound import Sound, SoundPacket

# 8K video is 33 million. Beyond it a few hundred bytes can ask for gigabytes.
PIXELS_MAX: Final = 40_000_000
# A clip whose end lies this far before the end that its header promises was cut.
CUT_MS: Final = 300.0
# What the clock moves on by where a recording tells neither times nor a rate.
FPS_ASSUMED: Final = 30.0
# Decoding several pictures in a row finds the caches warm: a fifth less time each. Large ones would take memory.
AHEAD_MAX: Final = 8
AHEAD_PIXELS_MAX: Final = 8_000_000


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
    ``warning``. ``with_sound``: the packets of the first sound track gather in ``sound`` as frames are read, for a
    ``ClipWriter`` to take. ``spent``: nobody looks at the frames' own pixels once they are dressed. Use it as a
    context manager, or ``close`` it.
    """

    def __init__(
        self, path: Path, side_max_px: int = SIDE_MAX_PX, *, with_sound: bool = False, spent: bool = False
    ) -> None:
        self.path = path
        self._spent = spent
        self.warning: str | None = None
        self.sound: Sound | None = None
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
            if with_sound and self._container.streams.audio:
                self.sound = Sound(self._container.streams.audio[0])
            self._pictures = self._ahead(self._decode())
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
        # Other takes use the other cores, and decoding ahead would hold pictures in memory.
        stream.codec_context.thread_count = 1
        return stream

    def _first_picture(self) -> VideoFrame:
        first = next(self._pictures, None)
        if first is None:
            raise BadClip(f"{self.path.name} holds no frame that can be decoded; record or export it again.")
        return first

    def _decode(self) -> Iterator[VideoFrame]:
        """Every picture that can be decoded; what cannot is counted and left out."""
        wanted = (self._stream,) if self.sound is None else (self._stream, self.sound.stream)
        packets = self._container.demux(*wanted)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self._damaged_packets += 1
                return
            if packet is None:
                return
            if self.sound is not None and packet.stream_index == self.sound.stream.index:
                self.sound.keep(cast("SoundPacket", packet))
                continue
            try:
                yield from cast("list[VideoFrame]", packet.decode())
            except av.FFmpegError:
                self._damaged_packets += 1

    @staticmethod
    def _ahead(pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """The same, decoded several at a time."""
        for picture in pictures:
            count = min(AHEAD_MAX, AHEAD_PIXELS_MAX // (picture.width * picture.height)) - 1
            yield from (picture, *islice(pictures, max(0, count)))

    def _read_info(self, first: VideoFrame) -> ClipInfo:
        stream = self._stream
        width, height = self._size_of(first)
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

    def _size_of(self, picture: VideoFrame) -> tuple[int, int]:
        return shown_size(picture, self._stream.sample_aspect_ratio, self._side_max_px)

    def _frame(self, picture: VideoFrame) -> Frame:
        context = self._stream.codec_context
        bgr = to_bgr(picture, self._size_of(picture), context.color_trc, context.color_primaries)
        step_ms = 1000.0 / (self.info.fps or FPS_ASSUMED)
        t_ms = picture.time * 1000.0 if picture.time is not None else self._end_ms
        if self._frames_read and t_ms <= self._last_ms:
            # Recordings' clocks stand still or start again now and then; the pipeline needs one that moves.
            t_ms = self._end_ms
        self._last_ms, self._end_ms = t_ms, t_ms + step_ms
        self._frames_read += 1
        # Pixels that needed no conversion are the decoder's own, and may be what the next picture builds on.
        spent = self._spent and picture.format.name != "bgr24"
        return Frame(bgr, t_ms, sequence=self._frames_read - 1, spent=spent)

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
