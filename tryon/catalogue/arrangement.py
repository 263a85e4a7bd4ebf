"""A merchant's frame brought into product space: the right way round, in millimetres, with its bridge at the origin.

Exporters disagree about up, forward and units, and merchants seldom notice. What a pair of frames is tells most of it:
it is its own mirror image across the nose; it is wide and deep but not high; its front closes over the nose and its
temples do not; the temples leave from the upper half of the front. What can be told is corrected, with a sentence; what
contradicts itself is refused, with a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.catalogue.adjusting import adjusted
from tryon.catalogue.items import Product
from tryon.errors import BadAsset
from tryon.frame import F64
from tryon.render.glazing import lens_materials
from tryon.render.gltf import PRODUCT_WIDTH_MM, read_glb
from tryon.render.mesh import Mesh

# How much a stated measure and the mesh may differ: what a file's owner would call the same.
TOLERANCE: Final = 0.10
# Lenses reach so far into their rims, both sides together, and are curved: what is measured on them differs by this.
GROOVE_MM: Final = 3.5
# What of a temple's length a frame is deep at least.
BENT: Final = 0.68
# Units that files are drawn in while they say metres, by what a coordinate has to be multiplied with.
UNITS: Final = (("metres", 1.0), ("millimetres", 1e-3), ("centimetres", 1e-2), ("inches", 0.0254))
# Vertices looked at: enough to tell one axis from another.
PROBES: Final = 4000
# Mirrored, a frame's vertices find another within this part of its width; of other axes' images most do not.
MIRROR_CELLS: Final = 24
# The front is this part of the depth, at its end; the bridge is within this part of the width, in its middle.
FRONT: Final = 0.15
MIDDLE: Final = 0.04
# Temples that end before this part of the width are folded, or there are none.
DEPTH_MIN: Final = 0.45
# A bridge nearer to the origin than this is left where its maker put it.
ORIGIN_MM: Final = 12.0
SEE_THROUGH_ADVICE: Final = (
    "name its material's KHR_materials_transmission, or set alphaMode BLEND, on export"
)


@dataclass(frozen=True, eq=False)
class Arranged:
    """A mesh in product space, and a sentence for everything that was changed or is missing."""

    mesh: Mesh
    notes: tuple[str, ...]


def arranged(mesh: Mesh, dimensions_mm: Mapping[str, float]) -> Arranged:
    """The mesh in product space. Raises BadAsset where its size contradicts ``dimensions_mm``, or is no frame's."""
    notes: list[str] = []
    mesh = _turned(mesh, notes)
    mesh = _scaled(mesh, dimensions_mm.get("total_width_mm"), notes)
    mesh = _centred(mesh, notes)
    width, _, depth = (float(side) for side in mesh.size_mm)
    if depth < DEPTH_MIN * width:
        notes.append(
            f"The frame is {depth:.0f} mm deep: its temples are folded or missing; export it unfolded."
        )
    if not dimensions_mm:
        notes.append("product.json has no dimensions_mm; sizes are the mesh's own. Add total_width_mm.")
    if not lens_materials(mesh):
        notes.append(f"The frame has no lens that one can see through; {SEE_THROUGH_ADVICE}.")
    notes += _contradictions(mesh, dimensions_mm)
    return Arranged(mesh, tuple(notes))


def load_frame(product: Product) -> Arranged:
    """The product's mesh, ready to wear and as its merchant adjusted it, with the notes of the reader too. Raises
    BadAsset, AssetTooLarge or AssetUnsupported."""
    if product.model is None:
        raise BadAsset(f"The product {product.sku} has no model file.")
    content = read_glb(product.model.read_bytes())
    result = arranged(content.mesh, product.dimensions_mm)
    mesh = adjusted(result.mesh, product.adjustment, product.dimensions_mm)
    return Arranged(mesh, (*content.notes, *result.notes))


def _turned(mesh: Mesh, notes: list[str]) -> Mesh:
    points = _probes(mesh)
    across = _mirror_axis(points)
    others = [axis for axis in range(3) if axis != across]
    extent = np.ptp(points, axis=0)
    up, along = others if extent[others[0]] <= extent[others[1]] else others[::-1]
    forward = _closed_end(points, across, along)
    upward = _upper_side(points, up, along, forward)
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


def _scaled(mesh: Mesh, total_width_mm: float | None, notes: list[str]) -> Mesh:
    low, high = PRODUCT_WIDTH_MM
    width = float(mesh.size_mm[0])
    if total_width_mm is not None:
        low, high = total_width_mm * (1 - TOLERANCE), total_width_mm * (1 + TOLERANCE)
    for unit, factor in UNITS:
        if low <= width * factor <= high:
            if factor == 1.0:
                return mesh
            notes.append(f"The file is drawn in {unit}; it was scaled by {factor:g}. Export in metres.")
            matrix = np.diag([factor, factor, factor, 1.0])
            return mesh.transformed(matrix)
    if total_width_mm is not None:
        raise BadAsset(
            f"product.json says total_width_mm {total_width_mm:g}, the mesh is {width:.4g} mm wide; "
            "correct one of them.",
            field="dimensions_mm",
        )
    raise BadAsset(
        f"The mesh is {width:.4g} mm wide, and in no usual unit {low:g} to {high:g} mm as frames are; check the "
        "export's scale, or state total_width_mm.",
        field="model",
    )


