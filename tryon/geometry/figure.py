"""From one frame's body to a steady figure: where shoulders, arms and hips are, and which way the torso is turned.

At a webcam the hips are mostly out of the picture, and a turned torso's shoulders draw together. So the figure's size
is taken from both shoulder width and torso length, whichever says more, and hips that are not seen hang below the
shoulders at a grown-up's proportions (Drillis and Contini, "Body segment parameters", 1966).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F32, F64, U8
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.perception.body import BodyObservation
from tryon.perception.body_model import CROP_PX
from tryon.perception.face_model import Region
from tryon.perception.smoothing import OneEuro, VectorFilter

# From shoulders' middle to hips' middle, in shoulder widths (between the joints).
TORSO_PER_WIDTH: Final = 1.42
TORSO_RANGE: Final = (1.15, 1.75)
# Upper arm and forearm, in shoulder widths.
UPPER_ARM: Final = 0.80
FOREARM: Final = 0.70
# Hips less sure than this, or below the picture, are hung from the shoulders.
SEEN: Final = 0.6
# An arm whose elbow and wrist are both less sure than the first is a guess; from the second on it is none.
GUESSED: Final = (0.10, 0.35)
# A hand whose elbow is below the picture, likewise: one that is there is sure.
HAND_SEEN: Final = (0.55, 0.85)
# An upper arm points down, or aside from these parts of it on; a wrist this far above its elbow is lifted, in shoulder
# widths.
RAISED: Final = (0.4, 0.8)
LIFTED: Final = 0.15
# Elbows out of the picture: the outline is looked at down to this far above the picture's lower edge, if that is so far
# down the upper arm, and so far out from the shoulder joint; an arm's half width inside it is the arm; all but the
# share in shoulder widths. An elbow is moved by at most the last.
OUTLINE_MARGIN: Final = 0.04
OUTLINE_PART: Final = 0.35
OUTLINE_REACH: Final = 0.7
ARM_HALF: Final = 0.125
ARM_MOVES: Final = 0.35
# Joints in shoulder widths: a resting body's filter is at its minimum.
JOINTS: Final = OneEuro(minimum_hz=0.6, beta=12.0, derivative_hz=1.5)
# A garment's hem hangs two shoulder widths below them: it takes every tremble of the width twice, and of hips that are
# guessed. Both are followed as fast as shoulders move, and by so slow a filter where these rest.
TRUNK: Final = OneEuro(minimum_hz=0.15, beta=12.0, derivative_hz=0.7)
# And a width that differs by less than this part is the same, of a trunk that rests; of one that moves by so many
# shoulder widths a second, none is.
SAME_WIDTH: Final = 0.006
RESTS: Final = 0.1


SHOULDERS: Final = [at.RIGHT_SHOULDER, at.LEFT_SHOULDER]
HIPS: Final = [at.RIGHT_HIP, at.LEFT_HIP]


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One wearer's body in one frame.

    ``points_px`` (33, 2) steady, ``depth_px`` (33,) on the same scale growing away from the camera. ``width_px`` is the
    distance of the shoulder joints as if seen from the front. ``yaw`` is the torso's turn in radians, positive to the
    wearer's left. ``mask`` (256, 256) tells the person's pixels in a crop; ``picture_from_mask`` is the 2×3 map out.
    """

    track: int
    points_px: F64
    depth_px: F64
    visibility: F32
    width_px: float
    yaw: float
    mask: U8
    picture_from_mask: F32

    @property
    def mask_from_picture(self) -> F64:
        """``picture_from_mask`` the other way."""
        return _inverse(self.picture_from_mask)

    @property
    def shoulders(self) -> tuple[F64, F64]:
        """Right and left shoulder joint."""
        return self.points_px[at.RIGHT_SHOULDER], self.points_px[at.LEFT_SHOULDER]

    @property
    def hips(self) -> tuple[F64, F64]:
        """Right and left hip joint."""
        return self.points_px[at.RIGHT_HIP], self.points_px[at.LEFT_HIP]

    @property
    def down(self) -> F64:
        """Unit vector from the shoulders' middle to the hips'."""
        (hip_right, hip_left), (right, left) = self.hips, self.shoulders
        along = np.asarray(hip_right + hip_left - right - left, np.float64)
        return np.asarray(along / max(float(np.hypot(*along)), 1e-6), np.float64)

    def shows(self, points_px: F64) -> F64:
        """How surely the person is seen at points (n, 2) of the picture, 0..1; 0 outside the mask's crop."""
        return _shown(self.mask, self.picture_from_mask, points_px)

    def arm(self, side: str) -> F64:
        """Shoulder, elbow, wrist and the middle of the knuckles, (4, 2); ``side`` is "right" or "left"."""
        rows = _ARMS[side]
        points = self.points_px
        return np.stack(
            [points[rows[0]], points[rows[1]], points[rows[2]], (points[rows[3]] + points[rows[4]]) / 2]
        )


