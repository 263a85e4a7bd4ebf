"""Frames that come the wrong way round, in the wrong unit, or contradict their own measures."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tryon import resources
from tryon.catalogue.arrangement import arranged, load_frame
from tryon.catalogue.frame_places import front_width_mm
from tryon.catalogue.house_range import frames
from tryon.catalogue.items import Product, load_catalogue
from tryon.catalogue.parametric import build_frame
from tryon.errors import BadAsset
from tryon.frame import F64
from tryon.render.gltf_write import write_glb
from tryon.render.mesh import Mesh, Part, concatenate

SKUS = tuple(frames())


@pytest.fixture(scope="module", params=SKUS)
def frame(request: pytest.FixtureRequest) -> Mesh:
    return build_frame(frames()[request.param][2], 0.5)


def moved(mesh: Mesh, linear: F64, shift: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = linear, shift
    return mesh.transformed(matrix)


def rotations() -> list[F64]:
    found = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), order] = signs
            if np.linalg.det(matrix) > 0:
                found.append(matrix)
    return found


def test_a_frame_that_is_right_is_left_alone(frame: Mesh) -> None:
    result = arranged(frame, {"total_width_mm": float(frame.size_mm[0])})
    assert result.mesh is frame
    assert result.notes == ()


@pytest.mark.parametrize("turn", rotations(), ids=lambda turn: "".join(f"{v:+.0f}" for v in turn.sum(axis=0)))
def test_every_way_round_is_told(frame: Mesh, turn: F64) -> None:
    result = arranged(moved(frame, turn), {"total_width_mm": float(frame.size_mm[0])})
    assert np.allclose(result.mesh.positions_mm, frame.positions_mm, atol=1e-3)
    assert ("turned" in " ".join(result.notes)) == (not np.allclose(turn, np.eye(3)))


@pytest.mark.parametrize(
    ("unit", "per_metre"), [("millimetres", 1000.0), ("centimetres", 100.0), ("inches", 1 / 0.0254)]
)
@pytest.mark.parametrize("stated", [True, False])
def test_every_unit_is_told(frame: Mesh, unit: str, per_metre: float, stated: bool) -> None:
    width = float(frame.size_mm[0])
    result = arranged(moved(frame, np.eye(3) * per_metre), {"total_width_mm": width} if stated else {})
    assert result.mesh.size_mm[0] == pytest.approx(width, rel=1e-4)
    assert f"drawn in {unit}" in result.notes[0]


@pytest.mark.parametrize(("factor", "fine"), [(0.92, True), (1.09, True), (0.88, False), (1.12, False)])
def test_measures_may_differ_by_a_tenth(frame: Mesh, factor: float, fine: bool) -> None:
    """Below, of the whole, above, of the front: some merchants measure over the temples, others do not."""
    measured = float(frame.size_mm[0]) if factor < 1 else front_width_mm(frame)
    stated = {"total_width_mm": measured / factor}
    if not fine:
        with pytest.raises(BadAsset, match=r"total_width_mm is declared as .* correct one of them"):
            arranged(frame, stated)
        return
    result = arranged(frame, stated)
    worn = float(result.mesh.size_mm[0]) if factor < 1 else front_width_mm(result.mesh)
    assert worn == pytest.approx(measured / factor, abs=0.1), "what is declared is what is worn"
    assert "scaled to total_width_mm" in " ".join(result.notes)
    # What was scaled is kept so, and read again.
    assert arranged(result.mesh, stated).notes == ()


def test_a_width_between_front_and_temples_is_believed(frame: Mesh) -> None:
    between = (front_width_mm(frame) + float(frame.size_mm[0])) / 2
    assert arranged(frame, {"total_width_mm": between}).mesh is frame


def test_temples_that_bow_out_are_no_contradiction(frame: Mesh) -> None:
    points = frame.positions_mm.copy()
    points[:, 0] += np.sign(points[:, 0]) * 14 * np.clip((-30 - points[:, 2]) / 60, 0, 1)
    bowed = replace(frame, positions_mm=points)
    assert bowed.size_mm[0] > 1.12 * front_width_mm(bowed)
    result = arranged(bowed, {"total_width_mm": front_width_mm(frame)})
    assert result.mesh.size_mm == pytest.approx(bowed.size_mm), "it is as large as it was"


def test_a_size_that_no_unit_explains_is_refused(frame: Mesh) -> None:
    with pytest.raises(BadAsset, match="check the export's scale"):
        arranged(moved(frame, np.eye(3) * 0.2), {})


def test_a_bridge_far_from_the_origin_is_moved_there(frame: Mesh) -> None:
    width = {"total_width_mm": float(frame.size_mm[0])}
    result = arranged(moved(frame, np.eye(3), (30, -80, 200)), width)
    assert "moved there" in " ".join(result.notes)
    # Where exactly a bridge's origin lies is its maker's; no farther off than a few millimetres.
    assert np.abs(result.mesh.positions_mm - frame.positions_mm).max() < 10


def test_what_is_too_high_for_a_frame_is_refused(frame: Mesh) -> None:
    two = concatenate([frame, moved(frame, np.eye(3), (0, 80, 0))])
    with pytest.raises(BadAsset, match="export one frame alone"):
        arranged(two, {})


def test_what_is_missing_is_told(frame: Mesh) -> None:
    opaque = tuple(replace(material, transmission=0.0) for material in frame.materials)
    notes = " ".join(arranged(replace(frame, materials=opaque), {}).notes)
    assert "no dimensions_mm" in notes
    assert "no lens that one can see through" in notes


@pytest.mark.parametrize("sku", SKUS)
def test_sizes_that_the_mesh_does_not_have_are_told_and_its_own_are_not(sku: str) -> None:
    spec = frames()[sku][2]
    mesh, stated = build_frame(spec, 0.5), spec.dimensions_mm
    assert arranged(mesh, stated).notes == ()
    for name, factor in (
        ("lens_width_mm", 1.3),
        ("lens_height_mm", 0.7),
        ("bridge_mm", 1.5),
        ("temple_length_mm", 0.6),
        ("temple_length_mm", 1.7),
    ):
        (note,) = arranged(mesh, stated | {name: stated[name] * factor}).notes
        assert f"{name} is declared as {stated[name] * factor:g}" in note
        assert "correct one of them" in note.lower()


def front_of(frame: Mesh) -> Mesh:
    """The frame without its temples."""
    pieces = []
    for part in frame.parts:
        if part.name.startswith("temple"):
            continue
        span = slice(part.first_triangle, part.first_triangle + part.triangle_count)
        pieces.append(
            replace(
                frame,
                triangles=np.ascontiguousarray(frame.triangles[span]),
                triangle_material=np.ascontiguousarray(frame.triangle_material[span]),
                parts=(replace(part, first_triangle=0),),
            )
        )
    return concatenate(pieces)


def test_folded_temples_are_told_and_the_front_stands_upright(frame: Mesh) -> None:
    front = front_of(frame)
    result = arranged(front, {})
    assert "folded or missing" in " ".join(result.notes)
    assert "turned" not in " ".join(result.notes), "it lay on the face like a tray"
    assert result.mesh.size_mm == pytest.approx(front.size_mm)


def test_every_frame_of_the_house_loads_without_a_word() -> None:
    folder = resources.folder("assets") / "catalogue"
    for product in load_catalogue(folder):
        if product.kind == "eyewear":
            assert load_frame(product).notes == ()


def test_a_frame_of_228_nodes_is_read_whole(tmp_path: Path) -> None:
    mesh = build_frame(frames()["harbour-black"][2], 0.5)
    count = len(mesh.triangles)
    edges = np.linspace(0, count, 229).astype(int)
    pairs = itertools.pairwise(edges)
    parts = tuple(Part(f"piece {i}", int(a), int(b - a)) for i, (a, b) in enumerate(pairs))
    model = tmp_path / "model.glb"
    model.write_bytes(write_glb(replace(mesh, parts=parts)))
    width = {"total_width_mm": float(mesh.size_mm[0])}
    product = Product("many", "eyewear", "Many", tmp_path, model=model, dimensions_mm=width)
    loaded = load_frame(product)
    assert len(loaded.mesh.parts) == 228
    assert len(loaded.mesh.triangles) == count
    assert loaded.notes == ()
