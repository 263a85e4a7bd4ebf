"""A mouth's own coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.mouth import OVERLINE, STEPS, Mouth, mouth_of, overlined
from tryon.overlays.region import smooth_contour
from tryon.perception import landmarks as at

CAMERA = Camera.from_fov(640, 480, 63.0)


@pytest.fixture(scope="module", params=[(0.0, 0.0), (25.0, 0.0), (0.0, 30.0), (-20.0, -45.0)])
def head(request: pytest.FixtureRequest, head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    yaw, roll = request.param
    return head_at(pose_at(yaw, 0, roll, (0.0, 0.0, 400.0)), CAMERA)


def whole(head: Head) -> Mouth:
    mouth = mouth_of(head)
    assert mouth is not None
    return mouth


def test_curves_pass_through_the_landmarks(head: Head) -> None:
    mouth = whole(head)
    across = np.array((-mouth.along[1], mouth.along[0]))
    places = np.linspace(mouth.start, mouth.start + mouth.span, STEPS)
    for row, points in (
        (0, [40, 37, 0, 267, 270]),
        (1, [81, 13, 311]),
        (2, [178, 14, 402]),
        (3, [91, 17, 321]),
    ):
        away = head.points_px[points, :2] - mouth.origin
        told = away @ across
        slit = [np.interp(away @ mouth.along, places, mouth.heights[k]) for k in (1, 2)]
        if row in (0, 3):
            # Seen from the side, a border may be told beyond its lip's edge: it is drawn there instead.
            drawn = np.minimum(told, slit[0]) if row == 0 else np.maximum(told, slit[1])
            assert drawn == pytest.approx(told, abs=0.3)
            told = drawn
        found = np.interp(away @ mouth.along, places, mouth.heights[row])
        assert found == pytest.approx(told, abs=0.15)


def test_the_border_is_inside_its_rectangle(head: Head) -> None:
    corners = whole(head).corners_px
    contour = smooth_contour(head.points_px[at.LIPS_OUTER, :2])
    frame = np.stack([corners[2] - corners[0], corners[1] - corners[0]])
    frame /= np.linalg.norm(frame, axis=1, keepdims=True) ** 2
    inside = (contour - corners[0]) @ frame.T
    assert inside.min() > -0.02
    assert inside.max() < 1.02


def test_curves_do_not_cross(head: Head) -> None:
    assert (np.diff(whole(head).heights, axis=0) >= 0).all()


def test_an_overlined_mouth_is_fuller_and_no_wider(head: Head) -> None:
    own = whole(head)
    fuller = overlined(own, OVERLINE)
    assert overlined(own, 0.0) is own
    grown = np.ptp(fuller.heights[[0, 3]], axis=0).max() - np.ptp(own.heights[[0, 3]], axis=0).max()
    assert grown == pytest.approx(2 * OVERLINE * own.width_px, rel=0.25)
    assert fuller.span == pytest.approx(own.span)


def test_how_far_a_mouth_is_open(head: Head) -> None:
    own = whole(head).open_part
    # The mean head's lips are a little apart.
    assert 0 <= own < 0.15
    points = head.points_px.copy()
    down = 0.3 * np.array((-whole(head).along[1], whole(head).along[0])) * whole(head).width_px
    points[[95, 88, 178, 87, 14, 317, 402, 318, 324], :2] += down.astype(np.float32)
    points[[146, 91, 181, 84, 17, 314, 405, 321, 375], :2] += down.astype(np.float32)
    assert whole(replace(head, points_px=points)).open_part == pytest.approx(own + 0.3, abs=0.06)


def test_a_mouth_of_a_few_pixels_is_none(head: Head) -> None:
    assert mouth_of(replace(head, points_px=head.points_px * np.float32(0.05))) is None
    assert mouth_of(replace(head, points_px=head.points_px * np.float32(0))) is None
