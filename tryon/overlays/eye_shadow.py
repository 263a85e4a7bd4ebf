"""The pass of an eyeshadow over an eye's rectangle.

Tones are smooth along the eye: their films are worked out for short runs of pixels in a row, on their mean albedo, and
told as what they multiply each channel by; the lids' edges are each pixel's own.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import kernel, single, whole
from tryon.frame import F32, U8
from tryon.overlays.eye_places import (
    FLAKE_MM,
    ROLE,
    TONES,
    TONES_ALONG,
    TONES_UP,
    bell,
    lay_tones,
    past,
    step,
    tone_weight,
)
from tryon.overlays.eye_shape import BROW_HIGH, BROW_LOW, CREASE, INNER, LOWER, OUTER, UPPER
from tryon.overlays.finishes import sparkle
from tryon.overlays.pigment import laid
from tryon.render.transfer import code

# Below the lower lashes a smudge ends here, in eye widths.
SMUDGE: Final = 0.13
# Between these openings, in eye widths, more and more of the lower lid's edge is in doubt, under the upper one's
# lashes: a smudge keeps off it by up to so much, and up to so much of it is hidden.
LOWERED: Final = (0.24, 0.12)
IN_DOUBT: Final = 0.06
UNDER_LASHES: Final = 0.5
# Powder's own edge at the lids, in pixels either way, as a part of the others' softness and at least; and how far of it
# lies on the eye: eyes stay clean however soft the camera is.
LID_SOFT: Final = 0.5
LID_SOFT_PX: Final = 0.75
LID_INSIDE_PX: Final = 0.25
# A block's channel is multiplied by at most so much: what was black has no colour to multiply.
GAIN_MAX: Final = 8.0
_0, _1, _HALF = single(0), single(1), single(0.5)


@kernel
def lay_shadow(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    block: int,
    layers: F32,
    heights: F32,
    levels: F32,
    eye: F32,
    template: int,
    own: float,
    light: F32,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Put the layers that are an eyeshadow's tones on in place, in the rectangle of that size at (x0, y0).

    ``levels`` (steps, ROWS) are ``heights`` the other way round. Films are those of ``block`` pixels in a row.
    The rest is ``overlays.eye_paint``'s.
    """
    ox, oy, tx, ty, ux, uy = eye[0], eye[1], eye[2], eye[3], eye[4], eye[5]
    wide, visible = eye[6], eye[7]
    pixel_mm, turn_x, turn_y = eye[11], eye[12], eye[13]
    lid_edge = max(LID_SOFT * eye[14], LID_SOFT_PX)
    lid_steep, lid = 0.5 / lid_edge, lid_edge - LID_INSIDE_PX
    lowered = min(max((LOWERED[0] - eye[15]) / (LOWERED[0] - LOWERED[1]), 0.0), 1.0)
    doubt, bare = IN_DOUBT * lowered, 1.0 - UNDER_LASHES * lowered
    # In single precision from here on.
    lid_edge, lid_steep, lid = single(lid_edge), single(lid_steep), single(lid)
    doubt, bare, own, least = single(doubt), single(bare), single(own), single(0.004)
    light0, light1, light2 = light[0], light[1], light[2]
    dark0, dark1, dark2 = _1 / light0, _1 / light1, _1 / light2
    steps, count = levels.shape[0], layers.shape[0]
    tones = np.zeros((TONES[0], TONES[1], 4), np.float32)
    lay_tones(tones, layers[:, ROLE], heights, template, wide)
    # The most of any tone: most of the skin about an eye wears none.
    most = np.empty((TONES[0], TONES[1]), np.float32)
    for i in range(TONES[0]):
        for j in range(TONES[1]):
            most[i, j] = max(tones[i, j, 0], tones[i, j, 1], tones[i, j, 2], tones[i, j, 3])
    per_along = single((TONES[0] - 1) / (TONES_ALONG[1] - TONES_ALONG[0]))
    per_up = single((TONES[1] - 1) / (TONES_UP[1] - TONES_UP[0]))
    per_wide, per_own, per_step = _1 / wide, _1 / own, single((steps - 1) / (OUTER - INNER))
    for top in range(height):
        bottom = top + 1
        for left in range(0, width, block):
            right = min(left + block, width)
            dx, dy = single(x0 + _HALF * (left + right)) - ox, single(y0 + _HALF * (top + bottom)) - oy
            t, n = dx * tx + dy * ty, dx * ux + dy * uy
            e = t * per_wide
            if e <= single(TONES_ALONG[0]) or e >= single(TONES_ALONG[1]):
                continue
            place = (e - single(INNER)) * per_step
            k = min(whole(place), whole(steps - 2))
            part = place - single(k)
            lower = levels[k, LOWER] + (levels[k + 1, LOWER] - levels[k, LOWER]) * part
            if n <= lower - (single(SMUDGE) + doubt) * wide:
                continue
            high = levels[k, BROW_HIGH] + (levels[k + 1, BROW_HIGH] - levels[k, BROW_HIGH]) * part
            if n >= high:
                continue
            upper = levels[k, UPPER] + (levels[k + 1, UPPER] - levels[k, UPPER]) * part
            rise = levels[k + 1, UPPER] - levels[k, UPPER]
            slope = rise * per_step * per_wide
            square = _1 / math.sqrt(_1 + slope * slope)
            # Wholly between the lids there is no skin.
            if min(n - lower, upper - n) * square > single(block):
                continue
            fold = levels[k, CREASE] + (levels[k + 1, CREASE] - levels[k, CREASE]) * part
            brow = levels[k, BROW_LOW] + (levels[k + 1, BROW_LOW] - levels[k, BROW_LOW]) * part
            per_reach = _1 / max(brow - upper, _1)
            h = (n - upper) * per_reach
            crease = min(max((fold - upper) * per_reach, single(0.10)), single(0.45))
            below = max((lower - n) * per_wide - doubt, single(1e-4)) if n < lower else _0
            # Beyond the corners there is no lid to end on: shadow fades into a line that rises outwards.
            ends_at = _1
            if below <= _0 and e > single(0.34):
                line_out = (n - upper) * per_wide - single(0.55) * max(e - single(0.47), _0)
                ends_at = step(
                    line_out,
                    -single(0.05) * min((e - single(0.34)) * single(6.0), _1),
                    single(0.004) + single(0.10) * step(e, single(0.34), single(0.6)),
                )
            elif below <= _0 and e < -single(0.40):
                ends_at = step(
                    (n - upper) * per_wide,
                    -single(0.01),
                    single(0.002) + single(0.08) * (_1 - step(e, -single(0.56), -single(0.40))),
                )
            if ends_at <= _0:
                continue
            along = (e - single(TONES_ALONG[0])) * per_along
            up = min(max((h - single(TONES_UP[0])) * per_up, _0), single(TONES[1] - 1.001))
            i, j = whole(along), whole(up)
            if below <= _0 and max(most[i, j], most[i + 1, j], most[i, j + 1], most[i + 1, j + 1]) < least:
                continue
            along -= single(i)
            up -= single(j)
            seen = False
            a0, a1, a2, b, g, r, s = _0, _0, _0, _0, _0, _0, _1
            lustre, flakes = _0, _0
            for layer in range(count):
                role = int(layers[layer, ROLE])
                if role > 3:
                    continue
                if below > _0:
                    w = ends_at * bare * tone_weight(template, role, e, h, crease, below, _0)
                else:
                    near = tones[i, j, role] + (tones[i, j + 1, role] - tones[i, j, role]) * up
                    far = tones[i + 1, j, role] + (tones[i + 1, j + 1, role] - tones[i + 1, j, role]) * up
                    w = ends_at * (near + (far - near) * along)
                if w < least:
                    continue
                if not seen:
                    seen = True
                    for y in range(y0 + top, y0 + bottom):
                        for x in range(x0 + left, x0 + right):
                            b += to_linear[bgr[y, x, 0]]
                            g += to_linear[bgr[y, x, 1]]
                            r += to_linear[bgr[y, x, 2]]
                    mean = _1 / single((bottom - top) * (right - left))
                    b, g, r = b * mean, g * mean, r * mean
                    s = min(
                        max(
                            (single(0.0722) * b + single(0.7152) * g + single(0.2126) * r) * per_own,
                            single(0.03),
                        ),
                        single(1.5),
                    )
                    under = _1 / s
                    a0, a1, a2 = (
                        min(b * under * dark0, _1), min(g * under * dark1, _1), min(r * under * dark2, _1),
                    )  # fmt: skip
                a0, a1, a2 = laid(layers, layer, w, a0, a1, a2)
                f = w * min(single(2.0) * layers[layer, 14], _1)
                lustre += f * (layers[layer, 12] - lustre)
                flakes += f * (layers[layer, 13] - flakes)
            if not seen:
                continue
            # The lid is a ball: what shines, shines in its middle.
            dome = bell((((h / crease) - single(0.55)) / single(0.42)) ** 2 + (e / single(0.42)) ** 2)
            lit = s * (_1 + lustre * (single(0.65) * dome - single(0.05)))
            k0 = min(a0 * lit * light0 / max(b, single(1e-3)), single(GAIN_MAX)) - _1
            k1 = min(a1 * lit * light1 / max(g, single(1e-3)), single(GAIN_MAX)) - _1
            k2 = min(a2 * lit * light2 / max(r, single(1e-3)), single(GAIN_MAX)) - _1
            # Near the lids each pixel has its own part of the edge.
            reach = lid_edge + lid + single(block)
            near_lids = (n - lower) * square > -reach and (n - upper) * square < reach
            for y in range(y0 + top, y0 + bottom):
                for x in range(x0 + left, x0 + right):
                    skin = visible
                    off_x, off_y = single(x) + _HALF - ox - dx, single(y) + _HALF - oy - dy
                    if near_lids:
                        own_n = n + off_x * ux + off_y * uy
                        own_up = upper + (off_x * tx + off_y * ty) * slope
                        eye_free = past((own_n - lower) * square + lid, lid_steep) - past(
                            (own_n - own_up) * square - lid, lid_steep
                        )
                        skin *= _1 - min(max(eye_free, _0), _1)
                        if skin < least:
                            continue
                    b, g, r = to_linear[bgr[y, x, 0]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 2]]
                    flash = _0
                    if flakes > _0:
                        flash = (
                            single(0.55) * flakes * s
                            * sparkle(
                                (t + off_x * tx + off_y * ty) * pixel_mm, (n + off_x * ux + off_y * uy) * pixel_mm,
                                pixel_mm, FLAKE_MM, turn_x, turn_y,
                            )
                        )  # fmt: skip
                    bgr[y, x, 0] = code(
                        b + skin * (b * k0 + flash * (single(0.4) + single(0.6) * a0) * light0), to_srgb
                    )
                    bgr[y, x, 1] = code(
                        g + skin * (g * k1 + flash * (single(0.4) + single(0.6) * a1) * light1), to_srgb
                    )
                    bgr[y, x, 2] = code(
                        r + skin * (r * k2 + flash * (single(0.4) + single(0.6) * a2) * light2), to_srgb
                    )
