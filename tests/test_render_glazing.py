"""Other lenses in a frame that is laid out, and what corrective ones show."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.catalogue.house_range import frames
from tryon.catalogue.parametric import build_frame
from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.film import coating
from tryon.render.glazing import Glazing, glazed, lens_materials, optical_centres_mm
from tryon.render.mesh import Mesh
from tryon.render.model import Model, prepare
from tryon.render.refraction import refract

FADE = Glazing((0.1, 0.2, 0.3), (0.8, 0.7, 0.6), coating((0.05, 0.1, 0.2)), 0.25)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return build_frame(frames()["solstice-gold"][2], 0.6)


@pytest.fixture(scope="module")
def model(mesh: Mesh) -> Model:
    return prepare(mesh)


def test_lenses_are_found_and_pads_are_not(mesh: Mesh) -> None:
    assert [mesh.materials[number].name for number in lens_materials(mesh)] == ["gradient brown lens"]


def test_only_lenses_change(mesh: Mesh, model: Model) -> None:
    lenses = lens_materials(mesh)
    changed = glazed(model, lenses, FADE)
    others = [number for number in range(len(mesh.materials)) if number not in lenses]
    assert np.array_equal(changed.materials[others], model.materials[others])
    used = np.unique(model.triangles[np.isin(model.triangles[:, 3], lenses), :3])
    rest = np.setdiff1d(np.arange(len(model.attributes)), used)
    assert np.array_equal(changed.attributes[rest], model.attributes[rest])
    row = changed.materials[lenses[0]]
    assert row[col.TRANSMISSION] == 1
    assert row[col.BACK] == 0.25
    assert changed.films[int(row[col.FILM]), -1, -1] == pytest.approx((0.05, 0.1, 0.2))
    assert (row[col.TEXTURES :] == -1).all()


def test_the_dye_fades_from_top_to_bottom(mesh: Mesh, model: Model) -> None:
    lenses = lens_materials(mesh)
    changed = glazed(model, lenses, FADE)
    used = np.unique(model.triangles[np.isin(model.triangles[:, 3], lenses), :3])
    height, dye = model.positions_mm[used, 1], changed.attributes[used, 2:5]
    assert dye[height.argmax()] == pytest.approx(FADE.top, rel=1e-4)
    assert dye[height.argmin()] == pytest.approx(FADE.bottom, rel=1e-4)
    order = np.argsort(height)
    assert (np.diff(dye[order, 0]) <= 1e-6).all()


def test_a_frame_without_lenses_stays_as_it_is(model: Model) -> None:
    assert glazed(model, (), FADE) is model
    assert optical_centres_mm(model, ()).shape == (0, 3)


def test_optical_centres_are_the_lenses_middles(mesh: Mesh, model: Model) -> None:
    right, left = optical_centres_mm(model, lens_materials(mesh))
    spec = frames()["solstice-gold"][2]
    assert left[0] == pytest.approx(spec.lens_centre[0], abs=1.5)
    assert right[0] == pytest.approx(-left[0], abs=0.1)


def bent(power_d: float, behind: U8, face_z_mm: float = 520.0) -> U8:
    """A lens 500 mm away over the whole picture, its centre in the picture's middle, a face flat behind it."""
    height, width = behind.shape[:2]
    bgr = behind.copy()
    depth: F32 = np.full((height, width), 1 / 500, np.float32)
    hidden: F32 = np.full((height, width), 1 / face_z_mm, np.float32)
    share, nothing = np.full((height, width), 255, np.uint8), np.zeros((height, width), np.uint8)
    centres: F32 = np.array([[0, 0, 500]], np.float32)
    view = (1000.0, width / 2, height / 2)
    refract(
        bgr,
        behind,
        0,
        0,
        1,
        depth,
        np.zeros_like(depth, np.int32),
        share,
        nothing,
        hidden,
        centres,
        view,
        power_d,
        1.0,
    )
    return bgr


@pytest.mark.parametrize("power_d", [-6.0, -3.0, 4.0])
def test_a_lens_shows_things_smaller_or_larger_by_its_power(power_d: float) -> None:
    """A thin lens of power P before a point s behind it magnifies by 1 / (1 - s P)."""
    x = np.arange(161) - 80.0
    behind = np.repeat((128 + x)[None, :, None], 61, axis=0).repeat(3, axis=2).astype(np.uint8)
    row = bent(power_d, behind)[30, :, 1].astype(float) - 128
    middle = slice(50, 111)
    seen_at, shown = x[middle], row[middle]
    slope = float(np.polyfit(seen_at, shown, 1)[0])
    # Seen from 500 mm, what lies 20 mm behind the lens is a little smaller already.
    assert slope == pytest.approx(1 - 0.020 * power_d * 500 / 520, abs=0.012)


def test_no_power_and_no_lens_change_nothing() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    assert np.abs(bent(0.0, noise).astype(int) - noise).max() <= 1
    same = noise.copy()
    empty = np.zeros((40, 60), np.uint8)
    depth: F32 = np.full((40, 60), 1 / 500, np.float32)
    centres: F32 = np.array([[0, 0, 500]], np.float32)
    full = np.full_like(empty, 255)
    for number, share in ((0, empty), (-1, full)):
        numbers = np.full(depth.shape, number, np.int32)
        refract(
            same,
            noise,
            0,
            0,
            1,
            depth,
            numbers,
            share,
            empty,
            depth,
            centres,
            (1000.0, 30.0, 20.0),
            -6.0,
            1.0,
        )
        assert np.array_equal(same, noise)
