"""Shading what the rasteriser found, straight into the frame.

For each pixel the samples' normals and material numbers are averaged first and shaded once, which costs a quarter of
shading samples and keeps highlights on thin rims from sparkling. Opaque surfaces blend over the picture by their
coverage; then the nearest lens filters what is behind it and adds what it reflects.

Formulas: Fresnel by Schlick (1994); split-sum environment reflection with the analytic fit of Karis ("Physically Based
Shading on Mobile", 2014); clearcoat as a second dielectric layer (glTF, KHR_materials_clearcoat).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.environment import DIFFUSE_LEVEL, MAP_PX, ROUGHNESS_LEVELS
from tryon.render.mesh import I32
from tryon.render.raster import OCCLUDER, SUPERSAMPLE
from tryon.render.transfer import code

_LEVELS = np.array(ROUGHNESS_LEVELS, np.float32)
_SAMPLES = SUPERSAMPLE * SUPERSAMPLE


@njit(cache=True, nogil=True, fastmath=True)
def _light(env: F32, level: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Bilinear look-up of one level in the unit direction (x, y, z) of camera space."""
    total = abs(x) + abs(y) + abs(z)
    u, v, towards = x / total, y / total, -z
    if towards < 0.0:
        fu = (1.0 - abs(v)) * (1.0 if u >= 0.0 else -1.0)
        v = (1.0 - abs(u)) * (1.0 if v >= 0.0 else -1.0)
        u = fu
    fx = min(max((u * 0.5 + 0.5) * MAP_PX - 0.5, 0.0), MAP_PX - 1.001)
    fy = min(max((v * 0.5 + 0.5) * MAP_PX - 0.5, 0.0), MAP_PX - 1.001)
    ix, iy = int(fx), int(fy)
    fx -= ix
    fy -= iy
    w00, w01, w10, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    a, b, c, d = env[level, iy, ix], env[level, iy, ix + 1], env[level, iy + 1, ix], env[level, iy + 1, ix + 1]
    return (
        a[0] * w00 + b[0] * w01 + c[0] * w10 + d[0] * w11,
        a[1] * w00 + b[1] * w01 + c[1] * w10 + d[1] * w11,
        a[2] * w00 + b[2] * w01 + c[2] * w10 + d[2] * w11,
    )


