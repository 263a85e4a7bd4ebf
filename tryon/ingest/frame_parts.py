"""What a frame's mesh consists of, and how large it is: lenses, temples, and the numbers printed on a temple."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.frame_places import OPEN, anatomy, frame_sizes
from tryon.frame import F32
from tryon.render.glazing import LENS_HEIGHT_MM, LENS_WIDTH_MM, lens_materials
from tryon.render.mesh import Mesh, Part

_LENS_NAME: Final = re.compile(r"lens|glass(?!es)|glaz|vitre|verre|glas\b|lente", re.IGNORECASE)
_TEMPLE_NAME: Final = re.compile(r"temple|\barm|_arm|leg|bügel|buegel|branche|side", re.IGNORECASE)
# A temple begins behind this part of the depth, counted from the front, and is deeper than high.
_BEHIND: Final = 0.3
# A part whose middle is this far from the nose is on one side of it.
_ASIDE_MM: Final = 20.0
# How far what is declared and what is measured may be apart before it is worth a sentence.
DIFFERENCE_MM: Final = 2.0
# What a lens passes that its file draws opaque.
CLEAR_TRANSMISSION: Final = 0.95


@dataclass(frozen=True, slots=True)
class Parts:
    """Material numbers of lenses, names of temples, and millimetres by their names in a product.json."""

    lenses: tuple[int, ...]
    temples: tuple[str, ...]
    sizes_mm: Mapping[str, float]


def see_through(mesh: Mesh) -> tuple[Mesh, tuple[str, ...]]:
    """The mesh with lenses that one can see through: where none is, those that are named so and as large as lenses are
    made clear; and their names."""
    if lens_materials(mesh):
        return mesh, ()
    named = {
        number
        for number, material in enumerate(mesh.materials)
        if _LENS_NAME.search(material.name) and _is_large(mesh, mesh.triangle_material == number)
    }
    for part in mesh.parts:
        run = np.zeros(len(mesh.triangles), bool)
        run[part.first_triangle : part.first_triangle + part.triangle_count] = True
        own = set(np.unique(mesh.triangle_material[run]).tolist())
        others = set(np.unique(mesh.triangle_material[~run]).tolist()) if not run.all() else set()
        if _LENS_NAME.search(part.name) and _is_large(mesh, run):
            # A material that rims have, too, cannot be made clear.
            shared = {number for number in own & others if not _only_lenses(mesh, number)}
            named |= own - shared
    if not named:
        return mesh, ()
    materials = tuple(
        replace(material, transmission=CLEAR_TRANSMISSION, metallic=0.0, alpha_mode="OPAQUE")
        if number in named
        else material
        for number, material in enumerate(mesh.materials)
    )
    return replace(mesh, materials=materials), tuple(mesh.materials[number].name for number in sorted(named))


def parts_of(mesh: Mesh) -> Parts:
    """Of a mesh in product space."""
    lenses = lens_materials(mesh)
    width, _, depth = (float(side) for side in mesh.size_mm)
    sizes = {name: round(size, 1) for name, size in frame_sizes(mesh.positions_mm, anatomy(mesh)).items()}
    # Where a printed length counts from, the screw or the bend, no mesh tells.
    sizes.pop("temple_length_mm", None)
    temples = _temple_parts(mesh)
    if depth > OPEN * width:
        sizes["depth_mm"] = round(depth, 1)
    return Parts(lenses, temples, sizes)


def _temple_parts(mesh: Mesh) -> tuple[str, ...]:
    """Names of the parts that are temples; none where only one side has such a part, which is chance."""
    found = {
        part.name: float(points[:, 0].mean())
        for part in mesh.parts
        if _is_temple(mesh, part.name, points := _points(mesh, part))
    }
    sides = [side for side in found.values() if abs(side) > _ASIDE_MM]
    one_sided = bool(sides) and (min(sides) > 0 or max(sides) < 0)
    return () if one_sided else tuple(found)


def _is_temple(mesh: Mesh, name: str, points: F32) -> bool:
    low, high = mesh.bounds_mm
    depth = float(high[2] - low[2])
    long = float(np.ptp(points[:, 2])) > 0.5 * depth and np.ptp(points[:, 2]) > np.ptp(points[:, 0])
    return bool(long and (_TEMPLE_NAME.search(name) or np.median(points[:, 2]) < high[2] - _BEHIND * depth))


def _points(mesh: Mesh, part: Part) -> F32:
    first, count = part.first_triangle, part.triangle_count
    points: F32 = mesh.positions_mm[np.unique(mesh.triangles[first : first + count])]
    return points


def _only_lenses(mesh: Mesh, material: int) -> bool:
    """Whether all parts that use the material are named as lenses."""
    for part in mesh.parts:
        run = mesh.triangle_material[part.first_triangle : part.first_triangle + part.triangle_count]
        if (run == material).any() and not _LENS_NAME.search(part.name):
            return False
    return True


def _is_large(mesh: Mesh, triangles: NDArray[np.bool_]) -> bool:
    points = mesh.positions_mm[np.unique(mesh.triangles[triangles])]
    for side in (points[points[:, 0] > 0], points[points[:, 0] <= 0]):
        if len(side) and np.ptp(side[:, 0]) >= LENS_WIDTH_MM and np.ptp(side[:, 1]) >= LENS_HEIGHT_MM:
            return True
    return False
