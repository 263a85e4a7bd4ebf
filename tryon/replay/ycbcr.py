"""8-bit Y'CbCr with halved chroma to B'G'R': rounded fixed point, any matrix, either range.

The scaler's fast path is off by 1.3 codes on average and its exact one takes four times as long as this; OpenCV knows
BT.601 in limited range only.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.compiled import kernel
from tryon.frame import U8

I32 = NDArray[np.int32]

_BITS: Final = 14
# Red's and blue's part of luma (ITU-R BT.601, BT.709, BT.2020), by FFmpeg's number of the matrix.
LUMA: Final = {5: (0.299, 0.114), 1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}


def to_bgr(luma: U8, cb: U8, cr: U8, matrix: int, *, full: bool) -> U8:
    """The picture (height, width, 3) of planes of which ``cb`` and ``cr`` have half the rows and columns, rounded up.

    Chroma is interpolated, as JPEG decoders do. ``full``: codes from 0 to 255 rather than from 16 to 235 and 240.
    """
    height, width = luma.shape
    size = (2 * cb.shape[1], 2 * cb.shape[0])
    wide = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)[:height, :width] for plane in (cb, cr)]
    planes: U8 = np.empty((3, height, width), np.uint8)
    _convert(
        luma, np.asarray(wide[0], np.uint8), np.asarray(wide[1], np.uint8), _numbers(matrix, full), planes
    )
    return np.asarray(cv2.merge(list(planes)), np.uint8)


@cache
def _numbers(matrix: int, full: bool) -> I32:
    """Luma's offset and factor; Cr to red, Cb and Cr to green, Cb to blue: fixed point with ``_BITS`` places."""
    red, blue = LUMA[matrix]
    green = 1 - red - blue
    luma, chroma = (1.0, 1.0) if full else (255 / 219, 255 / 224)
    factors = (
        luma,
        chroma * 2 * (1 - red),
        -chroma * 2 * (1 - blue) * blue / green,
        -chroma * 2 * (1 - red) * red / green,
        chroma * 2 * (1 - blue),
    )
    fixed = [0 if full else 16, *(round(factor * (1 << _BITS)) for factor in factors)]
    return np.array(fixed, np.int32)


@kernel
def _convert(luma: U8, cb: U8, cr: U8, numbers: I32, planes: U8) -> None:
    # 32 bits throughout, so that the compiler works on eight pixels at once.
    half, bits = np.int32(1 << (_BITS - 1)), np.int32(_BITS)
    none, all_ = np.int32(0), np.int32(255)
    middle = np.int32(128)
    offset, scale = numbers[0], numbers[1]
    red, green_b, green_r, blue = numbers[2], numbers[3], numbers[4], numbers[5]
    for row in range(luma.shape[0]):
        for x in range(luma.shape[1]):
            y = (np.int32(luma[row, x]) - offset) * scale + half
            b = np.int32(cb[row, x]) - middle
            r = np.int32(cr[row, x]) - middle
            planes[0, row, x] = min(max((y + blue * b) >> bits, none), all_)
            planes[1, row, x] = min(max((y + green_b * b + green_r * r) >> bits, none), all_)
            planes[2, row, x] = min(max((y + red * r) >> bits, none), all_)
