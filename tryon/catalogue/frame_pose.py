"""How a frame lies in its file, and how it is turned upright, told by its shape alone.

A frame is its own mirror image across the nose; it is wide and deep but not high; its front closes over the nose and
its temples do not; the temples run level and bend down behind the ears.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.errors import BadAsset
from tryon.frame import F64
from tryon.render.mesh import Mesh

# Points looked at: enough to tell one axis from another.
PROBES: Final = 4000
# Mirrored, a frame's points find others within this part of its width; of other axes' images most do not.
MIRROR_CELLS: Final = 24
# Two sides are alike below this, which is 0 for the same and 2 where nothing meets; frames that differ by a hinge or a
# print stay below 0.8.
ALIKE_MAX: Final = 1.2
# The front is this part of the depth, at its end.
FRONT: Final = 0.15
# Temples that end before this part of the width are folded, or there are none.
OPEN_FROM: Final = 0.45
# Temples are told from the front by what lies this far from the middle, in parts of the width; between these parts of
# the depth they run straight, and behind the last they have bent down, by at least so much of the depth.
ASIDE: Final = 0.3
STRAIGHT: Final = (0.25, 0.6)
BENT_FROM: Final = 0.88
BENT_DOWN: Final = 0.04
# Probes on the temples that tell where they run.
TEMPLE_PROBES: Final = 20
# A front leans by up to ten degrees against its temples; temples that rise or fall by more lie askew in the file.
LEVEL_DEG: Final = 12.0
LEVELLED_DEG: Final = 0.5
TURNS: Final = 4


def turned(mesh: Mesh, notes: list[str]) -> Mesh:
    """The mesh with +Y up and +Z forward, and a note where it was not. Raises BadAsset where no axis tells."""
    points = _probes(mesh)
    across = _mirror_axis(points)
    up, along = _upright(across, np.ptp(points, axis=0))
    forward = _closed_end(points, across, along)
    upward = _upper_side(points, across, up, along, forward)
    # Rows of the rotation: where +x, +y and +z of product space lie in the file.
    rotation = np.zeros((3, 3))
    rotation[1, up], rotation[2, along] = upward, forward
    rotation[0] = np.cross(rotation[1], rotation[2])
    if np.allclose(rotation, np.eye(3)):
        return mesh
    names = ["x", "y", "z"]
    notes.append(
        f"The file's {'-' if upward < 0 else '+'}{names[up]} is up and its {'-' if forward < 0 else '+'}{names[along]} "
        "is the front; it was turned. Export with +Y up and +Z forward."
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    return mesh.transformed(matrix)


def levelled(mesh: Mesh, notes: list[str]) -> Mesh:
    """Temples level, as frames are drawn: a frame that lies on a table or on its back does not have them so."""
    total_deg = 0.0
    # What is far from level has some of its front where temples are looked for: the second turn is better.
    for _ in range(TURNS):
        rise_deg = _rise_deg(_probes(mesh))
        if abs(rise_deg) <= (LEVEL_DEG if total_deg == 0.0 else LEVELLED_DEG):
            break
        cosine, sine = np.cos(np.radians(rise_deg)), np.sin(np.radians(rise_deg))
        matrix = np.eye(4)
        matrix[1:3, 1:3] = ((cosine, sine), (-sine, cosine))
        mesh = mesh.transformed(matrix)
        total_deg += rise_deg
    if total_deg:
        notes.append(
            f"The temples {'rose' if total_deg > 0 else 'fell'} by {abs(total_deg):.0f}° towards the ears; the frame "
            "was turned level. Export it with level temples."
        )
    return mesh


def _rise_deg(points: F64) -> float:
    """By how much the temples rise towards the ears; 0 where there are none."""
    line = _temple_line(points, 0, 1, 2, 1.0)
    if line is None or float(np.ptp(points[:, 2])) < OPEN_FROM * float(np.ptp(points[:, 0])):
        return 0.0
    return float(np.degrees(np.arctan(line[0])))


def _probes(mesh: Mesh) -> F64:
    """Points over the surface, by area: vertices crowd where a modeller was busy, and a large triangle's middle is not
    where that of its mirror image is if a square was cut the other way."""
    corners = mesh.positions_mm.astype(np.float64)[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    share = np.cumsum(area) / area.sum()
    number = np.arange(PROBES) + 0.5
    picked = np.searchsorted(share, number / PROBES).clip(0, len(corners) - 1)
    # Evenly over each triangle: the R2 sequence (Roberts 2018), folded.
    u, v = (number * 0.7548776662) % 1.0, (number * 0.5698402910) % 1.0
    over = u + v > 1.0
    u, v = np.where(over, 1.0 - u, u)[:, None], np.where(over, 1.0 - v, v)[:, None]
    a, b, c = (corners[picked, k] for k in range(3))
    return np.asarray(a + u * (b - a) + v * (c - a), np.float64)


def _mirror_axis(points: F64) -> int:
    """Across which axis the points are most nearly their own mirror image. Raises BadAsset if across none."""
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    cells = np.maximum(np.round(extent / extent.max() * MIRROR_CELLS).astype(int), 1)
    grid = np.zeros(cells)
    at = np.minimum(((points - low) / np.maximum(extent, 1e-9) * cells).astype(int), cells - 1)
    np.add.at(grid, tuple(at.T), 1.0)
    likeness = []
    for axis in range(3):
        mirrored = np.flip(grid, axis)
        # Flat things are their own image across their thickness, whatever they are.
        penalty = 0.0 if extent[axis] > 0.5 * extent.max() else 2.0
        likeness.append(float(np.abs(grid - mirrored).sum() / grid.sum()) + penalty)
    if min(likeness) > ALIKE_MAX:
        raise BadAsset(
            "The frame's two sides are not alike along any axis of the file: it is turned by an odd angle, or it is no "
            "frame. Export it with +Y up and +Z forward.",
            field="model",
        )
    return int(np.argmin(likeness))


def _upright(across: int, extent: F64) -> tuple[int, int]:
    """The axes of height and depth: what is open is deep, what has no temples, or has them folded, is flat."""
    first, second = (axis for axis in range(3) if axis != across)
    lesser, greater = (first, second) if extent[first] <= extent[second] else (second, first)
    if extent[greater] >= OPEN_FROM * extent[across]:
        return lesser, greater
    return greater, lesser


def _closed_end(points: F64, across: int, along: int) -> float:
    """+1 or -1: at which end of ``along`` the frame reaches over the nose."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = np.abs(points[:, across] - (low[across] + high[across]) / 2) < 0.25 * (
        high[across] - low[across]
    )
    inner = points[middle, along]
    if len(inner) == 0:
        return 1.0
    return 1.0 if np.median(inner) > (low[along] + high[along]) / 2 else -1.0


