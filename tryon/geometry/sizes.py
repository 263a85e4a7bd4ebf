"""The wearer's sizes in millimetres, each with its ± and its source; or why none is told.

Nothing here is a default: until enough frames were good enough there is no number. A frame counts that shows the eyes
open, straight on, large enough, sharp and at rest. The pupils' distance is that of the irises' middles: where the
picture shows them (``limbus``) or, in frames that do not and weigh less, where the landmarks are. It is taken where
their rays meet the eyes' plane of the head, so a small turn of the head does not shorten it. Values live with the
session's memory of one face, and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.head import IRIS_MM, IRIS_SIGMA_MM
from tryon.geometry.heights import heights, profile_width
from tryon.geometry.limbus import middles
from tryon.geometry.measure import Scale
from tryon.geometry.steady import Head
from tryon.geometry.wearer import RestShape, ear_root
from tryon.perception import landmarks as at

Refusal: TypeAlias = Literal[
    "look_at_the_camera", "open_your_eyes", "come_closer", "hold_still", "too_blurred", "wait"
]

# Beyond these turns the far eye is seen at a slant.
YAW_MAX_DEG: Final = 10.0
PITCH_MAX_DEG: Final = 15.0
# Distance of the lids over the width of the eye: about 0.3 open, below 0.15 shut.
OPENNESS_MIN: Final = 0.18
# An iris of fewer pixels is not measured to better than a tenth of itself.
IRIS_MIN_PX: Final = 7.0
BLUR_MAX_PART: Final = 0.16  # of the iris' diameter
# Faster than this, in iris diameters a second, the picture smears.
SPEED_MAX: Final = 4.0
FRAMES_MIN: Final = 12
# Frames agree with one another more than with the truth: so many count as independent.
INDEPENDENT_FRAMES: Final = 25.0
FADE: Final = 0.997
# From the eye's centre of rotation to its entrance pupil (13.5 - 3.0 mm behind the cornea, Atchison and Smith, "Optics
# of the Human Eye", 2000): eyes that look at something near turn about the first, and the second comes inwards.
ROTATION_MM: Final = 10.5
# How well the outline before the ears, brows, cheeks and the nose's flanks are known beside the scale: assumed.
OUTLINE_SIGMA_MM: Final = 3.0
# How well the pupils' distance is known beside the scale, by landmarks where no limbus shows, and by the limbus. Over
# 585 pictures of 15 faces whose irises were painted at known places (seven colours, 0.8 to 4 px/mm, looking up to 3 mm
# aside, highlights, lashes, noise, JPEG) it showed in 80 %: root mean square 0.10 mm there, 0.13 below 1.1 px/mm, and
# 0.57 by landmarks; in the other 20 % these missed by 1.00. Real limbi are less even than painted ones.
PUPILS_SIGMA_MM: Final = 1.0
LIMBUS_SIGMA_MM: Final = 0.2
NOSE_SIGMA_MM: Final = 1.5
# Where pads rest: so far below the nasion, and the width so far behind the ridge there.
PAD_BELOW_MM: Final = 10.0
PAD_DEPTH_MM: Final = 7.0
# The brows' upper edges over the pupils, and where the cheeks below are fullest: of the right and the left.
BROW_TOPS: Final = np.array([105, 334], np.intp)
CHEEKS: Final = np.array([50, 280], np.intp)


@dataclass(frozen=True, slots=True)
class Length:
    """Millimetres with one standard deviation, and what gave the scale ("iris size", "card")."""

    mm: float
    sigma_mm: float
    source: str

    def told(self) -> str:
        """``62.5 ± 4.8 mm, from iris size``: ± two standard deviations, so that nineteen of twenty truths lie inside.

        >>> Length(62.53, 1.2, "iris size").told()
        '62.5 ± 2.4 mm, from iris size'
        """
        return f"{self.mm:.1f} ± {2 * self.sigma_mm:.1f} mm, from {self.source}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a frame's fit depends on. ``pupils``: between the pupils as they look now, at ``distance_mm`` from the
    camera; ``pupils_far``: as they would look into the distance, if they look at the camera now. ``face``: across the
    cheekbones before the ears; ``nose``: its width where pads rest; ``height``: from the brows' upper edges down to
    where the cheeks are fullest; ``ear``: from the bridge back to the ear's top."""

    pupils: Length
    pupils_far: Length
    face: Length
    nose: Length
    height: Length
    ear: Length
    distance_mm: float


