"""The rasteriser against brute force."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, F64
from tryon.geometry.pose import Pose
from tryon.render.mesh import I32
from tryon.render.raster import (
    EMPTY,
    LANES,
    NEAR_MM,
    OCCLUDER,
    aside,
    fill,
    fill_occluder,
    spread,
    to_samples,
    transform,
)

WIDTH, HEIGHT = 40, 30
VIEW = (500.0, 320.0, 240.0)
NO_NORMALS = np.empty((0, 3), np.float32)

# Corners of a triangle in samples: inside, across the edges and far outside of the buffer.
corners = st.tuples(st.floats(-60, 100), st.floats(-60, 90), st.floats(1e-3, 5e-2))
three = st.tuples(corners, corners, corners)


def vertices_of(*triangles: tuple[tuple[float, float, float], ...]) -> F32:
    out = np.zeros((3 * len(triangles), 6), np.float32)
    out[:, :3] = np.array(triangles, np.float32).reshape(-1, 3)
    return out


def numbered(count: int) -> I32:
    return np.column_stack([np.arange(3 * count).reshape(-1, 3), np.zeros(count)]).astype(np.int32)


def buffers() -> tuple[F32, I32]:
    return np.zeros((HEIGHT, WIDTH), np.float32), np.full((HEIGHT, WIDTH), EMPTY, np.int32)


def filled(vertices: F32, cull: int = 0, before: float = 0.0, samples: int = 1) -> tuple[F32, I32]:
    """What is drawn, from column 20 on over something at 1/z ``before``."""
    depth, numbers = buffers()
    depth[:, 20:] = before
    triangles = numbered(len(vertices) // 3)
    fill(
        triangles, 0, len(triangles), np.array([cull], np.int32), vertices, depth, numbers, WIDTH, HEIGHT, samples
    )  # fmt: skip
    return depth, numbers


def weights(corner: F64, samples: int = 1) -> F64:
    """Barycentric weights (3, HEIGHT, WIDTH) of every sample's place."""
    off = np.array([aside(i, samples) for i in range(samples)])
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y = columns + 0.5 + off[rows % samples], rows + 0.5 - off[columns % samples]
    (ax, ay), (bx, by), (cx, cy) = corner[:, :2]
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    wb = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
    wc = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
    return np.stack([1 - wb - wc, wb, wc])


def area_of(triangle: F64) -> float:
    (ax, ay), (bx, by), (cx, cy) = triangle[:, :2]
    return float((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))


@settings(max_examples=60, deadline=None)
@given(st.lists(three, min_size=1, max_size=4), st.sampled_from([1, 2, 3, 4]))
def test_fill_is_what_brute_force_finds(
    triangles: list[tuple[tuple[float, float, float], ...]], samples: int
) -> None:
    vertices = vertices_of(*triangles)
    depth, numbers = filled(vertices, samples=samples)
    expected, sure = np.zeros((HEIGHT, WIDTH)), np.ones((HEIGHT, WIDTH), bool)
    for corner in vertices[:, :3].astype(np.float64).reshape(-1, 3, 3):
        if abs(area_of(corner)) < 1.0:
            # Slivers live or die by rounding: leave their neighbourhood out.
            y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
            low, high = corner[:, :2].min(axis=0) - 2, corner[:, :2].max(axis=0) + 2
            sure &= (x < low[0]) | (x > high[0]) | (y < low[1]) | (y > high[1])
            continue
        share = weights(corner, samples)
        inside = (share >= 0).all(axis=0)
        sure &= (np.abs(share) > 1e-3).all(axis=0)
        here = np.where(inside, np.einsum("kyx,k->yx", share, corner[:, 2]), 0)
        expected = np.maximum(expected, here)
    assert np.allclose(depth[sure], expected[sure], rtol=2e-3, atol=1e-5)
    assert np.array_equal(numbers[sure] >= 0, expected[sure] > 0)


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_no_two_samples_of_a_pixel_share_a_row_or_a_column(samples: int) -> None:
    """A level edge that moves over a pixel's height crosses its samples one by one."""
    heights = np.linspace(0.0, samples, 400)
    counts = []
    for y in heights:
        below = ((-50.0, float(y), 0.01), (20.0, 200.0, 0.01), (90.0, float(y), 0.01))
        counts.append(
            int(
                (
                    filled(vertices_of(below), samples=samples)[1][:samples, 8 * samples : 9 * samples] >= 0
                ).sum()
            )
        )
    steps = -np.diff(counts)
    assert counts[0] == samples**2
    assert counts[-1] == 0
    assert steps.max() == 1
    assert [abs(aside(i, samples)) < 0.5 for i in range(samples)] == [True] * samples
    assert aside(0, 1) == 0.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 45), st.floats(-5, 35)), min_size=4, max_size=4, unique=True))
