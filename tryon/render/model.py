"""A mesh laid out for the kernels: flat arrays, opaque triangles first, one row of numbers a material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, U8
from tryon.render.mesh import I32, Material, Mesh, Texture, srgb_to_linear

# Columns of a material's row.
BASE: Final = 0  # linear red, green, blue, alpha
METALLIC: Final = 4
ROUGHNESS: Final = 5
TRANSMISSION: Final = 6
TINT: Final = 7  # three
F0: Final = 10
CLEARCOAT: Final = 11
CLEARCOAT_ROUGHNESS: Final = 12
EMISSIVE: Final = 13  # three
BASE_TEXTURE: Final = 16
SURFACE_TEXTURE: Final = 17  # glTF's metallic-roughness picture
UNLIT: Final = 18
CUTOFF: Final = 19
COLUMNS: Final = 20

# A product covers a few hundred pixels of a frame; finer texels would only alias.
TEXTURE_PX_MAX: Final = 512


@dataclass(frozen=True, eq=False)
class Model:
    """``triangles`` (m, 4) int32: three corners and a material; ``opaque_count`` opaque ones, then the transparent.

    ``attributes`` (n, 6) float32: u, v, and the vertex colour's linear red, green, blue, alpha. ``cull`` (k,) int32 is
    1 for materials that are seen from outside only. ``texels`` (n, 4) float32, linear, holds every texture row after
    row; ``textures`` (k, 3) its offset, width and height.
    """

    positions_mm: F32
    normals: F32
    attributes: F32
    triangles: I32
    cull: I32
    opaque_count: int
    materials: F32
    texels: F32
    textures: I32

    @property
    def triangle_count(self) -> int:
        return len(self.triangles)


def prepare(mesh: Mesh) -> Model:
    """Lay a mesh out. Colours become linear, textures at most TEXTURE_PX_MAX on a side."""
    transparent = np.array([material.transparent for material in mesh.materials])
    order = np.argsort(transparent[mesh.triangle_material], kind="stable")
    material_of = mesh.triangle_material[order].astype(np.int32)
    cull = np.array([not material.double_sided for material in mesh.materials], np.int32)
    pool = _TexturePool()
    rows = np.stack([_row(material, pool) for material in mesh.materials])
    colors = mesh.colors if mesh.colors is not None else np.ones((len(mesh.positions_mm), 4), np.float32)
    texels, textures = pool.packed()
    return Model(
        positions_mm=mesh.positions_mm,
        normals=mesh.normals,
        attributes=np.concatenate([mesh.uvs, colors], axis=1),
        triangles=np.column_stack([mesh.triangles[order], material_of]),
        cull=cull,
        opaque_count=int((~transparent[material_of]).sum()),
        materials=rows,
        texels=texels,
        textures=textures,
    )


def _row(material: Material, pool: _TexturePool) -> F32:
    row = np.zeros(COLUMNS, np.float32)
    row[BASE : BASE + 4] = material.base_color
    row[METALLIC] = material.metallic
    row[ROUGHNESS] = material.roughness
    row[TRANSMISSION] = material.transmission
    row[TINT : TINT + 3] = material.tint
    # Fresnel at normal incidence from air (Schlick 1994); glTF's ior 0 means "always reflects".
    row[F0] = 1.0 if material.ior == 0 else ((material.ior - 1) / (material.ior + 1)) ** 2 * material.specular
    row[CLEARCOAT] = material.clearcoat
    row[CLEARCOAT_ROUGHNESS] = material.clearcoat_roughness
    row[EMISSIVE : EMISSIVE + 3] = material.emissive
    row[BASE_TEXTURE] = pool.add(material.base_texture)
    row[SURFACE_TEXTURE] = pool.add(material.metallic_roughness_texture)
    row[UNLIT] = float(material.unlit)
    row[CUTOFF] = material.alpha_cutoff if material.alpha_mode == "MASK" else 0.0
    return row


class _TexturePool:
    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._pictures: list[F32] = []

    def add(self, texture: Texture | None) -> int:
        """The texture's number, or -1 for none."""
        if texture is None:
            return -1
        if id(texture) not in self._numbers:
            self._numbers[id(texture)] = len(self._pictures)
            self._pictures.append(_linear(_reduced(texture), texture.srgb))
        return self._numbers[id(texture)]

    def packed(self) -> tuple[F32, I32]:
        table = np.zeros((max(len(self._pictures), 1), 3), np.int32)
        offset = 0
        for number, picture in enumerate(self._pictures):
            table[number] = offset, picture.shape[1], picture.shape[0]
            offset += picture.shape[0] * picture.shape[1]
        flat = [picture.reshape(-1, 4) for picture in self._pictures] or [np.ones((1, 4), np.float32)]
        return np.concatenate(flat), table


def _reduced(texture: Texture) -> U8:
    for level in (texture.rgba, *texture.mips):
        if max(level.shape[:2]) <= TEXTURE_PX_MAX:
            return level
    return texture.mips[-1]


def _linear(rgba: U8, srgb: bool) -> F32:
    linear: NDArray[np.float32] = rgba.astype(np.float32) / np.float32(255)
    if srgb:
        linear[..., :3] = srgb_to_linear(linear[..., :3])
    return linear
