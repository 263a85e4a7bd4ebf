"""A shop from its ZIP: every kind of product, and what each way of being wrong costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.garment_photos import shoot
from tests.photo_frames import photo
from tests.shop_zips import lipstick, listed_size, packed
from tryon.catalogue.items import load_product
from tryon.ingest.products_zip import products_zip
from tryon.ingest.work import Work


@dataclass
class Heard:
    products: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)


def worked(tmp_path: Path, archive: bytes, done: int = 0) -> Heard:
    source, folder = tmp_path / "upload", tmp_path / "work"
    source.write_bytes(archive)
    folder.mkdir()
    heard = Heard()

    def hear(value: Mapping[str, Any]) -> None:
        if "product" in value:
            heard.products[value["product"]["definition"]["sku"]] = value
            assert all((folder / path).is_file() for path in value["files"].values())
        elif "row" in value:
            heard.refused[value["row"][0]] = value["row"][2]
        elif "note" in value:
            heard.notes.append(value["note"][1])
        elif "begin" in value:
            heard.begun.append(value["begin"])
        elif "ready" not in value and "preparing" not in value:
            heard.fractions.append(value["fraction"])

    products_zip(Work({"kind": "products-zip"}, {"source": source}, folder, hear, done=done))
    assert list(folder.glob("*/*.part")) == [], "what was unpacked is kept no longer than it is needed"
    return heard


def test_every_kind_of_product_comes_out_of_one_archive(tmp_path: Path, root: Path) -> None:
    model = (root / "assets" / "catalogue" / "meridian-gunmetal" / "model.glb").read_bytes()
    rgba = np.zeros((512, 512, 4), np.uint8)
    rgba[..., 1], rgba[100:200, :, 3] = 180, 255
    texture = cv2.imencode(".png", rgba)[1].tobytes()
    paint = {**lipstick("tiger"), "type": "face_paint", "finish": "matte", "texture": "stripes.png"}
    files = {
        "models/frame.glb": model,
        "photos/panto.jpg": photo("honey-panto").jpeg,
        "photos/tee.jpg": shoot("linden-tee").jpeg,
        "stripes.png": texture,
        "forgotten.jpg": b"x",
    }
    archive = packed(
        files,
        {"sku": "frame", "file": "models/frame.glb", "name": "Frame", "tags": "new"},
        {"sku": "panto", "file": "photos/panto.jpg", "size": "49-20-145"},
        lipstick("velvet"),
        {"sku": "tee", "file": "photos/TEE.jpg", "cut": "t_shirt"},
        {"sku": "velvet", "color": "#111", "shade_name": "Night"},
        paint,
    )
    heard = worked(tmp_path, archive)
    assert heard.refused == {}
    assert list(heard.products) == ["frame", "panto", "velvet", "tee", "tiger"]
    assert {sku: told["lines"] for sku, told in heard.products.items()} == {
        "frame": [2],
        "panto": [3],
        "velvet": [4, 6],
        "tee": [5],
        "tiger": [7],
    }
    assert (heard.begun, heard.fractions) == ([0, 1, 2, 3, 4], sorted(heard.fractions))
    assert "No row names 1 of the archive's files: forgotten.jpg" in heard.notes
    assert any(note.startswith("panto: ") for note in heard.notes), "advice says of what it is"
    for sku, told in heard.products.items():
        place = tmp_path / "out" / sku
        place.mkdir(parents=True)
        for name, path in told["files"].items():
            (place / name).write_bytes((tmp_path / "work" / path).read_bytes())
        import json

        (place / "product.json").write_text(json.dumps(told["product"]["definition"]), "utf-8")
        assert load_product(place).sku == sku
    kept = cv2.imread(str(tmp_path / "out" / "tiger" / "stripes.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(kept, rgba)


def test_a_texture_cannot_take_the_place_of_the_products_own_picture(tmp_path: Path) -> None:
    texture = cv2.imencode(".png", np.full((512, 512, 4), 200, np.uint8))[1].tobytes()
    paint = {**lipstick("tiger"), "type": "face_paint", "finish": "matte", "texture": "thumbnail.png"}
    heard = worked(tmp_path, packed({"thumbnail.png": texture}, paint, lipstick("velvet")))
    assert "name the face paint's otherwise" in heard.refused[2]
    assert list(heard.products) == ["velvet"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"file": "gone.glb"}, "no 'gone.glb'"),
        ({"file": "nonsense.glb"}, "no GLB"),
        ({"file": "nonsense.jpg", "size": "52-18-140"}, "cannot be decoded|neither JPEG nor PNG"),
        ({"file": "nonsense.jpg"}, "size: it is empty"),
        ({"file": "nonsense.jpg", "size": "52"}, "size"),
        ({"file": "nonsense.gif"}, "not a .glb or a photo"),
        ({"file": "nonsense.glb", "cut": "polo"}, "not a photo"),
        ({"file": "nonsense.glb", "size": "52-18-140"}, "size: it goes with a photo"),
        ({"file": "nonsense.glb", "width_mm": "14"}, "in millimetres"),
        ({"file": "lying.glb"}, "damaged"),
        ({"file": "zip.glb"}, "no GLB"),
    ],
)
def test_a_bad_row_in_the_middle_costs_itself(tmp_path: Path, row: dict[str, str], said: str) -> None:
    import re

    nonsense = {f"nonsense.{kind}": b"nonsense" for kind in ("glb", "jpg", "gif")}
    files = {**nonsense, "lying.glb": b"glTF" * 20, "zip.glb": packed({}, lipstick("a"))}
    archive = packed(files, lipstick("a"), {"sku": "bad", **row}, lipstick("b"))
    heard = worked(tmp_path, listed_size(archive, "lying.glb", 70))
    assert list(heard.products) == ["a", "b"]
    assert list(heard.refused) == [3]
    assert re.search(said, heard.refused[3]), heard.refused


def test_what_was_done_before_is_not_done_again(tmp_path: Path) -> None:
    archive = packed({}, lipstick("a"), lipstick("b"), lipstick("c"))
    heard = worked(tmp_path, archive, done=2)
    assert (list(heard.products), heard.begun) == (["c"], [2])
