"""Points and sizes as they are found on frames whose numbers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.frame_meshes import NAMES, declared, frame_mesh
from tryon.catalogue.adjustment import PointName
from tryon.catalogue.frame_places import anatomy, found_points, frame_sizes
from tryon.render.mesh import Mesh, Part


@pytest.mark.parametrize("name", NAMES)
def test_sizes_are_those_that_the_frame_was_made_with(name: str) -> None:
    mesh, truth = frame_mesh(name), declared(name)
    found = frame_sizes(mesh.positions_mm, anatomy(mesh))
    assert found["total_width_mm"] == pytest.approx(truth["total_width_mm"], abs=0.5)
    # Lenses reach into their rims.
    assert found["lens_width_mm"] == pytest.approx(truth["lens_width_mm"], abs=1.5)
    assert found["bridge_mm"] == pytest.approx(truth["bridge_mm"], abs=1.5)
    # Printed from the screw along the bend: a fiftieth is what a mesh does not tell.
    assert found["temple_length_mm"] == pytest.approx(truth["temple_length_mm"], rel=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_points_lie_where_the_frame_has_them(name: str) -> None:
    mesh = frame_mesh(name)
    points = found_points(mesh.positions_mm, anatomy(mesh))
    assert np.linalg.norm(points["nose"]) < 9, "product space has its origin at the bridge"
    pairs: tuple[tuple[PointName, PointName], ...] = (
        ("left_hinge", "right_hinge"),
        ("left_lens", "right_lens"),
    )
    for one, other in pairs:
        assert points[one] == pytest.approx((-points[other][0], *points[other][1:]), abs=0.05)
        assert points[one][0] > 0
    assert points["left_hinge"][0] > points["left_lens"][0] + 20
    assert -15 < points["left_hinge"][2] < 0


def test_a_frame_in_one_piece_has_hinges_too() -> None:
    mesh = frame_mesh(NAMES[0])
    one = replace(mesh, parts=(Part("all", 0, len(mesh.triangles)),))
    frame = anatomy(one)
    assert not frame.named
    points, named = (found_points(m.positions_mm, anatomy(m)) for m in (one, mesh))
    assert np.abs(np.array(points["left_hinge"]) - np.array(named["left_hinge"])).max() < 12
    length = frame_sizes(one.positions_mm, frame)["temple_length_mm"]
    assert length == pytest.approx(frame_sizes(mesh.positions_mm, anatomy(mesh))["temple_length_mm"], abs=14)


def test_what_a_frame_lacks_is_not_told() -> None:
    mesh = frame_mesh(NAMES[0])
    solid = replace(
        mesh, materials=tuple(replace(m, transmission=0.0, alpha_mode="OPAQUE") for m in mesh.materials)
    )
    sizes = frame_sizes(solid.positions_mm, anatomy(solid))
    assert set(sizes) == {"total_width_mm", "temple_length_mm"}
    folded = _without_temples(mesh)
    assert "temple_length_mm" not in frame_sizes(folded.positions_mm, anatomy(folded))
    assert set(found_points(folded.positions_mm, anatomy(folded))) == {"nose", "left_lens", "right_lens"}


def _without_temples(mesh: Mesh) -> Mesh:
    front = [part for part in mesh.parts if not part.name.startswith("temple")]
    rows = np.concatenate(
        [np.arange(part.first_triangle, part.first_triangle + part.triangle_count) for part in front]
    )
    return replace(
        mesh,
        triangles=np.ascontiguousarray(mesh.triangles[rows]),
        triangle_material=mesh.triangle_material[rows],
        parts=(Part("front", 0, len(rows)),),
    )
