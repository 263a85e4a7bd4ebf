"""What a pixel shows of a surface: perspective, textures, averages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32
from tryon.render import model as col
from tryon.render.mesh import I32
from tryon.render.pictures import USE_COLUMNS
from tryon.render.pixel import COUNT, SECOND_UV, SPREAD, TANGENT
from tryon.render.raster import EMPTY, aside
from tryon.render.surface import LEAST, look, material, piece, sort_samples, surface

NO_TEXELS, NO_LEVELS = np.full((1, 4), 65535, np.uint16), np.array([[0, 1, 1]], np.int32)
NO_USES: F32 = np.zeros((1, USE_COLUMNS), np.float32)
NO_TANGENTS: F32 = np.zeros((0, 4), np.float32)
ONE: I32 = np.array([[0, 1, 2, 0]], np.int32)


def row(**columns: float) -> F32:
    """A material: white, dielectric, rather rough, without textures, but for what is named."""
    numbers = np.zeros((1, col.COLUMNS), np.float32)
    numbers[0, col.BASE : col.BASE + 4] = 1
    numbers[0, col.ROUGHNESS] = 0.5
    numbers[0, col.TEXTURES :] = -1
    for name, value in columns.items():
        numbers[0, getattr(col, name)] = value
    return numbers


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.floats(80, 400)), min_size=3, max_size=3),
    st.floats(0.05, 0.9),
    st.floats(0.05, 0.9),
)
def test_a_look_is_the_point_on_the_surface(
    corners: list[tuple[float, float, float]], share_b: float, share_c: float
) -> None:
    """Attributes vary along the surface in space, not along the screen."""
    if share_b + share_c > 0.95:
        share_b, share_c = share_b / 2, share_c / 2
    points = np.array(corners)
    projected = points[:, :2] / points[:, 2:] * 100
    (ax, ay), (bx, by), (cx, cy) = projected
    if abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) < 4:
        return
    shares = np.array([1 - share_b - share_c, share_b, share_c])
    place = shares @ points
    vertices = np.zeros((3, 6), np.float32)
    vertices[:, :2], vertices[:, 2] = projected, 1 / points[:, 2]
    vertices[:, 3:] = np.eye(3)
    random = np.random.default_rng(0)
    attributes, tangents = (random.random((3, columns)).astype(np.float32) for columns in (8, 4))
    out = np.zeros(COUNT, np.float32)
    x, y = place[:2] / place[2] * 100
    look(0, float(x), float(y), 1 / 12, 1 / 12, vertices, attributes, tangents, ONE, out)
    assert np.allclose(out[:3], shares / np.linalg.norm(shares), atol=2e-3)
    assert np.allclose(out[3:7], shares @ attributes[:, 2:6], atol=2e-3)
    assert np.allclose(out[SECOND_UV : SECOND_UV + 2], shares @ attributes[:, 6:], atol=2e-3)
    assert np.allclose(out[TANGENT : TANGENT + 4], shares @ tangents, atol=2e-3)
    assert np.allclose(out[7:9], shares @ attributes[:, :2], atol=2e-3)


def gathered(colour: tuple[float, float, float, float], u: float = 0.0, v: float = 0.0) -> F32:
    """``out`` as ``look`` leaves it."""
    out = np.zeros(COUNT, np.float32)
    out[2], out[3:7], out[7], out[8] = -1, colour, u, v
    return out


def test_a_material_multiplies_the_vertex_colour_and_the_tint_takes_that_alone() -> None:
    out = gathered((0.5, 0.6, 0.7, 0.8))
    numbers = row(METALLIC=0.3, ROUGHNESS=0.4)
    numbers[0, col.BASE : col.BASE + 4] = 0.1, 0.2, 0.3, 0.5
    material(out, numbers, NO_TEXELS, NO_LEVELS, NO_USES, 0.0, 0.0, 1.0, 500.0)
    assert out[3:7].tolist() == pytest.approx([0.05, 0.12, 0.21, 0.4])
    assert out[7:9].tolist() == pytest.approx([0.3, 0.4])
    assert out[9:12].tolist() == pytest.approx([0.5, 0.6, 0.7])


@pytest.mark.parametrize(("alpha", "opacity"), [(0.29, 0.0), (0.31, 1.0), (1.0, 1.0)])
def test_a_mask_is_there_or_not(alpha: float, opacity: float) -> None:
    out = gathered((1, 1, 1, alpha))
    material(out, row(CUTOFF=0.3), NO_TEXELS, NO_LEVELS, NO_USES, 0.0, 0.0, 1.0, 500.0)
    assert out[6] == opacity


def test_the_texture_is_looked_up_where_the_look_was() -> None:
    texels = np.array([[6553] * 4, [58982] * 4], np.uint16)
    level = np.array([[0, 2, 1]], np.int32)
    use = np.array([[0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1]], np.float32)
    out = gathered((1, 1, 1, 1), u=0.75)
    material(out, row(BASE_TEXTURE=0.0, TEXTURED=1.0), texels, level, use, 0.0, 0.0, 1.0, 500.0)
    assert out[3] == pytest.approx(0.9, abs=1e-4)


def shown(numbers: list[list[int]], looks: int = 16) -> F32:
    """A pixel of these samples; triangle t is an even colour t / 10 and has normal (0, 0, -1) or, if odd, (1, 0, 0)."""
    side = len(numbers)
    count = 6
    vertices = np.zeros((3 * count, 6), np.float32)
    vertices[:, :3] = np.tile(
        np.array([[-9, -9, 0.01], [-9, 30, 0.01], [30, -9, 0.01]], np.float32), (count, 1)
    )
    attributes = np.ones((3 * count, 6), np.float32)
    triangles = np.column_stack([np.arange(3 * count).reshape(-1, 3), np.zeros(count)]).astype(np.int32)
    for t in range(count):
        vertices[3 * t : 3 * t + 3, 3:] = (1, 0, 0) if t % 2 else (0, 0, -1)
        attributes[3 * t : 3 * t + 3, 2:5] = t / 10
    out = np.full(COUNT, 99.0, np.float32)
    surface(np.array(numbers, np.int32), 0, 0, side, looks, vertices, attributes, NO_TANGENTS, triangles, out)
    return out


@pytest.mark.parametrize(
    ("numbers", "coverage", "colour"),
    [
        ([[2, 2], [2, 2]], 1.0, 0.2),
        ([[2, -1], [-1, -1]], 0.25, 0.2),
        ([[-1, -1], [-1, 4]], 0.25, 0.4),
        ([[2, 4], [-1, -2]], 0.5, 0.3),  # an occluder covers nothing
        ([[2, 2], [4, 4]], 1.0, 0.3),
    ],
)
def test_coverage_counts_samples_and_colour_is_a_mean(
    numbers: list[list[int]], coverage: float, colour: float
) -> None:
    out = shown(numbers)
    assert out[12] == pytest.approx(coverage)
    assert out[3] == pytest.approx(colour)
    assert out[13] == 0
    assert out[14] == 0


def test_normals_that_differ_make_a_short_mean() -> None:
    assert np.linalg.norm(shown([[2, 2], [4, 4]])[:3]) == pytest.approx(1)
    assert np.linalg.norm(shown([[1, 1], [2, 2]])[:3]) == pytest.approx(np.sqrt(0.5))


def test_fewer_looks_cover_as_much() -> None:
    numbers = [[2, 2, 2, 2], [2, 2, 2, 4], [2, 2, -1, 4], [-1, -1, -1, -1]]
    few, all_of_them = shown(numbers, looks=2), shown(numbers, looks=16)
    assert few[12] == all_of_them[12] == pytest.approx(11 / 16)
    assert 0.2 <= few[3] <= 0.4


@pytest.mark.parametrize("samples", [1, 2, 4])
def test_a_curve_within_a_pixel_counts_as_rough_and_a_flat_does_not(samples: int) -> None:
    """A normal that turns by 0.02 a sample across has a variance of its pixel's width squared over 12."""
    vertices = np.zeros((3, 6), np.float32)
    vertices[:, :3] = (0, 0, 0.01), (0, 10, 0.01), (10, 0, 0.01)
    attributes = np.ones((3, 6), np.float32)
    for turn in (0.0, 0.02):
        vertices[:, 3:] = (0, 0, -1), (0, 0, -1), (10 * turn, 0, -1)
        out = np.zeros(COUNT, np.float32)
        spot = samples * samples / 12
        look(0, 3.0, 3.0, spot, spot, vertices, attributes, NO_TANGENTS, ONE, out)
        assert np.linalg.norm(out[:3]) == pytest.approx(1, abs=1e-5)
        # Half to each of its directions.
        assert out[SPREAD] == pytest.approx((turn * samples) ** 2 / 24, abs=1e-6)


