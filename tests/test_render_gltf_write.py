"""The GLB writer: what it writes is read back, and the bytes are always the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.render.film import coating, thin_film
from tryon.render.gltf import load_glb
from tryon.render.gltf_limits import FILE_MAX_BYTES, TEXTURE_KEPT_SIDE_PX
from tryon.render.gltf_write import write_glb
from tryon.render.material import TEXTURE_SLOTS, Film, Mapping, Material, Texture
from tryon.render.mesh import Mesh, Part, concatenate

PICTURE = np.random.default_rng(1).integers(0, 256, (8, 6, 4), np.uint8)
MOVED = Mapping(1, (0.25, -0.5), 0.75, (3.0, -1.0))
COLOURS = ("base_texture", "emissive_texture", "specular_color_texture")
# Every picture that a material can have, each moved, wrapped and mapped in a way of its own.
PICTURES = {
    slot: Texture(
        np.ascontiguousarray(np.roll(PICTURE, number, axis=0)),
        srgb=slot in COLOURS,
        wrap=("CLAMP", "MIRROR") if number % 2 else ("REPEAT", "CLAMP"),
        mapping=MOVED if number % 3 else Mapping(scale=(2.0, 2.0)),
    )
    for number, slot in enumerate(TEXTURE_SLOTS)
}
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
    "all pictures": Material(
        "all pictures",
        occlusion_strength=0.5,
        emissive=(0.5, 0.25, 0.0),
        transmission=0.5,
        clearcoat=0.5,
        specular_color=(0.5, 1.0, 2.0),
        film=thin_film(1.33, 100.0, 380.0, (0.04, 0.04, 0.04), 0.75),
        **PICTURES,  # type: ignore[arg-type]
    ),
    # As a pair of sunglasses does it: the surface itself reflects nothing, its film does.
    "mirror": Material(
        "mirror", transmission=1.0, ior=1.0, film=thin_film(1.45, 100.0, 400.0, (0.0, 0.0, 0.0))
    ),
}


def strip(material: Material, name: str, offset_mm: float) -> Mesh:
    positions = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [9, 9, 1]], np.float32)
    return Mesh(
        positions_mm=positions + np.float32(offset_mm),
        normals=np.array([[0, 0, 1]] * 4, np.float32),
        uvs=positions[:, :2] / np.float32(9),
        second_uvs=1 - positions[:, :2] / np.float32(4),
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
            assert (other.srgb, other.wrap, other.mapping) == (value.srgb, value.wrap, value.mapping)
        elif isinstance(value, Film):
            assert isinstance(other, Film)
            assert other.share == value.share
            assert np.allclose(other.reflectance, value.reflectance, atol=1e-6)
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


def test_what_pictures_need_of_vertices_is_read_back() -> None:
    tangents = np.array([[1, 0, 0, 1], [0.6, 0.8, 0, 1], [0, 1, 0, -1], [1, 0, 0, -1]], np.float32)
    mesh = replace(strip(MATERIALS["all pictures"], "a", 0), tangents=tangents)
    read = load_glb(write_glb(mesh))
    assert np.array_equal(read.uvs, mesh.uvs)
    assert read.second_uvs is not None
    assert mesh.second_uvs is not None
    assert np.array_equal(read.second_uvs, mesh.second_uvs)
    assert read.tangents is not None
    assert np.allclose(read.tangents, tangents)


def test_pixels_that_several_pictures_share_are_written_once() -> None:
    base = Texture(PICTURE, srgb=True)
    moved = replace(base, mapping=MOVED, wrap=("CLAMP", "CLAMP"))
    one = len(write_glb(strip(Material(base_texture=base), "a", 0)))
    two = len(write_glb(strip(Material(base_texture=base, emissive_texture=moved), "a", 0)))
    assert two - one < len(PICTURE.tobytes()) + 600, "coordinates, words, no second picture"


def test_photographs_leave_room_for_the_file_to_be_read_again() -> None:
    side = TEXTURE_KEPT_SIDE_PX
    noise = np.random.default_rng(2).normal(128, 12, (3, side, side, 4)).clip(0, 255).astype(np.uint8)
    noise[:2, ..., 3] = 255
    pictures = [Texture(np.ascontiguousarray(one), srgb=True) for one in noise]
    material = Material(
        base_texture=pictures[2], emissive_texture=pictures[0], emissive=(1.0, 1.0, 1.0), alpha_mode="BLEND"
    )
    data = write_glb(strip(replace(material, specular_color_texture=pictures[1]), "a", 0))
    # As PNG these three alone have ten megabytes.
    assert len(data) < FILE_MAX_BYTES / 2
    (read,) = load_glb(data).materials
    assert read.base_texture is not None
    assert np.array_equal(read.base_texture.rgba, noise[2]), "what has alpha is kept exactly"
    assert read.emissive_texture is not None
    off = np.abs(read.emissive_texture.rgba.astype(int) - noise[0])
    assert off.mean() < 3, "codes, of a picture that is nothing but noise"


def test_a_coating_that_gltf_has_no_words_for_is_left_out() -> None:
    (read,) = load_glb(write_glb(strip(Material("m", film=coating((0.1, 0.1, 0.1))), "a", 0))).materials
    assert read.film is None


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
