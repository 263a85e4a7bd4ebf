"""The pass over a face's skin: every product on it at once.

Films are worked out for blocks of two or three pixels along a side, on their mean albedo, and told as what they
multiply each channel by; each pixel of the block is multiplied. What is finer than a block is relief (pores, down,
the camera's grain) and stays as it is, in full, and the costly part runs on a quarter of the pixels or fewer.
"""

from __future__ import annotations

import math
from typing import Final

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.overlays.finishes import sparkle
from tryon.overlays.pigment import laid
from tryon.render.transfer import code

# Skin is no darker than this part of the skin around it: what is, is hair, a frame, a nostril. And no greyer.
DARK: Final = (0.42, 0.86)
GREY: Final = (0.30, 0.52)
# A face turned by more than this (a sine) ends before the room, and what is grey at its outline is that.
SIDEWAYS: Final = 0.2
# Detail darker than this is no pigment, which films even out, but shade alone.
SHADE: Final = 0.6
# The part of fine detail that stays on top of every film, as an exponent; the rest is albedo, which films even out.
# One half, for a square root is quick.
SHINE_FROM: Final = 1.12
# Of what is brighter a finish without any shine takes this part: more, and pores go with it.
SHINE_PART: Final = 0.25
FLAKE_MM: Final = 0.5
# A block's channel is multiplied by at most so much: what was black has no colour to multiply.
GAIN_MAX: Final = 6.0
# A layer's row: film (9), finish (5), amount.
ROW_LENGTH: Final = 15


