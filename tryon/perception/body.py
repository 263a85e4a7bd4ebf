"""The body tracker: one body, the nearest, from frame to frame.

A body is found from its owner's face: that says where the hips are to be looked for more surely than a detector, costs
nothing, and ties the garment to the person whose face is nearest. As with faces, the region rests while the body rests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.frame import F32, U8, Frame
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.perception.aside import Aside, Begun
from tryon.perception.body_model import BodyModel, FoundBody, region_of
from tryon.perception.calm import Calm
from tryon.perception.company import Company, company_of, size_px
from tryon.perception.face_model import Region
from tryon.perception.observation import FaceObservation

# Below this the region holds no body.
PRESENCE_MIN: Final = 0.5
# A first guess that holds a part of one may be that sure only.
GUESS_MIN: Final = 0.2
# A grown-up's hips lie about this many face heights (forehead to chin) below the middle of the face, and the crop is
# that many wide. Only a first look: the second one is where the network says.
HIPS_PER_FACE: Final = 3.6
SIDE_PER_FACE: Final = 11.0
# The region stays until the body's own has moved by this part of its side, and then glides by this part of the way:
# what the network answers depends a little on where in its crop a body lies.
REST_BAND: Final = 0.02
GLIDE: Final = 0.2
# Beyond this it follows at once.
LEAVES: Final = 0.08
# A head whose points lie this far (in face widths) from the body's nose is somebody else's.
SAME_PERSON: Final = 1.0
MIN_REGION_PX: Final = 64.0
# While no joint moves faster than this (shoulder widths a second), the network runs on every other frame only: it
# costs more than all else. Between, points go on as they went; at this speed that is 4 % of the shoulders' width.
REST_SPEED: Final = 1.2
REST_GAP_MS: Final = 120.0
# A point that moves slower than the first speed (shoulder widths a second) is not carried on at all, one faster than
# the second wholly: from one frame to the next that is 0.5 % and 1.5 % of the shoulders' width, and noise is as large.
STILL: Final = (0.15, 0.45)
# A head that moved further than this, in face widths, from where its body goes may take it elsewhere.
NOD: Final = 0.06
# The joints that a garment follows, and those of legs.
JOINTS: Final = np.array([11, 12, 13, 14, 15, 16, 23, 24], np.intp)
LEGS: Final = np.array([25, 26, 27, 28], np.intp)
SHOULDERS: Final = np.array([at.LEFT_SHOULDER, at.RIGHT_SHOULDER], np.intp)
MAX_REGION_PER_FRAME: Final = 6.0
# Where the nearest face's body is not found, as of somebody at the picture's edge, another's is taken whose face is at
# least this part as large; the nearest is looked for again when they have come nearer by so much.
NEARLY_AS_NEAR: Final = 0.6
NEARER: Final = 1.25
# Who is dressed stays so until another's face is larger by this: of two side by side now one is nearer, now the other.
STAYS: Final = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class BodyObservation:
    """One body in one frame, unsmoothed.

    ``points_px`` (33, 3): x right, y down in pixels of the frame; z on the same scale, growing away from the camera,
    zero at the hips. ``visibility`` (33,) 0..1, low for what is hidden or outside the picture. ``mask`` (256, 256)
    uint8: how surely each pixel of ``region`` is this person. ``face`` is the track of the face it belongs to.
    """

    points_px: F32
    visibility: F32
    mask: U8
    region: Region
    face: int

    def __post_init__(self) -> None:
        if self.points_px.shape != (at.POINT_COUNT, 3):
            raise ValueError(f"points_px is ({at.POINT_COUNT}, 3), not {self.points_px.shape}")


class BodyTracker:
    """Tracks the body of the nearest face of one session; one that never ``rests`` runs the network on every frame, and
    on the frame as it is."""

    def __init__(self, *, rests: bool = True) -> None:
        self._may_rest = rests
        self._region: Region | None = None
        self._calm = Calm()
        # As it was on the last frame: the look ahead knows no other.
        self._company: Company | None = None
        self._face = 0
        # The track of a nearer face whose body was not found, and how large it was.
        self._passed: tuple[int, float] | None = None
        self._last: tuple[BodyObservation, float, F32] | None = None
        self._at_rest = False
        self._joints = JOINTS
        self._begun: tuple[Region, Company | None, Begun[tuple[FoundBody, Calm | None]]] | None = None
        # Pixels a millisecond.
        self._speed: F32 = np.zeros((at.POINT_COUNT, 3), np.float32)

    @property
    def company(self) -> Company | None:
        """Who was beside the wearer in the last frame; None where nobody wears anything."""
        return self._company

    def reset(self) -> None:
        """Forget the body."""
        self._region = None
        self._calm = Calm()
        self._company = None
        self._last = None
        self._at_rest = False
        self._passed = None

    def ahead(self, frame: Frame, model: BodyModel, aside: Aside) -> None:
        """Let the network look at the frame that ``observe`` gets next, beside what its caller does until then; not
        where it will hardly be asked. ``settle`` has to follow, and nobody else may use the model before."""
        region, calm, company = self._region, self._calm if self._may_rest else None, self._company
        if region is None or self._at_rest or not aside.free:
            return

        def look() -> tuple[FoundBody, Calm | None]:
            # Of its own: whether this look counts shows later.
            own = None if calm is None else calm.copy()
            return model.find(frame.bgr, region, own, company), own

        self._begun = region, company, aside.begin(look)

    def settle(self) -> None:
        """Have done with what ``ahead`` began, whether it was asked for or not."""
        if self._begun is not None:
            (*_, begun), self._begun = self._begun, None
            begun.leave()

    def observe(
        self,
        frame: Frame,
        faces: Sequence[FaceObservation],
        model: BodyModel,
        *,
        others: Sequence[Region] = (),
        legs: bool = False,
    ) -> BodyObservation | None:
        """The body of the nearest face, or None; ``others`` are where there are faces beside ``faces``, ``legs`` tells
        that they are dressed, too. Raises PerceptionFailed."""
        self._joints = np.concatenate([JOINTS, LEGS]) if legs else JOINTS
        if not faces:
            self.reset()
            return None
        face = self._owner(faces)
        if face.track != self._face:
            self.reset()
            self._face = face.track
        if self._last is not None and self._may_wait(face, frame.t_ms):
            self._at_rest = False
            before, t_ms, _ = self._last
            step = self._surely() * np.float32(frame.t_ms - t_ms)
            # The mask goes with the torso.
            aside, down = (float(way) for way in step[SHOULDERS, :2].mean(axis=0))
            region = replace(before.region, x=before.region.x + aside, y=before.region.y + down)
            return replace(before, points_px=before.points_px + step, region=region)
        found = None
        if self._region is not None:
            found = self._look(frame, self._region, face, model)
        if found is None:
            found, face = self._acquire(frame, face, faces, others, model)
        if found is None or self._region is None:
            self.reset()
            return None
        region = self._region
        self._region = _follow(region, region_of(found.points_px))
        count = at.POINT_COUNT
        body = BodyObservation(
            found.points_px[:count], found.visibility[:count], found.mask, region, face.track
        )
        self._at_rest = self._rests(body, frame.t_ms) and self._may_rest
        self._last = body, frame.t_ms, face.points_px[face_at.NOSE_TIP, :2].copy()
        now = company_of(face, faces, others)
        self._company = now if self._company is None else self._company.held(now)
        return body

    def _rests(self, body: BodyObservation, t_ms: float) -> bool:
        if self._last is None or not 0 < t_ms - self._last[1] < REST_GAP_MS:
            return False
        joints = self._joints
        moved = np.hypot(*(body.points_px[joints, :2] - self._last[0].points_px[joints, :2]).T)
        seen = np.minimum(body.visibility[joints], self._last[0].visibility[joints]) > 0.5
        across = body.points_px[at.LEFT_SHOULDER, :2] - body.points_px[at.RIGHT_SHOULDER, :2]
        self._speed = (body.points_px - self._last[0].points_px) / np.float32(t_ms - self._last[1])
        least = REST_SPEED * (t_ms - self._last[1]) / 1000 * float(np.hypot(*across))
        return bool((moved[seen] < least).all())

    def _surely(self) -> F32:
        """The points' speeds without what may be the network's noise: carried on, noise would be doubled."""
        across = self._last[0].points_px[SHOULDERS, :2] if self._last else None
        unit = 1.0 if across is None else max(float(np.hypot(*(across[0] - across[1]))), 1.0) / 1000
        speeds = np.hypot(self._speed[:, 0], self._speed[:, 1]) / unit
        share = np.clip((speeds - STILL[0]) / (STILL[1] - STILL[0]), 0.0, 1.0)
        return np.asarray(self._speed * share[:, None], np.float32)

    def _may_wait(self, face: FaceObservation, t_ms: float) -> bool:
        """Whether the last body tells this frame's: it moved slowly, was seen just now, and the face is near by."""
        if self._last is None or not self._at_rest or not 0 < t_ms - self._last[1] < REST_GAP_MS:
            return False
        moved = face.points_px[face_at.NOSE_TIP, :2] - self._last[2]
        goes = self._surely()[SHOULDERS, :2].mean(axis=0) * np.float32(t_ms - self._last[1])
        return float(np.hypot(*(moved - goes))) < NOD * face.width_px

    def _owner(self, faces: Sequence[FaceObservation]) -> FaceObservation:
        """Whose body is followed: the nearest face's, unless that one's was not found, or another's is and they are
        nearly as near."""
        worn = next((face for face in faces if face.track == self._face), None)
        if worn is None or self._region is None:
            # At first rather one that looks this way: so are shoulders turned, mostly.
            return max(faces, key=lambda one: one.width_px)
        nearest = max(faces, key=size_px)
        track, passed_px = self._passed or (nearest.track, 0.0)
        passed = track == nearest.track and size_px(nearest) < NEARER * passed_px
        return worn if passed or size_px(nearest) < STAYS * size_px(worn) else nearest

    def _acquire(
        self,
        frame: Frame,
        face: FaceObservation,
        faces: Sequence[FaceObservation],
        others: Sequence[Region],
        model: BodyModel,
    ) -> tuple[FoundBody | None, FaceObservation]:
        """A body, and whose: this face's or, where that is not to be found, that of one nearly as near."""
        self.settle()
        seen: FoundBody | None = None
        for owner in sorted(faces, key=lambda one: (one is not face, -size_px(one))):
            if size_px(owner) < NEARLY_AS_NEAR * size_px(face):
                continue
            self._company = company_of(owner, faces, others)
            if seen is None or not belongs(seen.points_px, owner):
                seen = model.find(frame.bgr, region_of_face(owner), None, self._company)
            # The first look is at a guess; each further one where the last says.
            for settled in (False, False, True):
                if not self._shows(seen, frame, owner, PRESENCE_MIN if settled else GUESS_MIN):
                    break
                if settled:
                    if owner is not face:
                        self._face, self._passed = owner.track, (face.track, size_px(face))
                    return seen, owner
                self._region = region_of(seen.points_px)
                seen = self._find(frame, self._region, model)
        return None, face

    def _look(
        self, frame: Frame, region: Region, face: FaceObservation, model: BodyModel
    ) -> FoundBody | None:
        found = self._find(frame, region, model)
        return found if self._shows(found, frame, face) else None

    @staticmethod
    def _shows(found: FoundBody, frame: Frame, face: FaceObservation, least: float = PRESENCE_MIN) -> bool:
        own = found.presence >= least and belongs(found.points_px, face)
        return own and _plausible(region_of(found.points_px), frame)

    def _find(self, frame: Frame, region: Region, model: BodyModel) -> FoundBody:
        if self._begun is not None and self._begun[:2] == (region, self._company):
            (*_, begun), self._begun = self._begun, None
            found, calm = begun.result()
            self._calm = calm or self._calm
            return found
        self.settle()
        return model.find(frame.bgr, region, self._calm if self._may_rest else None, self._company)


