"""What a mouth's pixels look like."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.lip_colours import learn, parted, sum_up, unlike, unroll
from tryon.render import transfer

LIP, SKIN, TOOTH, THROAT = (105, 95, 165), (120, 145, 195), (205, 215, 225), (15, 12, 25)
PLACE = np.array([80.0, 70.0, 1.0, 0.0, -50.0, 100.0, 100.0, 0.1], np.float32)


def seen(*colours: tuple[int, int, int]) -> F32:
    """Unrolled columns (8, 10 a colour, 3) of bands of colours, one under the other."""
    bgr: U8 = np.repeat(np.array(colours, np.uint8)[:, None], 160, axis=1).repeat(20, axis=0)
    found = np.empty((8, 10 * len(colours), 3), np.float32)
    unroll(bgr, np.array([80.0, 0.0, *PLACE[2:]], np.float32), 1.0, 2.0, transfer.to_linear(), found)
    return found


def model(colour: tuple[int, int, int]) -> F32:
    found = np.zeros(6, np.float32)
    assert learn(seen(colour), 0.0, 1.0, np.zeros(8, np.float32), np.full(8, 9, np.float32), found) > 20
    return found


def test_colours_are_told_as_logarithms_and_learnt_without_what_is_far_from_them() -> None:
    blue, green, red = (transfer.to_linear()[code] + 0.004 for code in LIP)
    luminance = 0.0722 * blue + 0.7152 * green + 0.2126 * red
    expected = np.log([luminance, red / green, green / blue])
    assert seen(LIP)[3, 4] == pytest.approx(expected, abs=1e-4)
    colours = seen(LIP)
    colours[::4, 2] += 3.0
    found = np.zeros(6, np.float32)
    learn(colours, 0.0, 1.0, np.zeros(8, np.float32), np.full(8, 9, np.float32), found)
    assert found[:3] == pytest.approx(expected, abs=0.02)


def test_lip_is_lip_and_teeth_and_throat_are_none() -> None:
    scores = np.empty((8, 30), np.float32)
    unlike(seen(LIP, TOOTH, THROAT), model(LIP), scores)
    assert scores[:, 1:8] == pytest.approx(1.0, abs=0.05)
    assert scores[:, 11:].max() < -0.9


def test_lip_and_skin_are_parted() -> None:
    scores = np.empty((8, 20), np.float32)
    assert parted(seen(LIP, SKIN), model(LIP), model(SKIN), scores) > 2
    assert scores[:, 1:8] == pytest.approx(1.0, abs=0.05)
    assert scores[:, 11:] == pytest.approx(-1.0, abs=0.05)
    assert parted(seen(LIP, SKIN), model(SKIN), model(SKIN), scores) == pytest.approx(0, abs=0.01)


def test_sums_run_along_columns() -> None:
    sums = np.empty((8, 6), np.float32)
    sum_up(np.ones((8, 5), np.float32), sums)
    assert sums[4].tolist() == [0, 1, 2, 3, 4, 5]
