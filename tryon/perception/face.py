"""The face tracker: which regions to look at, from frame to frame.

One session's memory is a list of regions; the networks are passed in. A resting face keeps its very region, because a
still region gives still landmarks: on identical frames nothing moves at all, and under sensor noise half as much as
when each crop follows the last landmarks. When the face moves, the region moves along as smoothly, ahead by its speed.
The detector runs to acquire, to look for further faces, and after a cut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import cv2
import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, U8, Frame
from tryon.perception import landmarks as at
from tryon.perception.calm import Calm
from tryon.perception.face_model import Detection, FaceModel, Region
from tryon.perception.observation import FaceObservation, Observation

# The crop is half as large again as the face, as the network was trained. On ten synthetic heads, each left out when
# the pose's corrections were found, 1.2 … 1.5 missed the turn by the same 3.1-3.4°, 1.75 by 3.8°, and 2.05 by 5.3°; the
# eyes' points were 1.9 % of the eyes' distance off at 1.3 … 1.5, but 2.4 % at 1.75 and 4.7 % at 2.05.
REGION_PER_FACE: Final = 1.5
# What the network answers depends a little on where in its crop a face lies: a crop that jumps about the face, even by
# a pixel, shakes the landmarks, and one that stays behind and catches up makes them saw. So the region moves as
# smoothly as the face does, by an alpha-beta filter (position and velocity; Kalata 1984) in parts of its own side:
# gentle while its prediction holds, following at once where the face leaves it by this part of the side.
GENTLE: Final = (0.18, 0.012)
AT_ONCE: Final = (1.0, 0.45)
LEAVES: Final = 0.04
# And a face at rest gets the very same crop: within this of it, and slower than this many sides a second; once it rests
# it may be further off before another is cut, or noise alone would do it.
REST_BAND: Final = 0.006
RESTING_BAND: Final = 0.012
REST_SPEED: Final = 0.012
# A face this far off its region's middle, in sides, is found short of where it is: 3 px at a jump of 20 px, 11 at 35,
# for a face of 110 px.
OFF_CENTRE: Final = 0.09
# Below this the region holds no face any more. In 13 clips the network gave every face more than 0.9999, and 60 places
# of a picture without one at most 0.16.
PRESENCE_MIN: Final = 0.5
# With room for another face, look for one this often: a newcomer waits at most a second.
SEARCH_PERIOD_MS: Final = 1000.0
# While there is no face at all, looking is all there is to do, but a wall need not cost more than a face does.
EMPTY_SEARCH_PERIOD_MS: Final = 60.0
# Mean grey difference of 32×18 thumbnails that no head or hand before a still camera reaches.
CUT_DIFFERENCE: Final = 40.0
# Two regions with more than this part of a side between their centres hold two faces.
SAME_FACE: Final = 0.35
MIN_REGION_PX: Final = 24.0
# After a longer gap a face's motion is forgotten.
MEMORY_S: Final = 0.2


# Four numbers: plain ones are faster here than an array of them.
_Place: TypeAlias = tuple[float, float, float, float]


@dataclass(slots=True)
class _Track:
    name: int
    region: Region
    frames: int = 0
    # Filtered place of the face's own region (x, y, log side, roll) and its change a second, in sides and radians.
    place: _Place = (0.0, 0.0, 0.0, 0.0)
    speed: _Place = (0.0, 0.0, 0.0, 0.0)
    t_ms: float = -math.inf
    rests: bool = False
    calm: Calm = field(default_factory=Calm)


class FaceTracker:
    """Tracks up to ``max_faces`` faces of one session."""

    def __init__(self, max_faces: int = 1) -> None:
        self._max_faces = max_faces
        self._tracks: list[_Track] = []
        self._others: tuple[Region, ...] = ()
        self._named = 0
        self._searched_ms = -math.inf
        self._thumbnail: U8 | None = None

    def reset(self) -> None:
        """Forget every face, as after a cut."""
        self._tracks.clear()
        self._others = ()
        self._searched_ms = -math.inf
        self._thumbnail = None

    def observe(self, frame: Frame, model: FaceModel) -> Observation:
        """Find the faces of the next frame. Raises PerceptionFailed."""
        cut = self._is_cut(frame.bgr)
        if cut:
            self._tracks.clear()
            self._searched_ms = -math.inf
        faces = self._follow(frame, model)
        if self._search_is_due(frame.t_ms):
            self._searched_ms = frame.t_ms
            if self._acquire(frame, model):
                known = {face.track for face in faces}
                faces += self._follow(frame, model, skip=known)
        faces.sort(key=lambda face: -face.frames_tracked)
        return Observation(
            tuple(faces), frame.t_ms, frame.width_px, frame.height_px, cut, self._others if faces else ()
        )

    def _follow(
        self, frame: Frame, model: FaceModel, skip: set[int] | frozenset[int] = frozenset()
    ) -> list[FaceObservation]:
        faces: list[FaceObservation] = []
        kept: list[_Track] = []
        for track in self._tracks:
            if track.name in skip:
                kept.append(track)
                continue
            region = _lead(track, frame.t_ms)
            points, confidence = model.landmarks(frame.bgr, region, track.calm)
            wanted = region_of(points)
            if _off_centre(wanted, region) or confidence < PRESENCE_MIN or not _plausible(wanted, region):
                # A fast face leaves its region, and off its middle the network sees it late: a second look, where
                # the points say that it went.
                if not _worth_a_second_look(wanted, region, frame):
                    self._searched_ms = -math.inf
                    continue
                region = wanted
                points, confidence = model.landmarks(frame.bgr, region)
                wanted = region_of(points)
                if confidence < PRESENCE_MIN or not _plausible(wanted, region):
                    self._searched_ms = -math.inf
                    continue
            if any(_same(wanted, other.region) for other in kept):
                continue
            _advance(track, region, wanted, frame.t_ms)
            kept.append(track)
            faces.append(FaceObservation(points, confidence, track.name, track.frames))
        self._tracks = kept
        return faces

    def _search_is_due(self, t_ms: float) -> bool:
        if self._max_faces == 1 and self._tracks:
            return False
        period = SEARCH_PERIOD_MS if self._tracks else EMPTY_SEARCH_PERIOD_MS
        return t_ms - self._searched_ms >= period or t_ms < self._searched_ms

    def _acquire(self, frame: Frame, model: FaceModel) -> bool:
        found = False
        others = []
        # The nearest first: there may be more of them than are followed.
        for detection in sorted(model.detect(frame.bgr), key=lambda one: -max(one.width, one.height)):
            region = region_of_detection(detection)
            if region.side < MIN_REGION_PX or any(_same(region, track.region) for track in self._tracks):
                continue
            if len(self._tracks) >= self._max_faces:
                others.append(region)
                continue
            # The detector's box is coarse: one pass of the network centres the region on the face itself.
            points, confidence = model.landmarks(frame.bgr, region)
            if confidence < PRESENCE_MIN:
                continue
            region = region_of(points)
            if region.side < MIN_REGION_PX:
                continue
            self._named += 1
            self._tracks.append(_Track(self._named, region))
            found = True
        self._others = tuple(others)
        return found

    def _is_cut(self, bgr: U8) -> bool:
        thumbnail: U8 = np.empty((18, 32), np.uint8)
        _thumbnail(bgr, thumbnail)
        before, self._thumbnail = self._thumbnail, thumbnail
        if before is None:
            return False
        return float(cv2.norm(before, thumbnail, cv2.NORM_L1)) / thumbnail.size > CUT_DIFFERENCE


@quick
def _thumbnail(bgr: U8, out: U8) -> None:
    """The green channel in few numbers, each the mean of a sparse grid: it must not cost more than the cut it finds."""
    height, width = out.shape
    for row in range(height):
        for column in range(width):
            total = 0
            for i in range(4):
                y = (row * 4 + i) * bgr.shape[0] // (height * 4)
                for j in range(4):
                    x = (column * 4 + j) * bgr.shape[1] // (width * 4)
                    total += bgr[y, x, 1]
            out[row, column] = total // 16


def region_of(points_px: F32) -> Region:
    """The region that a face with these points wants: centred on its box, upright with its eyes."""
    x, y, span, roll = _box(points_px, at.RIGHT_EYE_OUTER, at.LEFT_EYE_OUTER, at.SURFACE_COUNT)
    return Region(x, y, span * REGION_PER_FACE, roll)


@quick
def _box(points_px: F32, right: int, left: int, count: int) -> tuple[float, float, float, float]:
    """Centre, longer side and roll of the box around the first ``count`` points that is level with two of them."""
    roll = math.atan2(points_px[left, 1] - points_px[right, 1], points_px[left, 0] - points_px[right, 0])
    cosine, sine = math.cos(roll), math.sin(roll)
    low_u, low_v, high_u, high_v = 1e9, 1e9, -1e9, -1e9
    for i in range(count):
        u = points_px[i, 0] * cosine + points_px[i, 1] * sine
        v = points_px[i, 1] * cosine - points_px[i, 0] * sine
        low_u, high_u = min(low_u, u), max(high_u, u)
        low_v, high_v = min(low_v, v), max(high_v, v)
    u, v = (low_u + high_u) / 2, (low_v + high_v) / 2
    return u * cosine - v * sine, u * sine + v * cosine, max(high_u - low_u, high_v - low_v), roll


def region_of_detection(detection: Detection) -> Region:
    """The region for a detector's box, which covers brows to chin."""
    side = max(detection.width, detection.height) * REGION_PER_FACE
    return Region(detection.x, detection.y, side, detection.roll)


