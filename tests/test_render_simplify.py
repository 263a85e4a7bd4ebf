"""Fewer triangles within a tolerance: what stays, and how far it moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.house_range import frames
from tryon.catalogue.parametric import build_frame
from tryon.frame import F32
from tryon.render.levels import ERROR_PX, TOLERANCES_MM, Levels, levels
from tryon.render.mesh import Mesh
from tryon.render.model import Model, prepare
from tryon.render.nearest import surface
from tryon.render.raster import EMPTY, fill, transform
from tryon.render.simplify import simplified

TOLERANCE_MM = 0.2


@pytest.fixture(scope="module")
def dense() -> Mesh:
    """A textured product of some 60,000 triangles."""
    return build_frame(frames()["juniper-tortoise"][2], 2.5)


@pytest.fixture(scope="module")
def light(dense: Mesh) -> Mesh:
    return simplified(dense, TOLERANCE_MM)


def test_most_triangles_go_and_parts_and_materials_stay(dense: Mesh, light: Mesh) -> None:
    assert len(light.triangles) < 0.08 * len(dense.triangles)
    assert [part.name for part in light.parts] == [part.name for part in dense.parts]
    assert all(part.triangle_count > 0 for part in light.parts)
    assert light.materials == dense.materials
    assert set(light.triangle_material) == set(dense.triangle_material)


def test_the_surface_stays_within_the_tolerance(dense: Mesh, light: Mesh) -> None:
    _, _, there = surface(light.positions_mm, light.triangles).nearest(dense.positions_mm[::17].copy())
    _, _, back = surface(dense.positions_mm, dense.triangles).nearest(light.positions_mm)
    assert np.quantile(there, 0.98) < TOLERANCE_MM
    assert np.quantile(back, 0.98) < TOLERANCE_MM
    assert np.abs(light.size_mm - dense.size_mm).max() < 2 * TOLERANCE_MM


def test_normals_and_coordinates_are_those_of_the_original(dense: Mesh, light: Mesh) -> None:
    found, weights, _ = surface(dense.positions_mm, dense.triangles).nearest(
        light.positions_mm, light.normals
    )
    corners = dense.triangles[found]
    normals = np.einsum("nk,nkc->nc", weights, dense.normals[corners])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert np.quantile((normals * light.normals).sum(axis=1), 0.03) > 0.9
    uvs = np.einsum("nk,nkc->nc", weights, dense.uvs[corners])
    assert np.quantile(np.abs(uvs - light.uvs).max(axis=1), 0.95) < 0.02


def test_lenses_mirror_the_same_room(dense: Mesh, light: Mesh) -> None:
    """Seen at any point of it, a lens' normal is within a degree of what it was."""
    triangles = light.part_triangles("lens_left")
    shape = surface(light.positions_mm, np.ascontiguousarray(triangles))
    used = np.unique(dense.part_triangles("lens_left"))
    found, weights, _ = shape.nearest(np.ascontiguousarray(dense.positions_mm[used]), dense.normals[used])
    shown = np.einsum("nk,nkc->nc", weights, light.normals[triangles[found]])
    shown /= np.linalg.norm(shown, axis=1, keepdims=True)
    angle = np.degrees(np.arccos(np.clip((shown * dense.normals[used]).sum(axis=1), -1, 1)))
    assert np.quantile(angle, 0.98) < 1.0
    assert len(triangles) < 0.2 * len(dense.part_triangles("lens_left"))


def test_the_same_mesh_gives_the_same_triangles(dense: Mesh, light: Mesh) -> None:
    again = simplified(dense, TOLERANCE_MM)
    assert np.array_equal(again.triangles, light.triangles)
    assert np.array_equal(again.positions_mm, light.positions_mm)


def test_an_open_border_keeps_its_place(dense: Mesh, light: Mesh) -> None:
    """The lens is a disc: its outline is its border."""

    def border(mesh: Mesh) -> F32:
        triangles = mesh.part_triangles("lens_left")
        places = np.unique(np.round(mesh.positions_mm, 3), axis=0, return_inverse=True)[1].reshape(-1)[
            triangles
        ]
        edges = np.sort(np.concatenate([places[:, [0, 1]], places[:, [1, 2]], places[:, [2, 0]]]), axis=1)
        pairs, count = np.unique(edges, axis=0, return_counts=True)
        at = np.unique(pairs[count == 1])
        return np.asarray(np.unique(np.round(mesh.positions_mm, 3), axis=0)[at], np.float32)

    assert len(border(light)) == len(border(dense)) > 100
    assert np.allclose(border(light), border(dense), atol=0.002)


def test_what_is_simple_is_left_alone() -> None:
    """A few large triangles, and triangles without an area, come back as they were."""
    positions = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 0]], np.float32)
    dense = build_frame(frames()["juniper-tortoise"][2], 0.5)
    one = replace(
        dense,
        positions_mm=positions,
        normals=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        uvs=np.zeros((4, 2), np.float32),
        colors=None,
        triangles=np.array([[0, 1, 2], [0, 1, 3]], np.int32),
        triangle_material=np.zeros(2, np.int16),
        parts=(replace(dense.parts[0], first_triangle=0, triangle_count=2),),
    )
    assert np.array_equal(simplified(one, 1.0).triangles, one.triangles)


