"""The form of a bare neck: where light and shade lie, alike on both sides, and with the shoulders."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tryon.frame import F32, F64
from tryon.overlays.neck_relief import BONE_FROM, BONE_TO, HOLLOW_AT, THROAT_UP, relieve

WIDTH = 120.0
MIDDLE: F64 = np.array([150.0, 160.0])


def relief(
    width_px: float = WIDTH,
    roll_deg: float = 0.0,
    cell: int = 1,
    squeeze: float = 1.0,
    above: float = 0.4,
    size: int = 300,
) -> F32:
    """``above``: the chin is so far above the hollow of the throat, in shoulder widths."""
    angle = math.radians(roll_deg)
    half = np.array([math.cos(angle), math.sin(angle)]) * width_px / 2 * squeeze
    shade: F32 = np.ones((size // cell, size // cell), np.float32)
    chin = MIDDLE + (-THROAT_UP - above) * width_px * np.array([-math.sin(angle), math.cos(angle)])
    relieve(shade, cell, (0, 0), chin, (MIDDLE - half, MIDDLE + half), width_px)
    return shade


def place(x: float, y: float, width_px: float = WIDTH, roll_deg: float = 0.0) -> tuple[int, int]:
    """The row and column of a point right of and below the hollow of the throat, in shoulder widths."""
    angle = math.radians(roll_deg)
    across, down = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    at = MIDDLE + (x * across + (y - THROAT_UP) * down) * width_px
    return int(at[1]), int(at[0])


def on_bone(along: float, below: float = 0.0) -> tuple[float, float]:
    """A point of the left collarbone, and so far below it."""
    x, y = (a + along * (b - a) for a, b in zip(BONE_FROM, BONE_TO, strict=True))
    return x, y + below


def test_hollows_are_darker_and_collarbones_lighter() -> None:
    shade = relief()
    assert shade[place(0.0, 0.0)] < 0.88
    assert shade[place(*HOLLOW_AT)] < 0.95
    assert shade[place(*on_bone(0.35))] > 1.04
    assert shade[place(*on_bone(0.35, 0.04))] < 0.97


def test_it_is_soft_light_and_ends_with_the_neck_and_the_collarbones() -> None:
    shade = relief()
    assert 0.75 < shade.min() < shade.max() < 1.15
    for x, y in ((0.0, 0.25), (0.6, 0.0), (0.0, -0.55)):
        assert shade[place(x, y)] == 1.0
    # No border anywhere.
    assert max(np.abs(np.diff(shade, axis=axis)).max() for axis in (0, 1)) < 0.05


def test_both_sides_are_alike() -> None:
    shade = relief()
    left, right = shade[:, 150:], shade[:, 149::-1]
    assert left == pytest.approx(right, abs=1e-5)


@pytest.mark.parametrize(
    ("width_px", "roll_deg", "cell"), [(60.0, 0.0, 1), (120.0, 25.0, 1), (120.0, 0.0, 2)]
)
def test_it_goes_with_the_shoulders(width_px: float, roll_deg: float, cell: int) -> None:
    shade = relief(width_px, roll_deg, cell)
    for point in ((0.0, 0.0), HOLLOW_AT, on_bone(0.35), on_bone(0.35, 0.04)):
        row, column = place(*point, width_px, roll_deg)
        assert shade[row // cell, column // cell] == pytest.approx(relief()[place(*point)], abs=0.04)


def test_turned_shoulders_draw_it_together_across() -> None:
    x, y = on_bone(0.5)
    assert relief(squeeze=0.6)[place(0.6 * x, y)] == pytest.approx(relief()[place(x, y)], abs=0.02)


def test_who_leans_forward_hides_it() -> None:
    assert (relief(above=0.05) == 1.0).all()
    half = relief(above=(0.08 + 0.20) / 2)[place(0.0, 0.0)]
    assert 1 - half == pytest.approx((1 - relief()[place(0.0, 0.0)]) / 2, abs=0.01)
