"""Levels of detail: one product, drawn with as many triangles as its size on the screen shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Generic, TypeVar

import numpy as np

from tryon.kept import Arrays, kept
from tryon.render.mesh import Mesh, Part
from tryon.render.simplify import simplified

Kept = TypeVar("Kept")

# How far each level's surface may lie from the original's, in mm. A tenth of a metal rim is the most, however small it
# is seen: a rim thinner than a pixel shows by how much of the pixel it covers, and 0.2 mm made it a tenth thinner, and
# dashed (``tests/test_render_simplify.py`` measures outlines).
TOLERANCES_MM: Final = (0.05, 0.1)
# The level drawn is the coarsest whose tolerance stays below this many pixels.
ERROR_PX: Final = 0.3
# Its code is what a level on disk was made by.
_CODE: Final = ("render/levels.py", "render/simplify.py", "render/nearest.py", "render/glazing.py")
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
    """The mesh reduced to each tolerance, as ``lay_out`` makes it.

    Takes some seconds for 200,000 triangles when first asked for, and the reading of a file after that.
    """
    arrays = kept("levels", _told(mesh, tolerances_mm), _CODE, lambda: _packed(_reduced(mesh, tolerances_mm)))
    coarser = _unpacked(mesh, arrays)
    tolerances = (0.0, *(tolerance for tolerance, _ in coarser))
    return Levels(tolerances, tuple(lay_out(level) for level in (mesh, *(level for _, level in coarser))))


def _reduced(mesh: Mesh, tolerances_mm: Sequence[float]) -> list[tuple[float, Mesh]]:
    """The levels worth having, without the mesh itself, with their tolerances."""
    found: list[tuple[float, Mesh]] = []
    finest = mesh
    for tolerance_mm in tolerances_mm:
        coarser = simplified(finest, tolerance_mm, mesh)
        if len(coarser.triangles) < (1 - SAVES) * len(finest.triangles):
            finest = coarser
            found.append((tolerance_mm, coarser))
    return found


def _told(mesh: Mesh, tolerances_mm: Sequence[float]) -> bytes:
    """What tells this mesh, as far as reducing it goes, from every other."""
    digest = hashlib.sha256(repr((tuple(tolerances_mm), mesh.parts)).encode())
    digest.update(repr([material.transparent for material in mesh.materials]).encode())
    for name in _ARRAYS:
        array = getattr(mesh, name)
        digest.update(
            b"-" if array is None else repr(array.shape).encode() + np.ascontiguousarray(array).tobytes()
        )
    return digest.digest()


def _packed(found: Sequence[tuple[float, Mesh]]) -> Arrays:
    packed = {"tolerances": np.array([tolerance for tolerance, _ in found], np.float64)}
    for number, (_, level) in enumerate(found):
        packed[f"{number}.parts"] = np.array([part.triangle_count for part in level.parts], np.int64)
        for name in _ARRAYS:
            if getattr(level, name) is not None:
                packed[f"{number}.{name}"] = getattr(level, name)
    return packed


def _unpacked(mesh: Mesh, arrays: Arrays) -> list[tuple[float, Mesh]]:
    found = []
    for number, tolerance in enumerate(arrays["tolerances"].tolist()):
        counts = arrays[f"{number}.parts"].tolist()
        firsts = np.cumsum([0, *counts]).tolist()
        parts = [
            Part(part.name, first, count)
            for part, first, count in zip(mesh.parts, firsts, counts, strict=False)
        ]
        read: dict[str, Any] = {name: arrays.get(f"{number}.{name}") for name in _ARRAYS}
        found.append((tolerance, replace(mesh, parts=tuple(parts), **read)))
    return found


_ARRAYS: Final = tuple(field.name for field in fields(Mesh) if field.name not in ("materials", "parts"))
