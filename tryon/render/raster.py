"""The rasteriser: projected triangles into a supersampled buffer of depths and triangle numbers.

Camera space is OpenCV's: millimetres, x right, y down, z away from the camera. A triangle that is counter-clockwise
seen from outside, in a right-handed space turned into this one by a rotation, has a negative signed area on the
screen (y down) when its outside faces the camera.

Depth is kept as 1/z, which is linear across the screen; larger is nearer. Shading happens later and only for what
won (``shading``), so an overdrawn triangle costs its depth test alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from tryon.frame import F32
from tryon.render.mesh import I32

SUPERSAMPLE: Final = 2  # samples along each side of a pixel
EMPTY: Final = -1  # nothing was drawn on this sample
OCCLUDER: Final = -2  # a depth-only surface (the head) is nearest on this sample
# Triangles that reach nearer than this are dropped: no product is worn on the lens of the camera.
NEAR_MM: Final = 20.0


@njit(cache=True, nogil=True, fastmath=True)
def project(points: F32, focal: float, cx: float, cy: float, x0: int, y0: int, out: F32) -> None:
    """Camera-space ``points`` (n, 3) to samples: ``out`` (n, 3) gets x and y in samples of the rectangle that
    starts at pixel (x0, y0), and 1/z. Points behind the near plane get 1/z = 0."""
    for i in range(points.shape[0]):
        z = points[i, 2]
        if z < NEAR_MM:
            out[i, 0] = 0.0
            out[i, 1] = 0.0
            out[i, 2] = 0.0
        else:
            inverse = 1.0 / z
            out[i, 0] = (points[i, 0] * focal * inverse + cx - x0) * SUPERSAMPLE
            out[i, 1] = (points[i, 1] * focal * inverse + cy - y0) * SUPERSAMPLE
            out[i, 2] = inverse


@njit(cache=True, nogil=True, fastmath=True)
def fill(
    triangles: I32,
    first: int,
    last: int,
    two_sided: F32,
    screen: F32,
    limit: F32,
    depth: F32,
    numbers: I32,
    width: int,
    height: int,
    constant: int,
) -> None:
    """Draw triangles ``first`` … ``last - 1`` into ``depth`` and ``numbers`` (rows of at least ``width`` samples).

    A sample is taken where the triangle lies before both ``limit`` (the opaque depth when transparent surfaces are
    drawn; a buffer may be its own limit) and ``depth``. ``numbers`` receives the triangle's number, or ``constant`` where that is below -1. ``two_sided`` (m,) is
    non-zero for triangles that are drawn whichever way they face.
    """
    for t in range(first, last):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        az, bz, cz = screen[a, 2], screen[b, 2], screen[c, 2]
        if az <= 0.0 or bz <= 0.0 or cz <= 0.0:
            continue
        ax, ay = screen[a, 0], screen[a, 1]
        bx, by = screen[b, 0], screen[b, 1]
        ex, ey = screen[c, 0], screen[c, 1]
        area = (bx - ax) * (ey - ay) - (ex - ax) * (by - ay)
        if area >= 0.0:
            if area == 0.0 or two_sided[t] == 0.0:
                continue
            bx, by, ex, ey = ex, ey, bx, by
            bz, cz = cz, bz
            area = -area
        # Sample centres lie at + 0.5.
        left = int(np.ceil(min(ax, min(bx, ex)) - 0.5))
        right = int(np.floor(max(ax, max(bx, ex)) - 0.5))
        top = int(np.ceil(min(ay, min(by, ey)) - 0.5))
        bottom = int(np.floor(max(ay, max(by, ey)) - 0.5))
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, width - 1), min(bottom, height - 1)
        if left > right or top > bottom:
            continue
        scale = 1.0 / area
        # Barycentric weights are affine on the screen: w = w0 + x * wx + y * wy.
        px, py = left + 0.5, top + 0.5
        wbx, wby = (ey - ay) * scale, -(ex - ax) * scale
        wcx, wcy = -(by - ay) * scale, (bx - ax) * scale
        wb_row = (px - ax) * wbx + (py - ay) * wby
        wc_row = (px - ax) * wcx + (py - ay) * wcy
        zx = (bz - az) * wbx + (cz - az) * wcx
        for y in range(top, bottom + 1):
            wb, wc = wb_row, wc_row
            z = az + (bz - az) * wb + (cz - az) * wc
            for x in range(left, right + 1):
                if wb >= 0.0 and wc >= 0.0 and wb + wc <= 1.0 and z > depth[y, x] and z > limit[y, x]:
                    depth[y, x] = z
                    numbers[y, x] = constant if constant < EMPTY else t
                wb += wbx
                wc += wcx
                z += zx
            wb_row += wby
            wc_row += wcy
