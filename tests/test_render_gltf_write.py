"""The GLB writer: what it writes is read back, and the bytes are always the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.render.gltf import load_glb
from tryon.render.gltf_write import write_glb
from tryon.render.material import Material, Texture
from tryon.render.mesh import Mesh, Part, concatenate

PICTURE = np.random.default_rng(1).integers(0, 256, (8, 6, 4), np.uint8)
MATERIALS = {
    "plain": Material("plain", (0.1, 0.2, 0.3, 1.0), tint=(0.1, 0.2, 0.3), metallic=1.0, roughness=0.25),
    "coated": Material("coated", clearcoat=0.5, clearcoat_roughness=0.125, specular=0.25, ior=1.49),
    "lens": Material("lens", (0.5, 0.5, 0.5, 1.0), transmission=0.9, tint=(0.25, 0.5, 0.125)),
    "bright": Material("bright", emissive=(2.0, 1.0, 0.0), double_sided=True, unlit=True),
    "cut out": Material("cut out", (1.0, 1.0, 1.0, 0.5), alpha_mode="MASK", alpha_cutoff=0.25),
    "veil": Material("veil", (1.0, 1.0, 1.0, 0.5), alpha_mode="BLEND"),
    "pictured": Material(
        "pictured",
        base_texture=Texture(PICTURE, srgb=True),
        metallic_roughness_texture=Texture(PICTURE[::-1].copy(), srgb=False),
        normal_texture=Texture(PICTURE[:, ::-1].copy(), srgb=False),
        normal_scale=0.5,
    ),
}


def strip(material: Material, name: str, offset_mm: float) -> Mesh:
    positions = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [9, 9, 1]], np.float32)
    return Mesh(
        positions_mm=positions + np.float32(offset_mm),
        normals=np.array([[0, 0, 1]] * 4, np.float32),
        uvs=positions[:, :2] / np.float32(9),
        triangles=np.array([[0, 1, 2], [2, 1, 3]], np.int32),
        triangle_material=np.zeros(2, np.int16),
        materials=(material,),
        parts=(Part(name, 0, 2),),
    )


@pytest.mark.parametrize("name", MATERIALS)
def test_a_material_is_read_back(name: str) -> None:
    material = MATERIALS[name]
    (read,) = load_glb(write_glb(strip(material, "part", 0))).materials
    for key, value in vars(material).items():
        other = getattr(read, key)
        if isinstance(value, Texture):
            assert isinstance(other, Texture)
            assert np.array_equal(other.rgba, value.rgba)
            assert other.srgb == value.srgb
        elif key == "tint" and not material.transparent:
            assert other == pytest.approx(material.base_color[:3])
        elif isinstance(value, float | tuple):
            assert other == pytest.approx(value, abs=1e-6), key
        else:
            assert other == value, key


def test_geometry_parts_and_colours_are_read_back() -> None:
    colored = replace(
        strip(MATERIALS["lens"], "b", 5), colors=np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    )
    mesh = concatenate([strip(MATERIALS["pictured"], "a", -5), colored])
    read = load_glb(write_glb(mesh))
    assert read.parts == mesh.parts
    assert np.allclose(read.positions_mm, mesh.positions_mm, atol=1e-5)
    assert np.array_equal(read.normals, mesh.normals)
    assert np.array_equal(read.triangles, mesh.triangles)
    assert np.array_equal(read.triangle_material, mesh.triangle_material)
    assert np.array_equal(read.uvs[:4], mesh.uvs[:4])
    assert read.colors is not None
    assert mesh.colors is not None
    assert np.array_equal(read.colors, mesh.colors)


def test_a_part_of_two_materials_stays_one_part() -> None:
    mesh = concatenate([strip(MATERIALS["plain"], "a", 0), strip(MATERIALS["veil"], "b", 1)])
    read = load_glb(write_glb(replace(mesh, parts=(Part("both", 0, 4),))))
    assert read.parts == (Part("both", 0, 4),)
    assert [material.name for material in read.materials] == ["plain", "veil"]


def test_more_than_65535_vertices_get_wide_indices() -> None:
    side = 300
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).reshape(-1)
    positions = np.column_stack((grid, np.zeros(len(grid)))).astype(np.float32)
    mesh = Mesh(
        positions_mm=positions,
        normals=np.tile(np.array([0, 0, 1], np.float32), (len(grid), 1)),
        uvs=np.zeros((len(grid), 2), np.float32),
        triangles=np.stack((corner, corner + 1, corner + side), axis=1).astype(np.int32),
        triangle_material=np.zeros(len(corner), np.int16),
        materials=(Material(),),
        parts=(Part("grid", 0, len(corner)),),
    )
    read = load_glb(write_glb(mesh))
    assert np.allclose(read.positions_mm[read.triangles], mesh.positions_mm[mesh.triangles], atol=1e-3)


def test_the_same_mesh_gives_the_same_bytes() -> None:
    first = write_glb(strip(MATERIALS["pictured"], "a", 0))
    assert first == write_glb(strip(MATERIALS["pictured"], "a", 0))
    assert len(first) % 4 == 0
