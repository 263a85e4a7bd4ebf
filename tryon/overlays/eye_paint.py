"""The pass of lens and brow over an eye's rectangle."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8
from tryon.overlays.eye_places import BROW, LENS, ROLE, bell, past, step
from tryon.overlays.eye_shape import BROW_HIGH, BROW_LOW, INNER, LOWER, OUTER, UPPER
from tryon.overlays.finishes import noise
from tryon.overlays.pigment import laid
from tryon.render.transfer import code

ROW_LENGTH: Final = 16
BROW_PART: Final = 0.80
BROW_DOWN: Final = 0.14
# A brow's hairs are so far apart, in eye widths; of its thickness their roots and tips lie within this part; and
# between them it is paler by up to so much: powder covers the skin there, and pale stripes would cut it into pieces.
HAIR: Final = 0.022
RAGGED: Final = 0.45
BETWEEN_HAIRS: Final = 0.24
# Over a brow skin is at least so bright, over the face's own; what is darker is a fringe that hangs over the brow as
# well. It is looked at so many thicknesses above the brow, and told together for so many eye widths along it.
FRINGE: Final = (0.22, 0.42)
ABOVE_BROW: Final = (0.3, 0.6, 0.9)
FRINGE_WIDE: Final = 0.08
# Powder clings to skin; what is darker than it is a hair, dark through and through, and gets paler by so much of the
# way; from so much paler on, as a part of what it would be.
PALES: Final = 0.3
PALER: Final = 0.25
# A pupil's part of the iris, and how soft its rim and the iris's are.
PUPIL: Final = (0.34, 0.50)
RIM: Final = (0.90, 1.04)
# An iris of this radius shows no lens, and of that one all of it.
SHOWN_PX: Final = (2.5, 5.0)
# A natural print's dots cover so much of the iris where they are fewest.
DOTS: Final = 0.5
# Light on an iris over that on skin: it lies deep, under lids and lashes.
IRIS_LIGHT: Final = 0.62
FIBRES: Final = 46


@kernel
def _free_of_hair(bgr: U8, levels: F32, eye: F32, brow: F32, to_linear: F32, free: F32) -> None:
    """Into ``free`` (steps,), of each place along the eye: how sure it is, 0 to 1, that no fringe hangs over its brow.
    The rest is ``paint``'s."""
    height, width, steps = bgr.shape[0], bgr.shape[1], levels.shape[0]
    wide = eye[6]
    told = np.ones(steps, np.float32)
    for k in range(steps):
        e = INNER + (OUTER - INNER) * k / (steps - 1)
        thick = max(levels[k, BROW_HIGH] - levels[k, BROW_LOW], 2.0)
        bright = 0.0
        for part in ABOVE_BROW:
            n = levels[k, BROW_HIGH] + max(brow[3], 0.0) * wide + part * thick
            x = int(eye[0] + e * wide * eye[2] + n * eye[4])
            y = int(eye[1] + e * wide * eye[3] + n * eye[5])
            x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
            bright += 0.0722 * to_linear[bgr[y, x, 0]]
            bright += 0.7152 * to_linear[bgr[y, x, 1]] + 0.2126 * to_linear[bgr[y, x, 2]]
        told[k] = step(bright / (len(ABOVE_BROW) * brow[4]), FRINGE[0], FRINGE[1])
    reach = max(int(FRINGE_WIDE * (steps - 1) / (OUTER - INNER)), 1)
    for k in range(steps):
        total = 0.0
        for j in range(-reach, reach + 1):
            total += told[min(max(k + j, 0), steps - 1)]
        free[k] = total / (2 * reach + 1)