class SizeMeter:
    """One wearer's sizes, refined over the frames that are good enough."""

    def __init__(self) -> None:
        # Sums over frames, each weighted by how well it tells the distance, 1 where the limbus shows. Old ones fade.
        self._pupils = self._weight = self._squares = self._spread = self._sigma_mm = 0.0
        self._frames = 0
        self._before: tuple[float, F64] | None = None
        self._head: Head | None = None

    def update(self, head: Head, blur_px: float, t_ms: float, bgr: U8 | None = None) -> Refusal | None:
        """Take a frame in; None where it counted, otherwise why it did not. ``bgr`` is its bare picture: without one
        landmarks alone tell of the pupils."""
        why = self._refusal(head, blur_px, t_ms)
        if why is None:
            places = None if bgr is None else middles(bgr, head)
            self._take(head, places)
            self._frames += 1
            self._head = head
        return why

    def _take(self, head: Head, places_px: F64 | None) -> None:
        sigma_mm = PUPILS_SIGMA_MM if places_px is None else LIMBUS_SIGMA_MM
        weight = (LIMBUS_SIGMA_MM / sigma_mm) ** 2
        # In units of the mean head: the scale may still become better than it is now.
        distance = _pupils_apart(head, head.points_px[_PUPILS, :2] if places_px is None else places_px)
        distance /= head.scale.value
        if self._frames:
            away = distance - self._pupils / self._weight
            self._spread = FADE * self._spread + weight * away * away
        self._pupils = FADE * self._pupils + weight * distance
        self._weight = FADE * self._weight + weight
        self._squares = FADE * self._squares + weight * weight
        self._sigma_mm = FADE * self._sigma_mm + weight * sigma_mm

    @property
    def frames(self) -> int:
        """Frames that counted."""
        return self._frames

    def rescale(self, scale: Scale) -> None:
        """Tell what was measured so far by a scale that is known better."""
        head = self._head
        if head is not None:
            by = scale.value / head.scale.value
            rest = RestShape(head.rest.points_mm * by)
            self._head = replace(head, scale=scale, rest=rest, pose=head.pose.scaled(by))

    def sizes(self) -> Sizes | None:
        """The sizes so far; None before ``FRAMES_MIN`` frames counted."""
        head = self._head
        if head is None or self._frames < FRAMES_MIN:
            return None
        return _sizes(head, self._pupils / self._weight, self._noise(), self._sigma_mm / self._weight)

    def _noise(self) -> float:
        """One standard deviation of the mean of the pupils' distance, in units of the mean head."""
        frames = self._weight**2 / self._squares
        return math.sqrt(self._spread / self._weight / min(frames, INDEPENDENT_FRAMES))

    def _refusal(self, head: Head, blur_px: float, t_ms: float) -> Refusal | None:
        yaw, pitch, _ = head.pose.yaw_pitch_roll_deg
        if abs(yaw) > YAW_MAX_DEG or abs(pitch) > PITCH_MAX_DEG:
            return "look_at_the_camera"
        points = head.points_px
        if min(_openness(points, *eye) for eye in _EYES) < OPENNESS_MIN:
            return "open_your_eyes"
        iris = (_span(points, at.RIGHT_IRIS) + _span(points, at.LEFT_IRIS)) / 2
        if iris < IRIS_MIN_PX:
            return "come_closer"
        if blur_px > BLUR_MAX_PART * iris:
            return "too_blurred"
        before, self._before = self._before, (t_ms, points[at.NASION, :2].astype(np.float64))
        if before is not None and t_ms > before[0]:
            speed = float(np.linalg.norm(self._before[1] - before[1])) / iris / (t_ms - before[0]) * 1000
            if speed > SPEED_MAX:
                return "hold_still"
        return None


