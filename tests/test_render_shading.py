"""How surfaces and lenses answer light, in rooms that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32
from tryon.render import model as col
from tryon.render import pixel
from tryon.render.environment import DIFFUSE_LEVEL, MAP_PX, SHARP_PX, mirror, studio
from tryon.render.film import ANGLES, THICKNESSES, coating, flat
from tryon.render.shading import (
    fetch,
    filmed,
    glass,
    mirrored,
    normalised,
    polished,
    shade,
    split_sum,
    texel,
)

WHITE = (1.0, 1.0, 1.0)
EVEN = np.ones_like(studio())
EVEN_MIRROR = np.ones_like(mirror())
unit_angles = st.tuples(st.floats(0, math.tau), st.floats(-1.5, 1.5))


def row(**columns: float | tuple[float, ...]) -> F32:
    numbers = np.zeros((1, col.COLUMNS), np.float32)
    numbers[0, col.TINT : col.TINT + 3] = 1
    numbers[0, col.F0 : col.F0 + 3] = 0.04
    numbers[0, col.BACK], numbers[0, col.FILM] = 1, -1
    for name, value in columns.items():
        start = getattr(col, name)
        values = value if isinstance(value, tuple) else (value,)
        numbers[0, start : start + len(values)] = values
    return numbers


def found(
    normal: tuple[float, float, float] = (0, 0, -1),
    colour: tuple[float, float, float] = (1, 1, 1),
    metallic: float = 0.0,
    roughness: float = 1.0,
) -> F32:
    """What ``surface`` finds, seen by a camera that looks along +z."""
    out = np.zeros(pixel.COUNT, np.float32)
    out[0:3], out[3:6], out[6], out[7], out[8], out[9:12] = normal, colour, 1.0, metallic, roughness, colour
    out[pixel.OCCLUSION] = 1
    return out


def laid(out: F32, numbers: F32) -> F32:
    """The pixel with what ``surface.material`` takes from the material's row."""
    for here, there, count in (
        (pixel.GLOW_RGB, col.EMISSIVE, 3),
        (pixel.TRANSMISSION, col.TRANSMISSION, 1),
        (pixel.COAT, col.CLEARCOAT, 1),
        (pixel.COAT_ROUGHNESS, col.CLEARCOAT_ROUGHNESS, 1),
        (pixel.F0_RGB, col.F0, 3),
        (pixel.FILM_SHARE, col.FILM_SHARE, 1),
    ):
        out[here : here + count] = numbers[0, there : there + count]
    out[pixel.FILM_THICKNESS] = 1
    return out


NO_FILMS: F32 = np.zeros((1, THICKNESSES, ANGLES, 3), np.float32)


def seen(
    out: F32, numbers: F32, room: F32 = EVEN, films: F32 = NO_FILMS, polish: F32 = EVEN_MIRROR
) -> tuple[float, float, float]:
    return shade(laid(out, numbers), numbers, films, room, polish, 0.0, 0.0, 1.0)


def leaning(degrees: float) -> tuple[float, float, float]:
    return (math.sin(math.radians(degrees)), 0.0, -math.cos(math.radians(degrees)))


@settings(deadline=None)
@given(unit_angles, st.sampled_from([MAP_PX, SHARP_PX]))
def test_a_direction_finds_its_own_texel(angles: tuple[float, float], side: int) -> None:
    from tryon.render.environment import _octahedral_directions

    azimuth, height = angles
    wanted = np.array(
        [math.cos(azimuth) * math.cos(height), math.sin(height), math.sin(azimuth) * math.cos(height)]
    )
    ix, iy, fx, fy = texel(float(wanted[0]), float(wanted[1]), float(wanted[2]), side)
    assert 0 <= ix < side - 1
    assert 0 <= iy < side - 1
    assert 0 <= fx <= 1
    assert 0 <= fy <= 1
    grid = _octahedral_directions(side)[0].reshape(side, side, 3)
    near = max(float(grid[iy + j, ix + i] @ wanted) for i in (0, 1) for j in (0, 1))
    assert near > math.cos(3.0 / side)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_look_between_texels_is_bilinear(fx: float, fy: float) -> None:
    y, x = np.mgrid[0:4, 0:4].astype(np.float32)
    picture = np.stack([x, y, x * y], axis=-1)[None].astype(np.float32)
    red, green, blue = fetch(picture, 0, 1, 2, fx, fy)
    assert (red, green, blue) == pytest.approx((1 + fx, 2 + fy, (1 + fx) * (2 + fy)), abs=1e-5)


