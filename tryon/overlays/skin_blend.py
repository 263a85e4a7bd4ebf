"""What blocks of skin are told to wear, laid on their pixels.

Sixteen pixels in a row are worked out at once, as vectors; only the tables that lead to linear light and back are
looked up one by one. Each of these steps is done for all rows of a block before the next: what was stored number by
number cannot be read as a vector at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel, single, unsigned, whole
from tryon.frame import F32, U8
from tryon.overlays.finishes import sparkle
from tryon.render.transfer import TO_SRGB_STEPS

# Skin is no darker than this part of the skin around it: what is, is hair, a frame, a nostril.
DARK: Final = (0.38, 0.74)
# A face turned by more than this (a sine) ends before the room, and what is grey at its outline is that.
SIDEWAYS: Final = 0.2
# It is believed to be that the more, the less squarely the skin is seen: from a little less on, by this slope.
OUTLINE_RISES: Final = 3.0
FLAKE_MM: Final = 0.5
# Pixels that are worked out at once, and where the numbers of so many begin in ``held``: what each channel is
# multiplied by, less what stays, in three rows of blocks in turn; one over the smooth luminance; up to where darkness
# ends cover, and one over how wide that is; how much greyness ends it of what is not bright, and one over how wide
# that is; light that is added; whether anything is worn. For flakes: place in mm across and down at the block's first
# row and what each row adds; their strength. Last, how much greyness ends cover of what is bright.
_TILE: Final = 16
_GAINS: Final = 0
_INVERSE, _LOW, _PER_DARK, _GREYS, _PER_GREY, _GLOW, _ON = 144, 160, 176, 192, 208, 224, 240
_FLAKE_X, _FLAKE_Y, _FLAKE_DX, _FLAKE_DY, _FLAKES = 256, 272, 288, 304, 320
_BRIGHT_GREYS: Final = 336
_HELD: Final = 352
# Of so little of a flake's light not half a code is seen.
_UNSEEN = single(0.001)
# Of a channel's numbers in ``lin`` and ``marks``, a row's.
_LINE: Final = 3 * _TILE
_0, _1, _2, _3, _HALF = single(0), single(1), single(2), single(3), single(0.5)
_LEAST, _FULL, _TINY = single(0.004), single(0.9), single(1e-4)
_STEPS = single(TO_SRGB_STEPS)


@kernel
def blend(
    bgr: U8, x0: int, y0: int, width: int, height: int, planes: F32, told: F32, block: int, greys: F32, light: F32,
    pose: F32, visible: float, to_linear: F32, to_srgb: U8,
) -> None:  # fmt: skip
    """Lay on in place, in the rectangle of that width and height at (x0, y0), what ``told`` (rows, columns, 8) has for
    each block: what it multiplies each channel by, light that is added, how well it is seen (0: nothing is worn), one
    over the smooth luminance, how much hair may grow there, and flakes.

    ``greys``: grey over red from which cover ends, where it has ended, there at a turned face's outline, and blue and
    green of white over its red. The rest is ``skin_paint.paint``'s.
    """
    down, tiles = told.shape[0], (width + _TILE - 1) // _TILE
    held = np.zeros(tiles * _HELD, np.float32)
    worn, flaky = np.zeros(tiles, np.uint8), np.zeros(tiles, np.uint8)
    lin, marks = np.zeros(_LINE * block, np.float32), np.zeros(_LINE * block, np.int32)
    flash = np.zeros(_TILE, np.float32)
    per_block, low = _1 / single(block), single(greys[0])
    white_b, white_g = single(greys[3]), single(greys[4])
    light0, light1, light2 = single(light[0]), single(light[1]), single(light[2])
    pixel_mm, turn_x, turn_y = single(pose[0]), single(pose[1]), single(pose[2])
    _spread(told, 0, block, width, held)
    for row in range(down):
        if row + 1 < down:
            _spread(told, row + 1, block, width, held)
        worn[:], flaky[:] = 0, 0
        _tell(planes, told, row, block, width, greys, pose, visible, held, worn, flaky)
        top, count = row * block, min(block, height - row * block)
        own = row % 3 * _LINE
        above, below = max(row - 1, 0) % 3 * _LINE, min(row + 1, down - 1) % 3 * _LINE
        for tile in range(tiles):
            if worn[tile] == 0:
                continue
            left, wide, base = x0 + tile * _TILE, min(_TILE, width - tile * _TILE), tile * _HELD
            for step in range(count):
                line, to = unsigned(y0 + top + step), unsigned(step * _LINE)
                for i in range(wide):
                    at, n = unsigned(left + i), to + unsigned(i)
                    lin[n] = to_linear[bgr[line, at, 0]]
                    lin[n + unsigned(_TILE)] = to_linear[bgr[line, at, 1]]
                    lin[n + unsigned(2 * _TILE)] = to_linear[bgr[line, at, 2]]
            if flaky[tile] == 0:
                flash[:] = _0
            for step in range(count):
                to = step * _LINE
                # Between the middles of two rows of blocks.
                part = (single(step) + _HALF) * per_block - _HALF
                # Numbers that the compiler knows not to count from the end are read as vectors.
                mine, other = max(base + own, 0), max(base + (above if part < _0 else below), 0)
                part = abs(part)
                if flaky[tile] > 0:
                    further = single(step)
                    for i in range(_TILE):
                        x_mm = held[base + _FLAKE_X + i] + further * held[base + _FLAKE_DX + i]
                        y_mm = held[base + _FLAKE_Y + i] + further * held[base + _FLAKE_DY + i]
                        spark = sparkle(x_mm, y_mm, pixel_mm, FLAKE_MM, turn_x, turn_y)
                        flash[i] = held[base + _FLAKES + i] * spark
                for i in range(_TILE):
                    b, g, r = lin[to + i], lin[to + _TILE + i], lin[to + 2 * _TILE + i]
                    luminance = single(0.0722) * b + single(0.7152) * g + single(0.2126) * r
                    fine = luminance * held[base + _INVERSE + i]
                    cover = _step((fine - held[base + _LOW + i]) * held[base + _PER_DARK + i])
                    # Shine is grey as well; hair, cloth and, past the outline, walls are greyer than skin.
                    grey = min(b * white_b, g * white_g) / max(r, _TINY)
                    greyer = _step((grey - low) * held[base + _PER_GREY + i])
                    here, edge = held[base + _GREYS + i], held[base + _BRIGHT_GREYS + i]
                    greyer *= here if fine < _FULL else edge
                    cover *= held[base + _ON + i] * (_1 - greyer)
                    gain0, gain1, gain2 = held[mine + i], held[mine + _TILE + i], held[mine + 2 * _TILE + i]
                    gain0 += part * (held[other + i] - gain0)
                    gain1 += part * (held[other + _TILE + i] - gain1)
                    gain2 += part * (held[other + 2 * _TILE + i] - gain2)
                    more = held[base + _GLOW + i] + flash[i]
                    b += (b * gain0 + more * light0 - b) * cover
                    g += (g * gain1 + more * light1 - g) * cover
                    r += (r * gain2 + more * light2 - r) * cover
                    blue = whole(min(max(b, _0), _1) * _STEPS + _HALF)
                    marks[to + i] = blue if cover >= _LEAST else whole(-1)
                    marks[to + _TILE + i] = whole(min(max(g, _0), _1) * _STEPS + _HALF)
                    marks[to + 2 * _TILE + i] = whole(min(max(r, _0), _1) * _STEPS + _HALF)
            for step in range(count):
                line, to = unsigned(y0 + top + step), unsigned(step * _LINE)
                for i in range(wide):
                    at, n = unsigned(left + i), to + unsigned(i)
                    if marks[n] >= whole(0):
                        bgr[line, at, 0] = to_srgb[unsigned(marks[n])]
                        bgr[line, at, 1] = to_srgb[unsigned(marks[n + unsigned(_TILE)])]
                        bgr[line, at, 2] = to_srgb[unsigned(marks[n + unsigned(2 * _TILE)])]


@inlined
def _step(t: float) -> float:
    t = min(max(t, _0), _1)
    return t * t * (_3 - _2 * t)


@kernel
def _spread(told: F32, row: int, block: int, width: int, held: F32) -> None:
    """What a row of blocks multiplies pixels by: a block's left and right half each blend with the block beside, along
    straight lines."""
    across, slot, per_block = told.shape[1], unsigned(row % 3 * _LINE), _1 / single(block)
    for column in range(across):
        left, before, after = column * block, max(column - 1, 0), min(column + 1, across - 1)
        m0, m1, m2 = told[row, column, 0], told[row, column, 1], told[row, column, 2]
        b0, b1, b2 = told[row, before, 0] - m0, told[row, before, 1] - m1, told[row, before, 2] - m2
        a0, a1, a2 = told[row, after, 0] - m0, told[row, after, 1] - m1, told[row, after, 2] - m2
        for x in range(left, min(left + block, width)):
            share = (single(x - left) + _HALF) * per_block - _HALF
            first, share = x - left < (block + 1) // 2, abs(share)
            n = _place(x) + slot
            held[n] = m0 + share * (b0 if first else a0)
            held[n + unsigned(_TILE)] = m1 + share * (b1 if first else a1)
            held[n + unsigned(2 * _TILE)] = m2 + share * (b2 if first else a2)


@kernel
def _tell(
    planes: F32, told: F32, row: int, block: int, width: int, greys: F32, pose: F32, visible: float, held: F32,
    worn: U8, flaky: U8,
) -> None:  # fmt: skip
    """What else a row of blocks tells its pixels, and which sixteen of them wear something, and flakes."""
    sideways = abs(pose[1]) > SIDEWAYS
    per_grey, per_edge = _1 / single(greys[1] - greys[0]), _1 / single(greys[2] - greys[0])
    for column in range(told.shape[1]):
        fade = told[row, column, 4]
        here = fade != _0
        # On its near side a turned face goes on to the ear.
        far = (2 * column > told.shape[1]) == (pose[1] > 0.0)
        edge_on = sideways and far and abs(fade) < 0.98 * visible
        edge = min(single((0.98 * visible - abs(fade)) * OUTLINE_RISES), _1) if edge_on else _0
        hairy = told[row, column, 6] if here else _0
        low = single(DARK[0]) * hairy
        per_dark = _1 / (single(DARK[1] - DARK[0]) * hairy + single(0.02))
        inverse, glow, on = (told[row, column, 5], told[row, column, 3], _1) if here else (_0, _0, _0)
        # What is grey where no hair grows is lit by another lamp.
        greyness, per = max(edge, hairy), per_edge if edge_on else per_grey
        flakes = told[row, column, 7] if here and told[row, column, 7] > _UNSEEN else _0
        # Flakes are finer than blocks: each pixel's place in the chart, from the blocks beside.
        u, v, u_x, v_x, u_y, v_y = _0, _0, _0, _0, _0, _0
        if flakes > _0:
            u, v, u_x, v_x, u_y, v_y = _chart(planes, row, column, told.shape[0], block, width)
        wide_mm, high_mm = single(pose[3]), single(pose[4])
        for x in range(column * block, min(column * block + block, width)):
            n, tile = _place(x), unsigned(x) // unsigned(_TILE)
            held[n + unsigned(_INVERSE)], held[n + unsigned(_LOW)] = inverse, low
            held[n + unsigned(_PER_DARK)], held[n + unsigned(_GREYS)] = per_dark, greyness
            held[n + unsigned(_BRIGHT_GREYS)] = edge
            held[n + unsigned(_PER_GREY)], held[n + unsigned(_GLOW)], held[n + unsigned(_ON)] = per, glow, on
            held[n + unsigned(_FLAKES)] = flakes
            if flakes > _0:
                across, up = single(x - column * block) - _HALF * single(block - 1), _HALF * single(block - 1)
                held[n + unsigned(_FLAKE_X)] = (u + across * u_x - up * u_y) * wide_mm
                held[n + unsigned(_FLAKE_Y)] = (v + across * v_x - up * v_y) * high_mm
                held[n + unsigned(_FLAKE_DX)], held[n + unsigned(_FLAKE_DY)] = u_y * wide_mm, v_y * high_mm
                flaky[tile] = 1
            if here:
                worn[tile] = 1


@inlined
def _chart(
    planes: F32, row: int, column: int, down: int, block: int, width: int
) -> tuple[float, float, float, float, float, float]:
    """A block's place in the chart, and by how much that changes with each pixel across and down."""
    u, v = planes[0, row, column], planes[1, row, column]
    u_x, v_x, u_y, v_y = _0, _0, _0, _0
    per_block = _1 / single(block)
    if block > 1 and (column + 1) * block < width and planes[0, row, column + 1] >= 0.0:
        u_x, v_x = (planes[0, row, column + 1] - u) * per_block, (planes[1, row, column + 1] - v) * per_block
    if block > 1 and row + 1 < down and planes[0, row + 1, column] >= 0.0:
        u_y, v_y = (planes[0, row + 1, column] - u) * per_block, (planes[1, row + 1, column] - v) * per_block
    return u, v, u_x, v_x, u_y, v_y


@inlined
def _place(x: int) -> int:
    """Where in ``held`` a pixel's first number is."""
    return unsigned(x) // unsigned(_TILE) * unsigned(_HELD) + unsigned(x) % unsigned(_TILE)
