"""Meshes with as few triangles as a tolerance allows: what a merchant modelled for close-ups, for a mirror's pixels.

Edges are collapsed by quadric error (Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics", 1997),
by the pyfqmr library. Each run of one part and one material is reduced by itself and keeps its border, so parts stay
together and the lenses' outlines as they are. Normals, texture coordinates and colours are read off the original
surface again, so shading stays as smooth as it was.

The result is measured, not hoped for: the original's vertices lie within the tolerance of the new surface.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyfqmr

from tryon.frame import F32
from tryon.render.glazing import lens_materials
from tryon.render.mesh import I32, Mesh, Part
from tryon.render.nearest import Surface, surface

# Runs of fewer triangles are left as they are: rivets and screws cost nothing.
RUN_MIN: Final = 48
# Shares of a run's triangles that are tried, each by halving the span between what holds and what does not.
TRIES: Final = 5
# Vertices of the original that a reduction is measured at.
MEASURED: Final = 600
# Of them this share lies within the tolerance: the last hundredth would decide for all.
WITHIN: Final = 0.99
# Lenses mirror: their normals stay within 0.6 degrees, a fifth of a texel of the room that they reflect.
MIRROR_COSINE: Final = math.cos(math.radians(0.6))
# How fast the library's threshold grows: slower ones take more passes and choose better.
AGGRESSIVENESS: Final = 5
# Vertices closer than this are one.
WELD_MM: Final = 1e-3
# Corners are one vertex where normals, texture coordinates and colours agree to these steps.
NORMAL_STEP: Final = 1 / 24
UV_STEP: Final = 1 / 1024
COLOR_STEP: Final = 1 / 255


def simplified(mesh: Mesh, tolerance_mm: float, source: Mesh | None = None) -> Mesh:
    """The mesh with its surface moved by at most about ``tolerance_mm``; parts and materials stay.

    ``source`` is the mesh that ``mesh`` was itself made from, if it was: the tolerance and what is read off hold
    against that one.
    """
    source = mesh if source is None else source
    lenses = lens_materials(source)
    runs = []
    parts: list[Part] = []
    at = 0
    for part, origin in zip(mesh.parts, source.parts, strict=True):
        count = 0
        for number in _materials_of(source, origin):
            run = _reduced(mesh, part, source, origin, number, tolerance_mm, number in lenses)
            runs.append(run)
            count += len(run.triangles)
        parts.append(replace(part, first_triangle=at, triangle_count=count))
        at += count
    bases = np.cumsum([0] + [len(run.positions_mm) for run in runs])
    colors = None if mesh.colors is None else np.concatenate([run.colors for run in runs])
    uvs = np.concatenate([run.uvs for run in runs])
    triangles = [run.triangles + np.int32(base) for run, base in zip(runs, bases[:-1], strict=True)]
    numbers = [np.full(len(run.triangles), run.material, np.int16) for run in runs]
    return replace(
        mesh,
        positions_mm=np.concatenate([run.positions_mm for run in runs]),
        normals=np.concatenate([run.normals for run in runs]),
        uvs=np.ascontiguousarray(uvs[:, :2]),
        second_uvs=None if mesh.second_uvs is None else np.ascontiguousarray(uvs[:, 2:]),
        # Whoever needs them has them derived anew.
        tangents=None,
        colors=colors,
        triangles=np.concatenate(triangles),
        triangle_material=np.concatenate(numbers),
        parts=tuple(parts),
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """The triangles of one part and material, with vertices of their own. ``uvs`` (n, 2), (n, 4) with a second set."""

    positions_mm: F32
    normals: F32
    uvs: F32
    colors: F32
    triangles: I32
    material: int


def _materials_of(mesh: Mesh, part: Part) -> list[int]:
    span = slice(part.first_triangle, part.first_triangle + part.triangle_count)
    return [int(number) for number in np.unique(mesh.triangle_material[span])]


def _run(mesh: Mesh, part: Part, material: int) -> _Run:
    span = slice(part.first_triangle, part.first_triangle + part.triangle_count)
    corners = mesh.triangles[span][mesh.triangle_material[span] == material]
    used, local = np.unique(corners, return_inverse=True)
    white = np.ones((len(used), 4), np.float32)
    uvs = mesh.uvs if mesh.second_uvs is None else np.hstack((mesh.uvs, mesh.second_uvs))
    return _Run(
        positions_mm=np.ascontiguousarray(mesh.positions_mm[used]),
        normals=mesh.normals[used],
        uvs=uvs[used],
        colors=white if mesh.colors is None else mesh.colors[used],
        triangles=np.ascontiguousarray(local.reshape(-1, 3), dtype=np.int32),
        material=material,
    )


def _reduced(
    mesh: Mesh, part: Part, source: Mesh, origin: Part, material: int, tolerance_mm: float, lens: bool
) -> _Run:
    before, original = _run(mesh, part, material), _run(source, origin, material)
    if len(before.triangles) < RUN_MIN:
        return before
    positions, triangles = _welded(before)
    if len(triangles) < RUN_MIN:
        return before
    step = max(len(original.positions_mm) // MEASURED, 1)
    probes = np.ascontiguousarray(original.positions_mm[::step])
    best: _Run | None = None
    low, high = 0.0, 1.0
    for _ in range(TRIES):
        share = (low + high) / 2
        points, faces = _collapsed(positions, triangles, max(int(share * len(triangles)), 4))
        run = None
        if len(faces) and _within(probes, points, faces, tolerance_mm):
            run = _dressed(points, faces, original)
            if lens and not _mirrors_alike(probes, original.normals[::step], run):
                run = None
        if run is None:
            low = share
        else:
            best, high = run, share
    return best or before


def _mirrors_alike(probes: F32, normals: F32, run: _Run) -> bool:
    """Whether a lens still reflects what it did: the eye follows a window's edge on it that the outline never shows."""
    found, weights, _ = surface(run.positions_mm, run.triangles).nearest(probes, normals)
    shown = np.einsum("nk,nkc->nc", weights, run.normals[run.triangles[found]])
    cosine = (shown * normals).sum(axis=1) / np.linalg.norm(shown, axis=1)
    return float(np.quantile(cosine, 1 - WITHIN)) >= MIRROR_COSINE


