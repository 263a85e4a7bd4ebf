"""Fronts: an acetate front milled from one sheet, and a metal front bent from wire.

An acetate front is the area between lens openings and silhouette, as thick as a sheet, with rounded
edges. The half on the wearer's left is a grid of columns (rays from the lens's middle) and rows (from
opening to silhouette); its mirror image joins it at x = 0. Everything is curved and tilted at the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.frame_lens import LENS_THICKNESS_MM, lens_z, outline_of, wrap
from tryon.catalogue.frame_outline import Endpiece, Silhouette, offset_outline
from tryon.catalogue.frame_solids import Solid, bezier, ellipsoid, outward, sweep
from tryon.catalogue.frame_spec import FrameSpec
from tryon.frame import F64
from tryon.render.material import Material

Ints = NDArray[np.signedinteger[Any]]

INNER_BEVEL_MM = 0.7
OUTER_BEVEL_MM = 1.3
# How much fuller the front is between its edges.
CROWN_MM = 0.35
CROWN_REACH_MM = 2.5
BEVEL_ROWS = 2
WIRE_MM = 0.95


def acetate_front(spec: FrameSpec, detail: float) -> list[Solid]:
    """The sheet, with rivets if the spec asks for them."""
    outline = outline_of(spec)
    rim = offset_outline(outline, spec.rim_top_mm, spec.rim_side_mm, spec.rim_bottom_mm)
    end = Endpiece(spec.total_width_mm / 2, spec.hinge_y, spec.endpiece_height_mm / 2)
    silhouette = Silhouette(outline, rim, spec.bridge, end)
    angles, closed_off = _columns(silhouette, detail)
    inner = outline.radius(angles)
    outer = silhouette.outer_radius(angles)
    direction = np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    edge = np.array(outline.pole) + outer[:, None] * direction
    edge[closed_off, 0] = 0.0
    # Columns follow one another, the cut's upper corner first: its lower corner starts the real edge.
    count = int(closed_off.sum())
    silhouette_line = np.concatenate((edge[count - 1 :], edge[:1]))
    bevels = max(BEVEL_ROWS, round(BEVEL_ROWS * detail * 0.7))
    turn = 1 - np.cos(np.arange(bevels + 1) / bevels * np.pi / 2)
    width = outer - inner
    bevel_in = np.minimum(INNER_BEVEL_MM, width * 0.3)
    rows_out = _outer_rows(edge, direction, width - bevel_in, silhouette_line, turn)
    rows = [inner + bevel_in * t for t in turn]
    rows += [(inner + bevel_in + outer - rows_out[-1]) / 2]
    rows += [outer - row for row in rows_out[::-1]]
    reach = np.stack(rows)
    flat = np.array(outline.pole) + reach[..., None] * direction
    flat[-1, closed_off, 0] = 0.0
    to_inner = distance_to(flat, outline.points(np.linspace(0.0, 2 * np.pi, 721)))
    to_outer = distance_to(flat, silhouette_line)
    to_inner[0] = 0.0
    to_outer[-1, ~closed_off] = 0.0
    drop = rounded(to_inner, bevel_in) + rounded(to_outer, OUTER_BEVEL_MM)
    crown = CROWN_MM * np.sin(np.clip(to_outer / CROWN_REACH_MM, 0.0, 1.0) * np.pi / 2)
    top = np.maximum(spec.depth_mm + crown - drop, spec.depth_mm * 0.55)
    bottom = np.minimum(drop, spec.depth_mm * 0.45)
    half = _half_sheet(flat, top, bottom, closed_off)
    mirrored = half[0] * (-1.0, 1.0, 1.0)
    positions = np.concatenate((half[0], mirrored))
    triangles = np.concatenate((half[1], half[1][:, ::-1] + len(mirrored)))
    positions[:, 2] += wrap(spec, positions[:, 0])
    solids = [outward(positions, triangles, spec.frame)]
    if spec.rivets:
        solids += _rivets(spec)
    return solids


def _columns(silhouette: Silhouette, detail: float) -> tuple[F64, NDArray[np.bool_]]:
    """Rays' angles, and which of them end on the plane of symmetry (its two corners included)."""
    low, high = silhouette.cut()
    centre = silhouette.lens.pole
    steps = 1 - np.cos(np.arange(5) / 4 * np.pi / 2)
    edge = np.concatenate((high - OUTER_BEVEL_MM * steps, low + OUTER_BEVEL_MM * steps[::-1]))
    inside = np.linspace(edge[4], edge[5], max(3, round(3 * detail)))[1:-1]
    heights = np.concatenate((edge[:5], inside, edge[5:]))
    cut = np.arctan2(heights - centre[1], np.full(len(heights), -centre[0])) % (2 * np.pi)
    dense = np.linspace(cut[-1], cut[0] + 2 * np.pi, 2881)
    radius = silhouette.outer_radius(dense)
    outer = radius[:, None] * np.stack((np.cos(dense), np.sin(dense)), axis=-1)
    inner = silhouette.lens.points(dense)
    along = np.diff(outer, axis=0)
    heading = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
    bend = np.abs(np.diff(heading, prepend=heading[0]))
    weight = np.linalg.norm(along, axis=1) + 0.6 * np.linalg.norm(np.diff(inner, axis=0), axis=1)
    # Corners get columns in proportion to how far they turn: 6 mm worth a radian. So does the middle of
    # the bridge, where rays meet the edge at a slant.
    near_cut = np.exp(-(((centre[0] + outer[1:, 0]) / 5.0) ** 2))
    weight = weight * (1 + 1.5 * near_cut) + 6.0 * np.minimum(bend, 0.5)
    length = np.concatenate(([0.0], np.cumsum(weight)))
    count = round(92 * detail)
    boundary = np.interp(np.arange(1, count) / count * length[-1], length, dense)
    angles = np.concatenate((cut, boundary))
    closed_off = np.zeros(len(angles), np.bool_)
    closed_off[: len(cut)] = True
    return angles, closed_off


