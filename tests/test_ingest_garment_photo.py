"""From a photo to a garment's files, and what the report says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.garment_photos import Shot, shoot
from tryon.catalogue.garment import LOWER
from tryon.catalogue.items import load_product
from tryon.errors import BadAsset, StoreInvalid
from tryon.frame import U8
from tryon.ingest.garment_photo import garment_photo, most_unlike
from tryon.ingest.orders import order_of
from tryon.ingest.photo_read import WORK_PX
from tryon.ingest.work import Work
from tryon.overlays.garment import load_garment
from tryon.overlays.lower import load_lower
from tryon.resources import portrait
from tryon.store.assets import SOURCE_FILES

WHITE = (212, 214, 210)
Notes = dict[str, list[str]]


def worked(tmp_path: Path, data: bytes, **more: Any) -> tuple[dict[str, Any], Notes, Path]:
    """The product that was told, the notes by kind, and its folder."""
    source = tmp_path / "upload"
    source.write_bytes(data)
    folder = tmp_path / "work"
    folder.mkdir()
    told: list[Any] = []
    definition = {"sku": "mine", "kind": "garment", "name": "Mine", "cut": "t_shirt"} | more
    order = {"kind": "garment-photo", "sku": "mine", "product": {"definition": definition, "tags": ["new"]}}
    garment_photo(Work(order, {"source": source}, folder, told.append))
    notes: Notes = {"found": [], "fixed": [], "advice": []}
    for value in told:
        if "note" in value:
            notes[value["note"][0]].append(value["note"][1])
    fractions = [value["fraction"] for value in told if "fraction" in value]
    assert fractions == sorted(fractions)
    return next(value for value in told if "product" in value), notes, folder / "mine"


def off(told: dict[str, Any], shot: Shot, place: Path) -> dict[str, float]:
    """How far each point is from where it should be, in shoulders' widths; both pictures laid on their outlines."""
    picture = cv2.imread(str(place / "picture.png"), cv2.IMREAD_UNCHANGED)
    found = {name: np.array(at) for name, at in told["product"]["definition"]["points"].items()}
    true = {name: np.array(at) for name, at in shot.points.items()}
    boxes = [np.argwhere(mask)[:, ::-1] for mask in (picture[..., 3] > 127, shot.solid)]
    (low, high), (true_low, true_high) = ((box.min(axis=0), box.max(axis=0)) for box in boxes)
    scale = (high - low) / (true_high - true_low)
    shoulders = np.hypot(*(found["left_shoulder"] - found["right_shoulder"]))
    return {
        name: float(np.hypot(*((at - true_low) * scale + low - found[name])) / shoulders)
        for name, at in true.items()
    }


def test_a_photo_is_a_garment_that_can_be_worn(tmp_path: Path) -> None:
    shot = shoot("linden-tee")
    told, notes, place = worked(tmp_path, shot.jpeg)
    assert set(told["files"]) == {"picture.png", "points.jpg", "thumbnail.png", "source.jpg"}
    assert (place / "source.jpg").read_bytes() == shot.jpeg
    assert told["product"]["tags"] == ["new"]
    wrong = off(told, shot, place)
    assert len(wrong) == 16
    assert max(wrong.values()) < 0.06, wrong
    assert any("16 points, alike" in note for note in notes["found"]), notes
    assert any("Short sleeves" in note for note in notes["advice"]), notes
    assert any("fell off" in note for note in notes["fixed"]), notes
    product = load_product(place)
    assert product.thumbnail is not None
    assert product.garment is not None
    assert set(load_garment(product.garment, "mine").parts.sleeves) == {"left", "right"}
    assert cv2.imread(str(place / "points.jpg")) is not None


@pytest.mark.parametrize(("sku", "cut"), [("quarry-jeans", "trousers"), ("orchard-skirt", "skirt")])
def test_what_hangs_from_the_hips(tmp_path: Path, sku: str, cut: str) -> None:
    shot = shoot(sku, 4.0, WHITE)
    told, notes, place = worked(tmp_path, shot.jpeg, cut=cut)
    found = told["product"]["definition"]["points"]
    assert set(found) == set(LOWER[cut])
    hips = found["left_hip"][0] - found["right_hip"][0]
    waist = (found["right_waist"][1] + found["left_waist"][1]) / 2
    end = "left_leg_outer" if cut == "trousers" else "left_hem"
    true = {name: np.array(at) for name, at in shot.points.items()}
    length = float(np.hypot(*(true[end] - true["left_waist"])))
    assert (found[end][1] - waist) / hips == pytest.approx(
        length / np.hypot(*(true["left_hip"] - true["right_hip"])), rel=0.06
    )
    assert any("across the hips" in note for note in notes["found"]), notes
    assert any("hips and knees are in view" in note for note in notes["advice"]), notes
    assert any("shows below it" in note for note in notes["advice"]) == (cut == "skirt"), notes
    assert any("askew by" in note for note in notes["fixed"]), notes
    product = load_product(place)
    assert product.garment is not None
    assert (load_lower(product.garment, "mine").parts.skirt is not None) == (cut == "skirt")


