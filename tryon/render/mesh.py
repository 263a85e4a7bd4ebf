"""A textured triangle mesh in product space: what the rasteriser draws and the GLB reader returns.

Product space is in millimetres and right-handed, with glTF's axes: +y up, +z forward, out of the face
towards the viewer, +x to the wearer's *left* (the viewer's right when the product faces the viewer).

The origin of eyewear is the middle of the bridge, at its back, where it touches the nose. The lenses lie
about z = 0 and slightly before it; the temples run towards negative z.

Triangles are counter-clockwise seen from outside. Texture coordinates are glTF's: (0, 0) is the upper
left corner of the picture, u to the right, v down; textures repeat. Colours are linear unless a texture
says that it is sRGB.

Arrays are checked once, when a value is made, and belong to it from then on: nobody writes into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8

I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]
Rgb = tuple[float, float, float]
Rgba = tuple[float, float, float, float]

# A normal may be this far from unit length: float32 rounding after a transform, and quantised normals.
UNIT_TOLERANCE = 0.02


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture of shape (height, width, 4), uint8, rows from the top; alpha is never premultiplied.

    ``srgb`` tells whether red, green and blue carry the sRGB transfer curve (colour pictures do, data
    pictures such as normals do not). ``mips`` holds the same picture at 1/2, 1/4, … size, averaged in
    linear light; it is made on construction.
    """

    rgba: U8
    srgb: bool
    mips: tuple[U8, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        shape = self.rgba.shape
        if self.rgba.dtype != np.uint8 or len(shape) != 3 or shape[2] != 4 or 0 in shape:
            raise ValueError(f"a texture is (height, width, 4) uint8, not {shape} {self.rgba.dtype}")
        if not self.rgba.flags.c_contiguous:
            raise ValueError("a texture is C-contiguous; pass np.ascontiguousarray(rgba)")
        if not self.mips:
            object.__setattr__(self, "mips", _mip_chain(self.rgba, self.srgb))


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface looks: glTF's metallic-roughness model and the extensions that eyewear uses.

    ``base_color`` is linear and multiplies the texture and the vertex colours. ``tint`` (linear, 0..1) is
    the colour that remains of white light after one passage through a transmitting material: the base
    colour times the volume's attenuation. It, the base texture and the vertex colours multiply what
    shines through; ``transmission`` is the share of light that enters at all (the rest is diffuse).
    """

    name: str = "default"
    base_color: Rgba = (1.0, 1.0, 1.0, 1.0)
    base_texture: Texture | None = None
    metallic: float = 0.0
    roughness: float = 0.5
    metallic_roughness_texture: Texture | None = None
    normal_texture: Texture | None = None
    normal_scale: float = 1.0
    emissive: Rgb = (0.0, 0.0, 0.0)
    double_sided: bool = False
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5
    transmission: float = 0.0
    tint: Rgb = (1.0, 1.0, 1.0)
    ior: float = 1.5
    clearcoat: float = 0.0
    clearcoat_roughness: float = 0.0
    specular: float = 1.0
    unlit: bool = False

    def __post_init__(self) -> None:
        for name in ("metallic", "roughness", "alpha_cutoff", "transmission"):
            _check_share(name, getattr(self, name))
        for name in ("clearcoat", "clearcoat_roughness", "specular"):
            _check_share(name, getattr(self, name))
        for name, length in (("base_color", 4), ("tint", 3)):
            value = getattr(self, name)
            if len(value) != length:
                raise ValueError(f"a material's {name} has {length} numbers, not {len(value)}")
            for channel in value:
                _check_share(name, channel)
        if len(self.emissive) != 3 or not all(0.0 <= channel < np.inf for channel in self.emissive):
            raise ValueError(f"a material's emissive is three numbers from 0, not {self.emissive}")
        if self.ior != 0.0 and not 1.0 <= self.ior <= 4.0:
            raise ValueError(f"a material's ior is 1..4 (or 0), not {self.ior}")

    @property
    def transparent(self) -> bool:
        """Whether what lies behind shows through (the GLB reader turns BLEND with alpha 1 into OPAQUE)."""
        return self.transmission > 0.0 or self.alpha_mode == "BLEND"


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
    the product has none; ``colors`` (n, 4) float32 linear 0..1, or None for white; ``triangles`` (m, 3)
    int32; ``triangle_material`` (m,) int16 into ``materials``; ``parts`` follow one another and cover all
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

    def __post_init__(self) -> None:
        count = len(self.positions_mm)
        _check_array("positions_mm", self.positions_mm, (count, 3), np.float32)
        _check_array("normals", self.normals, (count, 3), np.float32)
        _check_array("uvs", self.uvs, (count, 2), np.float32)
        if self.colors is not None:
            _check_array("colors", self.colors, (count, 4), np.float32)
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
        return replace(
            self,
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
    colors = None
    if any(mesh.colors is not None for mesh in meshes):
        colors = np.concatenate([_colors_or_white(mesh) for mesh in meshes])
    return Mesh(
        positions_mm=np.concatenate([mesh.positions_mm for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        uvs=np.concatenate([mesh.uvs for mesh in meshes]),
        triangles=np.concatenate(triangles),
        triangle_material=np.concatenate(triangle_material),
        materials=tuple(materials),
        parts=tuple(parts),
        colors=colors,
    )


def _colors_or_white(mesh: Mesh) -> F32:
    if mesh.colors is not None:
        return mesh.colors
    return np.ones((len(mesh.positions_mm), 4), dtype=np.float32)


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"a material's {name} is 0..1, not {value}")


def _check_array(name: str, array: NDArray[np.generic], shape: tuple[int, ...], dtype: type) -> None:
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{name} is {shape} {np.dtype(dtype).name}, not {array.shape} {array.dtype}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} is C-contiguous; pass np.ascontiguousarray(…)")
    if array.dtype == np.float32 and not np.isfinite(array).all():
        raise ValueError(f"{name} holds a number that is not finite")


def _mip_chain(rgba: U8, srgb: bool) -> tuple[U8, ...]:
    """Halved pictures down to 1 pixel on the shorter side; an odd last row or column is dropped."""
    linear = rgba.astype(np.float32) / np.float32(255.0)
    if srgb:
        linear[..., :3] = srgb_to_linear(linear[..., :3])
    mips: list[U8] = []
    while min(linear.shape[:2]) >= 2:
        height, width = linear.shape[0] // 2, linear.shape[1] // 2
        linear = linear[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 4).mean(axis=(1, 3))
        coded = linear.copy()
        if srgb:
            coded[..., :3] = linear_to_srgb(coded[..., :3])
        mips.append(np.ascontiguousarray(np.rint(coded * 255.0).astype(np.uint8)))
    return tuple(mips)


def srgb_to_linear(coded: F32) -> F32:
    """The sRGB transfer curve taken off, 0..1 to 0..1 (IEC 61966-2-1)."""
    curve = ((coded + 0.055) / 1.055) ** 2.4
    return np.where(coded <= 0.04045, coded / 12.92, curve).astype(np.float32)


def linear_to_srgb(linear: F32) -> F32:
    """The sRGB transfer curve put on, 0..1 to 0..1 (IEC 61966-2-1)."""
    curve = 1.055 * np.maximum(linear, 0.0) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curve).astype(np.float32)
