"""From a decoded picture to the pixels of a frame: right colours, square pixels, upright, no larger than the limit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation

from tryon.frame import U8
from tryon.replay import ycbcr
from tryon.replay.tonemap import Transfer, to_sdr
from tryon.replay.ycbcr import LUMA

# The live mirror takes no more; a replay shows what the mirror would.
SIDE_MAX_PX: Final = 1280
# From this size on, video that does not name its colour matrix is BT.709's: the rule of the usual players.
HD_WIDTH_PX, HD_HEIGHT_PX = 1280, 577

# FFmpeg's numbers (libavutil/pixfmt.h, after ITU-T H.273).
_UNSPECIFIED: Final = 2
_BT709: Final = 1
_BT601: Final = 5
_BT2020: Final = 9
# From the colour space of a picture to the matrix of the scaler, which knows these.
_MATRICES: Final = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
_TRANSFERS: Final = {16: Transfer.PQ, 18: Transfer.HLG}
# What most video is in: 8 bits, chroma halved both ways.
_HALVED: Final = frozenset({"yuv420p", "yuvj420p"})
_FULL: Final = 2
# The scaler rounds only where it is told to.
_ROUNDED: Final = Interpolation.AREA | Interpolation.ACCURATE_RND
# … and gives each pixel chroma of its own only with the last of these, which turns 10-bit video into nonsense where 16
# bits come out (FFmpeg 8; tests/test_replay_clip_colour.py).
_EXACT: Final = {"bgr24": _ROUNDED | Interpolation.FULL_CHR_H_INT, "rgb48le": _ROUNDED}


def shown_size(picture: VideoFrame, aspect: Fraction | None, side_max_px: int) -> tuple[int, int]:
    """Width and height before turning: square pixels, no side above the limit."""
    width, height = float(picture.width * (aspect or 1)), float(picture.height)
    scale = min(1.0, side_max_px / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def quarter_turns(picture: VideoFrame) -> int:
    """How many times 90° counter-clockwise the picture is to be turned, by its display matrix."""
    return round(picture.rotation / 90) % 4


def to_bgr(picture: VideoFrame, size: tuple[int, int], transfer: int, primaries: int) -> U8:
    """The upright picture, (height, width, 3), of that size before turning.

    ``transfer`` and ``primaries`` are the stream's, by FFmpeg's numbers; HDR and BT.2020 become sRGB.
    """
    curve, wide = _TRANSFERS.get(transfer, Transfer.SDR), primaries == _BT2020
    if curve is not Transfer.SDR or wide:
        bgr = to_sdr(_scaled(picture, size, "rgb48le"), curve, wide=wide)
    elif picture.format.name in _HALVED and _matrix(picture) in LUMA:
        bgr = _from_planes(picture, size)
    else:
        bgr = _scaled(picture, size, "bgr24")
    return np.ascontiguousarray(np.rot90(bgr, quarter_turns(picture)), dtype=np.uint8)


def _from_planes(picture: VideoFrame, size: tuple[int, int]) -> U8:
    matrix, layout = _matrix(picture), picture.format.name
    full = layout == "yuvj420p" or picture.color_range == _FULL
    if (picture.width, picture.height) != size:
        picture = picture.reformat(*size, layout, interpolation=Interpolation.AREA, threads=1)
    luma, cb, cr = (_pixels(plane) for plane in picture.planes)
    return ycbcr.to_bgr(luma, cb, cr, matrix, full=full)


def _pixels(plane: VideoPlane) -> U8:
    rows: U8 = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _scaled(picture: VideoFrame, size: tuple[int, int], layout: str) -> Any:
    matrix = _matrix(picture)
    # One thread: a second one would only wait for the first.
    scaled = picture.reformat(*size, layout, src_colorspace=matrix, interpolation=_EXACT[layout], threads=1)
    return scaled.to_ndarray()


def _matrix(picture: VideoFrame) -> int:
    """The matrix between the picture's luma and chroma and RGB, guessed by the size where nothing names it."""
    if picture.colorspace == _UNSPECIFIED:
        hd = picture.width >= HD_WIDTH_PX or picture.height >= HD_HEIGHT_PX
        return _BT709 if hd and "yuvj" not in picture.format.name else _BT601
    return _MATRICES.get(picture.colorspace, _BT601)
