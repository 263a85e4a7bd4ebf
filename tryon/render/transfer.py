"""The sRGB transfer curve as tables for the kernels (IEC 61966-2-1).

Blending happens in linear light: an edge half covered by a black frame is half as bright, not half the code value.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from tryon.compiled import inlined, single, unsigned, whole
from tryon.frame import F32, U8
from tryon.render.material import linear_to_srgb, srgb_to_linear

# Fine enough that every 8-bit code survives the way to linear and back, and steps stay below half a code.
TO_SRGB_STEPS: Final = 8192
_0, _1 = single(0), single(1)


@cache
def to_linear() -> F32:
    """Linear value of each of the 256 codes."""
    table = srgb_to_linear(np.arange(256, dtype=np.float32) / np.float32(255))
    table.setflags(write=False)
    return table


@cache
def to_srgb() -> U8:
    """Code of linear i / TO_SRGB_STEPS, shape (TO_SRGB_STEPS + 1,)."""
    linear = np.arange(TO_SRGB_STEPS + 1, dtype=np.float32) / np.float32(TO_SRGB_STEPS)
    table: U8 = np.rint(linear_to_srgb(linear) * 255).astype(np.uint8)
    table.setflags(write=False)
    return table


@inlined
def code(linear: float, table: U8) -> int:
    """The 8-bit code of a linear value; beyond 0..1 it clips."""
    step = min(max(single(linear), _0), _1) * single(TO_SRGB_STEPS) + single(0.5)
    return table[unsigned(whole(step))]  # type: ignore[no-any-return]
