"""Parametric frames: measures that hold, closed solids, smooth surfaces, and the committed products."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.catalogue.frame_outline import LENS_SHAPES, closed_spline, lens_outline, offset_outline
from tryon.catalogue.frame_solids import bezier, ellipsoid, sweep, volume
from tryon.catalogue.frame_spec import FrameSpec, LensSpec
from tryon.catalogue.house_range import frames, tortoise_texture, write_range
from tryon.catalogue.items import load_catalogue
from tryon.catalogue.makeup import RULES
from tryon.catalogue.parametric import build_frame, main
from tryon.catalogue.thumbnails import HEIGHT_PX, WIDTH_PX
from tryon.frame import F64
from tryon.render.gltf import load_glb, read_glb, size_advice
from tryon.render.material import Material
from tryon.render.mesh import Mesh

COMMITTED = Path(__file__).resolve().parents[1] / "assets" / "catalogue"
RANGE = frames()
PARTS = ["front", "lens_left", "lens_right", "temple_left", "temple_right", "nose_pads"]
PLAIN = Material("plain")
# Generated twice, on another processor or with another numpy, coordinates may differ in the last digits.
SAME_MM = 0.002


@pytest.fixture(scope="module")
def meshes() -> dict[str, Mesh]:
    return {sku: build_frame(spec) for sku, (_, _, spec) in RANGE.items()}


def part_positions(mesh: Mesh, name: str) -> F64:
    points: F64 = mesh.positions_mm[np.unique(mesh.part_triangles(name))].astype(np.float64)
    return points


@pytest.mark.parametrize("sku", RANGE)
def test_parts_and_size_are_those_of_adult_eyewear(meshes: dict[str, Mesh], sku: str) -> None:
    mesh = meshes[sku]
    assert [part.name for part in mesh.parts] == PARTS
    assert 8_000 <= len(mesh.triangles) <= 13_000
    assert size_advice(mesh) is None
    dimensions = RANGE[sku][2].dimensions_mm
    assert 135 <= dimensions["total_width_mm"] <= 145
    assert 49 <= dimensions["lens_width_mm"] <= 58
    assert 16 <= dimensions["bridge_mm"] <= 20
    assert 140 <= dimensions["temple_length_mm"] <= 145


@pytest.mark.parametrize("sku", RANGE)
def test_the_mesh_has_the_measures_that_the_product_states(meshes: dict[str, Mesh], sku: str) -> None:
    mesh, spec = meshes[sku], RANGE[sku][2]
    front = part_positions(mesh, "front")
    assert np.ptp(front[:, 0]) == pytest.approx(spec.total_width_mm, abs=0.6)
    lens = part_positions(mesh, "lens_left")
    hidden = 1.2 if spec.build == "acetate" else 0.0
    assert np.ptp(lens[:, 0]) == pytest.approx(spec.lens_width_mm + hidden, abs=0.9)
    gap = lens[:, 0].min() - part_positions(mesh, "lens_right")[:, 0].max()
    assert gap == pytest.approx(spec.bridge_mm - hidden, abs=0.9)
    # The tilt shortens the projected height by its cosine and adds the lens's own thickness.
    assert np.ptp(lens[:, 1]) == pytest.approx(spec.lens_height_mm + hidden, abs=1.5)


@pytest.mark.parametrize("sku", RANGE)
def test_left_is_the_wearers_and_the_temples_run_back_and_down(meshes: dict[str, Mesh], sku: str) -> None:
    mesh, spec = meshes[sku], RANGE[sku][2]
    left, right = part_positions(mesh, "temple_left"), part_positions(mesh, "temple_right")
    assert left[:, 0].min() > 0 > right[:, 0].max()
    tip = left[np.argmin(left[:, 2])]
    ear = left[np.abs(left[:, 2] + 90) < 6].mean(axis=0)
    hinge = left[left[:, 2] > -10].mean(axis=0)
    assert tip[2] == pytest.approx(-spec.temple_length_mm + 5, abs=9)
    assert abs(ear[1] - hinge[1]) < 2.5
    assert ear[1] - tip[1] > 20
    assert ear[0] > hinge[0]


@pytest.mark.parametrize("sku", RANGE)
def test_the_bridge_stands_at_the_origin(meshes: dict[str, Mesh], sku: str) -> None:
    mesh, spec = meshes[sku], RANGE[sku][2]
    front = part_positions(mesh, "front")
    bridge = front[(np.abs(front[:, 0]) < 2.0)]
    assert bridge[:, 2].min() > (-1.0 if spec.build == "acetate" else 2.0)
    assert bridge[:, 2].max() < 9
    assert bridge[:, 1].min() > -4


@pytest.mark.parametrize("sku", RANGE)
def test_both_halves_are_mirror_images(meshes: dict[str, Mesh], sku: str) -> None:
    mesh = meshes[sku]
    for left, right in (("lens_left", "lens_right"), ("temple_left", "temple_right"), ("front", "front")):
        own = part_positions(mesh, left)
        other = part_positions(mesh, right) * (-1, 1, 1)
        assert np.allclose(_sorted(own), _sorted(other), atol=1e-4)


def _sorted(points: F64) -> F64:
    rounded = np.round(points, 3) + 0.0
    ordered: F64 = rounded[np.lexsort(rounded.T)]
    return ordered


@pytest.mark.parametrize("sku", RANGE)
def test_solids_are_closed_and_look_outwards(meshes: dict[str, Mesh], sku: str) -> None:
    mesh = meshes[sku]
    _, same = np.unique(mesh.positions_mm, axis=0, return_inverse=True)
    for name in ("front", "temple_left", "temple_right", "nose_pads"):
        triangles = mesh.part_triangles(name)
        assert volume(mesh.positions_mm.astype(np.float64), triangles) > 50
        corners = same.reshape(-1)[triangles]
        corners = corners[
            (corners[:, 0] != corners[:, 1])
            & (corners[:, 1] != corners[:, 2])
            & (corners[:, 2] != corners[:, 0])
        ]
        edges = Counter((int(row[k]), int(row[(k + 1) % 3])) for row in corners.tolist() for k in range(3))
        open_edges = [edge for edge, count in edges.items() if edges[edge[::-1]] != count]
        assert not open_edges, f"{sku} {name}: {len(open_edges)} open edges"


@pytest.mark.parametrize("sku", RANGE)
def test_normals_agree_with_the_triangles(meshes: dict[str, Mesh], sku: str) -> None:
    mesh = meshes[sku]
    corners = mesh.positions_mm.astype(np.float64)[mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(cross, axis=1) / 2
    facing = cross / np.maximum(2 * areas, 1e-12)[:, None]
    shading = mesh.normals[mesh.triangles].mean(axis=1)
    against = np.einsum("ij,ij->i", facing, shading) < 0
    assert areas[against].sum() < 0.002 * areas.sum()


@pytest.mark.parametrize("sku", RANGE)
def test_lenses_let_light_through_and_nothing_else_does_but_pads(meshes: dict[str, Mesh], sku: str) -> None:
    mesh = meshes[sku]
    for part in mesh.parts:
        span = slice(part.first_triangle, part.first_triangle + part.triangle_count)
        used = [mesh.materials[k] for k in np.unique(mesh.triangle_material[span])]
        if part.name.startswith("lens"):
            assert all(material.transparent for material in used)
        elif part.name != "nose_pads":
            assert not any(material.transparent for material in used)


def test_a_gradient_lens_is_darker_above() -> None:
    mesh = build_frame(RANGE["solstice-gold"][2])
    assert mesh.colors is not None
    used = np.unique(mesh.part_triangles("lens_left"))
    heights, shine = mesh.positions_mm[used, 1], mesh.colors[used, :3].mean(axis=1)
    assert shine[heights > np.quantile(heights, 0.9)].max() < 0.1
    assert shine[heights < np.quantile(heights, 0.1)].min() > 0.5


def test_detail_grows_to_a_hundred_thousand_triangles() -> None:
    spec = RANGE["meridian-gunmetal"][2]
    counts = [len(build_frame(spec, detail).triangles) for detail in (0.5, 1.0, 3.2)]
    assert counts[0] < 0.6 * counts[1]
    assert counts[2] == pytest.approx(100_000, rel=0.1)
    for detail in (0.4, 4.1):
        with pytest.raises(ValueError, match="detail"):
            build_frame(spec, detail)


@pytest.mark.parametrize(
    ("field", "value"),
    [("shape", "star"), ("lens_width_mm", 90), ("bridge_mm", 5), ("temple_length_mm", 10), ("base_curve", 0)],
)
def test_a_measure_that_no_frame_has_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field if field != "shape" else "trapeze"):
        replace(RANGE["harbour-black"][2], **{field: value})


@given(
    shape=st.sampled_from(sorted(LENS_SHAPES)),
    build=st.sampled_from(["acetate", "metal"]),
    width=st.floats(44, 60),
    height=st.floats(32, 50),
    bridge=st.floats(14, 24),
    tilt=st.floats(0, 15),
)
@settings(max_examples=15, deadline=None)
def test_any_plausible_measures_give_a_closed_frame(
    shape: str, build: Any, width: float, height: float, bridge: float, tilt: float
) -> None:
    spec = FrameSpec(
        shape=shape,
        build=build,
        lens_width_mm=width,
        lens_height_mm=height,
        bridge_mm=bridge,
        endpiece_mm=8,
        temple_length_mm=145,
        pantoscopic_deg=tilt,
        frame=PLAIN,
        lens=LensSpec("clear", (1.0, 1.0, 1.0)),
    )
    mesh = build_frame(spec, 0.6)
    front = part_positions(mesh, "front")
    assert np.ptp(front[:, 0]) == pytest.approx(spec.total_width_mm, abs=0.8)
    assert volume(mesh.positions_mm.astype(np.float64), mesh.part_triangles("front")) > 50


# --- the pieces ---


@pytest.mark.parametrize("shape", LENS_SHAPES)
def test_an_outline_fills_its_box_and_keeps_its_offset(shape: str) -> None:
    outline = lens_outline(shape, 50, 40, (34.0, -5.0), (34.0, -3.0))
    points = outline.points(outline.angles)
    assert np.ptp(points, axis=0) == pytest.approx([50, 40], abs=0.05)
    assert (points.min(axis=0) + points.max(axis=0)) / 2 == pytest.approx([34, -5], abs=0.05)
    moved = offset_outline(outline, 3.0, 3.0, 3.0)
    away = np.linalg.norm(moved.points(moved.angles)[:, None] - points[None], axis=-1).min(axis=1)
    assert away == pytest.approx(np.full(len(away), 3.0), abs=0.1)


def test_the_closed_spline_passes_its_points_and_is_round() -> None:
    angle = np.arange(8) / 8 * 2 * np.pi
    circle = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    curve = closed_spline(circle, 800)
    assert np.linalg.norm(curve, axis=1) == pytest.approx(np.ones(800), abs=0.005)
    assert np.allclose(curve[::100], circle, atol=1e-9)


def test_solids_have_their_volumes() -> None:
    path = bezier((0, 0, 0), (0, 0, 20), count=30)
    sizes = np.full((30, 2), 3.0)
    up = np.array((0.0, 1.0, 0.0))
    bar = sweep(path, sizes, PLAIN, up=up, points=64, round_start=False, round_end=False)
    assert volume(bar.positions, bar.triangles) == pytest.approx(np.pi * 9 * 20, rel=0.01)
    ball = ellipsoid(np.zeros(3), np.diag((2.0, 3.0, 4.0)), PLAIN, points=64)
    assert volume(ball.positions, ball.triangles) == pytest.approx(4 / 3 * np.pi * 24, rel=0.02)
    mirrored = bar.mirrored()
    assert volume(mirrored.positions, mirrored.triangles) == pytest.approx(
        volume(bar.positions, bar.triangles)
    )


def test_the_tortoise_pattern_repeats_without_a_seam() -> None:
    rgba = tortoise_texture().rgba.astype(int)
    inside = np.abs(np.diff(rgba[..., :3], axis=0)).mean()
    seam = np.abs(rgba[0, :, :3] - rgba[-1, :, :3]).mean()
    assert seam < 2 * inside
    assert rgba[..., 0].std() > 25


# --- the committed products ---


def test_the_committed_products_are_what_the_generator_makes(tmp_path: Path) -> None:
    main(["--out", str(tmp_path)])
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(COMMITTED) for path in COMMITTED.rglob("*") if path.is_file()}
    # Garments and looks are made elsewhere.
    own = {path.parts[0] for path in made}
    assert {path for path in committed if path.parts[0] in own and path.name != "thumbnail.png"} == made
    for path in sorted(made):
        if path.suffix == ".json":
            assert (tmp_path / path).read_text() == (COMMITTED / path).read_text()
            continue
        if path.suffix == ".png":
            assert (tmp_path / path).read_bytes() == (COMMITTED / path).read_bytes()
            continue
        new, old = load_glb((tmp_path / path).read_bytes()), load_glb((COMMITTED / path).read_bytes())
        assert new.parts == old.parts
        assert np.array_equal(new.triangles, old.triangles)
        assert np.abs(new.positions_mm - old.positions_mm).max() < SAME_MM
        assert [m.name for m in new.materials] == [m.name for m in old.materials]


def test_the_same_run_writes_the_same_bytes(tmp_path: Path) -> None:
    write_range(tmp_path / "a")
    write_range(tmp_path / "b")
    for path in sorted((tmp_path / "a").rglob("*.*")):
        other = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert path.read_bytes() == other.read_bytes()


def test_the_committed_catalogue_is_complete() -> None:
    products = load_catalogue(COMMITTED)
    assert sum(product.kind == "eyewear" for product in products) >= 5
    worn = [product.makeup for product in products if product.makeup is not None]
    assert {makeup.type for makeup in worn} == set(RULES)
    for product in products:
        assert product.thumbnail is not None, product.sku
        data = product.thumbnail.read_bytes()
        assert len(data) < 40_000, product.sku
        assert data[16:24] == WIDTH_PX.to_bytes(4, "big") + HEIGHT_PX.to_bytes(4, "big")
        if product.model is not None:
            content = read_glb(product.model.read_bytes())
            assert content.notes == ()
            stated = json.loads((product.path / "product.json").read_text())["dimensions_mm"]
            assert stated == dict(product.dimensions_mm)
