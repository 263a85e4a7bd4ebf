"""A merchant's frame brought into product space: the right way round, in millimetres, with its bridge at the origin.

Exporters disagree about up, forward and units, and merchants seldom notice. What can be told is corrected, with a
sentence; what contradicts itself is refused, with a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.catalogue.adjusting import adjusted
from tryon.catalogue.frame_places import front_width_mm
from tryon.catalogue.frame_pose import levelled, turned
from tryon.catalogue.items import Product
from tryon.errors import BadAsset
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
# Two lengths of a frame are the same within this: what is printed has no decimals, and temples spring.
AGREED_MM: Final = 2.0
# Temples may splay and bow out to so many times the front's width.
BOWED: Final = 1.35
# A frame is no higher than this part of its width: a shield is 0.6, a head or two frames in one file are more.
HEIGHT_MAX: Final = 0.65
# Temples that end before this part of the width are folded, or there are none.
DEPTH_MIN: Final = 0.45
# The bridge is found in this part of the depth, at the front, and of the width, in the middle.
FRONT: Final = 0.15
MIDDLE: Final = 0.04
# A bridge nearer to the origin than this is left where its maker put it.
ORIGIN_MM: Final = 12.0
SEE_THROUGH_ADVICE: Final = (
    "give its lenses a material with KHR_materials_transmission, or alphaMode BLEND, on export"
)


@dataclass(frozen=True, eq=False)
class Arranged:
    """A mesh in product space, and a sentence for everything that was changed or is missing."""

    mesh: Mesh
    notes: tuple[str, ...]


def arranged(mesh: Mesh, dimensions_mm: Mapping[str, float]) -> Arranged:
    """The mesh in product space. Raises BadAsset where its size contradicts ``dimensions_mm``, or is no frame's."""
    notes: list[str] = []
    mesh = levelled(turned(mesh, notes), notes)
    mesh = _scaled(mesh, dimensions_mm.get("total_width_mm"), notes)
    mesh = _centred(mesh, notes)
    width, height, depth = (float(side) for side in mesh.size_mm)
    if height > HEIGHT_MAX * width:
        raise BadAsset(
            f"What the file shows is {height:.0f} mm high and {width:.0f} mm wide, which no frame is; export one frame "
            "alone, without head, stand or case.",
            field="model",
        )
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


def _scaled(mesh: Mesh, total_width_mm: float | None, notes: list[str]) -> Mesh:
    low, high = PRODUCT_WIDTH_MM
    width = float(mesh.size_mm[0])
    if total_width_mm is not None:
        low, high = total_width_mm * (1 - TOLERANCE), total_width_mm * (1 + TOLERANCE) * BOWED
    for unit, factor in UNITS:
        if not low <= width * factor <= high:
            continue
        scaled = mesh if factor == 1.0 else mesh.transformed(np.diag([factor, factor, factor, 1.0]))
        if total_width_mm is not None and front_width_mm(scaled) > total_width_mm * (1 + TOLERANCE):
            continue
        if factor != 1.0:
            notes.append(f"The file is drawn in {unit}; it was scaled by {factor:g}. Export in metres.")
        return scaled if total_width_mm is None else _as_declared(scaled, total_width_mm, notes)
    if total_width_mm is not None:
        raise BadAsset(
            f"total_width_mm is declared as {total_width_mm:g}, the mesh is {_width_told(mesh)} mm wide; "
            "correct one of them.",
            field="dimensions_mm",
        )
    raise BadAsset(
        f"The mesh is {width:.4g} mm wide, and in no usual unit {low:g} to {high:g} mm as frames are; check the "
        "export's scale, take away what is no part of the frame, or state total_width_mm.",
        field="model",
    )


def _as_declared(mesh: Mesh, total_width_mm: float, notes: list[str]) -> Mesh:
    """As wide as is declared, by the least change: some measure the front, some over the temples, too."""
    front, whole = front_width_mm(mesh), float(mesh.size_mm[0])
    nearest = min(max(total_width_mm, front), whole)
    if abs(total_width_mm - nearest) <= AGREED_MM:
        return mesh
    notes.append(
        f"The mesh was {nearest:.1f} mm wide; it was scaled to total_width_mm {total_width_mm:g}. "
        "Correct the one that is wrong."
    )
    factor = total_width_mm / nearest
    return mesh.transformed(np.diag([factor, factor, factor, 1.0]))


def _width_told(mesh: Mesh) -> str:
    front, whole = front_width_mm(mesh), float(mesh.size_mm[0])
    return f"{whole:.4g}" if whole - front <= AGREED_MM else f"{front:.4g} (over its temples {whole:.4g})"


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
                f"{name} is declared as {stated:g}, the mesh has {mesh_mm:.0f}; fit advice goes by what is declared. "
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
            f"temple_length_mm is declared as {temple:g}, the mesh is {depth:.0f} mm deep; correct one of them."
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
