"""The network's known errors: depths along the ray, and what is taken out of a fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.frame import F32, F64
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import FLIP, Pose, fit_pose
from tryon.geometry.response import MIDDLE_MM, NEAR_MAX, NOD, SHAPED, _looks, along_axis, answered
from tryon.perception import landmarks as at
from tryon.perception.smoothing import rotation_vector

CAMERA = Camera.from_fov(640, 480, 63)
PoseAt = Callable[..., Pose]
MIRROR = np.diag([-1.0, 1.0, 1.0])


def turned_deg(one: Pose, other: Pose) -> float:
    return float(np.degrees(np.linalg.norm(rotation_vector(one.rotation.T @ other.rotation))))


def as_fitted() -> F64:
    """The shape that people's landmarks have on average in the head space of a fit."""
    head = template().points_mm.copy()
    head[SHAPED] = _looks().mean_mm
    return head


def as_the_network_tells(pose: Pose, aside: tuple[float, float]) -> F32:
    """Landmarks whose depth is measured along the ray to the face."""
    points = pose.to_camera(template().points_mm)
    ray = np.array([*aside, 1.0])
    depth = (points - pose.translation_mm) @ ray * CAMERA.focal_px / pose.translation_mm[2]
    return np.column_stack([CAMERA.project(points), depth]).astype(np.float32)


@pytest.mark.parametrize("aside", [(0.35, 0.0), (-0.35, 0.2), (0.0, -0.3)])
def test_beside_the_axis_depths_run_along_the_ray(pose_at: PoseAt, aside: tuple[float, float]) -> None:
    truth = pose_at(10, 5, 0, (aside[0] * 600, aside[1] * 600, 600.0))
    told = as_the_network_tells(truth, aside)
    as_told, straightened = (
        fit_pose(points, CAMERA, template().points_mm) for points in (told, along_axis(told, CAMERA))
    )
    assert turned_deg(straightened, truth) < 1.5
    assert turned_deg(as_told, truth) > 2 * turned_deg(straightened, truth)


def test_on_the_axis_depths_stay(pose_at: PoseAt) -> None:
    told = as_the_network_tells(pose_at(0, 0, 0), (0.0, 0.0))
    told[:, :2] += np.array([320.0, 240.0], np.float32) - told[at.RIGID, :2].mean(axis=0)
    before = told.copy()
    assert along_axis(told, CAMERA) == pytest.approx(before, abs=1e-3)
    assert np.array_equal(told, before), "what the tracker handed out is left alone"


def test_a_face_far_away_that_looks_here_is_believed(pose_at: PoseAt) -> None:
    middle = -(FLIP @ MIDDLE_MM) + np.array([0.0, 0.0, 20_000.0])
    pose = Pose(FLIP, middle)
    assert turned_deg(answered(pose), pose) < 0.1


def test_a_nod_is_taken_for_more_than_it_was_seen(pose_at: PoseAt) -> None:
    """Seen to nod by so much, it nodded by a tenth to a third more."""
    up, down = (
        answered(pose_at(0, pitch, 0, (0, 0, 900.0)), as_fitted()).yaw_pitch_roll_deg[1]
        for pitch in (14, -14)
    )
    assert 1.1 < (up - down) / 28 < 1.35


def test_the_bridge_stays_in_its_place(pose_at: PoseAt) -> None:
    pose = pose_at(25, 10, 5, (80.0, -40.0, 400.0))
    assert np.array_equal(answered(pose).translation_mm, pose.translation_mm)
    assert turned_deg(answered(pose), pose) > 0.5
    assert np.allclose(answered(pose).rotation @ answered(pose).rotation.T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(30, 0, 0), (-20, 12, 5), (10, -15, -30)])
def test_mirrored_heads_are_corrected_mirrored(
    pose_at: PoseAt, yaw: float, pitch: float, roll: float
) -> None:
    pose = pose_at(yaw, pitch, roll, (50.0, 20.0, 500.0))
    mirrored = Pose(MIRROR @ pose.rotation @ MIRROR, MIRROR @ pose.translation_mm)
    one, other = answered(pose), answered(mirrored)
    assert np.allclose(MIRROR @ one.rotation @ MIRROR, other.rotation, atol=1e-9)


