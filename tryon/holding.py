"""Where a head is while a hand covers a part of it.

A network that finds a face draws all its landmarks after a hand that covers some: glasses would slide as it passes. So
what is still seen of the face is laid over what the face has looked like (``overlays.memory``), by Gauss-Newton on six
parameters of the pose and three of the light (Lucas, Kanade 1981; Baker, Matthews, "Lucas-Kanade 20 Years On", 2004).
Where too little is seen to tell, the head stays where it was, or goes on with its landmarks by as much as is seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays import compare
from tryon.overlays.cells import cells
from tryon.overlays.compare import BOOL
from tryon.overlays.front import Front
from tryon.overlays.memory import FaceMemory
from tryon.perception import landmarks as at
from tryon.perception.smoothing import rotation_matrix, rotation_vector

# With less of the rigid points covered landmarks are as good as ever.
COVERED_MIN: Final = 0.03
# After a hand is gone the head goes to its landmarks within about this time; after a gap, at once.
RELEASE_MS: Final = 120.0
GAP_MS: Final = 250.0
# A hand moves between two frames by about this part of the face's width.
MOVES: Final = 0.04
# How far a head may be off where it was expected: turn (radians), across and along the view (mm).
TURN: Final = math.radians(1.5)
SHIFT_MM: Final = (3.0, 3.0, 8.0)
# What the picture's log luminance differs by where nothing is in front, and cells that say the same as one.
NOISE: Final = 0.10
ALIKE: Final = 6.0
# Fewer cells than this cannot tell.
CELLS_MIN: Final = 120
FACING_MIN: Final = 0.4
ROUNDS: Final = 4
BEYOND_PX: Final = 8
# Poses that differ by less (radians, mm) cannot be told apart in the picture.
SAME: Final = (1e-3, 0.1)


@dataclass(slots=True)
class _Last:
    raw: Pose
    held: Pose
    t_ms: float


class Hold:
    """One wearer's; poses are in the wearer's own millimetres."""

    def __init__(self) -> None:
        self._shape: F64 | None = None
        self._last: _Last | None = None
        self._front: Front | None = None
        self._seen_ms = -math.inf

    @property
    def idle(self) -> bool:
        """Whether nothing is held."""
        return self._front is None and self._last is None

    def see(self, head: Head, front: Front | None, t_ms: float) -> None:
        """Take in a frame's head and what was in front of it."""
        self._front, self._seen_ms = front, t_ms
        if front is None and self._last is None:
            self._shape = head.shape_mm[: at.SURFACE_COUNT]

    def pose(
        self, raw: Pose, points_px: F32, bgr: U8, camera: Camera, memory: FaceMemory, t_ms: float
    ) -> Pose:
        """The pose of a frame whose landmarks ``points_px`` tell of ``raw``."""
        if self._last is not None and not 0 <= t_ms - self._last.t_ms <= GAP_MS:
            self._last = None
        if not 0 <= t_ms - self._seen_ms <= GAP_MS:
            self._front = None
        front, last = self._front, self._last
        hidden = 0.0 if front is None else float(_under(front, points_px[at.RIGID, :2]).mean())
        if front is not None and self._shape is not None and hidden >= COVERED_MIN:
            expected = raw if last is None else _moved(last.held, last.raw, raw, 1.0 - hidden)
            held = _laid(self._shape, expected, bgr, camera, memory, front)
        elif last is not None:
            held = _moved(raw, last.raw, last.held, math.exp(-(t_ms - last.t_ms) / RELEASE_MS))
            if _same(held, raw):
                self._last = None
                return raw
        else:
            return raw
        self._last = _Last(raw, held, t_ms)
        return held


