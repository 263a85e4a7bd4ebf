"""The nearest point of a triangle mesh, found through a grid of its triangles.

Closest point on a triangle: Ericson, "Real-Time Collision Detection" (2005), section 5.1.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32
from tryon.render.mesh import I32

# Cells along the longest side at most: 128³ cells hold 8 MB of starts.
CELLS_MAX: Final = 128
# A crease's two walls are equally near to a point on it. One that faces away from where the asker looks is put this
# many square millimetres farther for each unit of cosine that it lacks.
FACING: Final = 0.6
FACING_PENALTY_MM2: Final = 1.0


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles sorted into the cells of a grid: those of cell i are ``entries[starts[i] : starts[i + 1]]``."""

    positions_mm: F32
    triangles: I32
    face_normals: F32
    origin_mm: F32
    cell_mm: float
    counts: tuple[int, int, int]
    starts: I32
    entries: I32

    def nearest(self, points_mm: F32, facing: F32 | None = None) -> tuple[I32, F32, F32]:
        """For each of ``points_mm`` (n, 3) the nearest triangle, the weights (n, 3) of its corners, and how far (n,).

        ``facing`` (n, 3), unit, prefers triangles that face the same way.
        """
        wanted = np.zeros_like(points_mm) if facing is None else facing
        return _nearest(
            points_mm, wanted, self.positions_mm, self.triangles, self.face_normals, self.origin_mm,
            self.cell_mm, self.counts, self.starts, self.entries,
        )  # fmt: skip


def surface(positions_mm: F32, triangles: I32) -> Surface:
    """Sort the triangles (m, 3), at least one, into cells about as wide as they are."""
    corners = positions_mm[triangles]
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    size = float((corners.max(axis=1) - corners.min(axis=1)).max(axis=1).mean())
    cell = max(size, float((high - low).max()) / CELLS_MAX, 1e-3)
    counts = tuple(int(n) for n in np.minimum((high - low) / cell, CELLS_MAX).astype(np.int64) + 1)
    first = ((corners.min(axis=1) - low) / cell).astype(np.int32)
    last = ((corners.max(axis=1) - low) / cell).astype(np.int32)
    limit = np.array(counts, np.int32) - 1
    starts, entries = _sorted(np.minimum(first, limit), np.minimum(last, limit), counts)  # type: ignore[arg-type]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).astype(np.float32)
    faces /= np.maximum(np.linalg.norm(faces, axis=1, keepdims=True), np.float32(1e-12))
    return Surface(
        positions_mm, np.ascontiguousarray(triangles), faces, low.astype(np.float32), cell, counts, starts, entries  # type: ignore[arg-type]
    )  # fmt: skip


def warm_up() -> None:
    """Compile the search. Products whose reduced meshes are on disk do not need it, and the next one may."""
    corners = np.eye(3, dtype=np.float32)
    surface(corners, np.arange(3, dtype=np.int32)[None]).nearest(corners)


@kernel
def _sorted(first: I32, last: I32, counts: tuple[int, int, int]) -> tuple[I32, I32]:
    nx, ny, nz = counts
    starts = np.zeros(nx * ny * nz + 1, np.int32)
    for t in range(first.shape[0]):
        for x in range(first[t, 0], last[t, 0] + 1):
            for y in range(first[t, 1], last[t, 1] + 1):
                for z in range(first[t, 2], last[t, 2] + 1):
                    starts[(x * ny + y) * nz + z + 1] += 1
    for i in range(1, len(starts)):
        starts[i] += starts[i - 1]
    entries = np.empty(starts[-1], np.int32)
    free = starts[:-1].copy()
    for t in range(first.shape[0]):
        for x in range(first[t, 0], last[t, 0] + 1):
            for y in range(first[t, 1], last[t, 1] + 1):
                for z in range(first[t, 2], last[t, 2] + 1):
                    cell = (x * ny + y) * nz + z
                    entries[free[cell]] = t
                    free[cell] += 1
    return starts, entries


