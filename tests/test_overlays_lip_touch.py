"""Whether lips touch, told on columns of a few colours."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32
from tryon.overlays.lip_touch import close, touching

COLUMNS, COUNT = 16, 40
# Log luminance, and logs of red over green and of green over blue.
LIP = (-1.0, 0.60, 0.1)
OWN: F32 = np.array([[*LIP, 0.25, 0.08, 0.08]] * 2, np.float32)
# The slit from the 18th to the 22nd step, each a pixel.
CURVES: F32 = np.repeat(np.array([[8.0], [18.0], [22.0], [32.0]], np.float32), COLUMNS, axis=1)


def told(line: tuple[float, float, float], rows: slice = slice(18, 23), opened: float = 0.04) -> float:
    colours = np.tile(np.array(LIP, np.float32), (COLUMNS, COUNT, 1))
    colours[:, rows] = line
    return float(touching(colours, OWN, CURVES, 0.0, 1.0, opened))


def test_a_line_in_the_lips_own_red_is_lip_and_teeth_and_throats_are_none() -> None:
    assert told((-1.3, 0.62, 0.1)) == 1.0
    assert told((-0.4, 0.15, 0.1)) == 0.0
    assert told((-2.5, 0.62, 0.1)) == 0.0


def test_a_thin_row_of_teeth_is_no_line() -> None:
    assert told((-0.4, 0.15, 0.1), slice(20, 21)) == 0.0


def test_a_mouth_that_is_open_is_no_line() -> None:
    assert told((-1.3, 0.62, 0.1), opened=0.08) == 0.0
    assert 0.0 < told((-1.3, 0.62, 0.1), opened=0.065) < 1.0


@pytest.mark.parametrize(("sure", "gap"), [(0.0, 4.0), (0.5, 0.0), (1.0, -4.0)])
def test_edges_come_together_with_some_to_spare(sure: float, gap: float) -> None:
    offsets = np.zeros((4, COLUMNS), np.float32)
    close(sure, CURVES, 4.0 / 2 / 0.012, offsets)
    assert 4.0 + float(offsets[1, 3] + offsets[2, 3]) == pytest.approx(gap)
    assert not offsets[[0, 3]].any()
