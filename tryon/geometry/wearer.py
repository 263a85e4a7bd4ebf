"""The wearer's own head at rest: what stays the same of it, averaged over the frames seen.

One frame's landmarks are some millimetres off in depth, and a face speaks. A frame that is seated on them would move
with both. So each point is averaged in head space, weighted by how squarely it faced the camera, and starts from the
mean head, which counts as a few frames and is soon outvoted. The average lives as long as the track and says nothing
about who it is.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F64
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at

# The mean head counts as so many frontal looks.
PRIOR_LOOKS: Final = 4.0
# A point that is seen edge-on still counts so much, or a side never seen squarely would stay the mean head's.
EDGE_ON: Final = 0.02
# Looks count no more than this together: a minute later a head that was measured wrongly has been forgotten.
LOOKS_MAX: Final = 300.0
# … and together no more than this when the face was out of sight for a moment: a second's looks outvote them.
DOUBTED_LOOKS: Final = 30.0
# A new average is handed out when some point that frames rest on has moved by this much; smaller steps cannot be seen.
STEP_MM: Final = 0.06
# Where frames touch a head: bridge, flanks of the nose, brows, cheeks below the eyes, and before the ears.
CONTACT: Final = np.array(
    [168, 6, 197, 195, 122, 351, 193, 417, 245, 465, 105, 334, 70, 300, 50, 280, 234, 454, 127, 356], np.intp
)
# From the outline's landmark before an ear (234, 454) to where the ear's top meets the head, and a temple lies on it.
# Proportions of the ear: Farkas 1994; the landmark's place on the head: assumed.
EAR_UP_MM: Final = 23.0
EAR_BACK_MM: Final = 21.0


class RestShape:
    """A published average: ``points_mm`` (478, 3) in head space, in the wearer's own millimetres; read-only.

    ``notes`` is for whoever works something out from it that holds as long as it does (a frame's seat, by product).
    """

    __slots__ = ("notes", "points_mm")

    def __init__(self, points_mm: F64) -> None:
        points_mm.setflags(write=False)
        self.points_mm = points_mm
        self.notes: dict[object, object] = {}


class Wearer:
    """One track's average."""

    def __init__(self) -> None:
        self._sums = template().points_mm * PRIOR_LOOKS
        self._weights = np.full(at.POINT_COUNT, PRIOR_LOOKS)
        self._shape = RestShape(template().points_mm.copy())
        self._normals = normals()

    def update(self, head_mm: F64, pose: Pose, scale: float) -> RestShape:
        """Take one frame in; ``head_mm`` (478, 3) and ``pose`` are in the template's millimetres. ``scale`` is the
        wearer's over the template's."""
        _accumulate(
            self._sums,
            self._weights,
            self._normals,
            head_mm,
            pose.rotation,
            pose.translation_mm,
            LOOKS_MAX,
            EDGE_ON,
        )
        if _moved_mm(self._sums, self._weights, scale, self._shape.points_mm, CONTACT) > STEP_MM:
            self._shape = RestShape(self._sums / self._weights[:, None] * scale)
        return self._shape

    def doubt(self) -> None:
        """Let new looks weigh more, in case that it is another head now."""
        keep = np.minimum(DOUBTED_LOOKS / self._weights, 1.0)
        self._weights *= keep
        self._sums *= keep[:, None]


def ear_root(points_mm: F64, sign: int) -> F64:
    """Where the ear's top meets the head of these points (478, 3); ``sign`` +1 for the wearer's left ear, -1 right."""
    beside = points_mm[at.LEFT_TRAGUS if sign > 0 else at.RIGHT_TRAGUS]
    return np.asarray(beside + np.array([0.0, EAR_UP_MM, -EAR_BACK_MM]), np.float64)


@cache
def normals() -> F64:
    """Outward unit normals (478, 3) of the mean head at its points; irises look straight ahead. Read-only."""
    points, corners = template().points_mm, template().triangles[:, :3]
    a, b, c = (points[corners[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    sums = np.zeros_like(points)
    for k in range(3):
        np.add.at(sums, corners[:, k], faces)
    # Irises, and points that no triangle uses, look ahead.
    sums[(sums == 0).all(axis=1)] = (0.0, 0.0, 1.0)
    unit: F64 = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    unit.setflags(write=False)
    return unit


@quick
def _moved_mm(sums: F64, weights: F64, scale: float, before: F64, points: at.Indices) -> float:
    """How far, along one axis, the mean of some of ``points`` has moved from ``before``."""
    most = 0.0
    for i in range(points.shape[0]):
        p = points[i]
        for k in range(3):
            most = max(most, abs(sums[p, k] / weights[p] * scale - before[p, k]))
    return most


@quick
def _accumulate(
    sums: F64,
    weights: F64,
    normals: F64,
    head: F64,
    rotation: F64,
    translation: F64,
    most: float,
    least: float,
) -> None:
    for i in range(head.shape[0]):
        # The direction from the camera to the point, in head space.
        x, y, z = head[i, 0], head[i, 1], head[i, 2]
        cx = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z + translation[0]
        cy = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z + translation[1]
        cz = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z + translation[2]
        facing = 0.0
        for k in range(3):
            facing -= (rotation[0, k] * cx + rotation[1, k] * cy + rotation[2, k] * cz) * normals[i, k]
        facing /= (cx * cx + cy * cy + cz * cz) ** 0.5
        weight = max(facing, 0.0) ** 2 + least
        if weights[i] + weight > most:
            keep = (most - weight) / weights[i]
            weights[i] *= keep
            for k in range(3):
                sums[i, k] *= keep
        weights[i] += weight
        for k in range(3):
            sums[i, k] += weight * head[i, k]
