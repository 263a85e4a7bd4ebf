"""Fewer triangles for products that are seen small.

Vertex clustering (Rossignac and Borrel, "Multi-resolution 3D approximations for rendering complex scenes", 1993): the
vertices of one material that share a cell of a grid become their mean, and triangles that collapse go. A cell half a
pixel wide changes nothing that the rasteriser could show.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tryon.frame import F32
from tryon.render.mesh import I32
from tryon.render.model import Model

# Averaged normals of opposite walls of a thin part cancel; below this length the first one stands for all.
NORMAL_MIN = 0.3


def clustered(model: Model, cell_mm: float) -> Model:
    """The model with the vertices of each ``cell_mm`` wide cube merged."""
    count = len(model.positions_mm)
    material = np.zeros(count, np.int64)
    material[model.triangles[:, :3].ravel()] = np.repeat(model.triangles[:, 3], 3)
    cells = np.floor(model.positions_mm / np.float32(cell_mm)).astype(np.int64)
    cells -= cells.min(axis=0)
    # Walls that face apart stay apart, or a thin rim would lose its edges.
    side = (np.argmax(np.abs(model.normals), axis=1) * 2 + (_dominant(model.normals) > 0)).astype(np.int64)
    spans = cells.max(axis=0) + 1
    key = (((material * 6 + side) * spans[0] + cells[:, 0]) * spans[1] + cells[:, 1]) * spans[2] + cells[:, 2]
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    group = group.reshape(-1).astype(np.int32)
    shares = np.bincount(group).astype(np.float32)[:, None]
    normals = _mean(model.normals, group, shares)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > NORMAL_MIN, normals / np.maximum(length, 1e-6), model.normals[first])
    corners = group[model.triangles[:, :3]]
    kept = (
        (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
    )
    triangles: I32 = np.column_stack([corners[kept], model.triangles[kept, 3]]).astype(np.int32)
    return replace(
        model,
        positions_mm=_mean(model.positions_mm, group, shares),
        normals=np.ascontiguousarray(normals, np.float32),
        attributes=_mean(model.attributes, group, shares),
        triangles=triangles,
        opaque_count=int(kept[: model.opaque_count].sum()),
    )


def _dominant(normals: F32) -> F32:
    axis = np.argmax(np.abs(normals), axis=1)
    return np.asarray(normals[np.arange(len(normals)), axis], np.float32)


def _mean(values: F32, group: I32, shares: F32) -> F32:
    total = np.zeros((len(shares), values.shape[1]), np.float64)
    np.add.at(total, group, values)
    return np.ascontiguousarray(total / shares, np.float32)
