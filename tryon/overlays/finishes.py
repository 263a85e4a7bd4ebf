"""What finishes do to light, as numbers for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.catalogue.makeup import Finish
from tryon.compiled import inlined, single, unsigned, whole
from tryon.frame import F32


@dataclass(frozen=True, slots=True)
class Look:
    """``contrast``: exponent of shading. ``sheen``: how much of the skin's own shine is kept. ``gloss``: strength of a
    wet highlight; ``lustre``: of a broad one in the pigment's colour; ``sparkle``: of single flakes."""

    contrast: float
    sheen: float
    gloss: float
    lustre: float
    sparkle: float

    def row(self) -> list[float]:
        """For a kernel."""
        return [self.contrast, self.sheen, self.gloss, self.lustre, self.sparkle]


FINISHES: Final[dict[Finish, Look]] = {
    "matte": Look(0.72, 0.12, 0.0, 0.0, 0.0),
    "satin": Look(1.0, 0.7, 0.10, 0.06, 0.0),
    "gloss": Look(1.05, 1.3, 0.85, 0.0, 0.0),
    "metallic": Look(1.25, 0.8, 0.12, 1.1, 0.12),
    "shimmer": Look(1.05, 0.8, 0.08, 0.45, 0.45),
    "glitter": Look(1.0, 0.7, 0.05, 0.25, 1.6),
}
ROW: Final = 5
_BITS: Final = unsigned(0x7FFFFFFF)
_0, _1, _HALF = single(0), single(1), single(0.5)


@inlined
def hashed(x: int, y: int, salt: int) -> int:
    """Bits that look random, 0 … 2³¹ - 1, the same for the same cell wherever it is seen."""
    h = unsigned(unsigned(x) * unsigned(374761393) + unsigned(y) * unsigned(668265263))
    h = unsigned(h + unsigned(salt * 974634541)) & _BITS
    h = unsigned((h ^ (h >> unsigned(13))) * unsigned(1274126177)) & _BITS
    return whole(h ^ (h >> unsigned(16)))


@inlined
def noise(place: float, salt: int) -> float:
    """Smooth noise along a line, 0..1."""
    k = int(np.floor(place))
    t = place - k
    t = t * t * (3.0 - 2.0 * t)
    a = (hashed(k, 3, salt) & 1023) / 1023.0
    b = (hashed(k + 1, 3, salt) & 1023) / 1023.0
    return a + (b - a) * t


@inlined
def sparkle(x_mm: float, y_mm: float, pixel_mm: float, cell_mm: float, turn_x: float, turn_y: float) -> float:
    """Light of the flake at a place of the face, 0 or more: flakes lie still in the skin, each tilted its own way,
    and flash as the head turns (``turn_x`` and ``turn_y``, sines of yaw and pitch)."""
    # Single precision and no branch: so it is vector code wherever pixels are worked out together.
    per_cell = _1 / single(cell_mm)
    x, y = single(x_mm) * per_cell, single(y_mm) * per_cell
    left, top = single(np.floor(x)), single(np.floor(y))
    h, g = hashed(whole(left), whole(top), 1), hashed(whole(left), whole(top), 7)
    x -= left + single(0.25) + _byte(h, 0) * _HALF
    y -= top + single(0.25) + _byte(h, 8) * _HALF
    # A flake smaller than a pixel is as bright as its share of it.
    radius = single(0.22) + single(0.2) * single((h >> whole(16)) & whole(127)) * single(1 / 127)
    wide = max(radius, single(0.75) * single(pixel_mm) * per_cell)
    per_wide = _1 / wide
    spot = max(_1 - (x * x + y * y) * per_wide * per_wide, _0) * (radius * per_wide) * (radius * per_wide)
    tilt_x, tilt_y = _byte(g, 0) * single(2) - _1, _byte(g, 8) * single(2) - _1
    tilt_x, tilt_y = tilt_x - single(3) * single(turn_x), tilt_y - single(3) * single(turn_y)
    off = tilt_x * tilt_x + tilt_y * tilt_y
    # Tilts repeat, so that some flakes flash at any turn.
    off -= single(np.floor(off))
    flash = max(_1 - single(3.2) * min(off, _1 - off), _0)
    return spot * (single(0.12) + single(2.2) * flash * flash)


@inlined
def _byte(bits: int, first: int) -> float:
    """Eight of the bits, 0..1."""
    return single((bits >> whole(first)) & whole(255)) * single(1 / 255)


def layer_row(*parts: float | list[float] | F32) -> list[float]:
    """One layer's numbers in a row."""
    row: list[float] = []
    for part in parts:
        row += [float(part)] if isinstance(part, float) else [float(value) for value in part]
    return row
