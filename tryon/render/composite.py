"""From drawn samples to the frame: what the rasteriser left is shaded and blended, pixel by pixel, in linear light.

Coverage is counted by samples, but a pixel is shaded once, with the mean of a few looks at its surface: that costs a
fraction of shading every sample and keeps highlights on thin rims from sparkling. Opaque surfaces blend over the
picture by their coverage; then the nearest lens filters what is behind it and adds what it reflects.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.mesh import I32
from tryon.render.raster import OCCLUDER
from tryon.render.shading import shade, through
from tryon.render.surface import surface
from tryon.render.transfer import code

# Looks at an opaque surface within a pixel: enough to follow a rim thinner than the pixel.
LOOKS = 4
# A darkening below this changes no 8-bit code.
SHADOW_SEEN = 0.002


@kernel
def resolve(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    samples: int,
    numbers: I32,
    lens_numbers: I32,
    vertices: F32,
    attributes: F32,
    triangles: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    env: F32,
    shadow: F32,
    white: tuple[float, float, float],
    view: tuple[float, float, float],
    opacity: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Composite the rectangle into ``bgr`` in place.

    ``white`` is the picture's linear red, green and blue of diffuse white; ``shadow`` (height, width) the share of
    light that the product keeps from the face; ``view`` focal length and principal point; ``opacity`` fades the whole.
    Pixels that no sample, lens or shadow touches keep their bits.
    """
    opaque = np.zeros(15, np.float32)
    lens = np.zeros(15, np.float32)
    focal, cx, cy = view
    count = samples * samples
    edge_stride = max(count // LOOKS, 1)
    for py in range(height):
        for px in range(width):
            occluded = 0
            drawn = False
            lensed = False
            for sy in range(py * samples, (py + 1) * samples):
                for sx in range(px * samples, (px + 1) * samples):
                    t = numbers[sy, sx]
                    if t >= 0:
                        drawn = True
                    elif t == OCCLUDER:
                        occluded += 1
                    if lens_numbers[sy, sx] >= 0:
                        lensed = True
            dark = 0.0
            if occluded > 0 or drawn:
                dark = shadow[py, px] * opacity
                if not drawn:
                    dark *= occluded / count
            if not drawn and not lensed and dark < SHADOW_SEEN:
                continue
            y, x = y0 + py, x0 + px
            keep = 1.0 - dark
            red = to_linear[bgr[y, x, 2]] * keep
            green = to_linear[bgr[y, x, 1]] * keep
            blue = to_linear[bgr[y, x, 0]] * keep
            if drawn or lensed:
                vx, vy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
                vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                vx, vy = vx * vz, vy * vz
            if drawn:
                surface(
                    numbers, px, py, samples, edge_stride, vertices, attributes, triangles, materials, texels,
                    textures, opaque,
                )  # fmt: skip
                r, g, b = shade(opaque, materials, env, vx, vy, vz)
                cover = opaque[12] * min(opaque[6], 1.0) * opacity
                red += (r * white[0] - red) * cover
                green += (g * white[1] - green) * cover
                blue += (b * white[2] - blue) * cover
            if lensed:
                # Lenses are smooth: one look will do.
                surface(
                    lens_numbers, px, py, samples, count, vertices, attributes, triangles, materials, texels,
                    textures, lens,
                )  # fmt: skip
                cover = lens[12] * min(lens[6], 1.0) * opacity
                if materials[int(lens[13]), col.TRANSMISSION] <= 0.0:
                    # Alpha-blended, not transmitting: an ordinary surface, thinly there.
                    r, g, b = shade(lens, materials, env, vx, vy, vz)
                    r, g, b = r * white[0], g * white[1], b * white[2]
                else:
                    r, g, b = through(lens, materials, env, vx, vy, vz, red, green, blue, white)
                red += (r - red) * cover
                green += (g - green) * cover
                blue += (b - blue) * cover
            bgr[y, x, 0] = code(blue, to_srgb)
            bgr[y, x, 1] = code(green, to_srgb)
            bgr[y, x, 2] = code(red, to_srgb)


@kernel
def soften(bgr: U8, x0: int, y0: int, soft: U8, weight: F32) -> None:
    """Move the rectangle of ``bgr`` at (x0, y0) towards ``soft`` (h, w, 3) by ``weight`` (h, w), 0..1."""
    for py in range(weight.shape[0]):
        for px in range(weight.shape[1]):
            w = min(weight[py, px], 1.0)
            if w > 0.02:
                for k in range(3):
                    sharp = bgr[y0 + py, x0 + px, k]
                    bgr[y0 + py, x0 + px, k] = int(sharp + (float(soft[py, px, k]) - sharp) * w + 0.5)


@kernel
def coverage(
    numbers: I32, width: int, height: int, samples: int, strength: float, drop: int, out: F32
) -> None:
    """``out`` (height, width): ``strength`` times the share of opaque samples of the pixel ``drop`` rows above."""
    share = strength / (samples * samples)
    for py in range(height):
        for px in range(width):
            count = 0
            if py >= drop:
                for sy in range((py - drop) * samples, (py - drop + 1) * samples):
                    for sx in range(px * samples, (px + 1) * samples):
                        if numbers[sy, sx] >= 0:
                            count += 1
            out[py, px] = count * share