def region_of_face(face: FaceObservation) -> Region:
    """Where the body of a face is looked for first."""
    top, chin = face.points_px[face_at.FOREHEAD_TOP, :2], face.points_px[face_at.CHIN, :2]
    height = size_px(face)
    x, y = (float(number) for number in (top + chin) / 2)
    return Region(x, y + HIPS_PER_FACE * height, SIDE_PER_FACE * height, 0.0)


def belongs(points_px: F32, face: FaceObservation) -> bool:
    """Whether the body with these points carries this face."""
    away = points_px[at.NOSE, :2] - face.points_px[face_at.NOSE_TIP, :2]
    return float(np.hypot(*away)) < SAME_PERSON * max(face.width_px, 1.0)


def _plausible(region: Region, frame: Frame) -> bool:
    largest = MAX_REGION_PER_FRAME * max(frame.width_px, frame.height_px)
    return MIN_REGION_PX < region.side < largest and math.isfinite(region.x + region.y)


def _follow(region: Region, wanted: Region) -> Region:
    """The region for the next frame."""
    away = max(
        abs(wanted.x - region.x) / region.side,
        abs(wanted.y - region.y) / region.side,
        abs(math.log(wanted.side / region.side)),
        abs(math.remainder(wanted.roll - region.roll, math.tau)) / 2,
    )
    if away <= REST_BAND:
        return region
    share = 1.0 if away > LEAVES else GLIDE
    turn = math.remainder(wanted.roll - region.roll, math.tau)
    return Region(
        region.x + share * (wanted.x - region.x),
        region.y + share * (wanted.y - region.y),
        region.side * (wanted.side / region.side) ** share,
        region.roll + share * turn,
    )
