"""The chart laid over a face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.canonical import uv
from tryon.overlays.chart import NOWHERE, Chart
from tryon.perception import landmarks as at

CAMERA = Camera.from_fov(320, 240, 63.0)
HALF = (0.0, -0.4, -0.9)


def laid(head: Head) -> tuple[Chart, np.ndarray]:  # type: ignore[type-arg]
    chart = Chart()
    assert chart.lay(head, HALF, 320, 240)
    rect = chart.rect
    return chart, chart.planes[:, : rect.height, : rect.width]


@pytest.mark.parametrize("yaw", [0.0, 25.0, -35.0])
def test_each_landmark_in_view_finds_its_own_place(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose], yaw: float
) -> None:
    head = head_at(pose_at(yaw, 0, 10, (0.0, 0.0, 300.0)), CAMERA)
    chart, planes = laid(head)
    for point in (9, 50, 280, 4, 205, 425, 151, 195):
        x, y = head.points_px[point, :2] - (chart.rect.x0, chart.rect.y0)
        u, v, facing, _ = planes[:, int(y), int(x)]
        if facing > 0.3:
            assert (u, v) == pytest.approx(uv()[point].tolist(), abs=0.02)


def test_eyes_and_the_open_mouth_are_no_skin(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 250.0)), CAMERA)
    chart, planes = laid(head)
    for point in (at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE):
        x, y = head.points_px[point, :2] - (chart.rect.x0, chart.rect.y0)
        assert planes[0, int(y), int(x)] == NOWHERE
    assert planes[0, 0, 0] == NOWHERE


def test_what_turns_away_fades(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> None:
    far: list[float] = []
    near: list[float] = []
    for yaw in (0.0, 30.0, 50.0):
        _, planes = laid(head_at(pose_at(yaw, 0, 0, (0.0, 0.0, 300.0)), CAMERA))
        skin = planes[0] >= 0
        for side, found in (((planes[0] > 0.7) & skin, near), ((planes[0] < 0.3) & skin, far)):
            found.append(float(planes[2][side].sum()))
    assert min(far[2], near[2]) < 0.25 * min(far[0], near[0])
    assert max(far[1], near[1]) > 0.5 * max(far[0], near[0])


def test_only_the_outline_that_ends_before_the_room_fades(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    for yaw in (35.0, -35.0):
        head = head_at(pose_at(yaw, 0, 0, (0.0, 0.0, 250.0)), CAMERA)
        _, planes = laid(head)
        row = planes.shape[1] // 2
        skin = np.flatnonzero(planes[0, row] >= 0)
        # The picture's left end where the face looks to the left.
        left = float(head.pose.rotation[0, 2]) < 0
        end = skin[0] if left else skin[-1]
        assert planes[2, row, end] == 0.0
        # The nose hides a part of the far cheek, and there nothing fades.
        nose = (planes[0] > 0.46) & (planes[0] < 0.54) & (planes[1] > 0.42) & (planes[1] < 0.54)
        inner = nose & (np.arange(planes.shape[2])[None, :] - (skin[0] if left else skin[-1]) != 0)
        assert np.median(planes[2][inner]) > 0.95


@pytest.mark.parametrize("yaw", [25.0, -25.0])
def test_the_near_cheek_ends_softly_before_the_ear(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose], yaw: float
) -> None:
    """The network squeezes what is seen from the side into pixels, and whatever ended there ended in a line."""
    _, planes = laid(head_at(pose_at(yaw, 0, 0, (0.0, 0.0, 250.0)), CAMERA))
    row = planes.shape[1] // 2
    skin = np.flatnonzero(planes[0, row] >= 0)
    from_left = planes[2, row, skin]
    # The near side is the one whose cheek is wider: the nose lies beyond the middle.
    nose = int(np.abs(planes[0, row, skin] - 0.5).argmin())
    near = from_left if nose > len(skin) / 2 else from_left[::-1]
    wide = 0.05 * planes.shape[1]
    assert near[0] < 0.15
    assert np.diff(near[: int(2 * wide)]).max() < 2.0 / wide


def test_a_face_out_of_view_is_not_laid(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 300.0)), CAMERA)
    away = replace(head, points_px=head.points_px + np.float32(1000))
    assert not Chart().lay(away, HALF, 320, 240)
