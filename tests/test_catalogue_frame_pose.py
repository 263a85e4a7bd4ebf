"""How a frame lies in its file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.frame_meshes import NAMES, frame_mesh
from tryon.catalogue.frame_pose import LEVEL_DEG, levelled, turned
from tryon.errors import BadAsset
from tryon.render.mesh import Mesh


@pytest.fixture(scope="module", params=NAMES)
def frame(request: pytest.FixtureRequest) -> Mesh:
    return frame_mesh(request.param)


def about(mesh: Mesh, axis: int, degrees: float) -> Mesh:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = ((1, 2), (2, 0), (0, 1))[axis]
    matrix = np.eye(4)
    matrix[first, first] = matrix[second, second] = cosine
    matrix[first, second], matrix[second, first] = -sine, sine
    return mesh.transformed(matrix)


def with_temples(mesh: Mesh, points: str, shift_mm: float) -> Mesh:
    """Temples moved down (``whole``), or their bends made straight (``tips``)."""
    moved = mesh.positions_mm.copy()
    for part in mesh.parts:
        if part.name.startswith("temple"):
            own = np.unique(mesh.part_triangles(part.name))
            if points == "whole":
                moved[own, 1] += np.float32(shift_mm)
            else:
                bent = own[moved[own, 2] < -75.0]
                middle = float(np.median(moved[own[moved[own, 2] > -60.0], 1]))
                moved[bent, 1] = np.clip(moved[bent, 1], middle - 2, middle + 2)
    return replace(mesh, positions_mm=moved)


@pytest.mark.parametrize("degrees", [-40.0, -20.0, 20.0, 45.0])
def test_a_frame_that_lies_askew_is_turned_level(frame: Mesh, degrees: float) -> None:
    notes: list[str] = []
    result = levelled(turned(about(frame, 0, degrees), notes), notes)
    assert "turned level" in notes[-1]
    assert np.abs(result.positions_mm - frame.positions_mm).max() < 3.0


def test_how_a_front_leans_is_its_maker_s(frame: Mesh) -> None:
    notes: list[str] = []
    leaning = about(frame, 0, LEVEL_DEG - 3.0)
    assert levelled(turned(leaning, notes), notes) is leaning
    assert notes == []


def test_temples_from_below_the_middle_do_not_turn_a_frame_over(frame: Mesh) -> None:
    dropped = with_temples(frame, "whole", -26.0)
    notes: list[str] = []
    assert turned(dropped, notes) is dropped
    assert turned(about(dropped, 2, 180.0), notes).positions_mm == pytest.approx(
        dropped.positions_mm, abs=1e-3
    )


def test_straight_temples_tell_by_where_they_leave_the_front(frame: Mesh) -> None:
    straight = with_temples(frame, "tips", 0.0)
    notes: list[str] = []
    assert turned(straight, notes) is straight
    assert turned(about(straight, 2, 180.0), notes).positions_mm == pytest.approx(
        straight.positions_mm, abs=1e-3
    )


@pytest.mark.parametrize("degrees", [20.0, 45.0, -30.0])
def test_a_frame_that_looks_aside_is_refused(frame: Mesh, degrees: float) -> None:
    with pytest.raises(BadAsset, match="two sides are not alike"):
        turned(about(frame, 1, degrees), [])


def test_squares_that_are_cut_the_other_way_on_the_other_side_are_alike(frame: Mesh) -> None:
    """A file of few triangles: their middles alone do not mirror."""
    side = [[0.0, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]]
    box = np.array(side) * (1, 8, -140) + (68, 0, -5)
    positions = np.concatenate([box, box * (-1, 1, 1)]).astype(np.float32)
    temples = replace(
        frame,
        positions_mm=np.ascontiguousarray(np.concatenate([frame.positions_mm, positions])),
        normals=np.concatenate([frame.normals, np.tile(np.array((1, 0, 0), np.float32), (8, 1))]),
        uvs=np.concatenate([frame.uvs, np.zeros((8, 2), np.float32)]),
        triangles=np.array([[0, 1, 2], [0, 2, 3], [5, 6, 7], [5, 7, 4]], np.int32) + len(frame.positions_mm),
        triangle_material=np.zeros(4, np.int16),
        parts=(replace(frame.parts[0], first_triangle=0, triangle_count=4),),
        colors=None,
    )
    whole = replace(
        temples,
        triangles=np.concatenate([frame.triangles, temples.triangles]),
        triangle_material=np.concatenate([frame.triangle_material, temples.triangle_material]),
        parts=(replace(frame.parts[0], triangle_count=len(frame.triangles) + 4),),
    )
    assert turned(whole, []) is whole
