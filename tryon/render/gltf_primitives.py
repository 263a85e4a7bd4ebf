"""Primitives of a GLB file as triangles in millimetres, with the totals kept below the limits.

Source: Khronos, glTF 2.0 specification, section 3.7 (meshes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset
from tryon.frame import F32, F64
from tryon.render import gltf_limits as limits
from tryon.render.gltf_accessors import Accessors
from tryon.render.gltf_json import JsonObject, child, integer, objects, optional_index
from tryon.render.gltf_materials import Materials
from tryon.render.gltf_nodes import Placed
from tryon.render.normals import smooth_normals

MM_PER_M = 1000.0
_POINTS_AND_LINES = (0, 1, 2, 3)
_TRIANGLES, _FAN = 4, 6


@dataclass(frozen=True)
class Piece:
    """One primitive where its node places it, in millimetres."""

    positions_mm: F32
    normals: F32
    uvs: F32
    second_uvs: F32 | None
    tangents: F32 | None
    colors: F32 | None
    triangles: NDArray[np.int64]
    material: int | None


class PrimitiveReader:
    """Reads primitives, and keeps the totals below the limits."""

    def __init__(self, accessors: Accessors, materials: Materials, notes: list[str]) -> None:
        self._accessors = accessors
        self._materials = materials
        self._notes = notes
        self._primitives = self._vertices = self._triangles = 0

    def pieces(self, mesh: JsonObject, placed: Placed) -> list[Piece]:
        place = f"meshes[{placed.mesh}]"
        primitives = objects(mesh, "primitives", limits.PRIMITIVES_MAX)
        self._primitives += len(primitives)
        if self._primitives > limits.PRIMITIVES_MAX:
            raise AssetTooLarge(f"The file shows more than {limits.PRIMITIVES_MAX} primitives.")
        pieces = []
        for index, primitive in enumerate(primitives):
            piece = self._piece(primitive, f"{place}.primitives[{index}]", placed.world)
            if piece is not None:
                pieces.append(piece)
        return pieces

    def _piece(self, primitive: JsonObject, place: str, world: F64) -> Piece | None:
        for extension in child(primitive, "extensions", place):
            if extension in limits.EXTENSION_ADVICE:
                raise AssetUnsupported(
                    f"{place} uses {extension}; {limits.EXTENSION_ADVICE[extension]}.", extension=extension
                )
        mode = integer(primitive, "mode", place, default=_TRIANGLES, below=7)
        if mode in _POINTS_AND_LINES:
            self._notes.append(f"{place} has points or lines; they are left out.")
            return None
        if primitive.get("targets"):
            self._notes.append(f"{place} has morph targets; they are left out.")
        attributes = child(primitive, "attributes", place)
        position_accessor = self._attribute(attributes, "POSITION", place)
        if position_accessor is None:
            raise BadAsset(f"{place} has no POSITION.")
        vertex_count = self._accessors.count(position_accessor)
        self._vertices += vertex_count
        if self._vertices > limits.VERTICES_MAX:
            raise AssetTooLarge(
                f"{place}: the file has more than {limits.VERTICES_MAX} vertices; simplify the model."
            )
        triangles = self._read_triangles(primitive, place, mode, vertex_count)
        material = optional_index(primitive, "material", place, len(self._materials))
        positions = self._accessors.floats(position_accessor, (3,), "POSITION")
        positions_mm = _transform_points(positions, world, place)
        triangles = triangles[_has_area(positions_mm, triangles)]
        if len(triangles) == 0:
            return None
        if np.linalg.det(world[:3, :3]) < 0:
            triangles = triangles[:, ::-1]
        first, second = (self._uvs(attributes, f"TEXCOORD_{n}", place, vertex_count) for n in (0, 1))
        return Piece(
            positions_mm=positions_mm,
            normals=self._normals(attributes, place, world, positions_mm, triangles),
            uvs=np.zeros((vertex_count, 2), np.float32) if first is None else first,
            second_uvs=second,
            tangents=self._tangents(attributes, place, world, vertex_count, material),
            colors=self._colors(attributes, place, vertex_count),
            triangles=triangles,
            material=material,
        )

    def _attribute(self, attributes: JsonObject, name: str, place: str) -> int | None:
        return optional_index(attributes, name, f"{place}.attributes", len(self._accessors))

    def _read_triangles(
        self, primitive: JsonObject, place: str, mode: int, vertex_count: int
    ) -> NDArray[np.int64]:
        accessor = optional_index(primitive, "indices", place, len(self._accessors))
        count = vertex_count if accessor is None else self._accessors.count(accessor)
        self._triangles += count // 3 if mode == _TRIANGLES else max(count - 2, 0)
        if self._triangles > limits.TRIANGLES_MAX:
            raise AssetTooLarge(
                f"{place}: the file has more than {limits.TRIANGLES_MAX} triangles; simplify the model."
            )
        if accessor is None:
            order = np.arange(vertex_count, dtype=np.int64)
        else:
            order = self._accessors.indices(accessor, vertex_count)
        if mode == _TRIANGLES:
            if count % 3:
                raise BadAsset(f"{place} has {count} indices, which is not a multiple of 3.")
            return order.reshape(-1, 3)
        if count < 3:
            return np.zeros((0, 3), np.int64)
        if mode == _FAN:
            return np.column_stack((order[1:-1], order[2:], np.full(count - 2, order[0])))
        triangles = np.column_stack((order[:-2], order[1:-1], order[2:]))
        triangles[1::2] = triangles[1::2][:, [1, 0, 2]]
        return triangles

    def _normals(
        self,
        attributes: JsonObject,
        place: str,
        world: F64,
        positions_mm: F32,
        triangles: NDArray[np.int64],
    ) -> F32:
        accessor = self._attribute(attributes, "NORMAL", place)
        if accessor is None:
            return smooth_normals(positions_mm, triangles)
        given = self._accessors.floats(accessor, (3,), "NORMAL").astype(np.float64)
        self._check_count(given, len(positions_mm), place, "NORMAL")
        # Clipped first: a unit vector is at most 1, and the squares of huge numbers leave the range.
        turned = np.clip(given, -1e6, 1e6) @ np.linalg.inv(world[:3, :3])
        lengths = np.linalg.norm(turned, axis=1)
        bad = ~(lengths > 1e-12 * lengths.max(initial=0.0)) | ~np.isfinite(lengths)
        if bad.any():
            turned[bad] = smooth_normals(positions_mm, triangles)[bad]
            lengths[bad] = 1.0
        normals: F32 = np.ascontiguousarray(turned / lengths[:, None], dtype=np.float32)
        return normals

    def _tangents(
        self, attributes: JsonObject, place: str, world: F64, vertex_count: int, material: int | None
    ) -> F32 | None:
        """Read only where a picture of normals needs them; None has them derived."""
        accessor = self._attribute(attributes, "TANGENT", place)
        if accessor is None or self._materials.get(material).normal_texture is None:
            return None
        given = self._accessors.floats(accessor, (4,), "TANGENT").astype(np.float64)
        self._check_count(given, vertex_count, place, "TANGENT")
        turned = np.clip(given[:, :3], -1e6, 1e6) @ world[:3, :3].T
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        if not (lengths > 0.0).all() or not np.isfinite(lengths).all():
            return None
        sign = np.where(given[:, 3:] < 0.0, -1.0, 1.0) * np.sign(np.linalg.det(world[:3, :3]))
        return np.ascontiguousarray(np.hstack((turned / lengths, sign)), dtype=np.float32)

    def _uvs(self, attributes: JsonObject, name: str, place: str, vertex_count: int) -> F32 | None:
        accessor = self._attribute(attributes, name, place)
        if accessor is None:
            return None
        uvs = self._accessors.floats(accessor, (2,), name)
        self._check_count(uvs, vertex_count, place, name)
        if len(uvs) and float(np.abs(uvs).max()) > limits.UV_MAX:
            raise BadAsset(f"{place}.{name} is out of range.")
        return np.ascontiguousarray(uvs)

    def _colors(self, attributes: JsonObject, place: str, vertex_count: int) -> F32 | None:
        accessor = self._attribute(attributes, "COLOR_0", place)
        if accessor is None:
            return None
        given = np.clip(self._accessors.floats(accessor, (3, 4), "COLOR_0"), 0.0, 1.0)
        self._check_count(given, vertex_count, place, "COLOR_0")
        colors = np.ones((vertex_count, 4), np.float32)
        colors[:, : given.shape[1]] = given
        return colors

    @staticmethod
    def _check_count(array: NDArray[np.generic], vertex_count: int, place: str, name: str) -> None:
        if len(array) != vertex_count:
            raise BadAsset(f"{place}.{name} has {len(array)} elements for {vertex_count} vertices.")


def _transform_points(positions: F32, world: F64, place: str) -> F32:
    with np.errstate(over="ignore", invalid="ignore"):
        moved = (positions.astype(np.float64) @ world[:3, :3].T + world[:3, 3]) * MM_PER_M
    if not (np.abs(moved) <= limits.COORDINATE_MAX_MM).all():
        raise BadAsset(f"{place} reaches further than {limits.COORDINATE_MAX_MM / 1e6:g} km.")
    return np.ascontiguousarray(moved, dtype=np.float32)


def _has_area(positions_mm: F32, triangles: NDArray[np.int64]) -> NDArray[np.bool_]:
    corners = positions_mm.astype(np.float64)[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    has_area: NDArray[np.bool_] = (cross != 0.0).any(axis=1)
    return has_area
