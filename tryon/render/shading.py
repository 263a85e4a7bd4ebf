"""How surfaces and lenses answer light.

Formulas: Fresnel by Schlick (1994); split-sum environment reflection with the analytic fit of Karis ("Physically Based
Shading on Mobile", 2014); clearcoat as a second dielectric layer (glTF, KHR_materials_clearcoat); a surface whose
normal varies within a pixel is rougher there (Toksvig, "Mipmapping Normal Maps", 2005); thin films by the tables of
``film``.
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined
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

# The level that is filtered for the roughness nearest to i / _STEPS.
_STEPS = 64
_LEVEL_OF = np.abs(np.arange(_STEPS + 1)[:, None] / _STEPS - np.array(ROUGHNESS_LEVELS)).argmin(axis=1)
# A metallic transparent material is a mirror coating: this share of the light that a full metal would reflect.
MIRROR_COATING = 0.5
# A mean of unit normals this long is one normal.
SMOOTH = 0.9995
# Lenses and coats smoother than this show the room's edges.
POLISHED = 0.08


@inlined
def texel(x: float, y: float, z: float, side: int) -> tuple[int, int, float, float]:
    """Where a direction of camera space lies in an octahedral map of that side: the texel and the way to the next."""
    total = abs(x) + abs(y) + abs(z)
    u, v = x / total, y / total
    if z > 0.0:
        fu = (1.0 - abs(v)) * (1.0 if u >= 0.0 else -1.0)
        v = (1.0 - abs(u)) * (1.0 if v >= 0.0 else -1.0)
        u = fu
    fx = min(max((u * 0.5 + 0.5) * side - 0.5, 0.0), side - 1.001)
    fy = min(max((v * 0.5 + 0.5) * side - 0.5, 0.0), side - 1.001)
    ix, iy = int(fx), int(fy)
    return ix, iy, fx - ix, fy - iy


@inlined
def fetch(env: F32, level: int, ix: int, iy: int, fx: float, fy: float) -> tuple[float, float, float]:
    """Bilinear look-up in one level of (levels, side, side, 3)."""
    w00, w01, w10, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    jx, jy = ix + 1, iy + 1
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
    ix, iy, fx, fy = texel(x, y, z, MAP_PX)
    return fetch(env, _LEVEL_OF[int(roughness * _STEPS + 0.5)], ix, iy, fx, fy)


@inlined
def polished(mirror: F32, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The room in direction (x, y, z) as a polished surface shows it; the direction may have any length."""
    ix, iy, fx, fy = texel(x, y, z, SHARP_PX)
    return fetch(mirror, 0, ix, iy, fx, fy)


@inlined
def split_sum(roughness: float, facing: float) -> tuple[float, float]:
    """Scale and bias of F0 in the environment's specular reflection; 6.4324 = 9.28 ln 2."""
    rx = 1.0 - roughness
    ry = 0.0425 - 0.0275 * roughness
    rz = 1.04 - 0.572 * roughness
    rw = 0.022 * roughness - 0.04
    a = min(rx * rx, math.exp(-6.4324 * facing)) * rx + ry
    return -1.04 * a + rz, 1.04 * a + rw


@inlined
def normalised(out: F32, vx: float, vy: float, vz: float) -> float:
    """Make the pixel's mean normal unit and face the camera, and widen its roughness by how much it varies: within its
    looks (SPREAD), and between them (by how much shorter than unit it was). Returns the cosine to the viewer."""
    length = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    if length < 1e-6:
        out[0], out[1], out[2] = -vx, -vy, -vz
        return 1.0
    spread = out[SPREAD]
    if length < SMOOTH:
        spread += (1.0 - length) / length
    if spread > 0.0:
        # The variance of the normals adds to that of the microfacets: alpha² + 2 σ², alpha = roughness².
        alpha = out[ROUGHNESS] * out[ROUGHNESS]
        out[ROUGHNESS] = min(math.sqrt(math.sqrt(alpha * alpha + 2.0 * spread)), 1.0)
        out[SPREAD] = spread
    out[0] /= length
    out[1] /= length
    out[2] /= length
    facing = -(out[0] * vx + out[1] * vy + out[2] * vz)
    if facing < 0.0:
        # Seen from inside (double-sided) or an interpolated normal that leans away at a silhouette.
        if facing < -0.3:
            out[0], out[1], out[2] = -out[0], -out[1], -out[2]
        facing = -facing
    return float(facing)


