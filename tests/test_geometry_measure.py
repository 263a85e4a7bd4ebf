"""Millimetres from irises, held against heads of known size."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from tryon.frame import F32, F64
from tryon.geometry.camera import Camera
from tryon.geometry.head import IRIS_MM, IRIS_SIGMA_MM, SIZE_SIGMA, template
from tryon.geometry.measure import _EYES, Scale, ScaleEstimator, iris_diameter_px, openness
from tryon.geometry.pose import Pose, fit_pose
from tryon.perception import landmarks as at

CAMERA = Camera.from_fov(640, 480, 63.0)
PoseAt = Callable[..., Pose]
LandmarksAt = Callable[..., F32]

MEAN = Scale(1.0, SIZE_SIGMA, "mean head size")
# Two independent sources: the iris's spread over adults, and that of head sizes.
BEST_SIGMA = 1 / math.sqrt((IRIS_MM / IRIS_SIGMA_MM) ** 2 + SIZE_SIGMA**-2)


def sized(scale: float) -> F64:
    """A head ``scale`` times the mean's size with the irises that everybody has."""
    points = template().points_mm * scale
    for centre, ring in ((at.RIGHT_IRIS_CENTRE, at.RIGHT_IRIS), (at.LEFT_IRIS_CENTRE, at.LEFT_IRIS)):
        points[ring] = points[centre] + (points[ring] - points[centre]) / scale
    return points


def with_lids(points: F64, openness_wanted: float) -> F64:
    """The eyes' upper lids lowered to an openness."""
    points = points.copy()
    for eye in _EYES:
        width = np.linalg.norm(points[eye.outer, :2] - points[eye.inner, :2])
        points[eye.upper_lid] = points[eye.lower_lid] + (0, openness_wanted * width, 0)
    return points


def measured(points: F32, looks: int = 1, estimator: ScaleEstimator | None = None) -> Scale:
    used = estimator or ScaleEstimator()
    for _ in range(looks):
        scale = used.update(points, fit_pose(points, CAMERA, template().points_mm), CAMERA)
    return scale


@pytest.mark.parametrize("size", [0.94, 0.97, 1.0, 1.03, 1.06])
@pytest.mark.parametrize("yaw", [0.0, 15.0])
def test_a_heads_size_is_found_within_its_error(
    pose_at: PoseAt, landmarks_at: LandmarksAt, size: float, yaw: float
) -> None:
    pose = pose_at(yaw, 0, 0, (20.0, -10.0, 550.0 * size))
    scale = measured(landmarks_at(pose, CAMERA, with_lids(sized(size), 0.3)), looks=30)
    assert scale.source == "iris size"
    assert abs(scale.value - size) < scale.sigma
    # Between the mean head and what the irises say, nearer to the irises.
    if abs(size - 1) > 0.05:
        assert 0.45 < (scale.value - 1) / (size - 1) < 0.72


def test_the_error_shrinks_with_looks_to_what_the_iris_itself_leaves(
    pose_at: PoseAt, landmarks_at: LandmarksAt
) -> None:
    points = landmarks_at(pose_at(), CAMERA, with_lids(sized(1.0), 0.3))
    estimator = ScaleEstimator()
    sigmas = [measured(points, 1, estimator).sigma for _ in range(40)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(sigmas))
    assert sigmas[-1] < sigmas[0] < SIZE_SIGMA
    assert sigmas[-1] > BEST_SIGMA


def test_far_away_an_iris_says_less(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    sigmas = [
        measured(landmarks_at(pose_at(at_mm=(0, 0, z)), CAMERA, with_lids(sized(1.0), 0.3))).sigma
        for z in (400.0, 800.0)
    ]
    assert sigmas[0] == pytest.approx(sigmas[1], rel=0.01)  # the network's crop grows with the face


@pytest.mark.parametrize(
    ("yaw", "lids", "iris_scale", "source"),
    [
        (0.0, 0.30, 1.0, "iris size"),
        (23.0, 0.30, 1.0, "iris size"),
        (-23.0, 0.30, 1.0, "iris size"),
        (28.0, 0.30, 1.0, "mean head size"),  # turned away
        (-28.0, 0.30, 1.0, "mean head size"),
        (0.0, 0.12, 1.0, "mean head size"),  # eyes shut
        (0.0, 0.30, 1.8, "mean head size"),  # no iris is that large
        (0.0, 0.30, 0.5, "mean head size"),
    ],
)
def test_what_is_no_good_look_is_not_counted(
    pose_at: PoseAt, landmarks_at: LandmarksAt, yaw: float, lids: float, iris_scale: float, source: str
) -> None:
    shape = with_lids(sized(1 / iris_scale) * iris_scale, lids)
    scale = measured(landmarks_at(pose_at(yaw), CAMERA, shape))
    assert scale.source == source
    if source == MEAN.source:
        assert scale == MEAN


def test_bad_looks_leave_what_is_known(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    estimator = ScaleEstimator()
    open_eyes = landmarks_at(pose_at(), CAMERA, with_lids(sized(1.05), 0.3))
    shut_eyes = landmarks_at(pose_at(), CAMERA, with_lids(sized(1.05), 0.05))
    known = measured(open_eyes, 10, estimator)
    assert measured(shut_eyes, 10, estimator).value == known.value


def test_noise_averages_out(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    rng, estimator = np.random.default_rng(2), ScaleEstimator()
    points = landmarks_at(pose_at(), CAMERA, with_lids(sized(1.0), 0.3))
    values = []
    for _ in range(120):
        noisy = points + rng.normal(0, 0.4, points.shape).astype(np.float32)
        values.append(measured(noisy, 1, estimator).value)
    assert np.std(values[-30:]) < 0.006
    assert values[-1] == pytest.approx(1.0, abs=0.01)


def test_a_mirrored_face_is_as_large(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    points = landmarks_at(pose_at(10, 5, 3, (50.0, 0.0, 600.0)), CAMERA, with_lids(sized(1.06), 0.3))
    mirrored = points[template().mirror].copy()
    mirrored[:, 0] = CAMERA.width_px - mirrored[:, 0]
    assert measured(mirrored).value == pytest.approx(measured(points).value, abs=1e-3)


def test_any_millimetre_carries_its_percent() -> None:
    assert Scale(0.9, 0.036, "iris size").percent == pytest.approx(4.0)


@pytest.mark.parametrize("lids", [0.05, 0.18, 0.35])
def test_openness_and_diameter_are_read_off_the_picture(
    pose_at: PoseAt, landmarks_at: LandmarksAt, lids: float
) -> None:
    pose = pose_at(at_mm=(0, 0, 1000.0))
    points = landmarks_at(pose, CAMERA, with_lids(sized(1.0), lids))
    for eye in _EYES:
        assert openness(points, eye) == pytest.approx(lids, rel=0.05)
        depth = pose.to_camera(template().points_mm)[eye.centre, 2]
        assert iris_diameter_px(points, eye) == pytest.approx(IRIS_MM * CAMERA.focal_px / depth, rel=0.02)
