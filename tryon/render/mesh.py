"""A textured triangle mesh in product space: what the rasteriser draws and the GLB reader returns.

Product space is in millimetres and right-handed, with glTF's axes: +y up, +z forward, out of the face
towards the viewer, +x to the wearer's *left* (the viewer's right when the product faces the viewer).

The origin of eyewear is the middle of the bridge, at its back, where it touches the nose. The lenses lie
about z = 0 and slightly before it; the temples run towards negative z.

Triangles are counter-clockwise seen from outside. Texture coordinates are glTF's: (0, 0) is the upper
left corner of the picture, u to the right, v down. Colours are linear unless a texture says that it is sRGB.

Arrays are checked once, when a value is made, and belong to it from then on: nobody writes into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64
from tryon.render.material import Material, linear_to_srgb, srgb_to_linear

__all__ = [
    "I16",
    "I32",
    "Material",
    "Mesh",
    "Part",
    "concatenate",
    "joined",
    "linear_to_srgb",
    "srgb_to_linear",
]

I16 = NDArray[np.int16]
I32 = NDArray[np.int32]

# A normal may be this far from unit length: float32 rounding after a transform, and quantised normals.
UNIT_TOLERANCE = 0.02


@dataclass(frozen=True)
class Part:
    """A named run of triangles: a lens, the front, a temple."""

    name: str
    first_triangle: int
    triangle_count: int


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in product space.

    ``positions_mm`` (n, 3) float32; ``normals`` (n, 3) float32, unit; ``uvs`` (n, 2) float32, zeros where
    the product has none; ``colors`` (n, 4) float32 linear 0..1, or None for white; ``second_uvs`` (n, 2)
    float32 for pictures that use them, or None; ``tangents`` (n, 4) float32, unit and the bitangent's sign
    (glTF 2.0, section 3.7.2.1), or None to have them derived; ``triangles`` (m, 3) int32;
    ``triangle_material`` (m,) int16 into ``materials``; ``parts`` follow one another and cover all
    triangles. Every number is finite.
    """

    positions_mm: F32
    normals: F32
    uvs: F32
    triangles: I32
    triangle_material: I16
    materials: tuple[Material, ...]
    parts: tuple[Part, ...]
    colors: F32 | None = None
    second_uvs: F32 | None = None
    tangents: F32 | None = None

    def __post_init__(self) -> None:
        count = len(self.positions_mm)
        _check_array("positions_mm", self.positions_mm, (count, 3), np.float32)
        _check_array("normals", self.normals, (count, 3), np.float32)
        _check_array("uvs", self.uvs, (count, 2), np.float32)
        if self.colors is not None:
            _check_array("colors", self.colors, (count, 4), np.float32)
        if self.second_uvs is not None:
            _check_array("second_uvs", self.second_uvs, (count, 2), np.float32)
        if self.tangents is not None:
            _check_array("tangents", self.tangents, (count, 4), np.float32)
        _check_array("triangles", self.triangles, (len(self.triangles), 3), np.int32)
        _check_array("triangle_material", self.triangle_material, (len(self.triangles),), np.int16)
        if len(self.triangles) == 0:
            raise ValueError("a mesh has at least one triangle")
        if self.triangles.min() < 0 or self.triangles.max() >= count:
            raise ValueError(f"a triangle names a vertex outside 0..{count - 1}")
        if self.triangle_material.min() < 0 or self.triangle_material.max() >= len(self.materials):
            raise ValueError(f"a triangle names a material outside 0..{len(self.materials) - 1}")
        lengths = np.linalg.norm(self.normals, axis=1)
        if np.abs(lengths - 1.0).max() > UNIT_TOLERANCE:
            raise ValueError(f"normals have unit length; found {lengths.min():.3f}..{lengths.max():.3f}")
        expected = 0
        for part in self.parts:
            if part.first_triangle != expected or part.triangle_count < 0:
                raise ValueError(f"part {part.name!r} starts at {part.first_triangle}, not {expected}")
            expected += part.triangle_count
        if expected != len(self.triangles):
            raise ValueError(f"the parts cover {expected} of {len(self.triangles)} triangles")

    @property
    def bounds_mm(self) -> tuple[F64, F64]:
        """The least and the greatest corner of the used vertices."""
        used = self.positions_mm[np.unique(self.triangles)].astype(np.float64)
        return used.min(axis=0), used.max(axis=0)

    @property
    def size_mm(self) -> F64:
        """Width (x), height (y) and depth (z)."""
        low, high = self.bounds_mm
        return high - low

    def part(self, name: str) -> Part:
        """The first part of that name. Raises KeyError, naming those that exist."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(f"no part {name!r}; this mesh has {', '.join(p.name for p in self.parts)}")

    def part_triangles(self, name: str) -> I32:
        """The triangles of the first part of that name, shape (count, 3)."""
        part = self.part(name)
        return self.triangles[part.first_triangle : part.first_triangle + part.triangle_count]

    def transformed(self, matrix: F64) -> Mesh:
        """The mesh moved by an invertible affine 4×4 ``matrix`` (column vectors, millimetres).

        Normals go by the inverse transpose; a mirroring matrix flips the winding.
        """
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError("a transform is a finite 4×4 matrix")
        linear = matrix[:3, :3].astype(np.float64)
        determinant = float(np.linalg.det(linear))
        if determinant == 0.0 or not np.allclose(matrix[3], (0, 0, 0, 1)):
            raise ValueError("a transform is affine and invertible")
        positions = self.positions_mm @ linear.T + matrix[:3, 3]
        normals = self.normals @ np.linalg.inv(linear)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        triangles = self.triangles if determinant > 0 else self.triangles[:, ::-1]
        tangents = self.tangents
        if tangents is not None:
            along = tangents[:, :3] @ linear.T
            along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
            sign = tangents[:, 3:] * np.sign(determinant)
            tangents = np.ascontiguousarray(np.hstack((along, sign)), dtype=np.float32)
        return replace(
            self,
            tangents=tangents,
            positions_mm=np.ascontiguousarray(positions, dtype=np.float32),
            normals=np.ascontiguousarray(normals, dtype=np.float32),
            triangles=np.ascontiguousarray(triangles),
        )


def concatenate(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several, parts in order. A material object that two share is kept once."""
    if not meshes:
        raise ValueError("nothing to concatenate")
    materials: list[Material] = []
    index_of: dict[int, int] = {}
    triangles, triangle_material = [], []
    parts: list[Part] = []
    vertex_base = triangle_base = 0
    for mesh in meshes:
        for material in mesh.materials:
            if id(material) not in index_of:
                index_of[id(material)] = len(materials)
                materials.append(material)
        lookup = np.array([index_of[id(material)] for material in mesh.materials], dtype=np.int16)
        triangles.append(mesh.triangles + np.int32(vertex_base))
        triangle_material.append(lookup[mesh.triangle_material])
        base = triangle_base
        parts.extend(replace(part, first_triangle=part.first_triangle + base) for part in mesh.parts)
        vertex_base += len(mesh.positions_mm)
        triangle_base += len(mesh.triangles)
    counts = [len(mesh.positions_mm) for mesh in meshes]
    return Mesh(
        positions_mm=np.concatenate([mesh.positions_mm for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        uvs=np.concatenate([mesh.uvs for mesh in meshes]),
        triangles=np.concatenate(triangles),
        triangle_material=np.concatenate(triangle_material),
        materials=tuple(materials),
        parts=tuple(parts),
        colors=joined([mesh.colors for mesh in meshes], counts, (1.0,) * 4),
        second_uvs=joined([mesh.second_uvs for mesh in meshes], counts, (0.0,) * 2),
        # Pieces without tangents of their own have all of them derived.
        tangents=None
        if any(mesh.tangents is None for mesh in meshes)
        else np.concatenate([mesh.tangents for mesh in meshes if mesh.tangents is not None]),
    )


def joined(pieces: Sequence[F32 | None], counts: Sequence[int], absent: tuple[float, ...]) -> F32 | None:
    """Attributes one after another, None if all are; ``absent`` stands for pieces that have none."""
    if all(values is None for values in pieces):
        return None
    return np.concatenate(
        [
            np.tile(np.array(absent, np.float32), (count, 1)) if values is None else values
            for values, count in zip(pieces, counts, strict=True)
        ]
    )


def _check_array(name: str, array: NDArray[np.generic], shape: tuple[int, ...], dtype: type) -> None:
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{name} is {shape} {np.dtype(dtype).name}, not {array.shape} {array.dtype}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} is C-contiguous; pass np.ascontiguousarray(…)")
    if array.dtype == np.float32 and not np.isfinite(array).all():
        raise ValueError(f"{name} holds a number that is not finite")
