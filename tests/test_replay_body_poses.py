"""Poses: what the arms do, and whether the torso is turned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.geometry.figure import Figure, standing
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.replay.body_poses import POSES, poses_of

SIZE = (640, 480)


@pytest.fixture(scope="module")
def figure() -> Figure:
    face = np.zeros((478, 3), np.float32)
    face[face_at.CHIN, :2], face[face_at.FOREHEAD_TOP, :2] = (300.0, 150.0), (300.0, 90.0)
    return standing(face, 480)


def with_wrist(figure: Figure, x: float, y: float, seen: float = 1.0) -> Figure:
    """The left wrist, from its shoulder, in shoulder widths."""
    points, visibility = figure.points_px.copy(), figure.visibility.copy()
    points[at.LEFT_WRIST] = points[at.LEFT_SHOULDER] + np.array([x, y]) * figure.width_px
    visibility[at.LEFT_WRIST] = seen
    return replace(figure, points_px=points, visibility=visibility)


@pytest.mark.parametrize(
    ("x", "y", "pose"), [(0.1, 1.5, "down"), (0.2, -0.5, "raised"), (-0.5, 0.6, "crossed")]
)
def test_the_wrist_tells_the_pose(figure: Figure, x: float, y: float, pose: str) -> None:
    assert set(poses_of(with_wrist(figure, x, y), SIZE)) == {pose}
    assert pose in POSES


def test_a_wrist_that_is_not_seen_tells_nothing(figure: Figure) -> None:
    assert set(poses_of(with_wrist(figure, 0.2, -0.5, seen=0.2), SIZE)) == {"down"}
    # Above the picture.
    assert set(poses_of(with_wrist(figure, 0.2, -3.0), SIZE)) == {"down"}


def test_further_is_better(figure: Figure) -> None:
    high, higher = (poses_of(with_wrist(figure, 0.2, y), SIZE)["raised"] for y in (-0.2, -0.6))
    assert higher > high
    aside, before = (poses_of(with_wrist(figure, x, 0.6), SIZE)["crossed"] for x in (-0.2, -0.5))
    assert before > aside


def test_a_turned_torso_is_turned_whatever_the_arms_do(figure: Figure) -> None:
    turned = replace(with_wrist(figure, 0.2, -0.5), yaw=0.4)
    assert set(poses_of(turned, SIZE)) == {"raised", "turned"}
    assert set(poses_of(replace(figure, yaw=-0.4), SIZE)) == {"turned"}