def _upper_side(points: F64, across: int, up: int, along: int, forward: float) -> float:
    """+1 or -1: from which side of ``up`` the temples bend away behind the ears; where they do not bend, on which side
    they leave the front; where there are none, as the file has it."""
    extent = np.ptp(points, axis=0)
    if extent[along] < OPEN_FROM * extent[across]:
        return 1.0
    line = _temple_line(points, across, up, along, forward)
    if line is None:
        return 1.0
    _, leaves, bend = line
    if abs(bend) > BENT_DOWN * float(extent[along]):
        return 1.0 if bend < 0 else -1.0
    depth = points[:, along] * forward
    front = points[depth > depth.max() - FRONT * float(extent[along]), up]
    return 1.0 if leaves >= (front.min() + front.max()) / 2 else -1.0


def _temple_line(
    points: F64, across: int, up: int, along: int, forward: float
) -> tuple[float, float, float] | None:
    """Of the straight part of both temples: how it rises towards the back (a slope), its height where it leaves the
    front, and by how much the tips lie above it. None where there is too little of them."""
    low, high = points.min(axis=0), points.max(axis=0)
    aside = np.abs(points[:, across] - (low[across] + high[across]) / 2) > ASIDE * (
        high[across] - low[across]
    )
    depth = points[:, along] * forward
    reach = float(np.ptp(depth))
    behind = depth.max() - depth
    straight = aside & (behind > STRAIGHT[0] * reach) & (behind < STRAIGHT[1] * reach)
    tips = aside & (behind > BENT_FROM * reach)
    if np.count_nonzero(straight) < TEMPLE_PROBES or np.count_nonzero(tips) < TEMPLE_PROBES:
        return None
    rise, start = (float(value) for value in np.polyfit(behind[straight], points[straight, up], 1))
    bend = float(np.median(points[tips, up])) - (start + rise * float(np.median(behind[tips])))
    return rise, start, bend