def test_beyond_what_was_measured_nothing_grows(pose_at: PoseAt) -> None:
    at_the_end = pose_at(0, 0, 0, (0.0, 0.0, 140 / NEAR_MAX))
    for pose in (pose_at(0, 0, 0, (0.0, 0.0, 60.0)), pose_at(89, 0, 0), pose_at(0, 89, 0)):
        assert turned_deg(answered(pose), pose) < 20
    # Before the camera, as near as it was measured: what the face's width over its distance is worth, and no more.
    assert turned_deg(answered(at_the_end), at_the_end) < NOD[1] * NEAR_MAX
    near = pose_at(0, 0, 0, (0.0, 0.0, 311.0))
    assert turned_deg(answered(near, as_fitted()), near) < 4


def test_the_shape_of_the_landmarks_has_a_say(pose_at: PoseAt) -> None:
    pose, rng = pose_at(20, -8, 3), np.random.default_rng(4)
    one, other = (as_fitted() + rng.normal(0, 1.0, (at.POINT_COUNT, 3)) for _ in range(2))
    assert turned_deg(answered(pose, one), answered(pose, other)) > 0.1
    assert np.array_equal(answered(pose, one).translation_mm, pose.translation_mm)


def test_what_speaks_and_laughs_has_none(pose_at: PoseAt) -> None:
    """Lips that part, widen, or come forward do so on both sides alike; chin and cheeks are not looked at."""
    pose, still = pose_at(-15, 5, 0), as_fitted()
    speaking = still.copy()
    speaking[np.setdiff1d(np.arange(at.POINT_COUNT), SHAPED)] += 20.0
    assert np.array_equal(answered(pose, speaking).rotation, answered(pose, still).rotation)
    lips = at.REFINED_LIPS
    speaking[lips] *= (1.3, 1.0, 1.0)
    speaking[lips, 1] += np.where(template().points_mm[lips, 1] < -70, -20.0, 4.0)
    assert turned_deg(answered(pose, speaking), answered(pose, still)) < 0.02
    askew = still.copy()
    askew[lips, 0] += 3.0
    assert turned_deg(answered(pose, askew), answered(pose, still)) > 0.02


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (30, 0, 0), (-20, 12, 5)])
def test_mirrored_shapes_are_corrected_mirrored(
    pose_at: PoseAt, yaw: float, pitch: float, roll: float
) -> None:
    head = as_fitted() + np.random.default_rng(4).normal(0, 0.5, (at.POINT_COUNT, 3))
    twin = head[template().mirror] * np.array([-1.0, 1.0, 1.0])
    pose = pose_at(yaw, pitch, roll, (50.0, 20.0, 500.0))
    mirrored = Pose(MIRROR @ pose.rotation @ MIRROR, MIRROR @ pose.translation_mm)
    one, other = answered(pose, head), answered(mirrored, twin)
    assert turned_deg(one, answered(pose)) > 0.1, "the shape has a say"
    assert np.allclose(MIRROR @ one.rotation @ MIRROR, other.rotation, atol=1e-5)


def test_a_shape_that_no_head_has_is_worth_nothing(pose_at: PoseAt) -> None:
    """A hood, a hand: what is unlike all that was learnt does not turn the head."""
    hooded = as_fitted()
    hooded[:, 2] += 3.0 * hooded[:, 0]
    for pose in (pose_at(0, 0, 0), pose_at(40, 10, 0)):
        assert turned_deg(answered(pose, hooded), answered(pose)) < 0.01


def test_noise_of_the_landmarks_hardly_turns_the_head(pose_at: PoseAt) -> None:
    """Points that tremble by 0.3 mm each for itself."""
    pose, rng = pose_at(10, 0, 0), np.random.default_rng(7)
    still = answered(pose, as_fitted())
    shaken = [answered(pose, as_fitted() + rng.normal(0, 0.3, (at.POINT_COUNT, 3))) for _ in range(20)]
    assert max(turned_deg(one, still) for one in shaken) < 0.5
