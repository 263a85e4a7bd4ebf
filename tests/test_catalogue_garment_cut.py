"""The outlines of a cut: closed, symmetric, and where its points are."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.catalogue.garment_cut import CURVE_POINTS, FLIP, Cut, bezier, mirrored


@pytest.mark.parametrize(
    "cut", [Cut(), Cut(neck="v", neck_depth_cm=16.0), Cut(sleeve_cm=60.0, sleeve_angle_deg=19.0)]
)
def test_a_body_is_symmetric_and_passes_its_points(cut: Cut) -> None:
    body = cut.body()
    assert np.allclose(body, body[::-1] * FLIP)
    for point in ((cut.neck_cm, 0.0), cut.shoulder_cm, cut.armpit_cm, cut.hem_cm, (0.0, cut.neck_depth_cm)):
        assert np.hypot(*(body - point).T).min() < 0.3


def test_a_sleeve_ends_at_its_cuff() -> None:
    cut = Cut()
    outer, inner = cut.cuff
    assert np.hypot(*(outer - cut.shoulder_cm)) == pytest.approx(cut.sleeve_cm)
    assert np.hypot(*(outer - inner)) == pytest.approx(cut.cuff_cm)
    sleeve = cut.sleeve()
    for point in (outer, inner, cut.shoulder_cm, cut.armpit_cm):
        assert np.hypot(*(sleeve - point).T).min() < 1e-6


def test_an_open_front_widens_downwards() -> None:
    gap = Cut(open_cm=7.5).front_gap()
    assert np.abs(gap[gap[:, 1] < 40, 0]).max() < np.abs(gap[:, 0]).max() == 7.5


def test_curves() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    curve = bezier(*corners)
    assert curve.shape == (CURVE_POINTS, 2)
    assert np.allclose(curve[[0, -1]], corners[[0, 3]])
    assert np.allclose(mirrored(curve)[::-1] * FLIP, mirrored(curve))