_ARMS: Final = {
    "right": (at.RIGHT_SHOULDER, at.RIGHT_ELBOW, at.RIGHT_WRIST, at.RIGHT_INDEX, at.RIGHT_PINKY),
    "left": (at.LEFT_SHOULDER, at.LEFT_ELBOW, at.LEFT_WRIST, at.LEFT_INDEX, at.LEFT_PINKY),
}


class FigureFilter:
    """One wearer's filters: made when a body is acquired, dropped when it is lost."""

    def __init__(self) -> None:
        self._joints = VectorFilter(JOINTS)
        self._trunk = VectorFilter(TRUNK)
        self._scale = 0.0
        self._width: float | None = None

    def update(self, body: BodyObservation, height_px: int, t_ms: float) -> Figure:
        """The steady figure of the next frame; ``height_px`` is the picture's."""
        points = body.points_px.astype(np.float64)
        picture_from_mask = body.region.picture_from_crop(CROP_PX)
        _hang_hips(points, body.visibility, height_px)
        _hang_arms(points, body.visibility, body.mask, picture_from_mask, height_px)
        width = _width(points)
        # The filters' unit: it must not change with every frame, or resting joints would move with it.
        if not 0.9 < width / max(self._scale, 1e-6) < 1.1:
            self._scale = width
            self._width = None
            self._joints.reset()
            self._trunk.reset()
        steady = self._joints(points / self._scale, t_ms) * self._scale
        width = self._hold(points, width, steady, t_ms)
        return Figure(
            body.face,
            steady[:, :2],
            steady[:, 2],
            body.visibility,
            width,
            _yaw(steady),
            body.mask,
            picture_from_mask,
        )

    def _hold(self, points: F64, width: float, steady: F64, t_ms: float) -> float:
        """Hang the hips of the ``steady`` points from their shoulders, in place; the shoulders' steady width."""
        middle = points[SHOULDERS, :2].mean(axis=0)
        row = np.concatenate([middle, [width], (points[HIPS, :2] - middle).reshape(-1)])[None] / self._scale
        trunk = self._trunk(row, t_ms)[0]
        steady[HIPS, :2] = steady[SHOULDERS, :2].mean(axis=0) + trunk[3:].reshape(2, 2) * self._scale
        now = float(trunk[2])
        held = now if self._width is None else self._width
        same = SAME_WIDTH * max(1.0 - self._trunk.speed / RESTS, 0.0)
        self._width = min(max(held, now - same), now + same)
        return self._width * self._scale