def sorted_samples(numbers: list[list[int]]) -> tuple[I32, F32]:
    """What the samples show, and of each what ``sort_samples`` tells."""
    side = len(numbers)
    asides = np.array([aside(row, side) for row in range(side)], np.float32)
    found, places = np.zeros(side * side, np.int32), np.full((side * side, 5), 99.0, np.float32)
    # As a pixel among others.
    frame = np.full((2 * side, 3 * side), EMPTY, np.int32)
    frame[side:, 2 * side :] = numbers
    count = sort_samples(frame, 2, 1, side, asides, found, places)
    return found[:count], places[:count]


def test_samples_are_sorted_by_what_they_show() -> None:
    found, places = sorted_samples([[7, 7, 3], [3, -1, 7], [-2, 3, 3]])
    assert found.tolist() == [7, 3]
    assert places[:, 0].tolist() == [3, 4]
    third = 1 / 3
    # As ``aside`` has it: to the right by a row, up by a column.
    sevens = [(0.5 + third, 0.5 - third), (1.5 + third, 0.5), (2.5, 1.5 + third)]
    assert places[0, 1:3] == pytest.approx(np.sum(sevens, axis=0), abs=1e-5)
    assert places[0, 3:5] == pytest.approx(np.sum(np.square(sevens), axis=0), abs=1e-5)
    assert len(sorted_samples([[-1, -1, -1]] * 3)[0]) == 0


