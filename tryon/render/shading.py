"""Shading what the rasteriser found, straight into the frame.

Coverage is counted by samples, but a pixel is shaded once, with the mean of two looks at its surface: that costs a
fraction of shading every sample and keeps highlights on thin rims from sparkling. Opaque surfaces blend over the
picture by their coverage; then the nearest lens filters what is behind it and adds what it reflects.

Formulas: Fresnel by Schlick (1994); split-sum environment reflection with the analytic fit of Karis ("Physically Based
Shading on Mobile", 2014); clearcoat as a second dielectric layer (glTF, KHR_materials_clearcoat).
"""

from __future__ import annotations

import math

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.render import model as col
from tryon.render.environment import DIFFUSE_LEVEL, MAP_PX, ROUGHNESS_LEVELS
from tryon.render.mesh import I32
from tryon.render.raster import OCCLUDER
from tryon.render.transfer import code

_LEVELS = np.array(ROUGHNESS_LEVELS, np.float32)
# A metallic transparent material is a mirror coating: this share of the light that a full metal would reflect.
MIRROR_COATING = 0.5


@inlined
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


@inlined
def _split_sum(roughness: float, facing: float) -> tuple[float, float]:
    """Scale and bias of F0 in the environment's specular reflection; 6.4324 = 9.28 ln 2."""
    rx = 1.0 - roughness
    ry = 0.0425 - 0.0275 * roughness
    rz = 1.04 - 0.572 * roughness
    rw = 0.022 * roughness - 0.04
    a = min(rx * rx, math.exp(-6.4324 * facing)) * rx + ry
    return -1.04 * a + rz, 1.04 * a + rw


@kernel
def _apply_textures(materials: F32, texels: F32, textures: I32, m: int, u: float, v: float, out: F32) -> None:
    """Multiply the base picture into out[3:7] and the metallic-roughness picture into out[7] and out[8]."""
    for which in (col.BASE_TEXTURE, col.SURFACE_TEXTURE):
        number = int(materials[m, which])
        if number < 0:
            continue
        # Bilinear, repeating.
        offset, width, height = textures[number, 0], textures[number, 1], textures[number, 2]
        fx = (u - math.floor(u)) * width - 0.5
        fy = (v - math.floor(v)) * height - 0.5
        x0, y0 = math.floor(fx), math.floor(fy)
        fx -= x0
        fy -= y0
        x1, y1 = (x0 + 1) % width, (y0 + 1) % height
        x0, y0 = x0 % width, y0 % height
        a, b = offset + y0 * width + x0, offset + y0 * width + x1
        c, d = offset + y1 * width + x0, offset + y1 * width + x1
        w00, w01, w10, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
        for k in range(4):
            value = texels[a, k] * w00 + texels[b, k] * w01 + texels[c, k] * w10 + texels[d, k] * w11
            if which == col.BASE_TEXTURE:
                out[3 + k] *= value
            elif k == 1:
                out[8] *= value
            elif k == 2:
                out[7] *= value


@inlined
def _gather(
    t: int,
    x: float,
    y: float,
    weight: float,
    vertices: F32,
    attributes: F32,
    triangles: I32,
    out: F32,
) -> None:
    """Add what triangle ``t`` shows at sample position (x, y) to ``out``, times ``weight``.

    ``out``: 0-2 normal, 3-6 vertex colour and opacity, 7-8 texture coordinates, 13 the material.
    """
    a, b, c, m = triangles[t, 0], triangles[t, 1], triangles[t, 2], triangles[t, 3]
    ax, ay = vertices[a, 0], vertices[a, 1]
    bx, by = vertices[b, 0] - ax, vertices[b, 1] - ay
    cx, cy = vertices[c, 0] - ax, vertices[c, 1] - ay
    scale = 1.0 / (bx * cy - cx * by)
    px, py = x - ax, y - ay
    wb = (px * cy - cx * py) * scale
    wc = (bx * py - px * by) * scale
    # Weights on the surface: the screen's, times 1/z of each corner.
    pa, pb, pc = (1.0 - wb - wc) * vertices[a, 2], wb * vertices[b, 2], wc * vertices[c, 2]
    scale = 1.0 / (pa + pb + pc)
    pa, pb, pc = pa * scale, pb * scale, pc * scale
    out[0] += weight * (pa * vertices[a, 3] + pb * vertices[b, 3] + pc * vertices[c, 3])
    out[1] += weight * (pa * vertices[a, 4] + pb * vertices[b, 4] + pc * vertices[c, 4])
    out[2] += weight * (pa * vertices[a, 5] + pb * vertices[b, 5] + pc * vertices[c, 5])
    out[3] += weight * (pa * attributes[a, 2] + pb * attributes[b, 2] + pc * attributes[c, 2])
    out[4] += weight * (pa * attributes[a, 3] + pb * attributes[b, 3] + pc * attributes[c, 3])
    out[5] += weight * (pa * attributes[a, 4] + pb * attributes[b, 4] + pc * attributes[c, 4])
    out[6] += weight * (pa * attributes[a, 5] + pb * attributes[b, 5] + pc * attributes[c, 5])
    out[7] += weight * (pa * attributes[a, 0] + pb * attributes[b, 0] + pc * attributes[c, 0])
    out[8] += weight * (pa * attributes[a, 1] + pb * attributes[b, 1] + pc * attributes[c, 1])
    out[13] = m


