"""A sleeve's vertices: from the armhole's corners along the arm, the same on both sides, lit as the torso at first."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.overlays.garment_parts import ACROSS, sleeve_rows
from tryon.overlays.sleeve import SHOULDER_SHADE, TORSO_SHADE, ribbon, side_shade

WIDTH = 100.0
# The picture's left half is one arm's, its right half the other's.
ARM: F64 = np.array([(50.0, 0.0), (62.0, 80.0), (62.0, 150.0)])
CORNERS: F64 = np.array([(61.0, -8.0), (44.0, 38.0)])
CUT = (0.18, 0.13, 1.5)
NOBODY: U8 = np.zeros((8, 8), np.uint8)
THERE: F64 = np.array([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0)])
MIRROR: F64 = np.array([-1.0, 1.0])


def laid(out: float, light: tuple[float, float]) -> F64:
    sign = MIRROR if out < 0 else np.ones(2)
    arm, corners = ARM * sign, CORNERS * sign
    flat = ribbon(arm, corners, CUT, WIDTH, out, light, NOBODY, THERE)
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
