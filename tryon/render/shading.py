"""How surfaces and lenses answer light.

Formulas: Fresnel by Schlick (1994); split-sum environment reflection with the analytic fit of Karis ("Physically Based
Shading on Mobile", 2014); clearcoat as a second dielectric layer (glTF, KHR_materials_clearcoat); a surface whose
normal varies within a pixel is rougher there (Toksvig, "Mipmapping Normal Maps", 2005); thin films by the tables of
``film``.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined, single, unsigned, whole
from tryon.frame import F32
from tryon.render import model as col
from tryon.render.environment import DIFFUSE_LEVEL, MAP_PX, ROUGHNESS_LEVELS, SHARP_PX
from tryon.render.film import ANGLES, THICKNESSES
from tryon.render.pixel import (
    BASE_RGBA,
    COAT,
    COAT_ROUGHNESS,
    DYE,
    F0_RGB,
    FILM_SHARE,
    FILM_THICKNESS,
    GLOW_RGB,
    MATERIAL,
    METALLIC,
    OCCLUSION,
    ROUGHNESS,
    SPREAD,
    TRANSMISSION,
)

# Single precision throughout: half the cost of double, and what is looked up is single, too. A literal would be double.
_0, _1, _2, _HALF = single(0), single(1), single(2), single(0.5)
_TINY = single(1e-6)
_NEXT = unsigned(1)
# The level that is filtered for the roughness nearest to i / _STEPS.
_STEPS = single(64)
_LEVEL_OF = np.abs(np.arange(65)[:, None] / 64 - np.array(ROUGHNESS_LEVELS)).argmin(axis=1).astype(np.uint8)
# A metallic transparent material is a mirror coating: this share of the light that a full metal would reflect.
MIRROR_COATING = single(0.5)
# A mean of unit normals this long is one normal.
SMOOTH = single(0.9995)
# Lenses and coats smoother than this show the room's edges.
POLISHED = single(0.08)
# Less than this of a pixel's light is not seen.
_FAINT = single(0.003)
_MAP, _SHARP = single(MAP_PX), single(SHARP_PX)


@inlined
def texel(x: float, y: float, z: float, side: float) -> tuple[int, int, float, float]:
    """Where a direction of camera space lies in an octahedral map of that side: the texel and the way to the next."""
    part = _1 / (abs(x) + abs(y) + abs(z))
    u, v = x * part, y * part
    if z > _0:
        fu = (_1 - abs(v)) * (_1 if u >= _0 else -_1)
        v = (_1 - abs(u)) * (_1 if v >= _0 else -_1)
        u = fu
    last = side - single(1.001)
    fx = min(max((u * _HALF + _HALF) * side - _HALF, _0), last)
    fy = min(max((v * _HALF + _HALF) * side - _HALF, _0), last)
    ix, iy = whole(fx), whole(fy)
    return unsigned(ix), unsigned(iy), fx - single(ix), fy - single(iy)


@inlined
def fetch(env: F32, level: int, ix: int, iy: int, fx: float, fy: float) -> tuple[float, float, float]:
    """Bilinear look-up in one level of (levels, side, side, 3)."""
    w00, w01, w10, w11 = (_1 - fx) * (_1 - fy), fx * (_1 - fy), (_1 - fx) * fy, fx * fy
    jx, jy = ix + _NEXT, iy + _NEXT
    # Scalars only: a view of a row would cost more than the arithmetic.
    red = env[level, iy, ix, 0] * w00 + env[level, iy, jx, 0] * w01
    red += env[level, jy, ix, 0] * w10 + env[level, jy, jx, 0] * w11
    green = env[level, iy, ix, 1] * w00 + env[level, iy, jx, 1] * w01
    green += env[level, jy, ix, 1] * w10 + env[level, jy, jx, 1] * w11
    blue = env[level, iy, ix, 2] * w00 + env[level, iy, jx, 2] * w01
    blue += env[level, jy, ix, 2] * w10 + env[level, jy, jx, 2] * w11
    return red, green, blue


@inlined
def mirrored(env: F32, roughness: float, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The room in direction (x, y, z) as a surface of that roughness blurs it."""
    ix, iy, fx, fy = texel(x, y, z, _MAP)
    return fetch(env, _LEVEL_OF[unsigned(whole(roughness * _STEPS + _HALF))], ix, iy, fx, fy)


