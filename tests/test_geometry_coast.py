"""A head that is lost goes on along its motion and comes to rest soon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.geometry.camera import Camera
from tryon.geometry.coast import RESTS_MS, SHIFT_MAX_MM, TURN_MAX, Coast
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.perception.smoothing import rotation_vector

CAMERA = Camera.from_fov(640, 480, 63.0)
FRAME_MS = 1000 / 30
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]


@pytest.fixture
def moving(head_at: HeadAt, pose_at: PoseAt) -> Callable[..., Coast]:
    def make(mm_per_frame: float, deg_per_frame: float = 0.0, frames: int = 5) -> Coast:
        coast = Coast()
        for number in range(frames):
            pose = pose_at(deg_per_frame * number, 0, 0, (mm_per_frame * number, 0.0, 600.0))
            coast.see(head_at(pose, CAMERA), number * FRAME_MS)
        return coast

    return make


def test_who_was_never_seen_is_nowhere() -> None:
    assert Coast().at(0.0) is None


def test_it_goes_on_as_fast_and_comes_to_rest(moving: Callable[..., Coast]) -> None:
    coast = moving(6.0, 2.0)
    last_ms = 4 * FRAME_MS
    heads = [coast.at(last_ms + number * FRAME_MS) for number in range(10)]
    assert all(head is not None and head.coasting for head in heads)
    x = np.array([head.pose.translation_mm[0] for head in heads if head is not None])
    steps = np.diff(x)
    assert 3.0 < steps[0] < 6.0
    assert (np.diff(steps) < 0).all()
    assert x[-1] - x[0] == pytest.approx(6.0 / FRAME_MS * RESTS_MS, rel=0.1)
    assert heads[0] is not None
    assert heads[-1] is not None
    turned = heads[-1].pose.yaw_pitch_roll_deg[0] - heads[0].pose.yaw_pitch_roll_deg[0]
    assert turned == pytest.approx(2.0 / FRAME_MS * RESTS_MS, rel=0.15)


def test_its_points_go_with_it(moving: Callable[..., Coast]) -> None:
    head = moving(6.0).at(4 * FRAME_MS + 100)
    assert head is not None
    nasion = CAMERA.project(head.pose.to_camera(head.shape_mm[at.NASION][None]))[0]
    assert np.allclose(head.points_px[at.NASION, :2], nasion, atol=0.02)


def test_landmarks_that_jump_send_no_head_away(moving: Callable[..., Coast]) -> None:
    coast = moving(120.0, 35.0, 2)
    there, then = coast.at(FRAME_MS), coast.at(FRAME_MS + 1000)
    assert there is not None
    assert then is not None
    shift = np.linalg.norm(then.pose.translation_mm - there.pose.translation_mm)
    assert shift < SHIFT_MAX_MM * RESTS_MS / 1000 + 1e-6
    turn = np.linalg.norm(rotation_vector(then.pose.rotation @ there.pose.rotation.T))
    assert turn < TURN_MAX * RESTS_MS / 1000 + 1e-6


def test_one_look_or_one_after_a_gap_has_no_motion(
    moving: Callable[..., Coast], head_at: HeadAt, pose_at: PoseAt
) -> None:
    coast = moving(6.0)
    coast.see(head_at(pose_at(0, 0, 0, (300.0, 0.0, 600.0)), CAMERA), 2000.0)
    then = coast.at(2200.0)
    assert then is not None
    assert then.pose.translation_mm[0] == pytest.approx(300.0, abs=2.0)
