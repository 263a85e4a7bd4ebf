"""Lines and lashes over an eye."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import U8
from tryon.overlays.eye_line import lay_lines
from tryon.overlays.eye_places import LASHES
from tryon.overlays.eye_shape import LINE_HIGH, LINE_LOW, ROWS, STEPS
from tryon.overlays.eyeliner import line_cover
from tryon.overlays.finishes import FINISHES, layer_row
from tryon.overlays.pigment import film
from tryon.render import transfer

SKIN: U8 = np.full((40, 60, 3), (120, 140, 180), np.uint8)


def lashed(bare: U8, under: U8) -> U8:
    """Black lashes on the right half of ``under``, shaded as ``bare`` is."""
    bgr = under.copy()
    cover = np.zeros(bgr.shape[:2], np.float32)
    cover[:, 30:] = 1.0
    row = layer_row(film((150, 40, 40), 0.95), FINISHES["matte"].row(), 0.95, float(LASHES))
    eye = np.array((30, 20, 1, 0, 0, -1, 40, 1, 30, 20, 8, 0.5, 0, 0, 0.75, 0.3), np.float32)
    lay_lines(
        bgr, 0, 0, bare, cover, np.array([row], np.float32), np.zeros((STEPS, ROWS), np.float32), eye, 0.0, 0.25,
        np.ones(3, np.float32), transfer.to_linear(), transfer.to_srgb(),
    )  # fmt: skip
    return bgr


def test_lashes_are_painted_where_they_are() -> None:
    made = lashed(SKIN, SKIN)
    assert np.array_equal(made[:, :30], SKIN[:, :30])
    assert (made[:, 30:, 0] < SKIN[:, 30:, 0] - 40).all()


def test_shading_is_that_of_the_bare_skin() -> None:
    # A black powder beneath is not the skin's shading.
    powdered = (SKIN * 0.1).astype(np.uint8)
    own, over_powder = lashed(SKIN, SKIN), lashed(SKIN, powdered)
    assert over_powder[:, 30:].mean() == pytest.approx(own[:, 30:].mean(), abs=6)


def test_a_line_thinner_than_its_edges_is_darkest_in_its_middle_and_fades() -> None:
    level = np.zeros(ROWS, np.float32)
    level[LINE_LOW], level[LINE_HIGH] = -0.5, 0.5
    heights = np.arange(-4.0, 4.01, 0.25)
    cover = np.array([line_cover(level, n, 1.0, 2.5, 0.0) for n in heights])
    assert cover.sum() * 0.25 == pytest.approx(1.0, abs=0.05), "as much of it as it is thick"
    assert cover[len(heights) // 2] == cover.max()
    # No plateau with hard borders: half-way to where it ends it is clearly paler, and a step of two straight ramps'
    # difference would be a quarter of all.
    assert cover[heights == 1.5][0] < 0.75 * cover.max()
    assert np.abs(np.diff(cover)).max() < 0.2 * cover.max()
