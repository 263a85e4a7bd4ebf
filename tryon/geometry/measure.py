"""Millimetres from irises, each with its ±.

The horizontally visible iris measures 11.7 ± 0.5 mm in adults and hardly grows after childhood, so its size in pixels
tells how large the head is that stands where the pose says. One frame's irises are noisy; head sizes differ by 5 %
only. The scale is therefore the mean of both sources weighted by their precisions, refined over frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tryon.frame import F32
from tryon.geometry.camera import Camera
from tryon.geometry.head import IRIS_MM, IRIS_SIGMA_MM, SIZE_SIGMA, template
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at

# The landmark model's error of one iris diameter, as a part of the face's height in the picture: RMS on seven synthetic
# heads within ±15° of yaw; without bias.
IRIS_ERROR: Final = 0.005
# Looks at an eye agree with one another more than with the truth: at most so many count as independent.
INDEPENDENT_LOOKS: Final = 25.0
# Each look fades by this factor with the next: a memory of some five seconds.
MEMORY: Final = 0.997
# … and of so many looks when the face was out of sight for a moment.
DOUBTED_LOOKS: Final = 30.0
# A head half or twice the mean's size is a wrong iris, not a head.
IRIS_RATIO_MIN: Final = 0.6
# An iris seen at more than this yaw, or on a lid nearly shut, is not measured.
YAW_MAX_DEG: Final = 25.0
OPENNESS_MIN: Final = 0.18


@dataclass(frozen=True, slots=True)
class Scale:
    """The wearer's head over the template's: ``value`` ± ``sigma`` (one standard deviation), and the source."""

    value: float
    sigma: float
    source: str

    @property
    def percent(self) -> float:
        """± in percent of any millimetre that this scale gives."""
        return 100 * self.sigma / self.value


class ScaleEstimator:
    """Refines one wearer's scale over frames."""

    def __init__(self) -> None:
        # Sums over looks at an eye, each weighted by its size in pixels squared; old looks fade.
        self._ratios = 0.0
        self._weights = 0.0
        self._looks = 0.0

    def update(self, points_px: F32, pose: Pose, camera: Camera) -> Scale:
        """Take one more frame in; ``pose`` is in the template's millimetres."""
        yaw = pose.yaw_pitch_roll_deg[0]
        if abs(yaw) <= YAW_MAX_DEG:
            for eye in _EYES:
                if openness(points_px, eye) < OPENNESS_MIN:
                    continue
                depth_mm = float(pose.translation_mm[2] + pose.rotation[2] @ template().points_mm[eye.centre])
                expected_px = IRIS_MM * camera.focal_px / depth_mm
                seen_px = iris_diameter_px(points_px, eye) / math.cos(math.radians(yaw))
                if IRIS_RATIO_MIN < expected_px / max(seen_px, 1e-3) < 1 / IRIS_RATIO_MIN:
                    self._ratios = self._ratios * MEMORY + expected_px * seen_px
                    self._weights = self._weights * MEMORY + seen_px * seen_px
                    self._looks = self._looks * MEMORY + 1.0
        return self.current(points_px)

    def doubt(self) -> None:
        """Let new looks weigh more, in case that it is another head now."""
        keep = min(DOUBTED_LOOKS / max(self._looks, 1e-6), 1.0)
        self._ratios, self._weights, self._looks = (
            keep * total for total in (self._ratios, self._weights, self._looks)
        )

    def current(self, points_px: F32) -> Scale:
        """The best estimate so far."""
        if self._looks < 1.0:
            return Scale(1.0, SIZE_SIGMA, "mean head size")
        measured = self._ratios / self._weights
        iris_px = math.sqrt(self._weights / self._looks)
        noise = IRIS_ERROR * _face_px(points_px) / iris_px / math.sqrt(min(self._looks, INDEPENDENT_LOOKS))
        sigma = math.hypot(IRIS_SIGMA_MM / IRIS_MM, noise)
        precision = 1 / sigma**2 + 1 / SIZE_SIGMA**2
        value = (measured / sigma**2 + 1.0 / SIZE_SIGMA**2) / precision
        return Scale(value, 1 / math.sqrt(precision), "iris size")


@dataclass(frozen=True, slots=True)
class _Eye:
    outer: int
    inner: int
    upper_lid: int
    lower_lid: int
    iris: at.Indices
    centre: int


_EYES: Final = (
    _Eye(at.RIGHT_EYE_OUTER, at.RIGHT_EYE_INNER, 159, 145, at.RIGHT_IRIS, at.RIGHT_IRIS_CENTRE),
    _Eye(at.LEFT_EYE_OUTER, at.LEFT_EYE_INNER, 386, 374, at.LEFT_IRIS, at.LEFT_IRIS_CENTRE),
)


def iris_diameter_px(points_px: F32, eye: _Eye) -> float:
    """Horizontal diameter: the lids cover the iris above and below, hardly ever at its sides."""
    return _distance_px(points_px, int(eye.iris[0]), int(eye.iris[2]))


def openness(points_px: F32, eye: _Eye) -> float:
    """Distance of the lids over the width of the eye; about 0.3 open, below 0.15 shut."""
    width = _distance_px(points_px, eye.outer, eye.inner)
    return _distance_px(points_px, eye.upper_lid, eye.lower_lid) / max(width, 1e-3)


def _distance_px(points_px: F32, one: int, other: int) -> float:
    return math.hypot(
        float(points_px[one, 0] - points_px[other, 0]), float(points_px[one, 1] - points_px[other, 1])
    )


def _face_px(points_px: F32) -> float:
    """Height of the face in the picture, along its own midline."""
    return _distance_px(points_px, at.FOREHEAD_TOP, at.CHIN)
