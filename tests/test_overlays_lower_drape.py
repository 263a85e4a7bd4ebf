"""Skirts and trousers on legs whose joints are known: hems at ankles, knees that bend, no tearing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standing_figures import figure
from tests.test_catalogue_lower_points import source
from tests.test_overlays_lower_parts import skirt, trousers
from tryon.frame import F64
from tryon.geometry.figure import Figure
from tryon.overlays.lower_drape import hang
from tryon.overlays.lower_parts import ACROSS, BREADTH, LEG, SEAT, SKIRT, LowerParts, lower_parts_of
from tryon.perception import body_landmarks as at

__all__ = ["skirt", "trousers"]
LIGHT = (0.0, -0.3)
END = len(SEAT) + list(LEG).index(1.0)
OUTER, INNER = list(ACROSS).index(0.0), list(ACROSS).index(1.0)


def legs(parts: LowerParts, made: Figure) -> dict[str, F64]:
    """Rows of each leg, (rows, columns, 2)."""
    return {side: rows.reshape(-1, len(ACROSS), 3)[..., :2] for side, rows in hang(parts, made, LIGHT).parts}


def width(rows: F64) -> F64:
    return np.asarray(np.hypot(*(rows[:, INNER] - rows[:, OUTER]).T), np.float64)


@pytest.mark.parametrize("apart", [-0.15, 0.0, 0.4, 0.9])
def test_long_trousers_end_at_both_ankles(trousers: LowerParts, apart: float) -> None:
    made = figure(apart)
    for side, rows in legs(trousers, made).items():
        ankle = made.points_px[at.RIGHT_ANKLE if side == "right" else at.LEFT_ANKLE]
        hem = (rows[END, OUTER] + rows[END, INNER]) / 2
        assert np.hypot(*(hem - ankle)) < 0.2 * made.width_px
        # A shoe is below them.
        assert rows[END, :, 1].max() > ankle[1]
        # The right one is the wearer's: left in the picture.
        assert (rows[END, OUTER, 0] < rows[END, INNER, 0]) == (side == "right")


def test_no_seam_opens_between_the_halves(trousers: LowerParts) -> None:
    made = legs(trousers, figure(0.7, {at.LEFT_KNEE: (0.6, 2.6), at.LEFT_ANKLE: (0.5, 3.4)}))
    seat = slice(0, len(SEAT))
    assert np.array_equal(made["right"][seat, INNER], made["left"][seat, INNER])


def test_waist_and_hips_are_where_the_body_says(trousers: LowerParts) -> None:
    made = figure()
    rows = legs(trousers, made)
    first = list(SEAT).index(0.0)
    unit = made.width_px
    waist = rows["left"][first, INNER]
    hips = (made.hips[0] + made.hips[1]) / 2
    assert 0.35 < (hips[1] - waist[1]) / unit < 0.65
    assert waist[0] == pytest.approx(hips[0], abs=0.02 * unit)
    across = rows["left"][first + 6, OUTER, 0] - rows["right"][first + 6, OUTER, 0]
    assert 0.9 < across / unit < 1.25


@cache
def cut_jeans() -> LowerParts:
    """Not a fixture: hypothesis would write it out."""
    return lower_parts_of(*source("quarry-jeans"))


turns = st.floats(-1.9, 1.9, allow_nan=False)


@given(thigh=st.floats(-0.9, 0.9), bend=turns)
@settings(max_examples=60)
def test_a_bent_knee_neither_twists_nor_tears(thigh: float, bend: float) -> None:
    """However thigh and shin lie, a leg's rows stay about as wide as it is cut and in their order."""
    trousers = cut_jeans()
    hip = np.array([0.3, 1.75])
    knee = hip + 1.2 * np.array([np.sin(thigh), np.cos(thigh)])
    ankle = knee + 1.15 * np.array([np.sin(thigh + bend), np.cos(thigh + bend)])
    made = figure(0.0, {at.LEFT_KNEE: (knee[0], knee[1]), at.LEFT_ANKLE: (ankle[0], ankle[1])})
    rows = legs(trousers, made)["left"][len(SEAT) + 5 : END + 1]
    least = 0.5 * trousers.widths["left"][-4] * 0.74 * made.width_px
    assert width(rows).min() > least
    middle = (rows[:, OUTER] + rows[:, INNER]) / 2
    steps = np.hypot(*np.diff(middle, axis=0).T)
    assert steps.max() < 4 * np.median(steps)
    # The two rails never change sides.
    along, across = np.gradient(middle, axis=0), rows[:, INNER] - rows[:, OUTER]
    turn = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    assert (np.sign(turn) == np.sign(turn[0])).all()