def _outer_rows(edge: F64, direction: F64, room: F64, line: F64, turn: F64) -> F64:
    """Ways back along each ray at which the distance to the silhouette follows the bevel's rounding.

    Rays that meet the edge at a slant need longer ways; those that end on the plane of symmetry begin
    inside the bevel or past it, and get short even steps instead.
    """
    ways = np.linspace(0.0, 1.0, 81)[:, None] * (room * 0.8)
    depth = distance_to(edge - ways[..., None] * direction, line)
    depth = np.maximum.accumulate(depth, axis=0)
    rows = np.empty((len(turn), len(room)))
    for column in range(len(room)):
        way = np.interp(OUTER_BEVEL_MM * turn, depth[:, column], ways[:, column])
        least = 0.1 * np.arange(len(turn))
        rows[:, column] = np.minimum(np.maximum(way, least), room[column] * 0.8)
    rows[0] = 0.0
    return rows


def rounded(distance: F64, bevel: F64 | float) -> F64:
    """How far a surface drops at this distance from an edge that is rounded off over ``bevel``."""
    share = 1 - np.clip(distance / bevel, 0.0, 1.0)
    drop: F64 = bevel * (1 - np.sqrt(np.maximum(1 - share**2, 0.0)))
    return drop


def distance_to(points: F64, line: F64) -> F64:
    """The distance of each point to a polyline, a row of points at a time."""
    start, step = line[:-1], np.diff(line, axis=0)
    squared = np.maximum((step**2).sum(axis=1), 1e-12)
    distances = np.empty(points.shape[:-1])
    for row, own in enumerate(points):
        away = own[:, None] - start
        t = np.clip((away * step).sum(axis=-1) / squared, 0.0, 1.0)
        distances[row] = np.linalg.norm(away - t[..., None] * step, axis=-1).min(axis=1)
    return distances


def _half_sheet(
    flat: F64, top: F64, bottom: F64, closed_off: NDArray[np.bool_]
) -> tuple[F64, NDArray[np.int64]]:
    """Upper and lower sheet and the walls between them; open where the other half joins."""
    rows, columns = top.shape
    around = np.arange(columns)
    following = (around + 1) % columns
    positions = np.concatenate([np.dstack((flat, z)).reshape(-1, 3) for z in (top, bottom)])
    lower = rows * columns
    triangles = []

    def quads(a: Ints, b: Ints, c: Ints, d: Ints) -> None:
        triangles.append(np.stack((a, b, c), axis=-1))
        triangles.append(np.stack((a, c, d), axis=-1))

    for row in range(rows - 1):
        a, b = row * columns + around, (row + 1) * columns + around
        c, d = (row + 1) * columns + following, row * columns + following
        quads(a, b, c, d)
        quads(lower + a, lower + d, lower + c, lower + b)
    quads(around, following, lower + following, lower + around)
    on_edge = around[~(closed_off & closed_off[following])]
    a, b = (rows - 1) * columns + on_edge, (rows - 1) * columns + following[on_edge]
    quads(a, lower + a, lower + b, b)
    return positions, np.concatenate(triangles)


