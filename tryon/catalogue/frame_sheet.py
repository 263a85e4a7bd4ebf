"""Fronts of any outline: the area between closed lines, as thick as a sheet or as round as a wire.

The lines are the front's silhouette and whatever is cut out of it. Points lie on the lines, on lines within them as far
as the edges are rounded, and on a grid between; Delaunay's triangulation joins them, in front and behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.frame_front import CROWN_MM, CROWN_REACH_MM, distance_to, rounded
from tryon.catalogue.frame_solids import Solid, outward
from tryon.frame import F64
from tryon.render.material import Material

# Rows of points over a rounded edge, as parts of its width.
_ROWS: Final = (0.12, 0.4, 1.0)
_GRID_MM: Final = 2.2
# Points nearer to one another than this are one; rows over an edge are farther apart.
_SAME_MM: Final = 0.06
# Inside and outside are told on a picture of this many pixels a millimetre.
_MASK_PX_PER_MM: Final = 16.0
# Points are held against a line so many at a time.
_BLOCK: Final = 512
# How much of a wire's thickness is left at its edge.
_WIRE_EDGE: Final = 0.12


@dataclass(frozen=True, eq=False)
class Cut:
    """A closed line (n, 2) in mm, without its first point again, and how far the sheet is rounded along it; the first
    line of a front is its silhouette."""

    line: F64
    bevel_mm: float


def sheet(
    cuts: Sequence[Cut],
    depth_mm: float,
    surface: Callable[[F64], F64],
    material: Material,
    *,
    round_mm: float = 0.0,
) -> Solid:
    """The front between ``surface`` (z of its back at (n, 2)) and ``depth_mm`` before it, as one closed solid.

    ``round_mm`` > 0 is half the width of wire: its whole section is round then, and the bevels go by it.
    """
    points = _points(cuts)
    triangles = _triangles(points, cuts)
    near = [_nearest(points, cut.line, inwards) for cut, inwards in zip(cuts, _inwards(cuts), strict=True)]
    if round_mm > 0:
        top, bottom, normals = _wire(near, depth_mm / 2, round_mm)
    else:
        top, bottom, normals = _slab(near, [cut.bevel_mm for cut in cuts], depth_mm)
    back, slopes = surface(points), _slopes(surface, points)
    positions = np.concatenate([np.column_stack((points, back + z)) for z in (top, bottom)])
    up, side = normals[:, 2:], normals[:, :2]
    both = np.concatenate((np.hstack((side - slopes * up, up)), np.hstack((side + slopes * up, -up))))
    solid = outward(positions, _walled(triangles, len(points)), material)
    return replace(solid, normals=both / np.linalg.norm(both, axis=1, keepdims=True))


_Near = tuple[F64, F64]


def _nearest(points: F64, line: F64, inwards: F64) -> _Near:
    """Each point's distance to the closed line, and the unit vector that points inwards there (n, 2)."""
    step = np.roll(line, -1, axis=0) - line
    squared = np.maximum((step**2).sum(axis=1), 1e-12)
    following = np.roll(inwards, -1, axis=0)
    distance, direction = np.empty(len(points)), np.empty((len(points), 2))
    for first in range(0, len(points), _BLOCK):
        part = slice(first, first + _BLOCK)
        away = points[part, None] - line
        t = np.clip((away * step).sum(axis=-1) / squared, 0.0, 1.0)
        off = np.linalg.norm(away - t[..., None] * step, axis=-1)
        best = off.argmin(axis=1)
        rows = np.arange(len(best))
        share = t[rows, best][:, None]
        distance[part] = off[rows, best]
        direction[part] = inwards[best] * (1 - share) + following[best] * share
    return distance, direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)