def test_triangles_that_share_an_edge_leave_no_gap(points: list[tuple[float, float]]) -> None:
    """Two triangles on either side of a diagonal cover what their quadrilateral covers."""
    a, b, c, d = (np.array([*point, 0.01]) for point in points)
    if area_of(np.stack([a, b, c])) * area_of(np.stack([a, c, d])) <= 0:
        return  # no quadrilateral with a – c inside
    one, two = (
        filled(vertices_of((tuple(p), tuple(q), tuple(r))))[1] >= 0 for p, q, r in ((a, b, c), (a, c, d))
    )
    left, right = (weights(np.stack(corner)) for corner in ((a, b, c), (a, c, d)))
    near = 1e-4
    # On the diagonal the weight of b, and of d, is nought; beside its ends the sample is well inside of both others.
    on_edge = (np.abs(left[1]) < near) & (left[0] > near) & (left[2] > near)
    on_edge &= (np.abs(right[2]) < near) & (right[0] > near) & (right[1] > near)
    inside = (left > near).all(axis=0) | (right > near).all(axis=0)
    assert (one | two)[inside | on_edge].all()


def test_a_grid_of_squares_has_neither_hole_nor_seam() -> None:
    """Corners at sample centres: every sample lies on an edge, and is drawn."""
    grid = [(x + 0.5, y + 0.5) for y in range(0, 30, 5) for x in range(0, 40, 5)]
    triangles = []
    for x, y in grid:
        square = [(x, y, 0.01), (x, y + 5, 0.01), (x + 5, y + 5, 0.01), (x + 5, y, 0.01)]
        triangles += [(square[0], square[1], square[2]), (square[0], square[2], square[3])]
    _, numbers = filled(vertices_of(*triangles))
    assert (numbers >= 0).all()


TOWARDS = (
    (5.0, 5.0, 0.01),
    (5.0, 25.0, 0.01),
    (35.0, 25.0, 0.01),
)  # clockwise in numbers, y down: faces the camera
AWAY = TOWARDS[::-1]


@pytest.mark.parametrize(
    ("corner", "cull", "seen"), [(TOWARDS, 1, True), (TOWARDS, 0, True), (AWAY, 1, False), (AWAY, 0, True)]
)
def test_culling(corner: tuple[tuple[float, float, float], ...], cull: int, seen: bool) -> None:
    assert (filled(vertices_of(corner), cull)[1] >= 0).any() == seen


def test_both_windings_of_a_double_sided_triangle_cover_the_same() -> None:
    depths = [filled(vertices_of(corner))[0] for corner in (TOWARDS, AWAY)]
    assert np.array_equal(depths[0] > 0, depths[1] > 0)
    assert np.allclose(depths[0], depths[1], rtol=1e-5)


def flat(z: float) -> tuple[tuple[float, float, float], ...]:
    return tuple((x, y, z) for x, y, _ in TOWARDS)


@pytest.mark.parametrize(("order", "winner"), [((0.01, 0.02), 1), ((0.02, 0.01), 0), ((0.01, 0.01), 0)])
def test_the_nearer_triangle_wins_in_any_order(order: tuple[float, float], winner: int) -> None:
    _, numbers = filled(vertices_of(flat(order[0]), flat(order[1])))
    assert set(np.unique(numbers)) == {EMPTY, winner}


def test_crossing_triangles_are_cut_where_they_cross() -> None:
    rising = ((0.0, 0.0, 0.01), (0.0, 200.0, 0.01), (40.0, 0.0, 0.03))
    falling = ((0.0, 0.0, 0.03), (0.0, 200.0, 0.03), (40.0, 0.0, 0.01))
    _, numbers = filled(vertices_of(rising, falling))
    assert (numbers[0, :19] == 1).all()
    assert (numbers[0, 21:38] == 0).all()


