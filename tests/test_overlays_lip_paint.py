"""Where the lips' paint ends at a mouth that is drawn here, so that every curve is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.lip_paint import paint
from tryon.overlays.lips import lipstick
from tryon.overlays.mouth import STEPS
from tryon.render import transfer

WIDE_PX, X, Y = 120.0, 80, 60
LIP, TEETH, THROAT = (95, 90, 165), (190, 205, 212), (14, 12, 20)
FEATHER_PX = 2.2


def curves(parted: float) -> F32:
    """Heights of a mouth whose slit, parted by so many of its widths, ends before its corners, as landmarks have it."""
    t = np.linspace(-1, 1, STEPS)
    half = 0.5 * parted * WIDE_PX * np.maximum(1 - (t / 0.85) ** 2, 0)
    border = 1 - t * t
    return np.asarray(np.stack([-22 * border - half, -half, half, 26 * border + half]), np.float32)


def mouth(parted: float, inside: tuple[int, int, int]) -> U8:
    """Lips all over, and what lies behind them, as soft as a camera draws them."""
    bgr: U8 = np.full((120, 160, 3), LIP, np.uint8)
    t = np.linspace(-0.5, 0.5, STEPS) * WIDE_PX + X
    upper, lower = curves(parted)[1:3] + Y
    there = upper < lower
    hole = np.concatenate([np.stack([t, upper], 1)[there], np.stack([t, lower], 1)[there][::-1]])
    cv2.fillPoly(bgr, [np.rint(hole * 16 - 8).astype(np.int32)], inside, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(bgr, (0, 0), 0.8), np.uint8)


def painted(bgr: U8, parted: float) -> F32:
    """How far each pixel changes, over what the middle of the lips does."""
    linear = transfer.to_linear(0.0)
    b, g, r = (float(linear[code]) for code in LIP)
    place = (X, Y, 1.0, 0.0, -WIDE_PX / 2, WIDE_PX, WIDE_PX, parted)
    rest = (0.0, 0.0, -1.0, 0.0, -0.4, -0.9, 0.4, 0.0, 0.0, -1e6, 1e6, 1.0, 1.0)
    after = bgr.copy()
    paint(
        after, 0, 0, 160, 120, lipstick((60, 8, 40), "matte", 1.0)._layers, curves(parted),
        np.array([*place, *rest], np.float32), 0.0722 * b + 0.7152 * g + 0.2126 * r, r,
        np.full(3, 0.9, np.float32), FEATHER_PX, 0.8, 1.0, linear, transfer.to_srgb(0.0),
    )  # fmt: skip
    change = np.abs(after.astype(np.float32) - bgr).max(axis=2)
    core = change[Y - round(0.5 * parted * WIDE_PX) - 10, X]
    assert core > 40
    return np.asarray(change / core, np.float32)


@pytest.mark.parametrize("inside", [TEETH, THROAT])
def test_paint_goes_on_to_the_lips_own_edge_and_into_their_corners_but_not_on_what_lies_behind(
    inside: tuple[int, int, int],
) -> None:
    share = painted(mouth(0.3, inside), 0.3)
    edge = Y - 0.15 * WIDE_PX
    assert share[int(edge - 2), X - 5 : X + 6].min() > 0.75
    assert share[int(edge + 2) : Y, X].max() < 0.06
    # Between the slit's end and the corner lips meet.
    corner = X + round(0.89 * WIDE_PX / 2)
    assert share[Y - 1 : Y + 1, corner - 1 : corner + 2].min() > 0.75


def test_lips_that_landmarks_part_a_little_but_that_meet_have_no_bare_line() -> None:
    share = painted(mouth(0.03, LIP), 0.03)
    assert share[Y - 8 : Y + 8, X].min() > 0.9


def test_red_gums_in_a_wide_mouth_stay_bare() -> None:
    share = painted(mouth(0.3, (110, 105, 180)), 0.3)
    assert share[Y - 14 : Y + 14, X].max() < 0.05
