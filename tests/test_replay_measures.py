"""The measures themselves, on signals whose jitter, lag and error are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tryon.frame import F64
from tryon.geometry.camera import Camera
from tryon.geometry.pose import FLIP, Pose
from tryon.perception.smoothing import rotation_matrix
from tryon.replay import measures

T_MS = np.arange(200) * 1000 / 30


def swing(t_ms: F64) -> F64:
    return np.asarray(25 * np.sin(2 * np.pi * t_ms / 2600), np.float64)


def turned(yaw_deg: float, pitch_deg: float = 0.0, z_mm: float = 500.0) -> Pose:
    turn = rotation_matrix(np.radians([pitch_deg, 0.0, 0.0])) @ rotation_matrix(
        np.radians([0.0, yaw_deg, 0.0])
    )
    return Pose(FLIP @ turn, np.array([0.0, 0.0, z_mm]))


def test_points_at_rest_have_no_jitter_and_noise_has_its_own_size() -> None:
    rest = np.tile(np.arange(8.0).reshape(1, 4, 2), (5000, 1, 1))
    assert measures.jitter_px(rest) == 0
    noisy = rest + np.random.default_rng(1).normal(0, 0.3, rest.shape)
    assert measures.jitter_px(noisy) == pytest.approx(0.3 * math.sqrt(2), rel=0.02)
    assert measures.step_px(noisy) == pytest.approx(0.3 * 2, rel=0.02)


@pytest.mark.parametrize("delay_ms", [-20.0, 0.0, 7.5, 33.3, 100.0])
def test_a_delay_is_found_to_a_millisecond_whatever_gain_and_offset(delay_ms: float) -> None:
    found = measures.lag_ms(T_MS, swing(T_MS), 0.9 * swing(T_MS - delay_ms) + 4)
    assert found == pytest.approx(delay_ms, abs=1.0)


def test_lag_refuses_what_does_not_move_and_what_is_too_short() -> None:
    with pytest.raises(ValueError, match="move"):
        measures.lag_ms(T_MS, swing(T_MS), np.zeros(len(T_MS)))
    with pytest.raises(ValueError, match="at least"):
        measures.lag_ms(T_MS[:20], swing(T_MS[:20]), swing(T_MS[:20]))


def test_gain_and_overshoot() -> None:
    assert measures.gain(swing(T_MS), 0.8 * swing(T_MS) + 3) == pytest.approx((0.8, 3))
    assert measures.overshoot(swing(T_MS), 0.8 * swing(T_MS)) == 0
    assert measures.overshoot(np.array([-1.0, 1.0]), np.array([-1.5, 1.2])) == pytest.approx(0.5)


def test_a_constant_turn_and_a_constant_factor_are_told_from_the_rest() -> None:
    truth = [turned(yaw) for yaw in (-30.0, -10.0, 0.0, 10.0, 30.0)]
    offset = rotation_matrix(np.radians([2.0, 0.0, 0.0]))
    seen = [Pose(pose.rotation @ offset, pose.translation_mm * 1.03) for pose in truth]
    errors = measures.pose_errors(truth, seen)
    assert errors.rotation_deg == pytest.approx(2)
    assert errors.offset_deg == pytest.approx(2)
    assert errors.rotation_deg_centred == pytest.approx(0, abs=1e-6)
    assert errors.distance_percent == pytest.approx(3)
    assert errors.distance_percent_centred == pytest.approx(0, abs=1e-6)


def test_a_gain_error_is_no_constant_turn() -> None:
    yaws = (-30.0, -15.0, 0.0, 15.0, 30.0)
    errors = measures.pose_errors([turned(yaw) for yaw in yaws], [turned(0.9 * yaw) for yaw in yaws])
    assert errors.offset_deg == pytest.approx(0, abs=1e-6)
    assert errors.rotation_deg == pytest.approx(errors.rotation_deg_centred)
    assert errors.rotation_deg_max == pytest.approx(3)


def test_what_is_drawn_beside_its_place_is_told_in_millimetres_there() -> None:
    camera, truth = Camera.from_fov(640, 480, 63), turned(0)
    beside = Pose(truth.rotation, truth.translation_mm + np.array([1.5, 0.0, 0.0]))
    assert measures.shown_off_mm(truth, beside, camera, measures.BRIDGE_MM) == pytest.approx(1.5)
    # A turn about the bridge leaves it in its place and moves what lies behind it.
    turn = turned(2.0)
    assert measures.shown_off_mm(truth, turn, camera, measures.BRIDGE_MM) == pytest.approx(0, abs=1e-9)
    tips = measures.shown_off_mm(truth, turn, camera, measures.TEMPLE_TIPS_MM)
    # Both go aside, the one nearer and the other farther away, which moves them on in the picture.
    x, _, z = measures.TEMPLE_TIPS_MM[0]
    assert tips == pytest.approx((-z + x * x / (500 - z)) * math.sin(math.radians(2.0)), rel=0.01)
    # Farther along the line of sight, it is drawn where it was.
    farther = Pose(truth.rotation, truth.translation_mm * 1.1)
    assert measures.shown_off_mm(truth, farther, camera, measures.BRIDGE_MM) == pytest.approx(0, abs=1e-9)


def test_frame_corners_of_a_head_before_the_camera() -> None:
    camera = Camera.from_fov(640, 480, 63)
    corners = measures.frame_corners_px(turned(0), camera)
    across = camera.focal_px * 140 / 500
    assert corners[1, 0] - corners[0, 0] == pytest.approx(across)
    assert corners[2, 1] > corners[1, 1], "y points down in pictures"