def _centred(mesh: Mesh, notes: list[str]) -> Mesh:
    low, high = mesh.bounds_mm
    middle, width = (low[0] + high[0]) / 2, high[0] - low[0]
    points = mesh.positions_mm
    front = points[:, 2] > high[2] - FRONT * (high[2] - low[2])
    bridge = points[front & (np.abs(points[:, 0] - middle) < MIDDLE * width)]
    if len(bridge) == 0:
        return mesh
    # Across, and the back of the bridge; in height a little over its lower edge, where it rests.
    origin = np.array((middle, np.quantile(bridge[:, 1], 0.25), bridge[:, 2].min()))
    if np.linalg.norm(origin) <= ORIGIN_MM:
        return mesh
    notes.append(
        f"The bridge lies {np.linalg.norm(origin):.0f} mm from the file's origin; it was moved there."
    )
    matrix = np.eye(4)
    matrix[:3, 3] = -origin
    return mesh.transformed(matrix)


def _contradictions(mesh: Mesh, dimensions_mm: Mapping[str, float]) -> list[str]:
    """A sentence for each stated size that the mesh does not have; fit advice goes by what is stated."""
    found = []
    for name, mesh_mm in _measured(mesh).items():
        stated = dimensions_mm.get(name)
        if stated is not None and abs(mesh_mm - stated) > max(TOLERANCE * stated, GROOVE_MM):
            found.append(
                f"product.json says {name} {stated:g}, the mesh has {mesh_mm:.0f}; fit advice goes by product.json. "
                "Correct one of them."
            )
    temple, depth = dimensions_mm.get("temple_length_mm"), float(mesh.size_mm[2])
    width = float(mesh.size_mm[0])
    # A temple is measured along its bend, a mesh from front to back: it is shorter by what bends down.
    if (
        temple is not None
        and depth >= DEPTH_MIN * width
        and not BENT * temple <= depth <= temple * (1 + TOLERANCE)
    ):
        found.append(
            f"product.json says temple_length_mm {temple:g}, the mesh is {depth:.0f} mm deep; correct one of them."
        )
    return found


def _measured(mesh: Mesh) -> dict[str, float]:
    """Sizes of the lenses in mm, and what is between them, by their names in product.json; none without lenses."""
    lenses = lens_materials(mesh)
    used = np.unique(mesh.triangles[np.isin(mesh.triangle_material, lenses)])
    points = mesh.positions_mm[used].astype(np.float64)
    left, right = points[points[:, 0] > 0], points[points[:, 0] <= 0]
    # One lens across both eyes, a shield, has no bridge between.
    if len(left) == 0 or len(right) == 0 or left[:, 0].min() - right[:, 0].max() < GROOVE_MM:
        return {}
    return {
        "lens_width_mm": float(np.ptp(left[:, 0]) + np.ptp(right[:, 0])) / 2,
        "lens_height_mm": float(np.ptp(left[:, 1]) + np.ptp(right[:, 1])) / 2,
        "bridge_mm": float(left[:, 0].min() - right[:, 0].max()),
    }


def _probes(mesh: Mesh) -> F64:
    """Points over the surface, by area: vertices crowd where a modeller was busy."""
    corners = mesh.positions_mm.astype(np.float64)[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    share = np.cumsum(area) / area.sum()
    picked = np.searchsorted(share, (np.arange(PROBES) + 0.5) / PROBES).clip(0, len(corners) - 1)
    return np.asarray(corners[picked].mean(axis=1), np.float64)


def _mirror_axis(points: F64) -> int:
    """Across which axis the points are most nearly their own mirror image."""
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    cell = float(extent.max()) / MIRROR_CELLS
    counts = np.maximum(np.ceil(extent / cell).astype(int), 1)
    grid = np.zeros(counts)
    at = np.minimum(((points - low) / cell).astype(int), counts - 1)
    np.add.at(grid, tuple(at.T), 1.0)
    likeness = []
    for axis in range(3):
        mirrored = np.flip(grid, axis)
        # Flat things are their own image across their thickness, whatever they are.
        penalty = 0.0 if extent[axis] > 0.5 * extent.max() else 1.0
        likeness.append(np.abs(grid - mirrored).sum() / grid.sum() + penalty)
    return int(np.argmin(likeness))


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


def _upper_side(points: F64, up: int, along: int, forward: float) -> float:
    """+1 or -1: on which side of ``up`` the temples leave the front."""
    depth = points[:, along] * forward
    reach = np.ptp(depth)
    front = points[depth > depth.max() - FRONT * reach, up]
    temples = points[(depth < depth.max() - 0.25 * reach) & (depth > depth.max() - 0.6 * reach), up]
    if len(front) == 0 or len(temples) == 0:
        return 1.0
    return 1.0 if np.median(temples) >= (front.min() + front.max()) / 2 else -1.0