@pytest.mark.parametrize(
    ("roughness", "expected"),
    [(0.0, 0.0), (0.08, 0.0), (0.15, 1.0), (0.26, 3.0), (0.5, 6.0), (1.0, 9.0)],
)
def test_the_level_filtered_for_the_nearest_roughness_serves(roughness: float, expected: float) -> None:
    numbered = np.ones_like(studio()) * np.arange(len(studio()), dtype=np.float32)[:, None, None, None]
    assert mirrored(numbered, roughness, 0.0, 0.0, -1.0)[0] == pytest.approx(expected, abs=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.04, 1), st.floats(0, 1))
def test_a_perfect_reflector_gives_no_more_than_it_gets(roughness: float, facing: float) -> None:
    scale, bias = split_sum(roughness, facing)
    assert scale >= 0
    assert bias >= -0.01
    assert scale + bias <= 1.05


def test_white_in_even_light_is_about_white() -> None:
    red, green, blue = seen(found(), row())
    assert 1.0 <= red <= 1.06  # the diffuse albedo of one and a little gloss
    assert red == green == blue


def test_black_plastic_shows_its_gloss_only() -> None:
    red, _, _ = seen(found(colour=(0, 0, 0), roughness=0.1), row())
    assert red == pytest.approx(0.04, abs=0.02)


def test_gloss_grows_towards_grazing() -> None:
    gloss = [seen(found(leaning(a), (0, 0, 0), roughness=0.1), row())[0] for a in (0, 40, 70, 85)]
    assert gloss == sorted(gloss)
    assert gloss[-1] > 5 * gloss[0]


def test_metal_reflects_in_its_colour_and_nothing_diffuse() -> None:
    gold = seen(found(colour=(1.0, 0.7, 0.3), metallic=1.0, roughness=0.2), row())
    assert gold == pytest.approx((1.0, 0.7, 0.3), abs=0.12)
    dark_room = EVEN.copy()
    dark_room[:DIFFUSE_LEVEL] = 0
    assert seen(found(metallic=1.0), row(), dark_room) == pytest.approx((0, 0, 0))


def test_unlit_shows_its_colour_whatever_the_light() -> None:
    assert seen(found(colour=(0.1, 0.2, 0.3)), row(UNLIT=1.0), EVEN * 5) == pytest.approx((0.1, 0.2, 0.3))


def test_what_glows_adds_to_what_is_lit() -> None:
    without, with_glow = seen(found(), row()), seen(found(), row(EMISSIVE=(0.5, 0.25, 0.0)))
    assert np.subtract(with_glow, without).tolist() == pytest.approx([0.5, 0.25, 0.0], abs=1e-6)


def test_a_clear_coat_adds_gloss_to_black_and_takes_from_white() -> None:
    coat = row(CLEARCOAT=1.0, CLEARCOAT_ROUGHNESS=0.05)
    assert seen(found(colour=(0, 0, 0)), coat)[0] - seen(found(colour=(0, 0, 0)), row())[0] == pytest.approx(
        0.04, abs=0.01
    )
    bright = EVEN.copy()
    bright[:DIFFUSE_LEVEL] = 0
    dark = np.zeros_like(EVEN_MIRROR)
    assert seen(found(), coat, bright, polish=dark)[0] == pytest.approx(
        0.96 * seen(found(), row(), bright)[0], rel=0.01
    )


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 85), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_no_surface_gives_more_light_than_a_room_has(
    lean: float, colour: float, metallic: float, roughness: float, coat: float
) -> None:
    out = found(leaning(lean), (colour, colour, colour), metallic, roughness)
    red, _, _ = seen(out, row(CLEARCOAT=coat))
    # The fit of the environment term dips a hair below nought.
    assert -0.005 <= red <= 1.35  # diffuse and gloss are not traded against one another at grazing angles


