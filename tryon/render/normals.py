"""Normals for meshes that come without."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32


def smooth_normals(positions_mm: F32, triangles: NDArray[np.integer[Any]]) -> F32:
    """Unit normals (n, 3), weighted by the triangles' areas; vertices at the same place share theirs.

    A vertex without any area around it gets (0, 0, 1).
    """
    _, same = np.unique(positions_mm, axis=0, return_inverse=True)
    same = same.reshape(-1)
    corners = positions_mm.astype(np.float64)[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    welded = same[triangles].reshape(-1)
    sums = np.stack(
        [np.bincount(welded, np.repeat(faces[:, axis], 3), int(same.max()) + 1) for axis in range(3)],
        axis=1,
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1.0), (0.0, 0.0, 1.0))
    normals: F32 = np.ascontiguousarray(unit[same], dtype=np.float32)
    return normals
