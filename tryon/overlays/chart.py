"""The canonical face's chart laid over a face in the picture: for each pixel where on the face it lies, and how it
faces.

A small rasteriser of its own: every face has the same few hundred triangles, and what lies nearest wins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, Rect
from tryon.geometry.head import template
from tryon.geometry.steady import Head
from tryon.geometry.wearer import normals
from tryon.overlays.canonical import triangles, uv
from tryon.perception import landmarks as at
from tryon.render.mesh import I32

# Skin that faces the camera less than this (cosine) is seen edge-on, and what is on it fades: landmarks there are
# guesses and a pixel is many millimetres wide.
EDGE_ON: Final = (0.10, 0.42)
# Where a nose hides the cheek behind it skin meets skin, and nothing need fade: not on the nose and beside it (so far
# from the middle, above and below the nasion, mm), but at the face's outline, within this part of the face's height.
NOSE_MM: Final = (26.0, 8.0, -58.0)
OUTLINE: Final = 0.018
# On its near side a turned face goes on to the ear, and the network squeezes the mesh's last centimetres into pixels:
# within this part of the face's height what is worn ends there.
NEAR_SIDE: Final = 0.09
# Sines of yaw: a face that is turned less has skin beyond its mesh's ends, which does without.
TURNED: Final = (0.09, 0.30)
# Pixels that no skin covers.
NOWHERE: Final = -1.0
_PLANES: Final = 4


@dataclass(slots=True)
class Chart:
    """One worker's buffers, and what they hold of the latest face.

    ``planes`` (4, height, width): u (``NOWHERE`` where there is no skin), v, how squarely the skin faces the camera
    (0..1, with the fade of what is seen edge-on), and the cosine to the half-way vector between light and camera. They
    tell the middles of blocks of ``step`` pixels along a side, the first at the rectangle's upper left.
    """

    rect: Rect = field(default_factory=lambda: Rect(0, 0, 0, 0))
    step: int = 1
    planes: F32 = field(default_factory=lambda: np.zeros((_PLANES, 0, 0), np.float32))
    _depth: F32 = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def lay(
        self, head: Head, half: tuple[float, float, float], width_px: int, height_px: int, step: int = 1
    ) -> bool:
        """Lay the chart over a head; ``half`` is the half-way vector in camera space. False: nothing is in view."""
        points = head.points_px[: at.SURFACE_COUNT]
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 2, int(high[1]) + 2).clip(width_px, height_px)
        if rect.empty:
            return False
        rows, columns = -(-rect.height // step), -(-rect.width // step)
        if self._depth.shape[0] < rows or self._depth.shape[1] < columns:
            shape = max(rows, self._depth.shape[0]), max(columns, self._depth.shape[1])
            self._depth = np.empty(shape, np.float32)
            self.planes = np.empty((_PLANES, *shape), np.float32)
        self.rect, self.step = rect, step
        placed = (points - np.array((rect.x0, rect.y0, 0.0), np.float32)) / np.array(
            (step, step, 1), np.float32
        )
        _lay(placed, triangles(), uv(), _turned(head, half), rows, columns, self._depth, self.planes)
        # A face that looks to the picture's left ends on its left against what is behind it.
        ahead = float(head.pose.rotation[0, 2])
        left, right = (
            (max(OUTLINE * rows, 1.0) * _ramp(side), NEAR_SIDE * rows * _ramp(-side))
            for side in (-ahead, ahead)
        )
        _fade(rows, columns, left, right, self.planes)
        return True


def _turned(head: Head, half: tuple[float, float, float]) -> F32:
    """Of each point, in camera space: how squarely it faces the camera, and the half-way vector (468, 2)."""
    turned = normals()[: at.SURFACE_COUNT] @ head.pose.rotation.T
    # The ray to a point near the picture's edge is not the axis.
    place = head.pose.translation_mm / np.linalg.norm(head.pose.translation_mm)
    facing = -(turned @ place)
    facing[_nose()] = np.maximum(facing[_nose()], EDGE_ON[1])
    return np.asarray(np.stack([facing, turned @ np.array(half)], axis=1), np.float32)


def _ramp(turned: float) -> float:
    low, high = TURNED
    return min(max((turned - low) / (high - low), 0.0), 1.0)


@cache
def _nose() -> at.Indices:
    aside, above, below = NOSE_MM
    x, y = template().points_mm[: at.SURFACE_COUNT, :2].T
    return np.flatnonzero((np.abs(x) < aside) & (y < above) & (y > below))


@kernel
def _lay(
    points: F32,
    corners: I32,
    chart: F32,
    facing: F32,
    height: int,
    width: int,
    depth: F32,
    planes: F32,
) -> None:
    for y in range(height):
        for x in range(width):
            depth[y, x] = 1e9
            planes[0, y, x] = NOWHERE
    low, high = EDGE_ON
    for k in range(corners.shape[0]):
        a, b, c = corners[k, 0], corners[k, 1], corners[k, 2]
        ax, ay = points[a, 0], points[a, 1]
        bx, by = points[b, 0], points[b, 1]
        cx, cy = points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        # Counter-clockwise from outside is negative here, where y points down.
        if area > -1e-6:
            continue
        top = max(math.ceil(min(ay, by, cy) - 0.5), 0)
        bottom = min(math.floor(max(ay, by, cy) - 0.5), height - 1)
        scale = 1.0 / area
        wbx, wby = (cy - ay) * scale, -(cx - ax) * scale
        wcx, wcy = -(by - ay) * scale, (bx - ax) * scale
        left0 = max(math.ceil(min(ax, bx, cx) - 0.5), 0)
        right0 = min(math.floor(max(ax, bx, cx) - 0.5), width - 1)
        za, zb, zc = points[a, 2], points[b, 2] - points[a, 2], points[c, 2] - points[a, 2]
        ua, ub, uc = chart[a, 0], chart[b, 0] - chart[a, 0], chart[c, 0] - chart[a, 0]
        va, vb, vc = chart[a, 1], chart[b, 1] - chart[a, 1], chart[c, 1] - chart[a, 1]
        fa, fb, fc = facing[a, 0], facing[b, 0] - facing[a, 0], facing[c, 0] - facing[a, 0]
        ha, hb, hc = facing[a, 1], facing[b, 1] - facing[a, 1], facing[c, 1] - facing[a, 1]
        for y in range(top, bottom + 1):
            py = y + 0.5 - ay
            # Where the row enters and leaves the triangle: each weight is a straight line along it.
            left, right = left0 + 0.0, right0 + 0.0
            for edge in range(3):
                if edge == 0:
                    rise, at_zero = wbx, py * wby + (0.5 - ax) * wbx
                elif edge == 1:
                    rise, at_zero = wcx, py * wcy + (0.5 - ax) * wcx
                else:
                    rise = -wbx - wcx
                    at_zero = 1.0 - py * (wby + wcy) - (0.5 - ax) * (wbx + wcx)
                if rise > 1e-9:
                    left = max(left, (-1e-5 - at_zero) / rise)
                elif rise < -1e-9:
                    right = min(right, (-1e-5 - at_zero) / rise)
                elif at_zero < -1e-5:
                    right = -1.0
            for x in range(math.ceil(left), math.floor(right) + 1):
                px = x + 0.5 - ax
                wb, wc = px * wbx + py * wby, px * wcx + py * wcy
                z = za + wb * zb + wc * zc
                if z >= depth[y, x]:
                    continue
                depth[y, x] = z
                planes[0, y, x] = ua + wb * ub + wc * uc
                planes[1, y, x] = va + wb * vb + wc * vc
                t = min(max((fa + wb * fb + wc * fc - low) / (high - low), 0.0), 1.0)
                planes[2, y, x] = t * t * (3.0 - 2.0 * t)
                planes[3, y, x] = ha + wb * hb + wc * hc


@inlined
def _rises(part: float) -> float:
    return min(max(part, 0.0), 1.0)


@kernel
def _fade(
    height: int, width: int, left: tuple[float, float], right: tuple[float, float], planes: F32
) -> None:
    """Fade what is near the two ends of each row: within the first of ``left`` and ``right`` it is nothing, from there
    on it rises over as much and the second."""
    for y in range(height):
        first, last = 0, width - 1
        while first < width and planes[0, y, first] < 0.0:
            first += 1
        while last > first and planes[0, y, last] < 0.0:
            last -= 1
        x = first
        while x <= last and x - first + 0.5 < 2.0 * left[0] + left[1]:
            planes[2, y, x] *= _rises((x - first + 0.5 - left[0]) / (left[0] + left[1]))
            x += 1
        x = last
        while x >= first and last - x + 0.5 < 2.0 * right[0] + right[1]:
            planes[2, y, x] *= _rises((last - x + 0.5 - right[0]) / (right[0] + right[1]))
            x -= 1