def _laid(shape_mm: F64, pose: Pose, bgr: U8, camera: Camera, memory: FaceMemory, front: Front) -> Pose:
    """The pose near ``pose`` at which the remembered face lies best over what is seen of it."""
    grid = cells()
    use = memory.known() & ~grid.jaw
    if np.count_nonzero(use) < CELLS_MIN:
        return pose
    places_mm = np.einsum("nk,nkd->nd", grid.shares[use].astype(np.float64), shape_mm[grid.corners[use]])
    rows, columns = np.nonzero(use)
    shade = np.stack([np.ones(len(rows)), 2 * columns / len(use) - 1, 2 * rows / len(use) - 1], axis=1)
    wanted = memory.luminance()[use].astype(np.float64)
    xy = camera.project(pose.to_camera(places_mm))
    low, high = xy.min(axis=0), xy.max(axis=0)
    rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).grow(BEYOND_PX)
    rect = rect.clip(bgr.shape[1], bgr.shape[0])
    if min(rect.width, rect.height) < 2 * BEYOND_PX:
        return pose
    planes = _planes(bgr, rect)
    view = -pose.translation_mm @ pose.rotation
    seen = grid.normals[use].astype(np.float64) @ (view / np.linalg.norm(view)) > FACING_MIN
    seen &= ~_near(front, xy, MOVES * float(high[0] - low[0]))
    rotation, translation = pose.rotation, pose.translation_mm
    light, away = np.zeros(3), np.zeros(9)
    trust = np.diag(np.concatenate([np.full(3, TURN**-2), np.array(SHIFT_MM) ** -2, np.full(3, 1e-6)]))
    for number in range(ROUNDS):
        turned = places_mm @ rotation.T
        placed = turned + translation
        local = np.asarray(camera.project(placed) - (rect.x0 + 0.5, rect.y0 + 0.5), np.float32)
        here = seen & (local > 1).all(axis=1) & (local < (rect.width - 2, rect.height - 2)).all(axis=1)
        if np.count_nonzero(here) < CELLS_MIN:
            return pose
        bright, right, down = (
            cv2.remap(plane, local[here, :1], local[here, 1:], cv2.INTER_LINEAR)[:, 0].astype(np.float64)
            for plane in planes
        )
        off = bright - wanted[here]
        if number == 0:
            light[0] = float(np.median(off))
        off -= shade[here] @ light
        x, y, z = placed[here].T
        along = np.stack([right, down, -(right * x + down * y) / z], axis=1) * (camera.focal_px / z)[:, None]
        jacobian = np.concatenate([np.cross(turned[here], along), along, -shade[here]], axis=1)
        # Cauchy's weights: a hand's edge, its shadow and lids that move count little.
        weight = 1.0 / (1.0 + (off / (2 * NOISE)) ** 2) / (NOISE * NOISE * ALIKE)
        weighted = (jacobian * weight[:, None]).T
        change = np.linalg.solve(weighted @ jacobian + trust, -weighted @ off - trust @ away)
        away[:6] += change[:6]
        rotation = rotation_matrix(change[:3]) @ rotation
        translation = translation + change[3:6]
        light += change[6:]
    return Pose(rotation, translation, pose.residual_px)


def _planes(bgr: U8, rect: Rect) -> tuple[F32, F32, F32]:
    """Log luminance in means of 3×3 pixels, as the memory has it, and its slopes to the right and down."""
    logs = cv2.LUT(bgr[rect.y0 : rect.y1, rect.x0 : rect.x1], compare.logs())
    bright = np.asarray(cv2.blur(logs.mean(axis=2), (3, 3)), np.float32)
    down, right = np.gradient(bright)
    return bright, np.asarray(right, np.float32), np.asarray(down, np.float32)


def _near(front: Front, xy: F64, reach_px: float) -> BOOL:
    """Places (n, 2) that something is in front of, or nearer to than it moves."""
    side = 2 * max(round(reach_px), 1) + 1
    around = front.rect.grow(side)
    wider = np.asarray(cv2.dilate(front.over(around), np.ones((side, side), np.uint8)), np.uint8)
    return np.asarray(_under(Front(around, wider), xy) > 0.1, np.bool_)


def _same(one: Pose, other: Pose) -> bool:
    turn = np.abs(rotation_vector(one.rotation @ other.rotation.T)).max()
    return bool(turn < SAME[0] and np.abs(one.translation_mm - other.translation_mm).max() < SAME[1])


def _moved(pose: Pose, before: Pose, after: Pose, share: float) -> Pose:
    """A pose, moved on by a share of the way between two."""
    turn = rotation_vector(after.rotation @ before.rotation.T) * share
    shift = (after.translation_mm - before.translation_mm) * share
    return Pose(rotation_matrix(turn) @ pose.rotation, pose.translation_mm + shift, pose.residual_px)


def _under(front: Front, xy: F64 | F32) -> F64:
    """How much of each place (n, 2) is covered."""
    x, y = (np.floor(xy[:, k]).astype(np.intp) - (front.rect.x0, front.rect.y0)[k] for k in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x < front.rect.width) & (y < front.rect.height)
    found = np.zeros(len(xy))
    found[inside] = front.share[y[inside], x[inside]] / 255
    return found
