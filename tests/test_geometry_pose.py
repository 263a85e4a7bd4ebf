"""The pose fit against poses that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, F64
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import Pose, fit_pose
from tryon.perception import landmarks as at
from tryon.perception.smoothing import rotation_vector

CAMERA = Camera.from_fov(640, 480, 63.0)
PoseAt = Callable[..., Pose]
LandmarksAt = Callable[..., F32]


def apart(one: Pose, other: Pose) -> tuple[float, float]:
    """The turn between two poses in degrees, and their shift in millimetres."""
    turn = np.degrees(np.linalg.norm(rotation_vector(one.rotation @ other.rotation.T)))
    return float(turn), float(np.linalg.norm(one.translation_mm - other.translation_mm))


@settings(max_examples=80, deadline=None)
@given(
    yaw=st.floats(-40, 40),
    pitch=st.floats(-25, 25),
    roll=st.floats(-180, 180),
    distance=st.floats(300, 1500),
    aside=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.25, 0.25)),
)
def test_the_pose_of_a_projected_head_is_found_again(
    pose_at: PoseAt,
    landmarks_at: LandmarksAt,
    yaw: float,
    pitch: float,
    roll: float,
    distance: float,
    aside: tuple[float, float],
) -> None:
    truth = pose_at(yaw, pitch, roll, (aside[0] * distance, aside[1] * distance, distance))
    found = fit_pose(landmarks_at(truth, CAMERA), CAMERA, template().points_mm)
    # The depth is the network's, which knows no perspective: near a wide lens that pulls a little.
    turn_deg, shift_mm = apart(found, truth)
    assert turn_deg < 1.0
    assert shift_mm < 0.01 * distance
    assert found.residual_px < 0.01 * CAMERA.focal_px * 140 / distance
    assert np.allclose(found.rotation @ found.rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


@pytest.mark.parametrize("distance", [300, 600, 1500])
def test_facing_the_camera_it_is_exact(pose_at: PoseAt, landmarks_at: LandmarksAt, distance: float) -> None:
    truth = pose_at(at_mm=(0, 0, distance))
    turn_deg, shift_mm = apart(fit_pose(landmarks_at(truth, CAMERA), CAMERA, template().points_mm), truth)
    assert turn_deg < 0.1
    assert shift_mm < 0.002 * distance


def test_speaking_and_blinking_do_not_move_the_pose(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    truth = pose_at(12, -5, 3)
    still = landmarks_at(truth, CAMERA)
    moving = still.copy()
    others = np.setdiff1d(np.arange(at.POINT_COUNT), at.RIGID)
    moving[others] += np.random.default_rng(5).normal(0, 15, (len(others), 3)).astype(np.float32)
    one, two = (fit_pose(points, CAMERA, template().points_mm) for points in (still, moving))
    assert np.array_equal(one.matrix, two.matrix)


def test_an_open_jaw_does_not_move_the_pose(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    shape = template().points_mm.copy()
    below = shape[:, 1] < shape[at.NOSE_TIP, 1] - 15
    lowered = np.setdiff1d(np.flatnonzero(below), at.RIGID)
    assert {at.CHIN, 14, 17} <= set(lowered)
    shape[lowered, 1] -= 15.0
    truth = pose_at(20, 8, -4)
    one, two = (
        fit_pose(landmarks_at(truth, CAMERA, points), CAMERA, template().points_mm)
        for points in (None, shape)
    )
    assert np.array_equal(one.matrix, two.matrix)


def test_a_hand_on_the_temple_hardly_moves_the_pose(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    truth = pose_at(10, 0, 0)
    points = landmarks_at(truth, CAMERA)
    points[[at.LEFT_TRAGUS, 356, 389, 251], :2] += (9.0, -4.0)
    assert apart(fit_pose(points, CAMERA, template().points_mm), truth)[0] < 2.5


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (30, 0, 0), (-30, 0, 0), (0, 20, 0), (0, -20, 0), (0, 0, 40), (0, 0, -40)],
)
def test_angles_about_one_axis(pose_at: PoseAt, yaw: float, pitch: float, roll: float) -> None:
    assert pose_at(yaw, pitch, roll).yaw_pitch_roll_deg == pytest.approx((yaw, pitch, roll))


@pytest.mark.parametrize(
    ("angles", "point", "axis", "sign"),
    [
        # Turned to the wearer's left, the nose goes to the picture's right.
        ((25, 0, 0), at.NOSE_TIP, 0, +1),
        # Nodded up, it goes up in the picture.
        ((0, 20, 0), at.NOSE_TIP, 1, -1),
        # Tilted to the wearer's right shoulder, the wearer's left eye rises and the crown goes left.
        ((0, 0, 20), at.LEFT_EYE_OUTER, 1, -1),
        ((0, 0, 20), at.FOREHEAD_TOP, 0, -1),
    ],
)
def test_signs_as_the_picture_shows_them(
    pose_at: PoseAt,
    landmarks_at: LandmarksAt,
    angles: tuple[float, float, float],
    point: int,
    axis: int,
    sign: int,
) -> None:
    before, after = landmarks_at(pose_at(), CAMERA), landmarks_at(pose_at(*angles), CAMERA)
    assert (after[point, axis] - before[point, axis]) * sign > 3


def test_to_camera_is_the_matrix(pose_at: PoseAt) -> None:
    pose = pose_at(10, 20, 30, (1.0, 2.0, 500.0))
    points: F64 = np.random.default_rng(0).normal(0, 50, (5, 3))
    homogeneous = np.column_stack([points, np.ones(5)]) @ pose.matrix.T
    assert np.allclose(pose.to_camera(points), homogeneous[:, :3])


@given(st.floats(0.5, 2.0))
def test_a_scaled_pose_shows_a_scaled_head_in_the_same_place(pose_at: PoseAt, scale: float) -> None:
    pose, points = pose_at(15, -10, 5, (40.0, -20.0, 700.0)), template().points_mm
    one = CAMERA.project(pose.to_camera(points))
    two = CAMERA.project(pose.scaled(scale).to_camera(points * scale))
    assert np.allclose(one, two, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.floats(-35, 35), st.floats(-20, 20), st.floats(-30, 30))
def test_a_mirrored_face_has_the_mirrored_pose(
    pose_at: PoseAt, landmarks_at: LandmarksAt, yaw: float, pitch: float, roll: float
) -> None:
    points = landmarks_at(pose_at(yaw, pitch, roll, (60.0, -30.0, 600.0)), CAMERA)
    noise = np.random.default_rng(1).normal(0, 0.5, points.shape).astype(np.float32)
    points = points + noise
    mirrored = points[template().mirror].copy()
    mirrored[:, 0] = CAMERA.width_px - mirrored[:, 0]
    one = fit_pose(points, CAMERA, template().points_mm)
    two = fit_pose(mirrored, CAMERA, template().points_mm)
    assert np.allclose(two.translation_mm, one.translation_mm * (-1, 1, 1), atol=0.05)
    a, b = one.yaw_pitch_roll_deg, two.yaw_pitch_roll_deg
    assert (b[0], b[1], b[2]) == pytest.approx((-a[0], a[1], -a[2]), abs=0.02)
