"""Marks on a head: small pictures of its skin, kept where they are on it, and the pose that lays them on a frame.

Landmarks of a turned face are a network's guess, drawn towards the mean head; brows, moles and the flanks of a nose are
where they are. So what the skin round some points looked like while the face was seen frontally is held against later
frames (Baker and Matthews, "Lucas-Kanade 20 Years On", IJCV 2004: inverse compositional steps, all marks moving with
one rigid pose). Each little picture is told without its mean, its slope and its contrast: lamps change those. One that
looks like itself no longer (under a hand, behind the nose) counts little.

How far each mark stands out is known of the mean head only, so it is found while the head turns: smooth departures
along the line of sight that a mark was first seen on, by recursive least squares with the pose marginalised out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry import mark_motion
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.mark_looks import SIDE, Flags, bounds, finish, take
from tryon.geometry.pose import Pose
from tryon.geometry.upright import known_share, lay_mean, leverage
from tryon.geometry.wearer import normals
from tryon.perception import landmarks as at

# Over nose, brows, forehead, temples and cheeks, 9 mm apart; none on lids and lips, which move.
PLACES: Final = np.array(
    [
        1, 2, 3, 9, 10, 34, 48, 50, 54, 63, 66, 67, 68, 69, 71, 101, 103, 104, 107, 108, 109, 111, 113, 118, 123, 126,
        139, 143, 151, 156, 168, 187, 188, 205, 221, 223, 227, 231, 248, 264, 278, 280, 284, 293, 296, 297, 298, 299,
        301, 330, 332, 333, 336, 337, 338, 340, 342, 347, 352, 355, 368, 372, 383, 411, 412, 425, 441, 443, 447, 451,
    ],
    np.intp,
)  # fmt: skip
_NASION: Final = int(np.flatnonzero(PLACES == at.NASION)[0])
# The frame is averaged over squares of whole pixels to come near a pixel a step.
PX_PER_MM: Final = 0.7
# Around the outermost marks' middles: half a mark from afar, and how far the pose may have to be moved.
MARGIN_MM: Final = 22.0
# A head departs from the mean one by so much, alike over such distances; that is made of so many patterns.
DEPARTS_MM: Final = 4.0
ALIKE_OVER_MM: Final = 22.0
PATTERNS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Small:
    """The part of a frame that holds a face, averaged, and once more at half of that: ``fine`` and ``coarse`` (h, w) in
    codes. ``view``: focal length and principal point of ``fine``."""

    fine: F32
    coarse: F32
    view: tuple[float, float, float]

    @classmethod
    def of(cls, bgr: U8, pose: Pose, camera: Camera) -> Small:
        """Around a head that is about at ``pose``."""
        px_per_mm = camera.focal_px / max(float(pose.translation_mm[2]), 1.0)
        squares = max(round(px_per_mm / PX_PER_MM), 1)
        view = (camera.focal_px, camera.cx_px, camera.cy_px)
        left, top, right, bottom = bounds(_mean_places(), pose.rotation, pose.translation_mm, view)
        margin = MARGIN_MM * px_per_mm
        x0, y0 = max(int(left - margin), 0), max(int(top - margin), 0)
        # Even numbers of squares, and whole ones: others are averaged ten times as slowly.
        width = int((min(right + margin, camera.width_px) - x0) / squares) & ~1
        height = int((min(bottom + margin, camera.height_px) - y0) / squares) & ~1
        if width <= 0 or height <= 0:
            fine: F32 = np.zeros((0, 0), np.float32)
            return cls(fine, fine, view)
        # Green alone: it is most of a picture's light, and takes a third of the time.
        grey = cv2.extractChannel(bgr[y0 : y0 + height * squares, x0 : x0 + width * squares], 1)
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
        half = cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        view = (camera.focal_px / squares, (camera.cx_px - x0) / squares, (camera.cy_px - y0) / squares)
        return cls(grey.astype(np.float32), half.astype(np.float32), view)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Where marks lie on a frame: the head's ``pose``, how many were ``seen``, their mean likeness (correlation, at
    most 1), and how far the last step still turned, in degrees."""

    pose: Pose
    seen: int
    alike: float
    step_deg: float


