"""Meshes laid out for the kernels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.film import coating
from tryon.render.material import Mapping, Material, Texture
from tryon.render.mesh import Mesh, Part
from tryon.render.model import prepare

LENS = Material("lens", transmission=0.9, tint=(0.2, 0.4, 0.6))


def mesh(materials: tuple[Material, ...], of_triangle: tuple[int, ...], colors: F32 | None = None) -> Mesh:
    """One triangle after another, each with three vertices of its own."""
    count = len(of_triangle)
    positions = np.random.default_rng(count).normal(0, 10, (3 * count, 3)).astype(np.float32)
    return Mesh(
        positions_mm=positions,
        normals=np.tile(np.array([0, 0, 1], np.float32), (3 * count, 1)),
        uvs=np.arange(6 * count, dtype=np.float32).reshape(-1, 2),
        triangles=np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        triangle_material=np.array(of_triangle, np.int16),
        materials=materials,
        parts=(Part("all", 0, count),),
        colors=colors,
    )


def picture(width: int, height: int, code: int = 128) -> U8:
    return np.full((height, width, 4), code, np.uint8)


def row(material: Material) -> F32:
    return np.asarray(prepare(mesh((material,), (0,))).materials[0], np.float32)


def test_opaque_triangles_come_first_in_their_order() -> None:
    laid = prepare(mesh((LENS, Material("rim"), Material("film", alpha_mode="BLEND")), (0, 1, 2, 1, 0)))
    assert laid.triangle_count == 5
    assert laid.opaque_count == 2
    assert laid.triangles[:, 0].tolist() == [3, 9, 0, 6, 12]
    assert laid.triangles[:, 3].tolist() == [1, 1, 0, 2, 0]


def test_arrays_are_what_the_kernels_were_compiled_for() -> None:
    laid = prepare(mesh((LENS, Material()), (0, 1)))
    for array, dtype in (
        (laid.positions_mm, np.float32),
        (laid.normals, np.float32),
        (laid.attributes, np.float32),
        (laid.materials, np.float32),
        (laid.texels, np.uint16),
        (laid.triangles, np.int32),
        (laid.cull, np.int32),
        (laid.levels, np.int32),
        (laid.uses, np.float32),
        (laid.films, np.float32),
        (laid.tangents, np.float32),
    ):
        assert array.dtype == dtype
        assert array.flags.c_contiguous


def test_attributes_are_texture_coordinates_and_colours() -> None:
    colors = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    assert np.array_equal(prepare(mesh((LENS,), (0,), colors)).attributes[:, 2:], colors)
    white = prepare(mesh((LENS,), (0,))).attributes
    assert (white[:, 2:] == 1).all()
    assert white[:, :2].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_only_single_sided_materials_are_culled() -> None:
    assert prepare(mesh((Material(), Material(double_sided=True)), (0, 1))).cull.tolist() == [1, 0]


def test_a_materials_row() -> None:
    numbers = row(
        Material(
            base_color=(0.1, 0.2, 0.3, 0.4), metallic=0.5, roughness=0.6, transmission=0.7, tint=(0.8, 0.9, 1.0),
            clearcoat=0.11, clearcoat_roughness=0.12, emissive=(2.0, 3.0, 4.0), unlit=True,
        )
    )  # fmt: skip
    assert len(numbers) == col.COLUMNS
    assert numbers[: col.TEXTURES].tolist() == pytest.approx(
        [
            0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.04, 0.04, 0.04, 0.11, 0.12, 2, 3, 4, 1, 0, 1, -1, 0,
            1, 1, 0,
        ]
    )  # fmt: skip
    assert (numbers[col.TEXTURES :] == -1).all()


@pytest.mark.parametrize(
    ("ior", "specular", "reflects"), [(1.5, 1.0, 0.04), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (2.0, 0.5, 1 / 18)]
)
def test_reflection_at_normal_incidence(ior: float, specular: float, reflects: float) -> None:
    assert row(Material(ior=ior, specular=specular))[col.F0] == pytest.approx(reflects)


@pytest.mark.parametrize(("mode", "cutoff"), [("OPAQUE", 0.0), ("MASK", 0.3), ("BLEND", 0.0)])
def test_only_masks_cut_off(mode: str, cutoff: float) -> None:
    assert row(Material(alpha_mode=mode, alpha_cutoff=0.3))[col.CUTOFF] == pytest.approx(cutoff)  # type: ignore[arg-type]


def test_a_film_has_a_table_of_its_own() -> None:
    laid = prepare(mesh((Material(), Material(film=coating((0.1, 0.2, 0.3)))), (0, 1)))
    assert laid.materials[:, col.FILM].tolist() == [-1, 0]
    assert laid.films[0, :, -1].tolist() == pytest.approx(np.array([[0.1, 0.2, 0.3]] * len(laid.films[0])))


def test_the_second_coordinates_travel_only_where_a_picture_uses_them() -> None:
    one = replace(mesh((Material(),), (0,)), second_uvs=np.full((3, 2), 0.25, np.float32))
    assert prepare(one).attributes.shape == (3, 6)
    picture_there = Texture(picture(2, 2), srgb=True, mapping=Mapping(uv_set=1))
    other = replace(one, materials=(Material(base_texture=picture_there),))
    assert prepare(other).attributes[:, 6:].tolist() == [[0.25, 0.25]] * 3
    assert prepare(replace(other, second_uvs=None)).attributes[:, 6:].tolist() == other.uvs.tolist()