def test_a_leg_that_is_seen_wider_is_covered(trousers: LowerParts) -> None:
    made = figure()
    bare = legs(trousers, made)["left"]
    wide = np.asarray(np.where(made.mask > 0, made.mask, 0), np.uint8)
    grown = np.asarray(cv2.dilate(wide, np.ones((7, 7), np.uint8)), np.uint8)
    wider = legs(trousers, replace(made, mask=grown))["left"]
    rows = slice(len(SEAT) + 10, len(SEAT) + 20)
    assert (width(wider)[rows] > width(bare)[rows] + 1.0).all()


def test_the_nearer_leg_lies_over_the_other(trousers: LowerParts) -> None:
    made = figure()
    for knee, last in ((at.LEFT_KNEE, "left"), (at.RIGHT_KNEE, "right")):
        depth = np.zeros_like(made.depth_px)
        depth[knee] = -40.0
        hung = hang(trousers, replace(made, depth_px=depth), LIGHT)
        assert [name for name, _ in hung.parts][-1] == last


@pytest.mark.parametrize("apart", [0.0, 0.5, 1.0])
def test_a_skirt_goes_round_both_legs(skirt: LowerParts, apart: float) -> None:
    made = figure(apart)
    ((_, vertices),) = hang(skirt, made, LIGHT).parts
    rows = vertices.reshape(len(SKIRT), len(BREADTH), 3)[..., :2]
    right, left = list(BREADTH).index(-1.0), list(BREADTH).index(1.0)
    hem = rows[list(SKIRT).index(1.0)]
    for side, column, knee in ((-1.0, right, at.RIGHT_KNEE), (1.0, left, at.LEFT_KNEE)):
        row = int(np.abs(rows[:, column, 1] - made.points_px[knee, 1]).argmin())
        assert (rows[row, column, 0] - made.points_px[knee, 0]) * side > 0.1 * made.width_px
    # The hem hangs below the knees, and above the ankles.
    knees, ankles = (made.points_px[[a, b], 1].mean() for a, b in ((25, 26), (27, 28)))
    assert knees < hem[:, 1].mean() < ankles - 0.2 * made.width_px
    # It is as wide as it is cut, unless legs need more.
    own = (skirt.widths["left"][-3] + skirt.widths["right"][-3]) * 0.74 * made.width_px
    assert hem[left, 0] - hem[right, 0] > 0.97 * own


def test_a_skirt_follows_the_leg_that_steps_aside(skirt: LowerParts) -> None:
    def sides(made: Figure) -> F64:
        ((_, vertices),) = hang(skirt, made, LIGHT).parts
        hem = vertices.reshape(len(SKIRT), len(BREADTH), 3)[list(SKIRT).index(1.0)]
        return np.array([hem[list(BREADTH).index(-1.0), 0], hem[list(BREADTH).index(1.0), 0]])

    still, step = sides(figure()), sides(figure(0.0, {at.LEFT_KNEE: (0.9, 2.8), at.LEFT_ANKLE: (1.2, 3.9)}))
    assert step[1] - still[1] > 0.2 * figure().width_px
    assert abs(step[0] - still[0]) < 0.6 * abs(step[1] - still[1])
