"""Levels of detail: one product, drawn with as many triangles as its size on the screen shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tryon.render.mesh import Mesh
from tryon.render.simplify import simplified

Kept = TypeVar("Kept")

# How far each level's surface may lie from the original's, in mm. At 1.5 pixels a millimetre (a face 200 px wide) the
# level of 0.2 mm is drawn: outlines move by 0.04 px on average, and one of their pixels in a hundred by 0.2
# (``tests/test_render_simplify.py`` measures it).
TOLERANCES_MM: Final = (0.05, 0.1, 0.2, 0.4)
# The level drawn is the coarsest whose tolerance stays below this many pixels.
ERROR_PX: Final = 0.3
# A level that saves less than this part of the triangles of the one before is not worth its memory.
SAVES: Final = 0.15


@dataclass(frozen=True)
class Levels(Generic[Kept]):
    """``kept`` holds one value a level, finest first; the first has tolerance 0."""

    tolerances_mm: tuple[float, ...]
    kept: tuple[Kept, ...]

    def index(self, px_per_mm: float) -> int:
        """The number of the level for a product seen that large."""
        number = 0
        for at, tolerance_mm in enumerate(self.tolerances_mm):
            if tolerance_mm * px_per_mm <= ERROR_PX:
                number = at
        return number

    def at(self, px_per_mm: float) -> Kept:
        return self.kept[self.index(px_per_mm)]

    def map(self, change: Callable[[Kept], Kept]) -> Levels[Kept]:
        """The same levels of changed values."""
        return Levels(self.tolerances_mm, tuple(change(value) for value in self.kept))


def levels(
    mesh: Mesh, lay_out: Callable[[Mesh], Kept], tolerances_mm: Sequence[float] = TOLERANCES_MM
) -> Levels[Kept]:
    """The mesh reduced to each tolerance, as ``lay_out`` makes it. Takes a few seconds for 200,000 triangles."""
    meshes, tolerances = [mesh], [0.0]
    for tolerance_mm in tolerances_mm:
        coarser = simplified(meshes[-1], tolerance_mm, mesh)
        if len(coarser.triangles) < (1 - SAVES) * len(meshes[-1].triangles):
            meshes.append(coarser)
            tolerances.append(tolerance_mm)
    return Levels(tuple(tolerances), tuple(lay_out(level) for level in meshes))
