"""The face laid out flat: every cell is a place of the mesh, and both halves are alike."""

from __future__ import annotations

import numpy as np

from tryon.geometry.head import template
from tryon.overlays.cells import SIDE, cells
from tryon.perception import landmarks as at


def test_a_cell_is_a_place_within_its_triangle() -> None:
    grid = cells()
    there = grid.corners[..., 0] >= 0
    assert there.mean() > 0.6
    assert grid.corners[there].max() < at.SURFACE_COUNT
    shares = grid.shares[there]
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    assert shares.min() > -1e-5


def test_columns_go_across_and_rows_down() -> None:
    grid = cells()
    there = grid.corners[..., 0] >= 0
    places = (template().points_mm[grid.corners[there]] * grid.shares[there][..., None]).sum(axis=1)
    rows, columns = np.nonzero(there)
    assert np.corrcoef(columns, places[:, 0])[0, 1] > 0.95
    assert np.corrcoef(rows, places[:, 1])[0, 1] < -0.99
    # The mean head is symmetric, and so is its grid, but for cells that lie on an edge of two triangles.
    assert np.abs(places[:, 0][columns == SIDE // 2]).max() < 3.0


def test_normals_point_outwards() -> None:
    grid = cells()
    there = grid.corners[..., 0] >= 0
    assert (grid.normals[there][:, 2] > 0).mean() > 0.9
    left = grid.normals[:, SIDE - 12][there[:, SIDE - 12]]
    assert (left[:, 0] > 0.5).all()


def test_what_opens_and_closes_tells_nothing() -> None:
    grid = cells()
    between = np.zeros(grid.told.shape, bool)
    for contour in (at.LIPS_INNER, at.LEFT_EYE, at.RIGHT_EYE):
        between |= np.isin(grid.corners, contour).all(axis=2)
    assert between.sum() > 50
    assert not grid.told[between].any()
    assert grid.told[(grid.corners[..., 0] >= 0) & ~between].all()


def test_a_jaw_is_the_lips_and_what_is_beneath_them() -> None:
    grid = cells()
    points = (template().points_mm[grid.corners[grid.jaw]] * grid.shares[grid.jaw][..., None]).sum(axis=1)
    mean = template().points_mm
    outer = mean[at.LIPS_OUTER]
    assert outer[:, 1].max() - 3 < points[:, 1].max() < outer[:, 1].max() + 3
    assert points[:, 1].min() < mean[200, 1], "the chin"
    assert np.abs(points[:, 0]).max() < np.abs(outer[:, 0]).max() + 12
    columns = np.nonzero(grid.jaw)[1]
    assert abs(columns.mean() - (SIDE - 1) / 2) < 1
