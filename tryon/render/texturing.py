"""What a material's pictures do to a pixel: looked up at the size at which they are seen, and multiplied in.

A picture is read from its two levels next to one texel a pixel, blended (Williams, "Pyramidal Parametrics", 1983), so
what is drawn small neither sparkles nor goes blurred all at once.
"""

from __future__ import annotations

import math

from tryon.compiled import inlined, kernel, single, unsigned
from tryon.frame import F32
from tryon.render import model as col
from tryon.render import pictures as pic
from tryon.render.mesh import I32
from tryon.render.pictures import TEXEL_MAX, U16
from tryon.render.pixel import (
    BASE_RGBA,
    COAT,
    COAT_ROUGHNESS,
    F0_RGB,
    FILM_SHARE,
    FILM_THICKNESS,
    GLOW_RGB,
    INVERSE_Z,
    METALLIC,
    NORMAL,
    OCCLUSION,
    ROUGHNESS,
    TANGENT,
    TRANSMISSION,
)

# Looked at askew, a texture is squeezed in one direction only; the level follows the mean of both up to this cosine.
FACING_MIN = single(0.3)
# Single precision, as in ``shading``.
_0, _1, _2, _HALF, _TINY = single(0), single(1), single(2), single(0.5), single(1e-6)
_PER_TEXEL = single(1 / TEXEL_MAX)


@inlined
def wrapped(i: int, size: int, way: float) -> int:
    """The texel that stands for number ``i`` of a row of ``size``."""
    if way == 1.0:
        i = min(max(i, 0), size - 1)
    elif way == 2.0:
        i = i % (2 * size)
        if i >= size:
            i = 2 * size - 1 - i
    else:
        i = i % size
    return i


@inlined
def bilinear(
    texels: U16, levels: I32, level: int, u: float, v: float, wrap_u: float, wrap_v: float
) -> tuple[float, float, float, float]:
    """One level at (u, v): four channels, 0..1."""
    offset, width, height = levels[level, 0], levels[level, 1], levels[level, 2]
    fx, fy = u * single(width) - _HALF, v * single(height) - _HALF
    x, y = math.floor(fx), math.floor(fy)
    fx, fy = fx - single(x), fy - single(y)
    x0, x1 = wrapped(x, width, wrap_u), wrapped(x + 1, width, wrap_u)
    y0, y1 = wrapped(y, height, wrap_v), wrapped(y + 1, height, wrap_v)
    a, b = unsigned(offset + y0 * width + x0), unsigned(offset + y0 * width + x1)
    c, d = unsigned(offset + y1 * width + x0), unsigned(offset + y1 * width + x1)
    upper, lower = (_1 - fy) * _PER_TEXEL, fy * _PER_TEXEL
    wa, wb, wc, wd = (_1 - fx) * upper, fx * upper, (_1 - fx) * lower, fx * lower
    return (
        texels[a, 0] * wa + texels[b, 0] * wb + texels[c, 0] * wc + texels[d, 0] * wd,
        texels[a, 1] * wa + texels[b, 1] * wb + texels[c, 1] * wc + texels[d, 1] * wd,
        texels[a, 2] * wa + texels[b, 2] * wb + texels[c, 2] * wc + texels[d, 2] * wd,
        texels[a, 3] * wa + texels[b, 3] * wb + texels[c, 3] * wc + texels[d, 3] * wd,
    )


@kernel
def sample(
    texels: U16, levels: I32, uses: F32, use: int, u: float, v: float, px_per_mm: float
) -> tuple[float, float, float, float]:
    """The picture of that use at (u, v), where the product is seen at ``px_per_mm``."""
    x = uses[use, pic.AFFINE] * u + uses[use, pic.AFFINE + 1] * v + uses[use, pic.AFFINE + 2]
    y = uses[use, pic.AFFINE + 3] * u + uses[use, pic.AFFINE + 4] * v + uses[use, pic.AFFINE + 5]
    # Whole repeats go first: texel numbers stay within 32 bits wherever a file's coordinates are. Mirrors need pairs.
    x, y = x - 2.0 * math.floor(x * 0.5), y - 2.0 * math.floor(y * 0.5)
    if uses[use, pic.WRAP_U] == 1.0:
        x = min(
            max(uses[use, pic.AFFINE] * u + uses[use, pic.AFFINE + 1] * v + uses[use, pic.AFFINE + 2], -1.0),
            2.0,
        )
    if uses[use, pic.WRAP_V] == 1.0:
        y = min(
            max(
                uses[use, pic.AFFINE + 3] * u + uses[use, pic.AFFINE + 4] * v + uses[use, pic.AFFINE + 5],
                -1.0,
            ),
            2.0,
        )
    first, count = int(uses[use, pic.FIRST]), int(uses[use, pic.LEVELS])
    texels_per_px = uses[use, pic.DENSITY] / max(px_per_mm, 1e-6)
    level = min(max(math.log2(max(texels_per_px, 1e-6)), 0.0), count - 1.0)
    lower = min(int(level), max(count - 2, 0))
    share = level - lower
    wu, wv = uses[use, pic.WRAP_U], uses[use, pic.WRAP_V]
    r, g, b, a = bilinear(texels, levels, first + lower, x, y, wu, wv)
    if share > 0.0:
        r1, g1, b1, a1 = bilinear(texels, levels, first + lower + 1, x, y, wu, wv)
        r, g, b, a = r + (r1 - r) * share, g + (g1 - g) * share, b + (b1 - b) * share, a + (a1 - a) * share
    return r, g, b, a


