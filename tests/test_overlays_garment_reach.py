"""How far cloth may be drawn out: over what is worn beneath, and not past its own ends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.looks import LookBook, LookItem
from tryon.overlays.garment import Garment
from tryon.overlays.garment_reach import (
    CHEST,
    REACH,
    RISE,
    above_hem,
    around,
    near,
    sideways,
    wearers_shoulders,
    within_sleeve,
)

UNIT = 100.0
# A sleeve that hangs straight down at the wearer's left.
AT: dict[str, F64] = {
    "left_shoulder": np.array([100.0, 20.0]),
    "left_armpit": np.array([70.0, 50.0]),
    "left_cuff_outer": np.array([100.0, 120.0]),
    "left_cuff_inner": np.array([70.0, 120.0]),
}
# Shoulders that slope from a neck between 90 and 110.
SHOULDERS: dict[str, F64] = {
    "right_neck": np.array([90.0, 50.0]),
    "left_neck": np.array([110.0, 50.0]),
    "right_shoulder": np.array([50.0, 60.0]),
    "left_shoulder": np.array([150.0, 60.0]),
}


def test_cloth_goes_on_for_a_while_outside_its_outline() -> None:
    alpha: U8 = np.zeros((200, 200), np.uint8)
    alpha[50:150, 50:150] = 255
    found = around(alpha, SHOULDERS, UNIT, UNIT)
    assert found[100, 100] == 255
    assert found[100, int(150 + 0.5 * REACH * UNIT)] == 255
    assert found[100, int(150 + 1.1 * REACH * UNIT)] == 0


def test_straps_are_worn_by_wider_shoulders() -> None:
    at = {"left_armpit": np.array([170.0, 90.0]), "right_armpit": np.array([30.0, 90.0])}
    assert wearers_shoulders(at, UNIT) == pytest.approx(140.0 / CHEST)
    assert wearers_shoulders(at, 130.0) == 130.0


def test_an_open_front_stays_open() -> None:
    alpha: U8 = np.zeros((200, 200), np.uint8)
    alpha[50:150, 50:95] = alpha[50:150, 105:150] = 255
    assert not around(alpha, SHOULDERS, UNIT, UNIT)[60:140, 96:104].any()


def test_a_little_cloth_rises_from_the_shoulders() -> None:
    alpha: U8 = np.zeros((200, 200), np.uint8)
    alpha[50:150, 50:150] = 255
    found = around(alpha, SHOULDERS, UNIT, UNIT)
    assert not found[: int(49 - RISE * UNIT), 60:140].any()
    assert (found[int(51 - 0.6 * RISE * UNIT) : 50, 60:90] > 0).all()
    # Beside the shoulders as far as anywhere.
    assert found[80, int(150 + 0.5 * REACH * UNIT)] == 255


def test_a_border_of_the_width_asked_for() -> None:
    area: U8 = np.zeros((60, 60), np.uint8)
    area[30, 30] = 255
    rows, columns = np.nonzero(near(area, 6.0))
    assert np.hypot(rows - 30, columns - 30).max() == pytest.approx(6.0, abs=0.5)


def test_a_sleeve_ends_at_its_cuff_and_at_the_torso() -> None:
    inside = within_sleeve(AT, "left", (200, 200), UNIT)
    assert inside[80, 85] == 255
    # Outwards it goes on, and above the shoulder.
    assert inside[80, 140] == 255
    assert inside[10, 100] == 255
    # Past the cuff and beside the inner rail it does not.
    assert not inside[120:].any()
    assert not inside[60:, :66].any()
    assert inside[60:110, 69].all()


@pytest.mark.parametrize("sku", ["linden-tee", "oxford-shirt"])
def test_no_sleeve_is_drawn_out_past_its_end(book: LookBook, sku: str) -> None:
    (garment,) = book.resolve((LookItem(sku),)).overlays
    assert isinstance(garment, Garment)
    parts = garment.parts
    for side in ("right", "left"):
        texture = parts.sleeves[side].textures[0]
        drawn_out: U8 = np.where(texture[..., 3] < 20, texture[..., 4], 0).astype(np.uint8)
        out, inn = parts.points[f"{side}_cuff_outer"], parts.points[f"{side}_cuff_inner"]
        root = (parts.points[f"{side}_shoulder"] + parts.points[f"{side}_armpit"]) / 2
        past = (out + inn) / 2 + 0.06 * parts.shoulder_px * ((out + inn) / 2 - root) / np.hypot(
            *((out + inn) / 2 - root)
        )
        spot = np.zeros(drawn_out.shape, np.uint8)
        cv2.circle(spot, tuple(int(v) for v in past), int(0.03 * parts.shoulder_px), (1.0,), -1)
        assert not drawn_out[spot > 0].any()
        above = (parts.points[f"{side}_shoulder"] + out) / 2 - np.array([0.0, 0.06 * parts.shoulder_px])
        assert texture[int(above[1]), int(above[0]), 4] > 200


def test_the_hem_ends_where_it_is_and_beside_it_where_its_corners_do() -> None:
    body: U8 = np.zeros((200, 200), np.uint8)
    cv2.fillPoly(
        body, [np.array([(50, 20), (150, 20), (150, 160), (100, 180), (50, 160)], np.int32)], (255.0,)
    )
    at = {"right_hem": np.array([50.0, 160.0]), "left_hem": np.array([150.0, 160.0])}
    found = above_hem(at, body, UNIT)
    ends = found.argmin(axis=0)
    assert abs(ends[100] - 179) <= 1
    assert abs(ends[53] - 160) <= 2
    # Level from the corners on.
    assert len(set(ends[:54])) == len(set(ends[147:])) == 1
    assert ends[0] == ends[199]


def test_beside_a_part_its_rows_go_on_mirrored_and_its_own_pixels_stay() -> None:
    part: U8 = np.zeros((60, 100), np.uint8)
    part[20:, 30:70] = 255
    color = np.random.default_rng(1).integers(0, 255, (60, 100, 3)).astype(np.uint8)
    made = sideways(color, part)
    assert np.array_equal(made[:20], color[:20])
    assert np.array_equal(made[20:, 32:68], color[20:, 32:68])
    assert np.array_equal(made[20:, 22:32], color[20:, 33:43][:, ::-1])
    assert np.array_equal(made[20:, 68:78], color[20:, 57:67][:, ::-1])
    assert np.array_equal(sideways(color, np.zeros_like(part)), color)


def test_beside_a_slanted_sleeve_stripes_across_it_go_on() -> None:
    down = np.array([0.5, np.sqrt(0.75)])
    y, x = np.mgrid[0:200, 0:200] - 100.0
    along, across = x * down[0] + y * down[1], x * down[1] - y * down[0]
    part = np.where((np.abs(across) < 20) & (np.abs(along) < 70), 255, 0).astype(np.uint8)
    stripes = (127.5 + 127.5 * np.sin(along / 4)).astype(np.uint8)
    color = np.where(part > 0, stripes, 0).astype(np.uint8)
    made = sideways(np.dstack([color] * 3), part, down)[..., 0]
    beside = (np.abs(across) > 23) & (np.abs(across) < 34) & (np.abs(along) < 60)
    assert np.corrcoef(made[beside], stripes[beside])[0, 1] > 0.97
    assert np.array_equal(made[part > 0], color[part > 0])
