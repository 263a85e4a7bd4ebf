"""Points of skirts and trousers, found in pictures whose points are known, and pictures that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.garment import LOWER, CutName
from tryon.catalogue.garment_check import check_head_up, checked
from tryon.catalogue.garment_points import find_points, main
from tryon.catalogue.items import load_product
from tryon.catalogue.lower_points import find_lower_points
from tryon.errors import BadAsset
from tryon.frame import U8

COMMITTED = Path(__file__).resolve().parents[1] / "assets" / "catalogue"
SKUS = {"quarry-jeans": "trousers", "orchard-skirt": "skirt"}


def source(sku: str) -> tuple[U8, dict[str, tuple[float, float]], CutName]:
    garment = load_product(COMMITTED / sku).garment
    assert garment is not None
    picture = cv2.imread(str(garment.picture), cv2.IMREAD_UNCHANGED)
    return checked(np.asarray(picture, np.uint8), sku, garment.cut), dict(garment.points), garment.cut


def shape(*outline: tuple[int, int]) -> U8:
    """A picture of one colour, 600 × 400, in this outline."""
    bgra: U8 = np.zeros((600, 400, 4), np.uint8)
    cv2.fillPoly(bgra, [np.array(outline, np.int32)], (90.0, 80.0, 70.0, 255.0))
    return bgra


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("sku", SKUS)
def test_points_are_found(sku: str, mirrored: bool) -> None:
    picture, truth, cut = source(sku)
    assert cut == SKUS[sku]
    if mirrored:
        picture = np.ascontiguousarray(picture[:, ::-1])
        swapped = {"right": "left", "left": "right"}
        truth = {
            "_".join(swapped.get(word, word) for word in name.split("_")): (picture.shape[1] - x, y)
            for name, (x, y) in truth.items()
        }
    found = find_points(picture, cut)
    assert set(found) == set(truth) == set(LOWER[cut])
    unit = truth["left_hip"][0] - truth["right_hip"][0]
    away = {name: float(np.hypot(*np.subtract(found[name], truth[name]))) / unit for name in truth}
    assert max(away.values()) < 0.08, away
    assert np.median(list(away.values())) < 0.02


def test_legs_that_touch_below_the_seat_have_a_crotch_all_the_same() -> None:
    """Laid with both legs together, only their ends part: the crotch is not there."""
    legs = shape(
        (130, 40),
        (270, 40),
        (310, 180),
        (300, 560),
        (206, 560),
        (200, 380),
        (194, 560),
        (100, 560),
        (90, 180),
    )
    found = find_lower_points(legs, "trousers")
    assert found["crotch"][1] < 260
    assert found["right_leg_inner"][0] == pytest.approx(194, abs=3)
    assert found["left_leg_outer"] == pytest.approx((300, 560), abs=3)


def test_a_shirt_is_no_skirt_of_two_legs() -> None:
    skirt = shape((130, 40), (270, 40), (320, 560), (80, 560))
    with pytest.raises(BadAsset, match="No gap between two legs was found"):
        find_lower_points(skirt, "trousers")
    with pytest.raises(BadAsset, match="two legs; its cut is trousers"):
        find_lower_points(source("quarry-jeans")[0], "skirt")


@pytest.mark.parametrize("sku", SKUS)
def test_what_stands_on_its_head_is_refused(sku: str) -> None:
    picture, _, cut = source(sku)
    check_head_up(picture, sku, cut)
    with pytest.raises(BadAsset, match="upside down; turn the picture so that the waist is above"):
        check_head_up(np.ascontiguousarray(picture[::-1]), sku, cut)
    with pytest.raises(BadAsset, match="lying on its side; turn the picture so that the waist is above"):
        checked(np.ascontiguousarray(np.rot90(picture)), sku, cut)


def test_the_command_takes_the_cut(capsys: pytest.CaptureFixture[str]) -> None:
    main([str(COMMITTED / "quarry-jeans" / "picture.png"), "--cut", "trousers"])
    assert set(json.loads(capsys.readouterr().out)) == set(LOWER["trousers"])
