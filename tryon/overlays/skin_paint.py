"""The pass over a face's skin: every product on it at once.

Films are worked out for blocks of two pixels or more along a side, on their mean albedo, and told as what they
multiply each channel by; each pixel is multiplied by what lies between the blocks about it. What is finer than a block
is relief (pores, down, the camera's grain) and stays as it is, in full and without the blocks' edges, and the costly
part runs on a quarter of the pixels or fewer.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import kernel, unsigned, whole
from tryon.frame import F32, U8
from tryon.overlays.finishes import sparkle
from tryon.overlays.pigment import laid
from tryon.overlays.skin_blend import DARK, FLAKE_MM, blend
from tryon.overlays.skin_smooth import smooth_step
from tryon.render.transfer import code

# Skin's green and blue over its red, in white light, are at most this: what light is taken for may be off.
GREY_MOST: Final = 0.85
# Detail darker than this is no pigment, which films even out, but shade alone.
SHADE: Final = 0.6
# Detail brighter than this is shine.
SHINE_FROM: Final = 1.12
# Of what is brighter a finish without any shine takes this part: more, and pores go with it.
SHINE_PART: Final = 0.25
# Parts of linear white that a block's mean is counted in; of a block of 40 pixels a side it still has room.
COUNTED: Final = 1 << 20
# What is blown out stays so under a film: it was brighter than the picture tells.
BLOWN: Final = (0.70, 0.97)
# A block's channel is multiplied by at most so much: what was black has no colour to multiply.
GAIN_MAX: Final = 6.0
# What ends does so in blocks that face the camera by so much.
RIM_FACES: Final = 0.5
# A layer's row: film (9), finish (5), amount.
ROW_LENGTH: Final = 15


@kernel
def paint(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    planes: F32,
    areas: U8,
    layers: F32,
    grid: F32,
    cell: int,
    block: int,
    skin_bgr: F32,
    light: F32,
    pose: F32,
    visible: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Put the layers on in place, in the rectangle of that width and height at (x0, y0).

    ``areas`` (n, n, layers + 1) are their coverages in the canonical chart and, last, where no hair grows; ``layers``
    (layers, ROW_LENGTH) their films and finishes. ``planes`` are ``overlays.chart``'s by blocks of ``block`` pixels,
    ``grid`` skin's smooth luminance by cells of ``cell`` pixels. ``skin_bgr`` is the face's own linear colour,
    ``light`` that of a white shade, ``pose`` millimetres a pixel and the sines of yaw and pitch, then the chart's size
    in millimetres.
    """
    size, count = areas.shape[0], layers.shape[0]
    own = 0.0722 * skin_bgr[0] + 0.7152 * skin_bgr[1] + 0.2126 * skin_bgr[2]
    # Grey is what has the light's own colour: in blue light skin itself is no redder than the lamp is blue.
    white_b, white_g = light[2] / light[0], light[2] / light[1]
    grey_own = min(skin_bgr[0] * white_b, skin_bgr[1] * white_g) / max(skin_bgr[2], 1e-4)
    grey_own = min(grey_own, GREY_MOST)
    grey_low = grey_own + 0.55 * (1.0 - grey_own)
    grey_high = grey_own + 0.95 * (1.0 - grey_own) + 0.1
    grey_edge = grey_own + 0.85 * (1.0 - grey_own)
    rows, columns = grid.shape[0], grid.shape[1]
    light0, light1, light2 = light[0], light[1], light[2]
    away0, away1, away2 = 1.0 / light0, 1.0 / light1, 1.0 / light2
    down, across = (height + block - 1) // block, (width + block - 1) // block
    # Of each block: what it multiplies each channel by, light that is added, how well it is seen, one over the smooth
    # luminance, how much hair may grow there, and flakes.
    told = np.empty((down, across, 8), np.float32)
    # Whole numbers add up without waiting for one another.
    counted = np.empty(256, np.int32)
    for each in range(256):
        counted[each] = round(to_linear[each] * COUNTED)
    for row in range(down):
        top = row * block
        bottom = min(top + block, height)
        gy = min(max((0.5 * (top + bottom)) / cell - 0.5, 0.0), rows - 1.001)
        r0 = max(int(gy), 0)
        r1 = min(r0 + 1, rows - 1)
        gy -= r0
        for column in range(across):
            left = column * block
            right = min(left + block, width)
            told[row, column, 0], told[row, column, 1], told[row, column, 2] = 1.0, 1.0, 1.0
            told[row, column, 3], told[row, column, 4] = 0.0, 0.0
            u, v = planes[0, row, column], planes[1, row, column]
            fade = planes[2, row, column] * visible
            if u < 0.0 or fade <= 0.004:
                continue
            # The areas are smooth and their texels smaller than a pixel: the nearest will do.
            iu = min(max(int(u * size), 0), size - 1)
            iv = min(max(int(v * size), 0), size - 1)
            most = 0
            for layer in range(count):
                most = max(most, areas[iv, iu, layer])
            if most == 0:
                continue
            s0, s1, s2 = whole(0), whole(0), whole(0)
            for y in range(y0 + top, y0 + bottom):
                for x in range(x0 + left, x0 + right):
                    s0 += counted[bgr[unsigned(y), unsigned(x), 0]]
                    s1 += counted[bgr[unsigned(y), unsigned(x), 1]]
                    s2 += counted[bgr[unsigned(y), unsigned(x), 2]]
            mean = 1.0 / (COUNTED * ((bottom - top) * (right - left)))
            b, g, r, half = s0 * mean, s1 * mean, s2 * mean, max(planes[3, row, column], 0.0)
            film = fade * (1.0 - smooth_step(min(b, g), BLOWN[0], BLOWN[1]))
            gx = min(max((0.5 * (left + right)) / cell - 0.5, 0.0), columns - 1.001)
            c0 = max(int(gx), 0)
            c1 = min(c0 + 1, columns - 1)
            gx -= c0
            above = grid[r0, c0, 0] + (grid[r0, c1, 0] - grid[r0, c0, 0]) * gx
            below = grid[r1, c0, 0] + (grid[r1, c1, 0] - grid[r1, c0, 0]) * gx
            smooth = max(above + (below - above) * gy, 1e-4)
            detail = (0.0722 * b + 0.7152 * g + 0.2126 * r) / smooth
            relief = math.sqrt(detail) if detail > SHADE else detail * (1.0 / math.sqrt(SHADE))
            shading = max(smooth / own * relief, 1e-3)
            under = 1.0 / shading
            a0, a1, a2 = min(b * under * away0, 1.0), min(g * under * away1, 1.0), min(r * under * away2, 1.0)
            sheen, gloss, lustre, flakes = 1.0, 0.0, 0.0, 0.0
            for layer in range(count):
                w = areas[iv, iu, layer] * (1.0 / 255.0)
                if w < 0.004:
                    continue
                a0, a1, a2 = laid(layers, layer, w, a0, a1, a2)
                f = w * min(3.0 * layers[layer, 14], 1.0)
                sheen += f * (layers[layer, 10] - sheen)
                gloss += f * (layers[layer, 11] - gloss)
                lustre += f * (layers[layer, 12] - lustre)
                flakes += f * (layers[layer, 13] - flakes)
            # A powder takes shine off: as shading, for light taken off a channel alone would change the hue.
            metal = 1.0
            if detail > SHINE_FROM:
                metal -= SHINE_PART * (1.0 - sheen) * (detail - SHINE_FROM) / detail
            half4 = half * half * half * half
            # The 16th power for what is wet, the 8th for what is pearl.
            glow = 0.22 * gloss * half4 * half4 * half4 * half4
            if lustre > 0.0:
                shone = lustre * half4 * half4
                metal *= 1.0 + 0.7 * shone
                glow += 0.10 * shone * shading
            lit = shading * metal
            told[row, column, 0] += film * (min(a0 * lit * light0 / max(b, 1e-3), GAIN_MAX) - 1.0)
            told[row, column, 1] += film * (min(a1 * lit * light1 / max(g, 1e-3), GAIN_MAX) - 1.0)
            told[row, column, 2] += film * (min(a2 * lit * light2 / max(r, 1e-3), GAIN_MAX) - 1.0)
            told[row, column, 3] = fade * glow
            told[row, column, 4] = fade
            told[row, column, 5] = 1.0 / smooth
            # Where no hair grows what is dark is a fold, a shadow or a nostril: it wears what skin beside it wears.
            told[row, column, 6] = 1.0 - areas[iv, iu, count] * (1.0 / 255.0)
            told[row, column, 7] = 0.4 * fade * flakes * shading
    # Beside blocks that wear something lie some that wear nothing, in which it ends: else each block's edge would show.
    for row in range(down):
        for column in range(across):
            # At a turned face's outline all has faded before, and nothing ends beyond it.
            if (
                told[row, column, 4] > 0.0
                or planes[0, row, column] < 0.0
                or planes[2, row, column] < RIM_FACES
            ):
                continue
            for beside in range(9):
                r0, c0 = row + beside // 3 - 1, column + beside % 3 - 1
                if 0 <= r0 < down and 0 <= c0 < across and told[r0, c0, 4] > 0.0:
                    told[row, column, 4] = -told[r0, c0, 4]
                    told[row, column, 3], told[row, column, 7] = 0.0, 0.0
                    told[row, column, 5], told[row, column, 6] = told[r0, c0, 5], told[r0, c0, 6]
    greys = np.array((grey_low, grey_high, grey_edge, white_b, white_g), np.float32)
    blend(bgr, x0, y0, width, height, planes, told, block, greys, light, pose, visible, to_linear, to_srgb)


