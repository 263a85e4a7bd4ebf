"""Little pictures of skin: what lamps change is not in them, and a shift is told in pixels."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, F64
from tryon.geometry.mark_looks import SIDE, bounds, compare, finish, take

# A plane before a camera whose pixels are as large as the samples' steps.
VIEW = (100.0, 40.0, 30.0)
ROTATION = np.diag([1.0, -1.0, -1.0])
AWAY = np.array([0.0, 0.0, 150.0])
POINTS = np.array([[0.0, 0.0, 0.0], [20.0, 10.0, 0.0], [500.0, 0.0, 0.0]])
AXES = np.repeat(np.array([[[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]]), 3, axis=0)
NORMALS = np.repeat(np.array([[0.0, 0.0, 1.0]]), 3, axis=0)


def pattern(
    shift_px: tuple[float, float] = (0.0, 0.0), size: tuple[int, int] = (60, 80), scale: float = 1.0
) -> F32:
    y, x = np.indices(size, dtype=np.float64) * scale
    x, y = x - shift_px[0], y - shift_px[1]
    return np.asarray(
        128 + 40 * np.sin(0.7 * x) * np.cos(0.5 * y) + 20 * np.sin(0.4 * x + 0.6 * y), np.float32
    )


class Learnt:
    def __init__(self, picture: F32) -> None:
        sums = np.zeros((2, 3, SIDE, SIDE), np.float32)
        self.known = np.ones(3, np.bool_)
        take(
            picture,
            pattern(size=(30, 40), scale=2.0),
            VIEW,
            ROTATION,
            AWAY,
            POINTS,
            AXES,
            NORMALS,
            self.known,
            sums,
        )
        self.pictures, self.slopes = np.zeros_like(sums), np.zeros((2, 3, 2, SIDE, SIDE), np.float32)
        self.contrasts = np.zeros((2, 3))
        finish(sums, 1.0, self.known, self.pictures, self.slopes, self.contrasts)

    def compared(self, picture: F32) -> tuple[int, F64, F64]:
        pull, likeness = np.zeros((3, 5)), np.zeros(3)
        seen = compare(
            picture, VIEW, ROTATION, AWAY, POINTS, AXES, NORMALS, 0, self.pictures, self.slopes, self.contrasts, 0.0,
            pull, likeness,
        )  # fmt: skip
        return seen, pull, likeness


def test_what_is_beyond_the_picture_is_not_known() -> None:
    learnt = Learnt(pattern())
    assert learnt.known.tolist() == [True, True, False]
    assert learnt.contrasts[0, 2] == 0.0


def test_a_picture_has_neither_mean_nor_slope() -> None:
    y, x = np.indices((60, 80), dtype=np.float32)
    lit = Learnt(pattern() * 0.5 + 0.7 * x - 0.3 * y + 20)
    plain = Learnt(pattern())
    assert np.allclose(lit.pictures[0, :2], plain.pictures[0, :2], atol=0.02)
    assert lit.contrasts[0, 0] == pytest.approx(0.5 * plain.contrasts[0, 0], rel=0.02)


@pytest.mark.parametrize("shift", [(0.4, 0.0), (0.0, -0.4), (-0.3, 0.3)])
def test_a_shift_is_told_in_pixels(shift: tuple[float, float]) -> None:
    seen, pull, likeness = Learnt(pattern()).compared(pattern(shift))
    assert seen == 2
    assert likeness[:2].min() > 0.8
    assert likeness[2] == 0.0
    for p in range(2):
        matrix = np.array([[pull[p, 2], pull[p, 3]], [pull[p, 3], pull[p, 4]]])
        assert np.allclose(np.linalg.solve(matrix, pull[p, :2]), shift, atol=0.12)


def test_bounds_hold_the_points() -> None:
    left, top, right, bottom = bounds(POINTS[:2], ROTATION, AWAY, VIEW)
    assert (left, bottom) == pytest.approx((40.0, 30.0))
    assert (right, top) == pytest.approx((40 + 20 / 1.5, 30 - 10 / 1.5))
