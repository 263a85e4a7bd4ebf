"""One-Euro filters: still when still, quick when quick, and never beyond what was measured."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F64
from tryon.perception.smoothing import (
    GAP_MS,
    OneEuro,
    RotationFilter,
    VectorFilter,
    rotation_matrix,
    rotation_vector,
)

TUNING = OneEuro(minimum_hz=1.0, beta=5.0)
FRAME_MS = 33.0

numbers = st.floats(-1e3, 1e3, allow_nan=False)
intervals = st.floats(1.0, GAP_MS)
angles = st.floats(-3.1, 3.1)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """The first call compiles; hypothesis would call that slow."""
    smooth = VectorFilter(TUNING)
    for i in range(2):
        smooth(np.zeros(3), i * FRAME_MS)


def about_z(angle: float) -> F64:
    return rotation_matrix(np.array([0.0, 0.0, angle]))


@given(st.lists(numbers, min_size=1, max_size=4), st.lists(intervals, min_size=1, max_size=20))
def test_a_constant_input_stays(value: list[float], steps: list[float]) -> None:
    smooth, t_ms = VectorFilter(TUNING), 0.0
    for step in steps:
        t_ms += step
        assert smooth(np.array(value), t_ms).tolist() == value


@given(numbers, numbers, st.lists(intervals, min_size=1, max_size=20))
def test_a_step_is_approached_from_one_side(start: float, end: float, steps: list[float]) -> None:
    smooth, t_ms = VectorFilter(TUNING), 0.0
    before = float(smooth(np.array([start]), t_ms)[0])
    slack = 1e-9 * (abs(start) + abs(end))
    for step in steps:
        t_ms += step
        now = float(smooth(np.array([end]), t_ms)[0])
        assert min(before, end) - slack <= now <= max(before, end) + slack
        assert abs(end - now) <= abs(end - before) + slack
        before = now


@given(st.lists(st.tuples(numbers, intervals), min_size=1, max_size=30))
def test_the_output_stays_within_what_was_measured(samples: list[tuple[float, float]]) -> None:
    smooth, t_ms = VectorFilter(TUNING), 0.0
    low, high = math.inf, -math.inf
    for value, step in samples:
        t_ms += step
        low, high = min(low, value), max(high, value)
        assert low - 1e-6 <= float(smooth(np.array([value]), t_ms)[0]) <= high + 1e-6


@pytest.mark.parametrize(
    ("t_ms", "restarts"),
    [
        (1000 + FRAME_MS, False),
        (1000 + GAP_MS, False),
        (1000 + GAP_MS + 1, True),  # the past says nothing any more
        (1000.0, True),  # the same time again
        (999.0, True),  # a clock that went backwards
    ],
)
def test_a_gap_or_a_clock_that_does_not_advance_restarts(t_ms: float, restarts: bool) -> None:
    vector, rotation = VectorFilter(TUNING), RotationFilter(TUNING)
    vector(np.array([0.0]), 1000.0)
    rotation(np.eye(3), 1000.0)
    assert (float(vector(np.array([10.0]), t_ms)[0]) == 10.0) is restarts
    assert np.array_equal(rotation(about_z(1.0), t_ms), about_z(1.0)) is restarts


def test_reset_forgets() -> None:
    vector, rotation = VectorFilter(TUNING), RotationFilter(TUNING)
    vector(np.array([0.0]), 0.0)
    rotation(np.eye(3), 0.0)
    vector.reset()
    rotation.reset()
    assert vector.value is None
    assert vector(np.array([9.0]), FRAME_MS).tolist() == [9.0]
    assert np.array_equal(rotation(about_z(1.0), FRAME_MS), about_z(1.0))


def test_noise_about_a_still_point_is_damped() -> None:
    noise = np.random.default_rng(1).normal(0, 0.001, 200)
    smooth = VectorFilter(TUNING)
    out = [float(smooth(np.array([x]), i * FRAME_MS)[0]) for i, x in enumerate(noise)]
    assert np.std(out[20:]) < 0.5 * np.std(noise[20:])


def test_speed_opens_the_filter() -> None:
    def lag(beta: float) -> float:
        smooth = VectorFilter(OneEuro(1.0, beta))
        for i in range(60):
            out = float(smooth(np.array([i * 0.1]), i * FRAME_MS)[0])
        return 59 * 0.1 - out

    assert lag(5.0) < 0.2 * lag(0.0)


def test_the_numbers_of_a_row_share_their_speed() -> None:
    """A number that is slow alone is as quick as its neighbour in the same row, and slow again in a row of its own."""
    alone, row, rows = VectorFilter(TUNING), VectorFilter(TUNING), VectorFilter(TUNING)
    for i in range(20):
        slow, quick = 0.01 * (i % 2), float(i)
        one = float(alone(np.array([slow]), i * FRAME_MS)[0])
        same_row = float(row(np.array([quick, slow]), i * FRAME_MS)[1])
        other_row = float(rows(np.array([[quick], [slow]]), i * FRAME_MS)[1, 0])
    assert same_row - one > 1e-3
    assert other_row == pytest.approx(one)


def test_a_filter_tells_how_fast_it_has_to_go() -> None:
    filters = VectorFilter(OneEuro(minimum_hz=1.0, beta=5.0))
    assert filters.speed == 0.0
    told = []
    for step in (0.0, 0.01, 0.1):
        filters.reset()
        for number in range(60):
            filters(np.array([[3.0 * step * number, 4.0 * step * number]]), number * 10.0)
        told.append(filters.speed)
    assert told[0] == 0.0
    assert told[1] >= 5.0
    assert told[2] > 5 * told[1]


def test_the_caller_may_keep_and_change_what_goes_in_and_comes_out() -> None:
    smooth = VectorFilter(TUNING)
    given_in = np.array([1.0])
    out = smooth(given_in, 0.0)
    given_in[0] = out[0] = 99.0
    assert smooth(np.array([1.0]), FRAME_MS).tolist() == [1.0]


@given(st.tuples(numbers, numbers, numbers), st.floats(0.0, math.pi - 1e-3))
def test_a_rotation_vector_survives_its_matrix(axis: tuple[float, float, float], angle: float) -> None:
    length = math.hypot(*axis)
    vector = np.array(axis) / length * angle if length > 1e-3 else np.zeros(3)
    matrix = rotation_matrix(vector)
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1)
    assert np.allclose(rotation_vector(matrix), vector, atol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-8, 1e-4])
def test_tiny_rotations_are_exact(angle: float) -> None:
    vector = np.array([angle, -angle, angle])
    assert np.allclose(rotation_vector(rotation_matrix(vector)), vector, rtol=1e-6, atol=1e-15)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-1.4, 1.4), intervals), min_size=1, max_size=20))
def test_about_one_axis_the_rotation_filter_is_the_vector_filter(samples: list[tuple[float, float]]) -> None:
    rotation, vector, t_ms = RotationFilter(TUNING), VectorFilter(TUNING), 0.0
    for angle, step in samples:
        t_ms += step
        turned = rotation(about_z(angle), t_ms)
        expected = float(vector(np.array([angle]), t_ms)[0])
        assert np.allclose(rotation_vector(turned), (0, 0, expected), atol=1e-6)


@settings(max_examples=30)
@given(st.lists(st.tuples(angles, angles, angles), min_size=2, max_size=30))
def test_a_filtered_rotation_is_a_rotation(vectors: list[tuple[float, float, float]]) -> None:
    smooth = RotationFilter(TUNING)
    for i, vector in enumerate(vectors):
        out = smooth(rotation_matrix(np.array(vector)), i * FRAME_MS)
        assert np.allclose(out @ out.T, np.eye(3), atol=1e-9)
