"""A frame with its adjustment: nothing to do changes nothing, and printed sizes keep what lies in the rims."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.frame_meshes import CATALOGUE, NAMES, declared, frame_mesh
from tryon.catalogue.adjusting import adjusted, printed_sizes
from tryon.catalogue.adjustment import AS_FOUND, Adjustment, Lens
from tryon.catalogue.arrangement import load_frame
from tryon.catalogue.frame_places import anatomy, frame_sizes
from tryon.catalogue.items import load_product
from tryon.errors import BadAsset
from tryon.render.glazing import lens_materials
from tryon.render.gltf_write import write_glb


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_do_leaves_the_very_mesh(name: str) -> None:
    mesh = frame_mesh(name)
    moved = Adjustment(moved_mm={"nose": (0.0, 3.0, 0.0)})
    for nothing in (AS_FOUND, Adjustment(), moved):
        assert adjusted(mesh, nothing, declared(name)) is mesh
    product = load_product(CATALOGUE / name)
    assert write_glb(load_frame(product).mesh) == write_glb(mesh)


@pytest.mark.parametrize("name", NAMES)
def test_a_lens_grows_by_what_is_printed_more(name: str) -> None:
    mesh, printed = frame_mesh(name), declared(name)
    wider = Adjustment(sizes_mm={"lens_width_mm": printed["lens_width_mm"] + 2.0})
    after = adjusted(mesh, wider, printed)
    sizes = [frame_sizes(m.positions_mm, anatomy(m))["lens_width_mm"] for m in (mesh, after)]
    assert sizes[1] - sizes[0] == pytest.approx(2.0, abs=0.05)
    told = printed_sizes(mesh, after, printed, wider)
    assert told["lens_width_mm"] == (printed["lens_width_mm"], printed["lens_width_mm"] + 2.0)
    assert told["bridge_mm"] == (printed["bridge_mm"], printed["bridge_mm"])
    whole = printed["total_width_mm"]
    assert told["total_width_mm"][0] == whole
    assert told["total_width_mm"][1] == pytest.approx(whole + 4.0, abs=0.1), "it follows"


def test_without_printed_sizes_it_is_what_is_measured() -> None:
    mesh = frame_mesh(NAMES[0])
    after = adjusted(mesh, Adjustment(sizes_mm={"lens_width_mm": 50.0, "total_width_mm": 138.0}), {})
    sizes = frame_sizes(after.positions_mm, anatomy(after))
    assert sizes["lens_width_mm"] == pytest.approx(50.0, abs=0.1)
    assert sizes["total_width_mm"] == pytest.approx(138.0, abs=0.1)
    assert printed_sizes(mesh, mesh, {}, AS_FOUND)["lens_width_mm"][0] == pytest.approx(52.1, abs=0.1)


def test_a_product_is_loaded_as_it_was_adjusted(tmp_path: Path) -> None:
    shutil.copytree(CATALOGUE / NAMES[0], tmp_path / NAMES[0])
    file = tmp_path / NAMES[0] / "product.json"
    told = json.loads(file.read_text("utf-8"))
    told.pop("lenses", None)
    told["adjustment"] = {"sizes_mm": {"total_width_mm": 128.0}, "lens": {"type": "clear"}}
    file.write_text(json.dumps(told), "utf-8")
    product = load_product(tmp_path / NAMES[0])
    assert product.sizes_mm["total_width_mm"] == 128.0
    assert product.sizes_mm["lens_width_mm"] == pytest.approx(51 * 128 / 142, abs=0.01)
    mesh = load_frame(product).mesh
    assert frame_sizes(mesh.positions_mm, anatomy(mesh))["total_width_mm"] == pytest.approx(128.0, abs=0.1)
    assert mesh.materials[lens_materials(mesh)[0]].film is not None


def test_makeup_has_no_adjustment(tmp_path: Path) -> None:
    place = tmp_path / "velvet-lipstick"
    shutil.copytree(CATALOGUE / "velvet-lipstick", place)
    told = json.loads((place / "product.json").read_text("utf-8"))
    (place / "product.json").write_text(json.dumps({**told, "adjustment": {}}), "utf-8")
    with pytest.raises(BadAsset, match="makeup has no 'adjustment'"):
        load_product(place)


def test_a_lens_on_a_frame_without_is_refused() -> None:
    mesh = frame_mesh(NAMES[0])
    solid = replace(mesh, materials=tuple(replace(m, transmission=0.0) for m in mesh.materials))
    with pytest.raises(BadAsset, match="no lens"):
        adjusted(solid, Adjustment(lens=Lens(type="clear")), {})
