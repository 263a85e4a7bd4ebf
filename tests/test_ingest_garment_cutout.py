"""Cutting a garment out: against outlines that are known."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest

from tests.garment_photos import SIDE_PX, shoot
from tryon.errors import BadAsset
from tryon.frame import U8
from tryon.ingest.garment_cutout import ASKEW_MAX_DEG, SIDE_MAX_PX, Cutout, askew_deg, cut_out
from tryon.ingest.photo_read import Picture, read_picture


def overlap(cutout: Cutout, solid: object) -> float:
    """Intersection over union of what was cut out with the truth."""
    height, width = cutout.bgra.shape[:2]
    true = cv2.warpAffine(np.asarray(solid, np.float32), cutout.from_photo, (width, height)) > 0.5
    found = cutout.bgra[..., 3] > 127
    return float((true & found).sum() / (true | found).sum())


@pytest.mark.parametrize(
    ("sku", "turned_deg"),
    [("linden-tee", 0.0), ("linden-tee", 6.0), ("cove-tank", -9.0), ("campus-hoodie", 3.0)],
)
def test_a_garment_is_cut_out_and_set_upright(sku: str, turned_deg: float) -> None:
    shot = shoot(sku, turned_deg)
    cutout = cut_out(read_picture(shot.jpeg))
    assert overlap(cutout, shot.solid) > 0.985
    assert cutout.turned_deg == pytest.approx(-turned_deg, abs=0.8)
    # The light falls off by a quarter from corner to corner, in linear light.
    assert 0.2 < cutout.uneven < 0.6


def test_light_is_evened_out() -> None:
    shot = shoot("linden-tee")
    before, after = shot.bgr.astype(float), cut_out(read_picture(shot.jpeg))
    chest = [
        np.mean([shot.points[f"{side}_armpit"], shot.points["neck_front"]], axis=0)
        for side in ("left", "right")
    ]
    moved = [after.from_photo @ np.array([*at, 1.0]) for at in chest]

    def difference(picture: object, places: list[object]) -> float:
        left, right = (
            np.asarray(picture, float)[int(y) - 6 : int(y) + 7, int(x) - 6 : int(x) + 7, :3].mean()
            for x, y in (np.asarray(at, float) for at in places)
        )
        return abs(float(left) - float(right))

    assert difference(after.bgra, list(moved)) < 0.5 * difference(before, list(chest))


def test_what_came_cut_out_stays_as_it_is() -> None:
    shot = shoot("cove-tank")
    cover = shot.solid.astype(np.float32)
    cutout = cut_out(Picture(shot.bgr, cover))
    assert cutout.uneven == 0.0
    assert overlap(cutout, shot.solid) > 0.99


def test_a_large_photo_becomes_as_large_as_is_worn() -> None:
    shot = shoot("cove-tank")
    large = np.asarray(cv2.resize(shot.bgr, None, fx=2.2, fy=2.2), np.uint8)
    assert max(cut_out(Picture(large, None)).bgra.shape) <= SIDE_MAX_PX + 1


def test_specks_and_pinholes_go_and_a_hole_stays() -> None:
    cover = np.zeros((400, 400), np.float32)
    cover[80:320, 100:300] = 1.0
    cover[20:26, 20:26] = 1.0
    cover[150:154, 150:154] = 0.0
    cover[200:260, 180:220] = 0.0
    bgr: U8 = np.full((400, 400, 3), 90, np.uint8)
    alpha = cut_out(Picture(bgr, cover)).bgra[..., 3] > 127
    assert alpha.sum() == pytest.approx(240 * 200 - 60 * 40, rel=0.01)


def test_a_photo_full_of_grain_needs_no_more_memory() -> None:
    cover = np.zeros((600, 600), np.float32)
    cover[::5, ::5] = 0.3
    cover[150:450, 200:400] = 1.0
    cover[160:440:5, 210:390:5] = 0.5
    bgr: U8 = np.full((600, 600, 3), 90, np.uint8)
    tracemalloc.start()
    try:
        alpha = cut_out(Picture(bgr, cover)).bgra[..., 3]
        # Thousands of specks and pinholes, each of which had a map of its own.
        assert tracemalloc.get_traced_memory()[1] < 100 * cover.nbytes
    finally:
        tracemalloc.stop()
    assert (alpha > 250).sum() == pytest.approx(300 * 200, rel=0.01)
    assert (alpha > 0).sum() < 1.03 * 300 * 200


@pytest.mark.parametrize("degrees", [-14.0, -3.0, 0.0, 7.0])
def test_askew_is_measured(degrees: float) -> None:
    cover: U8 = np.zeros((300, 300), np.uint8)
    cv2.fillPoly(cover, [np.array([[100, 60], [200, 60], [230, 240], [70, 240]])], (255.0,))
    matrix = cv2.getRotationMatrix2D((150, 150), -degrees, 1.0)
    turned = cv2.warpAffine(cover, matrix, (300, 300)).astype(np.float32) / 255
    assert askew_deg(turned) == pytest.approx(-degrees, abs=0.6)


def test_what_lies_on_its_side_is_not_turned() -> None:
    shot = shoot("cove-tank", 40.0)
    assert ASKEW_MAX_DEG < 40
    assert askew_deg(shot.solid.astype(np.float32)) == 0.0


def test_a_busy_background_and_an_empty_one_are_refused() -> None:
    busy = np.random.default_rng(0).integers(0, 255, (SIDE_PX // 20, SIDE_PX // 20, 3)).astype(np.uint8)
    patches = np.asarray(cv2.resize(busy, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST), np.uint8)
    with pytest.raises(BadAsset, match="not plain; lay the garment"):
        cut_out(Picture(patches, None))
    with pytest.raises(BadAsset, match="No garment was found"):
        cut_out(Picture(np.full((300, 300, 3), 200, np.uint8), None))