def _slab(near: Sequence[_Near], bevels: Sequence[float], depth_mm: float) -> tuple[F64, F64, F64]:
    """Heights of front and back over the surface, and the front's unit normals before that is curved."""
    count = len(near[0][0])
    drop, steep, side = np.zeros(count), np.zeros(count), np.zeros((count, 2))
    for (away, inwards), bevel in zip(near, bevels, strict=True):
        own = rounded(away, bevel)
        first = own > drop
        drop = np.where(first, own, drop)
        # The sine of how far a rounded edge has turned aside.
        steep = np.where(first, 1 - np.clip(away / bevel, 0.0, 1.0), steep)
        side = np.where(first[:, None], inwards, side)
    reach = np.clip(near[0][0] / CROWN_REACH_MM, 0.0, 1.0) * np.pi / 2
    rise = CROWN_MM * np.pi / 2 / CROWN_REACH_MM * np.cos(reach)
    top = np.maximum(depth_mm + CROWN_MM * np.sin(reach) - drop, depth_mm * 0.55)
    bottom = np.minimum(drop, depth_mm * 0.45)
    upright = np.sqrt(1 - steep**2)
    aside = -side * steep[:, None] - near[0][1] * (rise * upright)[:, None]
    return top, bottom, np.column_stack((aside, upright))


def _wire(near: Sequence[_Near], half_mm: float, round_mm: float) -> tuple[F64, F64, F64]:
    """The same for a section that is round."""
    distances = np.stack([away for away, _ in near])
    first = distances.argmin(axis=0)
    columns = np.arange(distances.shape[1])
    steep = 1 - np.clip(distances[first, columns] / round_mm, 0.0, 1.0)
    inwards = np.stack([direction for _, direction in near])[first, columns]
    dome = np.sqrt(1 - steep**2)
    half = half_mm * np.maximum(dome, _WIRE_EDGE)
    normals = np.column_stack((-inwards * (steep / round_mm)[:, None], dome / half_mm))
    return half_mm + half, half_mm - half, normals / np.linalg.norm(normals, axis=1, keepdims=True)


def _slopes(surface: Callable[[F64], F64], points: F64) -> F64:
    """How fast the surface rises along x and y (n, 2)."""
    small = 0.05
    return np.column_stack(
        [
            (surface(points + step) - surface(points - step)) / (2 * small)
            for step in (np.array((small, 0.0)), np.array((0.0, small)))
        ]
    )


def _closed(line: F64) -> F64:
    return np.concatenate((line, line[:1]))


def _points(cuts: Sequence[Cut]) -> F64:
    """On the lines first, then within."""
    lines = [cut.line for cut in cuts]
    kept = [np.concatenate(lines)]
    candidates, reaches = [], []
    for cut, inward in zip(cuts, _inwards(cuts), strict=True):
        for share in _ROWS:
            candidates.append(cut.line + inward * share * cut.bevel_mm)
            reaches.append(np.full(len(cut.line), share * cut.bevel_mm))
    low, high = lines[0].min(axis=0), lines[0].max(axis=0)
    bevel = max(cut.bevel_mm for cut in cuts)
    x, y = np.meshgrid(np.arange(low[0], high[0], _GRID_MM), np.arange(low[1], high[1], _GRID_MM * 0.866))
    x[1::2] += _GRID_MM / 2
    candidates.append(np.column_stack((x.ravel(), y.ravel())))
    reaches.append(np.full(x.size, bevel + 0.5 * _GRID_MM))
    inner, reach = np.concatenate(candidates), np.concatenate(reaches)
    inside = _inside(inner, cuts)
    inner, reach = inner[inside], reach[inside]
    # A point that another line is nearer to lies within that one's rows.
    nearest = np.minimum.reduce([distance_to(inner[None], _closed(line))[0] for line in lines])
    fits = nearest > 0.8 * reach
    inner = inner[fits]
    taken: set[tuple[int, int]] = set()
    chosen = []
    for index, (i, j) in enumerate(np.floor(inner / _SAME_MM).astype(int).tolist()):
        if not any((i + di, j + dj) in taken for di in (-1, 0, 1) for dj in (-1, 0, 1)):
            taken.add((i, j))
            chosen.append(index)
    kept.append(inner[chosen])
    return np.concatenate(kept)


