"""From drawn samples to the frame: what the rasteriser left is shaded and blended, pixel by pixel, in linear light.

Coverage is counted by samples, but a pixel is shaded once, with the mean of a few looks at its surface: that costs a
fraction of shading every sample. Where a product is seen so small that a rim is no wider than a pixel, it is shaded
once for each of its triangles there: their mean is what a rim shows, evenly along it and from frame to frame. First the
shadow falls on the face; opaque surfaces blend over the picture by their coverage; then the nearest lens filters what
is behind it and adds what it reflects (``lenses``).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel, quick, single, unsigned, whole
from tryon.frame import F32, U8
from tryon.render import transfer
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, COVERAGE
from tryon.render.raster import aside
from tryon.render.shading import shade
from tryon.render.surface import material, piece, sort_samples, surface
from tryon.render.transfer import code

# Shadows are told apart in so many steps: each darkens by less than a code of 8 bits.
SHADES: Final = 128
# With more samples along each side of a pixel than these a product is seen so small that a rim's whole width lies in a
# pixel or two. Its triangles answer light so differently that their mean normal would not do: each is lit by itself.
FEW: Final = 2
# Single precision, as in ``shading``.
_0, _1, _TINY = single(0), single(1), single(1e-6)


@lru_cache(maxsize=64)
def shades(haze: float = 0.0) -> U8:
    """Each 8-bit code with i / SHADES of its light taken away, shape (SHADES + 1, 256); the camera's haze stays."""
    left = 1 - np.arange(SHADES + 1, dtype=np.float32)[:, None] / np.float32(SHADES)
    steps = np.rint(left * transfer.to_linear(haze)[None] * transfer.TO_SRGB_STEPS).astype(np.int32)
    table: U8 = np.ascontiguousarray(transfer.to_srgb(haze)[steps])
    # No shadow keeps every bit.
    table[0] = np.arange(256)
    table.setflags(write=False)
    return table


@kernel
def summarise(numbers: I32, lens_numbers: I32, samples: int, opaque: U8, lens: U8) -> None:
    """Each pixel's share, 0..255, of samples that show an opaque triangle, and a lens."""
    # Told as a constant, the numbers of samples that are drawn are vector code.
    if samples == 2:
        _count(numbers, 2, opaque)
        _count(lens_numbers, 2, lens)
    elif samples == 3:
        _count(numbers, 3, opaque)
        _count(lens_numbers, 3, lens)
    elif samples == 4:
        _count(numbers, 4, opaque)
        _count(lens_numbers, 4, lens)
    else:
        _count(numbers, samples, opaque)
        _count(lens_numbers, samples, lens)


@inlined
def _count(numbers: I32, samples: int, share: U8) -> None:
    height, width = share.shape
    scale = single(255.0 / (samples * samples))
    for py in range(height):
        for px in range(width):
            drawn = whole(0)
            for sy in range(samples):
                for sx in range(samples):
                    number = numbers[unsigned(py * samples + sy), unsigned(px * samples + sx)]
                    drawn += whole(1) if number >= whole(0) else whole(0)
            share[unsigned(py), unsigned(px)] = whole(single(drawn) * scale + single(0.5))


@quick
def cast(bgr: U8, x0: int, y0: int, shadow: U8, drop: int, face: F32, darkness: float, table: U8) -> None:
    """Let ``shadow`` (h, w) fall on the face in the rectangle of ``bgr`` at (x0, y0), ``drop`` pixels lower.

    Where it is 255 it takes ``darkness`` of the light. ``face`` is 1/z of what hides, at so many samples along each
    side of a pixel; 0 where nothing is. ``table`` is ``shades``.
    """
    height, width = shadow.shape
    samples = face.shape[1] // width
    scale = darkness * SHADES / 255.0
    for py in range(drop, height):
        for px in range(width):
            step = int(shadow[py - drop, px] * scale + 0.5)
            if step > 0 and face[py * samples, px * samples] > 0.0:
                for k in range(3):
                    bgr[y0 + py, x0 + px, k] = table[step, bgr[y0 + py, x0 + px, k]]


