"""Meshes laid out for the kernels."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.mesh import Material, Mesh, Part, Texture
from tryon.render.model import TEXTURE_PX_MAX, prepare

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
        (laid.texels, np.float32),
        (laid.triangles, np.int32),
        (laid.cull, np.int32),
        (laid.textures, np.int32),
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
    assert numbers.tolist() == pytest.approx(
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.04, 0.11, 0.12, 2, 3, 4, -1, -1, 1, 0]
    )


@pytest.mark.parametrize(
    ("ior", "specular", "reflects"), [(1.5, 1.0, 0.04), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (2.0, 0.5, 1 / 18)]
)
def test_reflection_at_normal_incidence(ior: float, specular: float, reflects: float) -> None:
    assert row(Material(ior=ior, specular=specular))[col.F0] == pytest.approx(reflects)


@pytest.mark.parametrize(("mode", "cutoff"), [("OPAQUE", 0.0), ("MASK", 0.3), ("BLEND", 0.0)])
def test_only_masks_cut_off(mode: str, cutoff: float) -> None:
    assert row(Material(alpha_mode=mode, alpha_cutoff=0.3))[col.CUTOFF] == pytest.approx(cutoff)  # type: ignore[arg-type]


def test_textures_lie_one_after_another_and_one_that_two_share_lies_there_once() -> None:
    shared, other = Texture(picture(4, 2), srgb=True), Texture(picture(3, 5, 200), srgb=False)
    laid = prepare(
        mesh(
            (
                Material(base_texture=shared, metallic_roughness_texture=other),
                Material(base_texture=shared),
            ),
            (0, 1),
        )
    )
    assert laid.textures.tolist() == [[0, 4, 2], [8, 3, 5]]
    assert len(laid.texels) == 8 + 15
    assert laid.materials[:, col.BASE_TEXTURE].tolist() == [0, 0]
    assert laid.materials[:, col.SURFACE_TEXTURE].tolist() == [1, -1]


def test_colour_becomes_linear_and_data_and_alpha_stay() -> None:
    laid = prepare(
        mesh(
            (
                Material(
                    base_texture=Texture(picture(1, 1, 188), srgb=True),
                    metallic_roughness_texture=Texture(picture(1, 1, 188), srgb=False),
                ),
            ),
            (0,),
        )
    )
    assert laid.texels[0].tolist() == pytest.approx([0.5029, 0.5029, 0.5029, 188 / 255], abs=1e-3)
    assert laid.texels[1].tolist() == pytest.approx([188 / 255] * 4)


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((TEXTURE_PX_MAX, 8), (TEXTURE_PX_MAX, 8)),
        ((TEXTURE_PX_MAX * 2, 64), (TEXTURE_PX_MAX, 32)),
        ((8, TEXTURE_PX_MAX * 4), (2, TEXTURE_PX_MAX)),
        ((3, 2), (3, 2)),
    ],
)
def test_large_pictures_are_reduced(size: tuple[int, int], kept: tuple[int, int]) -> None:
    laid = prepare(mesh((Material(base_texture=Texture(picture(*size), srgb=False)),), (0,)))
    assert laid.textures[0].tolist() == [0, *kept]
    assert laid.texels.mean() == pytest.approx(128 / 255, abs=1e-3)
