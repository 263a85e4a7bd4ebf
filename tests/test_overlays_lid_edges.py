"""The lids, found in the picture while the upper one is down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, F64, U8
from tryon.overlays.eye_shape import CREASE, INNER, LOWER, OUTER, ROWS, STEPS, UPPER, EyeShape
from tryon.overlays.lid_edges import UPPER_DOWN, lids

WIDTH_PX = 60.0
MIDDLE = np.array((100.0, 80.0))
X: F64 = np.linspace(INNER, OUTER, STEPS)
MIDDLE_OF_IT = np.abs(X) < 0.3
SKINS = ((150, 170, 215), (40, 55, 85))


def lid(rise: float) -> F32:
    """A lid's heights, so many eye widths up in the middle of the eye."""
    return np.asarray(rise * WIDTH_PX * np.maximum(1 - 4 * X * X, 0), np.float32)


def eye(upper: float, lower: float, left: bool = True) -> EyeShape:
    heights = np.zeros((ROWS, STEPS), np.float32)
    heights[UPPER], heights[LOWER] = lid(upper), lid(lower)
    heights[CREASE] = lid(upper) + 0.2 * WIDTH_PX
    heights[CREASE + 1 :] = lid(upper) + 0.5 * WIDTH_PX
    out = np.array((1.0 if left else -1.0, 0.0))
    return EyeShape(
        MIDDLE, out, np.array((0.0, -1.0)), WIDTH_PX, heights, upper - lower, (100.0, 80.0, 12.0), 1.0
    )


def picture(upper: float, lower: float, skin: tuple[int, int, int], noise: float = 3.0) -> U8:
    """An eye that is open between these heights: white, with a dark iris, under a line of lashes."""
    y, x = np.mgrid[0:160, 0:200] + 0.5
    t = (x - MIDDLE[0]) / WIDTH_PX
    n = (MIDDLE[1] - y) / WIDTH_PX
    arch = np.maximum(1 - 4 * t * t, 0)
    bgr = np.empty((160, 200, 3))
    bgr[:] = skin
    open_ = (n < upper * arch) & (n > lower * arch) & (np.abs(t) < 0.5)
    bgr[open_] = (195, 200, 205)
    bgr[open_ & (np.abs(t) < 0.2)] = (30, 35, 45)
    bgr[(np.abs(n - (upper - 0.01) * arch) < 0.02) & (np.abs(t) < 0.5)] = (15, 15, 20)
    bgr += np.random.default_rng(1).normal(0, noise, bgr.shape)
    return np.asarray(np.clip(bgr, 0, 255), np.uint8)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("off", [-0.05, 0.0, 0.06])
def test_the_lower_lid_goes_where_the_picture_has_it(
    skin: tuple[int, int, int], left: bool, off: float
) -> None:
    told = eye(0.05, min(-0.04 + off, 0.04), left)
    wrong = float(np.abs(told.heights[LOWER] - lid(-0.04))[MIDDLE_OF_IT].mean())
    before = told.heights.copy()
    found = lids(picture(0.05, -0.04, skin), told).heights
    away = float(np.abs(found[LOWER] - lid(-0.04))[MIDDLE_OF_IT].mean())
    assert away < 0.02 * WIDTH_PX
    assert away < 0.5 * wrong or off == 0.0
    assert (found[LOWER] <= found[UPPER] + 1e-4).all()
    # An upper lid that is right stays; nothing else moves, nor do the corners, nor what the landmarks said.
    assert np.abs(found[UPPER] - before[UPPER]).max() < 0.03 * WIDTH_PX
    others = np.delete(np.arange(ROWS), [LOWER, UPPER])
    assert np.array_equal(found[others], before[others])
    ends = np.abs(X) >= 0.5
    assert np.array_equal(found[LOWER][ends], before[LOWER][ends])
    assert np.array_equal(told.heights, before)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("left", [True, False])
def test_an_upper_lid_comes_down_to_where_the_picture_has_it(skin: tuple[int, int, int], left: bool) -> None:
    told = eye(0.11, -0.05, left)
    found = lids(picture(0.04, -0.05, skin), told)
    away = float(np.abs(found.heights[UPPER] - lid(0.04))[MIDDLE_OF_IT].mean())
    assert away < 0.025 * WIDTH_PX
    assert found.opened == pytest.approx(
        float((found.heights[UPPER] - found.heights[LOWER]).max()) / WIDTH_PX, abs=1e-5
    )
    assert found.opened < told.opened - 0.04


@pytest.mark.parametrize("skin", SKINS)
def test_of_a_shut_eye_the_lids_meet_at_the_lashes(skin: tuple[int, int, int]) -> None:
    told = eye(0.08, -0.05)
    found = lids(picture(-0.05, -0.05, skin), told)
    assert float(np.abs(found.heights[UPPER] - lid(-0.05))[MIDDLE_OF_IT].mean()) < 0.04 * WIDTH_PX
    # Between them lies what a line of lashes is wide.
    assert found.opened < 0.08
    # Of one whose lashes nobody can see as well; but not of a speck of an eye, of which nobody can see anything.
    plain: U8 = np.full((160, 200, 3), skin, np.uint8)
    assert lids(plain, told).opened < 0.02
    speck = replace(told, width_px=WIDTH_PX / 5, heights=told.heights / 5)
    assert lids(plain, speck).heights == pytest.approx(speck.heights, abs=1e-3)


def test_open_eyes_keep_their_landmarks() -> None:
    told = eye(0.2, -0.08)
    assert told.opened > UPPER_DOWN[1]
    assert lids(picture(0.1, -0.04, SKINS[0]), told) is told


def test_a_picture_that_ends_at_the_eye_is_no_error() -> None:
    plain: U8 = np.full((160, 200, 3), SKINS[0], np.uint8)
    lids(np.ascontiguousarray(plain[:85, :110]), eye(0.05, -0.04))