def _rivets(spec: FrameSpec) -> list[Solid]:
    """Two small metal ovals on each end piece."""
    x = spec.total_width_mm / 2 - spec.endpiece_mm * 0.42
    solids = []
    for offset in (-1.7, 1.7):
        z = spec.depth_mm + CROWN_MM * 0.4 + float(wrap(spec, np.array(x)))
        centre = np.array((x, spec.hinge_y + offset, z))
        solids.append(ellipsoid(centre, np.diag((1.5, 0.85, 0.45)), HARDWARE))
    return [*solids, *(solid.mirrored() for solid in solids)]


HARDWARE = Material("hardware", base_color=(0.8, 0.8, 0.8, 1.0), metallic=1.0, roughness=0.25)


def metal_front(spec: FrameSpec, detail: float) -> list[Solid]:
    """Two wire rims, the bridge (or two) between them, and the end pieces out to the hinges."""
    outline = outline_of(spec)
    sides = max(8, round(10 * detail))
    angles = outline.even_angles(round(84 * detail))
    path = rim_point(spec, angles)
    sizes = np.broadcast_to((WIRE_MM, WIRE_MM * 1.15), (len(path), 2))
    rim = sweep(
        path, sizes, spec.frame, up=np.array((0.0, 0.0, 1.0)), points=sides, squareness=2.4, closed=True
    )
    solids = [rim, rim.mirrored()]
    for angle, rise, forward in _bridges(spec):
        start = rim_point(spec, np.array([angle]))[0]
        other = start * (-1.0, 1.0, 1.0)
        lift = np.array((0.0, rise, forward))
        curve = bezier(
            start, start * (0.55, 1, 1) + lift, other * (0.55, 1, 1) + lift, other, count=round(22 * detail)
        )
        sizes = np.broadcast_to((WIRE_MM * 1.05, WIRE_MM * 1.2), (len(curve), 2))
        up = np.array((0.0, 0.0, 1.0))
        solids.append(sweep(curve, sizes, spec.frame, up=up, points=sides, squareness=2.2))
    end = metal_endpiece(spec, sides, detail)
    return [*solids, *end, *(solid.mirrored() for solid in end)]


def _bridges(spec: FrameSpec) -> tuple[tuple[float, float, float], ...]:
    """Angle on the rim, rise and forward bow of each bridge."""
    if spec.double_bridge:
        return (np.radians(163.0), 2.2, 1.2), (np.radians(131.0), 1.6, 0.4)
    return ((np.radians(158.0), 3.4, 1.6),)


def rim_point(spec: FrameSpec, angles: F64) -> F64:
    """Points of the lens's edge in space (n, 3), before the tilt."""
    flat = outline_of(spec).points(angles)
    return np.column_stack((flat, lens_z(spec, flat) - LENS_THICKNESS_MM / 2))


def hinge_point(spec: FrameSpec) -> F64:
    """Where the wearer's left temple begins, after the tilt: the middle of its first section."""
    half = spec.total_width_mm / 2
    if spec.build == "metal":
        corner = rim_point(spec, _endpiece_angle(spec))[0]
        before = np.array((half - 0.9, spec.hinge_y, corner[2] - 7.0))
    else:
        x = half - spec.temple_thickness_mm / 2
        before = np.array((x, spec.hinge_y, float(wrap(spec, np.array(x))) + 1.2))
    hinge: F64 = spec.tilt @ before
    return hinge


def _endpiece_angle(spec: FrameSpec) -> F64:
    """The angle on the rim at the hinge's height, temporal side."""
    outline = outline_of(spec)
    dense = np.linspace(-0.2, 1.4, 400)
    heights = outline.points(dense)[:, 1]
    return dense[[int(np.argmin(np.abs(heights - spec.hinge_y)))]]


def metal_endpiece(spec: FrameSpec, sides: int, detail: float) -> list[Solid]:
    """The wearer's left bar from the rim out and back to the hinge, with the hinge's barrel, before the tilt."""
    start = rim_point(spec, _endpiece_angle(spec))[0]
    half = spec.total_width_mm / 2
    corner = np.array((half - 0.9, spec.hinge_y, start[2] + 0.3))
    end = np.array((half - 0.9, spec.hinge_y, start[2] - 7.0))
    curve = bezier(start, corner, corner, end, count=round(14 * detail))
    up = np.array((0.0, 1.0, 0.0))
    sizes = np.linspace((0.9, 1.5), (0.8, 1.9), len(curve))
    bar = sweep(curve, sizes, spec.frame, up=up, points=sides, squareness=2.8)
    barrel = np.array(((-0.9, -1.1, 0.0), (-0.9, 1.1, 0.0))) + end
    hinge = sweep(
        bezier(*barrel, count=4),
        np.full((4, 2), 1.05),
        spec.frame,
        up=np.array((0.0, 0.0, 1.0)),
        points=sides,
    )
    return [bar, hinge]