def test_what_is_hardly_seen_looks_as_its_neighbour_does() -> None:
    assert LEAST == 2
    found, places = sorted_samples([[1, 2, 2, 3], [2, 2, 3, 3], [-1, -1, -1, 4], [-1] * 4])
    assert found.tolist() == [2, 3]
    assert places[:, 0].tolist() == [5, 4]


def test_a_piece_is_looked_up_in_the_middle_of_its_samples_and_counts_by_them() -> None:
    """A normal that turns across: the piece's is that of its middle, and varies by where its samples lie."""
    vertices = np.zeros((3, 6), np.float32)
    vertices[:, :3] = (0, 0, 0.01), (0, 100, 0.01), (100, 0, 0.01)
    vertices[:, 3:] = (0, 0, -1), (0, 0, -1), (100 * 0.02, 0, -1)
    attributes = np.ones((3, 6), np.float32)
    found, places = sorted_samples([[0, 0, -1, -1]] * 4)
    out = np.full(COUNT, 99.0, np.float32)
    piece(0, 2, 1, 4, found, places, vertices, attributes, NO_TANGENTS, ONE, out)
    # Two columns of cells, eight samples: their middle is one cell from the left.
    assert out[0] / -out[2] == pytest.approx((8 + 1) * 0.02, abs=1e-4)
    assert out[12] == pytest.approx(0.5)
    across = [column + 0.5 + aside(row, 4) for row in range(4) for column in range(2)]
    assert out[SPREAD] == pytest.approx((np.var(across) + 1 / 12) * 0.02**2 / 2, rel=0.01)