@pytest.mark.parametrize("length", [0.2, 0.7, 0.95, 0.999])
def test_a_normal_that_varies_is_rougher(length: float) -> None:
    out = found((0, 0, -length), roughness=0.1)
    assert normalised(out, 0.0, 0.0, 1.0) == pytest.approx(1)
    assert out[:3].tolist() == pytest.approx([0, 0, -1])
    # Toksvig: alpha² grows by twice the variance of the normals.
    variance = (1 - length) / length
    assert out[8] == pytest.approx(min((0.1**4 + 2 * variance) ** 0.25, 1.0), rel=1e-4)
    assert out[14] == pytest.approx(variance, rel=1e-4)


def test_one_normal_keeps_its_roughness() -> None:
    out = found((0, 0, -1), roughness=0.1)
    normalised(out, 0.0, 0.0, 1.0)
    assert out[8] == pytest.approx(0.1)
    assert out[14] == 0


@pytest.mark.parametrize(
    ("normal", "turned", "cosine"),
    [
        ((0, 0, -1), (0, 0, -1), 1.0),
        ((0, 0, 1), (0, 0, -1), 1.0),  # the inside of a double-sided surface
        ((0.6, 0, 0.8), (-0.6, 0, -0.8), 0.8),
        ((0.98, 0, 0.199), (0.98, 0, 0.199), 0.199),  # leaning away at a silhouette: no jump
        ((0, 0, 0), (0, 0, -1), 1.0),  # normals that cancel
    ],
)
def test_normals_face_the_viewer(
    normal: tuple[float, float, float], turned: tuple[float, float, float], cosine: float
) -> None:
    out = found(normal)
    assert normalised(out, 0.0, 0.0, 1.0) == pytest.approx(cosine, abs=1e-3)
    assert out[:3].tolist() == pytest.approx(turned, abs=2e-3)


def through(numbers: F32, out: F32 | None = None) -> tuple[float, ...]:
    lens = found(roughness=0.0) if out is None else out
    return in_even_light(laid(lens, numbers), numbers)


def in_even_light(
    lens: F32, numbers: F32, films: F32 = NO_FILMS, white: tuple[float, float, float] = WHITE
) -> tuple[float, ...]:
    """What passes, and all that a lens adds in a room that is 1 everywhere."""
    twelve = glass(lens, numbers, films, EVEN, 0.0, 0.0, 1.0, white)
    return (*twelve[:3], *(added + mirrors for added, mirrors in zip(twelve[3:6], twelve[6:9], strict=True)))


def test_clear_glass_passes_all_but_two_reflections() -> None:
    passes, adds = through(row(TRANSMISSION=1.0))[:3], through(row(TRANSMISSION=1.0))[3:]
    assert passes == pytest.approx([0.96**2] * 3, rel=1e-4)
    assert adds == pytest.approx([0.04 + 0.04 * 0.96**2] * 3, rel=1e-4)


def test_a_tint_multiplies_what_passes_and_not_what_reflects() -> None:
    tinted, clear = through(row(TRANSMISSION=1.0, TINT=(0.5, 0.25, 0.1))), through(row(TRANSMISSION=1.0))
    assert np.divide(tinted[:3], clear[:3]).tolist() == pytest.approx([0.5, 0.25, 0.1])
    # The far side's reflection crosses the dye twice.
    assert tinted[3:] == pytest.approx([0.04 + 0.04 * 0.96**2 * dye**2 for dye in (0.5, 0.25, 0.1)], rel=1e-4)
    assert clear[3:] == pytest.approx([0.04 + 0.04 * 0.96**2] * 3, rel=1e-4)


def test_a_far_side_that_is_coated_returns_nothing() -> None:
    numbers = row(TRANSMISSION=1.0, BACK=0.0)
    assert through(numbers) == pytest.approx((0.96, 0.96, 0.96, 0.04, 0.04, 0.04), rel=1e-4)