@kernel
def apply_textures(
    materials: F32, texels: U16, levels: I32, uses: F32, m: int, uv: tuple[float, float, float, float],
    facing: float, focal_px: float, out: F32,
) -> None:  # fmt: skip
    """Multiply every picture of material ``m`` into the pixel ``out``; ``uv`` are both sets of coordinates.

    ``facing`` is the cosine between the surface and the line of sight.
    """
    px_per_mm = out[INVERSE_Z] * focal_px * math.sqrt(max(facing, FACING_MIN))
    for column in range(col.TEXTURES, col.COLUMNS):
        use = int(materials[m, column])
        if use < 0:
            continue
        u, v = uv[0], uv[1]
        if uses[use, pic.UV_SET] > 0.0:
            u, v = uv[2], uv[3]
        r, g, b, a = sample(texels, levels, uses, use, u, v, px_per_mm)
        if column == col.BASE_TEXTURE:
            out[BASE_RGBA] *= r
            out[BASE_RGBA + 1] *= g
            out[BASE_RGBA + 2] *= b
            out[BASE_RGBA + 3] *= a
        elif column == col.SURFACE_TEXTURE:
            out[ROUGHNESS] *= g
            out[METALLIC] *= b
        elif column == col.NORMAL_TEXTURE:
            bend(out, r, g, b, materials[m, col.NORMAL_SCALE])
        elif column == col.OCCLUSION_TEXTURE:
            out[OCCLUSION] = 1.0 + materials[m, col.OCCLUSION_STRENGTH] * (r - 1.0)
        elif column == col.EMISSIVE_TEXTURE:
            out[GLOW_RGB] *= r
            out[GLOW_RGB + 1] *= g
            out[GLOW_RGB + 2] *= b
        elif column == col.TRANSMISSION_TEXTURE:
            out[TRANSMISSION] *= r
        elif column == col.CLEARCOAT_TEXTURE:
            out[COAT] *= r
        elif column == col.CLEARCOAT_ROUGHNESS_TEXTURE:
            out[COAT_ROUGHNESS] *= g
        elif column == col.SPECULAR_TEXTURE:
            for k in range(3):
                out[F0_RGB + k] *= a
        elif column == col.SPECULAR_COLOR_TEXTURE:
            out[F0_RGB] *= r
            out[F0_RGB + 1] *= g
            out[F0_RGB + 2] *= b
        elif column == col.FILM_TEXTURE:
            out[FILM_SHARE] *= r
        elif column == col.FILM_THICKNESS_TEXTURE:
            out[FILM_THICKNESS] = g


@inlined
def bend(out: F32, red: float, green: float, blue: float, scale: float) -> None:
    """Turn the pixel's normal by a picture of normals, in the frame of its tangent (glTF 2.0, section 3.9.3).

    A picture read at a coarse level has short normals; the pixel's gets as short, which makes it rougher.
    """
    x, y, z = (red * 2.0 - 1.0) * scale, (green * 2.0 - 1.0) * scale, max(blue * 2.0 - 1.0, 0.0)
    nx, ny, nz = out[NORMAL], out[NORMAL + 1], out[NORMAL + 2]
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    if length < 1e-6:
        return
    ux, uy, uz = nx / length, ny / length, nz / length
    tx, ty, tz = out[TANGENT], out[TANGENT + 1], out[TANGENT + 2]
    along = tx * ux + ty * uy + tz * uz
    tx, ty, tz = tx - along * ux, ty - along * uy, tz - along * uz
    size = math.sqrt(tx * tx + ty * ty + tz * tz)
    if size < 1e-6:
        return
    tx, ty, tz = tx / size, ty / size, tz / size
    sign = 1.0 if out[TANGENT + 3] >= 0.0 else -1.0
    bx, by, bz = (uy * tz - uz * ty) * sign, (uz * tx - ux * tz) * sign, (ux * ty - uy * tx) * sign
    out[NORMAL] = (tx * x + bx * y + ux * z) * length
    out[NORMAL + 1] = (ty * x + by * y + uy * z) * length
    out[NORMAL + 2] = (tz * x + bz * y + uz * z) * length
