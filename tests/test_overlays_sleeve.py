"""A sleeve's vertices: from the armhole's corners along the arm, the same on both sides, lit as the torso at first."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.overlays.garment_parts import ACROSS, sleeve_columns, sleeve_rows
from tryon.overlays.sleeve import SHOULDER_SHADE, TORSO_SHADE, ribbon, side_shade

WIDTH = 100.0
# The picture's left half is one arm's, its right half the other's.
ARM: F64 = np.array([(50.0, 0.0), (62.0, 80.0), (62.0, 150.0)])
CORNERS: F64 = np.array([(61.0, -8.0), (44.0, 38.0)])
CUT = (0.18, 0.13, 1.5)
NOBODY: U8 = np.zeros((8, 8), np.uint8)
THERE: F64 = np.array([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0)])
MIRROR: F64 = np.array([-1.0, 1.0])


def laid(
    out: float, light: tuple[float, float], arm: F64 = ARM, corners: F64 = CORNERS, mask: U8 = NOBODY
) -> F64:
    sign = MIRROR if out < 0 else np.ones(2)
    arm, corners = arm * sign, corners * sign
    flat = ribbon(arm, corners, CUT, WIDTH, out, light, mask, THERE)
    return flat.reshape(len(sleeve_rows()), len(ACROSS), 3)


def test_both_rails_begin_at_the_armholes_corners() -> None:
    rows = laid(1.0, (0.0, -0.3))
    first = int(np.argmin(np.abs(sleeve_rows())))
    for column, corner in ((0.0, CORNERS[0]), (1.0, CORNERS[1])):
        # The grid's row next to the armhole is a hundredth of the sleeve away from it.
        assert rows[first, list(ACROSS).index(column), :2] == pytest.approx(corner, abs=3.0)


def test_the_two_sides_are_one_anothers_mirror_image() -> None:
    left, right = laid(1.0, (0.0, -0.3)), laid(-1.0, (0.0, -0.3))
    assert left[..., :2] == pytest.approx(right[..., :2] * MIRROR)
    assert left[..., 2] == pytest.approx(right[..., 2])


def test_at_the_armhole_light_is_the_torsos() -> None:
    rows = laid(1.0, (0.0, 0.0))
    inside = (ACROSS >= 0) & (ACROSS <= 1)
    assert rows[0, inside, 2] == pytest.approx(1 - side_shade(ACROSS[inside]))
    # Further down it is round.
    middle, edge = list(ACROSS).index(0.6), list(ACROSS).index(1.0)
    assert rows[-4, edge, 2] < rows[-4, middle, 2] - 0.15


def test_shade_grows_from_the_shoulder_to_the_armpit() -> None:
    assert side_shade(np.array([0.0, 1.0])) == pytest.approx([TORSO_SHADE * SHOULDER_SHADE, TORSO_SHADE])


# A hand at the mouth: the forearm is seen before the upper arm, almost the same way back.
FOLDED: F64 = np.array([(50.0, 0.0), (72.0, 50.0), (34.0, -10.0)])


def test_round_a_folded_elbow_the_outer_rail_goes_round() -> None:
    outer = laid(1.0, (0.0, -0.3), FOLDED)[sleeve_rows() > 0, list(ACROSS).index(0.0), :2]
    steps = np.diff(outer, axis=0)
    turns = np.degrees(
        np.abs(np.arctan2(steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0],
                          (steps[:-1] * steps[1:]).sum(axis=1)))
    )  # fmt: skip
    # Two directions of 163 degrees between them: at once, it was a corner of cloth that stood off the elbow.
    assert turns.max() < 60.0


def test_a_folded_forearm_is_drawn_in_its_full_width() -> None:
    inner = laid(1.0, (0.0, -0.3), FOLDED)[:, list(ACROSS).index(1.0), :2]
    along = (FOLDED[2] - FOLDED[1]) / np.hypot(*(FOLDED[2] - FOLDED[1]))
    # On the forearm, a third of its way down: the crease between the two bones is nearer.
    (x, y) = inner[int(np.argmin(np.abs(sleeve_rows() - 0.7)))] - FOLDED[1]
    assert abs(x * along[1] - y * along[0]) > 100.0 * 0.11


def test_no_cloth_hangs_from_an_elbow_above_the_armpit() -> None:
    low = np.array([(61.0, -8.0), (40.0, 75.0)])
    rows = laid(1.0, (0.0, -0.3), FOLDED, low)[:, (ACROSS >= 0) & (ACROSS <= 1)]
    assert rows[..., 1].max() < FOLDED[1, 1] + 100.0 * 0.2


def test_beyond_the_inner_rail_less_is_laid_near_the_armhole() -> None:
    columns = sleeve_columns()
    assert columns[:, ACROSS <= 1] == pytest.approx(np.tile(ACROSS[ACROSS <= 1], (len(columns), 1)))
    assert columns[0, -1] - 1 < 0.05 * (ACROSS[-1] - 1)
    assert columns[-1, -1] == ACROSS[-1]


@pytest.mark.parametrize("column", [0.0, 1.0])
def test_on_both_sides_a_sleeve_is_as_wide_as_an_arm_is_seen_before_a_wall(column: float) -> None:
    person: U8 = np.zeros((200, 200), np.uint8)
    # 25 px to both sides of the forearm, more than sleeve or arm are taken to be.
    person[:, 62 - 25 : 62 + 25] = 255
    rows = laid(1.0, (0.0, -0.3), mask=person)
    rail = rows[np.abs(sleeve_rows() - 0.8) < 0.1, list(ACROSS).index(column)]
    assert np.abs(rail[:, 0] - 62.0) == pytest.approx(25.0, abs=1.5)


def test_a_rail_has_no_step_where_an_arms_edge_is_seen_from_some_row_on() -> None:
    """Down to the elbow a torso is behind the arm, from there on a wall."""
    person: U8 = np.zeros((200, 200), np.uint8)
    person[:95] = 255
    person[95:, 62 - 28 : 62 + 28] = 255
    rows = laid(1.0, (0.0, -0.3), mask=person)
    for column in (0.0, 1.0):
        away = np.abs(rows[sleeve_rows() > 0.4, list(ACROSS).index(column), 0] - 62.0)
        assert away[-1] > away[0] + 4
        assert np.abs(np.diff(away)).max() < 0.5 * (away[-1] - away[0])
