"""Solids that frames are made of: lofts along paths, ellipsoids, and sheets; and how they become a mesh.

Millimetres in product space. Every solid is closed and its triangles look outwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64
from tryon.render.material import Material
from tryon.render.mesh import I32, Mesh, Part
from tryon.render.normals import smooth_normals

# The side of the square that one repeat of a texture covers.
TEXTURE_TILE_MM = 60.0
# Stations that close a rounded end.
ROUND_STEPS = 3


@dataclass(frozen=True, eq=False)
class Solid:
    """Positions (n, 3), triangles (m, 3), and optional own normals (n, 3), linear colours (n, 4) and texture
    coordinates (n, 2)."""

    positions: F64
    triangles: NDArray[np.integer[Any]]
    material: Material
    normals: F64 | None = None
    colors: F64 | None = None
    uvs: F64 | None = None

    def mirrored(self) -> Solid:
        """The same on the other side of x = 0."""
        flip = np.array((-1.0, 1.0, 1.0))
        return Solid(
            self.positions * flip,
            self.triangles[:, ::-1],
            self.material,
            None if self.normals is None else self.normals * flip,
            self.colors,
            self.uvs,
        )

    def moved(self, rotation: F64, offset: F64) -> Solid:
        """Turned by a 3×3 rotation, then shifted."""
        return Solid(
            self.positions @ rotation.T + offset,
            self.triangles,
            self.material,
            None if self.normals is None else self.normals @ rotation.T,
            self.colors,
            self.uvs,
        )


def volume(positions: F64, triangles: NDArray[np.integer[Any]]) -> float:
    """Signed volume in mm³ of a closed surface; positive when its triangles look outwards."""
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def outward(positions: F64, triangles: NDArray[np.integer[Any]], material: Material) -> Solid:
    """A closed solid with its winding put right."""
    if volume(positions, triangles) < 0:
        triangles = triangles[:, ::-1]
    return Solid(positions, triangles, material)


def loft(rings: F64, material: Material, *, closed: bool = False) -> Solid:
    """Rings (stations, points, 3) joined one to the next; the ends are capped, or joined if ``closed``."""
    stations, points = rings.shape[:2]
    ring = np.arange(points)
    first = np.arange(stations if closed else stations - 1)
    a = first[:, None] * points + ring
    b = first[:, None] * points + (ring + 1) % points
    c = (first[:, None] + 1) % stations * points + ring
    d = (first[:, None] + 1) % stations * points + (ring + 1) % points
    triangles = np.concatenate(
        [np.stack((a, c, b), axis=-1).reshape(-1, 3), np.stack((b, c, d), axis=-1).reshape(-1, 3)]
    )
    positions = rings.reshape(-1, 3)
    if not closed:
        caps, centres = [], []
        for number, station in enumerate((0, stations - 1)):
            base = station * points
            centre = np.full(points, len(positions) + number)
            cap = np.stack((centre, base + ring, base + (ring + 1) % points), axis=-1)
            caps.append(cap if number == 0 else cap[:, ::-1])
            centres.append(rings[station].mean(axis=0))
        triangles = np.concatenate((triangles, *caps))
        positions = np.concatenate((positions, centres))
    return outward(positions, triangles, material)


def sweep(
    path: F64,
    half_sizes: F64,
    material: Material,
    *,
    up: F64,
    points: int = 12,
    squareness: float = 2.0,
    closed: bool = False,
    round_start: bool = True,
    round_end: bool = True,
) -> Solid:
    """A bar along ``path`` (n, 3): at each station a superellipse of ``half_sizes`` (n, 2).

    The half sizes are sideways and along ``up``, which is (3,) or (n, 3) and need not be perpendicular.
    ``squareness`` 2 is an ellipse, 4 nearly a rectangle. Open ends are rounded off over the smaller half
    size, or closed flat.
    """
    if not closed:
        up = np.broadcast_to(up, path.shape)
        path, half_sizes, up = _with_round_ends(path, half_sizes, up, round_start, round_end)
    if closed:
        tangent = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    else:
        tangent = np.gradient(path, axis=0)
        # The short steps of rounded ends would give noisy tangents; the path is straight there.
        if round_start:
            tangent[: ROUND_STEPS + 1] = tangent[ROUND_STEPS + 1]
        if round_end:
            tangent[-ROUND_STEPS - 1 :] = tangent[-ROUND_STEPS - 2]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    upright = up - (up * tangent).sum(axis=1, keepdims=True) * tangent
    upright /= np.linalg.norm(upright, axis=1, keepdims=True)
    sideways = np.cross(tangent, upright)
    angle = (np.arange(points) + 0.5) / points * 2 * np.pi
    side, rise = _signed_power(np.cos(angle), squareness), _signed_power(np.sin(angle), squareness)
    rings = (
        path[:, None, :]
        + sideways[:, None, :] * (half_sizes[:, 0, None] * side)[..., None]
        + upright[:, None, :] * (half_sizes[:, 1, None] * rise)[..., None]
    )
    return loft(rings, material, closed=closed)


def _signed_power(value: F64, squareness: float) -> F64:
    """One coordinate of a superellipse."""
    power: F64 = np.sign(value) * np.abs(value) ** (2 / squareness)
    return power


def _with_round_ends(path: F64, half_sizes: F64, up: F64, start: bool, end_too: bool) -> tuple[F64, F64, F64]:
    """Stations added at the ends so that the bar closes like half an ellipsoid."""
    turn = np.linspace(0.0, 0.5 * np.pi, ROUND_STEPS + 1)[1:]
    paths, sizes, ups = [path], [half_sizes], [up]
    for end, inner in ((0, 1), (-1, -2)):
        if not (start if end == 0 else end_too):
            continue
        outwards = path[end] - path[inner]
        outwards /= np.linalg.norm(outwards)
        reach = float(half_sizes[end].min())
        added = path[end] + np.sin(turn)[:, None] * reach * outwards
        shrunk = half_sizes[end] * np.maximum(np.cos(turn), 0.05)[:, None]
        repeated = np.repeat(up[end][None], ROUND_STEPS, axis=0)
        if end == 0:
            paths.insert(0, added[::-1])
            sizes.insert(0, shrunk[::-1])
            ups.insert(0, repeated)
        else:
            paths.append(added)
            sizes.append(shrunk)
            ups.append(repeated)
    return np.concatenate(paths), np.concatenate(sizes), np.concatenate(ups)


def ellipsoid(centre: F64, axes: F64, material: Material, *, points: int = 12) -> Solid:
    """``axes`` (3, 3): rows are the half axes."""
    polar = np.linspace(0.0, np.pi, points // 2 + 1)[1:-1]
    around = np.arange(points) / points * 2 * np.pi
    unit = np.stack(
        (
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.cos(polar)[:, None] * np.ones_like(around),
        ),
        axis=-1,
    )
    solid = loft(unit, material)
    positions = solid.positions.copy()
    # The caps' middles lie on the surface, not in the plane of the last ring.
    positions[-2:] = ((0.0, 0.0, 1.0), (0.0, 0.0, -1.0))
    return outward(positions @ axes + centre, solid.triangles, material)


def bezier(*control: Sequence[float] | F64, count: int) -> F64:
    """``count`` points of a Bézier curve of any degree (de Casteljau)."""
    t = np.linspace(0.0, 1.0, count)[:, None, None]
    points: F64 = np.repeat(np.array(control, np.float64)[None], count, axis=0)
    for _ in range(len(control) - 1):
        points = np.asarray(points[:, :-1] * (1 - t) + points[:, 1:] * t, np.float64)
    curve: F64 = points[:, 0]
    return curve


def to_mesh(parts: Sequence[tuple[str, Sequence[Solid]]]) -> Mesh:
    """One mesh; each part's solids in order, their normals smooth within a solid."""
    solids = [solid for _, own in parts for solid in own]
    materials = list({id(solid.material): solid.material for solid in solids}.values())
    number = {id(material): index for index, material in enumerate(materials)}
    base = np.cumsum([0] + [len(solid.positions) for solid in solids])
    spans, at = [], 0
    for name, own in parts:
        count = sum(len(solid.triangles) for solid in own)
        spans.append(Part(name, at, count))
        at += count
    triangles: I32 = np.concatenate(
        [solid.triangles + start for solid, start in zip(solids, base[:-1], strict=True)]
    ).astype(np.int32)
    positions: F32 = np.concatenate([solid.positions for solid in solids]).astype(np.float32)
    colored = any(solid.colors is not None for solid in solids)
    return Mesh(
        positions_mm=positions,
        normals=np.concatenate([_normals(solid) for solid in solids]),
        uvs=np.concatenate([_uvs(solid) for solid in solids]),
        triangles=np.ascontiguousarray(triangles),
        triangle_material=np.concatenate(
            [np.full(len(solid.triangles), number[id(solid.material)], np.int16) for solid in solids]
        ),
        materials=tuple(materials),
        parts=tuple(spans),
        colors=np.concatenate([_colors(solid) for solid in solids]) if colored else None,
    )


def _normals(solid: Solid) -> F32:
    if solid.normals is not None:
        given: F32 = solid.normals.astype(np.float32)
        return given
    return smooth_normals(solid.positions.astype(np.float32), solid.triangles)


def _colors(solid: Solid) -> F32:
    if solid.colors is None:
        return np.ones((len(solid.positions), 4), np.float32)
    given: F32 = solid.colors.astype(np.float32)
    return given


def _uvs(solid: Solid) -> F32:
    """A pattern that runs through the front (x, y) and on into the temples (z, y), as in one sheet."""
    if solid.uvs is not None:
        given: F32 = solid.uvs.astype(np.float32)
        return given
    x, y, z = solid.positions.T
    if solid.material.base_texture is None:
        return np.zeros((len(x), 2), np.float32)
    along = z if np.abs(z).max() > TEXTURE_TILE_MM else x
    uvs: F32 = np.stack((along / TEXTURE_TILE_MM, -y / TEXTURE_TILE_MM), axis=1).astype(np.float32)
    return uvs
