"""Which way a head's marks face, by their shape alone: the mean head laid over them.

A landmark network's view of a frontal face tells badly how far it is nodded, and by how much it misses depends on the
face. Where the marks stand on a head that has turned says the same another way: a forehead that lies further back than
it seemed was seen from too far below. The mean head is laid over them point to plane (Chen and Medioni,
"Object modelling by registration of multiple range images", 1992), with weights that far points lose.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F64
from tryon.geometry.pose import solve, turn

# How far heads depart from the mean one along their skin's normals, and how far marks lie along the skin from where the
# mean head has them. Further off they count less (Cauchy), from so many times that on.
OUT_MM: Final = 2.0
ALONG_MM: Final = 10.0
CAP: Final = 2.0
# Heads differ in size by such a part.
SIZE_PART: Final = 0.1
STEPS: Final = 5


def lay_mean(points_mm: F64, mean_mm: F64, axes: F64, normals: F64) -> F64:
    """The turn (3,), in radians, from the mean head's axes to those in which the marks (n, 3) are told. ``axes``
    (n, 2, 3) and ``normals`` (n, 3) are the skin's on the mean head."""
    rotation, places = np.eye(3), points_mm.copy()
    _lay_mean(places, mean_mm, axes, normals, rotation)
    # Of a small turn: its axis times its sine.
    return (
        np.array(
            [
                rotation[2, 1] - rotation[1, 2],
                rotation[0, 2] - rotation[2, 0],
                rotation[1, 0] - rotation[0, 1],
            ]
        )
        * 0.5
    )


def leverage(mean_mm: F64, axes: F64, normals: F64) -> F64:
    """By how much (3, n) ``lay_mean`` turns, in radians, for each mark's millimetre towards the camera, on a head that
    looks at it and departs little from the mean one."""
    x, y, z = mean_mm.T
    rows, pushes = [], []
    for along, spread in ((axes[:, 0], ALONG_MM), (axes[:, 1], ALONG_MM), (normals, OUT_MM)):
        nx, ny, nz = along.T
        turns = (y * nz - z * ny, z * nx - x * nz, x * ny - y * nx)
        rows.append(np.column_stack([*turns, nx, ny, nz, (along * mean_mm).sum(axis=1)]) / spread)
        pushes.append(np.diag(nz / spread))
    matrix = np.concatenate(rows)
    weights = matrix.T @ matrix + np.diag([0.0] * 6 + [SIZE_PART**-2])
    return np.asarray(np.linalg.solve(weights, matrix.T @ np.concatenate(pushes))[:3], np.float64)


@kernel
def known_share(known: F64, ways: F64) -> F64:
    """Which share (m,) of what ``ways`` (m, k) tell of k unit normal amounts is known, given their information (k, k),
    the unit matrix where nothing has been learnt; 0 there, at most 1."""
    shares, left = np.empty(ways.shape[0]), np.empty(ways.shape[1])
    for way in range(ways.shape[0]):
        solve(known.copy(), ways[way], left)
        unknown, all_of_it = 0.0, 0.0
        for k in range(ways.shape[1]):
            unknown += left[k] * ways[way, k]
            all_of_it += ways[way, k] ** 2
        shares[way] = 1.0 - unknown / all_of_it
    return shares


@kernel
def _lay_mean(places: F64, mean: F64, axes: F64, normals: F64, rotation: F64) -> None:
    """Gauss-Newton on turn, shift and size, each step on the marks as the steps before have left them."""
    count = places.shape[0]
    row, right, change = np.empty(7), np.empty(7), np.empty(7)
    for _ in range(STEPS):
        matrix = np.zeros((7, 7))
        right[:] = 0.0
        matrix[6, 6] = 1.0 / (SIZE_PART * SIZE_PART)
        for p in range(count):
            x, y, z = places[p, 0], places[p, 1], places[p, 2]
            for way in range(3):
                along = normals[p] if way == 2 else axes[p, way]
                spread = OUT_MM if way == 2 else ALONG_MM
                nx, ny, nz = along[0], along[1], along[2]
                off = (nx * (x - mean[p, 0]) + ny * (y - mean[p, 1]) + nz * (z - mean[p, 2])) / spread
                weight = 1.0 / (1.0 + (off / CAP) ** 2) ** 2
                row[0], row[1], row[2] = y * nz - z * ny, z * nx - x * nz, x * ny - y * nx
                row[3], row[4], row[5] = nx, ny, nz
                row[6] = nx * x + ny * y + nz * z
                for a in range(7):
                    row[a] /= spread
                    right[a] += weight * row[a] * off
                for a in range(7):
                    for b in range(a, 7):
                        matrix[a, b] += weight * row[a] * row[b]
        solve(matrix, right, change)
        # The marks, less what was found; the mean head's axes, by as much towards them.
        undo = np.eye(3)
        turn(undo, -change[0], -change[1], -change[2])
        size = 1.0 - change[6]
        for p in range(count):
            x, y, z = places[p, 0] - change[3], places[p, 1] - change[4], places[p, 2] - change[5]
            for k in range(3):
                places[p, k] = size * (undo[k, 0] * x + undo[k, 1] * y + undo[k, 2] * z)
        before = rotation.copy()
        for i in range(3):
            for j in range(3):
                rotation[i, j] = (
                    before[i, 0] * undo[j, 0] + before[i, 1] * undo[j, 1] + before[i, 2] * undo[j, 2]
                )