@kernel
def paint(
    bgr: U8,
    x0: int,
    y0: int,
    width_px: int,
    height: int,
    layers: F32,
    levels: F32,
    eye: F32,
    lens: int,
    brow: F32,
    light: F32,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Put lens and brow on in place, in the rectangle of that size at (x0, y0).

    ``layers`` (n, ROW_LENGTH): film, finish, amount, role. ``eye``: origin, unit vectors out and up, width, visibility,
    iris's centre and radius, millimetres a pixel, sines of yaw and pitch, half an edge's width, all in pixels; how
    far the lids are apart, in eye widths; how much of a lens is seen between them.
    ``levels`` (steps, ROWS): the eye's heights; ``lens``: the lens's template (0 natural, 1 limbal, 2 vivid). ``brow``:
    where it begins and ends along the eye, its edge's softness, how far its arch is raised, in eye widths; the face's
    own luminance.
    """
    ox, oy, tx, ty, ux, uy = eye[0], eye[1], eye[2], eye[3], eye[4], eye[5]
    wide, visible = eye[6], eye[7]
    ix, iy, ir = eye[8], eye[9], eye[10]
    edge = eye[14]
    steep = 0.5 / edge
    steps = levels.shape[0]
    count = layers.shape[0]
    has_brow, has_lens = False, False
    for layer in range(count):
        has_brow = has_brow or int(layers[layer, ROLE]) == BROW
        has_lens = has_lens or int(layers[layer, ROLE]) == LENS
    # The iris's own middle luminance tells glints from iris.
    iris_sum, iris_count = 0.0, 0.0
    if has_lens:
        for y in range(max(int(iy - ir) - y0, 0), min(int(iy + ir) - y0 + 1, height)):
            for x in range(max(int(ix - ir) - x0, 0), min(int(ix + ir) - x0 + 1, width_px)):
                away2 = (x0 + x + 0.5 - ix) ** 2 + (y0 + y + 0.5 - iy) ** 2
                if away2 < 0.7 * ir * ir:
                    luminance = (
                        0.0722 * to_linear[bgr[y0 + y, x0 + x, 0]]
                        + 0.7152 * to_linear[bgr[y0 + y, x0 + x, 1]]
                        + 0.2126 * to_linear[bgr[y0 + y, x0 + x, 2]]
                    )
                    iris_sum += math.sqrt(luminance)
                    iris_count += 1.0
    # A camera's edges are wide on a small iris, and of one that is a few pixels it shows no colour. The lens's rim
    # softens inwards: whites stay white.
    blurred = edge / max(ir, 1.0)
    shown = visible * step(ir, SHOWN_PX[0], SHOWN_PX[1]) * eye[16]
    iris_own = max((iris_sum / max(iris_count, 1.0)) ** 2, 2e-3)
    per_wide, per_step = 1.0 / wide, (steps - 1) / (OUTER - INNER)
    # Of each place: where a brow may be.
    bands = np.empty((steps - 1, 2), np.float32)
    for k in range(steps - 1):
        low, high = min(levels[k, BROW_LOW], levels[k + 1, BROW_LOW]), levels[k, BROW_HIGH]
        high = max(high, levels[k + 1, BROW_HIGH])
        bands[k, 0], bands[k, 1] = low - 0.8 * max(high - low, 1.0), high + 0.8 * max(high - low, 1.0)
        bands[k, 1] += max(brow[3], 0.0) * wide
    free = np.ones(steps, np.float32)
    # What holds all of both.
    left, top, right, bottom = 1e9, 1e9, -1e9, -1e9
    if has_lens:
        left, top, right, bottom = ix - RIM[1] * ir, iy - RIM[1] * ir, ix + RIM[1] * ir, iy + RIM[1] * ir
    if has_brow:
        _free_of_hair(bgr, levels, eye, brow, to_linear, free)
        first = min(max(int((brow[0] - 0.1 - INNER) * per_step), 0), steps - 2)
        last = min(max(int((brow[1] + 0.15 - INNER) * per_step), first), steps - 2)
        lowest, highest = bands[first : last + 1, 0].min(), bands[first : last + 1, 1].max()
        for corner in range(4):
            t = (brow[0] - 0.1 if corner < 2 else brow[1] + 0.15) * wide
            n = lowest if corner % 2 == 0 else highest
            left, right = min(left, ox + t * tx + n * ux), max(right, ox + t * tx + n * ux)
            top, bottom = min(top, oy + t * ty + n * uy), max(bottom, oy + t * ty + n * uy)
    for y in range(max(int(top) - 1 - y0, 0), min(int(bottom) + 2 - y0, height)):
        for x in range(max(int(left) - 1 - x0, 0), min(int(right) + 2 - x0, width_px)):
            dx, dy = x0 + x + 0.5 - ox, y0 + y + 0.5 - oy
            t, n = dx * tx + dy * ty, dx * ux + dy * uy
            e = t * per_wide
            away2 = (x0 + x + 0.5 - ix) ** 2 + (y0 + y + 0.5 - iy) ** 2
            on_iris = has_lens and away2 < (RIM[1] * ir) ** 2
            on_brow = has_brow and brow[0] - 0.1 < e < brow[1] + 0.15
            place = (e - INNER) * per_step
            if place < 0.0 or place > steps - 1.001:
                continue
            k = int(place)
            on_brow = on_brow and bands[k, 0] < n < bands[k, 1]
            if not (on_iris or on_brow):
                continue
            part = place - k
            low = levels[k, BROW_LOW] + (levels[k + 1, BROW_LOW] - levels[k, BROW_LOW]) * part
            high = levels[k, BROW_HIGH] + (levels[k + 1, BROW_HIGH] - levels[k, BROW_HIGH]) * part
            # The landmarks' band is that of a full brow, and starts a little above where hair does.
            thick = BROW_PART * max(high - low, 1.0)
            arch = brow[3] * wide * bell(((e - 0.42) / 0.30) ** 2)
            v = (n - arch - low) / thick + BROW_DOWN
            on_brow = on_brow and -0.6 < v < 1.6
            if not (on_iris or on_brow):
                continue
            b8, g8, r8 = bgr[y0 + y, x0 + x, 0], bgr[y0 + y, x0 + x, 1], bgr[y0 + y, x0 + x, 2]
            b, g, r = to_linear[b8], to_linear[g8], to_linear[r8]
            luminance = 0.0722 * b + 0.7152 * g + 0.2126 * r
            o0, o1, o2 = b, g, r
            changed = False
            if on_iris:
                away = math.sqrt(away2) / ir
                lower = levels[k, LOWER] + (levels[k + 1, LOWER] - levels[k, LOWER]) * part
                upper = levels[k, UPPER] + (levels[k + 1, UPPER] - levels[k, UPPER]) * part
                slope = (levels[k + 1, UPPER] - levels[k, UPPER]) * per_step * per_wide
                square = 1.0 / math.sqrt(1.0 + slope * slope)
                open_ = past((n - lower) * square, steep) - past((n - upper) * square, steep)
                if open_ > 0.0:
                    angle = math.atan2(y0 + y + 0.5 - iy, x0 + x + 0.5 - ix) / (2.0 * math.pi) + 0.5
                    for layer in range(count):
                        if int(layers[layer, ROLE]) != LENS:
                            continue
                        fibre = 0.65 * noise(angle * FIBRES, 11) + 0.35 * noise(
                            angle * 2.3 * FIBRES + 5.0 * away, 12
                        )
                        ring = step(away, 0.74, 0.97)
                        # Printed dots thin out towards the pupil, raggedly.
                        printed = step(
                            away, PUPIL[0] + 0.10 * fibre - blurred, PUPIL[1] + 0.14 * fibre + blurred
                        )
                        w = printed * (1.0 - step(away, RIM[0] - 2.0 * blurred, RIM[1])) * open_ * shown
                        # Between the dots of a print that is not there to be noticed the iris shows.
                        w *= 1.0 if lens == 2 else DOTS + (1.0 - DOTS) * fibre
                        glint = step(luminance / iris_own, 2.6, 5.0)
                        w *= 1.0 - glint
                        bright = (0.72 + 0.62 * fibre) if lens != 2 else (0.95 + 0.45 * fibre)
                        inner = 1.0 - 0.35 * (1.0 - step(away, 0.4, 0.7))
                        dark = (0.45 if lens == 0 else (0.80 if lens == 1 else 0.35)) * ring
                        # The upper lid shades the iris.
                        shaded = 1.0 - 0.45 * (1.0 - step((upper - n) / ir, 0.0, 0.9))
                        s = IRIS_LIGHT * shaded * bright * inner * (1.0 - dark)
                        s *= 0.55 + 0.45 * min(luminance / iris_own, 1.6)
                        under = 1.0 / IRIS_LIGHT
                        a0, a1, a2 = (
                            min(b * under / light[0], 1.0),
                            min(g * under / light[1], 1.0),
                            min(r * under / light[2], 1.0),
                        )
                        a0, a1, a2 = laid(layers, layer, 1.0, a0, a1, a2)
                        o0 += w * (a0 * s * light[0] - o0)
                        o1 += w * (a1 * s * light[1] - o1)
                        o2 += w * (a2 * s * light[2] - o2)
                        changed = changed or w > 0.004
            if on_brow:
                soft = max(brow[2], min(edge / thick, 0.6))
                # It thins out towards its head, and tapers into its tail.
                head = step(e, brow[0] - 0.02, brow[0] + 0.34)
                tail = 1.0 - step(e, brow[1] - 0.40, brow[1] + 0.02)
                v = 0.5 + (v - 0.5 + 0.25 * (1.0 - tail)) / (
                    0.35 + 0.65 * min(head + 0.45, 1.0) * (0.3 + 0.7 * tail)
                )
                ends = (0.25 + 0.75 * head) * step(e, brow[0] - 0.05, brow[0] + 0.10) * step(tail, 0.0, 0.55)
                # Hairs rise, and lean over towards the tail; each has a root and a tip of its own.
                lean = 0.35 + 0.9 * min(max(e + 0.3, 0.0), 1.2)
                pitch = max(HAIR * wide, edge)
                across = (e * wide - v * thick * lean) / pitch + 300.0
                ragged = RAGGED * HAIR * wide / pitch
                root, tip = ragged * (noise(across, 23) - 0.5), ragged * (noise(across, 24) - 0.5)
                env = step(v + root, -soft, soft) * (1.0 - step(v + tip, 1.0 - soft, 1.0 + soft)) * ends
                if env > 0.004:
                    hair = 0.6 * noise(across, 21) + 0.4 * noise(2.3 * across, 22)
                    for layer in range(count):
                        if int(layers[layer, ROLE]) != BROW:
                            continue
                        w = env * visible * (1.0 - BETWEEN_HAIRS * (1.0 - hair)) * free[k]
                        s = 0.92
                        under = 1.0 / s
                        a0, a1, a2 = (
                            min(b * under / light[0], 1.0),
                            min(g * under / light[1], 1.0),
                            min(r * under / light[2], 1.0),
                        )
                        before = 0.0722 * a0 + 0.7152 * a1 + 0.2126 * a2
                        a0, a1, a2 = laid(layers, layer, 1.0, a0, a1, a2)
                        after = 0.0722 * a0 + 0.7152 * a1 + 0.2126 * a2
                        if after > before:
                            w *= 1.0 - (1.0 - PALES) * min((after - before) / (PALER * after), 1.0)
                        o0 += w * (a0 * s * light[0] - o0)
                        o1 += w * (a1 * s * light[1] - o1)
                        o2 += w * (a2 * s * light[2] - o2)
                        changed = True
            if changed:
                bgr[y0 + y, x0 + x, 0] = code(o0, to_srgb)
                bgr[y0 + y, x0 + x, 1] = code(o1, to_srgb)
                bgr[y0 + y, x0 + x, 2] = code(o2, to_srgb)
