"""The steady head: still when still, the same head when it turns, and never where nobody was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32
from tryon.geometry.camera import Camera
from tryon.geometry.head import as_seen, template
from tryon.geometry.pose import Pose, fit_pose
from tryon.geometry.response import along_axis, answered
from tryon.geometry.steady import Head, HeadFilter, to_head, to_picture
from tryon.geometry.wearer import CONTACT
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation
from tryon.perception.smoothing import GAP_MS

CAMERA = Camera.from_fov(640, 480, 63.0)
FRAME_MS = 33.0
PoseAt = Callable[..., Pose]
LandmarksAt = Callable[..., F32]


def face(points: F32, frames: int = 1) -> FaceObservation:
    return FaceObservation(points, 0.98, 7, frames)


def through(points: list[F32], step_ms: float = FRAME_MS) -> list[Head]:
    filters = HeadFilter()
    return [filters.update(face(p, i + 1), CAMERA, i * step_ms) for i, p in enumerate(points)]


def jitter(values: list[F32]) -> float:
    """RMS of the change from frame to frame, in pixels."""
    return float(np.sqrt((np.diff(np.stack(values)[..., :2], axis=0) ** 2).sum(axis=-1).mean()))


@settings(max_examples=50, deadline=None)
@given(st.floats(-40, 40), st.floats(-25, 25), st.floats(-90, 90), st.floats(300, 1500))
def test_into_the_head_and_back_is_where_it_was(
    pose_at: PoseAt, landmarks_at: LandmarksAt, yaw: float, pitch: float, roll: float, distance: float
) -> None:
    pose = pose_at(yaw, pitch, roll, (0.1 * distance, -0.1 * distance, distance))
    points = landmarks_at(pose, CAMERA)
    back = to_picture(to_head(points, pose, CAMERA), pose, CAMERA)
    assert np.allclose(back[:, :2], points[:, :2], atol=0.01)
    assert np.ptp(back[:, 2] - points[:, 2]) < 0.01, "depth is relative: one shift for all"


@settings(max_examples=30, deadline=None)
@given(st.floats(-40, 40), st.floats(-25, 25), st.floats(-90, 90))
def test_in_head_space_a_turned_head_is_the_same_head(
    pose_at: PoseAt, landmarks_at: LandmarksAt, yaw: float, pitch: float, roll: float
) -> None:
    pose = pose_at(yaw, pitch, roll)
    head = to_head(landmarks_at(pose, CAMERA, as_seen()), pose, CAMERA)
    assert np.abs(head - as_seen()).max() < 0.05


def test_a_still_face_gives_a_still_head_to_the_bit(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    points = landmarks_at(pose_at(10, 5, -3), CAMERA)
    heads = through([points] * 6)
    for head in heads[1:]:
        assert np.allclose(head.points_px, heads[0].points_px, atol=1e-3)
        assert np.allclose(head.pose.rotation, heads[0].pose.rotation, atol=1e-12)
    assert np.abs(heads[-1].points_px[:, :2] - points[:, :2]).max() < 0.01


def test_a_head_carries_what_was_observed(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    heads = through([landmarks_at(pose_at(), CAMERA)] * 2)
    head = heads[1]
    assert (head.track, head.confidence, head.frames_tracked) == (7, 0.98, 2)
    assert head.camera is CAMERA
    assert head.group(at.RIGHT_IRIS).tolist() == head.points_px[at.RIGHT_IRIS].tolist()
    assert head.px_per_mm == pytest.approx(CAMERA.focal_px / head.pose.translation_mm[2])


def test_the_wearers_millimetres_project_to_the_wearers_points(
    pose_at: PoseAt, landmarks_at: LandmarksAt
) -> None:
    head = through([landmarks_at(pose_at(18, -6, 4, (60.0, 20.0, 500.0)), CAMERA)] * 3)[-1]
    assert head.scale.source == "iris size"
    projected = CAMERA.project(head.pose.to_camera(head.shape_mm))
    assert np.allclose(projected, head.points_px[:, :2], atol=0.02)


def test_sensor_noise_is_damped(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    rng = np.random.default_rng(4)
    points = landmarks_at(pose_at(), CAMERA)
    noisy = [points + rng.normal(0, 0.15, points.shape).astype(np.float32) for _ in range(40)]
    heads = through(noisy)[10:]
    assert jitter([head.points_px for head in heads]) < 0.5 * jitter(noisy[10:])
    origin = np.zeros((1, 3))

    def nasion(head: Head, pose: Pose) -> F32:
        return CAMERA.project(pose.to_camera(origin)).astype(np.float32)

    steady = jitter([nasion(head, head.pose) for head in heads])
    assert steady < 0.6 * jitter([nasion(head, head.raw_pose) for head in heads])


def test_a_turning_head_is_hardly_late(pose_at: PoseAt, told_at: LandmarksAt) -> None:
    yaws = [60 * i * FRAME_MS / 1000 - 30 for i in range(31)]
    told = [told_at(pose_at(yaw), CAMERA, as_seen()) for yaw in yaws]
    heads = through(told)
    late_deg = [head.raw_pose.yaw_pitch_roll_deg[0] - head.pose.yaw_pitch_roll_deg[0] for head in heads[10:]]
    assert 0 < max(late_deg) < 60 * 0.030, "at 60°/s less than a frame"
    for yaw, head in zip(yaws, heads, strict=True):
        assert head.raw_pose.yaw_pitch_roll_deg[0] == pytest.approx(yaw, abs=0.2)
    # Told in the axes of the fit, before what the network missed is taken out, it is one rigid head.
    shapes = []
    for points, head in zip(told, heads, strict=True):
        fit = fit_pose(along_axis(points, CAMERA), CAMERA, as_seen())
        shapes.append(head.shape_mm @ head.raw_pose.rotation.T @ fit.rotation)
    assert all(np.abs(shape - shapes[0]).max() < 1.0 for shape in shapes)


def test_turns_do_not_bend_the_wearers_own_shape(pose_at: PoseAt, told_at: LandmarksAt) -> None:
    """What ``answered`` takes out of the pose is another with every turn; what rests on the head does not feel it."""
    turns = [told_at(pose_at(yaw), CAMERA, as_seen()) for yaw in range(-30, 31)]
    head = through(turns * 4)[-1]
    away = np.abs(head.rest.points_mm / head.scale.value - as_seen())[CONTACT].max(axis=1)
    # Beside the ears, seen edge-on, the mean head still counts.
    assert away[:16].max() < 0.3


def test_a_mouth_that_opens_moves_the_mouth_and_nothing_else(
    pose_at: PoseAt, landmarks_at: LandmarksAt
) -> None:
    shape = template().points_mm.copy()
    lower_lip = [14, 87, 317, 178, 402, 17, 84, 314]
    shape[lower_lip, 1] -= 15
    closed, opened = landmarks_at(pose_at(), CAMERA), landmarks_at(pose_at(), CAMERA, shape)
    heads = through([closed] * 5 + [opened] * 5)
    moved = np.hypot(*(heads[-1].points_px - heads[4].points_px)[:, :2].T)
    assert moved[lower_lip].min() > 5
    assert np.delete(moved, lower_lip).max() < 0.01


@pytest.mark.parametrize("step_ms", [GAP_MS + 1, 0.0, -5.0])
def test_after_a_gap_the_head_is_where_it_is_seen(
    pose_at: PoseAt, landmarks_at: LandmarksAt, step_ms: float
) -> None:
    filters = HeadFilter()
    filters.update(face(landmarks_at(pose_at(), CAMERA)), CAMERA, 1000.0)
    points = landmarks_at(pose_at(20, 0, 0, (90.0, 0.0, 500.0)), CAMERA)
    head = filters.update(face(points), CAMERA, 1000.0 + step_ms)
    assert np.abs(head.points_px[:, :2] - points[:, :2]).max() < 0.01
    assert np.allclose(head.pose.matrix, head.raw_pose.matrix)


def test_a_mirrored_face_is_the_mirrored_head(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    rng = np.random.default_rng(8)
    start = [landmarks_at(pose_at(2.0 * i, i, -i, (5.0 * i, 0.0, 600.0)), CAMERA) for i in range(6)]
    points = [p + rng.normal(0, 0.3, p.shape).astype(np.float32) for p in start]
    mirror = template().mirror
    mirrored = [p[mirror].copy() for p in points]
    for p in mirrored:
        p[:, 0] = CAMERA.width_px - p[:, 0]
    for one, other in zip(through(points), through(mirrored), strict=True):
        assert np.allclose(other.shape_mm[mirror] * (-1, 1, 1), one.shape_mm, atol=0.1)
        undone = other.points_px[mirror].copy()
        undone[:, 0] = CAMERA.width_px - undone[:, 0]
        assert np.allclose(undone, one.points_px, atol=0.05)
        assert other.scale.value == pytest.approx(one.scale.value, abs=1e-3)


def test_another_picture_size_is_the_same_head(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    half = Camera.from_fov(320, 240, 63.0)
    pose = pose_at(10, 5, 0, (30.0, 10.0, 550.0))
    big = HeadFilter().update(face(landmarks_at(pose, CAMERA)), CAMERA, 0.0)
    small = HeadFilter().update(face(landmarks_at(pose, half)), half, 0.0)
    assert np.allclose(small.points_px * 2, big.points_px, atol=0.02)
    assert np.allclose(small.shape_mm, big.shape_mm, atol=0.05)


def test_the_fit_is_the_poses_fit(pose_at: PoseAt, landmarks_at: LandmarksAt) -> None:
    points = landmarks_at(pose_at(15, 0, 0), CAMERA)
    head = through([points])[0]
    seen = along_axis(points, CAMERA)
    fit = fit_pose(seen, CAMERA, as_seen())
    expected = answered(fit, to_head(seen, fit, CAMERA)).scaled(head.scale.value)
    assert np.array_equal(head.raw_pose.matrix, expected.matrix)
    assert replace(head, track=9).shape_mm is head.shape_mm
