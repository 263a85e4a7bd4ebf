"""Pictures laid out for the kernels: every size of every one in one array, and a row for each use of them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8
from tryon.render.material import Mapping, Material, Texture, srgb_to_linear
from tryon.render.mesh import I32, Mesh

U16 = NDArray[np.uint16]

# A product covers a few hundred pixels of a frame; finer texels would only alias.
TEXTURE_PX_MAX: Final = 512
# Texels are linear, 0..1 in 16 bits: fine enough for the darkest sRGB codes, half the memory of floats.
TEXEL_MAX: Final = 65535.0

# Columns of a use's row: its picture's first level and how many there are, how its edges go on, its texture
# coordinates' set and affine map (six), and texels of the largest level per millimetre of the product.
FIRST: Final = 0
LEVELS: Final = 1
WRAP_U: Final = 2
WRAP_V: Final = 3
UV_SET: Final = 4
AFFINE: Final = 5
DENSITY: Final = 11
USE_COLUMNS: Final = 12

_WRAPS: Final = {"REPEAT": 0.0, "CLAMP": 1.0, "MIRROR": 2.0}


class Pool:
    """Collects the pictures of a mesh's materials. ``add`` gives each use its number."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, int, int]] = []
        self._texels: list[U16] = []
        self._count = 0
        self._pictures: dict[tuple[int, bool], tuple[int, int, int, int]] = {}
        self._numbers: dict[tuple[int, float], int] = {}
        self._uses: list[list[float]] = []
        # Numbers are told apart by identity: what they belong to must live as long.
        self._kept: list[Texture] = []

    def add(self, texture: Texture | None, uv_per_mm: tuple[float, float]) -> int:
        """The number of this use, or -1 for none; ``uv_per_mm`` is how fast each set of coordinates runs."""
        if texture is None:
            return -1
        density = uv_per_mm[min(texture.mapping.uv_set, 1)]
        key = id(texture), density
        if key not in self._numbers:
            self._kept.append(texture)
            self._numbers[key] = len(self._uses)
            self._uses.append(self._use(texture, density))
        return self._numbers[key]

    def packed(self) -> tuple[U16, I32, F32]:
        """Texels (n, 4); levels (k, 3): offset, width and height; uses (u, USE_COLUMNS)."""
        texels = np.concatenate(self._texels) if self._texels else np.full((1, 4), TEXEL_MAX, np.uint16)
        levels = np.array(self._levels or [(0, 1, 1)], np.int32)
        uses = np.array(self._uses or [[0.0] * USE_COLUMNS], np.float32)
        return texels, levels, uses

    def _use(self, texture: Texture, uv_per_mm: float) -> list[float]:
        key = id(texture.rgba), texture.srgb
        if key not in self._pictures:
            self._pictures[key] = self._picture(texture)
        first, count, width, height = self._pictures[key]
        mapping: Mapping = texture.mapping
        stretch = math.sqrt(abs(mapping.scale[0] * mapping.scale[1]))
        wraps = [_WRAPS[way] for way in texture.wrap]
        density = uv_per_mm * math.sqrt(width * height) * stretch
        return [first, count, *wraps, min(mapping.uv_set, 1), *mapping.affine, density]

    def _picture(self, texture: Texture) -> tuple[int, int, int, int]:
        sizes = [texture.rgba, *texture.mips]
        while len(sizes) > 1 and max(sizes[0].shape[:2]) > TEXTURE_PX_MAX:
            sizes = sizes[1:]
        first = len(self._levels)
        for rgba in sizes:
            height, width = rgba.shape[:2]
            self._levels.append((self._count, width, height))
            self._texels.append(_linear(rgba, texture.srgb))
            self._count += width * height
        return first, len(sizes), sizes[0].shape[1], sizes[0].shape[0]


def uv_per_mm(mesh: Mesh, number: int) -> tuple[float, float]:
    """How fast texture coordinates of both sets run over the triangles of one material, as a mean over their area."""
    corners = mesh.triangles[mesh.triangle_material == number]
    if len(corners) == 0:
        return 0.0, 0.0
    sides = mesh.positions_mm[corners].astype(np.float64)
    area = np.linalg.norm(np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), axis=1).sum()
    second = mesh.uvs if mesh.second_uvs is None else mesh.second_uvs
    return _speed(mesh.uvs[corners], area), _speed(second[corners], area)


def second_set_used(materials: tuple[Material, ...]) -> bool:
    """Whether any picture of these materials uses the second set of texture coordinates."""
    return any(texture.mapping.uv_set > 0 for material in materials for texture in material.textures)


def _speed(uvs: F32, area: F64) -> float:
    one, two = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    covered = np.abs(
        one[:, 0].astype(np.float64) * two[:, 1] - one[:, 1].astype(np.float64) * two[:, 0]
    ).sum()
    return math.sqrt(float(covered) / float(area)) if area > 0 else 0.0


def _linear(rgba: U8, srgb: bool) -> U16:
    linear: F32 = rgba.reshape(-1, 4).astype(np.float32) / np.float32(255)
    if srgb:
        linear[:, :3] = srgb_to_linear(linear[:, :3])
    texels: U16 = np.rint(linear * TEXEL_MAX).astype(np.uint16)
    return texels