@njit(cache=True, nogil=True, fastmath=True)
def _mirrored(env: F32, roughness: float, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The room in direction (x, y, z) as a surface of that roughness blurs it."""
    upper = 1
    while upper < _LEVELS.shape[0] - 1 and _LEVELS[upper] < roughness:
        upper += 1
    low, high = _LEVELS[upper - 1], _LEVELS[upper]
    t = min(max((roughness - low) / (high - low), 0.0), 1.0)
    r0, g0, b0 = _light(env, upper - 1, x, y, z)
    if t <= 0.0:
        return r0, g0, b0
    r1, g1, b1 = _light(env, upper, x, y, z)
    return r0 + (r1 - r0) * t, g0 + (g1 - g0) * t, b0 + (b1 - b0) * t


@njit(cache=True, nogil=True, fastmath=True)
def _split_sum(roughness: float, facing: float) -> tuple[float, float]:
    """Scale and bias of F0 in the environment's specular reflection."""
    rx = 1.0 - roughness
    ry = 0.0425 - 0.0275 * roughness
    rz = 1.04 - 0.572 * roughness
    rw = 0.022 * roughness - 0.04
    a = min(rx * rx, math.exp2(-9.28 * facing)) * rx + ry
    return -1.04 * a + rz, 1.04 * a + rw


@njit(cache=True, nogil=True, fastmath=True)
def _texel(texels: F32, textures: I32, number: int, u: float, v: float) -> tuple[float, float, float, float]:
    """Bilinear sample, repeating."""
    offset, width, height = textures[number, 0], textures[number, 1], textures[number, 2]
    fx = (u - math.floor(u)) * width - 0.5
    fy = (v - math.floor(v)) * height - 0.5
    x0, y0 = int(math.floor(fx)), int(math.floor(fy))
    fx -= x0
    fy -= y0
    x1, y1 = (x0 + 1) % width, (y0 + 1) % height
    x0, y0 = x0 % width, y0 % height
    a, b = texels[offset + y0 * width + x0], texels[offset + y0 * width + x1]
    c, d = texels[offset + y1 * width + x0], texels[offset + y1 * width + x1]
    w00, w01, w10, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    return (
        a[0] * w00 + b[0] * w01 + c[0] * w10 + d[0] * w11,
        a[1] * w00 + b[1] * w01 + c[1] * w10 + d[1] * w11,
        a[2] * w00 + b[2] * w01 + c[2] * w10 + d[2] * w11,
        a[3] * w00 + b[3] * w01 + c[3] * w10 + d[3] * w11,
    )


@njit(cache=True, nogil=True, fastmath=True)
def _gather(
    t: int,
    x: float,
    y: float,
    weight: float,
    screen: F32,
    normals: F32,
    uvs: F32,
    colors: F32,
    triangles: I32,
    triangle_material: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    out: F32,
) -> None:
    """Add what triangle ``t`` shows at sample position (x, y) to ``out``, times ``weight``.

    ``out``: 0-2 normal, 3-6 base colour and opacity, 7 metallic, 8 roughness, 9 transmission, 10-12 tint, 13 F0,
    14 clearcoat, 15 its roughness, 16-18 emission, 19 unlit, 20 weight.
    """
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ax, ay = screen[a, 0], screen[a, 1]
    bx, by = screen[b, 0] - ax, screen[b, 1] - ay
    cx, cy = screen[c, 0] - ax, screen[c, 1] - ay
    area = bx * cy - cx * by
    if area == 0.0:
        return
    px, py = x - ax, y - ay
    wb = (px * cy - cx * py) / area
    wc = (bx * py - px * by) / area
    # Weights on the surface: the screen's, times 1/z of each corner.
    pa, pb, pc = (1.0 - wb - wc) * screen[a, 2], wb * screen[b, 2], wc * screen[c, 2]
    total = pa + pb + pc
    if total <= 0.0:
        return
    pa, pb, pc = pa / total, pb / total, pc / total
    row = materials[triangle_material[t]]
    for k in range(3):
        out[k] += weight * (pa * normals[a, k] + pb * normals[b, k] + pc * normals[c, k])
    metallic, roughness = row[col.METALLIC], row[col.ROUGHNESS]
    red = row[0] * (pa * colors[a, 0] + pb * colors[b, 0] + pc * colors[c, 0])
    green = row[1] * (pa * colors[a, 1] + pb * colors[b, 1] + pc * colors[c, 1])
    blue = row[2] * (pa * colors[a, 2] + pb * colors[b, 2] + pc * colors[c, 2])
    alpha = row[3] * (pa * colors[a, 3] + pb * colors[b, 3] + pc * colors[c, 3])
    if row[col.BASE_TEXTURE] >= 0 or row[col.SURFACE_TEXTURE] >= 0:
        u = pa * uvs[a, 0] + pb * uvs[b, 0] + pc * uvs[c, 0]
        v = pa * uvs[a, 1] + pb * uvs[b, 1] + pc * uvs[c, 1]
        if row[col.BASE_TEXTURE] >= 0:
            tr, tg, tb, ta = _texel(texels, textures, int(row[col.BASE_TEXTURE]), u, v)
            red, green, blue, alpha = red * tr, green * tg, blue * tb, alpha * ta
        if row[col.SURFACE_TEXTURE] >= 0:
            _, tg, tb, _ = _texel(texels, textures, int(row[col.SURFACE_TEXTURE]), u, v)
            roughness, metallic = roughness * tg, metallic * tb
    if row[col.CUTOFF] > 0.0:
        alpha = 1.0 if alpha >= row[col.CUTOFF] else 0.0
    out[3] += weight * red
    out[4] += weight * green
    out[5] += weight * blue
    out[6] += weight * alpha
    out[7] += weight * metallic
    out[8] += weight * roughness
    out[9] += weight * row[col.TRANSMISSION]
    # Vertex colours and base pictures tint what shines through as well (a gradient lens).
    out[10] += weight * row[col.TINT] * (red / max(row[0], 1e-4))
    out[11] += weight * row[col.TINT + 1] * (green / max(row[1], 1e-4))
    out[12] += weight * row[col.TINT + 2] * (blue / max(row[2], 1e-4))
    out[13] += weight * row[col.F0]
    out[14] += weight * row[col.CLEARCOAT]
    out[15] += weight * row[col.CLEARCOAT_ROUGHNESS]
    out[16] += weight * row[col.EMISSIVE]
    out[17] += weight * row[col.EMISSIVE + 1]
    out[18] += weight * row[col.EMISSIVE + 2]
    out[19] += weight * row[col.UNLIT]
    out[20] += weight


@njit(cache=True, nogil=True, fastmath=True)
def _gather_pixel(
    numbers: I32,
    px: int,
    py: int,
    screen: F32,
    normals: F32,
    uvs: F32,
    colors: F32,
    triangles: I32,
    triangle_material: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    out: F32,
) -> None:
    """Sum the samples of a pixel into ``out`` and divide by their weight, which stays in out[20] as coverage 0..1."""
    out[:] = 0.0
    first = numbers[py * SUPERSAMPLE, px * SUPERSAMPLE]
    same = first >= 0
    for sy in range(SUPERSAMPLE):
        for sx in range(SUPERSAMPLE):
            if numbers[py * SUPERSAMPLE + sy, px * SUPERSAMPLE + sx] != first:
                same = False
    if same:
        half = SUPERSAMPLE * 0.5
        _gather(
            first, px * SUPERSAMPLE + half, py * SUPERSAMPLE + half, 1.0, screen, normals, uvs, colors,
            triangles, triangle_material, materials, texels, textures, out,
        )  # fmt: skip
    else:
        for sy in range(SUPERSAMPLE):
            for sx in range(SUPERSAMPLE):
                x, y = px * SUPERSAMPLE + sx, py * SUPERSAMPLE + sy
                t = numbers[y, x]
                if t >= 0:
                    _gather(
                        t, x + 0.5, y + 0.5, 1.0 / _SAMPLES, screen, normals, uvs, colors,
                        triangles, triangle_material, materials, texels, textures, out,
                    )  # fmt: skip
    if out[20] > 0.0:
        inverse = 1.0 / out[20]
        for k in range(20):
            out[k] *= inverse


@njit(cache=True, nogil=True, fastmath=True)
def _normalised(out: F32, vx: float, vy: float, vz: float) -> float:
    """Make the summed normal in out[0:3] unit and face the camera; returns the cosine to the viewer."""
    length = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    if length < 1e-6:
        out[0], out[1], out[2] = -vx, -vy, -vz
        return 1.0
    out[0] /= length
    out[1] /= length
    out[2] /= length
    facing = -(out[0] * vx + out[1] * vy + out[2] * vz)
    if facing < 0.0:
        # Seen from inside (double-sided) or an interpolated normal that leans away at a silhouette.
        if facing < -0.3:
            out[0], out[1], out[2] = -out[0], -out[1], -out[2]
        facing = abs(facing)
    return facing


@njit(cache=True, nogil=True, fastmath=True)
def _shade(out: F32, env: F32, vx: float, vy: float, vz: float) -> tuple[float, float, float]:
    """Outgoing linear light of an opaque surface under the environment, seen along (vx, vy, vz)."""
    if out[19] > 0.5:
        return out[3], out[4], out[5]
    facing = _normalised(out, vx, vy, vz)
    nx, ny, nz = out[0], out[1], out[2]
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    metallic, roughness = out[7], min(max(out[8], 0.04), 1.0)
    dr, dg, db = _light(env, DIFFUSE_LEVEL, nx, ny, nz)
    sr, sg, sb = _mirrored(env, roughness, rx, ry, rz)
    scale, bias = _split_sum(roughness, facing)
    f0 = out[13] * (1.0 - metallic)
    matte = 1.0 - metallic
    red = dr * out[3] * matte + sr * ((f0 + out[3] * metallic) * scale + bias) + out[16]
    green = dg * out[4] * matte + sg * ((f0 + out[4] * metallic) * scale + bias) + out[17]
    blue = db * out[5] * matte + sb * ((f0 + out[5] * metallic) * scale + bias) + out[18]
    if out[14] > 0.0:
        fresnel = (0.04 + 0.96 * (1.0 - facing) ** 5) * out[14]
        cr, cg, cb = _mirrored(env, max(out[15], 0.04), rx, ry, rz)
        keep = 1.0 - fresnel
        red, green, blue = red * keep + cr * fresnel, green * keep + cg * fresnel, blue * keep + cb * fresnel
    return red, green, blue


@njit(cache=True, nogil=True, fastmath=True)
def resolve(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    numbers: I32,
    lens_numbers: I32,
    screen: F32,
    normals: F32,
    uvs: F32,
    colors: F32,
    triangles: I32,
    triangle_material: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    env: F32,
    exposure: F32,
    shadow: F32,
    focal: float,
    cx: float,
    cy: float,
    opacity: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Composite the rectangle into ``bgr`` in place.

    ``normals`` are in camera space; ``exposure`` (3,) is the picture's linear red, green and blue of diffuse white;
    ``shadow`` (height, width) is the share of light that the product keeps from the face; ``opacity`` fades the whole.
    Pixels that no sample, lens or shadow touches keep their bits.
    """
    opaque = np.zeros(21, np.float32)
    lens = np.zeros(21, np.float32)
    for py in range(height):
        for px in range(width):
            occluded = 0
            drawn = False
            lensed = False
            for sy in range(SUPERSAMPLE):
                for sx in range(SUPERSAMPLE):
                    t = numbers[py * SUPERSAMPLE + sy, px * SUPERSAMPLE + sx]
                    if t >= 0:
                        drawn = True
                    elif t == OCCLUDER:
                        occluded += 1
                    if lens_numbers[py * SUPERSAMPLE + sy, px * SUPERSAMPLE + sx] >= 0:
                        lensed = True
            shade = shadow[py, px] * opacity if (occluded > 0 or drawn or lensed) else 0.0
            if not drawn and occluded < _SAMPLES:
                shade *= occluded / _SAMPLES
            if not drawn and not lensed and shade < 0.002:
                continue
            y, x = y0 + py, x0 + px
            bb, bg, br = to_linear[bgr[y, x, 0]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 2]]
            keep = 1.0 - shade
            red, green, blue = br * keep, bg * keep, bb * keep
            vx, vy, vz = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal, 1.0
            inverse = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
            vx, vy, vz = vx * inverse, vy * inverse, inverse
            if drawn:
                _gather_pixel(
                    numbers, px, py, screen, normals, uvs, colors, triangles, triangle_material, materials,
                    texels, textures, opaque,
                )  # fmt: skip
                r, g, b = _shade(opaque, env, vx, vy, vz)
                cover = opaque[20] * min(opaque[6], 1.0) * opacity
                red += (r * exposure[0] - red) * cover
                green += (g * exposure[1] - green) * cover
                blue += (b * exposure[2] - blue) * cover
            if lensed:
                _gather_pixel(
                    lens_numbers, px, py, screen, normals, uvs, colors, triangles, triangle_material, materials,
                    texels, textures, lens,
                )  # fmt: skip
                cover = lens[20] * min(lens[6], 1.0) * opacity
                if lens[9] <= 0.0:
                    # Alpha-blended, not transmitting: an ordinary surface, thinly there.
                    r, g, b = _shade(lens, env, vx, vy, vz)
                    red += (r * exposure[0] - red) * cover
                    green += (g * exposure[1] - green) * cover
                    blue += (b * exposure[2] - blue) * cover
                else:
                    facing = _normalised(lens, vx, vy, vz)
                    nx, ny, nz = lens[0], lens[1], lens[2]
                    along = 2.0 * (vx * nx + vy * ny + vz * nz)
                    fresnel = lens[13] + (1.0 - lens[13]) * (1.0 - facing) ** 5
                    if lens[7] > 0.0:
                        fresnel = fresnel + (1.0 - fresnel) * lens[7] * 0.5  # a mirror coating
                    mr, mg, mb = _mirrored(
                        env, max(lens[8], 0.04), vx - along * nx, vy - along * ny, vz - along * nz
                    )
                    dr, dg, db = _light(env, DIFFUSE_LEVEL, nx, ny, nz)
                    # Both faces of the lens reflect: what passes loses it twice, what returns has it nearly twice.
                    through = (1.0 - fresnel) * (1.0 - fresnel)
                    back = fresnel * (1.0 + through)
                    t, body = lens[9], 1.0 - lens[9]
                    lr = red * through * lens[10] * t + (dr * lens[3] * body + mr * back) * exposure[0]
                    lg = green * through * lens[11] * t + (dg * lens[4] * body + mg * back) * exposure[1]
                    lb = blue * through * lens[12] * t + (db * lens[5] * body + mb * back) * exposure[2]
                    red += (lr - red) * cover
                    green += (lg - green) * cover
                    blue += (lb - blue) * cover
            bgr[y, x, 0] = code(blue, to_srgb)
            bgr[y, x, 1] = code(green, to_srgb)
            bgr[y, x, 2] = code(red, to_srgb)


@njit(cache=True, nogil=True, fastmath=True)
def coverage(numbers: I32, width: int, height: int, out: F32) -> None:
    """``out`` (height, width): the share of each pixel's samples that show an opaque triangle."""
    for py in range(height):
        for px in range(width):
            count = 0
            for sy in range(SUPERSAMPLE):
                for sx in range(SUPERSAMPLE):
                    if numbers[py * SUPERSAMPLE + sy, px * SUPERSAMPLE + sx] >= 0:
                        count += 1
            out[py, px] = count / _SAMPLES
