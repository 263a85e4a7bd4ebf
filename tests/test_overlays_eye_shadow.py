"""An eyeshadow's films by runs of pixels, on the portrait."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import U8
from tryon.geometry.steady import Head
from tryon.overlays import eyes
from tryon.overlays.application import Application, rgb8
from tryon.overlays.base import Scene
from tryon.overlays.eyes import Eyes
from tryon.overlays.light import LightEstimate
from tryon.render.draw import Rasteriser

TONES = ("#a03040", "#603028", "#281418", "#f0d8c8")


@pytest.mark.parametrize("template", ["smoky", "cut_crease"])
def test_films_by_runs_are_those_of_each_pixel(
    sitter: tuple[U8, Head, LightEstimate], monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    picture, head, light = sitter
    # What is finer than a run keeps its own hue; without it both are the same.
    bgr: U8 = np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.5), np.uint8)
    shadow = Application("eyeshadow", tuple((rgb8(tone), "matte") for tone in TONES), 0.9, 1.0, template)
    made = []
    for small_px in (1e9, 0.0):
        monkeypatch.setattr(eyes, "SMALL_PX", small_px)
        view = Scene(bgr.copy(), (head,), head.camera, light, Rasteriser())
        Eyes((shadow,)).draw(view)
        made.append(view.bgr.astype(int))
    changed = (made[0] != bgr).any(axis=2)
    assert changed.sum() > 500
    off = (made[1] - made[0])[changed]
    # A run's tone is that of its middle, half a pixel away: no darker or redder on the whole, and near in each.
    assert np.abs(off.mean(axis=0)).max() < 0.5
    assert np.abs(off).mean() < 4.0