def standing(face_px: F32, height_px: int) -> Figure:
    """Somebody who faces the camera with hanging arms, below a face (478, 2+): what kernels are warmed up with."""
    high, low = face_px[face_at.FOREHEAD_TOP, :2], face_px[face_at.CHIN, :2]
    unit = 1.9 * float(np.hypot(*(low - high)))
    places = {
        at.RIGHT_SHOULDER: (-0.5, 0.3), at.RIGHT_ELBOW: (-0.62, 1.08), at.RIGHT_WRIST: (-0.6, 1.75),
        at.RIGHT_INDEX: (-0.58, 1.95), at.RIGHT_PINKY: (-0.62, 1.95), at.RIGHT_HIP: (-0.3, 1.75),
        at.RIGHT_KNEE: (-0.3, 2.95), at.RIGHT_ANKLE: (-0.3, 4.1),
    }  # fmt: skip
    points = np.zeros((at.POINT_COUNT, 3), np.float32)
    for row, (x, y) in places.items():
        for number, side in ((row, 1.0), (row - 1, -1.0)):
            points[number, :2] = low + unit * np.array([side * x, y])
    region = Region(float(low[0]), float(low[1]) + 1.75 * unit, 8 * unit, 0.0)
    seen = np.ones(at.POINT_COUNT, np.float32)
    mask: U8 = np.full((CROP_PX, CROP_PX), 255, np.uint8)
    return FigureFilter().update(BodyObservation(points, seen, mask, region, 1), height_px, 0.0)


def _hang_hips(points: F64, visibility: F32, height_px: int) -> None:
    """Put hips that are not seen, or stand where none can, below the shoulders."""
    right, left = points[at.RIGHT_SHOULDER], points[at.LEFT_SHOULDER]
    middle = (right + left) / 2
    hips = (points[at.RIGHT_HIP] + points[at.LEFT_HIP]) / 2
    width = float(np.hypot(*(left - right)[:2]))
    sure = min(float(visibility[at.RIGHT_HIP]), float(visibility[at.LEFT_HIP]), 1.0)
    if hips[1] > height_px:
        sure *= 0.5
    length = float(np.hypot(*(hips - middle)[:2]))
    if sure < SEEN:
        # Half of what the network guesses, half of the proportions.
        share = 0.5 * (1 - sure / SEEN)
        wanted = middle[:2] + np.array([0.0, TORSO_PER_WIDTH * width])
        moved = (wanted - hips[:2]) * share
    else:
        least = TORSO_RANGE[0] * 0.6 * width
        moved = (hips - middle)[:2] * (max(length, least) / max(length, 1e-6) - 1)
    for hip in (at.RIGHT_HIP, at.LEFT_HIP):
        points[hip, :2] += moved


def _hang_arms(points: F64, visibility: F32, mask: U8, picture_from_mask: F32, height_px: int) -> None:
    """Move elbows that are not seen, and the hands below them, to where the person's outline shows the upper arm; let
    an arm hang of which nothing is in the picture, or that is raised by a mere guess."""
    width = _width(points)
    for shoulder, elbow, *hand in _ARMS.values():
        away = points[elbow, :2] - points[shoulder, :2]
        fall = np.array([0.0, max(float(np.hypot(*away)), 0.5 * width)])
        ends = height_px - OUTLINE_MARGIN * width
        if min(points[shoulder, 1], points[elbow, 1]) > ends and visibility[hand[0]] < SEEN:
            # Something beside the wearer passes for it: a lamp wore a sleeve.
            points[elbow, :2] = points[shoulder, :2] + fall
            points[hand, :2] = points[shoulder, :2] + 2 * fall
            continue
        nobody = 0.0
        unseen = max(visibility[elbow], visibility[hand[0]]) < SEEN
        if unseen and 0.0 <= points[elbow, 1] < height_px:
            nobody = 1.0 - float(_shown(mask, picture_from_mask, points[elbow : elbow + 1, :2])[0])
        upper, fore = _guessed(points, visibility, elbow, hand[0], away, width, ends, nobody)
        points[elbow, :2] += upper * (points[shoulder, :2] + fall - points[elbow, :2])
        points[hand, :2] += fore * (points[elbow, :2] + fall - points[hand, :2])
        sure = min(float(visibility[elbow]) / SEEN, 1.0)
        start, fall = points[shoulder, :2], points[elbow, :2] - points[shoulder, :2]
        if sure == 1.0 or fall[1] < 0.3 * width:
            continue
        part = min((height_px - OUTLINE_MARGIN * width - start[1]) / fall[1], 1.0)
        if part < OUTLINE_PART:
            continue
        out = 1.0 if shoulder == at.LEFT_SHOULDER else -1.0
        reach = np.linspace(0.0, OUTLINE_REACH * width, 81)
        places = np.column_stack([start[0] + out * reach, np.full(len(reach), start[1] + part * fall[1])])
        beyond = np.flatnonzero(_shown(mask, picture_from_mask, places) < 0.5)
        if not len(beyond) or beyond[0] == 0:
            continue
        edge = float(reach[beyond[0]]) - ARM_HALF * width
        aside = (1 - sure) * (out * edge / part - fall[0])
        points[[elbow, *hand], 0] += min(max(aside, -ARM_MOVES * width), ARM_MOVES * width)


