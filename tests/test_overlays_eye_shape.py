"""An eye's own coordinates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import U8
from tryon.geometry.steady import Head
from tryon.overlays.eye_shape import (
    BROW_HIGH,
    BROW_LOW,
    CREASE,
    INNER,
    LOWER,
    OUTER,
    STEPS,
    UPPER,
    EyeShape,
    eye_of,
)
from tryon.overlays.light import LightEstimate
from tryon.perception import landmarks as at

Sitter = tuple[U8, Head, LightEstimate]


def eye(head: Head, left: bool) -> EyeShape:
    found = eye_of(head, left)
    assert found is not None
    return found


@pytest.mark.parametrize("left", [False, True])
def test_curves_lie_on_their_landmarks_one_above_the_other(sitter: Sitter, left: bool) -> None:
    _, head, _ = sitter
    own = eye(head, left)
    places = np.linspace(INNER, OUTER, STEPS) * own.width_px
    points = {UPPER: (386, 385) if left else (159, 158), LOWER: (374, 373) if left else (145, 144)}
    for row, indices in points.items():
        away = head.points_px[list(indices), :2] - own.origin
        assert np.interp(away @ own.out, places, own.heights[row]) == pytest.approx(away @ own.up, abs=0.2)
    rows = own.heights[[LOWER, UPPER, CREASE, BROW_LOW, BROW_HIGH]]
    assert (np.diff(rows, axis=0) >= 0).all()
    assert 0.2 < own.opened < 0.6
    assert own.visible == 1.0
    assert own.up[1] < 0, "up is up"
    assert (own.out[0] > 0) == left, "outwards is to the wearer's own side"
    x, y, radius = own.iris
    centre = head.points_px[at.LEFT_IRIS_CENTRE if left else at.RIGHT_IRIS_CENTRE, :2]
    assert (x, y) == pytest.approx(centre.tolist())
    assert 0.15 < radius / own.width_px < 0.35


def test_a_closing_eye_takes_its_lid_along(sitter: Sitter) -> None:
    _, head, _ = sitter
    points = head.points_px.copy()
    upper, lower = [173, 157, 158, 159, 160, 161, 246], [155, 154, 153, 145, 144, 163, 7]
    points[upper] = points[lower] - np.array((0, 0.5, 0), np.float32)
    shut = eye(replace(head, points_px=points), False)
    assert shut.opened < 0.04
    assert (shut.heights[CREASE] - shut.heights[UPPER]).max() > (
        eye(head, False).heights[CREASE] - eye(head, False).heights[UPPER]
    ).max()


def test_small_eyes_and_eyes_turned_away_are_none(sitter: Sitter) -> None:
    _, head, _ = sitter
    assert eye_of(replace(head, points_px=head.points_px * np.float32(0.1)), False) is None
    turned = head.pose.rotation @ np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    assert eye_of(replace(head, pose=replace(head.pose, rotation=turned)), False) is None
