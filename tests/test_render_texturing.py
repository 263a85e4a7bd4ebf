"""Pictures on surfaces: where they lie, how they go on, at what size they are read, and what each of them changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.material import TEXTURE_SLOTS, Mapping, Material, Texture, Wrap
from tryon.render.pictures import TEXTURE_PX_MAX, Pool
from tryon.render.pixel import (
    COAT,
    COAT_ROUGHNESS,
    COUNT,
    F0_RGB,
    FILM_SHARE,
    FILM_THICKNESS,
    GLOW_RGB,
    INVERSE_Z,
    METALLIC,
    NORMAL,
    OCCLUSION,
    ROUGHNESS,
    TANGENT,
    TRANSMISSION,
)
from tryon.render.texturing import apply_textures, sample

GREY = np.full((2, 2, 4), 128, np.uint8)


def grid(codes: list[list[int]]) -> U8:
    return np.repeat(np.array(codes, np.uint8)[..., None], 4, axis=2)


def read(texture: Texture, u: float, v: float, px_per_mm: float = 1e6, uv_per_mm: float = 1.0) -> float:
    """Red at (u, v), in codes."""
    pool = Pool()
    use = pool.add(texture, (uv_per_mm, uv_per_mm))
    return sample(*pool.packed(), use, u, v, px_per_mm)[0] * 255


@pytest.mark.parametrize(
    ("u", "v", "expected"),
    [
        # glTF: (0, 0) is the upper left corner of the picture, u goes right and v goes down.
        (0.25, 0.25, 10),
        (0.75, 0.25, 20),
        (0.25, 0.75, 30),
        (0.75, 0.75, 40),
        (0.50, 0.25, 15),
        (0.25, 0.50, 20),
        (0.50, 0.50, 25),
        (0.00, 0.25, 15),  # half way to the neighbour on the other side: it repeats
        (1.25, 0.25, 10),
        (-0.25, 0.25, 20),
        (7.75, -3.25, 40),
        (1e6 + 0.25, 0.25, 10),
    ],
)
def test_textures_lie_as_gltf_says_and_repeat(u: float, v: float, expected: float) -> None:
    assert read(Texture(grid([[10, 20], [30, 40]]), srgb=False), u, v) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("way", "u", "expected"),
    [
        ("REPEAT", 1.25, 10), ("REPEAT", -0.25, 20), ("REPEAT", 2.75, 20),
        ("CLAMP", 1.25, 20), ("CLAMP", -0.25, 10), ("CLAMP", 57.0, 20), ("CLAMP", -57.0, 10),
        ("MIRROR", 1.25, 20), ("MIRROR", -0.25, 10), ("MIRROR", 1.75, 10), ("MIRROR", 2.25, 10),
    ],
)  # fmt: skip
def test_what_lies_beyond_the_edge(way: Wrap, u: float, expected: float) -> None:
    across = Texture(grid([[10, 20]]), srgb=False, wrap=(way, "REPEAT"))
    down = Texture(grid([[10], [20]]), srgb=False, wrap=("REPEAT", way))
    assert read(across, u, 0.5) == pytest.approx(expected, abs=0.1)
    assert read(down, 0.5, u) == pytest.approx(expected, abs=0.1)


def test_a_mapping_moves_turns_and_scales() -> None:
    picture = Texture(grid([[10, 20], [30, 40]]), srgb=False)
    moved = replace(picture, mapping=Mapping(offset=(0.5, 0.0)))
    assert read(moved, 0.25, 0.25) == pytest.approx(20, abs=0.1)
    scaled = replace(picture, mapping=Mapping(scale=(0.5, 0.5)))
    assert read(scaled, 0.5, 1.5) == pytest.approx(30, abs=0.1)
    # A quarter turn counter-clockwise on a page whose v runs down: (u, v) reads at (v, -u).
    turned = replace(picture, mapping=Mapping(rotation=float(np.pi / 2)))
    assert read(turned, 0.25, 0.75) == pytest.approx(40, abs=0.1)


def test_small_pictures_are_read_from_their_averages() -> None:
    checks = np.kron(np.indices((32, 32)).sum(axis=0) % 2, np.ones((1, 1))).astype(np.uint8) * 200
    texture = Texture(np.repeat(checks[..., None], 4, axis=2), srgb=False)
    # Seen large, a texel is itself; seen so that eight share a pixel, all are their mean, wherever one looks.
    assert read(texture, 1.5 / 32, 0.5 / 32, px_per_mm=100) == pytest.approx(200, abs=1)
    small = [read(texture, u, v, px_per_mm=4) for u in (0.11, 0.5, 0.77) for v in (0.2, 0.43)]
    assert np.ptp(small) < 1
    assert np.mean(small) == pytest.approx(100, abs=1)


def test_between_two_sizes_the_picture_changes_evenly() -> None:
    half = np.zeros((64, 64, 4), np.uint8)
    half[:, ::2] = 200
    texture = Texture(half, srgb=False)
    seen = [read(texture, 0.5 / 64, 0.5, px_per_mm=px) for px in np.geomspace(128, 16, 30)]
    assert seen[0] == pytest.approx(200, abs=1)
    assert seen[-1] == pytest.approx(100, abs=1)
    assert np.abs(np.diff(seen)).max() < 20


def pixel_after(slot: str, red: int, green: int, blue: int, alpha: int = 255, **numbers: float) -> F32:
    """A pixel of ones under a picture of one colour in that slot."""
    picture = np.tile(np.array([red, green, blue, alpha], np.uint8), (2, 2, 1))
    pool = Pool()
    row = np.zeros((1, col.COLUMNS), np.float32)
    row[0, col.TEXTURES :] = -1
    row[0, col.NORMAL_SCALE] = row[0, col.OCCLUSION_STRENGTH] = 1
    for name, value in numbers.items():
        row[0, getattr(col, name)] = value
    texture = Texture(picture, srgb=False)
    row[0, col.TEXTURES + TEXTURE_SLOTS.index(slot)] = pool.add(texture, (0.0, 0.0))
    out: F32 = np.ones(COUNT, np.float32)
    out[NORMAL : NORMAL + 3] = 0, 0, -1
    out[TANGENT : TANGENT + 4] = 1, 0, 0, 1
    out[INVERSE_Z] = 1 / 500
    apply_textures(row, *pool.packed(), 0, (0.3, 0.4, 0.5, 0.6), 1.0, 500.0, out)
    return out


@pytest.mark.parametrize(
    ("slot", "changed"),
    [
        ("base_texture", {3: 0.2, 4: 0.4, 5: 0.6, 6: 0.8}),
        ("metallic_roughness_texture", {ROUGHNESS: 0.4, METALLIC: 0.6}),
        ("occlusion_texture", {OCCLUSION: 0.2}),
        ("emissive_texture", {GLOW_RGB: 0.2, GLOW_RGB + 1: 0.4, GLOW_RGB + 2: 0.6}),
        ("transmission_texture", {TRANSMISSION: 0.2}),
        ("clearcoat_texture", {COAT: 0.2}),
        ("clearcoat_roughness_texture", {COAT_ROUGHNESS: 0.4}),
        ("specular_texture", {F0_RGB: 0.8, F0_RGB + 1: 0.8, F0_RGB + 2: 0.8}),
        ("specular_color_texture", {F0_RGB: 0.2, F0_RGB + 1: 0.4, F0_RGB + 2: 0.6}),
        ("film_texture", {FILM_SHARE: 0.2}),
        ("film_thickness_texture", {FILM_THICKNESS: 0.4}),
    ],
)
def test_each_picture_changes_its_own_numbers(slot: str, changed: dict[int, float]) -> None:
    out = pixel_after(slot, 51, 102, 153, 204)
    wanted = np.ones(COUNT)
    wanted[NORMAL : NORMAL + 3] = 0, 0, -1
    wanted[TANGENT : TANGENT + 4] = 1, 0, 0, 1
    wanted[INVERSE_Z] = 1 / 500
    for place, value in changed.items():
        wanted[place] = value
    assert out == pytest.approx(wanted, abs=1e-3)


def test_every_slot_of_a_material_is_read() -> None:
    assert len(TEXTURE_SLOTS) == 12
    assert all(getattr(Material(), slot) is None for slot in TEXTURE_SLOTS)


@pytest.mark.parametrize(
    ("red", "green", "leans"),
    # The camera looks along +z at a surface whose tangent is +x: red leans the normal to +x, green to normal × tangent.
    [(128, 128, (0, 0, -1)), (218, 128, (0.707, 0, -0.707)), (128, 218, (0, -0.707, -0.707))],
)
def test_a_picture_of_normals_leans_the_normal(red: int, green: int, leans: tuple[float, ...]) -> None:
    blue = 255 if red == green else 218
    normal = pixel_after("normal_texture", red, green, blue)[NORMAL : NORMAL + 3]
    assert normal / np.linalg.norm(normal) == pytest.approx(leans, abs=0.02)


def test_the_strength_of_normals_and_of_occlusion() -> None:
    flat = pixel_after("normal_texture", 218, 128, 218, NORMAL_SCALE=0.0)[NORMAL : NORMAL + 3]
    assert flat / np.linalg.norm(flat) == pytest.approx((0, 0, -1), abs=0.01)
    assert pixel_after("occlusion_texture", 51, 0, 0, OCCLUSION_STRENGTH=0.5)[OCCLUSION] == pytest.approx(0.6)


def test_a_picture_that_two_share_lies_there_once_and_each_use_is_its_own() -> None:
    picture = Texture(GREY, srgb=False)
    pool = Pool()
    other = replace(picture, wrap=("CLAMP", "CLAMP"))
    assert [pool.add(t, (1.0, 1.0)) for t in (picture, other, picture, None)] == [0, 1, 0, -1]
    texels, levels, uses = pool.packed()
    assert len(texels) == 4 + 1
    assert levels.tolist() == [[0, 2, 2], [4, 1, 1]]
    assert len(uses) == 2


def test_colour_becomes_linear_and_data_and_alpha_stay() -> None:
    pool = Pool()
    one = np.full((1, 1, 4), 188, np.uint8)
    pool.add(Texture(one, srgb=True), (1.0, 1.0))
    pool.add(Texture(one, srgb=False), (1.0, 1.0))
    texels = pool.packed()[0] / 65535
    assert texels[0].tolist() == pytest.approx([0.5029, 0.5029, 0.5029, 188 / 255], abs=1e-3)
    assert texels[1].tolist() == pytest.approx([188 / 255] * 4, abs=1e-4)


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
    pool = Pool()
    pool.add(Texture(np.full((size[1], size[0], 4), 128, np.uint8), srgb=False), (1.0, 1.0))
    texels, levels, _ = pool.packed()
    assert levels[0].tolist() == [0, *kept]
    assert texels.mean() / 65535 == pytest.approx(128 / 255, abs=1e-3)
