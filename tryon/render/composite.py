"""From drawn samples to the frame: what the rasteriser left is shaded and blended, pixel by pixel, in linear light.

Coverage is counted by samples, but a pixel is shaded once, with the mean of a few looks at its surface: that costs a
fraction of shading every sample and keeps highlights on thin rims from sparkling. Lenses are smoother still: where one
covers a whole block of 2×2 pixels, what it passes and what it reflects is worked out once for the block. Opaque
surfaces blend over the picture by their coverage; then the nearest lens filters what is behind it and adds what it
reflects.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import kernel, quick
from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.mesh import I32
from tryon.render.raster import OCCLUDER
from tryon.render.shading import glass, shade
from tryon.render.surface import look, material, surface
from tryon.render.transfer import code

# Lenses that let more than this part of the green through are clear: their reflections hardly show.
CLEAR = 0.5
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
    lens_numbers: I32,
    opaque_share: U8,
    lens_share: U8,
    face_share: U8,
    shadow: U8,
    drop: int,
    darkness: float,
    vertices: F32,
    attributes: F32,
    triangles: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    env: F32,
    mirror: F32,
    white: tuple[float, float, float],
    view: tuple[float, float, float],
    opacity: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Composite the rectangle at (x0, y0) into ``bgr`` in place.

    The shares are ``summarise``'s; ``shadow`` is the blurred opaque share, which falls on the face ``drop`` pixels
    lower and takes ``darkness`` of the light at most; ``white`` is the picture's linear red, green and blue of diffuse
    white; ``view`` focal length and principal point; ``opacity`` fades the whole. Pixels that no sample, lens or shadow
    touches keep their bits. ``opaque_share`` comes back as the share of the picture that opaque surfaces took: less
    than was covered where they are see-through.
    """
    found = np.zeros(15, np.float32)
    glazed = np.zeros(15, np.float32)
    focal, cx, cy = view
    height, width = opaque_share.shape
    # Every so many samples, row after row, is down the diagonal.
    diagonal = samples + 1
    darkness *= opacity / 255.0
    for block_y in range(0, height, 2):
        for block_x in range(0, width, 2):
            glass_ready = False
            pr, pg, pb, ar, ag, ab, cover_glass = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            if (
                block_y + 1 < height
                and block_x + 1 < width
                and lens_share[block_y, block_x] == 255
                and lens_share[block_y, block_x + 1] == 255
                and lens_share[block_y + 1, block_x] == 255
                and lens_share[block_y + 1, block_x + 1] == 255
            ):
                # The block's middle is a corner of samples; the look is at that very point.
                sx, sy = (block_x + 1) * samples, (block_y + 1) * samples
                for k in range(15):
                    glazed[k] = 0.0
                look(lens_numbers[sy, sx], float(sx), float(sy), vertices, attributes, triangles, glazed)
                material(glazed, materials, texels, textures)
                m = int(glazed[13])
                # On a dark lens or a mirror coating the room's edges are seen: those are drawn pixel by pixel.
                clear = materials[m, col.TINT + 1] * glazed[10] > CLEAR and materials[m, col.METALLIC] <= 0.0
                if clear and materials[m, col.TRANSMISSION] > 0.0:
                    vx, vy = (x0 + block_x + 1 - cx) / focal, (y0 + block_y + 1 - cy) / focal
                    vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                    pr, pg, pb, ar, ag, ab = glass(
                        glazed, materials, env, mirror, vx * vz, vy * vz, vz, white
                    )
                    cover_glass = min(glazed[6], 1.0) * opacity
                    glass_ready = True
            for py in range(block_y, min(block_y + 2, height)):
                for px in range(block_x, min(block_x + 2, width)):
                    dark = 0.0
                    if py >= drop and opaque_share[py, px] < 255 and face_share[py, px] > 0:
                        dark = shadow[py - drop, px] * darkness
                        if opaque_share[py, px] == 0:
                            dark *= face_share[py, px] / 255.0
                    if opaque_share[py, px] == 0 and lens_share[py, px] == 0 and dark < SHADOW_SEEN:
                        continue
                    y, x = y0 + py, x0 + px
                    red = to_linear[bgr[y, x, 2]] * (1.0 - dark)
                    green = to_linear[bgr[y, x, 1]] * (1.0 - dark)
                    blue = to_linear[bgr[y, x, 0]] * (1.0 - dark)
                    vx, vy, vz = 0.0, 0.0, 1.0
                    if opaque_share[py, px] > 0 or not glass_ready:
                        vx, vy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
                        vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                        vx, vy = vx * vz, vy * vz
                    if opaque_share[py, px] > 0:
                        surface(
                            numbers, px, py, samples, diagonal, vertices, attributes, triangles, materials,
                            texels, textures, found,
                        )  # fmt: skip
                        r, g, b = shade(found, materials, env, vx, vy, vz)
                        cover = found[12] * min(found[6], 1.0) * opacity
                        opaque_share[py, px] = int(cover * 255.0 + 0.5)
                        red += (r * white[0] - red) * cover
                        green += (g * white[1] - green) * cover
                        blue += (b * white[2] - blue) * cover
                    if lens_share[py, px] > 0:
                        cover = cover_glass
                        if glass_ready:
                            r, g, b = red * pr + ar, green * pg + ag, blue * pb + ab
                        else:
                            surface(
                                lens_numbers, px, py, samples, samples * samples, vertices, attributes, triangles,
                                materials, texels, textures, found,
                            )  # fmt: skip
                            cover = found[12] * min(found[6], 1.0) * opacity
                            if materials[int(found[13]), col.TRANSMISSION] > 0.0:
                                tr, tg, tb, lr, lg, lb = glass(
                                    found, materials, env, mirror, vx, vy, vz, white
                                )
                                r, g, b = red * tr + lr, green * tg + lg, blue * tb + lb
                            else:
                                # Alpha-blended, not transmitting: an ordinary surface, thinly there.
                                r, g, b = shade(found, materials, env, vx, vy, vz)
                                r, g, b = r * white[0], g * white[1], b * white[2]
                        red += (r - red) * cover
                        green += (g - green) * cover
                        blue += (b - blue) * cover
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
