"""A face's skin laid out flat: a grid of small cells, each a fixed place of the face mesh.

Across, a cell's column is the angle around an upright axis through the head, so that cheeks get their share; its row is
the height. A cell is held by three landmarks, so it moves with lids, brows and lips as these do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64
from tryon.geometry.head import template
from tryon.geometry.wearer import normals
from tryon.kept import Arrays, kept
from tryon.perception import landmarks as at
from tryon.render.mesh import I32

# Cells along each side: one is about 2.5 mm of skin, a pixel or two of a face 100 px wide.
SIDE: Final = 80
# The axis that columns go around, behind the nasion.
AXIS_MM: Final = 75.0
# A jaw that drops takes skin so many columns beside the mouth along.
JAW_BESIDE: Final = 3
# What the grid is made by, and of.
_CODE: Final = (
    "overlays/cells.py", "geometry/head.py", "geometry/head.npz", "geometry/wearer.py", "perception/landmarks.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """``corners`` (SIDE, SIDE, 3) numbers of landmarks, -1 where there is no face; ``shares`` (SIDE, SIDE, 3) what each
    of them has in the cell's place; ``normals`` (SIDE, SIDE, 3) outward, in head space; ``told`` (SIDE, SIDE) whether
    a cell can tell anything: between lips lie teeth, a tongue or the dark, and between lids an eye or a lid. ``jaw``
    (SIDE, SIDE): the lips and all beneath them, which a jaw takes further down than landmarks follow; ``lips``
    (SIDE, SIDE): those alone, without what is between them."""

    corners: I32
    shares: F32
    normals: F32
    told: NDArray[np.bool_]
    jaw: NDArray[np.bool_]
    lips: NDArray[np.bool_]


@cache
def cells() -> Cells:
    """The mean head's; read-only and shared."""
    found = kept("cells", b"", _CODE, _made)
    for array in found.values():
        array.setflags(write=False)
    return Cells(
        found["corners"], found["shares"], found["normals"], found["told"], found["jaw"], found["lips"]
    )


def _made() -> Arrays:
    points, triangles = template().points_mm, template().triangles[:, :3]
    flat = _flat(points[: at.SURFACE_COUNT])
    corners = np.full((SIDE, SIDE, 3), -1, np.int32)
    shares = np.zeros((SIDE, SIDE, 3), np.float32)
    for triangle in triangles:
        _fill(corners, shares, triangle, flat[triangle])
    there = corners[..., 0] >= 0
    outward = np.zeros((SIDE, SIDE, 3), np.float32)
    outward[there] = (normals()[corners[there]] * shares[there][..., None]).sum(axis=1)
    open_ = [np.isin(corners, contour).all(axis=2) for contour in (at.LIPS_INNER, at.RIGHT_EYE, at.LEFT_EYE)]
    told = there & ~np.any(open_, axis=0)
    lips = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(lips, [np.rint(flat[at.LIPS_OUTER]).astype(np.int32)], (1.0,))
    jaw = cv2.dilate(np.maximum.accumulate(lips, axis=0), np.ones((1, 2 * JAW_BESIDE + 1), np.uint8)) > 0
    return {
        "corners": corners, "shares": shares, "normals": outward, "told": told, "jaw": there & jaw,
        "lips": told & (lips > 0),
    }  # fmt: skip


def _flat(points_mm: F64) -> F64:
    """Column and row of points (n, 3), 0 … SIDE - 1."""
    places = np.column_stack([np.arctan2(points_mm[:, 0], points_mm[:, 2] + AXIS_MM), -points_mm[:, 1]])
    low, high = places.min(axis=0), places.max(axis=0)
    return np.asarray((places - low) / (high - low) * (SIDE - 1), np.float64)


def _fill(corners: I32, shares: F32, triangle: I32, flat: F64) -> None:
    """Write a triangle's cells: its barycentric coordinates at each cell that it holds."""
    a, b, c = flat
    area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    if abs(area) < 1e-9:
        return
    low, high = np.floor(flat.min(axis=0)).astype(int), np.ceil(flat.max(axis=0)).astype(int)
    y, x = np.mgrid[low[1] : min(high[1], SIDE - 1) + 1, low[0] : min(high[0], SIDE - 1) + 1]
    second = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
    third = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
    inside = (second >= -1e-6) & (third >= -1e-6) & (second + third <= 1 + 1e-6)
    corners[y[inside], x[inside]] = triangle
    weights = (1 - second[inside] - third[inside], second[inside], third[inside])
    shares[y[inside], x[inside]] = np.stack(weights, axis=1)
