"""XXH64, a checksum as fast as memory (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md).

A cryptographic one took a tenth of a frame's whole time. This one tells pictures apart as surely, where nobody forges
them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.compiled import kernel
from tryon.frame import U8

U64 = NDArray[np.uint64]

_P1: Final = np.uint64(0x9E3779B185EBCA87)
_P2: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_P3: Final = np.uint64(0x165667B19E3779F9)
_P4: Final = np.uint64(0x85EBCA77C2B2AE63)
_P5: Final = np.uint64(0x27D4EB2F165667C5)
_BITS: Final = np.uint64(64)
_R1, _R7, _R11, _R12, _R18, _R23, _R27, _R29, _R31, _R32, _R33 = (
    np.uint64(n) for n in (1, 7, 11, 12, 18, 23, 27, 29, 31, 32, 33)
)


def xxh64(data: U8) -> str:
    """16 hexadecimal digits of an array's bytes, seed 0."""
    flat = np.ascontiguousarray(data).reshape(-1)
    whole = flat.size // 8 * 8
    words = flat[:whole].view("<u8")
    return f"{int(_digest(words, flat[whole:], np.uint64(flat.size))):016x}"


@kernel
def _digest(words: U64, tail: U8, size: np.uint64) -> np.uint64:
    stripes = words.shape[0] // 4
    if stripes > 0:
        a, b, c, d = _P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1
        for i in range(stripes):
            a += words[4 * i] * _P2
            a = ((a << _R31) | (a >> _R33)) * _P1
            b += words[4 * i + 1] * _P2
            b = ((b << _R31) | (b >> _R33)) * _P1
            c += words[4 * i + 2] * _P2
            c = ((c << _R31) | (c >> _R33)) * _P1
            d += words[4 * i + 3] * _P2
            d = ((d << _R31) | (d >> _R33)) * _P1
        h = (a << _R1) | (a >> (_BITS - _R1))
        h += (b << _R7) | (b >> (_BITS - _R7))
        h += (c << _R12) | (c >> (_BITS - _R12))
        h += (d << _R18) | (d >> (_BITS - _R18))
        for lane in (a, b, c, d):
            mixed = lane * _P2
            h ^= ((mixed << _R31) | (mixed >> _R33)) * _P1
            h = h * _P1 + _P4
    else:
        h = _P5
    h += size
    for i in range(4 * stripes, words.shape[0]):
        mixed = words[i] * _P2
        h ^= ((mixed << _R31) | (mixed >> _R33)) * _P1
        h = ((h << _R27) | (h >> (_BITS - _R27))) * _P1 + _P4
    first = 0
    if tail.shape[0] >= 4:
        low = np.uint64(tail[0]) | np.uint64(tail[1]) << np.uint64(8)
        high = np.uint64(tail[2]) << np.uint64(16) | np.uint64(tail[3]) << np.uint64(24)
        h ^= (low | high) * _P1
        h = ((h << _R23) | (h >> (_BITS - _R23))) * _P2 + _P3
        first = 4
    for i in range(first, tail.shape[0]):
        h ^= np.uint64(tail[i]) * _P5
        h = ((h << _R11) | (h >> (_BITS - _R11))) * _P1
    h = (h ^ (h >> _R33)) * _P2
    h = (h ^ (h >> _R29)) * _P3
    return h ^ (h >> _R32)