@inlined
def _step(value: float, low: float, high: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@kernel
def smooth_skin(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    planes: F32,
    block: int,
    skin: float,
    cell: int,
    grid: F32,
    to_linear: F32,
) -> None:
    """Mean luminance of skin about each cell of ``cell`` pixels into ``grid`` (rows, columns, 2), whose second plane is
    scratch. What is much darker or brighter than ``skin``, the face's own luminance, has no say. ``planes`` tell blocks
    of so many pixels a side, of which a cell has a whole number."""
    rows, columns = grid.shape[0], grid.shape[1]
    middle, skip = block // 2, 2 if block == 1 else 1
    for r in range(rows):
        for c in range(columns):
            total, weight = 0.0, 0.0
            for py in range(r * cell // block, (min((r + 1) * cell, height) - middle - 1) // block + 1, skip):
                for px in range(
                    c * cell // block, (min((c + 1) * cell, width) - middle - 1) // block + 1, skip
                ):
                    if planes[0, py, px] < 0.0:
                        continue
                    y, x = py * block + middle, px * block + middle
                    luminance = (
                        0.0722 * to_linear[bgr[y0 + y, x0 + x, 0]]
                        + 0.7152 * to_linear[bgr[y0 + y, x0 + x, 1]]
                        + 0.2126 * to_linear[bgr[y0 + y, x0 + x, 2]]
                    )
                    relative = luminance / skin
                    w = _step(relative, 0.16, 0.5) * (1.0 - 0.9 * _step(relative, 1.8, 2.8))
                    total += w * luminance
                    weight += w
            grid[r, c, 0] = total
            grid[r, c, 1] = weight
    # Three passes of a small binomial, of totals and weights alike: holes fill from their neighbours.
    for _ in range(3):
        for r in range(rows):
            before0, before1 = grid[r, 0, 0], grid[r, 0, 1]
            for c in range(columns):
                n = min(c + 1, columns - 1)
                own0, own1 = grid[r, c, 0], grid[r, c, 1]
                grid[r, c, 0] = 0.25 * before0 + 0.5 * own0 + 0.25 * grid[r, n, 0]
                grid[r, c, 1] = 0.25 * before1 + 0.5 * own1 + 0.25 * grid[r, n, 1]
                before0, before1 = own0, own1
        for c in range(columns):
            before0, before1 = grid[0, c, 0], grid[0, c, 1]
            for r in range(rows):
                n = min(r + 1, rows - 1)
                own0, own1 = grid[r, c, 0], grid[r, c, 1]
                grid[r, c, 0] = 0.25 * before0 + 0.5 * own0 + 0.25 * grid[n, c, 0]
                grid[r, c, 1] = 0.25 * before1 + 0.5 * own1 + 0.25 * grid[n, c, 1]
                before0, before1 = own0, own1
    prior = 0.08 * (cell // (block * skip)) ** 2
    for r in range(rows):
        for c in range(columns):
            grid[r, c, 0] = (grid[r, c, 0] + prior * skin) / (grid[r, c, 1] + prior)


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
    grey_own = min(skin_bgr[0], skin_bgr[1]) / max(skin_bgr[2], 1e-4)
    grey_low = grey_own + 0.55 * (1.0 - grey_own)
    grey_high = grey_own + 0.95 * (1.0 - grey_own) + 0.1
    grey_edge = grey_own + 0.85 * (1.0 - grey_own)
    sideways = abs(pose[1]) > SIDEWAYS
    rows, columns = grid.shape[0], grid.shape[1]
    pixel_mm, turn_x, turn_y, wide_mm, high_mm = pose[0], pose[1], pose[2], pose[3], pose[4]
    light0, light1, light2 = light[0], light[1], light[2]
    away0, away1, away2 = 1.0 / light0, 1.0 / light1, 1.0 / light2
    for top in range(0, height, block):
        bottom = min(top + block, height)
        row = top // block
        gy = min(max((0.5 * (top + bottom)) / cell - 0.5, 0.0), rows - 1.001)
        r0 = max(int(gy), 0)
        r1 = min(r0 + 1, rows - 1)
        gy -= r0
        for left in range(0, width, block):
            right = min(left + block, width)
            u, v = planes[0, row, left // block], planes[1, row, left // block]
            fade = planes[2, row, left // block] * visible
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
            b, g, r = 0.0, 0.0, 0.0
            for y in range(top, bottom):
                for x in range(left, right):
                    b += to_linear[bgr[y0 + y, x0 + x, 0]]
                    g += to_linear[bgr[y0 + y, x0 + x, 1]]
                    r += to_linear[bgr[y0 + y, x0 + x, 2]]
            mean = 1.0 / ((bottom - top) * (right - left))
            b, g, r, half = b * mean, g * mean, r * mean, max(planes[3, row, left // block], 0.0)
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
            gain0 = min(a0 * lit * light0 / max(b, 1e-3), GAIN_MAX)
            gain1 = min(a1 * lit * light1 / max(g, 1e-3), GAIN_MAX)
            gain2 = min(a2 * lit * light2 / max(r, 1e-3), GAIN_MAX)
            inverse = 1.0 / smooth
            # Where no hair grows what is dark is a fold, a shadow or a nostril: it wears what skin beside it wears.
            hairy = 1.0 - areas[iv, iu, count] * (1.0 / 255.0)
            dark_low, dark_high = DARK[0] * hairy, DARK[1] * hairy + 0.02
            edge_on = sideways and fade < 0.98 * visible
            grey_end = grey_edge if edge_on else grey_high
            # Flakes are finer than blocks: each pixel's place in the chart, from the blocks beside.
            mid_x, mid_y = left + 0.5 * (block - 1), top + 0.5 * (block - 1)
            u_x, v_x, u_y, v_y = 0.0, 0.0, 0.0, 0.0
            if flakes > 0.0 and block > 1:
                column = left // block
                if right < width and planes[0, row, column + 1] >= 0.0:
                    u_x = (planes[0, row, column + 1] - u) / block
                    v_x = (planes[1, row, column + 1] - v) / block
                if bottom < height and planes[0, row + 1, column] >= 0.0:
                    u_y = (planes[0, row + 1, column] - u) / block
                    v_y = (planes[1, row + 1, column] - v) / block
            for y in range(top, bottom):
                for x in range(left, right):
                    pb = to_linear[bgr[y0 + y, x0 + x, 0]]
                    pg = to_linear[bgr[y0 + y, x0 + x, 1]]
                    pr = to_linear[bgr[y0 + y, x0 + x, 2]]
                    fine = (0.0722 * pb + 0.7152 * pg + 0.2126 * pr) * inverse
                    if fine <= dark_low:
                        continue
                    cover = fade
                    if fine < 0.9 or edge_on:
                        cover *= _step(fine, dark_low, dark_high)
                        # Shine is grey as well; hair, cloth and, past the outline, walls are greyer than skin.
                        if min(pb, pg) > grey_low * pr:
                            cover *= 1.0 - _step(min(pb, pg) / max(pr, 1e-4), grey_low, grey_end)
                    if cover < 0.004:
                        continue
                    more = glow
                    if flakes > 0.0:
                        more += (
                            0.4
                            * flakes
                            * shading
                            * sparkle(
                                (u + (x - mid_x) * u_x + (y - mid_y) * u_y) * wide_mm,
                                (v + (x - mid_x) * v_x + (y - mid_y) * v_y) * high_mm,
                                pixel_mm,
                                FLAKE_MM,
                                turn_x,
                                turn_y,
                            )
                        )
                    bgr[y0 + y, x0 + x, 0] = code(pb + (pb * gain0 + more * light0 - pb) * cover, to_srgb)
                    bgr[y0 + y, x0 + x, 1] = code(pg + (pg * gain1 + more * light1 - pg) * cover, to_srgb)
                    bgr[y0 + y, x0 + x, 2] = code(pr + (pr * gain2 + more * light2 - pr) * cover, to_srgb)


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
            cover *= _step(detail, 0.6 * DARK[0], 0.8 * DARK[1])
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
