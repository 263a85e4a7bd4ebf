"""Which way u runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.render.material import Mapping, Material, Texture
from tryon.render.mesh import Mesh, Part
from tryon.render.tangents import tangents_of

BUMPS = Texture(np.full((2, 2, 4), 128, np.uint8), srgb=False)


def sheet(uvs: list[list[float]], texture: Texture = BUMPS) -> Mesh:
    """A square that faces +z, corners counter-clockwise from the lower left."""
    return Mesh(
        positions_mm=np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]], np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        uvs=np.array(uvs, np.float32),
        triangles=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        triangle_material=np.zeros(2, np.int16),
        materials=(Material(normal_texture=texture),),
        parts=(Part("sheet", 0, 2),),
    )


# glTF's v runs down the picture.
UPRIGHT = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
MIRRORED = [[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
TURNED = [[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("uvs", "expected"),
    [(UPRIGHT, (1, 0, 0, 1)), (MIRRORED, (-1, 0, 0, -1)), (TURNED, (0, -1, 0, 1))],
)
def test_tangents_follow_u_and_the_sign_follows_v(uvs: list[list[float]], expected: tuple[int, ...]) -> None:
    assert tangents_of(sheet(uvs)) == pytest.approx(np.tile(expected, (4, 1)), abs=1e-6)


def test_a_turned_mapping_turns_them() -> None:
    turned = replace(BUMPS, mapping=Mapping(rotation=float(np.pi / 2)))
    tangents = tangents_of(sheet(UPRIGHT, turned))
    # u of the picture is v of the mesh, which runs down.
    assert tangents == pytest.approx(np.tile((0, -1, 0, 1), (4, 1)), abs=1e-6)


def test_meshes_without_a_picture_of_normals_have_none() -> None:
    plain = replace(sheet(UPRIGHT), materials=(Material(),))
    assert tangents_of(plain).shape == (0, 4)


def test_given_tangents_are_kept() -> None:
    own = np.tile(np.array([0, 1, 0, -1], np.float32), (4, 1))
    assert np.array_equal(tangents_of(replace(sheet(UPRIGHT), tangents=own)), own)


def test_vertices_without_coordinates_get_some_unit_tangent() -> None:
    tangents = tangents_of(sheet([[0.5, 0.5]] * 4))
    assert np.linalg.norm(tangents[:, :3], axis=1) == pytest.approx(np.ones(4))
    assert tangents[:, 2] == pytest.approx(np.zeros(4), abs=1e-6)