def _lead(track: _Track, t_ms: float) -> Region:
    """The region for a frame at ``t_ms``: the last one while the face rests, or where the face will be."""
    seconds = (t_ms - track.t_ms) / 1000
    if not 0 < seconds < MEMORY_S:
        return track.region
    ahead = _ahead(track.place, track.speed, seconds)
    away = _largest(_difference(ahead, _place(track.region, track.region)))
    band = RESTING_BAND if track.rests else REST_BAND
    track.rests = away <= band and _largest(track.speed) <= REST_SPEED
    if track.rests:
        return track.region
    return _region_at(ahead, track.region)


def _advance(track: _Track, region: Region, wanted: Region, t_ms: float) -> None:
    """Take in where the face was found; ``region`` is where it was looked for."""
    seconds = (t_ms - track.t_ms) / 1000
    seen = _place(wanted, region)
    # Places are told in sides of the region that they belong to: bring the memory to the new one.
    place = _place(_region_at(track.place, track.region), region)
    speed = track.speed
    if 0 < seconds < MEMORY_S:
        ahead = _ahead(place, speed, seconds)
        missed = _difference(seen, ahead)
        haste = min(_largest(missed) / LEAVES, 1.0)
        alpha, beta = (low + haste * (high - low) for low, high in zip(GENTLE, AT_ONCE, strict=True))
        track.place, track.speed = _ahead(ahead, missed, alpha), _ahead(speed, missed, beta / seconds)
    else:
        track.place, track.speed = seen, (0.0, 0.0, 0.0, 0.0)
    track.region, track.t_ms = region, t_ms
    track.frames += 1


