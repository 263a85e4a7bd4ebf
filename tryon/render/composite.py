"""From drawn samples to the frame: what the rasteriser left is shaded and blended, pixel by pixel, in linear light.

Coverage is counted by samples, but a pixel is shaded once, with the mean of a few looks at its surface: that costs a
fraction of shading every sample and keeps highlights on thin rims from sparkling. Opaque surfaces blend over the
picture by their coverage; then the nearest lens filters what is behind it and adds what it reflects (``lenses``).
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import kernel, quick
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, COVERAGE
from tryon.render.raster import OCCLUDER
from tryon.render.shading import shade
from tryon.render.surface import material, surface
from tryon.render.transfer import code

# A darkening below this changes no 8-bit code.
SHADOW_SEEN = 0.002


@kernel
def summarise(numbers: I32, lens_numbers: I32, samples: int, opaque: U8, lens: U8, face: U8) -> None:
    """Each pixel's share, 0..255, of samples that show an opaque triangle, a lens, and the occluder."""
    scale = 255.0 / (samples * samples)
    height, width = opaque.shape
    drawn, lensed, occluded = np.zeros(width, np.int32), np.zeros(width, np.int32), np.zeros(width, np.int32)
    for py in range(height):
        drawn[:] = 0
        lensed[:] = 0
        occluded[:] = 0
        # Sample after sample along the row: each walk has no branch.
        for sy in range(py * samples, (py + 1) * samples):
            for sx in range(samples):
                for px in range(width):
                    t = numbers[sy, px * samples + sx]
                    drawn[px] += t >= 0
                    occluded[px] += t == OCCLUDER
                    lensed[px] += lens_numbers[sy, px * samples + sx] >= 0
        for px in range(width):
            opaque[py, px] = int(drawn[px] * scale + 0.5)
            lens[py, px] = int(lensed[px] * scale + 0.5)
            face[py, px] = int(occluded[px] * scale + 0.5)


@kernel
def resolve(
    bgr: U8,
    x0: int,
    y0: int,
    samples: int,
    numbers: I32,
    opaque_share: U8,
    face_share: U8,
    shadow: U8,
    under: U8,
    drop: int,
    darkness: float,
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
    opacity: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Composite shadow and opaque surfaces of the rectangle at (x0, y0) into ``bgr`` in place.

    The shares are ``summarise``'s; ``shadow`` is the blurred opaque share, which falls on the face ``drop`` pixels
    lower and takes ``darkness`` of the light at most; ``white`` is the picture's linear red, green and blue of diffuse
    white; ``view`` focal length and principal point; ``opacity`` fades the whole. Pixels that no sample or shadow
    touches keep their bits. ``opaque_share`` comes back as the share of the picture that opaque surfaces took: less
    than was covered where they are see-through. ``under`` (h, w, 3) receives the picture behind them, in shadow.
    """
    found = np.zeros(COUNT, np.float32)
    focal, cx, cy = view
    height, width = opaque_share.shape
    # Every so many samples, row after row, is down the diagonal.
    diagonal = samples + 1
    darkness *= opacity / 255.0
    for py in range(height):
        for px in range(width):
            covered = opaque_share[py, px]
            dark = 0.0
            if py >= drop and covered < 255 and face_share[py, px] > 0:
                dark = shadow[py - drop, px] * darkness
                if covered == 0:
                    dark *= face_share[py, px] / 255.0
            if covered == 0 and dark < SHADOW_SEEN:
                continue
            y, x = y0 + py, x0 + px
            red = to_linear[bgr[y, x, 2]] * (1.0 - dark)
            green = to_linear[bgr[y, x, 1]] * (1.0 - dark)
            blue = to_linear[bgr[y, x, 0]] * (1.0 - dark)
            if covered > 0:
                vx, vy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
                vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                vx, vy = vx * vz, vy * vz
                surface(numbers, px, py, samples, diagonal, vertices, attributes, tangents, triangles, found)
                material(found, materials, texels, levels, uses, vx, vy, vz, focal)
                r, g, b = shade(found, materials, films, env, vx, vy, vz)
                cover = found[COVERAGE] * min(found[BASE_RGBA + 3], 1.0) * opacity
                opaque_share[py, px] = int(cover * 255.0 + 0.5)
                under[py, px, 0] = code(blue, to_srgb)
                under[py, px, 1] = code(green, to_srgb)
                under[py, px, 2] = code(red, to_srgb)
                red += (r * white[0] - red) * cover
                green += (g * white[1] - green) * cover
                blue += (b * white[2] - blue) * cover
            bgr[y, x, 0] = code(blue, to_srgb)
            bgr[y, x, 1] = code(green, to_srgb)
            bgr[y, x, 2] = code(red, to_srgb)


@quick
def soften(bgr: U8, x0: int, y0: int, soft: U8, share: U8, gain: float) -> None:
    """Move the rectangle of ``bgr`` at (x0, y0) towards ``soft`` (h, w, 3) by ``gain`` times ``share`` / 255."""
    for py in range(share.shape[0]):
        for px in range(share.shape[1]):
            if share[py, px] > 0:
                weight = min(share[py, px] * gain / 255.0, 1.0)
                for k in range(3):
                    sharp = float(bgr[y0 + py, x0 + px, k])
                    bgr[y0 + py, x0 + px, k] = int(sharp + (soft[py, px, k] - sharp) * weight + 0.5)
