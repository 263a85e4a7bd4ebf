"""Lenses over the picture: what each lets pass, and what it mirrors.

A lens is smooth, so what it does to light is worked out at the corners of square blocks and goes evenly between them;
only the room in its mirror has edges, and is looked up for each pixel in the direction in which the lens sees it there.
Corners beyond the lens' edge go on as the two within it do; only pixels without any, or of another material than
theirs, are worked out by themselves.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel, single, unsigned, whole
from tryon.frame import F32, U8
from tryon.render.environment import SHARP_PX
from tryon.render.lens_corners import (
    ALONG,
    LENS,
    MIRRORED,
    MIXED,
    NUMBERS,
    OF,
    OPACITY,
    THERE,
    carry_on,
    look_up,
)
from tryon.render.lens_edges import hair, shown
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, COVERAGE, SPREAD, TRANSMISSION
from tryon.render.shading import fetch, glass, polished, shade
from tryon.render.surface import material, surface
from tryon.render.transfer import TO_SRGB_STEPS, code

# Light is lost in a lens' bevel: this part of it at the edge, none where the lens goes on all around.
BEVEL = 0.35
# Where a lens mirrors less than this of white, the room in it is not looked up.
_SEEN = 1e-4
# So many pixels of a block's row are worked out at once, as vectors; where their numbers begin in ``tile``: red, green
# and blue behind the lens, those of the pixel, what the bevel lets pass, the share, how far between the corners, where
# between the room's texels, and the room's red, green and blue.
_TILE: Final = 16
_BEHIND, _OWN, _BEVEL, _SHARE, _FAR, _BESIDE, _ROOM = 0, 48, 96, 112, 128, 144, 176
_CODE = single(1 / 255)
_0, _1, _HALF = single(0), single(1), single(0.5)
_SHARP, _STEPS = single(SHARP_PX), single(TO_SRGB_STEPS)
_NEXT = unsigned(1)


@kernel
def glaze(
    bgr: U8,
    x0: int,
    y0: int,
    samples: int,
    block: int,
    numbers: I32,
    lens_numbers: I32,
    lens_share: U8,
    inner_share: U8,
    bevelled: float,
    opaque_share: U8,
    under: U8,
    vertices: F32,
    attributes: F32,
    tangents: F32,
    triangles: I32,
    materials: F32,
    texels: U16,
    levels: I32,
    uses: F32,
    films: F32,
    env: F32,
    mirror: F32,
    white: tuple[float, float, float],
    view: tuple[float, float, float],
    opacity: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Composite the lenses of the rectangle at (x0, y0) into ``bgr`` in place.

    ``block`` is a block's side in pixels; ``numbers`` is what is opaque, sample by sample; ``inner_share`` is
    ``lens_share`` averaged over so many pixels that a bevel is the part ``bevelled`` of them wide; the rest is as in
    ``composite.resolve``, whose ``opaque_share`` and ``under`` are read where opaque surfaces are.
    """
    height, width = lens_share.shape
    rows, columns = (height + block - 1) // block + 1, (width + block - 1) // block + 1
    corners = np.zeros((rows, columns, NUMBERS), np.float32)
    look_up(
        corners, x0, y0, samples, block, lens_numbers, inner_share, vertices, attributes, tangents, triangles,
        materials, texels, levels, uses, films, env, white, view,
    )  # fmt: skip
    carry_on(corners)
    # One row of pixels between two rows of corners.
    between = np.zeros((columns, NUMBERS), np.float32)
    inside = np.zeros(columns, np.uint8)
    alone = np.empty((width, 8), np.float32)
    tile, marks = np.zeros(_ROOM + 3 * _TILE, np.float32), np.zeros(3 * _TILE, np.int32)
    for py in range(height):
        first, last = 0, width - 1
        while first < width and lens_share[py, first] == 0:
            first += 1
        if first == width:
            continue
        while lens_share[py, last] == 0:
            last -= 1
        count = 0
        upper, lower = py // block, py // block + 1
        down = single((py - upper * block + 0.5) / block)
        for column in range(first // block, last // block + 2):
            here = _1 - down if corners[upper, column, THERE] > 0.0 else _0
            below = down if corners[lower, column, THERE] > 0.0 else _0
            there = here + below
            between[column, THERE] = there
            of = corners[upper if here > _0 else lower, column, OF]
            if here > _0 and below > _0 and corners[lower, column, OF] != of:
                of = single(MIXED)
            between[column, OF] = of
            inside[column] = min(corners[upper, column, THERE], corners[lower, column, THERE]) == LENS
            if there > 0.0:
                here, below = here / there, below / there
                for k in range(THERE):
                    between[column, k] = corners[upper, column, k] * here + corners[lower, column, k] * below
        y = y0 + py
        for column in range(first // block, last // block + 1):
            blocked = between[column, THERE] > _0 or between[column + 1, THERE] > _0
            # Beside its lens there may be something else, a nose pad, for which its corners do not speak.
            of = between[column if between[column, THERE] > _0 else column + 1, OF]
            if (
                between[column, THERE] > _0
                and between[column + 1, THERE] > _0
                and between[column + 1, OF] != of
            ):
                of = single(MIXED)
            sure = inside[column] + inside[column + 1] == 2 and of != single(MIXED)
            for begin in range(0, block, _TILE):
                start = column * block + begin
                end = min(start + _TILE, column * block + block, width)
                found = False
                for px in range(start, end):
                    share = lens_share[py, px]
                    if share == 0:
                        continue
                    found = True
                    i, x = px - start, x0 + px
                    bevel = _1 - single(BEVEL * bevelled) * (_1 - inner_share[py, px] * _CODE)
                    red, green, blue = (
                        to_linear[bgr[y, x, 2]],
                        to_linear[bgr[y, x, 1]],
                        to_linear[bgr[y, x, 0]],
                    )
                    seen_red, seen_green, seen_blue = red, green, blue
                    if opaque_share[py, px] > 0:
                        solid = opaque_share[py, px] * _CODE
                        # Thinned rims and lenses leave hairs of light between them.
                        if solid + share * _CODE < _1:
                            share += hair(numbers, lens_numbers, px, py, samples)
                        # As much of the lens as finds room beside what is opaque lies over the picture, the rest over
                        # that: a rim is beside its lens, a temple behind it.
                        over = min(max(solid + share * _CODE - _1, _0) / (share * _CODE), _1)
                        free = _1 - solid
                        red = _behind(red, to_linear[under[py, px, 2]], solid, free, over)
                        green = _behind(green, to_linear[under[py, px, 1]], solid, free, over)
                        blue = _behind(blue, to_linear[under[py, px, 0]], solid, free, over)
                    if blocked and (sure or shown(lens_numbers, px, py, samples, triangles) == whole(of)):
                        tile[_BEHIND + i], tile[_BEHIND + 16 + i], tile[_BEHIND + 32 + i] = red, green, blue
                        tile[_OWN + i], tile[_OWN + 16 + i], tile[_OWN + 32 + i] = (
                            seen_red,
                            seen_green,
                            seen_blue,
                        )
                        tile[_BEVEL + i], tile[_SHARE + i] = bevel, share * _CODE
                    else:
                        alone[count, 0], alone[count, 1], alone[count, 2] = red, green, blue
                        alone[count, 3], alone[count, 4], alone[count, 5] = seen_red, seen_green, seen_blue
                        alone[count, 6], alone[count, 7] = bevel, px
                        count += 1
                if found and blocked:
                    _blend(between, column, begin, block, end - start, mirror, single(opacity), tile, marks)
                    for px in range(start, end):
                        if lens_share[py, px] > 0:
                            i, x = px - start, x0 + px
                            bgr[y, x, 0] = to_srgb[unsigned(marks[32 + i])]
                            bgr[y, x, 1] = to_srgb[unsigned(marks[16 + i])]
                            bgr[y, x, 2] = to_srgb[unsigned(marks[i])]
        if count > 0:
            _glaze_alone(
                bgr, x0, y0, py, alone[:count], samples, lens_numbers, vertices, attributes, tangents, triangles,
                materials, texels, levels, uses, films, env, mirror, white, view, opacity, to_srgb,
            )  # fmt: skip


@inlined
def _blend(
    between: F32, column: int, begin: int, block: int, count: int, mirror: F32, opacity: float, tile: F32, marks: I32
) -> None:  # fmt: skip
    """The steps of ``to_srgb``, red, green and blue, of ``count`` pixels from the ``begin``th of a block on, into
    ``marks``."""
    left_there, right_there = between[column, THERE], between[column + 1, THERE]
    # Beside a corner that is none, the other one tells all.
    near = unsigned(column if left_there > _0 else column + 1)
    far = unsigned(column + 1 if right_there > _0 else column)
    x, y, z = between[near, ALONG], between[near, ALONG + 1], between[near, ALONG + 2]
    dx, dy, dz = between[far, ALONG] - x, between[far, ALONG + 1] - y, between[far, ALONG + 2] - z
    start, per_block, last = single(begin) + _HALF, _1 / single(block), _SHARP - single(1.001)
    for i in range(_TILE):
        part = (start + single(i)) * per_block
        left, right = left_there * (_1 - part), right_there * part
        part = right / (left + right)
        tile[_FAR + i] = part
        # As ``shading.texel`` has it, without a branch.
        rx, ry, rz = x + dx * part, y + dy * part, z + dz * part
        scale = _1 / (abs(rx) + abs(ry) + abs(rz))
        u, v = rx * scale, ry * scale
        folded_u = (_1 - abs(v)) * (_1 if u >= _0 else -_1)
        folded_v = (_1 - abs(u)) * (_1 if v >= _0 else -_1)
        u, v = folded_u if rz > _0 else u, folded_v if rz > _0 else v
        fx = min(max((u * _HALF + _HALF) * _SHARP - _HALF, _0), last)
        fy = min(max((v * _HALF + _HALF) * _SHARP - _HALF, _0), last)
        ix, iy = whole(fx), whole(fy)
        tile[_BESIDE + i], tile[_BESIDE + 16 + i] = fx - single(ix), fy - single(iy)
        marks[i], marks[16 + i] = ix, iy
    m0, m1, m2 = between[near, MIRRORED], between[near, MIRRORED + 1], between[near, MIRRORED + 2]
    n0, n1, n2 = between[far, MIRRORED], between[far, MIRRORED + 1], between[far, MIRRORED + 2]
    if max(m0 + m1 + m2, n0 + n1 + n2) > _SEEN:
        for i in range(count):
            r, g, b = fetch(
                mirror,
                0,
                unsigned(marks[i]),
                unsigned(marks[16 + i]),
                tile[_BESIDE + i],
                tile[_BESIDE + 16 + i],
            )
            tile[_ROOM + i], tile[_ROOM + 16 + i], tile[_ROOM + 32 + i] = r, g, b
    n0, n1, n2 = n0 - m0, n1 - m1, n2 - m2
    p0, p1, p2 = between[near, 0], between[near, 1], between[near, 2]
    a0, a1, a2 = between[near, 3], between[near, 4], between[near, 5]
    q0, q1, q2 = between[far, 0] - p0, between[far, 1] - p1, between[far, 2] - p2
    b0, b1, b2 = between[far, 3] - a0, between[far, 4] - a1, between[far, 5] - a2
    shown = between[near, OPACITY]
    more = between[far, OPACITY] - shown
    for i in range(_TILE):
        part, bevel = tile[_FAR + i], tile[_BEVEL + i]
        cover = (shown + more * part) * tile[_SHARE + i] * opacity
        red, green, blue = tile[_BEHIND + i], tile[_BEHIND + 16 + i], tile[_BEHIND + 32 + i]
        r = red * bevel * (p0 + q0 * part) + (a0 + b0 * part) + (m0 + n0 * part) * tile[_ROOM + i]
        g = green * bevel * (p1 + q1 * part) + (a1 + b1 * part) + (m1 + n1 * part) * tile[_ROOM + 16 + i]
        b = blue * bevel * (p2 + q2 * part) + (a2 + b2 * part) + (m2 + n2 * part) * tile[_ROOM + 32 + i]
        r = tile[_OWN + i] + (r - red) * cover
        g = tile[_OWN + 16 + i] + (g - green) * cover
        b = tile[_OWN + 32 + i] + (b - blue) * cover
        marks[i] = whole(min(max(r, _0), _1) * _STEPS + _HALF)
        marks[16 + i] = whole(min(max(g, _0), _1) * _STEPS + _HALF)
        marks[32 + i] = whole(min(max(b, _0), _1) * _STEPS + _HALF)


@kernel
def _glaze_alone(
    bgr: U8,
    x0: int,
    y0: int,
    py: int,
    alone: F32,
    samples: int,
    lens_numbers: I32,
    vertices: F32,
    attributes: F32,
    tangents: F32,
    triangles: I32,
    materials: F32,
    texels: U16,
    levels: I32,
    uses: F32,
    films: F32,
    env: F32,
    mirror: F32,
    white: tuple[float, float, float],
    view: tuple[float, float, float],
    opacity: float,
    to_srgb: U8,
) -> None:
    """Composite the lenses of a row's pixels that have no corner near, each worked out by itself.

    Rows of ``alone``: linear red, green and blue behind the lens, then of the pixel; what the bevel lets pass; px.
    """
    found = np.zeros(COUNT, np.float32)
    focal, cx, cy = view
    y = y0 + py
    for n in range(alone.shape[0]):
        red, green, blue, bevel, px = alone[n, 0], alone[n, 1], alone[n, 2], alone[n, 6], int(alone[n, 7])
        x = x0 + px
        vx, vy = single((x + 0.5 - cx) / focal), single((y + 0.5 - cy) / focal)
        vz = _1 / math.sqrt(vx * vx + vy * vy + _1)
        vx, vy = vx * vz, vy * vz
        surface(lens_numbers, px, py, samples, 1, vertices, attributes, tangents, triangles, found)
        found[SPREAD] = 0.0
        material(found, materials, texels, levels, uses, vx, vy, vz, focal)
        cover = single(found[COVERAGE] * min(found[BASE_RGBA + 3], 1.0) * opacity)
        if found[TRANSMISSION] > 0.0:
            pr, pg, pb, ar, ag, ab, mr, mg, mb, rx, ry, rz = glass(
                found, materials, films, env, vx, vy, vz, white
            )
            lr, lg, lb = polished(mirror, rx, ry, rz)
            lr = red * pr * bevel + ar + mr * lr
            lg = green * pg * bevel + ag + mg * lg
            lb = blue * pb * bevel + ab + mb * lb
        else:
            # Alpha-blended, not transmitting: an ordinary surface, thinly there.
            lr, lg, lb = shade(found, materials, films, env, mirror, vx, vy, vz)
            lr, lg, lb = lr * white[0], lg * white[1], lb * white[2]
        r, g, b = single(lr), single(lg), single(lb)
        bgr[y, x, 0] = code(alone[n, 5] + (b - blue) * cover, to_srgb)
        bgr[y, x, 1] = code(alone[n, 4] + (g - green) * cover, to_srgb)
        bgr[y, x, 2] = code(alone[n, 3] + (r - red) * cover, to_srgb)


@inlined
def _behind(mixed: float, picture: float, solid: float, free: float, over: float) -> float:
    """What a lens covers of a pixel: ``over`` of it is opaque, whose colour the ``mixed`` pixel tells; the rest is
    not."""
    opaque = max(mixed - picture * free, 0.0) / solid
    return picture + (opaque - picture) * over