def _sizes(head: Head, pupils: float, noise: float, own_mm: float) -> Sizes:
    # What a face's middles are missed by is the same in all frames: ``own_mm`` is no smaller for many.
    scale = head.scale
    part = _doubt(scale)
    rest = head.rest.points_mm
    seen = pupils * scale.value
    sigma = math.hypot(seen * part, seen * noise / pupils, own_mm)
    distance = float(head.pose.translation_mm[2])
    # The pupils lie on circles of that radius about centres that keep their distance.
    far = seen / (1 - ROTATION_MM / (distance + ROTATION_MM))
    face = float(rest[at.LEFT_TRAGUS, 0] - rest[at.RIGHT_TRAGUS, 0])
    nose = profile_width(heights(rest), float(rest[at.NASION, 1]) - PAD_BELOW_MM, PAD_DEPTH_MM)
    height = float(rest[BROW_TOPS, 1].mean() - rest[CHEEKS, 1].mean())
    back = float(rest[at.NASION, 2] - (ear_root(rest, +1)[2] + ear_root(rest, -1)[2]) / 2)

    def length(mm: float, own_mm: float) -> Length:
        return Length(mm, math.hypot(mm * part, own_mm), scale.source)

    return Sizes(
        pupils=Length(seen, sigma, scale.source),
        pupils_far=Length(far, sigma * far / seen, scale.source),
        face=length(face, OUTLINE_SIGMA_MM),
        nose=length(nose, NOSE_SIGMA_MM),
        height=length(height, OUTLINE_SIGMA_MM),
        ear=length(back, OUTLINE_SIGMA_MM),
        distance_mm=distance,
    )


def _doubt(scale: Scale) -> float:
    """One standard deviation of the scale as a part of it.

    A scale from irises leans on the mean head's size. Over many people that is better; one whose head is small or large
    it moves the wrong way. So what is told is the doubt of the irises alone.
    """
    part = scale.sigma / scale.value
    return max(part, IRIS_SIGMA_MM / IRIS_MM) if scale.source == "iris size" else part


def _pupils_apart(head: Head, places_px: F32 | F64) -> float:
    """Millimetres between the points where the rays of two places (2, 2) in the picture meet the plane of the eyes."""
    rotation, origin = head.pose.rotation, -head.pose.rotation.T @ head.pose.translation_mm
    plane = float(head.rest.points_mm[_PUPILS, 2].mean())
    camera, places = head.camera, []
    for x, y in places_px.tolist():
        ray = rotation.T @ np.array(
            [(x - camera.cx_px) / camera.focal_px, (y - camera.cy_px) / camera.focal_px, 1.0]
        )
        places.append(origin + ray * (plane - origin[2]) / ray[2])
    return float(np.linalg.norm(places[1] - places[0]))


_PUPILS: Final = [at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE]
# Outer and inner corner, upper and lower lid.
_EYES: Final = (
    (at.RIGHT_EYE_OUTER, at.RIGHT_EYE_INNER, 159, 145),
    (at.LEFT_EYE_OUTER, at.LEFT_EYE_INNER, 386, 374),
)


def _openness(points: F32, outer: int, inner: int, upper: int, lower: int) -> float:
    return _apart(points, upper, lower) / max(_apart(points, outer, inner), 1e-3)


def _span(points: F32, iris: at.Indices) -> float:
    return _apart(points, int(iris[0]), int(iris[2]))


def _apart(points: F32, one: int, other: int) -> float:
    return float(np.hypot(*(points[one, :2] - points[other, :2])))
