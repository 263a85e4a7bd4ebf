"""Complete looks of a catalogue: what is read, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tryon.catalogue.items import Product
from tryon.catalogue.look_files import LOOKS_FILE, LOOKS_FILE_MAX_BYTES, load_looks
from tryon.errors import AssetTooLarge, BadAsset
from tryon.looks import LookBook, LookItem

ITEM = {"sku": "velvet-lipstick", "shade": "classic-red", "strength": 0.8, "template": "blotted"}


def written(folder: Path, *looks: dict[str, Any]) -> Path:
    (folder / LOOKS_FILE).write_text(json.dumps({"looks": looks}))
    return folder


def look(**fields: Any) -> dict[str, Any]:
    return {"id": "red", "name": "Red", "items": [ITEM], **fields}


@pytest.fixture(scope="module")
def products(book: LookBook) -> tuple[Product, ...]:
    return book.products()


def test_looks_are_read_in_their_order(tmp_path: Path, products: tuple[Product, ...]) -> None:
    found = load_looks(written(tmp_path, look(), look(id="other", description="Two.")), products)
    assert [each.id for each in found] == ["red", "other"]
    assert found[0].items[0].model_dump(exclude_none=True) == ITEM


def test_a_catalogue_needs_none(tmp_path: Path, products: tuple[Product, ...]) -> None:
    assert load_looks(tmp_path, products) == ()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"items": [{"sku": "no-such"}]}, "'no-such'"),
        ({"items": [ITEM | {"shade": "beige"}]}, "'beige'"),
        ({"items": [ITEM | {"finish": "glitter"}]}, "'glitter'"),
        ({"items": [ITEM | {"template": "winged"}]}, "'winged'"),
        ({"items": [{"sku": "harbour-black", "template": "full"}]}, "'full'"),
        ({"items": [ITEM | {"strength": 1.5}]}, "strength"),
        ({"items": []}, "items"),
        ({"items": [ITEM] * 17}, "items"),
        ({"mood": "dark"}, "mood"),
    ],
)
def test_what_cannot_be_worn_is_refused_by_name(
    tmp_path: Path, products: tuple[Product, ...], fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(BadAsset, match=named) as refusal:
        load_looks(written(tmp_path, look(**fields)), products)
    assert refusal.value.sentence.startswith(LOOKS_FILE)


def test_two_of_one_id_and_files_beyond_the_limit_are_refused(
    tmp_path: Path, products: tuple[Product, ...]
) -> None:
    with pytest.raises(BadAsset, match="share an id"):
        load_looks(written(tmp_path, look(), look()), products)
    (tmp_path / LOOKS_FILE).write_bytes(b" " * (LOOKS_FILE_MAX_BYTES + 1))
    with pytest.raises(AssetTooLarge):
        load_looks(tmp_path, products)


def test_the_looks_that_come_along_can_be_worn(book: LookBook) -> None:
    looks = book.looks()
    assert len(looks) >= 3
    for each in looks:
        items = [LookItem(**item.model_dump(exclude_none=True)) for item in each.items]
        assert len(book.resolve(items).items) == len(items)
