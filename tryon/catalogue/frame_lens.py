"""Lenses: their outline in the frame, their curve in space, and their tint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.frame_outline import LensOutline, lens_outline
from tryon.catalogue.frame_solids import Solid
from tryon.catalogue.frame_spec import FrameSpec
from tryon.frame import F64
from tryon.render.material import Material

# A metal frame stands on its pads, so its bridge lies before the nose.
METAL_STANDOFF_MM = 4.0
LENS_THICKNESS_MM = 1.6
# How far an acetate front's groove takes the lens in.
GROOVE_MM = 0.6
# Where in the sheet the groove holds the lens's front surface, 0 at its back.
GROOVE_DEPTH = 0.62


def outline_of(spec: FrameSpec) -> LensOutline:
    """The wearer's left lens."""
    if spec.outline is not None:
        return spec.outline
    size = spec.lens_width_mm, spec.lens_height_mm
    return lens_outline(spec.shape, *size, spec.lens_centre, spec.pole)


def wrap(spec: FrameSpec, x: F64) -> F64:
    """z of the front's curve."""
    return -(x**2) / (2 * spec.wrap_radius_mm)


def lens_z(spec: FrameSpec, points: F64) -> F64:
    """z of the lens's front surface at (n, 2).

    In wire rims it is the lens's own curve, and the rims follow its edge. In a sheet, whose groove is
    where it is, the edge follows the front's curve and the lens bulges between by what its curve asks.
    """
    outline = outline_of(spec)
    edge = outline.points(outline.angles)
    local = points - spec.lens_centre
    edge_local = edge - spec.lens_centre
    own = (local**2).sum(axis=1)
    at_edge = float((edge_local**2).sum(axis=1).mean())
    if spec.build == "metal":
        centre_x = spec.lens_centre[0]
        tangent = -centre_x * (centre_x / 2 + local[:, 0]) / spec.wrap_radius_mm
        z: F64 = METAL_STANDOFF_MM + tangent + (at_edge - own) / (2 * spec.lens_radius_mm)
        return z
    bulge = at_edge / (2 * spec.lens_radius_mm)
    bulge -= float((edge_local[:, 0] ** 2).mean()) / (2 * spec.wrap_radius_mm)
    ray = points - outline.pole
    share = (ray**2).sum(axis=1) / outline.radius(np.arctan2(ray[:, 1], ray[:, 0])) ** 2
    groove: F64 = spec.depth_mm * GROOVE_DEPTH + wrap(spec, points[:, 0]) + max(bulge, 0.3) * (1 - share)
    return groove


def _lens_normals(spec: FrameSpec, points: F64) -> F64:
    """Unit normals of the lens's own curve, in a sheet's groove too: reflections slide as on a sphere."""
    local = points - spec.lens_centre
    slope_x = spec.lens_centre[0] / spec.wrap_radius_mm + local[:, 0] / spec.lens_radius_mm
    normals = np.column_stack((slope_x, local[:, 1] / spec.lens_radius_mm, np.ones(len(points))))
    unit: F64 = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return unit


def lens(spec: FrameSpec, detail: float) -> Solid:
    """The wearer's left lens: a front and a back surface, each seen from its own side only."""
    outline = outline_of(spec)
    count, rings = round(44 * detail), round(7 * detail)
    angles = outline.even_angles(count)
    edge = outline.points(angles, GROOVE_MM if spec.build == "acetate" else 0.0)
    share = np.sqrt(np.arange(1, rings + 1) / rings)[:, None, None]
    centre = np.array(outline.pole)
    flat = np.concatenate((centre[None], (centre + share * (edge - centre)).reshape(-1, 2)))
    front = np.column_stack((flat, lens_z(spec, flat)))
    normals = _lens_normals(spec, flat)
    back = front - normals * LENS_THICKNESS_MM
    triangles = _disc(count, rings)
    low, high = flat[:, 1].min(), flat[:, 1].max()
    height = np.tile((flat[:, 1] - low) / (high - low), 2)
    return Solid(
        np.concatenate((front, back)),
        np.concatenate((triangles, triangles[:, ::-1] + len(front))),
        lens_material(spec),
        np.concatenate((normals, -normals)),
        _gradient(spec, height),
    )


def lens_material(spec: FrameSpec) -> Material:
    """Solid tints are the material's; gradients are vertex colours on a clear one."""
    color = (1.0, 1.0, 1.0) if spec.lens.tint_low is not None else spec.lens.tint
    return Material(
        name=spec.lens.name,
        base_color=(*color, 1.0),
        tint=color,
        roughness=0.0,
        transmission=spec.lens.transmission,
        ior=spec.lens.ior,
    )


def _gradient(spec: FrameSpec, height: F64) -> F64 | None:
    """From the upper tint to the lower between 0.85 and 0.15 of the height, as dyed lenses fade."""
    if spec.lens.tint_low is None:
        return None
    t = np.clip((height - 0.15) / 0.7, 0.0, 1.0)
    t = t * t * (3 - 2 * t)
    # Mixed by optical density, which is what a dye bath changes.
    density = np.log(spec.lens.tint_low) + np.outer(t, np.log(spec.lens.tint) - np.log(spec.lens.tint_low))
    return np.column_stack((np.exp(density), np.ones(len(height))))


def _disc(count: int, rings: int) -> NDArray[np.int64]:
    """Triangles of a middle vertex and rings of ``count``, counter-clockwise."""
    around = np.arange(count)
    following = (around + 1) % count
    triangles = [np.stack((np.zeros(count, np.int64), 1 + around, 1 + following), axis=1)]
    for ring in range(1, rings):
        inner, outer = 1 + (ring - 1) * count, 1 + ring * count
        triangles.append(np.stack((inner + around, outer + around, outer + following), axis=1))
        triangles.append(np.stack((inner + around, outer + following, inner + following), axis=1))
    return np.concatenate(triangles)
