"""A mesh laid out for the kernels: flat arrays, opaque triangles first, one row of numbers a material."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from tryon.frame import F32
from tryon.render import film
from tryon.render.material import TEXTURE_SLOTS, Material
from tryon.render.mesh import I32, Mesh
from tryon.render.pictures import U16, Pool, second_set_used, uv_per_mm
from tryon.render.tangents import tangents_of

# Columns of a material's row.
BASE: Final = 0  # linear red, green, blue, alpha
METALLIC: Final = 4
ROUGHNESS: Final = 5
TRANSMISSION: Final = 6
TINT: Final = 7  # three
F0: Final = 10  # three
CLEARCOAT: Final = 13
CLEARCOAT_ROUGHNESS: Final = 14
EMISSIVE: Final = 15  # three
UNLIT: Final = 18
CUTOFF: Final = 19
BACK: Final = 20
FILM: Final = 21  # the row of its film, or -1
FILM_SHARE: Final = 22
NORMAL_SCALE: Final = 23
OCCLUSION_STRENGTH: Final = 24
TEXTURED: Final = 25  # 1 where any of the columns that follow is not -1
# The use of each of a material's pictures, in the order of TEXTURE_SLOTS, or -1.
TEXTURES: Final = 26
COLUMNS: Final = TEXTURES + len(TEXTURE_SLOTS)

BASE_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("base_texture")
SURFACE_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("metallic_roughness_texture")
NORMAL_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("normal_texture")
OCCLUSION_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("occlusion_texture")
EMISSIVE_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("emissive_texture")
TRANSMISSION_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("transmission_texture")
CLEARCOAT_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("clearcoat_texture")
CLEARCOAT_ROUGHNESS_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("clearcoat_roughness_texture")
SPECULAR_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("specular_texture")
SPECULAR_COLOR_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("specular_color_texture")
FILM_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("film_texture")
FILM_THICKNESS_TEXTURE: Final = TEXTURES + TEXTURE_SLOTS.index("film_thickness_texture")


@dataclass(frozen=True, eq=False)
class Model:
    """``triangles`` (m, 4) int32: three corners and a material; ``opaque_count`` opaque ones, then the transparent.

    ``attributes`` (n, 6) float32: u, v, and the vertex colour's linear red, green, blue, alpha; (n, 8) with the second
    set's u and v where a picture uses them. ``tangents`` (n, 4), or (0, 4) where no material has a picture of normals.
    ``cull`` (k,) int32 is 1 for materials that are seen from outside only. ``texels``, ``levels`` and ``uses`` are
    ``pictures.Pool``'s; ``films`` (f, thicknesses, angles, 3).
    """

    positions_mm: F32
    normals: F32
    attributes: F32
    tangents: F32
    triangles: I32
    cull: I32
    opaque_count: int
    materials: F32
    texels: U16
    levels: I32
    uses: F32
    films: F32

    @property
    def triangle_count(self) -> int:
        return len(self.triangles)

    @cached_property
    def lens_shade(self) -> float:
        """How much of the light, 0..1, its see-through surfaces keep from what lies behind them: a mean over their
        triangles."""
        clear = self.triangles[self.opaque_count :]
        if len(clear) == 0:
            return 0.0
        rows, corners = self.materials[clear[:, 3]], self.attributes[clear[:, :3]].mean(axis=1)
        passed = (rows[:, TINT : TINT + 3] * corners[:, 2:5]).mean(axis=1) * rows[:, TRANSMISSION]
        opacity = rows[:, BASE + 3] * corners[:, 5]
        return float(np.clip((1.0 - passed) * opacity, 0.0, 1.0).mean())


def prepare(mesh: Mesh) -> Model:
    """Lay a mesh out. Colours become linear, pictures at most TEXTURE_PX_MAX on a side."""
    transparent = np.array([material.transparent for material in mesh.materials])
    order = np.argsort(transparent[mesh.triangle_material], kind="stable")
    material_of = mesh.triangle_material[order].astype(np.int32)
    cull = np.array([not material.double_sided for material in mesh.materials], np.int32)
    pool, films = Pool(), _Films()
    rows = np.stack(
        [
            material_row(material, pool, films, uv_per_mm(mesh, number) if material.textures else (0.0, 0.0))
            for number, material in enumerate(mesh.materials)
        ]
    )
    colors = mesh.colors if mesh.colors is not None else np.ones((len(mesh.positions_mm), 4), np.float32)
    columns = [mesh.uvs, colors]
    if second_set_used(mesh.materials):
        columns.append(mesh.uvs if mesh.second_uvs is None else mesh.second_uvs)
    texels, levels, uses = pool.packed()
    return Model(
        positions_mm=mesh.positions_mm,
        normals=mesh.normals,
        attributes=np.concatenate(columns, axis=1),
        tangents=tangents_of(mesh),
        triangles=np.column_stack([mesh.triangles[order], material_of]),
        cull=cull,
        opaque_count=int((~transparent[material_of]).sum()),
        materials=rows,
        texels=texels,
        levels=levels,
        uses=uses,
        films=films.packed(),
    )


class _Films:
    def __init__(self) -> None:
        self._tables: list[F32] = []

    def add(self, table: F32) -> int:
        self._tables.append(table)
        return len(self._tables) - 1

    def packed(self) -> F32:
        nothing = np.zeros((film.THICKNESSES, film.ANGLES, 3), np.float32)
        return np.stack(self._tables or [nothing])


def material_row(material: Material, pool: Pool, films: _Films, speeds: tuple[float, float]) -> F32:
    row = np.zeros(COLUMNS, np.float32)
    row[BASE : BASE + 4] = material.base_color
    row[METALLIC] = material.metallic
    row[ROUGHNESS] = material.roughness
    row[TRANSMISSION] = material.transmission
    row[TINT : TINT + 3] = material.tint
    # Fresnel at normal incidence from air (Schlick 1994); glTF's ior 0 means "always reflects".
    f0 = 1.0 if material.ior == 0 else ((material.ior - 1) / (material.ior + 1)) ** 2
    row[F0 : F0 + 3] = [min(f0 * channel, 1.0) * material.specular for channel in material.specular_color]
    row[CLEARCOAT] = material.clearcoat
    row[CLEARCOAT_ROUGHNESS] = material.clearcoat_roughness
    row[EMISSIVE : EMISSIVE + 3] = material.emissive
    row[UNLIT] = float(material.unlit)
    row[CUTOFF] = material.alpha_cutoff if material.alpha_mode == "MASK" else 0.0
    row[BACK] = material.back
    row[FILM] = -1.0 if material.film is None else films.add(film.flat(material.film))
    row[FILM_SHARE] = 0.0 if material.film is None else material.film.share
    row[NORMAL_SCALE] = material.normal_scale
    row[OCCLUSION_STRENGTH] = material.occlusion_strength
    for at, name in enumerate(TEXTURE_SLOTS):
        row[TEXTURES + at] = pool.add(getattr(material, name), speeds)
    row[TEXTURED] = float((row[TEXTURES:] >= 0).any())
    return row
