"""Where a head is, held to its own skin: what landmarks miss by on this very head, and their pose without it.

Landmarks miss a turned head by some degrees, by others on each head, and steadily so. The head's marks (``marks``) do
not: but they tell only how the head has turned since they were first seen. Of that first pose landmarks know, over all
the views seen so far: one view's error is hardly less than another's, but the part that differs from view to view
cancels. What they miss by in every view shows in the shape that the marks have on a head that has turned (``upright``).

Where the marks are not found (a hand, a blur, a profile) what landmarks miss by is taken to fade, and the pose becomes
that of the landmarks again.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.marks import Marks, Small
from tryon.geometry.pose import Pose, apart, solve
from tryon.geometry.response import towards
from tryon.perception.smoothing import GAP_MS, rotation_matrix, rotation_vector

# Marks are first seen on a face that looks at the camera: sines of the way to it, to the side and up …
FRONTAL: Final = (0.3, 0.35)
# … that has been followed for so many frames, and turns slowly, in degrees a second. Their pictures average some looks.
SETTLED: Final = 6
RESTS_DEG: Final = 60.0
LOOKS: Final = 10
# Of a smaller face, in pixels a millimetre (of one 75 px wide), skin tells no more than landmarks do.
SMALL: Final = 0.55
# Marks are sought in every other frame of a webcam's: what landmarks miss by changes slowly.
SEEK_MS: Final = 55.0
# Steps from afar and near: where the head is expected, and where it may be some degrees off. Off it is where a last
# step goes further, or the marks are less alike, than this.
FOLLOW: Final = (0, 1)
GO_ON: Final = (0, 2)
SEARCH: Final = (2, 4)
FOLLOWED_DEG: Final = 0.5
SEARCH_DEG: Final = 2.5
FOLLOWED_ALIKE: Final = 0.7
# What is believed of a search: so alike, so many marks, arrived, and so near to the landmarks (degrees, and parts of
# the distance). Beyond, it is something else that looks alike.
ALIKE: Final = 0.62
SEEN: Final = 20
ARRIVED_DEG: Final = 0.9
MISSED_DEG: Final = 14.0
MISSED_PART: Final = 0.15
# Depths are learnt from heads turned by so much (sines) from where the marks were first seen, and not from each frame.
TURNED: Final = 0.12
SHAPE_EVERY: Final = 2
SHAPE_DEG: Final = 0.3
# Views are told apart by so much (sines), and one is an average of so many looks. They are weighed up now and then.
VIEW: Final = (0.17, 0.15)
VIEW_LOOKS: Final = 40.0
WEIGH_EVERY: Final = 4
# A head that turned by so much (a sine) since they were last sought is another view.
LEAPS: Final = 0.2
# What landmarks miss by in one view is much the same each time: further from what so many looks told of it, brows have
# moved the marks, or a hand has.
KNOWN_LOOKS: Final = 8.0
STRANGE_DEG: Final = 3.5
# For a head turned or nodded by as much as these sines, what depends on the view linearly is so many times as large as
# what else differs from view to view. (On 14 synthetic heads 0.7 and 1.5 told rotation as well, 3 by 0.07° worse.)
AT: Final = (0.5, 0.3)
SLOPE: Final = 1.0
COMMON_MAX_DEG: Final = 7.0
# Of what the marks' shape says, once it is known, so much is believed: about the head's axes x, y and z. (On 14
# synthetic heads x was told to 1.3° RMS, by landmarks to 1.8°; y to 0.7 and 0.8°; z to 0.5 and 0.4°.)
UPRIGHT: Final = np.array([0.85, 0.85, 0.0])
# What views have in common changes no faster than this.
CONSTANT_MS: Final = 350.0
# How fast landmarks are believed again without marks, and marks with them.
FADES_MS: Final = 800.0
RETURNS_MS: Final = 150.0
# What the marks say is smoothed at rest, and followed at once where it differs by more than this.
GENTLE: Final = 0.25
AT_ONCE_DEG: Final = 0.5
# A frontal face without its marks for so many frames is another, or looks different: begin again.
LOST: Final = 40


class Anchor:
    """One head's."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._marks: Marks | None = None
        # The way to the camera when they were first seen, and when they were last sought.
        self._first = (0.0, 0.0)
        self._view = (0.0, 0.0)
        # What landmarks miss by, about the head's axes in radians, by how much its origin is elsewhere along them, mm,
        # and how much of both is believed.
        self._missed, self._shift = np.zeros(3), np.zeros(3)
        self._share = 0.0
        # From the marks' pose to the head's, turn and shift: what it is, and what it goes to.
        self._between, self._wanted = np.zeros(6), np.zeros(6)
        self._views: dict[tuple[int, int], F64] = {}
        # Which share of how the head is nodded its marks' shape tells by now.
        self.nod_known = 0.0
        self._before: F64 | None = None
        self._sought_at = np.eye(3)
        self._frames, self._sought, self._lost = 0, 0, 0
        self._t_ms, self._sought_ms = -math.inf, -math.inf

    def pose(
        self, raw: Pose, points_px: F32, bgr: U8, camera: Camera, t_ms: float, *, covered: bool = False
    ) -> Pose:
        """The head's pose in a frame in which landmarks (478, 3) tell of ``raw``. From one in which something is known
        to be before the face nothing is learnt."""
        elapsed, self._t_ms = t_ms - self._t_ms, t_ms
        self._frames += 1
        if (self._marks is None and covered) or camera.focal_px < SMALL * raw.translation_mm[2]:
            self._before = None
            return self._moved(raw)
        if self._marks is None:
            before, self._before = self._before, raw.rotation
            if 0 < elapsed <= GAP_MS and before is not None and self._frames > SETTLED:
                turns = apart(before, raw.rotation) / elapsed * 1000
                self._begin(raw, turns, points_px, bgr, camera)
            return raw
        due = not 0 <= t_ms - self._sought_ms < SEEK_MS or apart(self._sought_at, raw.rotation) > LEAPS
        if due and not covered:
            self._seek(self._marks, raw, bgr, camera, t_ms)
        return self._moved(raw)

    def _moved(self, raw: Pose) -> Pose:
        """Less what landmarks miss by."""
        if self._share == 0.0:
            return raw
        rotation = raw.rotation @ rotation_matrix(-self._share * self._missed)
        moved = raw.rotation @ (self._share * self._shift)
        return Pose(rotation, raw.translation_mm + moved, raw.residual_px)

    def _begin(self, raw: Pose, turns: float, points_px: F32, bgr: U8, camera: Camera) -> None:
        """Take the marks where the face looks at the camera and turns slowly (radians a second)."""
        view = towards(raw)
        frontal = abs(view[0]) <= FRONTAL[0] and abs(view[1]) <= FRONTAL[1]
        if frontal and turns <= math.radians(RESTS_DEG):
            self._marks = Marks(Small.of(bgr, raw, camera), points_px, raw, camera)
            self._first = self._view = view

    def _seek(self, marks: Marks, raw: Pose, bgr: U8, camera: Camera, t_ms: float) -> None:
        """Find the marks, and learn from where they lie."""
        elapsed = t_ms - self._sought_ms
        if not 0 < elapsed <= GAP_MS:
            elapsed = 0.0
        self._sought_ms, self._sought_at = t_ms, raw.rotation
        self._sought += 1
        view = towards(raw)
        if math.hypot(view[0] - self._view[0], view[1] - self._view[1]) > LEAPS:
            # Here landmarks miss by what they missed by here before, if that is known.
            seen = self._views.get(_place(view))
            self._missed = np.zeros(3) if seen is None else seen[3:] - self._between[:3]
        self._view = view
        found = self._found(marks, raw, bgr, camera, view)
        if found is not None and self._learn(marks, found, raw, view, elapsed):
            self._share += (1 - self._share) * (1 - math.exp(-elapsed / RETURNS_MS))
            self._lost = 0
            return
        self._share *= math.exp(-elapsed / FADES_MS)
        self._lost += abs(view[0]) <= FRONTAL[0] and abs(view[1]) <= FRONTAL[1]
        if self._lost > LOST:
            self._forget()

    def _found(
        self, marks: Marks, raw: Pose, bgr: U8, camera: Camera, view: tuple[float, float]
    ) -> Pose | None:
        """Where the marks lie, if they are believed."""
        back = rotation_matrix(-self._between[:3])
        rotation = raw.rotation @ back
        guess = Pose(rotation, raw.translation_mm - rotation @ self._between[3:])
        rotation = raw.rotation @ rotation_matrix(-self._share * self._missed) @ back
        moved = raw.rotation @ (self._share * self._shift) - rotation @ self._between[3:]
        start = Pose(rotation, raw.translation_mm + moved)
        small = Small.of(bgr, start, camera)
        laid = marks.lay(small, start, guess, *FOLLOW)
        followed = laid.step_deg <= SEARCH_DEG and laid.alike >= FOLLOWED_ALIKE
        if not followed:
            laid = marks.lay(small, start, guess, *SEARCH)
        elif laid.step_deg > FOLLOWED_DEG:
            laid = marks.lay(small, laid.pose, guess, *GO_ON)
            if laid.step_deg > ARRIVED_DEG:
                laid = marks.lay(small, laid.pose, guess, *SEARCH)
        pose = laid.pose
        if (
            laid.seen < SEEN
            or laid.alike < ALIKE
            or laid.step_deg > ARRIVED_DEG
            or apart(pose.rotation, raw.rotation) > math.radians(MISSED_DEG)
            or np.abs(pose.translation_mm - raw.translation_mm).max() > MISSED_PART * raw.translation_mm[2]
        ):
            return None
        if marks.looks < LOOKS:
            marks.look(small, pose)
        elif (
            self._sought % SHAPE_EVERY == 0
            and laid.step_deg <= SHAPE_DEG
            and math.hypot(view[0] - self._first[0], view[1] - self._first[1]) > TURNED
        ):
            marks.shape(small, pose, guess)
        return pose

    def _learn(self, marks: Marks, found: Pose, raw: Pose, view: tuple[float, float], elapsed: float) -> bool:
        """Take in where the marks lie; whether that is like what is known of this view."""
        away = rotation_vector(found.rotation.T @ raw.rotation)
        seen = self._views.setdefault(_place(view), np.zeros(6))
        if seen[0] >= KNOWN_LOOKS and _length(away - seen[3:]) > math.radians(STRANGE_DEG):
            return False
        seen[0] = min(seen[0] + 1, VIEW_LOOKS)
        seen[1:] += (np.array([*view, *away]) - seen[1:]) / seen[0]
        if self._sought % WEIGH_EVERY == 0:
            common = _in_common(np.array(list(self._views.values())))
            upright, known = marks.upright()
            self.nod_known = float(known[0])
            self._wanted[:3] = _at_most(common + known * UPRIGHT * (upright - common))
            self._wanted[3:] = marks.nasion_mm
        self._between += (self._wanted - self._between) * (1 - math.exp(-elapsed / CONSTANT_MS))
        missed = rotation_vector((found.rotation @ rotation_matrix(self._between[:3])).T @ raw.rotation)
        origin = found.translation_mm + found.rotation @ self._between[3:]
        # As far away as landmarks say: a frown draws marks together, and the head would seem to step back.
        origin *= raw.translation_mm[2] / origin[2]
        shift = (origin - raw.translation_mm) @ raw.rotation
        off = missed - self._missed
        part = GENTLE + (1 - GENTLE) * min(_length(off) / math.radians(AT_ONCE_DEG), 1.0)
        self._missed = self._missed + part * off
        self._shift = self._shift + part * (shift - self._shift)
        return True


