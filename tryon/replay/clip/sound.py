"""A clip's sound on its way into the replayed file: copied as it is, or coded as AAC where MP4 does not take it."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

import av
from av.audio.stream import AudioStream
from av.packet import Packet

if TYPE_CHECKING:
    from av.container import OutputContainer

SoundPacket: TypeAlias = "Packet[AudioStream]"

# What players expect inside MP4; everything else is coded anew.
COPIED: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
AAC_BITS_PER_S: Final = 160_000
# Three minutes of AAC. A file in which the picture lags that far behind its sound keeps the sound's end only.
WAITING_MAX: Final = 8192


class Sound:
    """A clip's first sound track; its packets wait here between reader and writer."""

    def __init__(self, stream: AudioStream) -> None:
        self.stream = stream
        self._waiting: deque[SoundPacket] = deque(maxlen=WAITING_MAX)

    def keep(self, packet: SoundPacket) -> None:
        """Append a packet; an empty one, which ends the track, is dropped."""
        if packet.size:
            self._waiting.append(packet)

    def take(self) -> list[SoundPacket]:
        """The packets that came since the last call, in order."""
        packets = list(self._waiting)
        self._waiting.clear()
        return packets


class SoundCopy:
    """Puts a sound into an MP4 that shows the clip's moment ``start_s`` first. A broken packet costs that packet."""

    def __init__(self, sound: Sound, container: OutputContainer) -> None:
        self._sound = sound
        self._container = container
        codec = sound.stream.codec_context
        self._copied = codec.name in COPIED
        if self._copied:
            self._out = container.add_stream_from_template(sound.stream)
        else:
            self._out = container.add_stream("aac", rate=codec.sample_rate)
            self._out.codec_context.layout = "mono" if codec.layout.nb_channels == 1 else "stereo"
            self._out.codec_context.bit_rate = AAC_BITS_PER_S
        self._last_dts: int | None = None

    def put(self, start_s: float) -> None:
        """Write the packets that wait. Raises what FFmpeg raises where the file cannot be written."""
        for packet in self._sound.take():
            if self._copied:
                self._copy(packet, start_s)
            else:
                self._code(packet, start_s)

    def finish(self) -> None:
        """Write what the coder still holds."""
        if not self._copied and self._last_dts is not None:
            self._container.mux(self._out.encode(None))

    def _copy(self, packet: SoundPacket, start_s: float) -> None:
        if packet.pts is None or packet.dts is None:
            return
        shift = round(start_s / packet.time_base)
        packet.pts -= shift
        packet.dts -= shift
        # What was heard before the first picture has no place; and MP4 refuses a clock that stands still.
        late = self._last_dts is not None and packet.dts <= self._last_dts
        if packet.pts + (packet.duration or 0) <= 0 or late:
            return
        self._last_dts = packet.dts
        packet.stream = self._out
        self._container.mux(packet)

    def _code(self, packet: SoundPacket, start_s: float) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            return
        for frame in frames:
            if frame.time is None:
                continue
            at_s = frame.time - start_s
            if at_s + frame.samples / frame.sample_rate <= 0:
                continue
            frame.time_base = Fraction(1, frame.sample_rate)
            frame.pts = self._last_dts = max(0, round(at_s * frame.sample_rate))
            self._container.mux(self._out.encode(frame))
