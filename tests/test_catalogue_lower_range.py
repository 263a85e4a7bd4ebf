"""The skirts and trousers that come with Tryon: files that can be worn, and what the generator makes of a design."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.garment import LOWER
from tryon.catalogue.garment_fabric import Fabric
from tryon.catalogue.items import BOTTOMS, ProductFile, load_product
from tryon.catalogue.lower_range import LOWER_RANGE, LowerCut, LowerDesign, content, draw

COMMITTED = Path(__file__).resolve().parents[1] / "assets" / "catalogue"
PICTURE_MAX_BYTES = 270_000


@pytest.mark.parametrize("design", LOWER_RANGE, ids=lambda design: design.sku)
def test_each_design_lies_in_the_catalogue(design: LowerDesign) -> None:
    product = load_product(COMMITTED / design.sku)
    assert product.garment is not None
    assert (product.garment.cut, product.name, product.slot) == (design.cut_name, design.name, BOTTOMS)
    assert product.thumbnail is not None
    assert product.garment.picture.stat().st_size < PICTURE_MAX_BYTES
    assert "until your knees are in view" in product.description
    picture = cv2.imread(str(product.garment.picture), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    for name, (x, y) in product.garment.points.items():
        near = picture[max(int(y) - 6, 0) : int(y) + 7, max(int(x) - 6, 0) : int(x) + 7, 3]
        assert near.max() > 200, name


def test_the_range_has_a_skirt_and_trousers() -> None:
    assert {design.cut_name for design in LOWER_RANGE} == set(LOWER)


@pytest.mark.parametrize("design", LOWER_RANGE, ids=lambda design: design.sku)
def test_a_drawn_design_is_what_its_file_says(design: LowerDesign) -> None:
    """Small, so that it is quick; the details go along."""
    cut = design.cut
    small = LowerCut(
        12.0,
        0.5,
        (14.0, 9.0),
        13.0,
        30.0,
        None if cut.leg_cm is None else (13.0, 2.0),
        hem_cm=19.0,
        hem_drop_cm=1.0,
    )
    design = replace(design, cut=small, fabric=Fabric("#b03040", design.fabric.weave))
    picture, points = draw(design)
    assert np.array_equal(picture, draw(design)[0])
    assert set(points) == set(LOWER[design.cut_name])
    x, y = points["waist_centre"]
    blue, green, red, alpha = picture[int(y) + 70, int(x) - 30].tolist()
    assert alpha == 255
    assert red > 1.5 * max(blue, green)
    assert picture[0, 0, 3] == picture[-1, 0, 3] == 0
    if design.cut_name == "trousers":
        # Between the legs is nothing.
        assert picture[int(points["left_leg_outer"][1]) - 6, int(points["crotch"][0]), 3] == 0
    told = content(design, points)
    assert ProductFile.model_validate(told).cut == design.cut_name
    assert told["description"].endswith("over your own trousers.")