def _in_common(views: F64) -> F64:
    """From the marks' turn to the landmarks' (3,): what views (n, 6) of looks, two sines and such turns have in common
    beside what depends on the view."""
    looks, a, b = views[:, 0], views[:, 1] / AT[0], views[:, 2] / AT[1]
    columns = np.column_stack([np.ones(len(views)), a, b])
    weights = np.minimum(looks, 10.0) / 10 / (1 + (np.abs(a) > 1) + (np.abs(b) > 1))
    # Of the constant nothing is known.
    prior = np.diag([1e-4, SLOPE**-2, SLOPE**-2])
    matrix = columns.T @ (weights[:, None] * columns) + prior
    right = columns.T @ (weights[:, None] * views[:, 3:])
    common, unknowns = np.empty(3), np.empty(3)
    for axis in range(3):
        # NumPy's own takes milliseconds where its library asks other cores to help with nine numbers.
        solve(matrix.copy(), np.ascontiguousarray(right[:, axis]), unknowns)
        common[axis] = unknowns[0]
    return _at_most(common)


def _at_most(common: F64) -> F64:
    """No further than is believed."""
    return common * min(math.radians(COMMON_MAX_DEG) / max(_length(common), 1e-9), 1.0)


def _place(view: tuple[float, float]) -> tuple[int, int]:
    return round(view[0] / VIEW[0]), round(view[1] / VIEW[1])


def _length(vector: F64) -> float:
    return math.sqrt(vector @ vector)
