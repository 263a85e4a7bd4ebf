"""Brows nobody chose a shade for are filled in the wearer's own, and hairs stay as dark as they are."""

from __future__ import annotations

import numpy as np
import pytest

from tests.test_overlays_skin import Sitter
from tryon.config import Settings
from tryon.frame import U8, Frame
from tryon.looks import LookBook, LookItem
from tryon.overlays.brow_colour import brow_colour
from tryon.overlays.eye_shape import BROW_HIGH, BROW_LOW, INNER, OUTER, STEPS, eye_of
from tryon.overlays.pigment import linear_bgr
from tryon.pipeline import Engine, Pipeline
from tryon.render import transfer
from tryon.render.colour import lab_from_linear

BROWS = "feather-brow"
LUMINANCE = np.array((0.0722, 0.7152, 0.2126))


def haired(sitter: Sitter, color: tuple[int, int, int]) -> U8:
    """The portrait with brows of that colour: stripes of hair with skin between."""
    bgr, head, _ = sitter
    drawn = bgr.copy()
    yy, xx = np.mgrid[0 : bgr.shape[0], 0 : bgr.shape[1]] + 0.5
    for left in (False, True):
        eye = eye_of(head, left)
        assert eye is not None
        t = (xx - eye.origin[0]) * eye.out[0] + (yy - eye.origin[1]) * eye.out[1]
        n = (xx - eye.origin[0]) * eye.up[0] + (yy - eye.origin[1]) * eye.up[1]
        place = ((t / eye.width_px - INNER) / (OUTER - INNER) * (STEPS - 1)).clip(0, STEPS - 1).astype(int)
        low, high = eye.heights[BROW_LOW][place], eye.heights[BROW_HIGH][place]
        drawn[(n > low) & (n < high) & (np.abs(t) < 0.6 * eye.width_px) & (xx % 6 < 4)] = color[::-1]
    return drawn


@pytest.mark.parametrize("color", [(33, 27, 26), (109, 64, 48), (154, 138, 114)])
def test_the_colour_is_the_hairs_and_not_the_skins_between(
    sitter: Sitter, color: tuple[int, int, int]
) -> None:
    found = lab_from_linear(brow_colour(haired(sitter, color), sitter[1]).astype(np.float64))
    wanted = lab_from_linear(linear_bgr(color).astype(np.float64))
    assert np.abs(found - wanted).max() < 8.0


def test_an_unchosen_brow_is_filled_in_the_wearers_own_shade(
    sitter: Sitter, book: LookBook, engine: Engine
) -> None:
    look = book.resolve((LookItem(BROWS),))
    told = {}
    for name, color in (("soft-black", (24, 18, 17)), ("blonde", (150, 134, 110))):
        pipeline = Pipeline(Settings(threads=1, max_faces=1))
        picture = haired(sitter, color)
        for number in range(3):
            rendered = pipeline.process(Frame(picture, number * 33.0), look, engine)
        told[name] = dict(rendered.shades)[BROWS]
    assert told["soft-black"] in {"soft-black", "dark-brown"}
    assert told["blonde"] in {"blonde", "taupe", "grey"}


def test_a_shade_paler_than_the_brows_fills_between_hairs_and_leaves_them_dark(
    sitter: Sitter, book: LookBook, engine: Engine
) -> None:
    """Black brows in taupe looked as if dusted with ash."""
    picture = haired(sitter, (24, 18, 17))
    rendered = Pipeline(Settings(threads=1, max_faces=1)).process(
        Frame(picture, 0.0), book.resolve((LookItem(BROWS, "taupe"),)), engine
    )
    changed = (rendered.bgr != picture).any(axis=2)
    hair = (picture == (17, 18, 24)).all(axis=2) & changed
    table = transfer.to_linear()
    before, after = (table[bgr[hair]] @ LUMINANCE for bgr in (picture, rendered.bgr))
    taupe = float(linear_bgr((0x7C, 0x67, 0x54)) @ LUMINANCE)
    assert hair.sum() > 100
    assert float(np.median((after - before) / (taupe - before))) < 0.25
    # And skin between them wears it.
    skin = changed & ~(picture == (17, 18, 24)).all(axis=2)
    assert float(np.median(table[rendered.bgr[skin]] @ LUMINANCE)) < 0.85 * float(
        np.median(table[picture[skin]] @ LUMINANCE)
    )
