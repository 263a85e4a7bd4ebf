"""Heights of a face: the outermost surface, exact on what is flat, nothing beside it."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.compiled import quick
from tryon.frame import F64
from tryon.geometry.head import template
from tryon.geometry.heights import BOTTOM_MM, CELL_MM, LEFT_MM, NOWHERE_MM, height_at, heights


@quick
def _look_up(field: F64, x_mm: float, y_mm: float) -> float:
    return height_at(field, x_mm, y_mm)


def test_a_tilted_plane_is_met_exactly_between_the_cells() -> None:
    points = template().points_mm.copy()
    points[:, 2] = 3.0 + 0.2 * points[:, 0] - 0.1 * points[:, 1]
    field = heights(points)
    for x, y in ((0.0, -10.0), (21.3, -33.7), (-40.2, 7.9)):
        assert _look_up(field, x, y) == pytest.approx(3.0 + 0.2 * x - 0.1 * y, abs=1e-9)


def test_the_nose_stands_out_of_the_mean_face_and_both_sides_agree() -> None:
    field = heights(template().points_mm)
    assert _look_up(field, 0.0, -40.0) > _look_up(field, 20.0, -40.0) + 10
    for x, y in ((12.0, -10.0), (30.0, -30.0), (50.0, 10.0)):
        assert _look_up(field, x, y) == pytest.approx(_look_up(field, -x, y), abs=0.05)


def test_every_landmark_lies_on_the_surface_or_under_it() -> None:
    points = template().points_mm
    field = heights(points)
    flat = points[[168, 6, 197, 50, 280, 105, 334]]
    for x, y, z in flat:
        assert _look_up(field, float(x), float(y)) == pytest.approx(z, abs=0.6)


def test_beside_the_face_there_is_nothing_and_beyond_the_map_its_edge_goes_on() -> None:
    field = heights(template().points_mm)
    assert field[0, 0] == NOWHERE_MM
    assert _look_up(field, LEFT_MM - 50, BOTTOM_MM - 50) == NOWHERE_MM
    top_mm = BOTTOM_MM + CELL_MM * (field.shape[0] - 1.001)
    assert _look_up(field, 0.0, 1e6) == pytest.approx(_look_up(field, 0.0, top_mm))
    assert np.isfinite(field).all()
