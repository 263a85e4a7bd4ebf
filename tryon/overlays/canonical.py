"""The canonical face: a chart in which placements are drawn once, for everybody.

The mean head is unrolled from a cylinder about an upright axis behind the face: u runs from the wearer's right (0) to
the left (1) with the angle, v from above the forehead (0) to below the chin (1) with the height. Every face's mesh has
the same points, so what is drawn here lies at the same place of each face. A face paint's texture is such a chart.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64
from tryon.geometry.head import template
from tryon.perception import landmarks as at
from tryon.render.mesh import I32

# The cylinder's axis lies so far behind the nasion, and the chart spans so much of it.
AXIS_MM: Final = 75.0
SPAN_RAD: Final = 3.2
TOP_MM: Final = 75.0
BOTTOM_MM: Final = -125.0
# On the cylinder through the cheeks an angle of one is so long.
RADIUS_MM: Final = 80.0
# Texels along a side of the placements' charts: 0.4 to 0.5 mm each.
SIZE: Final = 512
WIDTH_MM: Final = SPAN_RAD * RADIUS_MM
HEIGHT_MM: Final = TOP_MM - BOTTOM_MM


@cache
def uv() -> F32:
    """Chart coordinates 0..1 (468, 2) of the mesh's points; read-only."""
    points = template().points_mm[: at.SURFACE_COUNT]
    angle = np.arctan2(points[:, 0], points[:, 2] + AXIS_MM)
    chart = np.stack([0.5 + angle / SPAN_RAD, (TOP_MM - points[:, 1]) / HEIGHT_MM], axis=1)
    charted: F32 = chart.astype(np.float32)
    charted.setflags(write=False)
    return charted


@cache
def triangles() -> I32:
    """The mesh's triangles (m, 3) that cover skin: none across an eye, none in the mouth; read-only."""
    corners = template().triangles[:, :3]
    own = corners[(corners < at.SURFACE_COUNT).all(axis=1)]
    closed = [set(at.RIGHT_EYE.tolist()), set(at.LEFT_EYE.tolist()), set(at.LIPS_INNER.tolist())]
    skin = [row for row in own.tolist() if not any(set(row) <= hole for hole in closed)]
    kept: I32 = np.array(skin, np.int32)
    kept.setflags(write=False)
    return kept


@cache
def grid_mm() -> tuple[F64, F64]:
    """Millimetres across and up, on the unrolled cylinder, of each texel's middle, each (SIZE, SIZE)."""
    places = (np.arange(SIZE) + 0.5) / SIZE
    x, v = np.meshgrid((places - 0.5) * WIDTH_MM, places)
    return x, TOP_MM - v * HEIGHT_MM


def place_mm(*points: int) -> F64:
    """Where landmarks lie on the unrolled cylinder, their mean (2,)."""
    chart = uv()[list(points)].astype(np.float64).mean(axis=0)
    return np.array(((chart[0] - 0.5) * WIDTH_MM, TOP_MM - chart[1] * HEIGHT_MM))


def inside(indices: at.Indices) -> NDArray[np.bool_]:
    """The texels within a closed contour of landmarks."""
    filled = np.zeros((SIZE, SIZE), np.uint8)
    contour = np.rint((uv()[indices] * SIZE - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(filled, [contour], (255.0,), shift=4)
    return filled > 0


def depth_mm(within: NDArray[np.bool_]) -> F64:
    """How far each texel is inside an area, in millimetres; negative outside."""
    texel = HEIGHT_MM / SIZE
    deep = cv2.distanceTransform(within.astype(np.uint8), cv2.DIST_L2, 5)
    far = cv2.distanceTransform((~within).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray((deep.astype(np.float64) - far) * texel, np.float64)
