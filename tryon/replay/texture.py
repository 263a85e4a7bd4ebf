"""Textured triangles laid over a picture, with each pixel the mean of its samples."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel, single, unsigned
from tryon.frame import F32, F64, U8
from tryon.render.mesh import I32

# Samples a pixel, along each side.
SAMPLES: Final = 2


@kernel
def lay_over(
    bgr: U8,
    x0: int,
    y0: int,
    numbers: I32,
    triangles: I32,
    vertices: F32,
    uv: F32,
    texels: U8,
    gain: F32,
) -> None:
    """Texture each sample, average a pixel's samples, and lay the result over ``bgr`` in place.

    ``numbers`` (rows, columns) names the nearest triangle of each sample of the rectangle at (x0, y0), ``vertices``
    (n, 6) are in samples with 1/z third, ``uv`` (n, 2) in texels, ``texels`` premultiplied BGRA; ``gain`` (n,) how
    much more light falls on a vertex than when its texels were taken.
    """
    rows, columns = numbers.shape[0] // SAMPLES, numbers.shape[1] // SAMPLES
    height, width = texels.shape[0], texels.shape[1]
    planes = _planes(triangles, vertices, uv, gain)
    for py in range(rows):
        for px in range(columns):
            blue = green = red = alpha = single(0)
            for s in range(SAMPLES * SAMPLES):
                sy, sx = py * SAMPLES + s // SAMPLES, px * SAMPLES + s % SAMPLES
                if numbers[sy, sx] < 0:
                    continue
                plane = planes[unsigned(numbers[sy, sx])]
                x, y = sx + 0.5 - plane[0], sy + 0.5 - plane[1]
                # Affine on the screen is a value over distance (perspective-correct interpolation).
                inverse = 1.0 / (plane[2] + plane[3] * x + plane[4] * y)
                u = (plane[5] + plane[6] * x + plane[7] * y) * inverse - 0.5
                v = (plane[8] + plane[9] * x + plane[10] * y) * inverse - 0.5
                light = (plane[11] + plane[12] * x + plane[13] * y) * inverse
                u, v = min(max(u, 0.0), width - 1.001), min(max(v, 0.0), height - 1.001)
                i, j = unsigned(int(u)), unsigned(int(v))
                fu, fv = u - i, v - j
                left, right = (1.0 - fu) * (1.0 - fv), fu * (1.0 - fv)
                lower, corner = (1.0 - fu) * fv, fu * fv
                blue += single(min(_between(texels, i, j, 0, left, right, lower, corner) * light, 255.0))
                green += single(min(_between(texels, i, j, 1, left, right, lower, corner) * light, 255.0))
                red += single(min(_between(texels, i, j, 2, left, right, lower, corner) * light, 255.0))
                alpha += single(_between(texels, i, j, 3, left, right, lower, corner))
            if alpha == 0.0:
                continue
            through = 1.0 - alpha / (255.0 * SAMPLES * SAMPLES)
            for k, total in enumerate((blue, green, red)):
                value = bgr[y0 + py, x0 + px, k] * through + total / (SAMPLES * SAMPLES)
                bgr[y0 + py, x0 + px, k] = int(min(max(value + 0.5, 0.0), 255.0))


@kernel
def _planes(triangles: I32, vertices: F32, uv: F32, gain: F32) -> F64:
    """Of each triangle its first corner, then what 1/z, u/z, v/z and gain/z are there and gain across and down."""
    planes = np.empty((triangles.shape[0], 14))
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = float(vertices[a, 0]), float(vertices[a, 1])
        bx, by = vertices[b, 0] - ax, vertices[b, 1] - ay
        cx, cy = vertices[c, 0] - ax, vertices[c, 1] - ay
        scale = 1.0 / (bx * cy - cx * by)
        planes[t, 0], planes[t, 1] = ax, ay
        for n in range(4):
            at_a, at_b, at_c = float(vertices[a, 2]), float(vertices[b, 2]), float(vertices[c, 2])
            if n == 3:
                at_a, at_b, at_c = at_a * gain[a], at_b * gain[b], at_c * gain[c]
            elif n > 0:
                at_a, at_b, at_c = at_a * uv[a, n - 1], at_b * uv[b, n - 1], at_c * uv[c, n - 1]
            to_b, to_c = at_b - at_a, at_c - at_a
            planes[t, 2 + 3 * n] = at_a
            planes[t, 3 + 3 * n] = (to_b * cy - to_c * by) * scale
            planes[t, 4 + 3 * n] = (to_c * bx - to_b * cx) * scale
    return planes


@inlined
def _between(
    texels: U8, i: int, j: int, k: int, left: float, right: float, lower: float, corner: float
) -> float:
    """Bilinear, of channel ``k``; the four weights are those of the texels from (i, j) row by row."""
    one = unsigned(1)
    between: float = (
        texels[j, i, k] * left
        + texels[j, i + one, k] * right
        + texels[j + one, i, k] * lower
        + texels[j + one, i + one, k] * corner
    )
    return between