class Marks:
    """The marks of one head, from the first frame on, in which its pose and landmarks (478, 3) are known."""

    def __init__(self, small: Small, points_px: F32, pose: Pose, camera: Camera) -> None:
        self._points = _on_rays(points_px, pose, camera)
        self._at_first = self._points.copy()
        away = self._points + pose.translation_mm @ pose.rotation
        self._outwards = np.ascontiguousarray(-away / np.linalg.norm(away, axis=1, keepdims=True))
        self._patterns = np.zeros(PATTERNS)
        self._known = np.eye(PATTERNS)
        count = len(PLACES)
        self._seen: Flags = np.ones(count, np.bool_)
        self._sums: F32 = np.zeros((2, count, SIDE, SIDE), np.float32)
        self._pictures: F32 = np.zeros((2, count, SIDE, SIDE), np.float32)
        self._slopes: F32 = np.zeros((2, count, 2, SIDE, SIDE), np.float32)
        self._contrasts = np.zeros((2, count))
        self._likeness = np.zeros(count)
        self.looks = 0
        self.look(small, pose)

    @property
    def nasion_mm(self) -> F64:
        """How far the head's origin has been found from where it was first taken to be (3,)."""
        return np.asarray(self._points[_NASION] - self._at_first[_NASION], np.float64)

    def upright(self) -> tuple[F64, F64]:
        """The turn (3,), in radians, to the marks' axes from those of the mean head laid over them, and which share of
        what turns could be is known by now of each (3,): 0 for a head that has not turned yet, at most 1."""
        axes, out = _frames()
        turn = lay_mean(self._points, _mean_places(), axes, out)
        return turn, known_share(self._known, _turned_by())

    def look(self, small: Small, pose: Pose) -> None:
        """Average another frame in, on which the marks lie at ``pose``."""
        axes, out = _frames()
        take(
            small.fine, small.coarse, small.view, pose.rotation, pose.translation_mm, self._points, axes, out,
            self._seen, self._sums,
        )  # fmt: skip
        self.looks += 1
        finish(self._sums, float(self.looks), self._seen, self._pictures, self._slopes, self._contrasts)

    def lay(self, small: Small, pose: Pose, guess: Pose, coarse: int, fine: int) -> Laid:
        """The pose near ``pose`` at which the marks lie on a frame, after so many steps from afar and near. Where they
        tell little it stays near ``guess``."""
        rotation, translation = pose.rotation.copy(), pose.translation_mm.copy()
        axes, out = _frames()
        seen, alike, step = mark_motion.lay(
            small.fine, small.coarse, small.view, rotation, translation, guess.rotation, guess.translation_mm,
            self._points, axes, out, self._pictures, self._slopes, self._contrasts, coarse, fine, self._likeness,
        )  # fmt: skip
        return Laid(Pose(rotation, translation, pose.residual_px), seen, alike, math.degrees(step))

    def shape(self, small: Small, pose: Pose, guess: Pose) -> None:
        """Learn how far the marks stand out from a frame on which they lie at ``pose``, guessed to be at ``guess``."""
        axes, out = _frames()
        mark_motion.shape(
            small.fine, small.view, pose.rotation, pose.translation_mm, guess.rotation, guess.translation_mm,
            self._points, axes, out, self._pictures, self._slopes, self._contrasts, self._at_first, self._outwards,
            _departures(), self._known, self._patterns,
        )  # fmt: skip


def _on_rays(points_px: F32, pose: Pose, camera: Camera) -> F64:
    """The marks (n, 3) in head space: where they are seen, as far away as on the mean head."""
    seen = points_px[PLACES, :2].astype(np.float64) - (camera.cx_px, camera.cy_px)
    depths = pose.to_camera(_mean_places())[:, 2:]
    rays = np.column_stack([seen / camera.focal_px, np.ones(len(seen))])
    return np.ascontiguousarray((rays * depths - pose.translation_mm) @ pose.rotation)


@cache
def _mean_places() -> F64:
    """The marks on the mean head (n, 3); read-only."""
    points = np.ascontiguousarray(template().points_mm[PLACES])
    points.setflags(write=False)
    return points


@cache
def _frames() -> tuple[F64, F64]:
    """Of each mark two unit vectors on the skin, level and downwards (n, 2, 3), and its normal (n, 3)."""
    out = np.ascontiguousarray(normals()[PLACES])
    level = np.cross([0.0, 1.0, 0.0], out)
    level /= np.linalg.norm(level, axis=1, keepdims=True)
    axes = np.ascontiguousarray(np.stack([level, np.cross(out, level)], axis=1))
    for array in (axes, out):
        array.setflags(write=False)
    return axes, out


@cache
def _turned_by() -> F64:
    """How far the mean head turns, laid over marks that depart in each pattern, radians (3, PATTERNS)."""
    turned = leverage(_mean_places(), *_frames()) @ _departures()
    turned.setflags(write=False)
    return np.asarray(turned, np.float64)


@cache
def _departures() -> F64:
    """How far the marks depart in each pattern, mm (n, PATTERNS): the largest parts of a smooth random field."""
    points = _mean_places()
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    sizes, ways = np.linalg.eigh(np.exp(-0.5 * (apart / ALIKE_OVER_MM) ** 2))
    patterns = np.ascontiguousarray(
        (ways * np.sqrt(np.maximum(sizes, 0)))[:, ::-1][:, :PATTERNS] * DEPARTS_MM
    )
    patterns.setflags(write=False)
    return patterns
