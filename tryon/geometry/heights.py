"""The face as heights: how far out (+z of head space) it stands at each place across it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.compiled import inlined, quick
from tryon.frame import F64
from tryon.geometry.head import template

# The part of a face that frames come near: from side to side, from above the brows to below the nostrils.
LEFT_MM: Final = -72.0
BOTTOM_MM: Final = -62.0
CELL_MM: Final = 1.5
COLUMNS: Final = 97
ROWS: Final = 75
# Where there is no face, nothing is touched.
NOWHERE_MM: Final = -1e3


def heights(points_mm: F64) -> F64:
    """Heights (ROWS, COLUMNS) in millimetres of a face's points (at least 468, 3), rows from the bottom up; the
    outermost surface where it folds over itself, ``NOWHERE_MM`` beside it."""
    field: F64 = np.full((ROWS, COLUMNS), NOWHERE_MM)
    _fill(points_mm, template().triangles, field)
    return field


@quick
def _fill(points: F64, triangles: NDArray[np.int32], field: F64) -> None:
    rows, columns = field.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = (points[a, 0] - LEFT_MM) / CELL_MM, (points[a, 1] - BOTTOM_MM) / CELL_MM
        bx, by = (points[b, 0] - LEFT_MM) / CELL_MM - ax, (points[b, 1] - BOTTOM_MM) / CELL_MM - ay
        cx, cy = (points[c, 0] - LEFT_MM) / CELL_MM - ax, (points[c, 1] - BOTTOM_MM) / CELL_MM - ay
        area = bx * cy - cx * by
        if abs(area) < 1e-9:
            continue
        left, right = ax + min(0.0, bx, cx), ax + max(0.0, bx, cx)
        low, high = ay + min(0.0, by, cy), ay + max(0.0, by, cy)
        for row in range(max(int(np.ceil(low)), 0), min(int(np.floor(high)), rows - 1) + 1):
            for column in range(max(int(np.ceil(left)), 0), min(int(np.floor(right)), columns - 1) + 1):
                px, py = column - ax, row - ay
                u = (px * cy - cx * py) / area
                v = (bx * py - px * by) / area
                if u >= -1e-9 and v >= -1e-9 and u + v <= 1.0 + 1e-9:
                    z = points[a, 2] + u * (points[b, 2] - points[a, 2]) + v * (points[c, 2] - points[a, 2])
                    field[row, column] = max(field[row, column], z)


@inlined
def height_at(field: F64, x_mm: float, y_mm: float) -> float:
    """The height between the cells, bilinear; at the map's edge that of the edge."""
    fx = min(max((x_mm - LEFT_MM) / CELL_MM, 0.0), COLUMNS - 1.001)
    fy = min(max((y_mm - BOTTOM_MM) / CELL_MM, 0.0), ROWS - 1.001)
    ix, iy = int(fx), int(fy)
    fx -= ix
    fy -= iy
    low = field[iy, ix] * (1 - fx) + field[iy, ix + 1] * fx
    high = field[iy + 1, ix] * (1 - fx) + field[iy + 1, ix + 1] * fx
    return float(low * (1 - fy) + high * fy)


def profile_width(field: F64, y_mm: float, depth_mm: float) -> float:
    """How wide a face's ridge is at height ``y_mm``, ``depth_mm`` behind its crest on the midline; in millimetres."""
    row = int(np.clip(round((y_mm - BOTTOM_MM) / CELL_MM), 0, ROWS - 1))
    middle = round(-LEFT_MM / CELL_MM)
    level = field[row, middle] - depth_mm
    return sum(_reach(field[row, middle::step], level) for step in (1, -1)) * CELL_MM


def _reach(outwards: F64, level: float) -> float:
    """Cells from the first to where the profile falls below ``level``, between them by a straight line."""
    below = int(np.argmax(outwards < level))
    if not outwards[below] < level:
        return float(len(outwards) - 1)
    high, low = outwards[below - 1], outwards[below]
    return below - 1 + float((high - level) / (high - low))
