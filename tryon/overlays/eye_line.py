"""The pass of liner and lashes over an eye's rectangle."""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import kernel, single
from tryon.frame import F32, U8
from tryon.overlays.eye_places import FLAKE_MM, LASHES, LINER, ROLE
from tryon.overlays.eye_shape import INNER, LINE_HIGH, LINE_LOW, OUTER, ROWS, UNDER_HIGH, UNDER_LOW, UPPER
from tryon.overlays.eyeliner import line_cover
from tryon.overlays.finishes import sparkle
from tryon.overlays.pigment import laid
from tryon.render.transfer import code


@kernel
def lay_lines(
    bgr: U8,
    x0: int,
    y0: int,
    bare: U8,
    lashes: F32,
    layers: F32,
    levels: F32,
    eye: F32,
    liner_soft: float,
    own: float,
    light: F32,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Put the layers that are liner and lashes on in place; ``lashes`` (h, w) is their coverage and starts at pixel
    (x0, y0), ``levels`` (steps, ROWS) are the eye's heights, and ``bare`` (h, w, 3) tells the skin's shading: what was
    there before any powder. The rest is ``overlays.eye_paint``'s."""
    height, width = lashes.shape
    ox, oy, tx, ty, ux, uy = eye[0], eye[1], eye[2], eye[3], eye[4], eye[5]
    wide, visible, edge = eye[6], eye[7], eye[14]
    pixel_mm, turn_x, turn_y = eye[11], eye[12], eye[13]
    dark0, dark1, dark2 = 1.0 / light[0], 1.0 / light[1], 1.0 / light[2]
    steps, count = levels.shape[0], layers.shape[0]
    has_liner, none = False, single(0.0)
    for layer in range(count):
        has_liner = has_liner or int(layers[layer, ROLE]) == LINER
    per_wide, per_own, per_step = 1.0 / wide, 1.0 / own, (steps - 1) / (OUTER - INNER)
    # Of each place: how steep the lid's edge is, and where lines begin and end.
    squares = np.empty(steps - 1, np.float32)
    bands = np.empty((steps - 1, 4), np.float32)
    for k in range(steps - 1):
        slope = (levels[k + 1, UPPER] - levels[k, UPPER]) * per_step * per_wide
        squares[k] = 1.0 / math.sqrt(1.0 + slope * slope)
        reach = edge / squares[k] + 1.0
        bands[k, 0] = min(levels[k, LINE_LOW], levels[k + 1, LINE_LOW]) - reach
        bands[k, 1] = max(levels[k, LINE_HIGH], levels[k + 1, LINE_HIGH]) + reach
        bands[k, 2] = min(levels[k, UNDER_LOW], levels[k + 1, UNDER_LOW]) - reach
        bands[k, 3] = max(levels[k, UNDER_HIGH], levels[k + 1, UNDER_HIGH]) + reach
    level = np.empty(ROWS, np.float32)
    lowest, highest = min(bands[:, 0].min(), bands[:, 2].min()), max(bands[:, 1].max(), bands[:, 3].max())
    for y in range(height):
        begin = single((x0 + 0.5 - ox) * ux + (y0 + y + 0.5 - oy) * uy)
        for x in range(width):
            # Most pixels are above all lines and between the lashes.
            high = begin + single(x) * ux
            if lashes[y, x] == none and not (has_liner and lowest < high < highest):
                continue
            dx, dy = x0 + x + 0.5 - ox, y0 + y + 0.5 - oy
            t, n = dx * tx + dy * ty, dx * ux + dy * uy
            place = (t * per_wide - INNER) * per_step
            if place < 0.0 or place > steps - 1.001:
                continue
            k = int(place)
            lash, line = lashes[y, x], 0.0
            if has_liner and ((bands[k, 0] < n < bands[k, 1]) or (bands[k, 2] < n < bands[k, 3])):
                part = place - k
                for row in range(LINE_LOW, ROWS):
                    level[row] = levels[k, row] + (levels[k + 1, row] - levels[k, row]) * part
                line = line_cover(level, n, squares[k], edge, liner_soft)
            if max(line, lash) * visible < 0.004:
                continue
            o0, o1, o2 = (
                to_linear[bgr[y0 + y, x0 + x, 0]],
                to_linear[bgr[y0 + y, x0 + x, 1]],
                to_linear[bgr[y0 + y, x0 + x, 2]],
            )
            luminance = (
                0.0722 * to_linear[bare[y, x, 0]]
                + 0.7152 * to_linear[bare[y, x, 1]]
                + 0.2126 * to_linear[bare[y, x, 2]]
            )
            shade = min(max(luminance * per_own, 0.35), 1.2)
            under = 1.0 / shade
            for layer in range(count):
                role = int(layers[layer, ROLE])
                w = line if role == LINER else (lash if role == LASHES else 0.0)
                w *= visible
                if w < 0.004:
                    continue
                a0, a1, a2 = (
                    min(o0 * under * dark0, 1.0), min(o1 * under * dark1, 1.0), min(o2 * under * dark2, 1.0),
                )  # fmt: skip
                a0, a1, a2 = laid(layers, layer, 1.0, a0, a1, a2)
                flash = 0.0
                if layers[layer, 13] > 0.0:
                    flash = (
                        0.5
                        * layers[layer, 13]
                        * sparkle(t * pixel_mm, n * pixel_mm, pixel_mm, FLAKE_MM, turn_x, turn_y)
                    )
                lit = shade * (1.0 + 0.5 * layers[layer, 12])
                o0 += w * ((a0 * lit + flash) * light[0] - o0)
                o1 += w * ((a1 * lit + flash) * light[1] - o1)
                o2 += w * ((a2 * lit + flash) * light[2] - o2)
            bgr[y0 + y, x0 + x, 0] = code(o0, to_srgb)
            bgr[y0 + y, x0 + x, 1] = code(o1, to_srgb)
            bgr[y0 + y, x0 + x, 2] = code(o2, to_srgb)
