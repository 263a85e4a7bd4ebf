"""Folds of painted cloth: what is one cloth's light, and what is another cloth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.folds import folds_of
from tryon.overlays.palette import Palette

CLOTH = 90
UNIT = 100.0


@pytest.fixture
def luma() -> U8:
    picture: U8 = np.full((160, 200), CLOTH, np.uint8)
    return picture


def grey(luma: U8) -> U8:
    return np.dstack([luma, np.full_like(luma, 128), np.full_like(luma, 128)])


def folds(luma: U8, palette: Palette | None = None) -> F32:
    return folds_of(grey(luma), np.full_like(luma, 255), UNIT, palette or Palette())


def test_what_is_worn_over_or_under_the_cloth_leaves_no_mark(luma: U8) -> None:
    # A badge, and a white shirt between the halves of a jacket.
    cv2.rectangle(luma, (140, 80), (158, 104), (235.0,), -1)
    cv2.fillPoly(luma, [np.array([(70, 0), (110, 0), (90, 90)])], (240.0,))
    found = folds(luma)
    for x, y in ((150, 92), (140, 80), (90, 20), (90, 60), (76, 10)):
        assert found[y, x] == pytest.approx(1.0, abs=0.05)


def test_a_fold_shows_and_what_is_faint_does_not(luma: U8) -> None:
    cv2.line(luma, (60, 30), (60, 140), (round(0.86 * CLOTH),), 5)
    cv2.line(luma, (140, 30), (140, 140), (round(0.985 * CLOTH),), 5)
    found = folds(luma)
    assert found[80, 60] < 0.85
    assert found[80, 140] == pytest.approx(1.0, abs=0.015)


def test_of_two_shades_the_one_that_was_the_cloths_stays(luma: U8) -> None:
    palette = Palette()
    luma[:, 120:] = 220
    folds(luma, palette)
    first = palette.shade
    # Now the other has a little more of the picture, then nearly all of it.
    luma[:, 90:] = 220
    folds(luma, palette)
    assert palette.shade == first
    luma[:, 20:] = 220
    folds(luma, palette)
    assert palette.shade != first


def test_light_that_changes_slowly_is_followed(luma: U8) -> None:
    palette = Palette()
    for level in range(CLOTH, 30, -2):
        luma[:] = level
        assert folds(luma, palette) == pytest.approx(1.0, abs=0.01)
    dark = Palette()
    folds(luma, dark)
    assert palette.shade == dark.shade


def test_where_no_cloth_is_there_are_no_folds(luma: U8) -> None:
    assert folds_of(grey(luma), np.zeros_like(luma), UNIT, Palette()) == pytest.approx(1.0)


def test_a_badge_of_another_hue_leaves_no_mark_and_folds_of_coloured_cloth_show() -> None:
    bgr: U8 = np.full((160, 200, 3), (20, 120, 220), np.uint8)
    # A white badge, and a fold, whose colour is weaker as it is darker.
    cv2.rectangle(bgr, (140, 80), (158, 104), (190.0, 190.0, 190.0), -1)
    cv2.line(bgr, (60, 30), (60, 140), (17.0, 102.0, 187.0), 5)
    ycc = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb), np.uint8)
    found = folds_of(ycc, np.full((160, 200), 255, np.uint8), UNIT, Palette())
    assert found[92, 150] == pytest.approx(1.0, abs=0.05)
    assert found[80, 60] < 0.85
