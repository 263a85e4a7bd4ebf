"""Lenses over the picture: what each lets pass, and what it mirrors.

A lens is smooth, so what it does to light is worked out at the corners of square blocks and goes evenly between them;
only the room in its mirror has edges, and is looked up for each pixel in the direction in which the lens sees it there.
Corners beyond the lens' edge go on as the two within it do; only pixels without any are worked out by themselves.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined, kernel, single
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, COVERAGE, SPREAD, TRANSMISSION
from tryon.render.shading import glass, polished, shade
from tryon.render.surface import look, material, surface
from tryon.render.transfer import code

# What a corner holds: the twelve numbers of ``glass``, opacity, and whether a lens is there.
_NUMBERS = 14
_MIRRORED = 6
_ALONG = 9
_OPACITY = 12
_THERE = 13
# Marks of corners: of a lens, carried on from a lens, nothing, and something else that no lens is carried on over.
_LENS, _CARRIED, _NOTHING, _OTHER = 1.0, 0.5, 0.0, -1.0
# Of 255: a lens goes on all around.
_INNER = 250
# Light is lost in a lens' bevel: this part of it at the edge, none where the lens goes on all around.
BEVEL = 0.35
# A rim and a lens that cover more of a pixel than this together cover all of it.
CLOSED = 0.6
# Where a lens mirrors less than this of white, the room in it is not looked up.
_SEEN = 1e-4
_CODE = single(1 / 255)
_1 = single(1)


@kernel
def glaze(
    bgr: U8,
    x0: int,
    y0: int,
    samples: int,
    block: int,
    lens_numbers: I32,
    lens_share: U8,
    inner_share: U8,
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

    ``block`` is a block's side in pixels; ``inner_share`` is ``lens_share`` averaged over a bevel's width;
    the rest is as in ``composite.resolve``, whose ``opaque_share`` and ``under`` are read where opaque surfaces are.
    """
    height, width = lens_share.shape
    rows, columns = (height + block - 1) // block + 1, (width + block - 1) // block + 1
    corners = np.zeros((rows, columns, _NUMBERS), np.float32)
    _look_up(
        corners, x0, y0, samples, block, lens_numbers, inner_share, vertices, attributes, tangents, triangles,
        materials, texels, levels, uses, films, env, white, view,
    )  # fmt: skip
    _carry_on(corners)
    # One row of pixels between two rows of corners.
    between = np.zeros((columns, _NUMBERS), np.float32)
    alone = np.empty((width, 8), np.float32)
    for py in range(height):
        first, last = width, -1
        for px in range(width):
            if lens_share[py, px] > 0:
                first, last = min(first, px), px
        if last >= first:
            count = 0
            upper, lower = py // block, py // block + 1
            down = single((py - upper * block + 0.5) / block)
            for column in range(first // block, last // block + 2):
                here = _1 - down if corners[upper, column, _THERE] > 0.0 else single(0.0)
                below = down if corners[lower, column, _THERE] > 0.0 else single(0.0)
                there = here + below
                between[column, _THERE] = there
                if there > 0.0:
                    here, below = here / there, below / there
                    for k in range(_THERE):
                        between[column, k] = (
                            corners[upper, column, k] * here + corners[lower, column, k] * below
                        )
            y = y0 + py
            for px in range(first, last + 1):
                share = lens_share[py, px]
                if share == 0:
                    continue
                x = x0 + px
                left = px // block
                right = single((px - left * block + 0.5) / block)
                a, c = between[left, _THERE] * (_1 - right), between[left + 1, _THERE] * right
                there = a + c
                bevel = _1 - single(BEVEL) * (_1 - inner_share[py, px] * _CODE)
                red, green, blue = to_linear[bgr[y, x, 2]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 0]]
                seen_red, seen_green, seen_blue = red, green, blue
                solid = opaque_share[py, px] * _CODE
                if solid > 0.0:
                    # Thinned rims and lenses leave hairs of light between them.
                    if solid + share * _CODE > CLOSED:
                        share = max(share, 255 - opaque_share[py, px])
                    # As much of the lens as finds room beside what is opaque lies over the picture, the rest over that:
                    # a rim is beside its lens, a temple behind it.
                    over = min(max(solid + share * _CODE - _1, single(0.0)) / (share * _CODE), _1)
                    free = _1 - solid
                    red = _behind(red, to_linear[under[py, px, 2]], solid, free, over)
                    green = _behind(green, to_linear[under[py, px, 1]], solid, free, over)
                    blue = _behind(blue, to_linear[under[py, px, 0]], solid, free, over)
                if there > 0.0:
                    c = c / there
                    a = _1 - c
                    r = red * bevel * (between[left, 0] * a + between[left + 1, 0] * c)
                    g = green * bevel * (between[left, 1] * a + between[left + 1, 1] * c)
                    b = blue * bevel * (between[left, 2] * a + between[left + 1, 2] * c)
                    r += between[left, 3] * a + between[left + 1, 3] * c
                    g += between[left, 4] * a + between[left + 1, 4] * c
                    b += between[left, 5] * a + between[left + 1, 5] * c
                    mr = between[left, _MIRRORED] * a + between[left + 1, _MIRRORED] * c
                    mg = between[left, _MIRRORED + 1] * a + between[left + 1, _MIRRORED + 1] * c
                    mb = between[left, _MIRRORED + 2] * a + between[left + 1, _MIRRORED + 2] * c
                    if mr + mg + mb > _SEEN:
                        lr, lg, lb = polished(
                            mirror,
                            between[left, _ALONG] * a + between[left + 1, _ALONG] * c,
                            between[left, _ALONG + 1] * a + between[left + 1, _ALONG + 1] * c,
                            between[left, _ALONG + 2] * a + between[left + 1, _ALONG + 2] * c,
                        )
                        r, g, b = single(r + mr * lr), single(g + mg * lg), single(b + mb * lb)
                    cover = (
                        (between[left, _OPACITY] * a + between[left + 1, _OPACITY] * c)
                        * share
                        * _CODE
                        * single(opacity)
                    )
                else:
                    alone[count, 0], alone[count, 1], alone[count, 2] = red, green, blue
                    alone[count, 3], alone[count, 4], alone[count, 5] = seen_red, seen_green, seen_blue
                    alone[count, 6], alone[count, 7] = bevel, px
                    count += 1
                    continue
                bgr[y, x, 0] = code(seen_blue + (b - blue) * cover, to_srgb)
                bgr[y, x, 1] = code(seen_green + (g - green) * cover, to_srgb)
                bgr[y, x, 2] = code(seen_red + (r - red) * cover, to_srgb)
            if count > 0:
                _glaze_alone(
                    bgr, x0, y0, py, alone[:count], samples, lens_numbers, vertices, attributes, tangents, triangles,
                    materials, texels, levels, uses, films, env, mirror, white, view, opacity, to_srgb,
                )  # fmt: skip