@inlined
def polished(mirror: F32, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The room in direction (x, y, z) as a polished surface shows it; the direction may have any length."""
    ix, iy, fx, fy = texel(x, y, z, _SHARP)
    return fetch(mirror, 0, ix, iy, fx, fy)


@inlined
def split_sum(roughness: float, facing: float) -> tuple[float, float]:
    """Scale and bias of F0 in the environment's specular reflection; 6.4324 = 9.28 ln 2."""
    rx = _1 - roughness
    ry = single(0.0425) - single(0.0275) * roughness
    rz = single(1.04) - single(0.572) * roughness
    rw = single(0.022) * roughness - single(0.04)
    a = single(1.04) * (min(rx * rx, math.exp(single(-6.4324) * facing)) * rx + ry)
    return rz - a, a + rw


@inlined
def normalised(out: F32, vx: float, vy: float, vz: float) -> float:
    """Make the pixel's mean normal unit and face the camera, and widen its roughness by how much it varies: within its
    looks (SPREAD), and between them (by how much shorter than unit it was). Returns the cosine to the viewer."""
    length = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    if length < _TINY:
        out[0], out[1], out[2] = -vx, -vy, -vz
        return _1
    unit = _1 / length
    spread = out[SPREAD]
    if length < SMOOTH:
        spread += (_1 - length) * unit
    if spread > _0:
        # The variance of the normals adds to that of the microfacets: alpha² + 2 σ², alpha = roughness².
        alpha = out[ROUGHNESS] * out[ROUGHNESS]
        out[ROUGHNESS] = min(math.sqrt(math.sqrt(alpha * alpha + _2 * spread)), _1)
        out[SPREAD] = spread
    nx, ny, nz = out[0] * unit, out[1] * unit, out[2] * unit
    facing: float = -(nx * vx + ny * vy + nz * vz)
    if facing < _0:
        # Seen from inside (double-sided) or an interpolated normal that leans away at a silhouette.
        if facing < single(-0.3):
            nx, ny, nz = -nx, -ny, -nz
        facing = -facing
    out[0], out[1], out[2] = nx, ny, nz
    return facing


@inlined
def filmed(films: F32, number: int, thickness: float, facing: float) -> tuple[float, float, float]:
    """What a film reflects at that cosine; ``thickness`` 0..1 between its thinnest and its thickest."""
    row = int(thickness * single(THICKNESSES - 1) + _HALF)
    at = min(max(facing, _0), _1) * single(ANGLES - 1)
    low = min(int(at), ANGLES - 2)
    t = at - single(low)
    r0, g0, b0 = films[number, row, low, 0], films[number, row, low, 1], films[number, row, low, 2]
    r1, g1, b1 = (
        films[number, row, low + 1, 0],
        films[number, row, low + 1, 1],
        films[number, row, low + 1, 2],
    )
    return r0 + (r1 - r0) * t, g0 + (g1 - g0) * t, b0 + (b1 - b0) * t


@inlined
def shade(
    out: F32, materials: F32, films: F32, env: F32, mirror: F32, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """Outgoing linear light of an opaque surface under the environment, seen along (vx, vy, vz)."""
    m = int(out[MATERIAL])
    if materials[m, col.UNLIT] > 0.5:
        return out[BASE_RGBA], out[BASE_RGBA + 1], out[BASE_RGBA + 2]
    facing = normalised(out, vx, vy, vz)
    nx, ny, nz = out[0], out[1], out[2]
    along = _2 * (vx * nx + vy * ny + vz * nz)
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    metallic, roughness = out[METALLIC], min(max(out[ROUGHNESS], single(0.04)), _1)
    sr, sg, sb = mirrored(env, roughness, rx, ry, rz)
    scale, bias = split_sum(roughness, facing)
    plain = _1 - metallic
    fr = out[F0_RGB] * plain + out[BASE_RGBA] * metallic
    fg = out[F0_RGB + 1] * plain + out[BASE_RGBA + 1] * metallic
    fb = out[F0_RGB + 2] * plain + out[BASE_RGBA + 2] * metallic
    if materials[m, col.FILM] >= _0:
        # The film replaces the reflection straight on; its table already has the angle.
        share = out[FILM_SHARE]
        r, g, b = filmed(films, int(materials[m, col.FILM]), out[FILM_THICKNESS], facing)
        fr, fg, fb = fr + (r - fr) * share, fg + (g - fg) * share, fb + (b - fb) * share
    lit = out[OCCLUSION]
    red = sr * (fr * scale + bias) * lit
    green = sg * (fg * scale + bias) * lit
    blue = sb * (fb * scale + bias) * lit
    matte = plain * lit
    if matte > _FAINT:
        ix, iy, fx, fy = texel(nx, ny, nz, _MAP)
        dr, dg, db = fetch(env, DIFFUSE_LEVEL, ix, iy, fx, fy)
        red += dr * out[BASE_RGBA] * matte
        green += dg * out[BASE_RGBA + 1] * matte
        blue += db * out[BASE_RGBA + 2] * matte
    red, green, blue = red + out[GLOW_RGB], green + out[GLOW_RGB + 1], blue + out[GLOW_RGB + 2]
    if out[COAT] > _0:
        away = _1 - facing
        away2 = away * away
        fresnel = (single(0.04) + single(0.96) * away2 * away2 * away) * out[COAT]
        alpha = out[COAT_ROUGHNESS] * out[COAT_ROUGHNESS]
        coat = math.sqrt(math.sqrt(alpha * alpha + _2 * out[SPREAD]))
        if coat < POLISHED:
            cr, cg, cb = polished(mirror, rx, ry, rz)
        else:
            cr, cg, cb = mirrored(env, min(coat, _1), rx, ry, rz)
        keep, add = _1 - fresnel, fresnel * lit
        red, green, blue = red * keep + cr * add, green * keep + cg * add, blue * keep + cb * add
    return red, green, blue


@inlined
def glass(
    lens: F32,
    materials: F32,
    films: F32,
    env: F32,
    vx: float,
    vy: float,
    vz: float,
    white: tuple[float, float, float],
) -> tuple[float, float, float, float, float, float, float, float, float, float, float, float]:
    """What a lens does to light, red, green and blue each: the factors of what passes it, what it adds itself, how
    much of the room it mirrors, and the direction in which it sees the room."""
    facing = normalised(lens, vx, vy, vz)
    nx, ny, nz = lens[0], lens[1], lens[2]
    along = _2 * (vx * nx + vy * ny + vz * nz)
    m = int(lens[MATERIAL])
    away = _1 - facing
    away2 = away * away
    away5 = away2 * away2 * away
    transmission = lens[TRANSMISSION]
    fr = lens[F0_RGB] + (_1 - lens[F0_RGB]) * away5
    fg = lens[F0_RGB + 1] + (_1 - lens[F0_RGB + 1]) * away5
    fb = lens[F0_RGB + 2] + (_1 - lens[F0_RGB + 2]) * away5
    if materials[m, col.FILM] >= _0:
        share = lens[FILM_SHARE]
        r, g, b = filmed(films, int(materials[m, col.FILM]), lens[FILM_THICKNESS], facing)
        fr, fg, fb = fr + (r - fr) * share, fg + (g - fg) * share, fb + (b - fb) * share
    if lens[METALLIC] > _0:
        coat = lens[METALLIC] * MIRROR_COATING
        fr, fg, fb = fr + (_1 - fr) * coat, fg + (_1 - fg) * coat, fb + (_1 - fb) * coat
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    # Both faces of the lens reflect: what passes loses it twice, what the far one returns crosses the dye twice.
    pr, pg, pb = _1 - fr, _1 - fg, _1 - fb
    back = materials[m, col.BACK]
    dr, dg, db = (
        lens[DYE] * materials[m, col.TINT],
        lens[DYE + 1] * materials[m, col.TINT + 1],
        lens[DYE + 2] * materials[m, col.TINT + 2],
    )
    light_r, light_g, light_b = single(white[0]), single(white[1]), single(white[2])
    mr = fr * (_1 + back * pr * pr * dr * dr) * light_r
    mg = fg * (_1 + back * pg * pg * dg * dg) * light_g
    mb = fb * (_1 + back * pb * pb * db * db) * light_b
    pr *= (_1 - back * fr) * transmission
    pg *= (_1 - back * fg) * transmission
    pb *= (_1 - back * fb) * transmission
    ar, ag, ab = _0, _0, _0
    if lens[ROUGHNESS] >= POLISHED:
        r, g, b = mirrored(env, lens[ROUGHNESS], rx, ry, rz)
        ar, ag, ab = r * mr, g * mg, b * mb
        mr, mg, mb = _0, _0, _0
    body = _1 - transmission
    if body > _FAINT:
        ix, iy, fx, fy = texel(nx, ny, nz, _MAP)
        er, eg, eb = fetch(env, DIFFUSE_LEVEL, ix, iy, fx, fy)
        body *= lens[OCCLUSION]
        ar += er * lens[BASE_RGBA] * body * light_r
        ag += eg * lens[BASE_RGBA + 1] * body * light_g
        ab += eb * lens[BASE_RGBA + 2] * body * light_b
    return pr * dr, pg * dg, pb * db, ar, ag, ab, mr, mg, mb, rx, ry, rz