@kernel
def _nearest(
    points: F32,
    facing: F32,
    positions: F32,
    triangles: I32,
    normals: F32,
    origin: F32,
    cell: float,
    counts: tuple[int, int, int],
    starts: I32,
    entries: I32,
) -> tuple[I32, F32, F32]:
    nx, ny, nz = counts
    found = np.zeros(len(points), np.int32)
    weights = np.zeros((len(points), 3), np.float32)
    far = np.zeros(len(points), np.float32)
    for i in range(len(points)):
        px, py, pz = points[i, 0], points[i, 1], points[i, 2]
        cx = min(max(int((px - origin[0]) / cell), 0), nx - 1)
        cy = min(max(int((py - origin[1]) / cell), 0), ny - 1)
        cz = min(max(int((pz - origin[2]) / cell), 0), nz - 1)
        best, best_squared = 1e30, 0.0
        # Shells of cells outwards, until none nearer can follow.
        for ring in range(max(nx, ny, nz)):
            if best < ((ring - 1) * cell) ** 2 and ring > 0:
                break
            for x in range(max(cx - ring, 0), min(cx + ring, nx - 1) + 1):
                for y in range(max(cy - ring, 0), min(cy + ring, ny - 1) + 1):
                    edge = abs(x - cx) == ring or abs(y - cy) == ring
                    step = 1 if edge else max(2 * ring, 1)
                    for z in range(cz - ring, cz + ring + 1, step):
                        if z < 0 or z >= nz:
                            continue
                        at = (x * ny + y) * nz + z
                        for e in range(starts[at], starts[at + 1]):
                            t = entries[e]
                            wb, wc, squared = _closest(positions, triangles, t, px, py, pz)
                            cosine = (
                                normals[t, 0] * facing[i, 0]
                                + normals[t, 1] * facing[i, 1]
                                + normals[t, 2] * facing[i, 2]
                            )
                            asked = facing[i, 0] != 0.0 or facing[i, 1] != 0.0 or facing[i, 2] != 0.0
                            cost = squared
                            if asked and cosine < FACING:
                                cost += (FACING - cosine) * FACING_PENALTY_MM2
                            if cost < best:
                                best, best_squared = cost, squared
                                found[i] = t
                                weights[i, 0], weights[i, 1], weights[i, 2] = 1.0 - wb - wc, wb, wc
        far[i] = np.sqrt(best_squared)
    return found, weights, far


@inlined
def _closest(
    positions: F32, triangles: I32, t: int, px: float, py: float, pz: float
) -> tuple[float, float, float]:
    """Weights of the second and third corner at the triangle's point nearest to p, and the squared distance."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ax, ay, az = positions[a, 0], positions[a, 1], positions[a, 2]
    ux, uy, uz = positions[b, 0] - ax, positions[b, 1] - ay, positions[b, 2] - az
    vx, vy, vz = positions[c, 0] - ax, positions[c, 1] - ay, positions[c, 2] - az
    px, py, pz = px - ax, py - ay, pz - az
    uu, uv, vv = ux * ux + uy * uy + uz * uz, ux * vx + uy * vy + uz * vz, vx * vx + vy * vy + vz * vz
    up, vp = ux * px + uy * py + uz * pz, vx * px + vy * py + vz * pz
    determinant = uu * vv - uv * uv
    wb, wc = 0.0, 0.0
    inside = False
    if determinant > 1e-12 * uu * vv:
        wb, wc = (vv * up - uv * vp) / determinant, (uu * vp - uv * up) / determinant
        inside = wb >= 0.0 and wc >= 0.0 and wb + wc <= 1.0
    if not inside:
        # On one of the three edges: a to b, a to c, b to c.
        best = 1e30
        for edge in range(3):
            if edge == 0:
                s = min(max(up / uu, 0.0), 1.0) if uu > 0.0 else 0.0
                eb, ec = s, 0.0
            elif edge == 1:
                s = min(max(vp / vv, 0.0), 1.0) if vv > 0.0 else 0.0
                eb, ec = 0.0, s
            else:
                length = uu - 2.0 * uv + vv
                s = min(max((uu - uv + vp - up) / length, 0.0), 1.0) if length > 0.0 else 0.0
                eb, ec = 1.0 - s, s
            dx, dy, dz = px - eb * ux - ec * vx, py - eb * uy - ec * vy, pz - eb * uz - ec * vz
            squared = dx * dx + dy * dy + dz * dz
            if squared < best:
                best, wb, wc = squared, eb, ec
    dx, dy, dz = px - wb * ux - wc * vx, py - wb * uy - wc * vy, pz - wb * uz - wc * vz
    return wb, wc, dx * dx + dy * dy + dz * dz
