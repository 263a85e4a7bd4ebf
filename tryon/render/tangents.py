"""Tangents for pictures of normals: along which direction of the surface u grows.

For meshes without tangents of their own: each triangle's gradient of u, summed over those that share a vertex (Lengyel,
"Foundations of Game Engine Development 2: Rendering", 2019, section 7.5), made perpendicular to the normal per pixel.
"""

from __future__ import annotations

import numpy as np

from tryon.frame import F32, F64
from tryon.render.mesh import Mesh


def tangents_of(mesh: Mesh) -> F32:
    """(n, 4): a direction and the bitangent's sign; (0, 4) where no material has a picture of normals."""
    pictures = [material.normal_texture for material in mesh.materials]
    used = next((picture for picture in pictures if picture is not None), None)
    if used is None:
        return np.zeros((0, 4), np.float32)
    if mesh.tangents is not None:
        return mesh.tangents
    second = used.mapping.uv_set > 0 and mesh.second_uvs is not None
    uvs = mesh.second_uvs if second and mesh.second_uvs is not None else mesh.uvs
    a, b, _, d, e, _ = used.mapping.affine
    mapped = uvs.astype(np.float64) @ np.array(((a, d), (b, e)))
    along, aside = _gradients(mesh, mapped)
    normals = mesh.normals.astype(np.float64)
    along -= normals * (along * normals).sum(axis=1, keepdims=True)
    length = np.linalg.norm(along, axis=1, keepdims=True)
    anything = np.cross(normals, np.where(np.abs(normals[:, :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    unit = np.where(length > 1e-9, along / np.maximum(length, 1e-9), anything)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    sign = np.where((np.cross(normals, unit) * aside).sum(axis=1) < 0.0, -1.0, 1.0)
    return np.ascontiguousarray(np.column_stack((unit, sign)), dtype=np.float32)


def _gradients(mesh: Mesh, uvs: F64) -> tuple[F64, F64]:
    """At each vertex the directions in which u grows and in which v shrinks (up in the picture), by area."""
    corners = mesh.positions_mm.astype(np.float64)[mesh.triangles]
    coordinates = uvs[mesh.triangles]
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    d1, d2 = coordinates[:, 1] - coordinates[:, 0], coordinates[:, 2] - coordinates[:, 0]
    turn = np.sign(d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1])[:, None]
    along = (e1 * d2[:, 1:] - e2 * d1[:, 1:]) * turn
    # glTF's v runs down the picture, a picture of normals' green up.
    aside = -(e2 * d1[:, :1] - e1 * d2[:, :1]) * turn
    count = len(mesh.positions_mm)
    return tuple(
        np.stack(
            [np.bincount(mesh.triangles.reshape(-1), np.repeat(g[:, k], 3), count) for k in range(3)], axis=1
        )
        for g in (along, aside)
    )  # type: ignore[return-value]
