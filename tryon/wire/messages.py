"""Binary messages: frames up, pictures down. Layout and meaning are in docs/protocol.md.

``tests/vectors/wire.json`` holds the bytes that this module and ``static/js/wire.js`` both read.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tryon.errors import ProtocolError, WrongVersion
from tryon.frame import Rect

VERSION: Final = 1
FRAME_HEADER_BYTES: Final = 16
REPLY_HEADER_BYTES: Final = 32

_FRAME_HEADER: Final = struct.Struct("<BBHId")
_REPLY_HEADER: Final = struct.Struct("<BBHIdHHHHHHI")
_KIND_JPEG: Final = 1
_FLAG_STILL: Final = 1
_U32: Final = 0xFFFF_FFFF


class ReplyKind(IntEnum):
    """How a frame is answered; the numbers are the wire's."""

    WHOLE = 2
    RECTANGLE = 3
    UNCHANGED = 4


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """One picture from the shopper. ``sequence`` is unsigned, 32 bits, and wraps."""

    sequence: int
    t_ms: float
    jpeg: bytes
    still: bool = False

    def serialize(self) -> bytes:
        flags = _FLAG_STILL if self.still else 0
        return _FRAME_HEADER.pack(VERSION, _KIND_JPEG, flags, self.sequence, self.t_ms) + self.jpeg


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one frame: ``jpeg`` belongs at ``rect`` of a frame of the size that was sent."""

    kind: ReplyKind
    sequence: int
    t_ms: float
    rect: Rect
    frame_width: int
    frame_height: int
    server_us: int
    jpeg: bytes = b""

    def serialize(self) -> bytes:
        rect = self.rect
        header = _REPLY_HEADER.pack(
            VERSION,
            self.kind,
            0,
            self.sequence,
            self.t_ms,
            rect.x0,
            rect.y0,
            rect.width,
            rect.height,
            self.frame_width,
            self.frame_height,
            min(self.server_us, _U32),
        )
        return header + self.jpeg


def _refuse(reason: str, sentence: str, **details: object) -> ProtocolError:
    return ProtocolError(sentence, reason=reason, **details)


def _check_version(data: bytes, header_bytes: int) -> None:
    if len(data) < header_bytes:
        raise _refuse(
            "too_short",
            f"A binary message begins with a header of {header_bytes} bytes; this one has {len(data)}.",
        )
    if data[0] != VERSION:
        raise WrongVersion(
            f"This server speaks version {VERSION} of the protocol; the message says {data[0]}. "
            "Reload the page.",
            reason="wrong_version",
        )


def parse_frame(data: bytes) -> FrameMessage:
    """Read a shopper's binary message; the JPEG is not looked at.

    Raises ProtocolError or WrongVersion with ``reason`` in its details, and ``sequence`` once it is known.
    """
    _check_version(data, FRAME_HEADER_BYTES)
    _, kind, flags, sequence, t_ms = _FRAME_HEADER.unpack_from(data)
    if kind != _KIND_JPEG:
        raise _refuse("wrong_kind", f"Kind {kind} is no picture; send kind {_KIND_JPEG}.", sequence=sequence)
    if flags & ~_FLAG_STILL:
        raise _refuse(
            "wrong_flags", f"Flags {flags:#06x} set bits that have no meaning yet.", sequence=sequence
        )
    if not math.isfinite(t_ms):
        raise _refuse("wrong_time", "The frame's t_ms is not a finite number.", sequence=sequence)
    if len(data) == FRAME_HEADER_BYTES:
        raise _refuse("wrong_payload", "The frame has a header and no JPEG behind it.", sequence=sequence)
    return FrameMessage(sequence, t_ms, data[FRAME_HEADER_BYTES:], bool(flags & _FLAG_STILL))


def parse_reply(data: bytes) -> Reply:
    """Read the server's binary message (bench and tests; the browser has its own). Raises ProtocolError."""
    _check_version(data, REPLY_HEADER_BYTES)
    _, number, flags, sequence, t_ms, x, y, width, height, frame_width, frame_height, server_us = (
        _REPLY_HEADER.unpack_from(data)
    )
    if number not in ReplyKind.__members__.values():
        raise _refuse("wrong_kind", f"Kind {number} is no answer.", sequence=sequence)
    kind = ReplyKind(number)
    if flags:
        raise _refuse("wrong_flags", f"An answer has no flags; this one has {flags:#06x}.", sequence=sequence)
    if not math.isfinite(t_ms):
        raise _refuse("wrong_time", "The answer's t_ms is not a finite number.", sequence=sequence)
    if (kind is ReplyKind.UNCHANGED) != (len(data) == REPLY_HEADER_BYTES):
        raise _refuse(
            "wrong_payload", "An unchanged answer has no payload and every other has one.", sequence=sequence
        )
    rect = Rect(x, y, x + width, y + height)
    if kind is not ReplyKind.UNCHANGED and (rect.empty or rect.clip(frame_width, frame_height) != rect):
        raise _refuse(
            "wrong_rectangle",
            f"The rectangle {width} x {height} at {x}, {y} is not inside {frame_width} x {frame_height}.",
            sequence=sequence,
        )
    return Reply(kind, sequence, t_ms, rect, frame_width, frame_height, server_us, data[REPLY_HEADER_BYTES:])
