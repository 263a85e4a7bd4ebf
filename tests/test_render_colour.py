"""CIEDE2000 against its authors' own test data, and L*a*b* against known colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import U8
from tryon.render.colour import (
    de00,
    hex_from_lab,
    ita_deg,
    lab_from_codes,
    lab_from_hex,
    lab_from_linear,
    linear_from_lab,
)

# Sharma, Wu, Dalal 2005, table 1: two colours and their difference.
PAIRS = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
TABLE = np.array([line.split() for line in PAIRS.split("\n") if line], np.float64)


def test_differences_are_those_of_the_authors() -> None:
    assert len(TABLE) == 34
    found = de00(TABLE[:, :3], TABLE[:, 3:6])
    assert found == pytest.approx(TABLE[:, 6], abs=5e-5)
    assert de00(TABLE[:, 3:6], TABLE[:, :3]) == pytest.approx(found, abs=1e-9)


def test_a_colour_differs_from_itself_by_nothing() -> None:
    lab = lab_from_codes(np.random.default_rng(5).integers(0, 256, (500, 3)).astype(np.uint8))
    assert np.array_equal(de00(lab, lab), np.zeros(500))


def test_known_colours() -> None:
    white, black = lab_from_linear(np.ones(3)), lab_from_linear(np.zeros(3))
    assert white == pytest.approx([100, 0, 0], abs=1e-4)
    assert black == pytest.approx([0, 0, 0], abs=1e-4)
    # sRGB red as Lindbloom's calculator gives it.
    assert lab_from_codes(np.array([0, 0, 255], np.uint8)) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


def test_codes_turn_into_the_colours_that_opencv_sees(astronaut: U8) -> None:
    part = astronaut[::16, ::16]
    theirs = cv2.cvtColor(part.astype(np.float32) / np.float32(255), cv2.COLOR_BGR2Lab)
    assert np.abs(lab_from_codes(part) - theirs).max() < 0.5


def test_lab_turns_back_into_light_and_into_codes() -> None:
    linear = np.random.default_rng(7).uniform(0, 1, (200, 3))
    linear[0] = 0.001
    assert linear_from_lab(lab_from_linear(linear)) == pytest.approx(linear, abs=1e-9)
    for color in ("#000000", "#ffffff", "#b4233c", "#5a3a2b"):
        assert hex_from_lab(lab_from_hex(color)) == color
    assert lab_from_hex("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize(("lab", "angle"), [((50, 10, 15), 0.0), ((65, 10, 15), 45.0), ((35, 10, 15), -45.0)])
def test_the_typology_angle(lab: tuple[float, float, float], angle: float) -> None:
    assert ita_deg(np.array(lab, np.float64)) == pytest.approx(angle)
