"""Colours as people see them: CIE L*a*b* (D65) and the difference CIEDE2000."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.frame import F64, U8
from tryon.render import transfer

# sRGB's primaries (IEC 61966-2-1): X, Y, Z from linear blue, green and red, each over that of white.
_XYZ: Final = np.array(
    [[0.1804375, 0.3575761, 0.4124564], [0.0721750, 0.7151522, 0.2126729], [0.9503041, 0.1191920, 0.0193339]]
)
_XYZ_FROM_BGR: Final = _XYZ / _XYZ.sum(axis=1, keepdims=True)
_BGR_FROM_XYZ: Final = np.linalg.inv(_XYZ_FROM_BGR)
# CIE 15: where L*a*b*'s cube root gives way to a line, and that line's slope.
_DARK: Final = (6 / 29) ** 3
_SLOPE: Final = (29 / 6) ** 2 / 3
# CIEDE2000's chroma at which its corrections set in.
_CHROMA_7: Final = 25.0**7
# Hues on opposite sides are π apart but for rounding; the authors' data count them as no further.
_OPPOSITE: Final = np.pi + 1e-10


def lab_from_linear(bgr: F64) -> F64:
    """L*, a*, b* (…, 3) of linear blue, green and red (…, 3); white is 1, 1, 1."""
    xyz = bgr @ _XYZ_FROM_BGR.T
    f = np.where(xyz > _DARK, np.cbrt(np.maximum(xyz, 0.0)), xyz * _SLOPE + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def linear_from_lab(lab: F64) -> F64:
    """Linear blue, green and red (…, 3) of L*, a*, b* (…, 3); beyond 0..1 for colours that sRGB has not."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) / _SLOPE)
    return np.asarray(xyz @ _BGR_FROM_XYZ.T, np.float64)


def lab_from_hex(color: str) -> F64:
    """L*, a*, b* (3,) of an sRGB colour, "#rrggbb"."""
    return lab_from_codes(np.array([int(color[at : at + 2], 16) for at in (5, 3, 1)], np.uint8))


def hex_from_lab(lab: F64) -> str:
    """The nearest sRGB colour, "#rrggbb", of L*, a*, b* (3,)."""
    steps = np.rint(np.clip(linear_from_lab(lab), 0, 1) * transfer.TO_SRGB_STEPS).astype(np.int32)
    blue, green, red = (int(code) for code in transfer.to_srgb()[steps])
    return f"#{red:02x}{green:02x}{blue:02x}"


def ita_deg(lab: F64) -> float:
    """The individual typology angle of a skin's colour (3,): light skin high, dark skin low.

    Chardon, Cretois, Hourseau, "Skin colour typology and suntanning pathways", 1991.
    """
    return float(np.degrees(np.arctan2(lab[0] - 50, lab[2])))


def lab_from_codes(bgr: U8) -> F64:
    """L*, a*, b* (…, 3) of 8-bit sRGB blue, green and red (…, 3)."""
    return lab_from_linear(transfer.to_linear()[bgr].astype(np.float64))


def de00(one: F64, other: F64) -> F64:
    """CIEDE2000 of L*a*b* colours (…, 3), with all three weights 1.

    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and
    mathematical observations", Color Research and Application 30 (2005).
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    mean_c7 = (0.5 * (np.hypot(a1, b1) + np.hypot(a2, b2))) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_c7 / (mean_c7 + _CHROMA_7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1) % (2 * np.pi), np.arctan2(b2, a2) % (2 * np.pi)
    grey = c1 * c2 == 0
    apart = h2 - h1
    turn = np.where(grey, 0.0, apart - 2 * np.pi * np.sign(apart) * (np.abs(apart) > _OPPOSITE))
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(turn / 2)
    wrapped = np.where(h1 + h2 < 2 * np.pi, np.pi, -np.pi) * (np.abs(apart) > _OPPOSITE)
    h = np.where(grey, h1 + h2, 0.5 * (h1 + h2) + wrapped)
    lightness, c = 0.5 * (l1 + l2), 0.5 * (c1 + c2)
    t = (
        1
        - 0.17 * np.cos(h - np.radians(30))
        + 0.24 * np.cos(2 * h)
        + 0.32 * np.cos(3 * h + np.radians(6))
        - 0.20 * np.cos(4 * h - np.radians(63))
    )
    away = (lightness - 50) ** 2
    s_l = 1 + 0.015 * away / np.sqrt(20 + away)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    c7 = c**7
    blue = np.radians(30) * np.exp(-(((np.degrees(h) - 275) / 25) ** 2))
    r_t = -2 * np.sqrt(c7 / (c7 + _CHROMA_7)) * np.sin(2 * blue)
    dl, dc, dh = dl / s_l, dc / s_c, dh / s_h
    return np.asarray(np.sqrt(np.maximum(dl * dl + dc * dc + dh * dh + r_t * dc * dh, 0.0)), np.float64)
