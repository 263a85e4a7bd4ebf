"""The marks' common motion: its derivatives, its solution, and what it leans on."""

from __future__ import annotations

import numpy as np

from tryon.frame import F64
from tryon.geometry.mark_motion import GUESS_OFF, equations, lean, motion
from tryon.geometry.pose import FLIP, solve, turn

FOCAL = 300.0
RNG = np.random.default_rng(3)
POINTS = RNG.normal(0, 40, (30, 3))
AWAY = np.array([10.0, -20.0, 400.0])


def shown(points: F64, rotation: F64, away: F64) -> F64:
    seen = points @ rotation.T + away
    return np.asarray(FOCAL * seen[:, :2] / seen[:, 2:], np.float64)


def moved(change: F64) -> tuple[F64, F64]:
    rotation = FLIP.copy()
    turn(rotation, change[0], change[1], change[2])
    return rotation, AWAY + change[3:]


def test_derivatives_are_those_of_the_projection() -> None:
    out = np.empty((2, 6))
    for point in POINTS[:5]:
        motion(FOCAL, FLIP, AWAY, point, out)
        for way in range(6):
            step = np.zeros(6)
            step[way] = 1e-5
            change = (shown(point[None], *moved(step)) - shown(point[None], FLIP, AWAY))[0] / 1e-5
            assert np.allclose(out[:, way], change, atol=1e-2)


def test_shifts_of_all_marks_give_the_motion_that_made_them() -> None:
    change = np.array([0.01, -0.02, 0.015, 1.0, -0.5, 3.0])
    shifts = shown(POINTS, *moved(change)) - shown(POINTS, FLIP, AWAY)
    pull = np.column_stack([shifts, np.ones(30), np.zeros(30), np.ones(30)])
    matrix, right, found = np.empty((6, 6)), np.empty(6), np.empty(6)
    equations(FOCAL, FLIP, AWAY, POINTS, pull, matrix, right)
    solve(matrix, right, found)
    assert np.allclose(found[:3], change[:3], atol=2e-3)
    assert np.allclose(found[3:], change[3:], atol=0.3)


def test_where_pictures_tell_nothing_the_guess_decides_and_a_far_one_weighs_less() -> None:
    weights = []
    for angle in (0.02, 5 * GUESS_OFF):
        guess = FLIP.copy()
        turn(guess, 0.0, angle, 0.0)
        matrix, right, found = np.zeros((6, 6)), np.zeros(6), np.empty(6)
        lean(FLIP, AWAY, guess, AWAY + np.array([2.0, 0.0, 0.0]), matrix, right)
        weights.append(matrix[1, 1])
        solve(matrix, right, found)
        assert np.allclose(found[:3], [0.0, np.sin(angle), 0.0], atol=1e-9)
        assert np.allclose(found[3:], [2.0, 0.0, 0.0], atol=1e-9)
    assert weights[1] < 0.1 * weights[0]
