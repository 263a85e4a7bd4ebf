"""Points found in pictures whose points are known: the garments that come with Tryon, whole, enlarged and mirrored."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.garment_check import checked
from tryon.catalogue.garment_points import find_points, main
from tryon.catalogue.items import load_product
from tryon.frame import U8

COMMITTED = Path(__file__).resolve().parents[1] / "assets" / "catalogue"
SKUS = (
    "linden-tee",
    "harbour-stripe",
    "cove-tank",
    "fjord-sweater",
    "meadow-dress",
    "oxford-shirt",
    "ridge-jacket",
)


def source(sku: str) -> tuple[U8, dict[str, tuple[float, float]]]:
    garment = load_product(COMMITTED / sku).garment
    assert garment is not None
    return checked(cv2.imread(str(garment.picture), cv2.IMREAD_UNCHANGED), sku), dict(garment.points)  # type: ignore[arg-type]


@pytest.mark.parametrize("sku", SKUS)
def test_points_are_found(sku: str) -> None:
    picture, truth = source(sku)
    found = find_points(picture)
    assert set(found) == set(truth)
    unit = truth["left_shoulder"][0] - truth["right_shoulder"][0]
    away = {name: np.hypot(*np.subtract(found[name], truth[name])) / unit for name in truth}
    assert max(away.values()) < 0.15, away
    assert np.median(list(away.values())) < 0.04


def test_a_larger_picture_has_its_points_further_apart() -> None:
    picture, _ = source("linden-tee")
    larger: U8 = np.asarray(cv2.resize(picture, None, fx=2.0, fy=2.0), np.uint8)
    one, other = find_points(picture), find_points(larger)
    for name, point in one.items():
        assert np.array(other[name]) == pytest.approx(2 * np.array(point), abs=14)


def test_the_command_prints_them_or_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(COMMITTED / "linden-tee" / "picture.png")])
    assert set(json.loads(capsys.readouterr().out)) == set(source("linden-tee")[1])
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.zeros((50, 50, 4), np.uint8))
    with pytest.raises(SystemExit):
        main([str(small)])
    assert "50×50" in capsys.readouterr().err
