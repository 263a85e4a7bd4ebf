"""Seats: on the nose, before the eyes, out of brows and cheeks, and with the temples on the ears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.compiled import kernel
from tryon.frame import F64
from tryon.geometry.head import template
from tryon.geometry.heights import height_at, heights
from tryon.geometry.wearer import RestShape, ear_root
from tryon.looks import LookBook
from tryon.overlays.seat import (
    DOWN_MM,
    SOFT_MM,
    TILT_MAX_DEG,
    UP_MM,
    VERTEX_MAX_MM,
    VERTEX_MIN_MM,
    Contacts,
    contacts,
    seat_of,
)
from tryon.perception import landmarks as at
from tryon.render.gltf import load_glb
from tryon.render.mesh import Mesh, Part

SKUS = ("harbour-black", "juniper-tortoise", "meridian-gunmetal", "nocturne-black-sun", "solstice-gold")
NOSE = (
    168,
    6,
    197,
    195,
    5,
    4,
    1,
    122,
    351,
    193,
    417,
    245,
    465,
    188,
    412,
    174,
    399,
    196,
    419,
    3,
    248,
    236,
    456,
)


@pytest.fixture(scope="module")
def meshes(book: LookBook) -> dict[str, Mesh]:
    return {p.sku: load_glb(p.model.read_bytes()) for p in book.products() if p.model is not None}


@pytest.fixture(scope="module")
def products(meshes: dict[str, Mesh]) -> dict[str, Contacts]:
    return {sku: contacts(mesh) for sku, mesh in meshes.items()}


def shaped(
    nose_out: float = 0.0, nose_wide: float = 1.0, brow_out: float = 0.0, size: float = 1.0
) -> RestShape:
    points = template().points_mm.copy()
    points[list(NOSE), 2] += nose_out
    points[list(NOSE), 0] *= nose_wide
    points[[70, 63, 105, 66, 107, 300, 293, 334, 296, 336], 2] += brow_out
    return RestShape(points * size)


@kernel
def _gaps(points: F64, field: F64, out: F64) -> None:
    for i in range(points.shape[0]):
        out[i] = points[i, 2] - height_at(field, points[i, 0], points[i, 1])


def gaps(product: Contacts, rest: RestShape) -> tuple[F64, F64]:
    """How far the nose's part and the front stand off the face, in millimetres; negative is inside."""
    matrix = seat_of(product, rest).head_from_product
    field, found = heights(rest.points_mm), []
    for points in (product.nose_mm, product.front_mm):
        out = np.empty(len(points))
        _gaps(np.ascontiguousarray(points @ matrix[:3, :3].T + matrix[:3, 3]), field, out)
        found.append(out)
    return found[0], found[1]


@pytest.mark.parametrize("sku", SKUS)
@pytest.mark.parametrize(
    "rest",
    [
        shaped(),
        shaped(nose_out=3),
        shaped(nose_out=-3),
        shaped(nose_wide=1.25),
        shaped(size=0.9),
        shaped(size=1.1),
    ],
    ids=["mean", "prominent", "flat", "wide", "small", "large"],
)
def test_a_frame_sits_before_the_eyes_near_the_bridge(
    products: dict[str, Contacts], sku: str, rest: RestShape
) -> None:
    seat = seat_of(products[sku], rest)
    nasion = rest.points_mm[at.NASION]
    assert -DOWN_MM < seat.y_mm - nasion[1] < UP_MM
    assert VERTEX_MIN_MM <= seat.vertex_mm <= VERTEX_MAX_MM
    assert abs(seat.tilt_deg) <= TILT_MAX_DEG
    eyes = rest.points_mm[[159, 145, 386, 374], 1].mean()
    assert abs(eyes - (seat.y_mm + products[sku].lens_middle_mm)) < 12, "the eyes look through the lenses"


@pytest.mark.parametrize("sku", SKUS)
@pytest.mark.parametrize("brow_out", [0.0, 3.0, 6.0])
def test_the_front_stays_out_of_brows_and_cheeks(
    products: dict[str, Contacts], sku: str, brow_out: float
) -> None:
    rest = shaped(brow_out=brow_out)
    _, front = gaps(products[sku], rest)
    # The last turn onto the ears moves the front by a fraction of a millimetre after it was pushed out.
    assert np.sort(front)[2] > -(SOFT_MM + 0.6)


