"""The rasteriser: projected triangles into a supersampled buffer of depths and triangle numbers.

Camera space is OpenCV's: millimetres, x right, y down, z away from the camera. A triangle that is counter-clockwise
seen from outside, in a right-handed space turned into this one by a rotation, has a negative signed area on the
screen (y down) when its outside faces the camera.

Depth is kept as 1/z, which is linear across the screen; larger is nearer. Shading happens later and only for what
won (``shading``), so an overdrawn triangle costs its depth test alone.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel, quick, single, unsigned, whole
from tryon.frame import F32
from tryon.render.mesh import I32

EMPTY: Final = -1  # nothing was drawn on this sample
OCCLUDER: Final = -2  # a depth-only surface (the head) is nearest on this sample
# Triangles that reach nearer than this are dropped: no product is worn on the lens of the camera.
NEAR_MM: Final = 20.0
# Samples that are looked at together. Rows of a multiple of it are never read twice.
LANES: Final = 16
# Neighbours round their common edge differently, so each reaches over it by this part of itself, or of what its weights
# run through: a sample on the edge belongs to both rather than to neither.
SEAM: Final = 1e-6
_0, _1 = single(0), single(1)


@inlined
def aside(sample: int, samples: int) -> float:
    """How far a sample stands off the middle of its cell, in cells, by its row or column within the pixel.

    The samples of a pixel are rooks on a board ``samples``² wide that do not see each other: right by this in their
    row, and down by its negative in their column. So no two share a row or a column, and an edge that is nearly level
    crosses them one after another instead of a whole row at once (Shirley, "Discrepancy as a quality measure for sample
    distributions", 1991).
    """
    return 0.5 - (2 * sample + 1) / (2 * samples)


@kernel
def transform(
    points: F32, normals: F32, matrix: F32, view: tuple[float, float, float], out: F32
) -> tuple[float, float, float, float]:
    """Vertices (n, 3) and normals through the 4×4 ``matrix`` into ``out`` (n, 6): x and y in pixels, 1/z, normal.

    ``view`` is focal length and principal point. Points nearer than NEAR_MM get 1/z = 0. Returns the bounds in pixels
    of those before the camera: left, top, right, bottom (left > right: none).
    """
    focal, cx, cy = view
    left, top, right, bottom = 1e9, 1e9, -1e9, -1e9
    for i in range(points.shape[0]):
        px, py, pz = points[i, 0], points[i, 1], points[i, 2]
        x = matrix[0, 0] * px + matrix[0, 1] * py + matrix[0, 2] * pz + matrix[0, 3]
        y = matrix[1, 0] * px + matrix[1, 1] * py + matrix[1, 2] * pz + matrix[1, 3]
        z = matrix[2, 0] * px + matrix[2, 1] * py + matrix[2, 2] * pz + matrix[2, 3]
        if normals.shape[0] > 0:
            nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
            out[i, 3] = matrix[0, 0] * nx + matrix[0, 1] * ny + matrix[0, 2] * nz
            out[i, 4] = matrix[1, 0] * nx + matrix[1, 1] * ny + matrix[1, 2] * nz
            out[i, 5] = matrix[2, 0] * nx + matrix[2, 1] * ny + matrix[2, 2] * nz
        if z < NEAR_MM:
            out[i, 0] = 0.0
            out[i, 1] = 0.0
            out[i, 2] = 0.0
            continue
        inverse = 1.0 / z
        sx, sy = x * focal * inverse + cx, y * focal * inverse + cy
        out[i, 0] = sx
        out[i, 1] = sy
        out[i, 2] = inverse
        left, right = min(left, sx), max(right, sx)
        top, bottom = min(top, sy), max(bottom, sy)
    return left, top, right, bottom


@quick
def turn(tangents: F32, matrix: F32, out: F32) -> None:
    """Tangents (n, 4) by the rotation of the 4×4 ``matrix``; their sign stays."""
    for i in range(tangents.shape[0]):
        for k in range(3):
            out[i, k] = (
                matrix[k, 0] * tangents[i, 0] + matrix[k, 1] * tangents[i, 1] + matrix[k, 2] * tangents[i, 2]
            )
        out[i, 3] = tangents[i, 3]


@quick
def to_samples(vertices: F32, x0: int, y0: int, samples: int) -> None:
    """Pixels of the picture to samples of the rectangle that starts at (x0, y0), in place."""
    for i in range(vertices.shape[0]):
        vertices[i, 0] = (vertices[i, 0] - x0) * samples
        vertices[i, 1] = (vertices[i, 1] - y0) * samples


@kernel
def fill(
    triangles: I32,
    first: int,
    last: int,
    cull: I32,
    vertices: F32,
    depth: F32,
    numbers: I32,
    width: int,
    height: int,
    samples: int,
) -> None:
    """Draw triangles ``first`` … ``last - 1`` into ``depth`` and ``numbers`` (rows of at least ``width`` samples; what
    lies beyond may be written, too).

    ``samples`` along each side of a pixel stand as ``aside`` says; 1 for an even grid.

    A sample is taken where the triangle lies before ``depth``. ``numbers`` receives the triangle's number. ``cull``
    is non-zero for materials (the fourth column of ``triangles``) that are drawn only where they face the camera.
    """
    farthest, lower, half = single(aside(0, samples)), _1 / single(samples), single(0.5)
    # How far each column of samples stands below the middle of its row.
    stride = depth.shape[1]
    downs = np.empty(stride, np.float32)
    for x in range(stride):
        downs[x] = single(x % samples) * lower - farthest
    for t in range(first, last):
        a, b, c = unsigned(triangles[t, 0]), unsigned(triangles[t, 1]), unsigned(triangles[t, 2])
        az, bz, cz = vertices[a, 2], vertices[b, 2], vertices[c, 2]
        if az <= _0 or bz <= _0 or cz <= _0:
            continue
        ax, ay = vertices[a, 0], vertices[a, 1]
        bx, by = vertices[b, 0], vertices[b, 1]
        ex, ey = vertices[c, 0], vertices[c, 1]
        area = (bx - ax) * (ey - ay) - (ex - ax) * (by - ay)
        if area >= _0:
            if area == _0 or cull[triangles[t, 3]] != 0:
                continue
            bx, by, ex, ey = ex, ey, bx, by
            bz, cz = cz, bz
            area = -area
        # Samples lie about + 0.5.
        left = max(math.ceil(min(ax, bx, ex) - half - farthest), 0)
        right = min(math.floor(max(ax, bx, ex) - half + farthest), width - 1)
        top = max(math.ceil(min(ay, by, ey) - half - farthest), 0)
        bottom = min(math.floor(max(ay, by, ey) - half + farthest), height - 1)
        if left > right or top > bottom:
            continue
        # Whole runs of samples: which of them the triangle has is worked out for each, which is vector code without a
        # branch. To find a row's ends first costs more, for nothing foretells where they are.
        left = min(left // LANES * LANES, max(stride - LANES, 0))
        scale = _1 / area
        # Barycentric weights are affine on the screen.
        wbx, wby = (ey - ay) * scale, -(ex - ax) * scale
        wcx, wcy = -(by - ay) * scale, (bx - ax) * scale
        wax, way = -wbx - wcx, -wby - wcy
        zb, zc = bz - az, cz - az
        zx, zy = zb * wbx + zc * wcx, zb * wby + zc * wcy
        px, py = single(left) + half - ax, single(top) + half - ay
        wb, wc = px * wbx + py * wby, px * wcx + py * wcy
        z, wa = az + zb * wb + zc * wc, _1 - wb - wc
        # What is rounded off grows with how far the weights go within these runs.
        wide, high = single(right - left + LANES), single(bottom - top + 1)
        wa += single(SEAM) * (_1 + abs(wax) * wide + abs(way) * high)
        wb += single(SEAM) * (_1 + abs(wbx) * wide + abs(wby) * high)
        wc += single(SEAM) * (_1 + abs(wcx) * wide + abs(wcy) * high)
        row = top % samples
        for y in range(top, bottom + 1):
            aside_x, down = farthest - single(row) * lower, single(y - top)
            row = row + 1 if row + 1 < samples else 0
            a0, az0 = wa + aside_x * wax + down * way, z + aside_x * zx + down * zy
            b0, c0 = wb + aside_x * wbx + down * wby, wc + aside_x * wcx + down * wcy
            for start in range(left, right + 1, LANES):
                # The last run of a row ends with it, over what the one before has drawn.
                x = unsigned(max(min(start, stride - LANES), 0))
                along = single(x) - single(left)
                a1, b1, c1 = a0 + along * wax, b0 + along * wbx, c0 + along * wcx
                z1 = az0 + along * zx
                if stride >= LANES:
                    _take(
                        LANES, t, y, x, a1, b1, c1, z1, wax, wbx, wcx, zx, way, wby, wcy, zy, downs, depth, numbers
                    )  # fmt: skip
                else:
                    _take(
                        stride, t, y, x, a1, b1, c1, z1, wax, wbx, wcx, zx, way, wby, wcy, zy, downs, depth, numbers
                    )  # fmt: skip


@inlined
def _take(
    count: int, t: int, y: int, x: int, a: float, b: float, c: float, z: float, ax: float, bx: float, cx: float,
    zx: float, ay: float, by: float, cy: float, zy: float, downs: F32, depth: F32, numbers: I32,
) -> None:  # fmt: skip
    """Draw triangle ``t`` into ``count`` samples of row ``y`` from ``x`` on, given the three weights and 1/z at the
    first and by how much they grow across and down."""
    number = whole(t)
    for i in range(count):
        n, right = unsigned(x) + unsigned(i), single(i)
        down = downs[n]
        weight = min(a + right * ax + down * ay, b + right * bx + down * by, c + right * cx + down * cy)
        here, before, was = z + right * zx + down * zy, depth[y, n], numbers[y, n]
        nearer = (here > before) & (weight >= _0)
        depth[y, n] = here if nearer else before
        numbers[y, n] = number if nearer else was


@kernel
def fill_occluder(triangles: I32, vertices: F32, depth: F32) -> None:
    """Draw the near side of a closed surface into ``depth``.

    As ``fill`` does, by runs of samples without a branch. Each row's ends are taken one sample generously, within the
    triangle's own columns, so that no seam is left open: that moves an occluder's outline by half a pixel at most.
    """
    height, width = depth.shape
    half = single(0.5)
    for t in range(triangles.shape[0]):
        a, b, c = unsigned(triangles[t, 0]), unsigned(triangles[t, 1]), unsigned(triangles[t, 2])
        az, bz, cz = vertices[a, 2], vertices[b, 2], vertices[c, 2]
        if az <= _0 or bz <= _0 or cz <= _0:
            continue
        ax, ay = vertices[a, 0], vertices[a, 1]
        bx, by = vertices[b, 0], vertices[b, 1]
        ex, ey = vertices[c, 0], vertices[c, 1]
        area = (bx - ax) * (ey - ay) - (ex - ax) * (by - ay)
        left = max(math.ceil(min(ax, bx, ex) - half), 0)
        right = min(math.floor(max(ax, bx, ex) - half), width - 1)
        top = max(math.ceil(min(ay, by, ey) - half), 0)
        bottom = min(math.floor(max(ay, by, ey) - half), height - 1)
        if left > right or top > bottom or area >= _0:
            continue
        scale = _1 / area
        wbx, wby = (ey - ay) * scale, -(ex - ax) * scale
        wcx, wcy = -(by - ay) * scale, (bx - ax) * scale
        wax, way = -wbx - wcx, -wby - wcy
        zb, zc = bz - az, cz - az
        zx, zy = zb * wbx + zc * wcx, zb * wby + zc * wcy
        # Beyond its ends a triangle seen edge-on would shoot towards the camera.
        nearest = max(az, bz, cz)
        from_x = min(left // LANES * LANES, max(width - LANES, 0))
        px, py = single(from_x) + half - ax, single(top) + half - ay
        wb, wc = px * wbx + py * wby, px * wcx + py * wcy
        wa, z = _1 - wb - wc, az + zb * wb + zc * wc
        # One sample further than where a weight ends.
        wa, wb, wc = wa + abs(wax), wb + abs(wbx), wc + abs(wcx)
        for y in range(top, bottom + 1):
            down = single(y - top)
            a0, b0, c0, z0 = wa + down * way, wb + down * wby, wc + down * wcy, z + down * zy
            for start in range(from_x, right + 1, LANES):
                x = unsigned(max(min(start, width - LANES), 0))
                along = single(x) - single(from_x)
                a1, b1, c1, z1 = a0 + along * wax, b0 + along * wbx, c0 + along * wcx, z0 + along * zx
                before, after = single(x) - single(left), single(right) - single(x)
                if width >= LANES:
                    _cover(LANES, y, x, a1, b1, c1, z1, wax, wbx, wcx, zx, before, after, nearest, depth)
                else:
                    _cover(width, y, x, a1, b1, c1, z1, wax, wbx, wcx, zx, before, after, nearest, depth)


@inlined
def _cover(
    count: int, y: int, x: int, a: float, b: float, c: float, z: float, ax: float, bx: float, cx: float, zx: float,
    before: float, after: float, nearest: float, depth: F32,
) -> None:  # fmt: skip
    """Draw a triangle of an occluder into ``count`` samples of row ``y`` from ``x`` on, given the three weights and 1/z
    at the first and by how much they grow, and how far the triangle's columns begin before it and end after it."""
    for i in range(count):
        n, right = unsigned(x) + unsigned(i), single(i)
        weight = min(a + right * ax, b + right * bx, c + right * cx, before + right, after - right)
        here, was = min(z + right * zx, nearest), depth[y, n]
        depth[y, n] = here if (here > was) & (weight >= _0) else was


@kernel
def spread(small: F32, left: int, top: int, factor: int, depth: F32, numbers: I32) -> None:
    """Begin the samples' buffers from the occluder's, which has one value for ``factor`` × ``factor`` of them; they
    begin at its column ``left`` and row ``top``."""
    for y in range(0, depth.shape[0], factor):
        row = top + y // factor
        # Told as a constant, the usual number of them is vector code.
        if factor == 2:
            _widen(2, small, row, left, y, depth, numbers)
        else:
            _widen(factor, small, row, left, y, depth, numbers)
        # The other rows of these pixels are the same, and copied whole are vector code.
        for below in range(y + 1, y + factor):
            for x in range(depth.shape[1]):
                depth[below, x] = depth[y, x]
                numbers[below, x] = numbers[y, x]


@inlined
def _widen(factor: int, small: F32, row: int, left: int, y: int, depth: F32, numbers: I32) -> None:
    columns = min(depth.shape[1] // factor, small.shape[1] - left)
    for column in range(columns):
        z = small[unsigned(row), unsigned(left) + unsigned(column)]
        number = whole(OCCLUDER) if z > _0 else whole(EMPTY)
        for k in range(factor):
            depth[unsigned(y), unsigned(column * factor + k)] = z
            numbers[unsigned(y), unsigned(column * factor + k)] = number
