"""Which way marks face by their shape: known turns of the mean head, and what is not known yet."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64
from tryon.geometry.head import template
from tryon.geometry.marks import PLACES
from tryon.geometry.upright import known_share, lay_mean, leverage
from tryon.geometry.wearer import normals
from tryon.perception.smoothing import rotation_matrix, rotation_vector

MEAN_MM = np.ascontiguousarray(template().points_mm[PLACES])
OUT = np.ascontiguousarray(normals()[PLACES])


def skin_axes() -> F64:
    level = np.cross([0.0, 1.0, 0.0], OUT)
    level /= np.linalg.norm(level, axis=1, keepdims=True)
    return np.ascontiguousarray(np.stack([level, np.cross(OUT, level)], axis=1))


AXES = skin_axes()


def found_deg(points_mm: F64) -> F64:
    return np.asarray(np.degrees(lay_mean(points_mm, MEAN_MM, AXES, OUT)), np.float64)


def test_the_mean_head_is_upright() -> None:
    assert np.abs(found_deg(MEAN_MM)).max() < 1e-9


@pytest.mark.parametrize("turn_deg", [(5.0, 0.0, 0.0), (0.0, -4.0, 0.0), (0.0, 0.0, 3.0), (-4.0, 3.0, 1.0)])
def test_a_turned_shifted_larger_head_is_turned(turn_deg: tuple[float, float, float]) -> None:
    rotation = rotation_matrix(np.radians(turn_deg))
    points = 1.06 * MEAN_MM @ rotation.T + np.array([3.0, -5.0, 8.0])
    rough = points + np.random.default_rng(4).normal(0.0, 0.7, points.shape)
    assert found_deg(points) == pytest.approx(turn_deg, abs=0.05)
    assert found_deg(rough) == pytest.approx(turn_deg, abs=0.7)


def test_where_along_the_skin_marks_lie_says_little() -> None:
    """A network's landmarks slide over a face; how far it stands out does not."""
    slid = MEAN_MM + 3.0 * AXES[:, 1]
    assert np.abs(found_deg(slid)).max() < 0.6


def test_a_few_marks_far_off_hardly_turn_it() -> None:
    points = MEAN_MM @ rotation_matrix(np.radians([4.0, 0.0, 0.0])).T
    off = points.copy()
    off[::12, 2] += 25.0
    assert np.linalg.norm(found_deg(off) - found_deg(points)) < 1.2


def test_leverage_is_by_how_much_a_departure_turns_it() -> None:
    # As on a camera far away, and so small that none counts less.
    depart = 0.01 * np.random.default_rng(1).normal(size=len(PLACES))
    points = MEAN_MM.copy()
    points[:, 2] += depart
    turned = leverage(MEAN_MM, AXES, OUT) @ depart
    assert lay_mean(points, MEAN_MM, AXES, OUT) == pytest.approx(turned, rel=0.02, abs=1e-7)


def test_what_is_known_grows_from_nothing_to_all() -> None:
    ways = np.random.default_rng(2).normal(size=(3, 6))
    assert known_share(np.eye(6), ways) == pytest.approx(np.zeros(3), abs=1e-12)
    assert known_share(4.0 * np.eye(6), ways) == pytest.approx(np.full(3, 0.75))
    one = np.eye(6)
    one[0, 0] = 1e9
    expected = ways[:, 0] ** 2 / (ways**2).sum(axis=1)
    assert known_share(one, ways) == pytest.approx(expected, rel=1e-6)


def test_the_turn_is_the_rotations_own() -> None:
    turn = np.radians([2.0, -3.0, 1.0])
    points = MEAN_MM @ rotation_matrix(turn).T
    assert rotation_vector(rotation_matrix(turn)) == pytest.approx(turn)
    assert lay_mean(points, MEAN_MM, AXES, OUT) == pytest.approx(turn, abs=1e-3)