def test_a_skirt_said_to_be_trousers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAsset, match="No gap between two legs"):
        worked(tmp_path, shoot("orchard-skirt", wall=WHITE).jpeg, cut="trousers")


def test_trousers_upside_down_are_refused_by_their_waist(tmp_path: Path) -> None:
    turned = cv2.imencode(".jpg", shoot("quarry-jeans").bgr[::-1])[1].tobytes()
    with pytest.raises(BadAsset, match="so that the waist is above"):
        worked(tmp_path, turned, cut="trousers")


def test_one_without_sleeves_that_lies_askew(tmp_path: Path) -> None:
    told, notes, _ = worked(tmp_path, shoot("cove-tank", 6.0).jpeg, cut="tank")
    assert "left_cuff_outer" not in told["product"]["definition"]["points"]
    assert "No sleeves." in notes["found"]
    assert any("askew by 6" in note or "askew by 5" in note for note in notes["fixed"]), notes


@pytest.mark.parametrize("times", [1, 3])
def test_points_that_come_along_go_with_the_picture(tmp_path: Path, times: int) -> None:
    """They are in the pixels of the photo that was sent, however large that is."""
    shot = shoot("linden-tee")
    large = cv2.resize(shot.bgr, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    assert times == 1 or max(large.shape) > WORK_PX
    points = {name: (times * x, times * y) for name, (x, y) in shot.points.items()}
    told, _, place = worked(tmp_path, cv2.imencode(".jpg", large)[1].tobytes(), points=points)
    assert max(off(told, shot, place).values()) < 0.01


def test_points_beside_the_garment_are_refused(tmp_path: Path) -> None:
    shot = shoot("linden-tee")
    with pytest.raises(BadAsset, match="left_hem is not on the garment") as refused:
        worked(tmp_path, shot.jpeg, points=shot.points | {"left_hem": (0.0, 5.0)})
    assert refused.value.details["field"] == "product.definition.points.left_hem"


def test_somebody_who_wears_it_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(BadAsset, match="Somebody wears the garment"):
        worked(tmp_path, cv2.imencode(".jpg", cv2.imread(str(portrait())))[1].tobytes())


@pytest.mark.parametrize(
    ("part", "said"), [(1.15, "cuts the garment off"), (0.2, "at least 200 on the shorter side")]
)
def test_a_garment_that_leaves_the_photo_or_is_tiny_is_refused(
    tmp_path: Path, part: float, said: str
) -> None:
    with pytest.raises(BadAsset, match=said):
        worked(tmp_path, shoot("linden-tee", part=part).jpeg)


def test_one_that_stands_on_its_head_is_refused_unless_its_points_come_along(tmp_path: Path) -> None:
    shot = shoot("linden-tee")
    turned = cv2.imencode(".jpg", shot.bgr[::-1])[1].tobytes()
    for name in ("found", "given"):
        (tmp_path / name).mkdir()
    with pytest.raises(BadAsset, match="upside down; turn the picture"):
        worked(tmp_path / "found", turned)
    high = len(shot.bgr)
    worked(tmp_path / "given", turned, points={name: (x, high - y) for name, (x, y) in shot.points.items()})


def test_two_garments_are_refused(tmp_path: Path) -> None:
    bgr = shoot("cove-tank", part=0.5).bgr
    two: U8 = np.hstack([bgr, bgr])
    with pytest.raises(BadAsset, match="more than one garment"):
        worked(tmp_path, cv2.imencode(".jpg", two)[1].tobytes())


def test_stripes_of_the_backgrounds_colour_are_named(tmp_path: Path) -> None:
    shot = shoot("harbour-stripe", wall=(226, 230, 232))
    with pytest.raises(BadAsset, match="the background's colour"):
        worked(tmp_path, shot.jpeg)


def test_sides_that_differ_are_told_with_the_pair() -> None:
    at = {
        f"{side}_{name}": np.array([sign * x + 50.0, y])
        for side, sign in (("right", -1), ("left", 1))
        for name, x, y in (("neck", 10, 0), ("shoulder", 25, 4), ("armpit", 20, 20))
    }
    assert most_unlike(at, 50.0)[1] == pytest.approx(0.0)
    at["left_armpit"] = at["left_armpit"] + (0.0, 10.0)
    name, share = most_unlike(at, 50.0)
    assert name == "armpit"
    assert share == pytest.approx(0.2)


def test_another_kind_of_product_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreInvalid, match="is to be a garment"):
        worked(tmp_path, shoot("linden-tee").jpeg, kind="eyewear", cut=None)


def test_an_order_needs_no_name_of_the_picture() -> None:
    product = {"definition": {"sku": "mine", "kind": "garment", "name": "Mine", "cut": "dress"}}
    order = order_of({"kind": "garment-photo", "sku": "mine", "upload": "0" * 32, "product": product})
    assert order.model_dump()["product"]["definition"]["picture"] == "picture.png"


def test_what_hides_behind_a_photo_is_in_nothing_that_is_shown(tmp_path: Path) -> None:
    payload = b"PK\x03\x04<script>alert(1)</script>"
    told, _, place = worked(tmp_path, shoot("linden-tee").jpeg + payload)
    for name in set(told["files"]) - SOURCE_FILES:
        assert b"<script>" not in (place / name).read_bytes()
