"""The garments that come with Tryon: files that can be worn, and what the generator makes of a design."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.garment_cut import Cut
from tryon.catalogue.garment_details import Design, tee
from tryon.catalogue.garment_fabric import Fabric
from tryon.catalogue.garment_picture import Canvas, Part
from tryon.catalogue.garment_range import RANGE, content, draw, points_cm
from tryon.catalogue.items import ProductFile, load_product

COMMITTED = Path(__file__).resolve().parents[1] / "assets" / "catalogue"
PICTURE_MAX_BYTES = 270_000


@pytest.mark.parametrize("design", RANGE, ids=lambda design: design.sku)
def test_each_design_lies_in_the_catalogue(design: Design) -> None:
    product = load_product(COMMITTED / design.sku)
    assert product.garment is not None
    assert (product.garment.cut, product.name) == (design.cut_name, design.name)
    assert ("Shown over your own sleeves" in product.description) == (design.cut.sleeve_cm < 30)
    assert product.thumbnail is not None
    assert product.garment.picture.stat().st_size < PICTURE_MAX_BYTES
    picture = cv2.imread(str(product.garment.picture), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape[2] == 4
    for name, (x, y) in product.garment.points.items():
        near = picture[max(int(y) - 6, 0) : int(y) + 7, max(int(x) - 6, 0) : int(x) + 7, 3]
        if not (design.cut.open_cm and name in ("hem_centre", "neck_front")):
            assert near.max() > 200, name


def test_the_range_has_every_cut() -> None:
    cuts = {design.cut_name for design in RANGE}
    assert cuts == {"t_shirt", "polo", "shirt", "blouse", "sweater", "hoodie", "jacket", "tank", "dress"}
    assert len({design.sku for design in RANGE}) == len(RANGE) >= 8


def test_a_drawn_design_is_what_its_file_says() -> None:
    cut = Cut(shoulder_cm=(9.0, 2.0), armpit_cm=(10.0, 9.0), waist_cm=(10.0, 14.0), hem_cm=(10.0, 20.0), neck_cm=4.0,
              neck_depth_cm=3.0, sleeve_cm=8.0, cuff_cm=6.0)  # fmt: skip
    design = Design("little-tee", "Little", "t_shirt", "", cut, Fabric("#b03040"), tee)
    picture, points = draw(design)
    again, _ = draw(design)
    assert np.array_equal(picture, again)
    assert set(points) == set(points_cm(cut))
    chest = (np.array(points["right_armpit"]) + points["left_armpit"]) / 2
    blue, green, red, alpha = picture[int(chest[1]), int(chest[0])].tolist()
    assert alpha == 255
    assert red > 2 * max(blue, green)
    assert picture[-1, 0, 3] == picture[0, 0, 3] == 0
    assert ProductFile.model_validate(content(design, points)).cut == "t_shirt"
    assert json.dumps(content(design, points))


def test_a_sleeveless_cut_has_no_cuffs() -> None:
    assert not [name for name in points_cm(Cut(sleeve_cm=0.0)) if "cuff" in name]


def test_a_part_casts_a_shadow_below_it_and_is_lit_from_above_left() -> None:
    canvas = Canvas(np.array([-10.0, -10.0]), np.array([10.0, 10.0]), 1)
    sheet = np.array([[-9.0, -9.0], [9.0, -9.0], [9.0, 9.0], [-9.0, 9.0]])
    cloth = Fabric("#a0a0a0", "poplin")
    flat = Part(sheet, cloth, depth=0.0, casts=False)
    canvas.add(flat)
    before = canvas.color.copy()
    canvas.add(replace(flat, outline=sheet * 0.3, lift_cm=0.5, casts=True))
    below = canvas.color[int((3.1 - canvas.origin_cm[1]) * canvas.scale), canvas.shape[1] // 2]
    there = before[int((3.1 - canvas.origin_cm[1]) * canvas.scale), canvas.shape[1] // 2]
    assert (below < 0.95 * there).all()
    row = int(-canvas.origin_cm[1] * canvas.scale)
    left, right = (int((x - canvas.origin_cm[0]) * canvas.scale) for x in (-2.4, 2.4))
    assert canvas.color[row, left].mean() > canvas.color[row, right].mean()
