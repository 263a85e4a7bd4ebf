"""The pass over an eye's rectangle: lenses, brow, shadow, liner and lashes at once."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.overlays.eye_places import TONES, TONES_ALONG, TONES_UP, bell, lay_tones, step, tone_weight
from tryon.overlays.eye_shape import (
    BROW_HIGH,
    BROW_LOW,
    CREASE,
    INNER,
    LOWER,
    OUTER,
    ROWS,
    UPPER,
)
from tryon.overlays.eyeliner import line_cover
from tryon.overlays.finishes import noise, sparkle
from tryon.render.transfer import code

# Layers' roles; 0 to 3 are an eyeshadow's places.
LINER, LASHES, LENS, BROW = 10, 11, 12, 13
ROLE: Final = 15
ROW_LENGTH: Final = 16
FLAKE_MM: Final = 0.45
BROW_PART: Final = 0.80
BROW_DOWN: Final = 0.14
# Below the lower lashes a smudge ends here, in eye widths.
SMUDGE: Final = 0.13
# Powder's own edge at the lids, in pixels either way, as a part of the others' softness and at least; and how far of it
# lies on the eye: eyes stay clean however soft the camera is.
LID_SOFT: Final = 0.5
LID_SOFT_PX: Final = 0.75
LID_INSIDE_PX: Final = 0.25
# A pupil's part of the iris, and how soft its rim and the iris's are.
PUPIL: Final = (0.34, 0.50)
RIM: Final = (0.90, 1.04)
# Light on an iris over that on skin: it lies deep, under lids and lashes.
IRIS_LIGHT: Final = 0.62
FIBRES: Final = 46


@inlined
def _past(away: float, steep: float) -> float:
    return min(max(0.5 + away * steep, 0.0), 1.0)


@kernel
def paint(
    bgr: U8,
    x0: int,
    y0: int,
    lashes: F32,
    layers: F32,
    heights: F32,
    eye: F32,
    template: int,
    liner_soft: float,
    lens: int,
    brow: F32,
    own: float,
    light: F32,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Put the layers on in place; ``lashes`` (h, w) is their coverage and starts at pixel (x0, y0).

    ``layers`` (n, ROW_LENGTH): film, finish, amount, role. ``eye``: origin, unit vectors out and up, width, visibility,
    iris's centre and radius, millimetres a pixel, sines of yaw and pitch, half an edge's width, all in pixels.
    ``template``: the shadow's; ``lens``: the lens's (0 natural, 1 limbal, 2 vivid). ``brow``: where it begins and ends
    along the eye, its edge's softness, how far its arch is raised, in eye widths. ``own``: luminance of this face's
    skin.
    """
    height, width_px = lashes.shape
    ox, oy, tx, ty, ux, uy = eye[0], eye[1], eye[2], eye[3], eye[4], eye[5]
    wide, visible = eye[6], eye[7]
    ix, iy, ir = eye[8], eye[9], eye[10]
    pixel_mm, turn_x, turn_y = eye[11], eye[12], eye[13]
    edge = eye[14]
    steep = 0.5 / edge
    lid_edge = max(LID_SOFT * edge, LID_SOFT_PX)
    lid_steep, lid = 0.5 / lid_edge, lid_edge - LID_INSIDE_PX
    dark0, dark1, dark2 = 1.0 / light[0], 1.0 / light[1], 1.0 / light[2]
    steps = heights.shape[1]
    count = layers.shape[0]
    has_shadow, has_brow, has_lens, has_liner = False, False, False, False
    for layer in range(count):
        role = int(layers[layer, ROLE])
        has_shadow = has_shadow or role < 4
        has_brow = has_brow or role == BROW
        has_lens = has_lens or role == LENS
        has_liner = has_liner or role == LINER
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
    iris_own = max((iris_sum / max(iris_count, 1.0)) ** 2, 2e-3)
    level = np.empty(ROWS, np.float32)
    tones = np.empty((TONES[0], TONES[1], 4), np.float32)
    if has_shadow:
        lay_tones(tones, layers[:, ROLE], heights, template)
    per_along = (TONES[0] - 1) / (TONES_ALONG[1] - TONES_ALONG[0])
    per_up = (TONES[1] - 1) / (TONES_UP[1] - TONES_UP[0])
    per_wide, per_own = 1.0 / wide, 1.0 / own
    # How steep the lid's edge is at each place.
    squares = np.empty(steps - 1, np.float32)
    for k in range(steps - 1):
        slope = (heights[UPPER, k + 1] - heights[UPPER, k]) * (steps - 1) / ((OUTER - INNER) * wide)
        squares[k] = 1.0 / math.sqrt(1.0 + slope * slope)
    for y in range(height):
        for x in range(width_px):
            dx, dy = x0 + x + 0.5 - ox, y0 + y + 0.5 - oy
            t, n = dx * tx + dy * ty, dx * ux + dy * uy
            e = t * per_wide
            place = (e - INNER) / (OUTER - INNER) * (steps - 1)
            if place < 0.0 or place > steps - 1.001:
                continue
            k = int(place)
            part = place - k
            level[LOWER] = heights[LOWER, k] + (heights[LOWER, k + 1] - heights[LOWER, k]) * part
            level[UPPER] = heights[UPPER, k] + (heights[UPPER, k + 1] - heights[UPPER, k]) * part
            level[BROW_HIGH] = (
                heights[BROW_HIGH, k] + (heights[BROW_HIGH, k + 1] - heights[BROW_HIGH, k]) * part
            )
            if n > level[BROW_HIGH] + 0.12 * wide or n < level[LOWER] - 0.22 * wide:
                continue
            for row in range(CREASE, ROWS):
                level[row] = heights[row, k] + (heights[row, k + 1] - heights[row, k]) * part
            square = squares[k]
            open_ = 0.0
            if has_lens:
                open_ = max(
                    _past((n - level[LOWER]) * square, steep) - _past((n - level[UPPER]) * square, steep), 0.0
                )
            lash = lashes[y, x]
            b8, g8, r8 = bgr[y0 + y, x0 + x, 0], bgr[y0 + y, x0 + x, 1], bgr[y0 + y, x0 + x, 2]
            b, g, r = to_linear[b8], to_linear[g8], to_linear[r8]
            luminance = 0.0722 * b + 0.7152 * g + 0.2126 * r
            o0, o1, o2 = b, g, r
            changed = False
            if has_lens and open_ > 0.0:
                away = math.sqrt((x0 + x + 0.5 - ix) ** 2 + (y0 + y + 0.5 - iy) ** 2) / ir
                if away < RIM[1]:
                    angle = math.atan2(y0 + y + 0.5 - iy, x0 + x + 0.5 - ix) / (2.0 * math.pi) + 0.5
                    for layer in range(count):
                        if int(layers[layer, ROLE]) != LENS:
                            continue
                        fibre = 0.65 * noise(angle * FIBRES, 11) + 0.35 * noise(
                            angle * 2.3 * FIBRES + 5.0 * away, 12
                        )
                        ring = step(away, 0.74, 0.97)
                        # Printed dots thin out towards the pupil, raggedly.
                        printed = step(away, PUPIL[0] + 0.10 * fibre, PUPIL[1] + 0.14 * fibre)
                        w = printed * (1.0 - step(away, RIM[0], RIM[1])) * open_ * visible
                        glint = step(luminance / iris_own, 2.6, 5.0)
                        w *= 1.0 - glint
                        bright = (0.72 + 0.62 * fibre) if lens != 2 else (0.95 + 0.45 * fibre)
                        inner = 1.0 - 0.35 * (1.0 - step(away, 0.4, 0.7))
                        dark = (0.45 if lens == 0 else (0.80 if lens == 1 else 0.35)) * ring
                        # The upper lid shades the iris.
                        shaded = 1.0 - 0.45 * (1.0 - step((level[UPPER] - n) / ir, 0.0, 0.9))
                        s = IRIS_LIGHT * shaded * bright * inner * (1.0 - dark)
                        s *= 0.55 + 0.45 * min(luminance / iris_own, 1.6)
                        under = 1.0 / IRIS_LIGHT
                        a0, a1, a2 = (
                            min(b * under / light[0], 1.0),
                            min(g * under / light[1], 1.0),
                            min(r * under / light[2], 1.0),
                        )
                        a0 = (layers[layer, 0] + layers[layer, 1] * a0) / (1.0 + layers[layer, 2] * a0)
                        a1 = (layers[layer, 3] + layers[layer, 4] * a1) / (1.0 + layers[layer, 5] * a1)
                        a2 = (layers[layer, 6] + layers[layer, 7] * a2) / (1.0 + layers[layer, 8] * a2)
                        o0 += w * (a0 * s * light[0] - o0)
                        o1 += w * (a1 * s * light[1] - o1)
                        o2 += w * (a2 * s * light[2] - o2)
                        changed = changed or w > 0.004
            if has_brow:
                arch = brow[3] * wide * bell(((e - 0.42) / 0.30) ** 2)
                # The landmarks' band is that of a full brow, and starts a little above where hair does.
                thick = BROW_PART * max(level[BROW_HIGH] - level[BROW_LOW], 1.0)
                v = (n - arch - level[BROW_LOW]) / thick + BROW_DOWN
                if -0.6 < v < 1.6 and brow[0] - 0.1 < e < brow[1] + 0.15:
                    soft = max(brow[2], min(edge / thick, 0.6))
                    # It thins out towards its head, and tapers into its tail.
                    head = step(e, brow[0] - 0.02, brow[0] + 0.34)
                    tail = 1.0 - step(e, brow[1] - 0.40, brow[1] + 0.02)
                    v = 0.5 + (v - 0.5 + 0.25 * (1.0 - tail)) / (
                        0.35 + 0.65 * min(head + 0.45, 1.0) * (0.3 + 0.7 * tail)
                    )
                    ends = (
                        (0.25 + 0.75 * head) * step(e, brow[0] - 0.05, brow[0] + 0.10) * step(tail, 0.0, 0.25)
                    )
                    env = step(v, -soft, soft) * (1.0 - step(v, 1.0 - soft, 1.0 + soft)) * ends
                    if env > 0.004:
                        lean = 0.35 + 0.9 * min(max(e + 0.3, 0.0), 1.2)
                        hair = noise((e * wide - v * thick * lean) / max(0.022 * wide, edge) + 300.0, 21)
                        for layer in range(count):
                            if int(layers[layer, ROLE]) != BROW:
                                continue
                            w = env * visible * (0.62 + 0.38 * hair)
                            s = 0.92
                            under = own / max(s, 1e-3) / own
                            a0, a1, a2 = (
                                min(b * under / light[0], 1.0),
                                min(g * under / light[1], 1.0),
                                min(r * under / light[2], 1.0),
                            )
                            a0 = (layers[layer, 0] + layers[layer, 1] * a0) / (1.0 + layers[layer, 2] * a0)
                            a1 = (layers[layer, 3] + layers[layer, 4] * a1) / (1.0 + layers[layer, 5] * a1)
                            a2 = (layers[layer, 6] + layers[layer, 7] * a2) / (1.0 + layers[layer, 8] * a2)
                            o0 += w * (a0 * s * light[0] - o0)
                            o1 += w * (a1 * s * light[1] - o1)
                            o2 += w * (a2 * s * light[2] - o2)
                            changed = True
            # Powder stops short of the lids' very edge.
            eye_free = _past((n - level[LOWER]) * square + lid, lid_steep) - _past(
                (n - level[UPPER]) * square - lid, lid_steep
            )
            skin = (1.0 - min(max(eye_free, 0.0), 1.0)) * visible
            s = min(max(luminance * per_own, 0.03), 1.5)
            if (
                has_shadow
                and skin > 0.004
                and TONES_ALONG[0] < e < TONES_ALONG[1]
                and level[LOWER] - SMUDGE * wide < n < level[BROW_HIGH]
            ):
                reach = max(level[BROW_LOW] - level[UPPER], 1.0)
                h = (n - level[UPPER]) / reach
                crease = min(max((level[CREASE] - level[UPPER]) / reach, 0.10), 0.45)
                below = (level[LOWER] - n) / wide if n < 0.5 * (level[LOWER] + level[UPPER]) else 0.0
                # Beyond the corners there is no lid to end on: shadow fades into a line that rises outwards.
                ends_at = 1.0
                if below <= 0.0 and e > 0.34:
                    line_out = (n - level[UPPER]) / wide - 0.55 * max(e - 0.47, 0.0)
                    ends_at = step(
                        line_out, -0.05 * min((e - 0.34) * 6.0, 1.0), 0.004 + 0.10 * step(e, 0.34, 0.6)
                    )
                elif below <= 0.0 and e < -0.40:
                    ends_at = step(
                        (n - level[UPPER]) / wide, -0.01, 0.002 + 0.08 * (1.0 - step(e, -0.56, -0.40))
                    )
                total = 0.0
                lustre, flakes = 0.0, 0.0
                under = 1.0 / s
                a0, a1, a2 = (
                    min(o0 * under * dark0, 1.0), min(o1 * under * dark1, 1.0), min(o2 * under * dark2, 1.0),
                )  # fmt: skip
                along = (e - TONES_ALONG[0]) * per_along
                up = min(max((h - TONES_UP[0]) * per_up, 0.0), TONES[1] - 1.001)
                i, j = int(along), int(up)
                along -= i
                up -= j
                for layer in range(count):
                    role = int(layers[layer, ROLE])
                    if role > 3 or ends_at <= 0.0:
                        continue
                    if below > 0.0:
                        w = ends_at * tone_weight(template, role, e, h, crease, below)
                    else:
                        near = tones[i, j, role] + (tones[i, j + 1, role] - tones[i, j, role]) * up
                        far = tones[i + 1, j, role] + (tones[i + 1, j + 1, role] - tones[i + 1, j, role]) * up
                        w = ends_at * (near + (far - near) * along)
                    if w < 0.004:
                        continue
                    d0 = 1.0 + layers[layer, 2] * a0
                    d1 = 1.0 + layers[layer, 5] * a1
                    d2 = 1.0 + layers[layer, 8] * a2
                    # One division for three.
                    over = w / (d0 * d1 * d2)
                    rest = 1.0 - w
                    a0 = rest * a0 + (layers[layer, 0] + layers[layer, 1] * a0) * d1 * d2 * over
                    a1 = rest * a1 + (layers[layer, 3] + layers[layer, 4] * a1) * d0 * d2 * over
                    a2 = rest * a2 + (layers[layer, 6] + layers[layer, 7] * a2) * d0 * d1 * over
                    f = w * min(2.0 * layers[layer, 14], 1.0)
                    lustre += f * (layers[layer, 12] - lustre)
                    flakes += f * (layers[layer, 13] - flakes)
                    total = max(total, w)
                if total > 0.0:
                    # The lid is a ball: what shines, shines in its middle.
                    dome = bell((((h / crease) - 0.55) / 0.42) ** 2 + (e / 0.42) ** 2)
                    lit = s * (1.0 + lustre * (0.65 * dome - 0.05))
                    flash = 0.0
                    if flakes > 0.0:
                        flash = (
                            0.55
                            * flakes
                            * s
                            * sparkle(t * pixel_mm, n * pixel_mm, pixel_mm, FLAKE_MM, turn_x, turn_y)
                        )
                    o0 += skin * ((a0 * lit + flash * (0.4 + 0.6 * a0)) * light[0] - o0)
                    o1 += skin * ((a1 * lit + flash * (0.4 + 0.6 * a1)) * light[1] - o1)
                    o2 += skin * ((a2 * lit + flash * (0.4 + 0.6 * a2)) * light[2] - o2)
                    changed = True
            if has_liner or lash > 0.0:
                line = 0.0
                if has_liner:
                    line = line_cover(level, n, square, edge, liner_soft)
                for layer in range(count):
                    role = int(layers[layer, ROLE])
                    w = line if role == LINER else (lash if role == LASHES else 0.0)
                    w *= visible
                    if w < 0.004:
                        continue
                    shade = min(max(s, 0.35), 1.2)
                    under = 1.0 / shade
                    a0, a1, a2 = (
                        min(o0 * under * dark0, 1.0), min(o1 * under * dark1, 1.0), min(o2 * under * dark2, 1.0),
                    )  # fmt: skip
                    a0 = (layers[layer, 0] + layers[layer, 1] * a0) / (1.0 + layers[layer, 2] * a0)
                    a1 = (layers[layer, 3] + layers[layer, 4] * a1) / (1.0 + layers[layer, 5] * a1)
                    a2 = (layers[layer, 6] + layers[layer, 7] * a2) / (1.0 + layers[layer, 8] * a2)
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
                    changed = True
            if changed:
                bgr[y0 + y, x0 + x, 0] = code(o0, to_srgb)
                bgr[y0 + y, x0 + x, 1] = code(o1, to_srgb)
                bgr[y0 + y, x0 + x, 2] = code(o2, to_srgb)
