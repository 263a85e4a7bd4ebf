"""Frames made to other sizes: they measure what was asked, and are still the same frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frame_meshes import NAMES, frame_mesh
from tryon.catalogue.frame_places import anatomy, found_points, frame_sizes
from tryon.catalogue.reshape import reshaped
from tryon.errors import BadAsset
from tryon.render.mesh import Mesh

TIMES = st.floats(0.85, 1.2)
SIZES = ("total_width_mm", "lens_width_mm", "lens_height_mm", "bridge_mm", "temple_length_mm")


def sizes_of(mesh: Mesh, found: Mesh | None = None) -> dict[str, float]:
    """Of a mesh; with ``found``, of the very vertices that were measured there."""
    return frame_sizes(mesh.positions_mm, anatomy(found or mesh))


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), times=st.dictionaries(st.sampled_from(SIZES), TIMES, min_size=1))
def test_a_frame_measures_what_was_asked(name: str, times: dict[str, float]) -> None:
    mesh = frame_mesh(name)
    found = sizes_of(mesh)
    wanted = {size: found[size] * by for size, by in times.items()}
    if {"lens_width_mm", "bridge_mm"} & set(times) and "total_width_mm" in times:
        # End pieces take what lenses and bridge leave, and are not less than two thirds of what they were.
        asked, ends = (
            found | wanted,
            found["total_width_mm"] - 2 * found["lens_width_mm"] - found["bridge_mm"],
        )
        least = 2 * asked["lens_width_mm"] + asked["bridge_mm"] + 0.67 * ends
        wanted["total_width_mm"] = max(asked["total_width_mm"], least)
    after = sizes_of(reshaped(mesh, anatomy(mesh), wanted), mesh)
    for size, mm in wanted.items():
        assert after[size] == pytest.approx(mm, abs=0.1), (size, wanted)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_asked_stays(name: str) -> None:
    mesh = frame_mesh(name)
    found = sizes_of(mesh)
    for size in ("lens_width_mm", "lens_height_mm", "bridge_mm", "temple_length_mm"):
        after = sizes_of(reshaped(mesh, anatomy(mesh), {size: found[size] * 1.1}), mesh)
        kept = set(SIZES) - {size, "total_width_mm"}
        assert {one: after[one] for one in kept} == pytest.approx({one: found[one] for one in kept}, abs=0.1)
    # End pieces are no wider for a wider lens.
    wider = sizes_of(reshaped(mesh, anatomy(mesh), {"lens_width_mm": found["lens_width_mm"] + 3}))
    assert wider["total_width_mm"] == pytest.approx(found["total_width_mm"] + 6, abs=0.1)


def test_a_whole_width_by_itself_scales_everything() -> None:
    mesh = frame_mesh(NAMES[0])
    half = reshaped(mesh, anatomy(mesh), {"total_width_mm": sizes_of(mesh)["total_width_mm"] / 2})
    assert half.size_mm == pytest.approx(mesh.size_mm / 2, rel=1e-3)
    assert np.abs(half.normals - mesh.normals).max() < 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_the_bridge_stays_where_it_touches_the_nose(name: str) -> None:
    mesh = frame_mesh(name)
    frame, found = anatomy(mesh), sizes_of(mesh)
    wanted = {"lens_width_mm": found["lens_width_mm"] + 4, "lens_height_mm": found["lens_height_mm"] + 8}
    after = reshaped(mesh, frame, wanted)
    before, now = (np.array(found_points(m.positions_mm, frame)["nose"]) for m in (mesh, after))
    assert np.abs(now - before)[[0, 2]].max() < 0.1
    # In height it is stretched with the rims about it, from the origin on.
    assert abs(now[1] - before[1]) < 0.25 * abs(before[1]) + 0.1


@pytest.mark.parametrize("name", NAMES)
def test_both_sides_stay_alike_and_normals_stay_true(name: str) -> None:
    mesh = frame_mesh(name)
    found = sizes_of(mesh)
    after = reshaped(mesh, anatomy(mesh), {size: found[size] * 1.08 for size in SIZES})
    low, high = after.bounds_mm
    assert low[0] == pytest.approx(-high[0], abs=0.05)
    corners = after.positions_mm[after.triangles].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(across, axis=1)
    facing = (across * after.normals[after.triangles].mean(axis=1)).sum(axis=1)[size > 1e-3]
    assert (facing > 0).mean() > 0.995, "no surface is turned inside out"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"lens_width_mm": 60.0, "total_width_mm": 130.0}, "Two lenses and the bridge take"),
        ({"bridge_mm": 2.0}, "A bridge has"),
    ],
)
def test_what_no_frame_can_be_is_refused(wanted: dict[str, float], told: str) -> None:
    mesh = frame_mesh(NAMES[0])
    with pytest.raises(BadAsset, match=told) as caught:
        reshaped(mesh, anatomy(mesh), wanted)
    assert str(caught.value.details["field"]).startswith("sizes_mm.")


def test_a_size_that_a_frame_does_not_have_is_refused() -> None:
    mesh = frame_mesh(NAMES[0])
    solid = replace(mesh, materials=tuple(replace(m, transmission=0.0) for m in mesh.materials))
    with pytest.raises(BadAsset, match="Lens width cannot be set: the frame has no two lenses"):
        reshaped(solid, anatomy(solid), {"lens_width_mm": 50.0})