@kernel
def resolve(
    bgr: U8,
    x0: int,
    y0: int,
    samples: int,
    numbers: I32,
    opaque_share: U8,
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
    """Composite the opaque surfaces of the rectangle at (x0, y0) into ``bgr`` in place.

    ``opaque_share`` is ``summarise``'s; ``white`` is the picture's linear red, green and blue of diffuse white;
    ``view`` focal length and principal point; ``opacity`` fades the whole. Pixels that no sample touches keep their
    bits. ``opaque_share`` comes back as the share of the picture that opaque surfaces took: less than was covered
    where they are see-through.
    """
    found = np.zeros(COUNT, np.float32)
    focal, cx, cy = view
    per_focal = 1.0 / focal
    white_red, white_green, white_blue = single(white[0]), single(white[1]), single(white[2])
    shown = single(opacity)
    height, width = opaque_share.shape
    asides = np.empty(samples, np.float32)
    for row in range(samples):
        asides[row] = aside(row, samples)
    seen, places = np.empty(samples * samples, np.int32), np.empty((samples * samples, 5), np.float32)
    for py in range(height):
        for px in range(width):
            if opaque_share[py, px] == 0:
                continue
            y, x = y0 + py, x0 + px
            vx, vy = single((x + 0.5 - cx) * per_focal), single((y + 0.5 - cy) * per_focal)
            vz = _1 / math.sqrt(vx * vx + vy * vy + _1)
            vx, vy = vx * vz, vy * vz
            r, g, b, cover, pieces = _0, _0, _0, _0, 1
            if samples > FEW:
                pieces = sort_samples(numbers, px, py, samples, asides, seen, places)
            for number in range(pieces):
                if samples > FEW:
                    piece(
                        number, px, py, samples, seen, places, vertices, attributes, tangents, triangles, found,
                    )  # fmt: skip
                else:
                    surface(numbers, px, py, samples, FEW, vertices, attributes, tangents, triangles, found)
                material(found, materials, texels, levels, uses, vx, vy, vz, focal)
                red, green, blue = shade(found, materials, films, env, mirror, vx, vy, vz)
                part = found[COVERAGE] * min(found[BASE_RGBA + 3], _1)
                r, g, b, cover = r + red * part, g + green * part, b + blue * part, cover + part
            part = _1 / max(cover, _TINY)
            r, g, b, cover = r * part, g * part, b * part, cover * shown
            opaque_share[py, px] = whole(cover * single(255) + single(0.5))
            red, green, blue = to_linear[bgr[y, x, 2]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 0]]
            bgr[y, x, 0] = code(blue + (b * white_blue - blue) * cover, to_srgb)
            bgr[y, x, 1] = code(green + (g * white_green - green) * cover, to_srgb)
            bgr[y, x, 2] = code(red + (r * white_red - red) * cover, to_srgb)


@quick
def soften(
    bgr: U8,
    x0: int,
    y0: int,
    soft: U8,
    share: U8,
    gain: float,
    grainy: U8,
    grain: F32,
    grain_at: tuple[int, int],
    noise: float,
) -> None:
    """Move the rectangle of ``bgr`` at (x0, y0) towards ``soft`` (h, w, 3) by ``gain`` times ``share`` / 255, and lay
    noise of ``noise`` codes over it by ``grainy`` / 255; ``grain`` (n, n), n a power of two, is read from ``grain_at``
    on."""
    mask = grain.shape[0] - 1
    column, row = grain_at
    for py in range(share.shape[0]):
        for px in range(share.shape[1]):
            if share[py, px] > 0 or (noise > 0.0 and grainy[py, px] > 0):
                weight = min(share[py, px] * gain / 255.0, 1.0)
                more = grain[(py + row) & mask, (px + column) & mask] * noise * grainy[py, px] / 255.0
                for k in range(3):
                    sharp = float(bgr[y0 + py, x0 + px, k])
                    value = sharp + (soft[py, px, k] - sharp) * weight + more
                    bgr[y0 + py, x0 + px, k] = int(min(max(value + 0.5, 0.0), 255.0))
