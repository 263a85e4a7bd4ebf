"""The mesh value: checks at the border, transforms, concatenation, mip levels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.frame import F64
from tryon.render.material import Material, Texture, linear_to_srgb, srgb_to_linear
from tryon.render.mesh import Mesh, Part, concatenate


def tetrahedron(material: Material | None = None, name: str = "body") -> Mesh:
    """Four triangles, counter-clockwise from outside, edge about 28 mm, centred."""
    corners = np.array([[10, 10, 10], [10, -10, -10], [-10, 10, -10], [-10, -10, 10]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]], np.int32)
    return Mesh(
        positions_mm=corners,
        normals=(corners / np.linalg.norm(corners, axis=1, keepdims=True)).astype(np.float32),
        uvs=np.zeros((4, 2), np.float32),
        triangles=triangles,
        triangle_material=np.zeros(4, np.int16),
        materials=(material or Material(),),
        parts=(Part(name, 0, 4),),
    )


def volume(mesh: Mesh) -> float:
    """Signed volume in cubic millimetres: positive when the triangles look outwards."""
    a, b, c = (mesh.positions_mm[mesh.triangles[:, k]].astype(float) for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("positions_mm", np.zeros((4, 3), np.float64), "positions_mm is"),
        ("positions_mm", np.full((4, 3), np.nan, np.float32), "not finite"),
        ("normals", np.zeros((4, 3), np.float32), "unit length"),
        ("uvs", np.zeros((3, 2), np.float32), "uvs is"),
        ("triangles", np.array([[0, 1, 4]] * 4, np.int32), "outside 0..3"),
        ("triangles", np.array([[0, 1, -1]] * 4, np.int32), "outside 0..3"),
        ("triangles", np.zeros((0, 3), np.int32), "triangle_material is"),
        ("triangle_material", np.ones(4, np.int16), "material outside"),
        ("parts", (Part("body", 0, 3),), "cover 3 of 4"),
        ("parts", (Part("body", 1, 4),), "starts at 1"),
        ("colors", np.zeros((4, 3), np.float32), "colors is"),
        ("positions_mm", np.zeros((3, 4), np.float32).T, "C-contiguous"),
    ],
)
def test_a_bad_array_is_refused_with_the_field_named(field: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(tetrahedron(), **{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("roughness", 1.1),
        ("metallic", -0.1),
        ("transmission", float("nan")),
        ("base_color", (1.0, 1.0, 1.0)),
        ("tint", (1.0, 2.0, 1.0)),
        ("emissive", (-1.0, 0.0, 0.0)),
        ("ior", 0.5),
    ],
)
def test_a_bad_material_is_refused_with_the_field_named(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Material(**{field: value})


def test_transparent_is_what_shows_the_background() -> None:
    assert not Material().transparent
    assert not Material(alpha_mode="MASK", base_color=(1, 1, 1, 0.2)).transparent
    assert Material(transmission=0.9).transparent
    assert Material(alpha_mode="BLEND", base_color=(1, 1, 1, 0.2)).transparent


def rotation(angle: float) -> F64:
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return matrix


@given(angle=st.floats(-3.2, 3.2), mirrored=st.booleans(), scale=st.floats(0.1, 10))
def test_a_transform_keeps_the_outside_outside(angle: float, mirrored: bool, scale: float) -> None:
    matrix = rotation(angle) @ np.diag([-scale if mirrored else scale, scale, 2 * scale, 1.0])
    matrix[:3, 3] = (3, -2, 100)
    moved = tetrahedron().transformed(matrix)
    assert volume(moved) == pytest.approx(volume(tetrahedron()) * 2 * scale**3, rel=1e-3)
    centre = moved.positions_mm.mean(axis=0)
    assert (np.einsum("ij,ij->i", moved.normals, moved.positions_mm - centre) > 0).all()


@pytest.mark.parametrize("matrix", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan)])
def test_a_transform_that_is_none_is_refused(matrix: F64) -> None:
    with pytest.raises(ValueError, match="transform"):
        tetrahedron().transformed(matrix)


def test_concatenation_keeps_parts_materials_and_colours() -> None:
    shared, other = Material("shared"), Material("other")
    second = replace(tetrahedron(other, "b"), colors=np.full((4, 4), 0.5, np.float32))
    whole = concatenate([tetrahedron(shared, "a"), second, tetrahedron(shared, "c")])
    assert [m.name for m in whole.materials] == ["shared", "other"]
    assert [(p.name, p.first_triangle) for p in whole.parts] == [("a", 0), ("b", 4), ("c", 8)]
    assert whole.triangle_material.tolist() == [0] * 4 + [1] * 4 + [0] * 4
    assert whole.colors is not None
    assert whole.colors[:, 0].tolist() == [1.0] * 4 + [0.5] * 4 + [1.0] * 4
    assert whole.part_triangles("b").min() == 4
    assert whole.part_triangles("b").max() == 7
    with pytest.raises(KeyError, match="a, b, c"):
        whole.part("d")
    with pytest.raises(ValueError, match="nothing"):
        concatenate([])


def test_bounds_count_used_vertices_only() -> None:
    mesh = tetrahedron()
    lonely = np.vstack([mesh.positions_mm, [[1000, 0, 0]]]).astype(np.float32)
    grown = replace(
        mesh,
        positions_mm=lonely,
        normals=np.vstack([mesh.normals, [[1, 0, 0]]]).astype(np.float32),
        uvs=np.zeros((5, 2), np.float32),
    )
    low, high = grown.bounds_mm
    assert low.tolist() == [-10, -10, -10]
    assert high.tolist() == [10, 10, 10]
    assert grown.size_mm.tolist() == [20, 20, 20]


def test_mip_levels_average_in_linear_light() -> None:
    checker = np.zeros((8, 6, 4), np.uint8)
    checker[(np.indices((8, 6)).sum(axis=0) % 2) == 0] = 255
    texture = Texture(checker, srgb=True)
    assert [mip.shape[:2] for mip in texture.mips] == [(4, 3), (2, 1)]
    # Half the light is code 188, not 128, where the transfer curve applies; alpha carries none.
    assert np.unique(texture.mips[0][..., :3]).tolist() == [188]
    assert np.unique(texture.mips[0][..., 3]).tolist() == [128]
    assert np.unique(Texture(checker, srgb=False).mips[0]).tolist() == [128]


@pytest.mark.parametrize("rgba", [np.zeros((2, 2, 3), np.uint8), np.zeros((0, 2, 4), np.uint8)])
def test_a_texture_of_another_shape_is_refused(rgba: Any) -> None:
    with pytest.raises(ValueError, match="a texture is"):
        Texture(rgba, srgb=True)


def test_the_transfer_curves_are_inverse() -> None:
    codes = np.linspace(0, 1, 256, dtype=np.float32)
    assert np.allclose(linear_to_srgb(srgb_to_linear(codes)), codes, atol=1e-6)
    assert srgb_to_linear(codes)[188] == pytest.approx(0.503, abs=0.002)
