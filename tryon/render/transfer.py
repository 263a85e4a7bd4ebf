"""The sRGB transfer curve as tables for the kernels (IEC 61966-2-1).

Blending happens in linear light: an edge half covered by a black frame is half as bright, not half the code value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from tryon.compiled import inlined, single, unsigned, whole
from tryon.frame import F32, U8
from tryon.render.material import linear_to_srgb, srgb_to_linear

# Fine enough that every 8-bit code survives the way to linear and back, and steps stay below half a code.
TO_SRGB_STEPS: Final = 8192
_0, _1 = single(0), single(1)


@lru_cache(maxsize=64)
def to_linear(haze: float = 0.0) -> F32:
    """Linear value of each of the 256 codes, without the linear ``haze`` (below 1) that the camera adds to each: white
    is 1 all the same, and what is darker than haze is black."""
    table = srgb_to_linear(np.arange(256, dtype=np.float32) / np.float32(255))
    if haze > 0.0:
        table = np.asarray(np.maximum(table - haze, 0.0) / (1.0 - haze), np.float32)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=64)
def to_srgb(haze: float = 0.0) -> U8:
    """Code of linear i / TO_SRGB_STEPS, shape (TO_SRGB_STEPS + 1,), with the ``haze`` that ``to_linear`` took away."""
    linear = np.arange(TO_SRGB_STEPS + 1, dtype=np.float32) / np.float32(TO_SRGB_STEPS)
    if haze > 0.0:
        linear = np.asarray(haze + (1.0 - haze) * linear, np.float32)
    table: U8 = np.rint(linear_to_srgb(linear) * 255).astype(np.uint8)
    table.setflags(write=False)
    return table


@inlined
def code(linear: float, table: U8) -> int:
    """The 8-bit code of a linear value; beyond 0..1 it clips."""
    step = min(max(single(linear), _0), _1) * single(TO_SRGB_STEPS) + single(0.5)
    return table[unsigned(whole(step))]  # type: ignore[no-any-return]