def _welded(run: _Run) -> tuple[F32, I32]:
    """Vertices at one place made one, so that edges of texture and shading are no borders; flat triangles go."""
    cells = np.round(run.positions_mm / WELD_MM).astype(np.int64)
    _, first, group = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    triangles = group.reshape(-1)[run.triangles].astype(np.int32)
    a, b, c = triangles.T
    kept = triangles[(a != b) & (b != c) & (c != a)]
    return run.positions_mm[first], np.ascontiguousarray(kept)


def _collapsed(positions: F32, triangles: I32, count: int) -> tuple[F32, I32]:
    """About ``count`` triangles, more where borders forbid it."""
    simplify = pyfqmr.Simplify()
    simplify.setMesh(positions.astype(np.float64), triangles)
    simplify.simplify_mesh(
        target_count=count, aggressiveness=AGGRESSIVENESS, preserve_border=True, verbose=False
    )
    points, faces, _ = simplify.getMesh()
    new: F32 = np.ascontiguousarray(points, dtype=np.float32)
    corners: I32 = np.ascontiguousarray(faces, dtype=np.int32)
    if not np.isfinite(new).all():
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.int32)
    sides = new[corners]
    area = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])
    return new, corners[(area != 0).any(axis=1)]


def _within(probes: F32, points: F32, faces: I32, tolerance_mm: float) -> bool:
    _, _, far = surface(points, faces).nearest(probes)
    return float(np.quantile(far, WITHIN)) <= tolerance_mm


def _dressed(points: F32, faces: I32, original: _Run) -> _Run:
    """The reduced triangles with what the original surface has at their corners."""
    shape: Surface = surface(original.positions_mm, original.triangles)
    sides = points[faces]
    facing = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    corners = np.ascontiguousarray(sides.reshape(-1, 3))
    found, weights, _ = shape.nearest(corners, np.repeat(facing, 3, axis=0).astype(np.float32))
    at = original.triangles[found]

    def read(values: F32) -> F32:
        mean: F32 = np.einsum("nk,nkc->nc", weights, values[at]).astype(np.float32)
        return mean

    normals, uvs, colors = read(original.normals), read(original.uvs), read(original.colors)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    flat = np.repeat(facing, 3, axis=0)
    normals = np.where(length > 0.1, normals / np.maximum(length, 1e-6), flat).astype(np.float32)
    key = np.column_stack(
        (
            faces.reshape(-1),
            np.rint(normals / NORMAL_STEP).astype(np.int64),
            np.rint(uvs / UV_STEP).astype(np.int64),
            np.rint(colors / COLOR_STEP).astype(np.int64),
        )
    )
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return _Run(
        positions_mm=corners[first],
        normals=normals[first],
        uvs=uvs[first],
        colors=np.clip(colors[first], 0.0, 1.0),
        triangles=np.ascontiguousarray(group.reshape(-1, 3), dtype=np.int32),
        material=original.material,
    )