@kernel
def lay_texture(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    planes: F32,
    texture: F32,
    row: F32,
    grid: F32,
    cell: int,
    skin_bgr: F32,
    light: F32,
    pose: F32,
    visible: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Lay a face paint over the skin in place: ``texture`` (n, n, 4) is linear blue, green, red times alpha, and alpha;
    ``row`` its finish and amount as a layer's. The rest is ``paint``'s."""
    size = texture.shape[0]
    own = 0.0722 * skin_bgr[0] + 0.7152 * skin_bgr[1] + 0.2126 * skin_bgr[2]
    rows, columns = grid.shape[0], grid.shape[1]
    for y in range(height):
        r0 = min(max(int((y + 0.5) / cell), 0), rows - 1)
        for x in range(width):
            u = planes[0, y, x]
            if u < 0.0:
                continue
            fu = min(max(u * size - 0.5, 0.0), size - 1.001)
            fv = min(max(planes[1, y, x] * size - 0.5, 0.0), size - 1.001)
            iu, iv = int(fu), int(fv)
            fu -= iu
            fv -= iv
            w00, w01, w10, w11 = (1 - fu) * (1 - fv), fu * (1 - fv), (1 - fu) * fv, fu * fv
            alpha = (
                w00 * texture[iv, iu, 3] + w01 * texture[iv, iu + 1, 3]
                + w10 * texture[iv + 1, iu, 3] + w11 * texture[iv + 1, iu + 1, 3]
            )  # fmt: skip
            cover = alpha * row[14] * planes[2, y, x] * visible
            if cover < 0.004:
                continue
            b = to_linear[bgr[y0 + y, x0 + x, 0]]
            g = to_linear[bgr[y0 + y, x0 + x, 1]]
            r = to_linear[bgr[y0 + y, x0 + x, 2]]
            smooth = max(grid[r0, min(max(int((x + 0.5) / cell), 0), columns - 1), 0], 1e-4)
            detail = (0.0722 * b + 0.7152 * g + 0.2126 * r) / smooth
            cover *= smooth_step(detail, 0.6 * DARK[0], 0.8 * DARK[1])
            shading = (0.25 + 0.75 * smooth / own) * math.sqrt(min(max(detail, 0.05), 1.6))
            half = max(planes[3, y, x], 0.0)
            half4 = half * half * half * half
            shading *= 1.0 + 0.7 * row[12] * half4 * half4
            more = 0.0
            if row[13] > 0.0:
                more = (
                    0.5
                    * row[13]
                    * shading
                    * sparkle(u * pose[3], planes[1, y, x] * pose[4], pose[0], FLAKE_MM, pose[1], pose[2])
                )
            for channel in range(3):
                color = (
                    w00 * texture[iv, iu, channel] + w01 * texture[iv, iu + 1, channel]
                    + w10 * texture[iv + 1, iu, channel] + w11 * texture[iv + 1, iu + 1, channel]
                ) / alpha  # fmt: skip
                before = to_linear[bgr[y0 + y, x0 + x, channel]]
                after = (color * shading + more) * light[channel]
                bgr[y0 + y, x0 + x, channel] = code(before + (after - before) * cover, to_srgb)
