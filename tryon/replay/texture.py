"""Textured triangles laid over a picture, with each pixel the mean of its samples."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8
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
    total = np.zeros(4, np.float32)
    for py in range(rows):
        for px in range(columns):
            total[:] = 0.0
            for s in range(SAMPLES * SAMPLES):
                sy, sx = py * SAMPLES + s // SAMPLES, px * SAMPLES + s % SAMPLES
                t = numbers[sy, sx]
                if t < 0:
                    continue
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                ax, ay = vertices[a, 0], vertices[a, 1]
                bx, by = vertices[b, 0] - ax, vertices[b, 1] - ay
                cx, cy = vertices[c, 0] - ax, vertices[c, 1] - ay
                x, y = sx + 0.5 - ax, sy + 0.5 - ay
                scale = 1.0 / (bx * cy - cx * by)
                wb, wc = (x * cy - cx * y) * scale, (bx * y - x * by) * scale
                # Affine on the screen is weight over distance (perspective-correct interpolation).
                wa = (1.0 - wb - wc) * vertices[a, 2]
                wb, wc = wb * vertices[b, 2], wc * vertices[c, 2]
                inverse = 1.0 / (wa + wb + wc)
                u = (wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]) * inverse - 0.5
                v = (wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]) * inverse - 0.5
                light = (wa * gain[a] + wb * gain[b] + wc * gain[c]) * inverse
                u, v = min(max(u, 0.0), width - 1.001), min(max(v, 0.0), height - 1.001)
                i, j = int(u), int(v)
                fu, fv = u - i, v - j
                for k in range(4):
                    upper = texels[j, i, k] * (1.0 - fu) + texels[j, i + 1, k] * fu
                    lower = texels[j + 1, i, k] * (1.0 - fu) + texels[j + 1, i + 1, k] * fu
                    value = upper * (1.0 - fv) + lower * fv
                    total[k] += value if k == 3 else min(value * light, 255.0)
            if total[3] == 0.0:
                continue
            through = 1.0 - total[3] / (255.0 * SAMPLES * SAMPLES)
            for k in range(3):
                value = bgr[y0 + py, x0 + px, k] * through + total[k] / (SAMPLES * SAMPLES)
                bgr[y0 + py, x0 + px, k] = int(min(max(value + 0.5, 0.0), 255.0))