def outline(model: Model, px_per_mm: float, yaw_deg: float) -> np.typing.NDArray[np.bool_]:
    """What the product covers, eight samples a pixel."""
    fine = 8
    cosine, sine = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = np.diag([1, -1, -1]) @ np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    matrix[2, 3] = 500
    width, height = int(180 * px_per_mm) * fine, int(80 * px_per_mm) * fine
    vertices = np.empty((len(model.positions_mm), 6), np.float32)
    transform(
        model.positions_mm, model.normals, matrix, (px_per_mm * 500 * fine, width / 2, height / 2), vertices
    )
    depth: F32 = np.zeros((height, width), np.float32)
    numbers = np.full((height, width), EMPTY, np.int32)
    fill(model.triangles, 0, model.opaque_count, model.cull, vertices, depth, numbers, width, height, 1)
    return np.asarray(numbers >= 0, np.bool_)


def deviation_px(before: np.typing.NDArray[np.bool_], after: np.typing.NDArray[np.bool_]) -> F32:
    """How far each pixel of one outline lies from the other."""

    def edge(mask: np.typing.NDArray[np.bool_]) -> np.typing.NDArray[np.bool_]:
        inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return np.asarray(mask & ~inside, np.bool_)

    one, other = edge(before), edge(after)
    far = [cv2.distanceTransform((~e).astype(np.uint8), cv2.DIST_L2, 5) for e in (one, other)]
    return np.asarray(np.concatenate([far[0][other], far[1][one]]) / 8, np.float32)


@pytest.mark.parametrize("px_per_mm", [1.5, 2.9])
def test_outlines_move_by_a_fraction_of_a_pixel(px_per_mm: float) -> None:
    mesh = build_frame(frames()["meridian-gunmetal"][2], 2.0)
    detail: Levels[Model] = levels(mesh, prepare)
    chosen = detail.at(px_per_mm)
    assert chosen.triangle_count < 0.25 * detail.kept[0].triangle_count
    for yaw_deg in (0.0, 40.0):
        far = deviation_px(outline(detail.kept[0], px_per_mm, yaw_deg), outline(chosen, px_per_mm, yaw_deg))
        assert far.mean() < 0.1
        assert np.quantile(far, 0.99) < 0.35


def test_levels_grow_coarser_as_the_product_is_seen_smaller() -> None:
    detail = levels(build_frame(frames()["harbour-black"][2], 0.7), lambda mesh: len(mesh.triangles))
    assert list(detail.kept) == sorted(detail.kept, reverse=True)
    assert detail.tolerances_mm[0] == 0
    assert set(detail.tolerances_mm[1:]) <= set(TOLERANCES_MM)
    assert detail.at(1000.0) == detail.kept[0]
    assert detail.at(0.01) == detail.kept[-1]
    for number, tolerance_mm in enumerate(detail.tolerances_mm):
        if tolerance_mm:
            assert detail.index(ERROR_PX / tolerance_mm * 0.999) == number
            assert detail.index(ERROR_PX / tolerance_mm * 1.001) == number - 1
    assert detail.map(lambda count: -count).kept == tuple(-count for count in detail.kept)


def test_levels_are_read_from_disk_as_they_were_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRYON_CACHE_DIR", str(tmp_path))
    mesh = build_frame(frames()["juniper-tortoise"][2], 0.8)
    made, read = (levels(mesh, lambda level: level, (0.2, 0.4)) for _ in range(2))
    assert made.tolerances_mm == read.tolerances_mm
    assert len(made.kept) == len(read.kept) > 1
    for one, other in zip(made.kept, read.kept, strict=True):
        assert one.parts == other.parts
        for name in ("positions_mm", "normals", "uvs", "triangles", "triangle_material"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_a_second_set_of_coordinates_stays_and_tangents_are_derived_anew(dense: Mesh) -> None:
    """The one for a picture of shadows beside that of the colours, say."""
    along = np.cross(dense.normals, np.roll(dense.normals, 1, axis=1)) + np.float32(1e-3)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    tangents = np.hstack((along, np.ones((len(along), 1), np.float32))).astype(np.float32)
    rich = replace(dense, second_uvs=np.ascontiguousarray(1 - dense.uvs), tangents=tangents)
    light = simplified(rich, TOLERANCE_MM)
    assert len(light.triangles) < len(dense.triangles) / 2
    assert light.tangents is None
    assert light.second_uvs is not None
    assert np.allclose(light.second_uvs, 1 - light.uvs, atol=1e-4)


def test_the_nearest_point_is_the_nearest() -> None:
    random = np.random.default_rng(3)
    positions = random.normal(0, 5, (60, 3)).astype(np.float32)
    triangles = random.integers(0, 60, (40, 3)).astype(np.int32)
    points = random.normal(0, 8, (30, 3)).astype(np.float32)
    found, weights, far = surface(positions, triangles).nearest(points)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-4)
    assert (weights >= -1e-4).all()
    at = np.einsum("nk,nkc->nc", weights, positions[triangles[found]])
    assert np.allclose(np.linalg.norm(at - points, axis=1), far, atol=1e-3)
    # No point of a fine grid on any triangle is nearer.
    shares = np.array([(i, j, 20 - i - j) for i in range(21) for j in range(21 - i)], np.float32) / 20
    grid = np.einsum("sk,tkc->tsc", shares, positions[triangles]).reshape(-1, 3)
    least = np.linalg.norm(points[:, None] - grid[None], axis=2).min(axis=1)
    assert (far <= least + 1e-4).all()
    assert np.abs(far - least).max() < 0.8