@kernel
def _look_up(
    corners: F32,
    x0: int,
    y0: int,
    samples: int,
    block: int,
    lens_numbers: I32,
    inner_share: U8,
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
    white: tuple[float, float, float],
    view: tuple[float, float, float],
) -> None:
    """Work out the corners that lie on a lens, away from its edge."""
    found = np.zeros(COUNT, np.float32)
    height, width = inner_share.shape
    focal, cx, cy = view
    rows, columns = corners.shape[0], corners.shape[1]
    for row in range(rows):
        sy = min(row * block * samples, height * samples - 1)
        for column in range(columns):
            sx = min(column * block * samples, width * samples - 1)
            t = lens_numbers[sy, sx]
            # At its very edge a lens has a bevel, whose normals are others.
            if t < 0 or inner_share[min(row * block, height - 1), min(column * block, width - 1)] < _INNER:
                continue
            for k in range(COUNT):
                found[k] = 0.0
            look(t, float(sx), float(sy), samples, vertices, attributes, tangents, triangles, found)
            # A lens is larger than its pixels; what it mirrors is looked up for each of them.
            found[SPREAD] = 0.0
            vx, vy = (
                single((x0 + block * column - cx) / focal),
                single((y0 + block * row - cy) / focal),
            )
            vz = _1 / math.sqrt(vx * vx + vy * vy + _1)
            vx, vy = vx * vz, vy * vz
            material(found, materials, texels, levels, uses, vx, vy, vz, focal)
            if found[TRANSMISSION] > 0.0:
                twelve = glass(found, materials, films, env, vx, vy, vz, white)
                for k in range(12):
                    corners[row, column, k] = twelve[k]
                corners[row, column, _OPACITY] = min(found[BASE_RGBA + 3], 1.0)
                corners[row, column, _THERE] = _LENS
            else:
                corners[row, column, _THERE] = _OTHER


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


@kernel
def _carry_on(corners: F32) -> None:
    """Give corners beside a lens what its slope there makes of it: twice the nearest less the one behind that."""
    rows, columns = corners.shape[0], corners.shape[1]
    for row in range(rows):
        for column in range(columns):
            if corners[row, column, _THERE] != _NOTHING:
                continue
            found = 0
            # Straight neighbours first; a slanting one only where there is none.
            for slanting in range(2):
                if found > 0:
                    break
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        near_row, near_column = row + dy, column + dx
                        if abs(dy) + abs(dx) != slanting + 1:
                            continue
                        if min(near_row, near_column) < 0 or near_row >= rows or near_column >= columns:
                            continue
                        if corners[near_row, near_column, _THERE] != _LENS:
                            continue
                        far_row, far_column = near_row + dy, near_column + dx
                        further = min(far_row, far_column) >= 0 and far_row < rows and far_column < columns
                        further = further and corners[far_row, far_column, _THERE] == _LENS
                        for k in range(_THERE):
                            value = corners[near_row, near_column, k]
                            if further:
                                value += value - corners[far_row, far_column, k]
                            corners[row, column, k] += (
                                value if k >= _ALONG and k < _OPACITY else max(value, 0.0)
                            )
                        found += 1
            if found > 0:
                for k in range(_THERE):
                    corners[row, column, k] /= found
                corners[row, column, _OPACITY] = min(corners[row, column, _OPACITY], 1.0)
                corners[row, column, _THERE] = _CARRIED


@inlined
def _behind(mixed: float, picture: float, solid: float, free: float, over: float) -> float:
    """What a lens covers of a pixel: ``over`` of it is opaque, whose colour the ``mixed`` pixel tells; the rest is
    not."""
    opaque = max(mixed - picture * free, 0.0) / solid
    return picture + (opaque - picture) * over
