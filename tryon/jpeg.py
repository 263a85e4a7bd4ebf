"""JPEG pictures from strangers: looked at before they are decoded, and encoded for the reply.

A JPEG of 541 bytes can declare 30000 x 30000 pixels, and one of 60 KB can hold 5,000 scans; each
costs a decoder seconds or gigabytes. So ``scan`` walks the markers first (0.1 ms for 500 KB) and
``decode`` hands on only what a camera's frame can be. ITU-T T.81, Annex B is the source of the syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from tryon.errors import BadFrame, NotAJpeg, PictureTooLarge, PictureTooSmall, TooManyScans
from tryon.frame import U8

_SOI: Final = b"\xff\xd8"
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_APP1: Final = 0xE1
_BASELINE_EXTENDED_PROGRESSIVE: Final = (0xC0, 0xC1, 0xC2)
_PROGRESSIVE: Final = 0xC2
# SOF0-SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range.
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Inside entropy-coded data FF 00 is a stuffed byte, FF D0-D7 a restart, and FF FF a fill byte.
_NEXT_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
# A camera's picture has some 10 segments, a progressive one 30. 131,000 empty ones fit into 512 KiB.
_MAX_SEGMENTS: Final = 256
_CUT_OFF: Final = "The JPEG is cut off: its end marker FF D9 is missing."
_EXIF: Final = b"Exif\x00\x00"
_ORIENTATION_TAG: Final = 0x0112

_TURNS: Final[dict[int, Callable[[U8], U8]]] = {
    2: lambda bgr: bgr[:, ::-1],
    3: lambda bgr: bgr[::-1, ::-1],
    4: lambda bgr: bgr[::-1],
    5: lambda bgr: bgr.transpose(1, 0, 2),
    6: lambda bgr: bgr[::-1].transpose(1, 0, 2),
    7: lambda bgr: bgr[::-1, ::-1].transpose(1, 0, 2),
    8: lambda bgr: bgr[:, ::-1].transpose(1, 0, 2),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest and smallest picture that is decoded; both ends are allowed."""

    max_width_px: int = 1280
    max_height_px: int = 1280
    max_bytes: int = 512 * 1024
    # A face of fewer pixels than this cannot be found.
    min_side_px: int = 32
    # Baseline has 1-3, the usual progressive script 10; 5,000 cost a second of CPU.
    max_scans: int = 12


LIVE_FRAME: Final = Limits()


@dataclass(frozen=True, slots=True)
class JpegInfo:
    """What the markers say. ``width`` and ``height`` are as stored, before ``orientation`` (EXIF, 1-8)."""

    width: int
    height: int
    components: int
    scans: int
    progressive: bool
    orientation: int


def scan(data: bytes, max_scans: int = LIVE_FRAME.max_scans) -> JpegInfo:
    """Read the markers up to the end of the picture; no pixel is decoded.

    Linear in ``len(data)``. Raises NotAJpeg (no JPEG, cut off, broken), TooManyScans, or BadFrame
    for a kind of JPEG that no camera writes (arithmetic, lossless, CMYK, 12 bits).
    """
    if data[:2] != _SOI:
        raise NotAJpeg("The picture is no JPEG: it does not begin with FF D8. Send image/jpeg.")
    header: tuple[int, int, int, bool] | None = None
    orientation = 1
    scans = 0
    for marker, body in _segments(data):
        if marker in _FRAME_HEADERS:
            if header is not None:
                raise NotAJpeg("The JPEG holds two frame headers; a picture has one.")
            header = _frame_header(marker, body)
        elif marker == _APP1 and body[:6] == _EXIF:
            orientation = _orientation(body[6:])
        elif marker == _SOS:
            scans += 1
            if scans > max_scans:
                raise TooManyScans(
                    f"The JPEG has more than {max_scans} scans; send a baseline JPEG.", max_scans=max_scans
                )
    if header is None or scans == 0:
        raise NotAJpeg("The JPEG ends before any picture. Send a complete one.")
    width, height, components, progressive = header
    return JpegInfo(width, height, components, scans, progressive, orientation)


