"""From a photo and three numbers to a product's files, and what the report says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.photo_frames import photo, specs
from tryon.catalogue.items import load_product
from tryon.errors import BadAsset, StoreInvalid
from tryon.ingest.eyewear_photo import eyewear_photo
from tryon.ingest.orders import order_of
from tryon.ingest.work import Work
from tryon.render.gltf import load_glb

NAME = "honey-panto"


def worked(
    tmp_path: Path, size: str, **dimensions: float
) -> tuple[dict[str, Any], dict[str, list[str]], Path]:
    """The product that was told, the notes by kind, and its folder."""
    source = tmp_path / "upload"
    source.write_bytes(photo(NAME).jpeg)
    folder = tmp_path / "work"
    folder.mkdir()
    told: list[Any] = []
    definition = {"sku": "mine", "kind": "eyewear", "name": "Mine", "dimensions_mm": dimensions}
    order = {"kind": "eyewear-photo", "sku": "mine", "size": size, "product": {"definition": definition}}
    eyewear_photo(Work(order, {"source": source}, folder, told.append))
    notes: dict[str, list[str]] = {"found": [], "fixed": [], "advice": []}
    for value in told:
        if "note" in value:
            notes[value["note"][0]].append(value["note"][1])
    fractions = [value["fraction"] for value in told if "fraction" in value]
    assert fractions == sorted(fractions)
    return next(value for value in told if "product" in value), notes, folder / "mine"


def test_a_photo_and_three_numbers_are_a_product(tmp_path: Path) -> None:
    told, notes, place = worked(tmp_path, "49□20-145")
    sizes = told["product"]["definition"]["dimensions_mm"]
    assert (sizes["lens_width_mm"], sizes["bridge_mm"], sizes["temple_length_mm"]) == (49, 20, 145)
    assert sizes["total_width_mm"] == pytest.approx(specs()[NAME].total_width_mm, rel=0.015)
    assert set(told["files"]) == {"model.glb", "source.jpg", "thumbnail.png", "turntable.jpg"}
    assert (place / "source.jpg").read_bytes() == photo(NAME).jpeg
    found = " ".join(notes["found"])
    for said in ("front of acetate", "pixels", "lenses are clear", "Temples by the parts"):
        assert said in found, notes
    assert any(re.search(r"turned by -?(1\.[89]|2\.[0-4])°", note) for note in notes["fixed"]), notes
    assert load_product(place).thumbnail is not None
    assert load_glb((place / "model.glb").read_bytes()).size_mm[0] < 160


def test_a_wrong_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAsset, match="do not fit the photo"):
        worked(tmp_path, "49-14-145")


def test_a_product_that_says_otherwise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAsset, match="declares bridge_mm 18"):
        worked(tmp_path, "49-20-145", bridge_mm=18.0)


@pytest.mark.parametrize(("size", "said"), [("49-20", "three numbers"), ("49-20-14", "temple length is 14")])
def test_numbers_are_checked_before_anything_is_queued(size: str, said: str) -> None:
    order = {"kind": "eyewear-photo", "sku": "mine", "upload": "0" * 32, "size": size}
    with pytest.raises(StoreInvalid, match=said) as told:
        order_of(order)
    assert told.value.details["field"] == "eyewear-photo.size"