@inlined
def _gather_pixel(
    numbers: I32,
    px: int,
    py: int,
    samples: int,
    vertices: F32,
    attributes: F32,
    triangles: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    out: F32,
) -> None:
    """What the pixel shows of a surface, in ``out``.

    ``out``: 0-2 normal (not unit), 3-5 base colour, 6 opacity, 7 metallic, 8 roughness, 9-11 what multiplies a lens'
    tint, 12 coverage 0..1, 13 the material.

    Coverage counts every sample. The surface itself is looked up at the first and at the last covered sample, which
    lie across the pixel from each other, and averaged: that follows a thin rim's curvature at two look-ups a pixel.
    """
    for k in range(14):
        out[k] = 0.0
    left, top = px * samples, py * samples
    count = 0
    first_x, first_y, last_x, last_y = 0, 0, 0, 0
    for y in range(top, top + samples):
        for x in range(left, left + samples):
            if numbers[y, x] >= 0:
                if count == 0:
                    first_x, first_y = x, y
                last_x, last_y = x, y
                count += 1
    looks = 1 if numbers[first_y, first_x] == numbers[last_y, last_x] else 2
    for look in range(looks):
        t = numbers[first_y, first_x]
        at_x, at_y = first_x + 0.5, first_y + 0.5
        if looks == 1:
            at_x, at_y = (first_x + last_x + 1) * 0.5, (first_y + last_y + 1) * 0.5
        elif look == 1:
            t = numbers[last_y, last_x]
            at_x, at_y = last_x + 0.5, last_y + 0.5
        _gather(t, at_x, at_y, 1.0 / looks, vertices, attributes, triangles, out)
    m = int(out[13])
    u, v = out[7], out[8]
    out[7] = materials[m, col.METALLIC]
    out[8] = materials[m, col.ROUGHNESS]
    if materials[m, col.BASE_TEXTURE] >= 0.0 or materials[m, col.SURFACE_TEXTURE] >= 0.0:
        _apply_textures(materials, texels, textures, m, u, v, out)
    out[9], out[10], out[11] = out[3], out[4], out[5]
    out[3] *= materials[m, col.BASE]
    out[4] *= materials[m, col.BASE + 1]
    out[5] *= materials[m, col.BASE + 2]
    out[6] *= materials[m, col.BASE + 3]
    if materials[m, col.CUTOFF] > 0.0:
        out[6] = 1.0 if out[6] >= materials[m, col.CUTOFF] else 0.0
    out[12] = count / (samples * samples)


@inlined
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
        facing = -facing
    return float(facing)


