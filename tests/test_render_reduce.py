"""Vertex clustering: fewer triangles, the same picture."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.catalogue.house_range import frames
from tryon.catalogue.parametric import build_frame
from tryon.frame import U8
from tryon.overlays.eyewear import COARSE_BELOW, COARSE_FROM, COARSE_MM, Eyewear
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.model import Model, prepare
from tryon.render.reduce import clustered


@pytest.fixture(scope="module")
def dense() -> Model:
    """A product of some 100,000 triangles."""
    return prepare(build_frame(frames()["meridian-gunmetal"][2], 3.2))


def test_a_cell_holds_one_vertex_of_each_material_and_side(dense: Model) -> None:
    thin = clustered(dense, COARSE_MM)
    assert thin.triangle_count < 0.75 * dense.triangle_count
    assert 0 < thin.opaque_count < thin.triangle_count
    assert set(np.unique(thin.triangles[:, 3])) == set(np.unique(dense.triangles[:, 3]))
    assert np.array_equal(
        np.unique(thin.triangles[: thin.opaque_count, 3]), np.unique(dense.triangles[: dense.opaque_count, 3])
    )


def test_no_vertex_moves_further_than_its_cell_and_normals_stay_unit(dense: Model) -> None:
    thin = clustered(dense, COARSE_MM)
    for corner in (np.min, np.max):
        moved = corner(dense.positions_mm, axis=0) - corner(thin.positions_mm, axis=0)
        assert np.abs(moved).max() <= COARSE_MM
    assert np.allclose(np.linalg.norm(thin.normals, axis=1), 1.0, atol=0.02)


def test_no_triangle_is_left_with_two_corners_in_one_place(dense: Model) -> None:
    corners = clustered(dense, 1.0).triangles[:, :3]
    assert (corners[:, 0] != corners[:, 1]).all()
    assert (corners[:, 1] != corners[:, 2]).all()
    assert (corners[:, 2] != corners[:, 0]).all()


def test_a_cell_smaller_than_every_edge_changes_no_triangle() -> None:
    model = prepare(build_frame(frames()["harbour-black"][2], 1.0))
    same = clustered(model, 1e-3)
    assert same.triangle_count == model.triangle_count
    assert same.opaque_count == model.opaque_count


def _drawn(model: Model, px_per_mm: float) -> U8:
    bgr = np.full((300, 480, 3), 150, np.uint8)
    placed = np.diag([1.0, -1.0, -1.0, 1.0])
    placed[2, 3] = 600.0
    Rasteriser().draw(bgr, model, placed, View(600.0 * px_per_mm, 240.0, 150.0), Light((0.8, 0.8, 0.8)))
    return bgr


def test_the_picture_is_the_same_where_it_is_used(dense: Model) -> None:
    before, after = (_drawn(model, COARSE_BELOW) for model in (dense, clustered(dense, COARSE_MM)))
    difference = np.abs(before.astype(int) - after.astype(int)).max(axis=2)
    product = (before != 150).any(axis=2)
    assert product.sum() > 5000
    assert difference[product].mean() < 4.0
    assert (difference[product] > 40).mean() < 0.03


def test_only_products_of_many_triangles_are_thinned() -> None:
    light = Eyewear.from_mesh(build_frame(frames()["harbour-black"][2], 1.0))
    assert light.coarse is light.model
    heavy = Eyewear.from_mesh(build_frame(frames()["harbour-black"][2], 2.2))
    assert heavy.model.triangle_count > COARSE_FROM
    assert heavy.coarse.triangle_count < heavy.model.triangle_count
