"""A wearer's average: it comes to the wearer's own shape, keeps still, and trusts what faced the camera."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from tryon.frame import F64
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.geometry.wearer import CONTACT, PRIOR_LOOKS, STEP_MM, Wearer

PoseAt = Callable[..., Pose]


@pytest.fixture
def own() -> F64:
    """A head with a nose 4 mm longer than the mean's."""
    points = template().points_mm.copy()
    points[[168, 6, 197, 195, 5, 4, 1], 2] += 4.0
    return points


def test_before_any_frame_it_is_the_mean_head_and_one_frame_moves_it_a_little(
    own: F64, pose_at: PoseAt
) -> None:
    rest = Wearer().update(own, pose_at(), 1.0).points_mm
    moved = rest[6, 2] - template().points_mm[6, 2]
    assert 0.5 < moved < 4.0 / PRIOR_LOOKS


def test_it_comes_to_the_wearers_own_shape_through_noise(own: F64, pose_at: PoseAt) -> None:
    rng = np.random.default_rng(1)
    wearer = Wearer()
    for _ in range(150):
        rest = wearer.update(own + rng.normal(0, 2.0, own.shape), pose_at(), 1.0)
    assert np.abs(rest.points_mm[CONTACT[:8]] - own[CONTACT[:8]]).max() < 0.7


def test_it_is_handed_out_again_only_when_it_moved(own: F64, pose_at: PoseAt) -> None:
    wearer = Wearer()
    shapes = [wearer.update(own, pose_at(), 1.0) for _ in range(400)]
    assert shapes[0] is not shapes[3], "it is still learning"
    assert shapes[-1] is shapes[-50], "it has learnt"
    different = [after for before, after in pairwise(shapes) if after is not before]
    steps = [np.abs(b.points_mm[CONTACT] - a.points_mm[CONTACT]).max() for a, b in pairwise(different)]
    assert min(steps) > STEP_MM
    assert wearer.update(own, pose_at(), 1.05) is not shapes[-1], "a new scale is a new shape"


def test_the_side_that_faced_the_camera_counts(own: F64, pose_at: PoseAt) -> None:
    wearer = Wearer()
    for _ in range(40):
        wearer.update(own, pose_at(), 1.0)
    wrong = own.copy()
    wrong[:, 0] *= 1.2
    turned = wearer.update(own, pose_at(), 1.0).points_mm
    # Turned to the wearer's left, the left cheek (280, 454) is hidden and the right one (50, 234) is seen.
    for _ in range(40):
        turned = wearer.update(wrong, pose_at(60, 0, 0), 1.0).points_mm
    seen, hidden = (abs(turned[i, 0] - own[i, 0]) / abs(own[i, 0]) for i in (234, 454))
    assert seen > 2 * hidden


def test_a_head_measured_wrongly_is_forgotten(own: F64, pose_at: PoseAt) -> None:
    wearer = Wearer()
    for _ in range(900):
        wearer.update(own * 1.1, pose_at(), 1.0)
    for _ in range(1800):
        rest = wearer.update(own, pose_at(), 1.0)
    assert np.abs(rest.points_mm[[168, 6, 50, 280]] - own[[168, 6, 50, 280]]).max() < 0.8


def test_what_is_handed_out_cannot_be_changed(own: F64, pose_at: PoseAt) -> None:
    rest = Wearer().update(own, pose_at(), 1.0)
    with pytest.raises(ValueError, match="read-only"):
        rest.points_mm[0, 0] = 1.0