def decode(data: bytes, limits: Limits = LIVE_FRAME) -> U8:
    """The picture as BGR, C-contiguous, turned upright by its EXIF orientation; grey becomes BGR.

    Raises BadFrame or one of its children, and nothing else, whatever the bytes are.
    """
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(
            f"The picture has {len(data)} bytes; at most {limits.max_bytes} are taken. Lower its quality.",
            bytes=len(data),
        )
    info = scan(data, limits.max_scans)
    if info.width > limits.max_width_px or info.height > limits.max_height_px:
        raise PictureTooLarge(
            f"The picture is {info.width} x {info.height} pixels; at most "
            f"{limits.max_width_px} x {limits.max_height_px} are taken. Scale it down first.",
            width=info.width,
            height=info.height,
        )
    if min(info.width, info.height) < limits.min_side_px:
        raise PictureTooSmall(
            f"The picture is {info.width} x {info.height} pixels; a face needs at least "
            f"{limits.min_side_px} on each side.",
            width=info.width,
            height=info.height,
        )
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        # Its text may quote internals; the sentence below says all that the sender can use.
        bgr = None
    if bgr is None or bgr.shape != (info.height, info.width, 3):
        raise NotAJpeg("The JPEG is broken inside and cannot be decoded. Send the next frame.")
    turn = _TURNS.get(info.orientation)
    picture: U8 = bgr.astype(np.uint8, copy=False)
    return picture if turn is None else np.ascontiguousarray(turn(picture))


def encode(bgr: U8, quality: int) -> bytes:
    """A baseline JPEG with halved chroma; ``bgr`` may be a view into a larger picture."""
    done, data = cv2.imencode(
        ".jpg",
        bgr,
        [
            cv2.IMWRITE_JPEG_QUALITY,
            quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        ],
    )
    if not done:
        raise BadFrame(f"OpenCV could not encode a picture of shape {bgr.shape}.")
    return data.tobytes()


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment before the end marker; entropy-coded data is jumped over."""
    position = 2
    for _ in range(_MAX_SEGMENTS):
        marker, start = _marker(data, position)
        if marker == _EOI:
            return
        position = _segment_end(data, start)
        yield marker, data[start + 2 : position]
        if marker == _SOS:
            found = _NEXT_MARKER.search(data, position)
            if found is None:
                raise NotAJpeg(_CUT_OFF)
            position = found.start()
    raise NotAJpeg(f"The JPEG has more than {_MAX_SEGMENTS} segments; a camera's has some ten.")


def _marker(data: bytes, position: int) -> tuple[int, int]:
    """The marker at ``position`` and where its length field is; fill bytes are skipped."""
    if data[position : position + 1] != b"\xff":
        if position >= len(data):
            raise NotAJpeg(_CUT_OFF)
        raise NotAJpeg(f"The JPEG is broken: no marker where one is due, at byte {position}.")
    found = _NEXT_MARKER.match(data, position)
    if found is None:
        # Fill bytes (FF FF ... FF E0) are legal and never seen; searching keeps it linear.
        found = _NEXT_MARKER.search(data, position)
        if found is None or data.count(b"\xff", position, found.start()) != found.start() - position:
            raise NotAJpeg(f"The JPEG is broken: no marker where one is due, at byte {position}.")
    marker = found[1][0]
    if marker == 0xD8 or marker < 0xC0:
        raise NotAJpeg(f"The JPEG is broken: marker FF {marker:02X} has no place in it.")
    return marker, found.end()


def _segment_end(data: bytes, start: int) -> int:
    length = int.from_bytes(data[start : start + 2], "big")
    if length < 2 or start + length > len(data):
        raise NotAJpeg("The JPEG is cut off or broken: a segment reaches past the end of the bytes.")
    return start + length


def _frame_header(marker: int, body: bytes) -> tuple[int, int, int, bool]:
    """(width, height, components, progressive) of a SOF segment's body; T.81 B.2.2."""
    if marker not in _BASELINE_EXTENDED_PROGRESSIVE:
        raise BadFrame("The JPEG is lossless, hierarchical or arithmetic-coded; send a baseline JPEG.")
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise NotAJpeg("The JPEG's frame header has the wrong length.")
    if body[0] != 8:
        raise BadFrame(f"The JPEG has {body[0]} bits a sample; send one with 8.")
    if body[5] not in (1, 3):
        raise BadFrame(f"The JPEG has {body[5]} colour components (CMYK?); send grey or colour (YCbCr).")
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return width, height, body[5], marker == _PROGRESSIVE


def _orientation(tiff: bytes) -> int:
    """The orientation (1-8) of EXIF's first directory, 1 when absent or broken; TIFF 6.0, section 2."""
    if tiff[:2] not in (b"II", b"MM"):
        return 1
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    directory = number(4, 4)
    if directory + 2 > len(tiff):
        return 1
    for index in range(min(number(directory, 2), _MAX_SEGMENTS)):
        entry = directory + 2 + 12 * index
        if number(entry, 2) == _ORIENTATION_TAG:
            value = number(entry + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1
