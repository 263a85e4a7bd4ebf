"""The contact sheet of garments."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tryon.config import Settings
from tryon.looks import LookBook, LookItem
from tryon.overlays.garment import Garment
from tryon.replay.garment_sheet import SHOTS, TILE_PX, Fitting, Shot
from tryon.replay.lighting import LIGHTS
from tryon.replay.tone import TONES


@pytest.fixture(scope="module")
def fitting() -> Iterator[Fitting]:
    made = Fitting(Settings(threads=1))
    yield made
    made.close()


def test_the_sheet_shows_long_sleeves_on_many_skins_and_in_many_lights(book: LookBook) -> None:
    assert len(set(SHOTS)) == len(SHOTS)
    worn = {shot.sku for shot in SHOTS if shot.sku}
    assert len(worn) >= 5
    for sku in worn:
        (overlay,) = book.resolve((LookItem(sku),)).overlays
        assert isinstance(overlay, Garment)
        assert overlay.long
    assert {shot.light for shot in SHOTS} <= set(LIGHTS)
    assert len({shot.light for shot in SHOTS}) >= 3
    assert {shot.tone for shot in SHOTS} <= {None, *TONES}
    assert len({shot.tone for shot in SHOTS}) >= 4


def test_a_tile_shows_the_garment_and_a_mirrored_one_the_other_way_round(fitting: Fitting) -> None:
    bare, worn, mirrored = (
        fitting.worn(shot) for shot in (Shot(None), Shot("oxford-shirt"), Shot("oxford-shirt", mirrored=True))
    )
    assert worn.shape == (TILE_PX, TILE_PX, 3)
    changed = np.abs(worn.astype(int) - bare).max(axis=-1) > 12
    # The lower half is dressed, what is above the face is not.
    assert changed[TILE_PX // 2 :].mean() > 0.3
    assert changed[: TILE_PX // 12].mean() < 0.01
    assert np.abs(mirrored[: TILE_PX // 12, ::-1].astype(int) - bare[: TILE_PX // 12]).mean() < 2