def test_what_lies_behind_what_is_there_already_is_not_drawn() -> None:
    depth, numbers = filled(vertices_of(flat(0.02)), before=0.05)
    assert (numbers[:, :20] == 0).any()
    assert (numbers[:, 20:] == EMPTY).all()
    assert (depth[:, 20:] == np.float32(0.05)).all(), "what hides stays as it is"
    assert depth[:, :20].max() == pytest.approx(0.02)


@pytest.mark.parametrize("width", [5, LANES - 1, LANES, LANES + 3, 2 * LANES])
def test_rows_of_any_length_are_drawn_to_their_ends(width: int) -> None:
    depth, numbers = np.zeros((3, width), np.float32), np.full((3, width), EMPTY, np.int32)
    over = vertices_of(((-9.0, -9.0, 0.01), (-9.0, 99.0, 0.01), (99.0, -9.0, 0.01)))
    around = np.full((5, width), 7, np.int32)
    around[1:4] = numbers
    fill(numbered(1), 0, 1, np.array([0], np.int32), over, depth, around[1:4], width, 3, 1)
    assert (around[1:4] == 0).all()
    assert (around[[0, 4]] == 7).all(), "and not beyond"


@pytest.mark.parametrize(
    "corner",
    [
        ((5.0, 5.0, 0.01), (20.0, 5.0, 0.01), (35.0, 5.0, 0.01)),  # a line
        ((5.0, 5.0, 0.01), (5.0, 5.0, 0.01), (5.0, 5.0, 0.01)),  # a point
        ((5.0, 5.0, 0.0), (5.0, 25.0, 0.01), (35.0, 25.0, 0.01)),  # a corner behind the near plane
        ((-9.0, -9.0, 0.01), (-9.0, -1.0, 0.01), (-1.0, -1.0, 0.01)),  # beside the buffer
        ((50.0, 5.0, 0.01), (50.0, 25.0, 0.01), (90.0, 25.0, 0.01)),
    ],
)
def test_what_is_not_drawn(corner: tuple[tuple[float, float, float], ...]) -> None:
    depth, numbers = filled(vertices_of(corner))
    assert (numbers == EMPTY).all()
    assert (depth == 0).all()


def test_only_the_named_run_of_triangles_is_drawn() -> None:
    depth, numbers = buffers()
    vertices = vertices_of(flat(0.01), flat(0.02), flat(0.03))
    fill(numbered(3), 1, 2, np.array([0], np.int32), vertices, depth, numbers, WIDTH, HEIGHT, 1)
    assert set(np.unique(numbers)) == {EMPTY, 1}