def _place(wanted: Region, region: Region) -> _Place:
    """A region's centre in sides of another, the logarithm of its side, and its roll."""
    return wanted.x / region.side, wanted.y / region.side, math.log(wanted.side), wanted.roll


def _ahead(place: _Place, change: _Place, times: float) -> _Place:
    return (
        place[0] + change[0] * times,
        place[1] + change[1] * times,
        place[2] + change[2] * times,
        place[3] + change[3] * times,
    )


def _difference(one: _Place, other: _Place) -> _Place:
    turn = math.remainder(one[3] - other[3], math.tau)
    return one[0] - other[0], one[1] - other[1], one[2] - other[2], turn


def _largest(place: _Place) -> float:
    return max(abs(number) for number in place)


def _region_at(place: _Place, region: Region) -> Region:
    """The region at a place told in sides of ``region``."""
    x, y, log_side, roll = place
    return Region(x * region.side, y * region.side, math.exp(log_side), roll)


def _plausible(wanted: Region, region: Region) -> bool:
    """Whether landmarks found in ``region`` can be a face there, or were dreamt up."""
    return (
        math.hypot(wanted.x - region.x, wanted.y - region.y) < 0.4 * region.side
        and 0.5 < wanted.side / region.side < 1.6
        and wanted.side >= MIN_REGION_PX
    )


def _off_centre(wanted: Region, region: Region) -> bool:
    return math.hypot(wanted.x - region.x, wanted.y - region.y) > OFF_CENTRE * region.side


def _worth_a_second_look(wanted: Region, region: Region, frame: Frame) -> bool:
    return (
        wanted.side >= MIN_REGION_PX
        and 0.4 < wanted.side / region.side < 2.0
        and -wanted.side / 4 < wanted.x < frame.width_px + wanted.side / 4
        and -wanted.side / 4 < wanted.y < frame.height_px + wanted.side / 4
    )


def _same(one: Region, other: Region) -> bool:
    return math.hypot(one.x - other.x, one.y - other.y) < SAME_FACE * max(one.side, other.side)
