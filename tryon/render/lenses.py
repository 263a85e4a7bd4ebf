"""Lenses over the picture: what each lets pass, and what it mirrors.

A lens is smooth, so what it does to light is worked out at the corners of blocks of 2×2 pixels and goes evenly between
them; only blocks with a corner beyond the lens' edge are worked out pixel by pixel.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, COVERAGE, MATERIAL, TRANSMISSION
from tryon.render.shading import glass, shade
from tryon.render.surface import look, material, surface
from tryon.render.transfer import code

# What a corner holds: six numbers of ``glass``, opacity, and the lens' material plus one (0: no lens there).
_NUMBERS = 8
_WHOSE = 7
# Light is lost in a lens' bevel: this part of it at the edge, none where the lens goes on all around.
BEVEL = 0.35


@kernel
def glaze(
    bgr: U8,
    x0: int,
    y0: int,
    samples: int,
    lens_numbers: I32,
    lens_share: U8,
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
    mirror: F32,
    white: tuple[float, float, float],
    view: tuple[float, float, float],
    opacity: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Composite the lenses of the rectangle at (x0, y0) into ``bgr`` in place.

    ``inner_share`` is ``lens_share`` averaged over a bevel's width; the rest is as in ``composite.resolve``.
    """
    found = np.zeros(COUNT, np.float32)
    height, width = lens_share.shape
    focal, cx, cy = view
    columns = width // 2 + 2
    corners = np.zeros((2, columns, _NUMBERS), np.float32)
    filled = -1
    for top in range(0, height, 2):
        used = False
        for px in range(width):
            if lens_share[top, px] > 0 or lens_share[min(top + 1, height - 1), px] > 0:
                used = True
                break
        if not used:
            continue
        for edge in range(2):
            row = top // 2 + edge
            if row <= filled:
                continue
            filled = row
            sy = min(2 * row * samples, height * samples - 1)
            for column in range(columns):
                corner = corners[row % 2, column]
                sx = min(2 * column * samples, width * samples - 1)
                t = lens_numbers[sy, sx]
                corner[_WHOSE] = 0.0
                if t < 0:
                    continue
                for k in range(COUNT):
                    found[k] = 0.0
                look(t, float(sx), float(sy), vertices, attributes, tangents, triangles, found)
                vx, vy = (x0 + 2 * column - cx) / focal, (y0 + 2 * row - cy) / focal
                vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                vx, vy = vx * vz, vy * vz
                material(found, materials, texels, levels, uses, vx, vy, vz, focal)
                if found[TRANSMISSION] > 0.0:
                    six = glass(found, materials, films, env, mirror, vx, vy, vz, white)
                    for k in range(6):
                        corner[k] = six[k]
                    corner[6] = min(found[BASE_RGBA + 3], 1.0)
                    corner[_WHOSE] = found[MATERIAL] + 1.0
        upper, lower = corners[(top // 2) % 2], corners[(top // 2 + 1) % 2]
        for py in range(top, min(top + 2, height)):
            down = 0.25 + 0.5 * (py - top)
            for px in range(width):
                share = lens_share[py, px]
                if share == 0:
                    continue
                y, x = y0 + py, x0 + px
                red, green, blue = to_linear[bgr[y, x, 2]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 0]]
                left = px // 2
                whose = upper[left, _WHOSE]
                if (
                    whose > 0.0
                    and whose == upper[left + 1, _WHOSE]
                    and whose == lower[left, _WHOSE]
                    and whose == lower[left + 1, _WHOSE]
                ):
                    across = 0.25 + 0.5 * (px - 2 * left)
                    a, b = (1.0 - across) * (1.0 - down), across * (1.0 - down)
                    c, d = (1.0 - across) * down, across * down
                    pr, ar = (
                        _mean(upper, lower, left, 0, a, b, c, d),
                        _mean(upper, lower, left, 3, a, b, c, d),
                    )
                    pg, ag = (
                        _mean(upper, lower, left, 1, a, b, c, d),
                        _mean(upper, lower, left, 4, a, b, c, d),
                    )
                    pb, ab = (
                        _mean(upper, lower, left, 2, a, b, c, d),
                        _mean(upper, lower, left, 5, a, b, c, d),
                    )
                    cover = _mean(upper, lower, left, 6, a, b, c, d) * share * (opacity / 255.0)
                    bevel = 1.0 - BEVEL * (1.0 - inner_share[py, px] / 255.0)
                    r, g, b = red * pr * bevel + ar, green * pg * bevel + ag, blue * pb * bevel + ab
                else:
                    vx, vy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
                    vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                    vx, vy = vx * vz, vy * vz
                    surface(
                        lens_numbers, px, py, samples, samples * samples, vertices, attributes, tangents, triangles,
                        found,
                    )  # fmt: skip
                    material(found, materials, texels, levels, uses, vx, vy, vz, focal)
                    cover = found[COVERAGE] * min(found[BASE_RGBA + 3], 1.0) * opacity
                    if found[TRANSMISSION] > 0.0:
                        pr, pg, pb, ar, ag, ab = glass(
                            found, materials, films, env, mirror, vx, vy, vz, white
                        )
                        bevel = 1.0 - BEVEL * (1.0 - inner_share[py, px] / 255.0)
                        r, g, b = red * pr * bevel + ar, green * pg * bevel + ag, blue * pb * bevel + ab
                    else:
                        # Alpha-blended, not transmitting: an ordinary surface, thinly there.
                        r, g, b = shade(found, materials, films, env, vx, vy, vz)
                        r, g, b = r * white[0], g * white[1], b * white[2]
                red += (r - red) * cover
                green += (g - green) * cover
                blue += (b - blue) * cover
                bgr[y, x, 0] = code(blue, to_srgb)
                bgr[y, x, 1] = code(green, to_srgb)
                bgr[y, x, 2] = code(red, to_srgb)


@inlined
def _mean(upper: F32, lower: F32, left: int, k: int, a: float, b: float, c: float, d: float) -> float:
    """Number ``k`` between four corners, by their weights."""
    return upper[left, k] * a + upper[left + 1, k] * b + lower[left, k] * c + lower[left + 1, k] * d  # type: ignore[no-any-return]