def _inwards(cuts: Sequence[Cut]) -> list[F64]:
    """Unit normals of each line into the sheet: into the silhouette, out of what is cut."""
    return [_normals(cut.line) * (1.0 if number == 0 else -1.0) for number, cut in enumerate(cuts)]


def _normals(line: F64) -> F64:
    """Unit normals into the enclosed area."""
    tangent = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
    normal = np.column_stack((-tangent[:, 1], tangent[:, 0]))
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    following = np.roll(line, -1, axis=0)
    area = (line[:, 0] * following[:, 1] - following[:, 0] * line[:, 1]).sum()
    return normal if area > 0 else -normal


def _inside(points: F64, cuts: Sequence[Cut]) -> NDArray[np.bool_]:
    low = cuts[0].line.min(axis=0) - 1.0
    size = np.ceil((cuts[0].line.max(axis=0) + 1.0 - low) * _MASK_PX_PER_MM).astype(int)
    mask = np.zeros((int(size[1]), int(size[0])), np.uint8)
    lines = [np.rint((cut.line - low) * _MASK_PX_PER_MM * 16).astype(np.int32) for cut in cuts]
    # Even-odd: what a second line encloses is out.
    cv2.fillPoly(mask, lines, [1], cv2.LINE_8, 4)
    at = np.rint((points - low) * _MASK_PX_PER_MM).astype(int)
    at = np.clip(at, 0, size - 1)
    return np.asarray(mask[at[:, 1], at[:, 0]] > 0, np.bool_)


def _belongs(points: F64, triangles: NDArray[np.int64], cuts: Sequence[Cut]) -> NDArray[np.bool_]:
    """Which triangles lie inside: by their middles, and exactly where all corners are on the lines, for those may be
    slivers."""
    middles = points[triangles].mean(axis=1)
    belongs = _inside(middles, cuts)
    count = sum(len(cut.line) for cut in cuts)
    polygons = [cut.line.astype(np.float32) for cut in cuts]
    for number in np.flatnonzero((triangles < count).all(axis=1)):
        at = float(middles[number, 0]), float(middles[number, 1])
        crossed = [cv2.pointPolygonTest(polygon, at, False) > 0 for polygon in polygons]
        belongs[number] = crossed[0] and not any(crossed[1:])
    return belongs


def _triangles(points: F64, cuts: Sequence[Cut]) -> NDArray[np.int64]:
    """Delaunay's, those inside alone, counter-clockwise."""
    low, high = points.min(axis=0) - 5.0, points.max(axis=0) + 5.0
    # Coordinates that a float32 tells apart name the points again.
    shifted = (points - low).astype(np.float32)
    plane = cv2.Subdiv2D((0, 0, int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1))
    number = {(x, y): index for index, (x, y) in enumerate(shifted.tolist())}
    plane.insert([(float(x), float(y)) for x, y in shifted])
    found = np.asarray(plane.getTriangleList(), np.float32).reshape(-1, 3, 2).tolist()
    corners = [[number.get((x, y), -1) for x, y in triangle] for triangle in found]
    triangles = np.array(corners, np.int64).reshape(-1, 3)
    triangles = triangles[(triangles >= 0).all(axis=1)]
    triangles = triangles[_belongs(points, triangles, cuts)]
    a, b, c = (points[triangles[:, k]] for k in range(3))
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    solid = np.abs(turn) > 1e-9
    triangles, turn = triangles[solid], turn[solid]
    return np.where((turn < 0)[:, None], triangles[:, ::-1], triangles)


def _walled(triangles: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Front, back, and walls along every edge that one triangle has alone."""
    edges = np.concatenate([triangles[:, (k, (k + 1) % 3)] for k in range(3)])
    names = {(int(a), int(b)) for a, b in edges}
    alone = np.array([(a, b) for a, b in edges.tolist() if (b, a) not in names], np.int64).reshape(-1, 2)
    a, b = alone[:, 0], alone[:, 1]
    walls = np.concatenate((np.column_stack((a, a + count, b + count)), np.column_stack((a, b + count, b))))
    return np.concatenate((triangles, triangles[:, ::-1] + count, walls))
