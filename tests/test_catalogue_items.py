"""Catalogue folders: what is read, and the sentence for everything that is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tryon.catalogue import items
from tryon.catalogue.items import load_catalogue, load_product
from tryon.catalogue.makeup import RULES
from tryon.errors import AssetTooLarge, BadAsset

FRAME: dict[str, Any] = {
    "sku": "frame-a",
    "kind": "eyewear",
    "name": "Frame A",
    "description": "A frame.",
    "model": "model.glb",
    "dimensions_mm": {"lens_width_mm": 50.0, "bridge_mm": 20},
    "shades": [],
}
RED: dict[str, Any] = {"id": "red", "name": "Red", "color": "#c01020"}
LIPSTICK: dict[str, Any] = {
    "sku": "lipstick",
    "kind": "makeup",
    "name": "Lipstick",
    "type": "lipstick",
    "finish": "satin",
    "coverage": 0.8,
    "shades": [RED],
}


def write(root: Path, content: dict[str, Any], folder: str | None = None) -> Path:
    product = root / (folder or str(content["sku"]))
    product.mkdir()
    (product / "product.json").write_text(json.dumps(content))
    if "model" in content:
        (product / "model.glb").write_bytes(b"glTF")
    return product


def test_a_catalogue_is_read_in_order_of_sku(tmp_path: Path) -> None:
    write(tmp_path, LIPSTICK)
    (write(tmp_path, FRAME) / "thumbnail.png").write_bytes(b"png")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "readme.txt").write_text("not a product")
    frame, lipstick = load_catalogue(tmp_path)
    assert (frame.sku, frame.kind, frame.name) == ("frame-a", "eyewear", "Frame A")
    assert frame.model == tmp_path / "frame-a" / "model.glb"
    assert frame.thumbnail == tmp_path / "frame-a" / "thumbnail.png"
    assert frame.dimensions_mm == {"lens_width_mm": 50.0, "bridge_mm": 20.0}
    assert frame.makeup is None
    assert lipstick.model is None
    assert lipstick.thumbnail is None
    assert lipstick.makeup is not None
    assert (lipstick.makeup.finish, lipstick.makeup.coverage) == ("satin", 0.8)
    shade = lipstick.shade("red")
    assert shade is not None
    assert (shade.name, shade.swatch) == ("Red", "#c01020")
    assert lipstick.shade("blue") is None


@pytest.mark.parametrize(
    ("base", "change", "field", "says"),
    [
        (FRAME, {"sku": "-frame"}, "sku", "pattern"),
        (FRAME, {"sku": "a" * 65}, "sku", "pattern"),
        (FRAME, {"kind": "hat"}, "kind", "eyewear"),
        (FRAME, {"name": " "}, "name", "at least 1"),
        (FRAME, {"model": None}, "the whole", "needs 'model'"),
        (FRAME, {"model": "model.obj"}, "the whole", "needs 'model'"),
        (FRAME, {"model": "../model.glb"}, "model", "pattern"),
        (FRAME, {"finish": "matte"}, "the whole", "eyewear has no 'finish'"),
        (FRAME, {"surprise": 1}, "surprise", "not permitted"),
        (FRAME, {"dimensions_mm": {"bridge_mm": -1}}, "dimensions_mm.bridge_mm", "greater than 0"),
        (FRAME, {"dimensions_mm": {"bridge_inch": 1}}, "dimensions_mm.bridge_inch", "pattern"),
        (LIPSTICK, {"coverage": 1.1}, "coverage", "less than or equal to 1"),
        (LIPSTICK, {"coverage": None}, "the whole", "needs 'coverage'"),
        (LIPSTICK, {"shades": []}, "the whole", "at least one shade"),
        (LIPSTICK, {"shades": LIPSTICK["shades"] * 2}, "the whole", "share an id"),
        (LIPSTICK, {"shades": LIPSTICK["shades"] * 65}, "shades", "at most 64"),
        (LIPSTICK, {"model": "model.glb"}, "the whole", "makeup has no 'model'"),
        (LIPSTICK, {"type": "perfume"}, "type", "'lip_liner' or 'lipstick'"),
        (
            LIPSTICK,
            {"finish": "wet"},
            "finish",
            "'matte', 'satin', 'gloss', 'metallic', 'shimmer' or 'glitter'",
        ),
        (
            LIPSTICK,
            {"type": "lip_liner", "finish": "gloss"},
            "finish",
            "lip_liner may be matte, satin, not gloss",
        ),
        (
            LIPSTICK,
            {"type": "blush", "finishes": ["gloss"]},
            "finishes",
            "blush may be matte, satin, shimmer, not",
        ),
        (
            LIPSTICK,
            {"template": "winged"},
            "template",
            "templates full, blotted, ombre, overlined, not 'winged'",
        ),
        (FRAME, {"template": "full"}, "the whole", "eyewear has no 'template'"),
        (FRAME, {"finishes": ["matte"]}, "the whole", "eyewear has no 'finishes'"),
        (
            LIPSTICK,
            {"shades": [RED | {"tones": [{"color": "#102030"}]}]},
            "shades",
            "lipstick has no 'tones'",
        ),
        (LIPSTICK, {"shades": [RED | {"texture": "tiger.png"}]}, "shades", "lipstick has no 'texture'"),
        (
            LIPSTICK,
            {"type": "face_paint", "finish": "matte"},
            "shades",
            "face_paint needs a 'texture'; see 'red'",
        ),
        (
            LIPSTICK,
            {"type": "eyeshadow", "shades": [RED | {"tones": [{"color": "#102030"}] * 5}]},
            "shades.0.tones",
            "at most 4",
        ),
        (
            LIPSTICK,
            {"type": "eyeshadow", "shades": [RED | {"tones": [{"color": "#102030", "finish": "gloss"}]}]},
            "shades",
            "eyeshadow may be matte, satin, metallic, shimmer, glitter, not gloss",
        ),
        (
            LIPSTICK,
            {"shades": [{"id": "red", "name": "Red", "color": "red"}]},
            "shades.0.color",
            "pattern",
        ),
    ],
)
def test_a_wrong_field_is_named(
    tmp_path: Path, base: dict[str, Any], change: dict[str, Any], field: str, says: str
) -> None:
    product = write(tmp_path, base | change, folder="p")
    with pytest.raises(BadAsset, match=says) as caught:
        load_product(product)
    assert caught.value.details == {"file": "p/product.json", "field": field}
    assert caught.value.sentence.startswith(f"p/product.json: {field}: ")


def test_a_folder_of_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAsset, match="the folder is named 'other'"):
        load_product(write(tmp_path, FRAME, folder="other"))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 60_000])
def test_bytes_that_are_no_product_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "product.json").write_bytes(content)
    with pytest.raises(BadAsset, match=r"^p/product\.json"):
        load_catalogue(tmp_path)


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    product = write(tmp_path, LIPSTICK)
    path = product / "product.json"
    path.write_text(json.dumps(LIPSTICK).ljust(items.PRODUCT_FILE_MAX_BYTES))
    assert load_product(product).sku == "lipstick"
    path.write_text(json.dumps(LIPSTICK).ljust(items.PRODUCT_FILE_MAX_BYTES + 1))
    with pytest.raises(AssetTooLarge, match="65537 bytes; it may have 65536"):
        load_product(product)


def test_a_model_that_is_missing_or_too_large_is_refused(tmp_path: Path) -> None:
    product = write(tmp_path, FRAME)
    with (product / "model.glb").open("r+b") as file:
        file.truncate(items.MODEL_FILE_MAX_BYTES + 1)
    with pytest.raises(AssetTooLarge, match=r"frame-a/model\.glb"):
        load_product(product)
    (product / "model.glb").unlink()
    with pytest.raises(BadAsset, match=r"frame-a/model\.glb does not exist"):
        load_product(product)


def test_a_catalogue_that_is_missing_or_has_too_many_products_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadAsset, match="does not exist"):
        load_catalogue(tmp_path / "none")
    monkeypatch.setattr(items, "PRODUCTS_MAX", 1)
    write(tmp_path, LIPSTICK)
    assert len(load_catalogue(tmp_path)) == 1
    write(tmp_path, FRAME)
    with pytest.raises(AssetTooLarge, match="2 products; it may have 1"):
        load_catalogue(tmp_path)


def test_makeup_says_what_can_be_chosen(tmp_path: Path) -> None:
    plain, rich = (
        load_product(write(tmp_path, LIPSTICK | change))
        for change in (
            {},
            {"sku": "rich", "finish": "satin", "finishes": ["gloss", "satin"], "template": "ombre"},
        )
    )
    assert plain.makeup is not None
    assert rich.makeup is not None
    assert (plain.makeup.template, plain.makeup.finishes) == ("full", ("satin",))
    assert (rich.makeup.template, rich.makeup.finishes) == ("ombre", ("satin", "gloss"))
    assert plain.makeup.order > RULES["lip_liner"].tones
    assert plain.makeup.rule is RULES["lipstick"]


def test_a_face_paints_texture_is_looked_at(tmp_path: Path) -> None:
    paint = LIPSTICK | {"type": "face_paint", "finish": "matte", "shades": [RED | {"texture": "tiger.png"}]}
    folder = write(tmp_path, paint)
    with pytest.raises(BadAsset, match=r"tiger\.png does not exist"):
        load_product(folder)
    (folder / "tiger.png").write_bytes(b"GIF89a")
    with pytest.raises(BadAsset, match=r"texture is not a PNG") as caught:
        load_product(folder)
    assert caught.value.details == {"file": "lipstick/tiger.png", "field": "texture"}
