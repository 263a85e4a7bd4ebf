"""Lenses over the picture: what each lets pass, and what it mirrors.

A lens is smooth, so what it does to light is worked out at the corners of square blocks and goes evenly between them. A
corner beyond the lens' edge takes what the nearest one on the lens has; only pixels without any are worked out by
themselves.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, COVERAGE, TRANSMISSION
from tryon.render.shading import glass, shade
from tryon.render.surface import look, material, surface
from tryon.render.transfer import code

# What a corner holds: six numbers of ``glass``, opacity, and whether a lens is there.
_NUMBERS = 8
_THERE = 7
# Light is lost in a lens' bevel: this part of it at the edge, none where the lens goes on all around.
BEVEL = 0.35
# A rim and a lens that cover more of a pixel than this together cover all of it.
CLOSED = 0.6
_CODE = np.float32(1 / 255)


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
    found = np.zeros(COUNT, np.float32)
    height, width = lens_share.shape
    focal, cx, cy = view
    columns = (width + block - 1) // block + 1
    corners = np.zeros((2, columns, _NUMBERS), np.float32)
    # One row of pixels between two rows of corners.
    between = np.zeros((columns, _NUMBERS), np.float32)
    filled = -1
    for top in range(0, height, block):
        bottom = min(top + block, height)
        used = False
        for py in range(top, bottom):
            for px in range(width):
                if lens_share[py, px] > 0:
                    used = True
        if not used:
            continue
        for edge in range(2):
            row = top // block + edge
            if row <= filled:
                continue
            filled = row
            sy = min(row * block * samples, height * samples - 1)
            for column in range(columns):
                corner = corners[row % 2, column]
                sx = min(column * block * samples, width * samples - 1)
                t = lens_numbers[sy, sx]
                corner[_THERE] = 0.0
                if t < 0:
                    continue
                for k in range(COUNT):
                    found[k] = 0.0
                look(t, float(sx), float(sy), vertices, attributes, tangents, triangles, found)
                vx, vy = (x0 + block * column - cx) / focal, (y0 + block * row - cy) / focal
                vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                vx, vy = vx * vz, vy * vz
                material(found, materials, texels, levels, uses, vx, vy, vz, focal)
                if found[TRANSMISSION] > 0.0:
                    six = glass(found, materials, films, env, mirror, vx, vy, vz, white)
                    for k in range(6):
                        corner[k] = six[k]
                    corner[6] = min(found[BASE_RGBA + 3], 1.0)
                    corner[_THERE] = 1.0
        upper, lower = corners[(top // block) % 2], corners[(top // block + 1) % 2]
        for py in range(top, bottom):
            down = np.float32((py - top + 0.5) / block)
            for column in range(columns):
                here = upper[column, _THERE] * (np.float32(1.0) - down)
                below = lower[column, _THERE] * down
                there = here + below
                between[column, _THERE] = there
                if there > 0.0:
                    here, below = here / there, below / there
                    for k in range(7):
                        between[column, k] = upper[column, k] * here + lower[column, k] * below
            y = y0 + py
            for px in range(width):
                share = lens_share[py, px]
                if share == 0:
                    continue
                x = x0 + px
                left = px // block
                right = np.float32((px - left * block + 0.5) / block)
                a, c = between[left, _THERE] * (np.float32(1.0) - right), between[left + 1, _THERE] * right
                there = a + c
                bevel = np.float32(1.0) - np.float32(BEVEL) * (np.float32(1.0) - inner_share[py, px] * _CODE)
                red, green, blue = to_linear[bgr[y, x, 2]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 0]]
                seen_red, seen_green, seen_blue = red, green, blue
                solid = opaque_share[py, px] * _CODE
                if solid > 0.0:
                    # Thinned rims and lenses leave hairs of light between them.
                    if solid + share * _CODE > CLOSED:
                        share = max(share, 255 - opaque_share[py, px])
                    # As much of the lens as finds room beside what is opaque lies over the picture, the rest over that:
                    # a rim is beside its lens, a temple behind it.
                    over = min(
                        max(solid + share * _CODE - np.float32(1.0), np.float32(0.0)) / (share * _CODE),
                        np.float32(1.0),
                    )
                    free = np.float32(1.0) - solid
                    red = _behind(red, to_linear[under[py, px, 2]], solid, free, over)
                    green = _behind(green, to_linear[under[py, px, 1]], solid, free, over)
                    blue = _behind(blue, to_linear[under[py, px, 0]], solid, free, over)
                if there > 0.0:
                    c = c / there
                    a = np.float32(1.0) - c
                    r = red * bevel * (between[left, 0] * a + between[left + 1, 0] * c)
                    g = green * bevel * (between[left, 1] * a + between[left + 1, 1] * c)
                    b = blue * bevel * (between[left, 2] * a + between[left + 1, 2] * c)
                    r += between[left, 3] * a + between[left + 1, 3] * c
                    g += between[left, 4] * a + between[left + 1, 4] * c
                    b += between[left, 5] * a + between[left + 1, 5] * c
                    cover = (
                        (between[left, 6] * a + between[left + 1, 6] * c)
                        * share
                        * _CODE
                        * np.float32(opacity)
                    )
                else:
                    vx, vy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
                    vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                    vx, vy = vx * vz, vy * vz
                    surface(
                        lens_numbers, px, py, samples, samples * samples, vertices, attributes, tangents, triangles,
                        found,
                    )  # fmt: skip
                    material(found, materials, texels, levels, uses, vx, vy, vz, focal)
                    cover = np.float32(found[COVERAGE] * min(found[BASE_RGBA + 3], 1.0) * opacity)
                    if found[TRANSMISSION] > 0.0:
                        pr, pg, pb, ar, ag, ab = glass(
                            found, materials, films, env, mirror, vx, vy, vz, white
                        )
                        lr, lg, lb = red * pr * bevel + ar, green * pg * bevel + ag, blue * pb * bevel + ab
                    else:
                        # Alpha-blended, not transmitting: an ordinary surface, thinly there.
                        lr, lg, lb = shade(found, materials, films, env, vx, vy, vz)
                        lr, lg, lb = lr * white[0], lg * white[1], lb * white[2]
                    r, g, b = np.float32(lr), np.float32(lg), np.float32(lb)
                bgr[y, x, 0] = code(seen_blue + (b - blue) * cover, to_srgb)
                bgr[y, x, 1] = code(seen_green + (g - green) * cover, to_srgb)
                bgr[y, x, 2] = code(seen_red + (r - red) * cover, to_srgb)


@inlined
def _behind(mixed: float, picture: float, solid: float, free: float, over: float) -> float:
    """What a lens covers of a pixel: ``over`` of it is opaque, whose colour the ``mixed`` pixel tells; the rest is
    not."""
    opaque = max(mixed - picture * free, 0.0) / solid
    return picture + (opaque - picture) * over
