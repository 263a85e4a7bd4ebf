"""What a pixel shows of a surface: the samples' triangles looked up and averaged."""

from __future__ import annotations

import math

from tryon.compiled import inlined, kernel
from tryon.frame import F32
from tryon.render import model as col
from tryon.render.mesh import I32


@kernel
def apply_textures(materials: F32, texels: F32, textures: I32, m: int, u: float, v: float, out: F32) -> None:
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
def look(
    t: int,
    x: float,
    y: float,
    vertices: F32,
    attributes: F32,
    triangles: I32,
    out: F32,
) -> None:
    """Add what triangle ``t`` shows at sample position (x, y) to ``out``.

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
    out[0] += pa * vertices[a, 3] + pb * vertices[b, 3] + pc * vertices[c, 3]
    out[1] += pa * vertices[a, 4] + pb * vertices[b, 4] + pc * vertices[c, 4]
    out[2] += pa * vertices[a, 5] + pb * vertices[b, 5] + pc * vertices[c, 5]
    out[3] += pa * attributes[a, 2] + pb * attributes[b, 2] + pc * attributes[c, 2]
    out[4] += pa * attributes[a, 3] + pb * attributes[b, 3] + pc * attributes[c, 3]
    out[5] += pa * attributes[a, 4] + pb * attributes[b, 4] + pc * attributes[c, 4]
    out[6] += pa * attributes[a, 5] + pb * attributes[b, 5] + pc * attributes[c, 5]
    out[7] += pa * attributes[a, 0] + pb * attributes[b, 0] + pc * attributes[c, 0]
    out[8] += pa * attributes[a, 1] + pb * attributes[b, 1] + pc * attributes[c, 1]
    out[13] = m


@inlined
def material(out: F32, materials: F32, texels: F32, textures: I32) -> None:
    """Turn what ``look`` gathered into what ``surface`` returns: the material's numbers, and its textures."""
    m = int(out[13])
    u, v = out[7], out[8]
    out[7] = materials[m, col.METALLIC]
    out[8] = materials[m, col.ROUGHNESS]
    if materials[m, col.BASE_TEXTURE] >= 0.0 or materials[m, col.SURFACE_TEXTURE] >= 0.0:
        apply_textures(materials, texels, textures, m, u, v, out)
    out[9], out[10], out[11] = out[3], out[4], out[5]
    out[3] *= materials[m, col.BASE]
    out[4] *= materials[m, col.BASE + 1]
    out[5] *= materials[m, col.BASE + 2]
    out[6] *= materials[m, col.BASE + 3]
    if materials[m, col.CUTOFF] > 0.0:
        out[6] = 1.0 if out[6] >= materials[m, col.CUTOFF] else 0.0


@inlined
def surface(
    numbers: I32,
    px: int,
    py: int,
    samples: int,
    stride: int,
    vertices: F32,
    attributes: F32,
    triangles: I32,
    materials: F32,
    texels: F32,
    textures: I32,
    out: F32,
) -> None:
    """What the pixel shows of a surface, in ``out``.

    ``out``: 0-2 normal (its length tells how much it varies), 3-5 base colour, 6 opacity, 7 metallic, 8 roughness,
    9-11 what multiplies a lens' tint, 12 coverage 0..1, 13 the material,
    14 room for how much the normal varies.

    Coverage counts every sample; the surface is looked up at every ``stride``-th covered one, and averaged.
    """
    for k in range(15):
        out[k] = 0.0
    left, top = px * samples, py * samples
    count, looks, before = 0, 0, -1
    for y in range(top, top + samples):
        for x in range(left, left + samples):
            t = numbers[y, x]
            if t >= 0:
                if count % stride == 0 and t != before:
                    look(t, x + 0.5, y + 0.5, vertices, attributes, triangles, out)
                    looks += 1
                    before = t
                count += 1
    share = 1.0 / looks
    for k in range(9):
        out[k] *= share
    material(out, materials, texels, textures)
    out[12] = count / (samples * samples)
