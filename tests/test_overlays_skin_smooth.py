"""Skin's smooth luminance: what is no skin has no say in it."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32
from tryon.overlays.chart import NOWHERE
from tryon.overlays.skin_smooth import smooth_skin
from tryon.render import transfer

SIDE, CELL, BLOCK = 48, 8, 2


def smoothed(bgr: np.ndarray, nowhere: slice | None = None) -> F32:  # type: ignore[type-arg]
    planes = np.zeros((4, SIDE // BLOCK, SIDE // BLOCK), np.float32)
    if nowhere is not None:
        planes[0, nowhere] = NOWHERE
    grid = np.empty((SIDE // CELL, SIDE // CELL, 2), np.float32)
    smooth_skin(bgr, 0, 0, SIDE, SIDE, planes, BLOCK, skin(), CELL, grid, transfer.to_linear())
    return grid[..., 0]


def skin() -> float:
    return float(transfer.to_linear()[130])


def test_even_skin_is_as_bright_everywhere() -> None:
    assert smoothed(np.full((SIDE, SIDE, 3), 130, np.uint8)) == pytest.approx(skin(), rel=0.02)


@pytest.mark.parametrize("code", [10, 255])
def test_hair_and_windows_have_hardly_a_say(code: int) -> None:
    bgr = np.full((SIDE, SIDE, 3), 130, np.uint8)
    bgr[20:28, 20:28] = code
    assert smoothed(bgr) == pytest.approx(skin(), rel=0.12)


def test_what_is_beyond_the_face_has_none() -> None:
    bgr = np.full((SIDE, SIDE, 3), 130, np.uint8)
    bgr[32:] = 160
    assert smoothed(bgr, np.s_[16:]) == pytest.approx(skin(), rel=0.02)


def test_shade_on_one_side_shows() -> None:
    bgr = np.full((SIDE, SIDE, 3), 130, np.uint8)
    bgr[:, :24] = 110
    found = smoothed(bgr)
    assert (np.diff(found, axis=1) > 0).all()
