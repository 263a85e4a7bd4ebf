"""The chart that placements are drawn in."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.geometry.head import template
from tryon.overlays.canonical import SIZE, depth_mm, grid_mm, inside, place_mm, triangles, uv
from tryon.perception import landmarks as at


def test_every_point_is_in_the_chart_and_twins_mirror_each_other() -> None:
    chart = uv()
    assert chart.min() > 0.0
    assert chart.max() < 1.0
    twin = chart[template().mirror[: at.SURFACE_COUNT]]
    assert chart[:, 0] == pytest.approx(1 - twin[:, 0], abs=1e-3)
    assert chart[:, 1] == pytest.approx(twin[:, 1], abs=1e-3)
    # The wearer's right on the left, the forehead above.
    assert chart[at.RIGHT_EYE_OUTER, 0] < 0.5 < chart[at.LEFT_EYE_OUTER, 0]
    assert chart[at.FOREHEAD_TOP, 1] < chart[at.NOSE_TIP, 1] < chart[at.CHIN, 1]


def test_no_triangle_of_the_chart_is_folded_or_lies_across_eyes_or_mouth() -> None:
    a, b, c = (uv()[triangles()[:, k]].astype(np.float64) for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (c - a)[:, 0] * (b - a)[:, 1]
    # Where skin folds under (nostrils, the lips' corners) a few may.
    assert (area < 0).mean() > 0.97
    holes = [set(hole.tolist()) for hole in (at.RIGHT_EYE, at.LEFT_EYE, at.LIPS_INNER)]
    assert not any(set(row) <= hole for row in triangles().tolist() for hole in holes)


def test_millimetres() -> None:
    x, y = grid_mm()
    assert x.shape == y.shape == (SIZE, SIZE)
    eyes = place_mm(at.LEFT_EYE_OUTER) - place_mm(at.RIGHT_EYE_OUTER)
    assert 80 < eyes[0] < 125  # along the skin, not across
    assert place_mm(at.NASION) == pytest.approx((0, 0), abs=1.5)
    eye = depth_mm(inside(at.RIGHT_EYE))
    assert 3 < eye.max() < 9
    assert eye[0, 0] < -40
