"""HDR and wide-gamut video as the 8-bit sRGB pictures that the mirror works on.

Code values become light (PQ: SMPTE ST 2084; HLG: ITU-R BT.2100 with its system gamma of 1.2 for a 1000 cd/m² screen;
anything else: sRGB). Light brighter than a screen of 203 cd/m² (the diffuse white of ITU-R BT.2408) is rolled off by
the curve of ITU-R BT.2390, part 5.4.1, for a source peak of 1000 cd/m²: applied to the largest of R, G and B and to the
others by the same factor, which keeps the hue. BT.2020 primaries become BT.709's (ITU-R BT.2087); what lies outside
is clipped. 203 cd/m² is the picture's white, so a colour below the curve's knee (88 cd/m², sRGB code 175) comes back
as it was before it was put into HDR.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.compiled import kernel
from tryon.frame import F32, F64, U8
from tryon.render.mesh import srgb_to_linear
from tryon.render.transfer import TO_SRGB_STEPS, to_srgb

U16 = NDArray[np.uint16]

WHITE_NITS: Final = 203.0
PEAK_NITS: Final = 1000.0
HLG_GAMMA: Final = 1.2
# Steps of the tables: finer than 12-bit video.
_STEPS: Final = 4096

# BT.2020 to BT.709 in linear light (BT.2087, annex 2), and luminance in BT.2020.
_TO_709: Final = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_SAME: Final = np.eye(3, dtype=np.float32)
_LUMINANCE: Final = np.array([0.2627, 0.6780, 0.0593], np.float32)

# ST 2084.
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


class Transfer(Enum):
    """How a clip's codes stand for light."""

    SDR = "sdr"
    PQ = "pq"
    HLG = "hlg"


def pq_to_nits(code: F64) -> F64:
    """cd/m² of PQ codes 0..1."""
    root = np.asarray(code, np.float64) ** (1 / _M2)
    return np.asarray(10_000 * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1), np.float64)


def nits_to_pq(nits: F64) -> F64:
    """PQ codes 0..1 of cd/m²."""
    power = np.clip(np.asarray(nits, np.float64) / 10_000, 0, 1) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2, np.float64)


def hlg_to_scene(code: F64) -> F64:
    """Scene light 0..1 of HLG codes 0..1 (BT.2100, table 5, the OETF's inverse)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    code = np.asarray(code, np.float64)
    return np.asarray(np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12), np.float64)


def rolled_off(nits: F64) -> F64:
    """BT.2390's EETF, from a peak of ``PEAK_NITS`` to one of ``WHITE_NITS``; black is black on both."""
    top = nits_to_pq(np.array(PEAK_NITS))
    e1 = np.minimum(nits_to_pq(nits) / top, 1.0)
    limit = nits_to_pq(np.array(WHITE_NITS)) / top
    knee = 1.5 * limit - 0.5
    t = np.clip((e1 - knee) / (1 - knee), 0, 1)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * limit
    )
    return pq_to_nits(np.where(e1 < knee, e1, spline) * top)


def to_sdr(rgb: U16, transfer: Transfer, *, wide: bool) -> U8:
    """(height, width, 3) 16-bit RGB codes as 8-bit sRGB, BGR. ``wide``: the primaries are BT.2020's."""
    bgr: U8 = np.empty(rgb.shape, np.uint8)
    light, system, roll = _tables(transfer)
    _convert(rgb, light, system, roll, _TO_709 if wide else _SAME, _LUMINANCE, to_srgb(), bgr)
    return bgr


@cache
def _tables(transfer: Transfer) -> tuple[F32, F32, F32]:
    """Light of a code, as part of the peak; the factor of the system gamma by luminance; the factor of the roll-off by
    the largest channel, which also makes white 1. Indices are parts of 1."""
    steps: F64 = np.arange(_STEPS + 1) / _STEPS
    if transfer is Transfer.SDR:
        return srgb_to_linear(steps.astype(np.float32)), np.ones(2, np.float32), np.ones(2, np.float32)
    nits = np.maximum(steps, 1e-6) * PEAK_NITS
    roll = rolled_off(nits) / nits * PEAK_NITS / WHITE_NITS
    light = hlg_to_scene(steps) if transfer is Transfer.HLG else pq_to_nits(steps) / PEAK_NITS
    system = np.maximum(steps, 1e-6) ** (HLG_GAMMA - 1 if transfer is Transfer.HLG else 0.0)
    return light.astype(np.float32), system.astype(np.float32), roll.astype(np.float32)


@kernel
def _convert(
    rgb: U16, light: F32, system: F32, roll: F32, matrix: F32, luminance: F32, codes: U8, bgr: U8
) -> None:
    last_system, last_roll = system.shape[0] - 1, roll.shape[0] - 1
    linear = np.zeros(3, np.float32)
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            luma, largest = 0.0, 0.0
            for k in range(3):
                value = light[(rgb[y, x, k] * _STEPS + 32767) // 65535]
                linear[k] = value
                luma += luminance[k] * value
                largest = max(largest, value)
            gain = system[int(min(luma, 1.0) * last_system + 0.5)]
            largest = min(largest * gain, 1.0)
            gain *= roll[int(largest * last_roll + 0.5)]
            for k in range(3):
                value = gain * (
                    matrix[k, 0] * linear[0] + matrix[k, 1] * linear[1] + matrix[k, 2] * linear[2]
                )
                bgr[y, x, 2 - k] = codes[int(min(max(value, 0.0), 1.0) * TO_SRGB_STEPS + 0.5)]