def occluded(vertices: F32, drawn_z: float | None = None) -> tuple[F32, I32]:
    depth, numbers = buffers()
    small: F32 = np.zeros((HEIGHT, WIDTH), np.float32)
    fill_occluder(numbered(len(vertices) // 3), vertices, small)
    spread(small, 0, 0, 1, depth, numbers)
    if drawn_z is not None:
        product = vertices_of(flat(drawn_z))
        fill(numbered(1), 0, 1, np.array([0], np.int32), product, depth, numbers, WIDTH, HEIGHT, 1)
    return depth, numbers


def test_an_occluder_hides_what_is_behind_and_not_what_is_before() -> None:
    _, behind = occluded(vertices_of(flat(0.02)), 0.01)
    _, before = occluded(vertices_of(flat(0.02)), 0.03)
    # Its outline is a sample generous, so a little of it shows beside what lies before it.
    assert not (behind == 0).any()
    assert (before == 0).sum() > 200
    assert (before == OCCLUDER).sum() < 70


def test_only_an_occluders_near_side_hides() -> None:
    _, numbers = occluded(vertices_of(flat(0.02)[::-1]))
    assert (numbers == EMPTY).all()


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_an_occluder_is_spread_over_the_finer_samples(factor: int) -> None:
    small = np.array([[0.0, 0.5], [0.25, 0.0]], np.float32)
    depth: F32 = np.full((2 * factor, 2 * factor), 9.0, np.float32)
    numbers: I32 = np.full(depth.shape, 7, np.int32)
    spread(np.pad(small, ((1, 0), (2, 1))), 2, 1, factor, depth, numbers)
    assert np.array_equal(depth, np.kron(small, np.ones((factor, factor), np.float32)))
    assert np.array_equal(numbers, np.where(depth > 0, OCCLUDER, EMPTY))


@settings(max_examples=60, deadline=None)
@given(three)
def test_an_occluder_is_brute_forces_within_a_sample(corner: tuple[tuple[float, float, float], ...]) -> None:
    triangle = vertices_of(corner)[:, :3].astype(np.float64)
    area = area_of(triangle)
    if abs(area) < 1.0:
        return
    if area > 0:
        triangle = triangle[::-1].copy()
    depth, numbers = occluded(vertices_of(tuple(map(tuple, triangle.tolist()))))
    share = weights(triangle)
    surely_in = (share > 1e-3).all(axis=0)
    assert (numbers[surely_in] == OCCLUDER).all()
    exact = np.einsum("kyx,k->yx", share, triangle[:, 2])
    assert np.allclose(depth[surely_in], exact[surely_in], rtol=5e-3, atol=1e-5)
    # One sample to each side along its row at most.
    padded = np.pad((share >= -1e-3).all(axis=0), ((0, 0), (1, 1)))
    near = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
    thin = ~near.any(axis=1)
    assert not (numbers == OCCLUDER)[~near & ~thin[:, None]].any()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1000), st.floats(-60, 60), st.floats(-60, 60), st.floats(-180, 180), st.floats(150, 900)
)
def test_transform_is_the_matrix_and_the_pinhole(
    pose_at: Callable[..., Pose], seed: int, yaw: float, pitch: float, roll: float, distance: float
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 30, (20, 3)).astype(np.float32)
    normals = rng.normal(0, 1, (20, 3)).astype(np.float32)
    matrix = pose_at(yaw, pitch, roll, (10.0, -20.0, distance)).matrix.astype(np.float32)
    out = np.empty((20, 6), np.float32)
    left, top, right, bottom = transform(points, normals, matrix, VIEW, out)
    camera = points @ matrix[:3, :3].T + matrix[:3, 3]
    x, y = camera[:, 0] / camera[:, 2] * VIEW[0] + VIEW[1], camera[:, 1] / camera[:, 2] * VIEW[0] + VIEW[2]
    assert np.allclose(out[:, 0], x, atol=0.02)
    assert np.allclose(out[:, 1], y, atol=0.02)
    assert np.allclose(out[:, 2], 1 / camera[:, 2], rtol=1e-4)
    assert np.allclose(out[:, 3:], normals @ matrix[:3, :3].T, atol=1e-4)
    assert np.allclose((left, top, right, bottom), (x.min(), y.min(), x.max(), y.max()), atol=0.02)


def test_points_nearer_than_the_near_plane_are_marked_and_do_not_count() -> None:
    points = np.array([[0, 0, NEAR_MM - 0.1], [0, 0, -500], [5, 10, 100]], np.float32)
    out = np.full((3, 6), 7.0, np.float32)
    bounds = transform(points, NO_NORMALS, np.eye(4, dtype=np.float32), VIEW, out)
    assert out[:, 2].tolist() == pytest.approx([0, 0, 0.01])
    assert bounds == pytest.approx((345, 290, 345, 290))
    assert (out[:, 3:] == 7).all(), "without normals their room is left alone"


def test_with_nothing_before_the_camera_the_bounds_are_empty() -> None:
    points = np.array([[0, 0, -100]], np.float32)
    left, _, right, _ = transform(
        points, NO_NORMALS, np.eye(4, dtype=np.float32), VIEW, np.empty((1, 6), np.float32)
    )
    assert left > right


def test_to_samples() -> None:
    vertices = vertices_of(((10.0, 20.0, 0.01), (10.5, 21.0, 0.02), (13.0, 20.0, 0.03)))
    to_samples(vertices, 10, 20, 3)
    assert np.allclose(vertices[:, :3], [[0, 0, 0.01], [1.5, 3, 0.02], [9, 0, 0.03]])
