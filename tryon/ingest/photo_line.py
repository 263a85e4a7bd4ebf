"""Closed lines in a picture that is unrolled about a point: a row an angle, a column a step outwards.

A line is a radius for each of ANGLES angles, in steps or pixels.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F64

ANGLES: Final = 720
# So many steps a line may go out or in from one angle to the next.
_ASIDE_MAX: Final = 12
# Third differences of radii weigh this much: waves shorter than six degrees are noise.
_STIFF: Final = 30.0
_FORBIDDEN: Final = 1e5
# Steps about a line's place within which its edge is looked for, and the part of a whole edge that is one.
_NEAR: Final = 4
_EDGE_PART: Final = 0.25


def closed_path(cost: F64, aside: float) -> F64:
    """The cheapest closed line, as an index a row: twice around, of which the middle is kept."""
    count, reach = cost.shape
    # Where no line gets through without a forbidden place, the one with the fewest is taken.
    cost = np.minimum(cost, _FORBIDDEN)
    rows = np.concatenate((cost, cost))
    total = rows[0].copy()
    came = np.zeros((2 * count, reach), np.int8)
    asides = np.arange(-_ASIDE_MAX, _ASIDE_MAX + 1)
    price = aside * asides.astype(np.float64) ** 2
    padded = np.full(reach + 2 * _ASIDE_MAX, np.inf)
    for row in range(1, 2 * count):
        padded[_ASIDE_MAX : _ASIDE_MAX + reach] = total
        ways = np.stack([padded[_ASIDE_MAX + a : _ASIDE_MAX + a + reach] for a in asides]) + price[:, None]
        pick = ways.argmin(axis=0)
        came[row] = asides[pick]
        total = ways[pick, np.arange(reach)] + rows[row]
    at = int(total.argmin())
    path = np.zeros(2 * count)
    for row in range(2 * count - 1, -1, -1):
        path[row] = at
        at += int(came[row, at])
    half = count // 2
    return np.roll(path[half : half + count], half)


def refined(path: F64, edge: F64, strong: float) -> F64:
    """To a part of a step, where there is an edge: the vertex of a parabola through its peak."""
    found = path.copy()
    reach = edge.shape[1]
    for row, at in enumerate(path.astype(int)):
        low, high = max(at - _NEAR, 1), min(at + _NEAR + 1, reach - 1)
        peak = low + int(edge[row, low:high].argmax())
        if edge[row, peak] < _EDGE_PART * strong:
            continue
        before, top, after = edge[row, peak - 1 : peak + 2]
        bend = before - 2 * top + after
        found[row] = peak + (0.5 * (before - after) / bend if bend < 0 else 0.0)
    return found


def bites(radii: F64, hollow_px: float) -> NDArray[np.bool_]:
    """Where the line lies within its own convex hull by more than openings do."""
    angles = np.arange(ANGLES) / ANGLES * 2 * np.pi
    points = np.column_stack((radii * np.cos(angles), radii * np.sin(angles)))
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    closed = np.concatenate((hull, hull[:1]))
    dense = np.concatenate([np.linspace(a, b, 60) for a, b in pairwise(closed)])
    way = np.arctan2(dense[:, 1], dense[:, 0]) % (2 * np.pi)
    order = np.argsort(way)
    reach = np.interp(angles, way[order], np.hypot(*dense.T)[order], period=2 * np.pi)
    bitten = reach - radii > hollow_px
    if not bitten.any():
        return bitten
    # The line rounds off where a bite begins.
    return widened(bitten, 6)


def smooth(radii: F64, weight: F64) -> F64:
    """The stiff closed line nearest to these radii, by weight (Whittaker's smoother, third differences)."""
    system = _stiffness() + np.diag(weight + 1e-9)
    return np.asarray(np.linalg.solve(system, weight * radii), np.float64)


@cache
def _stiffness() -> F64:
    identity = np.eye(ANGLES)
    third = np.roll(identity, -2, 1) - 3 * np.roll(identity, -1, 1) + 3 * identity - np.roll(identity, 1, 1)
    return np.asarray(_STIFF * third.T @ third, np.float64)


def widened(run: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """The run and ``by`` angles on both its sides."""
    tiled = np.convolve(np.tile(run, 3), np.ones(2 * by + 1), "same")
    return np.asarray(tiled[ANGLES : 2 * ANGLES] > 0, np.bool_)


def shrunk(run: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """The run without ``by`` angles at both its ends."""
    return ~widened(~run, by)


def rough(radii: F64, where: NDArray[np.bool_]) -> float:
    """How much the line's bend changes along it, as a sum of squares."""
    wave = np.fft.rfft(radii)
    soft = np.fft.irfft(wave * np.exp(-2 * (np.pi * np.arange(len(wave)) * 4.0 / ANGLES) ** 2), ANGLES)
    angles = np.arange(ANGLES) / ANGLES * 2 * np.pi
    line = np.column_stack((soft * np.cos(angles), soft * np.sin(angles)))
    step = np.roll(line, -1, axis=0) - line
    heading = np.arctan2(step[:, 1], step[:, 0])
    bend = (np.roll(heading, -1) - heading + np.pi) % (2 * np.pi) - np.pi
    bend /= np.maximum(np.linalg.norm(step, axis=1), 1e-6)
    change = np.roll(bend, -6) - bend
    return float((change[where] ** 2).sum())
