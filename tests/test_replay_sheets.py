"""The documentation's contact sheets."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import U8
from tryon.looks import LookBook, LookItem
from tryon.replay.lighting import LIGHTS
from tryon.replay.sheets import CROP_PX, SHOTS, TILE_PX, sheet, tile
from tryon.replay.tone import TONES


def test_the_sheet_shows_every_frame_many_lights_skins_and_poses(book: LookBook) -> None:
    assert len(SHOTS) >= 12
    assert len(set(SHOTS)) == len(SHOTS)
    assert {shot.sku for shot in SHOTS} == {item.sku for item in book.products() if item.kind == "eyewear"}
    assert {shot.light for shot in SHOTS} == set(LIGHTS)
    assert len({shot.tone for shot in SHOTS}) >= 4
    assert {shot.tone for shot in SHOTS} <= {None, *TONES}
    assert min(shot.yaw_deg for shot in SHOTS) < -25 < 25 < max(shot.yaw_deg for shot in SHOTS)
    for shot in SHOTS:
        assert book.resolve((LookItem(shot.sku, shot.lens),)).overlays


def test_tiles_stand_in_rows_and_the_last_is_filled_up() -> None:
    tiles: list[U8] = [np.full((2, 3, 3), number, np.uint8) for number in range(5)]
    whole = sheet(tiles, 3)
    assert whole.shape == (4, 9, 3)
    assert whole[0, ::3, 0].tolist() == [0, 1, 2]
    assert whole[2, ::3, 0].tolist() == [3, 4, 255]


@pytest.mark.parametrize(("x", "y"), [(320.0, 240.0), (10.0, 470.0)])
def test_a_tile_is_cut_around_its_place(x: float, y: float) -> None:
    bgr: U8 = np.zeros((480, 640, 3), np.uint8)
    bgr[int(y) - 3 : int(y) + 4, max(int(x) - 3, 0) : int(x) + 4] = 255
    cut = tile(bgr, x, y)
    assert cut.shape == (TILE_PX[1], TILE_PX[0], 3)
    rows, columns = np.nonzero(cut[..., 0] > 128)
    assert columns.mean() == pytest.approx(TILE_PX[0] / 2, abs=2)
    assert rows.mean() == pytest.approx(TILE_PX[1] / 2 - 0.08 * CROP_PX[1] * TILE_PX[1] / CROP_PX[1], abs=2)