def _guessed(
    points: F64, visibility: F32, elbow: int, wrist: int, away: F64, width: float, ends: float, nobody: float
) -> tuple[float, float]:
    """How surely upper arm and forearm are raised by a mere guess, 0..1 each: neither elbow nor wrist is seen, by what
    the network itself says or because there is ``nobody`` at the elbow; or the elbow is below where the picture
    ``ends`` and no hand is seen. Somebody's portrait had hands at her jaw."""
    seen, hand = float(max(visibility[elbow], visibility[wrist])), float(visibility[wrist])
    unsure = min(max((GUESSED[1] - seen) / (GUESSED[1] - GUESSED[0]), 0.0), 1.0)
    unsure = max(unsure, nobody * min(max((SEEN - seen) / (SEEN - GUESSED[1]), 0.0), 1.0))
    aside = 1.0 - float(away[1]) / max(float(np.hypot(*away)), 1e-6)
    upper = unsure * min(max((aside - RAISED[0]) / (RAISED[1] - RAISED[0]), 0.0), 1.0)
    if points[elbow, 1] > ends:
        unsure = max(unsure, min(max((HAND_SEEN[1] - hand) / (HAND_SEEN[1] - HAND_SEEN[0]), 0.0), 1.0))
    lifted = float(points[elbow, 1] - points[wrist, 1]) / width
    return upper, max(upper, unsure * min(max(lifted / LIFTED, 0.0), 1.0))


def _inverse(matrix: F32) -> F64:
    """By hand: a linear algebra library takes ten times as long over four numbers."""
    (a, b, dx), (c, d, dy) = matrix.astype(np.float64).tolist()
    size = a * d - b * c
    a, b, c, d = d / size, -b / size, -c / size, a / size
    return np.array([(a, b, -a * dx - b * dy), (c, d, -c * dx - d * dy)])


def _shown(mask: U8, picture_from_mask: F32, points_px: F64) -> F64:
    (a, b, dx), (c, d, dy) = _inverse(picture_from_mask).tolist()
    x = np.floor(a * points_px[:, 0] + b * points_px[:, 1] + dx).astype(np.intp)
    y = np.floor(c * points_px[:, 0] + d * points_px[:, 1] + dy).astype(np.intp)
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    return np.asarray(np.where(inside, mask[np.where(inside, y, 0), np.where(inside, x, 0)] / 255.0, 0.0))


def _width(points: F64) -> float:
    across = points[at.LEFT_SHOULDER, :2] - points[at.RIGHT_SHOULDER, :2]
    along = (
        points[at.LEFT_HIP, :2]
        + points[at.RIGHT_HIP, :2]
        - points[at.LEFT_SHOULDER, :2]
        - points[at.RIGHT_SHOULDER, :2]
    ) / 2
    return max(math.hypot(*across), math.hypot(*along) / TORSO_RANGE[1], 1.0)


def _yaw(points: F64) -> float:
    """The turn that makes shoulders as narrow as they are seen, in the direction that depth tells."""
    right, left = points[at.RIGHT_SHOULDER], points[at.LEFT_SHOULDER]
    across = float(np.hypot(*(left - right)[:2]))
    depth = float(left[2] - right[2])
    # Depth is coarse: it is trusted half, and shoulder widths differ by person.
    return math.atan2(0.5 * depth, max(across, 1e-6))