@inlined
def _shade(out: F32, materials: F32, env: F32, vx: float, vy: float, vz: float) -> tuple[float, float, float]:
    """Outgoing linear light of an opaque surface under the environment, seen along (vx, vy, vz)."""
    m = int(out[13])
    if materials[m, col.UNLIT] > 0.5:
        return out[3], out[4], out[5]
    facing = _normalised(out, vx, vy, vz)
    nx, ny, nz = out[0], out[1], out[2]
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    rx, ry, rz = vx - along * nx, vy - along * ny, vz - along * nz
    metallic, roughness = out[7], min(max(out[8], 0.04), 1.0)
    sr, sg, sb = _mirrored(env, roughness, rx, ry, rz)
    scale, bias = _split_sum(roughness, facing)
    f0 = materials[m, col.F0] * (1.0 - metallic)
    red = sr * ((f0 + out[3] * metallic) * scale + bias) + materials[m, col.EMISSIVE]
    green = sg * ((f0 + out[4] * metallic) * scale + bias) + materials[m, col.EMISSIVE + 1]
    blue = sb * ((f0 + out[5] * metallic) * scale + bias) + materials[m, col.EMISSIVE + 2]
    matte = 1.0 - metallic
    if matte > 0.003:
        dr, dg, db = _light(env, DIFFUSE_LEVEL, nx, ny, nz)
        red, green, blue = red + dr * out[3] * matte, green + dg * out[4] * matte, blue + db * out[5] * matte
    if materials[m, col.CLEARCOAT] > 0.0:
        away = 1.0 - facing
        fresnel = (0.04 + 0.96 * away * away * away * away * away) * materials[m, col.CLEARCOAT]
        cr, cg, cb = _mirrored(env, max(materials[m, col.CLEARCOAT_ROUGHNESS], 0.04), rx, ry, rz)
        keep = 1.0 - fresnel
        red, green, blue = red * keep + cr * fresnel, green * keep + cg * fresnel, blue * keep + cb * fresnel
    return red, green, blue


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
    opaque = np.zeros(14, np.float32)
    lens = np.zeros(14, np.float32)
    focal, cx, cy = view
    count = samples * samples
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
            shade = 0.0
            if occluded > 0 or drawn:
                shade = shadow[py, px] * opacity
                if not drawn:
                    shade *= occluded / count
            if not drawn and not lensed and shade < 0.002:
                continue
            y, x = y0 + py, x0 + px
            keep = 1.0 - shade
            red = to_linear[bgr[y, x, 2]] * keep
            green = to_linear[bgr[y, x, 1]] * keep
            blue = to_linear[bgr[y, x, 0]] * keep
            if drawn or lensed:
                vx, vy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
                vz = 1.0 / math.sqrt(vx * vx + vy * vy + 1.0)
                vx, vy = vx * vz, vy * vz
            if drawn:
                _gather_pixel(
                    numbers,
                    px,
                    py,
                    samples,
                    vertices,
                    attributes,
                    triangles,
                    materials,
                    texels,
                    textures,
                    opaque,
                )
                r, g, b = _shade(opaque, materials, env, vx, vy, vz)
                cover = opaque[12] * min(opaque[6], 1.0) * opacity
                red += (r * white[0] - red) * cover
                green += (g * white[1] - green) * cover
                blue += (b * white[2] - blue) * cover
            if lensed:
                _gather_pixel(
                    lens_numbers,
                    px,
                    py,
                    samples,
                    vertices,
                    attributes,
                    triangles,
                    materials,
                    texels,
                    textures,
                    lens,
                )
                cover = lens[12] * min(lens[6], 1.0) * opacity
                if materials[int(lens[13]), col.TRANSMISSION] <= 0.0:
                    # Alpha-blended, not transmitting: an ordinary surface, thinly there.
                    r, g, b = _shade(lens, materials, env, vx, vy, vz)
                    r, g, b = r * white[0], g * white[1], b * white[2]
                else:
                    r, g, b = _through(lens, materials, env, vx, vy, vz, red, green, blue, white)
                red += (r - red) * cover
                green += (g - green) * cover
                blue += (b - blue) * cover
            bgr[y, x, 0] = code(blue, to_srgb)
            bgr[y, x, 1] = code(green, to_srgb)
            bgr[y, x, 2] = code(red, to_srgb)


@inlined
def _through(
    lens: F32,
    materials: F32,
    env: F32,
    vx: float,
    vy: float,
    vz: float,
    red: float,
    green: float,
    blue: float,
    white: tuple[float, float, float],
) -> tuple[float, float, float]:
    """What a lens shows of the light (red, green, blue) behind it, and of the room before it."""
    facing = _normalised(lens, vx, vy, vz)
    nx, ny, nz = lens[0], lens[1], lens[2]
    along = 2.0 * (vx * nx + vy * ny + vz * nz)
    m = int(lens[13])
    away = 1.0 - facing
    away2 = away * away
    f0, transmission = materials[m, col.F0], materials[m, col.TRANSMISSION]
    fresnel = f0 + (1.0 - f0) * away2 * away2 * away
    if lens[7] > 0.0:
        fresnel += (1.0 - fresnel) * lens[7] * MIRROR_COATING
    mr, mg, mb = _mirrored(env, max(lens[8], 0.04), vx - along * nx, vy - along * ny, vz - along * nz)
    # Both faces of the lens reflect: what passes loses it twice, what returns has it nearly twice.
    through = (1.0 - fresnel) * (1.0 - fresnel)
    back = fresnel * (1.0 + through)
    through *= transmission
    r = red * through * lens[9] * materials[m, col.TINT] + mr * back * white[0]
    g = green * through * lens[10] * materials[m, col.TINT + 1] + mg * back * white[1]
    b = blue * through * lens[11] * materials[m, col.TINT + 2] + mb * back * white[2]
    body = 1.0 - transmission
    if body > 0.003:
        dr, dg, db = _light(env, DIFFUSE_LEVEL, nx, ny, nz)
        r += dr * lens[3] * body * white[0]
        g += dg * lens[4] * body * white[1]
        b += db * lens[5] * body * white[2]
    return r, g, b


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
