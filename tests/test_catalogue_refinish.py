"""Materials and lenses changed on a mesh: what was asked is there, and all else is what it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.frame_meshes import NAMES, frame_mesh
from tryon.catalogue.adjustment import Lens, Surface
from tryon.catalogue.refinish import coats, lens_seen, reglazed, resurfaced
from tryon.errors import BadAsset
from tryon.frame import U8
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.glazing import glazed, lens_materials
from tryon.render.material import srgb_to_linear
from tryon.render.mesh import Mesh
from tryon.render.model import Model, prepare


def drawn(model: Model) -> U8:
    picture: U8 = np.full((120, 320, 3), 250, np.uint8)
    matrix = np.diag((1.0, -1.0, -1.0, 1.0))
    matrix[2, 3] = 600.0
    Rasteriser().draw(
        picture, model, matrix, View(1100.0, 160.0, 60.0), Light((0.85, 0.85, 0.85), shadow=0.0)
    )
    return picture


def coat(mesh: Mesh, name: str) -> tuple[str, float, float]:
    (one,) = (one for one in coats(mesh) if one.name == name)
    return one.color, one.metallic, one.roughness


@pytest.mark.parametrize("name", NAMES)
def test_what_is_set_to_what_it_is_changes_no_pixel(name: str) -> None:
    mesh = frame_mesh(name)
    same = {
        one.name: Surface(color=one.color, metallic=one.metallic, roughness=one.roughness)
        for one in coats(mesh)
    }
    assert (drawn(prepare(resurfaced(mesh, same))) == drawn(prepare(mesh))).all()


def test_acetate_becomes_metal() -> None:
    mesh = frame_mesh("harbour-black")
    first = coats(mesh)[0]
    assert first.name == "black acetate"
    assert first.share > 0.5
    gold = resurfaced(mesh, {first.name: Surface(color="#d4a24a", metallic=1.0, roughness=0.3)})
    assert coat(gold, first.name) == ("#d4a24a", 1.0, 0.3)
    assert gold.materials[0].clearcoat == 0.0
    assert gold.materials[1:] == mesh.materials[1:]
    assert drawn(prepare(gold))[..., 2].mean() > drawn(prepare(mesh))[..., 2].mean()


def test_acetate_becomes_matt() -> None:
    mesh = frame_mesh("harbour-black")
    assert mesh.materials[0].clearcoat == 1.0
    matt = resurfaced(mesh, {"black acetate": Surface(roughness=0.9)}).materials[0]
    assert (matt.roughness, matt.clearcoat_roughness, matt.clearcoat) == (0.9, 0.9, 1.0)


def test_a_pattern_takes_the_colour_and_stays_a_pattern() -> None:
    mesh = frame_mesh("juniper-tortoise")
    blue = resurfaced(mesh, {"tortoise acetate": Surface(color="#2a4d8f")})
    before, after = mesh.materials[0].base_texture, blue.materials[0].base_texture
    assert before is not None
    assert after is not None
    linear = [srgb_to_linear(texture.rgba[..., :3].astype(np.float32) / 255) for texture in (before, after)]
    bright = [pixels @ (0.2126, 0.7152, 0.0722) for pixels in linear]
    assert np.corrcoef(bright[0].ravel(), bright[1].ravel())[0, 1] > 0.95
    color = linear[1].mean(axis=(0, 1))
    assert color[2] > color[1] > color[0]
    told = coat(blue, "tortoise acetate")[0]
    assert np.abs(np.array([int(told[k : k + 2], 16) for k in (1, 3, 5)]) - (0x2A, 0x4D, 0x8F)).max() < 16


def test_a_material_that_is_not_there_is_named() -> None:
    with pytest.raises(BadAsset, match="'teak' but 'black acetate'"):
        resurfaced(frame_mesh("harbour-black"), {"teak": Surface(roughness=0.5)})
    with pytest.raises(BadAsset, match="no material 'clear lens'"):
        resurfaced(frame_mesh("harbour-black"), {"clear lens": Surface(roughness=0.5)})


@pytest.mark.parametrize(
    "lens",
    [
        Lens(type="solid", color="#7a4a26", transmission_percent=15),
        Lens(type="gradient", color="#556677", transmission_percent=12, low_percent=70),
        Lens(type="mirror", color="#808080", transmission_percent=15, mirror="#3366cc"),
        Lens(type="clear", anti_reflection="green"),
    ],
    ids=lambda lens: lens.type,
)
@pytest.mark.parametrize("name", NAMES)
def test_lenses_are_those_that_a_shopper_could_choose(name: str, lens: Lens) -> None:
    mesh = frame_mesh(name)
    chosen = glazed(prepare(mesh), lens_materials(mesh), lens.option().glazing())
    assert (drawn(prepare(reglazed(mesh, lens))) == drawn(chosen)).all()


def test_lenses_are_told_as_they_are_seen() -> None:
    mesh = reglazed(frame_mesh(NAMES[0]), Lens(type="solid", color="#7a4a26", transmission_percent=15))
    seen = lens_seen(mesh)
    assert seen is not None
    assert seen[1] == pytest.approx(15, abs=0.2)
    assert int(seen[0][1:3], 16) > int(seen[0][3:5], 16) > int(seen[0][5:7], 16)
    solid = replace(mesh, materials=tuple(replace(m, transmission=0.0) for m in mesh.materials))
    assert lens_seen(solid) is None
    with pytest.raises(BadAsset, match="no lens that one can see through"):
        reglazed(solid, Lens(type="clear"))
