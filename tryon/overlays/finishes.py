"""What finishes do to light, as numbers for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.catalogue.makeup import Finish
from tryon.compiled import inlined
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


@inlined
def hashed(x: int, y: int, salt: int) -> int:
    """Bits that look random, 0 … 2³¹ - 1, the same for the same cell wherever it is seen."""
    h = (x * 374761393 + y * 668265263 + salt * 974634541) & 0x7FFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0x7FFFFFFF
    return h ^ (h >> 16)


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
    cx, cy = int(np.floor(x_mm / cell_mm)), int(np.floor(y_mm / cell_mm))
    h = hashed(cx, cy, 1)
    g = hashed(cx, cy, 7)
    fx = x_mm / cell_mm - cx - 0.25 - 0.5 * ((h & 255) / 255.0)
    fy = y_mm / cell_mm - cy - 0.25 - 0.5 * (((h >> 8) & 255) / 255.0)
    # A flake smaller than a pixel is as bright as its share of it.
    radius = 0.22 + 0.2 * (((h >> 16) & 127) / 127.0)
    wide = max(radius, 0.75 * pixel_mm / cell_mm)
    away = (fx * fx + fy * fy) / (wide * wide)
    if away >= 1.0:
        return 0.0
    spot = (1.0 - away) * (radius / wide) ** 2
    tilt_x, tilt_y = ((g & 255) / 127.5 - 1.0), (((g >> 8) & 255) / 127.5 - 1.0)
    off = (tilt_x - 3.0 * turn_x) ** 2 + (tilt_y - 3.0 * turn_y) ** 2
    # Tilts repeat, so that some flakes flash at any turn.
    off = off - np.floor(off)
    flash = max(0.0, 1.0 - 3.2 * min(off, 1.0 - off)) ** 2
    return spot * (0.12 + 2.2 * flash)  # type: ignore[no-any-return]


def layer_row(*parts: float | list[float] | F32) -> list[float]:
    """One layer's numbers in a row."""
    row: list[float] = []
    for part in parts:
        row += [float(part)] if isinstance(part, float) else [float(value) for value in part]
    return row
