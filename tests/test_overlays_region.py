"""Soft masks: as large as the curve, and as fine as its steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, Rect
from tryon.overlays.region import SUBDIVISION, bounds, mask, smooth_contour

ALL = Rect(0, 0, 120, 90)


def ellipse(x: float, y: float, a: float, b: float, count: int = 200) -> F32:
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.asarray(np.stack([x + a * np.cos(t), y + b * np.sin(t)], axis=1), np.float32)


def area(curve: F32) -> float:
    x, y = curve.astype(np.float64).T
    return float(abs(np.roll(x, -1) @ y - np.roll(y, -1) @ x) / 2)


def centre(covered: F32) -> tuple[float, float]:
    y, x = np.mgrid[0 : covered.shape[0], 0 : covered.shape[1]] + 0.5
    return float((x * covered).sum() / covered.sum()), float((y * covered).sum() / covered.sum())


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=3, max_size=20))
def test_a_smooth_contour_goes_through_its_points(points: list[tuple[float, float]]) -> None:
    given_points = np.array(points, np.float32)
    curve = smooth_contour(given_points)
    assert curve.shape == (len(points) * SUBDIVISION, 2)
    assert np.allclose(curve[::SUBDIVISION], given_points, atol=1e-3)


def test_a_smooth_contour_of_a_circle_is_rounder_than_its_polygon() -> None:
    few = ellipse(0, 0, 10, 10, 12)
    radius = np.hypot(*smooth_contour(few).T)
    assert np.abs(radius - 10).max() < 0.05
    polygon_sag = 10 * (1 - np.cos(np.pi / 12))
    assert np.abs(radius - 10).max() < polygon_sag / 5


def test_a_contour_of_points_in_one_place_stays_there() -> None:
    assert np.allclose(smooth_contour(np.full((5, 2), 7, np.float32)), 7)


@pytest.mark.parametrize(
    ("low", "high", "margin", "rect"),
    [
        ((1.2, 2.8), (9.1, 8.0), 0.0, Rect(1, 2, 10, 8)),
        ((1.2, 2.8), (9.1, 8.0), 1.5, Rect(-1, 1, 11, 10)),
        ((-3.5, -0.1), (-1.0, 0.1), 0.0, Rect(-4, -1, -1, 1)),
    ],
)
def test_bounds(low: tuple[float, float], high: tuple[float, float], margin: float, rect: Rect) -> None:
    assert bounds(np.array([low, high, low], np.float32), margin) == rect


@settings(max_examples=40, deadline=None)
@given(
    st.floats(40, 80), st.floats(30, 60), st.floats(3, 30), st.floats(3, 20), st.sampled_from([0.0, 0.5, 1.2])
)
def test_a_mask_is_as_large_as_the_curve_and_where_it_is(
    x: float, y: float, a: float, b: float, feather: float
) -> None:
    curve = ellipse(x, y, a, b)
    covered = mask(ALL, curve, (), feather)
    assert covered.shape == (ALL.height, ALL.width)
    assert covered.min() >= 0
    assert covered.max() <= 1.0001
    # The filler draws the outline itself as well: an eighth of a pixel all around.
    perimeter = 2 * np.pi * np.hypot(a, b) / np.sqrt(2)
    assert -0.03 * perimeter < covered.sum() - area(curve) < 0.2 * perimeter
    assert centre(covered) == pytest.approx((x, y), abs=0.1)


def test_the_edge_moves_in_parts_of_a_pixel() -> None:
    shifts = np.arange(0, 2, 0.125)
    places = [centre(mask(ALL, ellipse(50 + shift, 40, 15, 8), (), 0.5))[0] - shift for shift in shifts]
    assert np.ptp(places) < 0.08


def test_a_hole_is_left_out() -> None:
    outer, inner = ellipse(60, 45, 30, 15), ellipse(60, 45, 18, 6)
    covered = mask(ALL, outer, (inner,), 0.0)
    assert covered[45, 60] == 0
    assert covered[45, 84] == 1
    assert covered.sum() == pytest.approx(area(outer) - area(inner), rel=0.03)


def test_a_rectangle_elsewhere_shows_the_same() -> None:
    curve = ellipse(60, 45, 30, 15)
    part = Rect(50, 40, 100, 70)
    whole = mask(ALL, curve, (), 0.0)
    difference = np.abs(mask(part, curve, (), 0.0) - whole[40:70, 50:100])
    # Each corner is rounded to a sixty-fourth of a pixel, seen from another origin.
    assert difference.max() <= 0.126
    assert difference.mean() < 1e-3


def test_a_feather_softens_and_keeps_the_sum() -> None:
    curve = ellipse(60, 45, 20, 10)
    sharp, soft = mask(ALL, curve, (), 0.0), mask(ALL, curve, (), 1.5)
    assert soft.sum() == pytest.approx(sharp.sum(), rel=1e-3)
    assert ((soft > 0.01) & (soft < 0.99)).sum() > 1.5 * ((sharp > 0.01) & (sharp < 0.99)).sum()
