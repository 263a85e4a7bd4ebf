"""How surfaces and lenses answer light.

Formulas: Fresnel by Schlick (1994); split-sum environment reflection with the analytic fit of Karis ("Physically Based
Shading on Mobile", 2014); clearcoat as a second dielectric layer (glTF, KHR_materials_clearcoat); a surface whose
normal varies within a pixel is rougher there (Toksvig, "Mipmapping Normal Maps", 2005).
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined
from tryon.frame import F32
from tryon.render import model as col
from tryon.render.environment import DIFFUSE_LEVEL, MAP_PX, ROUGHNESS_LEVELS, SHARP_PX

_LEVELS = np.array(ROUGHNESS_LEVELS, np.float32)
# A metallic transparent material is a mirror coating: this share of the light that a full metal would reflect.
MIRROR_COATING = 0.5
# A mean of unit normals this long is one normal.
SMOOTH = 0.9995
# Lenses smoother than this show the room's edges.
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
    upper = 1
    while upper < _LEVELS.shape[0] - 1 and _LEVELS[upper] < roughness:
        upper += 1
    low, high = _LEVELS[upper - 1], _LEVELS[upper]
    t = min(max((roughness - low) / (high - low), 0.0), 1.0)
    ix, iy, fx, fy = texel(x, y, z, MAP_PX)
    r0, g0, b0 = fetch(env, upper - 1, ix, iy, fx, fy)
    r1, g1, b1 = fetch(env, upper, ix, iy, fx, fy)
    return r0 + (r1 - r0) * t, g0 + (g1 - g0) * t, b0 + (b1 - b0) * t


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
    """Make the mean normal in out[0:3] unit and face the camera, widen the roughness in out[8] by how much shorter
    than unit it was; returns the cosine to the viewer."""
    length = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    if length < 1e-6:
        out[0], out[1], out[2] = -vx, -vy, -vz
        return 1.0
    if length < SMOOTH:
        # The variance of the normals adds to that of the microfacets: alpha² + 2 σ², alpha = roughness².
        spread = (1.0 - length) / length
        alpha = out[8] * out[8]
        out[8] = min(math.sqrt(math.sqrt(alpha * alpha + 2.0 * spread)), 1.0)
        out[14] = spread
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
def shade(out: F32, materials: F32, env: F32, vx: float, vy: float, vz: float) -> tuple[float, float, float]:
    """Outgoing linear light of an opaque surface under the environment, seen along (vx, vy, vz)."""
    m = int(out[13])
    if materials[m, col.UNLIT] > 0.5:
        return out[3], out[4], out[5]
    facing = normalised(out, vx, vy, vz)
    nx, ny, nz = out[0], out[1], out[2]
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    metallic, roughness = out[7], min(max(out[8], 0.04), 1.0)
    sr, sg, sb = mirrored(env, roughness, rx, ry, rz)
    scale, bias = split_sum(roughness, facing)
    f0 = materials[m, col.F0] * (1.0 - metallic)
    red = sr * ((f0 + out[3] * metallic) * scale + bias) + materials[m, col.EMISSIVE]
    green = sg * ((f0 + out[4] * metallic) * scale + bias) + materials[m, col.EMISSIVE + 1]
    blue = sb * ((f0 + out[5] * metallic) * scale + bias) + materials[m, col.EMISSIVE + 2]
    matte = 1.0 - metallic
    if matte > 0.003:
        ix, iy, fx, fy = texel(nx, ny, nz, MAP_PX)
        dr, dg, db = fetch(env, DIFFUSE_LEVEL, ix, iy, fx, fy)
        red, green, blue = red + dr * out[3] * matte, green + dg * out[4] * matte, blue + db * out[5] * matte
    if materials[m, col.CLEARCOAT] > 0.0:
        away = 1.0 - facing
        fresnel = (0.04 + 0.96 * away * away * away * away * away) * materials[m, col.CLEARCOAT]
        alpha = materials[m, col.CLEARCOAT_ROUGHNESS] ** 2
        coat = math.sqrt(math.sqrt(alpha * alpha + 2.0 * out[14]))
        cr, cg, cb = mirrored(env, min(max(coat, 0.04), 1.0), rx, ry, rz)
        keep = 1.0 - fresnel
        red, green, blue = red * keep + cr * fresnel, green * keep + cg * fresnel, blue * keep + cb * fresnel
    return red, green, blue


@inlined
def glass(
    lens: F32,
    materials: F32,
    env: F32,
    mirror: F32,
    vx: float,
    vy: float,
    vz: float,
    white: tuple[float, float, float],
) -> tuple[float, float, float, float, float, float]:
    """What a lens does to light: the linear factors of red, green and blue that pass it, and what it adds itself."""
    facing = normalised(lens, vx, vy, vz)
    nx, ny, nz = lens[0], lens[1], lens[2]
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    m = int(lens[13])
    away = 1.0 - facing
    away2 = away * away
    f0, transmission = materials[m, col.F0], materials[m, col.TRANSMISSION]
    fresnel = f0 + (1.0 - f0) * away2 * away2 * away
    if lens[7] > 0.0:
        fresnel += (1.0 - fresnel) * lens[7] * MIRROR_COATING
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    if lens[8] < POLISHED:
        ix, iy, fx, fy = texel(rx, ry, rz, SHARP_PX)
        r, g, b = fetch(mirror, 0, ix, iy, fx, fy)
    else:
        r, g, b = mirrored(env, lens[8], rx, ry, rz)
    # Both faces of the lens reflect: what passes loses it twice, what returns has it nearly twice.
    passes = (1.0 - fresnel) * (1.0 - fresnel)
    back = fresnel * (1.0 + passes)
    passes *= transmission
    r, g, b = r * back, g * back, b * back
    body = 1.0 - transmission
    if body > 0.003:
        ix, iy, fx, fy = texel(nx, ny, nz, MAP_PX)
        dr, dg, db = fetch(env, DIFFUSE_LEVEL, ix, iy, fx, fy)
        r, g, b = r + dr * lens[3] * body, g + dg * lens[4] * body, b + db * lens[5] * body
    return (
        passes * lens[9] * materials[m, col.TINT],
        passes * lens[10] * materials[m, col.TINT + 1],
        passes * lens[11] * materials[m, col.TINT + 2],
        r * white[0],
        g * white[1],
        b * white[2],
    )