def test_a_nose_that_stands_out_carries_the_frame_farther_out(products: dict[str, Contacts]) -> None:
    for product in products.values():
        flat, mean, prominent = (seat_of(product, shaped(nose_out=out)) for out in (-3.0, 0.0, 3.0))
        reach = [seat.z_mm + 0.3 * seat.y_mm for seat in (flat, mean, prominent)]
        assert reach == sorted(reach)
        assert reach[2] - reach[0] > 0.8


def test_a_narrow_bridge_sits_higher_on_a_wide_nose(products: dict[str, Contacts]) -> None:
    product = products["juniper-tortoise"]
    narrow = replace(product, nose_mm=product.nose_mm * (0.8, 1.0, 1.0))
    wide_nose = shaped(nose_wide=1.2)
    one, other = seat_of(product, wide_nose), seat_of(narrow, wide_nose)
    assert (other.y_mm, other.vertex_mm) > (one.y_mm, one.vertex_mm)


@pytest.mark.parametrize("sku", SKUS)
def test_the_temples_reach_the_ears(products: dict[str, Contacts], sku: str) -> None:
    product, rest = products[sku], shaped()
    seat = seat_of(product, rest)
    assert product.temple_mm is not None
    ear = ((ear_root(rest.points_mm, +1) + ear_root(rest.points_mm, -1)) / 2)[1:]
    along = np.array([0.0, product.temple_mm, ear[1] - seat.z_mm, 1.0])
    reached = (seat.head_from_product @ along)[1]
    if abs(seat.tilt_deg) < TILT_MAX_DEG:
        assert reached == pytest.approx(ear[0], abs=1.0)
    else:
        assert abs(reached - ear[0]) < 6.0


def test_a_small_change_of_the_head_moves_the_seat_a_little(products: dict[str, Contacts]) -> None:
    for product in products.values():
        seats = [seat_of(product, shaped(nose_out=out)) for out in np.arange(-2, 2, 0.1)]
        steps = np.abs(np.diff([(seat.y_mm, seat.z_mm, seat.tilt_deg) for seat in seats], axis=0))
        assert steps.max() < 0.8


def test_a_seat_is_worked_out_once_for_a_head(products: dict[str, Contacts]) -> None:
    rest = shaped()
    first = seat_of(products["harbour-black"], rest)
    assert seat_of(products["harbour-black"], rest) is first
    assert seat_of(products["solstice-gold"], rest) is not first


def test_a_front_without_temples_and_lenses_is_seated_untilted(meshes: dict[str, Mesh]) -> None:
    mesh = meshes["harbour-black"]
    solid = ~np.array([material.transparent for material in mesh.materials])[mesh.triangle_material]
    keep = solid & (mesh.positions_mm[mesh.triangles][:, :, 2] > -20).all(axis=1)
    used, triangles = np.unique(mesh.triangles[keep], return_inverse=True)
    front = replace(
        mesh,
        positions_mm=mesh.positions_mm[used],
        normals=mesh.normals[used],
        uvs=mesh.uvs[used],
        colors=None if mesh.colors is None else mesh.colors[used],
        triangles=triangles.reshape(-1, 3).astype(np.int32),
        triangle_material=mesh.triangle_material[keep],
        parts=(Part("front", 0, int(keep.sum())),),
    )
    found = contacts(front)
    assert found.temple_mm is None
    seat = seat_of(found, shaped())
    assert seat.tilt_deg == 0.0
    assert VERTEX_MIN_MM <= seat.vertex_mm <= VERTEX_MAX_MM


@pytest.mark.parametrize("sku", SKUS)
def test_a_nose_point_moved_by_hand_lies_where_the_frame_came_to_rest(
    products: dict[str, Contacts], sku: str
) -> None:
    found = products[sku]
    rest = shaped()
    before = seat_of(found, rest)
    for move in ((0.0, 3.0, 0.0), (0.0, -2.0, 1.5), (1.0, 0.0, -2.0)):
        seat = seat_of(replace(found, moved_mm=move), rest)
        point = seat.head_from_product @ (*move, 1.0)
        assert point[:3] == pytest.approx((0.0, before.y_mm, before.z_mm), abs=1e-9)
        # The frame itself has moved the other way by as many millimetres.
        origin = np.array((seat.x_mm, seat.y_mm - before.y_mm, seat.z_mm - before.z_mm))
        assert np.linalg.norm(origin) == pytest.approx(np.linalg.norm(move), abs=1e-9)
        assert np.abs(origin + move).max() < 0.5
        assert seat.vertex_mm - before.vertex_mm == pytest.approx(-move[2], abs=0.5)
    assert seat_of(replace(found, moved_mm=(0.0, 0.0, 0.0)), rest) == before
