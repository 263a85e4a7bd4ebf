"""A frame's mesh as its merchant adjusted it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tryon.catalogue.adjustment import Adjustment
from tryon.catalogue.frame_places import anatomy, frame_sizes
from tryon.catalogue.refinish import reglazed, resurfaced
from tryon.catalogue.reshape import reshaped
from tryon.render.mesh import Mesh

# Lenses reach so far into their rims, both sides together: what is printed is less than what is measured by this. A
# temple's printed length counts from the middle of its hinge's screw.
_GROOVE_MM: Final = 3.5
_GROOVED: Final = ("lens_width_mm", "lens_height_mm", "bridge_mm", "temple_length_mm")


def adjusted(mesh: Mesh, adjustment: Adjustment, declared_mm: Mapping[str, float]) -> Mesh:
    """A mesh in product space with other sizes, materials and lenses; the very same where there is nothing to do.

    ``declared_mm`` is what its maker prints: where that differs from the mesh by no more than lenses reach into their
    rims, the difference is kept, so that a lens of 52 mm becomes one of 54 by growing 2. Raises BadAsset.
    """
    if adjustment.sizes_mm:
        frame = anatomy(mesh)
        found = frame_sizes(mesh.positions_mm, frame)
        wanted = {name: size + _groove(name, declared_mm, found) for name, size in adjustment.sizes.items()}
        mesh = reshaped(mesh, frame, wanted)
    if adjustment.materials:
        mesh = resurfaced(mesh, adjustment.materials)
    return mesh if adjustment.lens is None else reglazed(mesh, adjustment.lens)


def printed_sizes(
    found: Mesh, after: Mesh, declared_mm: Mapping[str, float], adjustment: Adjustment
) -> dict[str, tuple[float, float]]:
    """Of each size that the frame has, what it is as found and what it is after, as its maker would print it."""
    frame = anatomy(found)
    sizes, now = (frame_sizes(mesh.positions_mm, frame) for mesh in (found, after))
    told = {}
    for name, size in sizes.items():
        printed = declared_mm.get(name, round(size, 1))
        follows = round(printed + now.get(name, size) - size, 1)
        told[name] = (printed, adjustment.sizes.get(name, follows))
    return told


def _groove(name: str, declared_mm: Mapping[str, float], found_mm: Mapping[str, float]) -> float:
    if name not in _GROOVED or name not in declared_mm or name not in found_mm:
        return 0.0
    off = found_mm[name] - declared_mm[name]
    return off if abs(off) <= _GROOVE_MM else 0.0