def test_a_film_reflects_as_its_table_says() -> None:
    numbers = row(TRANSMISSION=1.0, FILM=0.0, FILM_SHARE=1.0, BACK=0.0)
    films: F32 = flat(coating((0.1, 0.2, 0.3)))[None]
    for degrees in (0.0, 50.0):
        wanted = filmed(films, 0, 1.0, math.cos(math.radians(degrees)))
        lens = laid(found(leaning(degrees), roughness=0.0), numbers)
        adds = in_even_light(lens, numbers, films)[3:]
        assert adds == pytest.approx(wanted, rel=1e-3)
    assert filmed(films, 0, 1.0, 1.0) == pytest.approx((0.1, 0.2, 0.3))
    glossy = found(colour=(0, 0, 0), roughness=0.1)
    plain, coated = seen(glossy.copy(), row()), seen(glossy, row(FILM=0.0, FILM_SHARE=1.0), films=films)
    assert coated[2] > coated[1] > coated[0] > plain[0]


def test_light_that_does_not_arrive_is_not_reflected() -> None:
    half = found(roughness=0.5)
    half[pixel.OCCLUSION] = 0.5
    assert np.divide(seen(half, row()), seen(found(roughness=0.5), row())).tolist() == pytest.approx(
        [0.5] * 3
    )


def test_a_vertex_colour_makes_a_gradient_of_the_tint() -> None:
    lens = found(colour=(0.2, 0.4, 0.8), roughness=0.0)
    assert np.divide(through(row(TRANSMISSION=1.0), lens)[:3], 0.96**2).tolist() == pytest.approx(
        [0.2, 0.4, 0.8]
    )


def test_what_does_not_transmit_is_diffuse() -> None:
    passes, adds = through(row(TRANSMISSION=0.25))[:3], through(row(TRANSMISSION=0.25))[3:]
    assert passes[0] == pytest.approx(0.25 * 0.96**2, rel=1e-4)
    assert adds[0] - through(row(TRANSMISSION=1.0))[3] == pytest.approx(0.75, rel=1e-4)


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 88), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_lens_neither_makes_light_nor_takes_more_than_there_is(
    lean: float, transmission: float, coating: float, roughness: float
) -> None:
    lens = found(leaning(lean), metallic=coating, roughness=roughness)
    passes, _, _, adds, _, _ = through(row(TRANSMISSION=transmission), lens)
    assert 0 <= passes <= 1
    assert adds >= 0
    if transmission == 1.0:
        assert passes + adds <= 1.1


def test_a_coated_lens_is_a_mirror() -> None:
    plain, coated = (through(row(TRANSMISSION=1.0), found(metallic=m, roughness=0.0)) for m in (0.0, 1.0))
    assert coated[3] > 5 * plain[3]
    assert coated[0] < 0.5 * plain[0]


def test_what_a_lens_reflects_is_as_bright_as_the_picture() -> None:
    numbers = row(TRANSMISSION=1.0)
    bright = through(numbers)
    lens = laid(found(roughness=0.0), numbers)
    dim = in_even_light(lens, numbers, white=(0.5, 0.25, 0.1))
    assert dim[:3] == bright[:3]
    assert np.divide(dim[3:], bright[3:]).tolist() == pytest.approx([0.5, 0.25, 0.1])


@pytest.mark.parametrize("lean", [0.0, 20.0, 40.0])
def test_a_lens_sees_the_room_where_its_normal_points_it(lean: float) -> None:
    numbers = row(TRANSMISSION=1.0)
    twelve = glass(
        laid(found(leaning(lean), roughness=0.0), numbers), numbers, NO_FILMS, EVEN, 0.0, 0.0, 1.0, WHITE
    )
    wanted = leaning(2 * lean)
    assert twelve[9:] == pytest.approx(wanted, abs=1e-5)
    room = np.zeros_like(EVEN_MIRROR)
    ix, iy, _, _ = texel(*wanted, SHARP_PX)
    room[0, iy : iy + 2, ix : ix + 2] = 3.0
    assert polished(room, *twelve[9:]) == pytest.approx((3.0, 3.0, 3.0))
