"""How far the colours of two pictures lie apart, pixel by pixel, as counts: CIEDE2000 in compiled code.

The formula is that of ``tryon.render.colour.de00``, for one pair of colours at a time.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8

# A difference of one is an encoder's rounding.
CODES_SAME: Final = 1
# Differences are counted in hundredths; the largest that two colours of a screen can have is below 120.
STEPS_PER_UNIT: Final = 100
STEPS: Final = 120 * STEPS_PER_UNIT

_DARK: Final = (6 / 29) ** 3
_SLOPE: Final = (29 / 6) ** 2 / 3
_CHROMA_7: Final = 25.0**7
_TURN: Final = 2 * math.pi
_OPPOSITE: Final = math.pi + 1e-10
# Chroma that rounding gives to greys; the hue of such a one would be any.
_GREY: Final = 1e-9


@inlined
def _f(share: float) -> float:
    if share > _DARK:
        return math.exp(math.log(share) / 3.0)
    return share * _SLOPE + 4.0 / 29.0


@inlined
def _lab(blue: float, green: float, red: float) -> tuple[float, float, float]:
    """L*a*b* (D65) of linear light; the rows of sRGB's matrix, each over its own sum."""
    x = _f((0.1804375 * blue + 0.3575761 * green + 0.4124564 * red) / 0.9504700)
    y = _f((0.0721750 * blue + 0.7151522 * green + 0.2126729 * red) / 1.0000001)
    z = _f((0.9503041 * blue + 0.1191920 * green + 0.0193339 * red) / 1.0888300)
    return 116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)


@inlined
def _hue(b: float, a: float) -> float:
    hue = math.atan2(b, a)
    return hue + _TURN if hue < 0.0 else hue


@inlined
def _hues(h1: float, h2: float, chromas: float) -> tuple[float, float]:
    """The step from one hue to the other the short way round, and the hue between them; of a grey there is none."""
    if chromas < _GREY:
        return 0.0, h1 + h2
    step, total = h2 - h1, h1 + h2
    if abs(step) <= _OPPOSITE:
        return step, 0.5 * total
    short = step - _TURN if step > 0.0 else step + _TURN
    return short, 0.5 * (total + _TURN if total < _TURN else total - _TURN)


@inlined
def _weights(lightness: float, chroma: float, hue: float) -> tuple[float, float, float, float]:
    """S_L, S_C, S_H and R_T."""
    t = (
        1.0
        - 0.17 * math.cos(hue - math.radians(30.0))
        + 0.24 * math.cos(2.0 * hue)
        + 0.32 * math.cos(3.0 * hue + math.radians(6.0))
        - 0.20 * math.cos(4.0 * hue - math.radians(63.0))
    )
    away = (lightness - 50.0) ** 2
    c7 = chroma**7
    blue = math.radians(30.0) * math.exp(-(((math.degrees(hue) - 275.0) / 25.0) ** 2))
    turn = -2.0 * math.sqrt(c7 / (c7 + _CHROMA_7)) * math.sin(2.0 * blue)
    return 1.0 + 0.015 * away / math.sqrt(20.0 + away), 1.0 + 0.045 * chroma, 1.0 + 0.015 * chroma * t, turn


@inlined
def _apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    l1, a1, b1 = one
    l2, a2, b2 = other
    mean_7 = (0.5 * (math.sqrt(a1 * a1 + b1 * b1) + math.sqrt(a2 * a2 + b2 * b2))) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean_7 / (mean_7 + _CHROMA_7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.sqrt(a1 * a1 + b1 * b1), math.sqrt(a2 * a2 + b2 * b2)
    step, hue = _hues(_hue(b1, a1), _hue(b2, a2), c1 * c2)
    s_l, s_c, s_h, r_t = _weights(0.5 * (l1 + l2), 0.5 * (c1 + c2), hue)
    dl, dc = (l2 - l1) / s_l, (c2 - c1) / s_c
    dh = 2.0 * math.sqrt(c1 * c2) * math.sin(0.5 * step) / s_h
    return math.sqrt(max(dl * dl + dc * dc + dh * dh + r_t * dc * dh, 0.0))


@kernel
def count(now: U8, before: U8, linear: F32, counts: NDArray[np.int64]) -> tuple[int, float]:
    """How many pixels differ by more than ``CODES_SAME`` codes, and the largest CIEDE2000 among them.

    ``now`` and ``before`` are BGR pictures of one size, ``linear`` is ``transfer.to_linear()``. Each pixel that differs
    adds one to ``counts`` (STEPS + 1,) at its difference in hundredths.
    """
    changed, largest = 0, 0.0
    for y in range(now.shape[0]):
        for x in range(now.shape[1]):
            # numba keeps what is unsigned unsigned: 1 - 2 would be a large number.
            b1, g1, r1 = np.int32(now[y, x, 0]), np.int32(now[y, x, 1]), np.int32(now[y, x, 2])
            b2, g2, r2 = np.int32(before[y, x, 0]), np.int32(before[y, x, 1]), np.int32(before[y, x, 2])
            if max(abs(b1 - b2), abs(g1 - g2), abs(r1 - r2)) > CODES_SAME:
                one = _lab(linear[b1], linear[g1], linear[r1])
                other = _lab(linear[b2], linear[g2], linear[r2])
                apart = _apart(one, other)
                counts[min(int(apart * STEPS_PER_UNIT + 0.5), STEPS)] += 1
                changed += 1
                largest = max(largest, apart)
    return changed, largest
