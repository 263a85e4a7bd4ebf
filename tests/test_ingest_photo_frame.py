"""Meshes made of photos are frames like others."""

from __future__ import annotations

import numpy as np
import pytest

from tests.photo_frames import reading, size, specs
from tryon.catalogue.arrangement import arranged
from tryon.catalogue.frame_solids import volume
from tryon.ingest.frame_parts import parts_of

NAMES = ["honey-panto", "meridian-gunmetal"]


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_of_all_its_parts(name: str) -> None:
    mesh, spec = reading(name).mesh, specs()[name]
    assert [part.name for part in mesh.parts] == [
        "front", "lens_left", "lens_right", "temple_left", "temple_right", "nose_pads",
    ]  # fmt: skip
    front = mesh.part_triangles("front")
    assert volume(mesh.positions_mm.astype(float), front) > 500
    depth = float(mesh.size_mm[2])
    assert 0.85 * spec.temple_length_mm < depth < 1.1 * spec.temple_length_mm
    assert len(mesh.triangles) < 40_000


@pytest.mark.parametrize("name", NAMES)
def test_nothing_about_it_needs_to_be_put_right(name: str) -> None:
    mesh, numbers = reading(name).mesh, size(name)
    declared = {
        "lens_width_mm": numbers.lens_mm,
        "bridge_mm": numbers.bridge_mm,
        "temple_length_mm": numbers.temple_mm,
    }
    placed = arranged(mesh, declared)
    assert placed.notes == ()
    sizes = parts_of(placed.mesh).sizes_mm
    assert sizes["total_width_mm"] == pytest.approx(specs()[name].total_width_mm, rel=0.02)
    low, high = mesh.bounds_mm
    assert low[0] == pytest.approx(-high[0], abs=0.3)


def test_a_pattern_lies_on_the_front_where_it_was() -> None:
    mesh = reading("juniper-tortoise").mesh
    (number,) = (k for k, material in enumerate(mesh.materials) if material.base_texture is not None)
    used = np.unique(mesh.triangles[mesh.triangle_material == number])
    x, u = mesh.positions_mm[used, 0], mesh.uvs[used, 0]
    assert np.corrcoef(x, u)[0, 1] > 0.999, "the wearer's left is the picture's right"
    assert u.min() >= 0
    assert u.max() <= 1