@inlined
def filmed(films: F32, number: int, thickness: float, facing: float) -> tuple[float, float, float]:
    """What a film reflects at that cosine; ``thickness`` 0..1 between its thinnest and its thickest."""
    row = int(thickness * (THICKNESSES - 1) + 0.5)
    at = min(max(facing, 0.0), 1.0) * (ANGLES - 1)
    low = min(int(at), ANGLES - 2)
    t = at - low
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
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    metallic, roughness = out[METALLIC], min(max(out[ROUGHNESS], 0.04), 1.0)
    sr, sg, sb = mirrored(env, roughness, rx, ry, rz)
    scale, bias = split_sum(roughness, facing)
    fr = out[F0_RGB] * (1.0 - metallic) + out[BASE_RGBA] * metallic
    fg = out[F0_RGB + 1] * (1.0 - metallic) + out[BASE_RGBA + 1] * metallic
    fb = out[F0_RGB + 2] * (1.0 - metallic) + out[BASE_RGBA + 2] * metallic
    if materials[m, col.FILM] >= 0.0:
        # The film replaces the reflection straight on; its table already has the angle.
        share = out[FILM_SHARE]
        r, g, b = filmed(films, int(materials[m, col.FILM]), out[FILM_THICKNESS], facing)
        fr, fg, fb = fr + (r - fr) * share, fg + (g - fg) * share, fb + (b - fb) * share
    lit = out[OCCLUSION]
    red = sr * (fr * scale + bias) * lit
    green = sg * (fg * scale + bias) * lit
    blue = sb * (fb * scale + bias) * lit
    matte = (1.0 - metallic) * lit
    if matte > 0.003:
        ix, iy, fx, fy = texel(nx, ny, nz, MAP_PX)
        dr, dg, db = fetch(env, DIFFUSE_LEVEL, ix, iy, fx, fy)
        red += dr * out[BASE_RGBA] * matte
        green += dg * out[BASE_RGBA + 1] * matte
        blue += db * out[BASE_RGBA + 2] * matte
    red, green, blue = red + out[GLOW_RGB], green + out[GLOW_RGB + 1], blue + out[GLOW_RGB + 2]
    if out[COAT] > 0.0:
        away = 1.0 - facing
        fresnel = (0.04 + 0.96 * away * away * away * away * away) * out[COAT]
        alpha = out[COAT_ROUGHNESS] * out[COAT_ROUGHNESS]
        coat = math.sqrt(math.sqrt(alpha * alpha + 2.0 * out[SPREAD]))
        if coat < POLISHED:
            cr, cg, cb = polished(mirror, rx, ry, rz)
        else:
            cr, cg, cb = mirrored(env, min(coat, 1.0), rx, ry, rz)
        keep, add = 1.0 - fresnel, fresnel * lit
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
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    m = int(lens[MATERIAL])
    away = 1.0 - facing
    away2 = away * away
    away5 = away2 * away2 * away
    transmission = lens[TRANSMISSION]
    fr = lens[F0_RGB] + (1.0 - lens[F0_RGB]) * away5
    fg = lens[F0_RGB + 1] + (1.0 - lens[F0_RGB + 1]) * away5
    fb = lens[F0_RGB + 2] + (1.0 - lens[F0_RGB + 2]) * away5
    if materials[m, col.FILM] >= 0.0:
        share = lens[FILM_SHARE]
        r, g, b = filmed(films, int(materials[m, col.FILM]), lens[FILM_THICKNESS], facing)
        fr, fg, fb = fr + (r - fr) * share, fg + (g - fg) * share, fb + (b - fb) * share
    if lens[METALLIC] > 0.0:
        coat = lens[METALLIC] * MIRROR_COATING
        fr, fg, fb = fr + (1.0 - fr) * coat, fg + (1.0 - fg) * coat, fb + (1.0 - fb) * coat
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    # Both faces of the lens reflect: what passes loses it twice, what the far one returns crosses the dye twice.
    pr, pg, pb = 1.0 - fr, 1.0 - fg, 1.0 - fb
    back = materials[m, col.BACK]
    dr, dg, db = (
        lens[DYE] * materials[m, col.TINT],
        lens[DYE + 1] * materials[m, col.TINT + 1],
        lens[DYE + 2] * materials[m, col.TINT + 2],
    )
    mr = fr * (1.0 + back * pr * pr * dr * dr) * white[0]
    mg = fg * (1.0 + back * pg * pg * dg * dg) * white[1]
    mb = fb * (1.0 + back * pb * pb * db * db) * white[2]
    pr *= (1.0 - back * fr) * transmission
    pg *= (1.0 - back * fg) * transmission
    pb *= (1.0 - back * fb) * transmission
    ar, ag, ab = 0.0, 0.0, 0.0
    if lens[ROUGHNESS] >= POLISHED:
        r, g, b = mirrored(env, lens[ROUGHNESS], rx, ry, rz)
        ar, ag, ab = r * mr, g * mg, b * mb
        mr, mg, mb = 0.0, 0.0, 0.0
    body = 1.0 - transmission
    if body > 0.003:
        ix, iy, fx, fy = texel(nx, ny, nz, MAP_PX)
        er, eg, eb = fetch(env, DIFFUSE_LEVEL, ix, iy, fx, fy)
        body *= lens[OCCLUSION]
        ar += er * lens[BASE_RGBA] * body * white[0]
        ag += eg * lens[BASE_RGBA + 1] * body * white[1]
        ab += eb * lens[BASE_RGBA + 2] * body * white[2]
    return pr * dr, pg * dg, pb * db, ar, ag, ab, mr, mg, mb, rx, ry, rz
