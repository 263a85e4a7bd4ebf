"""Structural similarity, against the formula written out window by window."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.frame import U8
from tryon.qa.ssim import ssim


def written_out(now: U8, before: U8) -> float:
    """Every window of 11 × 11 that lies inside, weighted by a Gaussian of σ = 1.5, one after another."""
    one, other = (cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY).astype(np.float64) for bgr in (now, before))
    axis = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    weights = np.outer(axis, axis) / axis.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    found = []
    for y in range(one.shape[0] - 10):
        for x in range(one.shape[1] - 10):
            a, b = one[y : y + 11, x : x + 11], other[y : y + 11, x : x + 11]
            mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
            var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
            both = (weights * (a - mean_a) * (b - mean_b)).sum()
            luma = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
            found.append(luma * (2 * both + c2) / (var_a + var_b + c2))
    return float(np.mean(found))


@pytest.mark.parametrize(
    "where", [np.s_[:, :], np.s_[18:21, 20:22], np.s_[0:1, 0:1], np.s_[39:, 44:], np.s_[:, 3:4]], ids=str
)
def test_it_is_the_formula_wherever_pictures_differ(where: tuple[slice, slice], astronaut: U8) -> None:
    before = np.ascontiguousarray(astronaut[100:140, 200:245])
    now = before.copy()
    noise = np.random.default_rng(3).integers(-40, 41, now[where].shape)
    now[where] = np.clip(now[where].astype(int) + noise, 0, 255).astype(np.uint8)
    assert ssim(now, before) == pytest.approx(written_out(now, before), abs=1e-5)


def test_equal_pictures_are_alike_and_the_smallest_picture_works(astronaut: U8) -> None:
    assert ssim(astronaut, astronaut) == 1.0
    small = np.ascontiguousarray(astronaut[:11, :11])
    assert ssim(small, np.bitwise_not(small)) < 0.5


@given(st.integers(0, 2**32 - 1), st.integers(11, 30), st.integers(11, 30))
def test_it_is_symmetric_and_at_most_one(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    one, other = random.integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    assert ssim(one, other) == pytest.approx(ssim(other, one), abs=1e-6)
    assert ssim(one, other) <= 1
