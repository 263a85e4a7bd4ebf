"""The pass over the lips' rectangle."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel, single, whole
from tryon.frame import F32, U8
from tryon.overlays.finishes import sparkle
from tryon.overlays.lip_edges import OPEN_FROM
from tryon.overlays.lip_relief import LEAN_ALONG, lean_of_lips
from tryon.overlays.pigment import laid
from tryon.render.transfer import code

# Above this relative luminance light on lips is shine rather than shading.
SHEEN_FROM: Final = 1.28
# And of what is a little brighter than their middle a part: shine on lips spreads by the first, over white's light, and
# their shading by the second, over itself. So on dark lips, which throw little back, more of it is shine than on light.
SHINE_SPREAD: Final = 0.025
SHADING_SPREAD: Final = 0.2
# Red tells the lips' shading: blood and melanin, which a film covers, darken it least, and shine brightens it least.
# But not where red nears its end, of 1.
RED_ENDS: Final = (0.6, 0.9)
# Lips are no darker than this part of their middle: what is, is the slit, or a shadow's depth, and keeps its darkness.
DARKEST: Final = 0.04
# And what shines by more than the second is no darker than the first beneath: where a second lamp, of another colour,
# shines, more red would be taken off than there is.
SHINY_LEAST: Final = (0.6, 0.3)
# Towards teeth an edge is harder than the camera's, so that no colour lies on them; an open mouth's upper and lower lip
# begin so far out in it, the lower one further by this for each width that the mouth is open beyond a little.
SLIT_SOFT: Final = 0.5
SLIT_OUT: Final = 0.2
SLIT_WIDER: Final = 1.5
LITTLE: Final = (0.1, 0.3)
# A gap of so few pixels is a line between lips, and would be a stripe; the upper lip keeps back from wider ones.
FEW_PX: Final = (3.0, 5.0)
# What looks as lip is lip on to the curve itself, but less and less where a mouth so wide open has a tongue, which
# looks so; in a slit as narrow as the first of these parts of the mouth's width it is lip all over it, in one wider
# than the second no further: gums are red.
NARROW: Final = (0.031, 0.048)
# It looks as lip by how red it is, from white's own redness, 0, to the lips', 1, and by its luminance over the lips':
# teeth are less red, a throat is darker.
REDDISH: Final = (0.35, 0.75)
LIT: Final = (0.20, 0.45)
# A liner's width, and a soft one's, as parts of the mouth's.
LINE: Final = 0.030
SOFT_LINE: Final = 0.070
# The lips' own relief: how far their skin leans out at the border and in at the slit (tangents).
LEAN_UPPER: Final = (0.75, -0.85)
LEAN_LOWER: Final = (-0.95, 0.80)
# Wet highlights: strength of the two lobes of a window's light.
SHARP_PART, BROAD_PART = 0.75, 0.07
# The sharp one's power, and how wide it is over a lip (σ, as a part of the lip's height).
SHARP_POWER: Final = 55.0
SHARP_WIDE: Final = 0.075
# And from which exponent of e downwards nothing of it is seen.
UNSEEN: Final = 8.0
# Lips roll in towards the slit over this part of their height, and so many σ of the camera's blur.
ROLLS_IN: Final = 0.12
ROLLS_BLUR: Final = 1.5
FLAKE_MM: Final = 0.55
# Lips that face the camera less than this (cosine) are seen edge-on and fade.
EDGE_ON: Final = (0.12, 0.45)
# Seen from the side each lip stands out before its border and before the slit by these parts of its height.
BOW: Final = (0.55, 0.22)
_0, _1, _2, _HALF = single(0), single(1), single(2), single(0.5)


@inlined
def _step(value: float, low: float, high: float) -> float:
    t = min(max((value - low) / (high - low), _0), _1)
    return t * t * (single(3) - _2 * t)


@inlined
def _falls(exponent: float) -> float:
    """e to the minus so much, of up to UNSEEN, as (1 - y/256)²⁵⁶."""
    power = _1 - exponent * single(1 / 256)
    for _ in range(8):
        power *= power
    return power


@inlined
def _as_lip(b: float, g: float, r: float, alike: F32) -> float:
    """How much a pixel looks as lip, 0 to 1. ``alike``: one over the lips' luminance, red over luminance of what is
    white, and one over how much more that is of lips."""
    luminance = single(0.0722) * b + single(0.7152) * g + single(0.2126) * r
    reddish = (r / max(luminance, single(1e-4)) - alike[1]) * alike[2]
    return _step(reddish, single(REDDISH[0]), single(REDDISH[1])) * _step(
        luminance * alike[0], single(LIT[0]), single(LIT[1])
    )


@kernel
def paint(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    layers: F32,
    heights: F32,
    geometry: F32,
    middle: float,
    red: float,
    light: F32,
    feather: float,
    blur: float,
    visible: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Lay the films over the lips in place, in the rectangle of that width and height at (x0, y0).

    A pixel is lip past the border and not in the gap, and each curve's distance is taken square to it. ``layers`` and
    ``geometry`` are ``overlays.lips``'s, ``heights`` ``overlays.mouth``'s, of which an open slit's edges are moved
    back, ``middle`` and ``red`` the lips' middle luminance and red (``overlays.lip_light``). ``light`` is the linear
    blue, green and red of a white shade. Edges are 2 · ``feather`` pixels soft, and the camera's own blur is ``blur``
    pixels (σ). Pixels with no cover keep their bits.
    """
    ox, oy, ax, ay, start, span = (
        geometry[0], geometry[1], geometry[2], geometry[3], geometry[4], geometry[5],
    )  # fmt: skip
    mouth = geometry[6]
    fx, fy, fz = geometry[8], geometry[9], geometry[10]
    lx, ly, lz = geometry[11], geometry[12], geometry[13]
    pixel_mm, turn_x, turn_y = geometry[14], geometry[15], geometry[16]
    from_t, to_t, facing_right, facing_left = geometry[17], geometry[18], geometry[19], geometry[20]
    turned = facing_right < 1.0 or facing_left < 1.0
    # Half-way between the light and the camera.
    hx, hy, hz = lx, ly, lz - 1.0
    length = math.sqrt(hx * hx + hy * hy + hz * hz)
    hx, hy, hz = hx / length, hy / length, hz / length
    steps = heights.shape[1]
    shining = layers[:, 11].max() > 0.0 or layers[:, 12].max() > 0.0
    low_out, upper_out = 0.0, 0.0
    if geometry[7] > OPEN_FROM:
        low_out = SLIT_OUT + SLIT_WIDER * (min(max(geometry[7], LITTLE[0]), LITTLE[1]) - LITTLE[0])
        upper_out = SLIT_OUT * min(max((geometry[7] * mouth - FEW_PX[0]) / (FEW_PX[1] - FEW_PX[0]), 0.0), 1.0)
    # How far the lips' skin leans past the mirror of the light, along and across, of the upper and the lower one.
    relief = np.zeros((4, steps), np.float32)
    per_z = single(1.0 / max(fz * fz, 0.05))
    if shining:
        lean_of_lips(relief, span, blur)
        mirror = fz / min(hz, -0.05)
        off_x, off_y = fx - hx * mirror, fy - hy * mirror
        for k in range(steps):
            for lip in range(2):
                relief[lip, k] += off_x * ax + off_y * ay
                relief[2 + lip, k] += off_x * ay - off_y * ax
    level = 0.0722 * light[0] + 0.7152 * light[1] + 0.2126 * light[2]
    # How much redder lips are than white is here, and the redness of white.
    white = light[2] / level
    alike = np.array((1.0 / middle, white, 1.0 / max(red / middle - white, 1e-3)), np.float32)
    # How far each of the slit's edges may go over what looks as lip.
    furthest = np.empty((2, steps), np.float32)
    for k in range(steps):
        gap = heights[2, k] - heights[1, k]
        narrow = 1.0 - _step(gap / mouth, NARROW[0], NARROW[1])
        inwards = 0.5 * narrow * gap
        # Where lips meet, in the corners, there is nothing to keep back from.
        kept = min(feather, gap)
        furthest[0, k] = heights[1, k] + inwards
        furthest[1, k] = heights[2, k] - inwards + low_out * min(geometry[7] / LITTLE[1], 1.0) * kept
        heights[1, k] -= upper_out * kept
        heights[2, k] += low_out * kept
    # Of each curve at each place: 1 / (2 · feather), for distances square to it.
    sharp = np.empty((4, steps - 1), np.float32)
    slope_step = (steps - 1) / span
    for row in range(4):
        for k in range(steps - 1):
            slope = (heights[row, k + 1] - heights[row, k]) * slope_step
            soft = feather * math.sqrt(1.0 + slope * slope)
            sharp[row, k] = 0.5 / (soft * (SLIT_SOFT if 0 < row < 3 else 1.0))
    # Lips are round: the angle that they are seen at goes evenly from corner to corner.
    faced = np.ones(steps, np.float32)
    if turned:
        right, left = math.acos(max(facing_right, -1.0)), math.acos(max(facing_left, -1.0))
        for k in range(steps):
            faced[k] = _step(math.cos((right + left) * k / (steps - 1) - right), EDGE_ON[0], EDGE_ON[1])
    # In single precision from here on.
    lit0, lit1, lit2 = single(light[0]), single(light[1]), single(light[2])
    middle, red, feather, blur, visible = (
        single(middle),
        single(red),
        single(feather),
        single(blur),
        single(visible),
    )
    hx, hy, hz, level, places = single(hx), single(hy), single(hz), single(level), single(steps - 1)
    dark0, dark1, dark2 = _1 / lit0, _1 / lit1, _1 / lit2
    per_middle, per_span, per_feather = _1 / middle, _1 / span, _1 / feather
    by_red = _1 - _step(red, single(RED_ENDS[0]), single(RED_ENDS[1]))
    per_red = by_red / red
    lobe_px = blur / single(SHARP_WIDE)
    shines, shades = single(SHINE_SPREAD) * level, single(SHADING_SPREAD) * middle
    shine_part = shines * shines / (shines * shines + shades * shades)
    for y in range(height):
        for x in range(width):
            dx, dy = single(x0 + x) + _HALF - ox, single(y0 + y) + _HALF - oy
            t, n = dx * ax + dy * ay, -dx * ay + dy * ax
            if t < start - feather or t > start + span + feather:
                continue
            place = min(max((t - start) * per_span, _0), single(0.9999)) * places
            k = whole(place)
            part = place - single(k)
            top = heights[0, k] + (heights[0, k + 1] - heights[0, k]) * part
            past = (n - top) * sharp[0, k] + _HALF
            if past <= _0:
                continue
            low = heights[3, k] + (heights[3, k + 1] - heights[3, k]) * part
            left = (low - n) * sharp[3, k] + _HALF
            if left <= _0:
                continue
            slit_top = heights[1, k] + (heights[1, k + 1] - heights[1, k]) * part
            slit_low = heights[2, k] + (heights[2, k + 1] - heights[2, k]) * part
            in_slit = _step((n - slit_top) * sharp[1, k] + _HALF, _0, _1)
            past_slit = _step((n - slit_low) * sharp[2, k] + _HALF, _0, _1)
            cover = _step(past, _0, _1) + _step(left, _0, _1) - _1 - in_slit + past_slit
            b = to_linear[bgr[y0 + y, x0 + x, 0]]
            g = to_linear[bgr[y0 + y, x0 + x, 1]]
            r = to_linear[bgr[y0 + y, x0 + x, 2]]
            luminance = single(0.0722) * b + single(0.7152) * g + single(0.2126) * r
            relative = luminance * per_middle
            if in_slit > past_slit:
                far_top = furthest[0, k] + (furthest[0, k + 1] - furthest[0, k]) * part
                far_low = furthest[1, k] + (furthest[1, k + 1] - furthest[1, k]) * part
                more = in_slit - _step((n - far_top) * sharp[1, k] + _HALF, _0, _1)
                more += _step((n - far_low) * sharp[2, k] + _HALF, _0, _1) - past_slit
                if more > _0:
                    cover += more * _as_lip(b, g, r, alike)
            cover *= visible
            # In the corners lips are thinner than their edges, and those of slit and border would not cancel.
            cover *= min(max((slit_top - top + low - slit_low) * per_feather, _0), _1)
            upper = n < _HALF * (slit_top + slit_low)
            if upper:
                from_border, thick = n - top, max(slit_top - top, _HALF)
            else:
                from_border, thick = low - n, max(low - slit_low, _HALF)
            s = min(max(from_border / thick, _0), _1)
            if turned:
                cover *= faced[k]
                # At a face's outline lips end in two bows, not in a line.
                bow = _2 * s - _1
                back = (single(BOW[0]) if bow < _0 else single(BOW[1])) * thick * bow * bow
                cover *= _step(t, from_t + back, from_t + back + _2 * feather)
                cover *= _1 - _step(t, to_t - back - _2 * feather, to_t - back)
            if cover < single(0.004):
                continue
            wet, facing5 = _0, _0
            if shining:
                # The skin's own lean here, then its normal before the camera.
                round_t = _2 * (t - start) * per_span - _1
                lean = (
                    single(LEAN_UPPER[0]) + (single(LEAN_UPPER[1]) - single(LEAN_UPPER[0])) * s
                    if upper
                    else single(LEAN_LOWER[0]) + (single(LEAN_LOWER[1]) - single(LEAN_LOWER[0])) * s
                )
                # Upwards is towards -n: the vector across the mouth is (-ay, ax).
                nx = fx + single(LEAN_ALONG) * round_t * ax + lean * ay
                ny = fy + single(LEAN_ALONG) * round_t * ay - lean * ax
                nz = fz
                size = math.sqrt(nx * nx + ny * ny + nz * nz)
                facing = max((nx * hx + ny * hy + nz * hz) / size, _0)
                # Creases that the picture shows break a highlight up.
                crease = min(max(relative, single(0.35)), single(1.8))
                facing2 = facing * facing
                facing4 = facing2 * facing2
                facing5 = facing4 * facing
                # The 14th power for a broad lobe. The sharp one is a Gaussian, which the camera spreads across the lip:
                # as much light, over more of it. Along it lips are long enough.
                broad = facing4 * facing4 * facing4 * facing2
                wider = lobe_px / thick
                wider = _1 + wider * wider
                lip = 0 if upper else 1
                past_a = relief[lip, k] + (relief[lip, k + 1] - relief[lip, k]) * part
                past_c = relief[2 + lip, k] + (relief[2 + lip, k + 1] - relief[2 + lip, k]) * part + lean
                tilt = single(0.5 * SHARP_POWER) * (past_a * past_a + past_c * past_c / wider) * per_z
                pointed = _falls(tilt) / math.sqrt(wider) if tilt < single(UNSEEN) else _0
                round2 = round_t * round_t
                wet = (single(SHARP_PART) * pointed * crease * crease + single(BROAD_PART) * broad) * (
                    _1 - round2 * round2
                )
                # Towards the slit lips roll in, out of the light, and no highlight of one ends on the other.
                wet *= _step((_1 - s) * thick, _0, single(ROLLS_IN) * thick + single(ROLLS_BLUR) * blur)
            shine = shine_part * max(relative - _1, _0)
            shine += max(relative - shine - single(SHEEN_FROM), _0)
            # Without shine, then as albedo: what is shading and what is light is taken out.
            off = shine * middle / level
            d0, d1, d2 = max(b - off * lit0, _0), max(g - off * lit1, _0), max(r - off * lit2, _0)
            shade = d2 * per_red + (_1 - by_red) * (relative - shine)
            least = single(SHINY_LEAST[0]) * min(shine * single(1.0 / SHINY_LEAST[1]), _1)
            shade = max(min(shade, single(SHEEN_FROM)), least, single(DARKEST))
            under = _1 / shade
            a0, a1, a2 = (
                min(d0 * under * dark0, _1),
                min(d1 * under * dark1, _1),
                min(d2 * under * dark2, _1),
            )
            contrast, sheen, gloss, lustre, flakes = _1, _1, _0, _0, _0
            total = _0
            for layer in range(layers.shape[0]):
                w = _1
                spread, side = layers[layer, 14], layers[layer, 15]
                if side != _0:
                    w = min(max(side * t + _HALF, _0), _1)
                if spread == _1:
                    w *= _1 - _step(
                        from_border, single(0.6) * single(LINE) * mouth, single(1.3) * single(LINE) * mouth
                    )
                elif spread == _2:
                    w *= _1 - _step(
                        from_border,
                        single(0.2) * single(SOFT_LINE) * mouth,
                        single(1.4) * single(SOFT_LINE) * mouth,
                    )
                elif spread == single(3.0):
                    w *= single(0.25) + single(0.75) * _step(s, single(0.05), single(0.6))
                elif spread == single(4.0):
                    w *= single(0.18) + single(0.82) * _step(s, single(0.15), single(0.85))
                if w <= _0:
                    continue
                a0, a1, a2 = laid(layers, layer, w, a0, a1, a2)
                # A finish shows from a thin film on.
                f = w * min(single(2.5) * layers[layer, 16], _1)
                contrast += f * (layers[layer, 9] - contrast)
                sheen += f * (layers[layer, 10] - sheen)
                gloss += f * (layers[layer, 11] - gloss)
                lustre += f * (layers[layer, 12] - lustre)
                flakes += f * (layers[layer, 13] - flakes)
                total = max(total, w)
            if total <= _0:
                continue
            lit = shade if contrast == _1 else shade**contrast
            glow = gloss * wet + sheen * shine * middle / level
            metal = lustre * (facing5 * single(0.9) - single(0.25))
            flash = _0
            if flakes > _0:
                flash = flakes * sparkle(t * pixel_mm, n * pixel_mm, pixel_mm, FLAKE_MM, turn_x, turn_y)
            factor = max(lit * (_1 + metal), _0)
            o0 = (a0 * factor + glow + flash * (single(0.35) + single(0.65) * a0)) * lit0
            o1 = (a1 * factor + glow + flash * (single(0.35) + single(0.65) * a1)) * lit1
            o2 = (a2 * factor + glow + flash * (single(0.35) + single(0.65) * a2)) * lit2
            bgr[y0 + y, x0 + x, 0] = code(b + (o0 - b) * cover, to_srgb)
            bgr[y0 + y, x0 + x, 1] = code(g + (o1 - g) * cover, to_srgb)
            bgr[y0 + y, x0 + x, 2] = code(r + (o2 - r) * cover, to_srgb)
