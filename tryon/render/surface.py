"""What a pixel shows of a surface: the samples' triangles looked up and averaged."""

from __future__ import annotations

import math

from tryon.compiled import inlined, single, unsigned, whole
from tryon.frame import F32
from tryon.render import model as col
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import (
    BASE_RGBA,
    COAT,
    COAT_ROUGHNESS,
    COUNT,
    COVERAGE,
    DYE,
    F0_RGB,
    FILM_SHARE,
    FILM_THICKNESS,
    GLOW_RGB,
    INVERSE_Z,
    MATERIAL,
    METALLIC,
    NORMAL,
    OCCLUSION,
    ROUGHNESS,
    SECOND_UV,
    SPREAD,
    TANGENT,
    TRANSMISSION,
)
from tryon.render.raster import aside
from tryon.render.texturing import apply_textures

# A normal that varies more than this shows every direction: nothing is rougher.
SPREAD_MOST = single(0.5)
# Single precision, as in ``shading``.
_1, _24TH, _TINY = single(1), single(1 / 24), single(1e-6)


@inlined
def look(
    t: int,
    x: float,
    y: float,
    samples: int,
    vertices: F32,
    attributes: F32,
    tangents: F32,
    triangles: I32,
    out: F32,
) -> None:
    """Add what triangle ``t`` shows at sample position (x, y) to ``out``: normal, and how much it varies over a pixel
    of ``samples`` samples a side; vertex colour and opacity, 1/z, tangent.

    Texture coordinates are those of the last look, for a mean across a seam lies anywhere in the picture; the first set
    stands in the places of METALLIC and ROUGHNESS.
    """
    # Of unsigned numbers no index can count from the end, which spares a test at each look-up.
    n = unsigned(t)
    ta, tb, tc = unsigned(triangles[n, 0]), unsigned(triangles[n, 1]), unsigned(triangles[n, 2])
    ax, ay, az = vertices[ta, 0], vertices[ta, 1], vertices[ta, 2]
    bx, by, bz = vertices[tb, 0] - ax, vertices[tb, 1] - ay, vertices[tb, 2]
    cx, cy, cz = vertices[tc, 0] - ax, vertices[tc, 1] - ay, vertices[tc, 2]
    anx, any_, anz = vertices[ta, 3], vertices[ta, 4], vertices[ta, 5]
    bnx, bny, bnz = vertices[tb, 3], vertices[tb, 4], vertices[tb, 5]
    cnx, cny, cnz = vertices[tc, 3], vertices[tc, 4], vertices[tc, 5]
    # In double precision, and held to the triangle: slivers have hardly an area to divide by.
    scale = 1.0 / (float(bx) * cy - float(cx) * by)
    px, py = x - ax, y - ay
    wb = single(min(max((px * cy - cx * py) * scale, 0.0), 1.0))
    wc = min(single(max((bx * py - px * by) * scale, 0.0)), _1 - wb)
    # Weights on the surface: the screen's, times 1/z of each corner.
    pa, pb, pc = (_1 - wb - wc) * az, wb * bz, wc * cz
    inverse_z = pa + pb + pc
    away = _1 / inverse_z
    pa, pb, pc = pa * away, pb * away, pc * away
    nx = pa * anx + pb * bnx + pc * cnx
    ny = pa * any_ + pb * bny + pc * cny
    nz = pa * anz + pb * bnz + pc * cnz
    # Unit again, or the middle of a large triangle on a curve would pass for rough.
    unit = _1 / max(math.sqrt(nx * nx + ny * ny + nz * nz), _TINY)
    # The variance of a quantity that runs evenly over a square of side s is s²/12 of its gradient's square; of the
    # normal's two directions each has half.
    size = single(scale)
    size *= size
    bnx, bny, bnz, cnx, cny, cnz = bnx - anx, bny - any_, bnz - anz, cnx - anx, cny - any_, cnz - anz
    varies = (bnx * cy - cnx * by) ** 2 + (bny * cy - cny * by) ** 2 + (bnz * cy - cnz * by) ** 2
    varies += (cnx * bx - bnx * cx) ** 2 + (cny * bx - bny * cx) ** 2 + (cnz * bx - bnz * cx) ** 2
    u = pa * attributes[ta, 0] + pb * attributes[tb, 0] + pc * attributes[tc, 0]
    v = pa * attributes[ta, 1] + pb * attributes[tb, 1] + pc * attributes[tc, 1]
    red = pa * attributes[ta, 2] + pb * attributes[tb, 2] + pc * attributes[tc, 2]
    green = pa * attributes[ta, 3] + pb * attributes[tb, 3] + pc * attributes[tc, 3]
    blue = pa * attributes[ta, 4] + pb * attributes[tb, 4] + pc * attributes[tc, 4]
    alpha = pa * attributes[ta, 5] + pb * attributes[tb, 5] + pc * attributes[tc, 5]
    # Written when all is read: after each number that is written, whatever is read next is fetched anew.
    out[NORMAL] += nx * unit
    out[NORMAL + 1] += ny * unit
    out[NORMAL + 2] += nz * unit
    out[BASE_RGBA] += red
    out[BASE_RGBA + 1] += green
    out[BASE_RGBA + 2] += blue
    out[BASE_RGBA + 3] += alpha
    out[METALLIC] = u
    out[ROUGHNESS] = v
    out[SPREAD] += min(varies * size * single(samples * samples) * _24TH, SPREAD_MOST)
    out[INVERSE_Z] += inverse_z
    if attributes.shape[1] > 6:
        for k in range(2):
            out[SECOND_UV + k] = (
                pa * attributes[ta, 6 + k] + pb * attributes[tb, 6 + k] + pc * attributes[tc, 6 + k]
            )
    if tangents.shape[0] > 0:
        for k in range(4):
            out[TANGENT + k] += pa * tangents[ta, k] + pb * tangents[tb, k] + pc * tangents[tc, k]
    out[MATERIAL] = triangles[n, 3]


@inlined
def material(
    out: F32,
    materials: F32,
    texels: U16,
    levels: I32,
    uses: F32,
    vx: float,
    vy: float,
    vz: float,
    focal_px: float,
) -> None:
    """Turn what ``look`` gathered into what shading reads: the material's numbers, and its pictures.

    (vx, vy, vz) is the line of sight.
    """
    m = unsigned(whole(out[MATERIAL]))
    u, v = out[METALLIC], out[ROUGHNESS]
    out[METALLIC] = materials[m, col.METALLIC]
    out[ROUGHNESS] = materials[m, col.ROUGHNESS]
    out[OCCLUSION] = 1.0
    out[TRANSMISSION] = materials[m, col.TRANSMISSION]
    out[COAT] = materials[m, col.CLEARCOAT]
    out[COAT_ROUGHNESS] = materials[m, col.CLEARCOAT_ROUGHNESS]
    out[FILM_SHARE] = materials[m, col.FILM_SHARE]
    out[FILM_THICKNESS] = 1.0
    for k in range(3):
        out[GLOW_RGB + k] = materials[m, col.EMISSIVE + k]
        out[F0_RGB + k] = materials[m, col.F0 + k]
    if materials[m, col.TEXTURED] > 0.0:
        length = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
        facing = abs(out[0] * vx + out[1] * vy + out[2] * vz) / max(length, 1e-6)
        apply_textures(
            materials,
            texels,
            levels,
            uses,
            m,
            (u, v, out[SECOND_UV], out[SECOND_UV + 1]),
            facing,
            focal_px,
            out,
        )
    for k in range(3):
        out[DYE + k] = out[BASE_RGBA + k]
    for k in range(4):
        out[BASE_RGBA + k] *= materials[m, col.BASE + k]
    if materials[m, col.CUTOFF] > 0.0:
        out[BASE_RGBA + 3] = 1.0 if out[BASE_RGBA + 3] >= materials[m, col.CUTOFF] else 0.0


@inlined
def surface(
    numbers: I32,
    px: int,
    py: int,
    samples: int,
    looks_wanted: int,
    vertices: F32,
    attributes: F32,
    tangents: F32,
    triangles: I32,
    out: F32,
) -> None:
    """Gather what the pixel shows of a surface, as ``look`` leaves it, and its coverage.

    Coverage counts every sample; the surface is looked up at about ``looks_wanted`` of them, spread evenly, and
    averaged.
    """
    for k in range(COUNT):
        out[k] = 0.0
    left, top = px * samples, py * samples
    count = 0
    for y in range(top, top + samples):
        for x in range(left, left + samples):
            if numbers[y, x] >= 0:
                count += 1
    stride = max(count // looks_wanted, 1)
    looks, before, due = 0, -1, 0
    for y in range(top, top + samples):
        for x in range(left, left + samples):
            t = numbers[y, x]
            if t >= 0:
                if due == 0:
                    due = stride
                    if t != before:
                        across = x + 0.5 + aside(y - top, samples)
                        down = y + 0.5 - aside(x - left, samples)
                        look(t, across, down, samples, vertices, attributes, tangents, triangles, out)
                        looks += 1
                        before = t
                due -= 1
    if looks > 1:
        share = _1 / single(looks)
        for k in range(METALLIC):
            out[k] *= share
        out[SPREAD] *= share
        for k in range(INVERSE_Z, SECOND_UV):
            out[k] *= share
    out[COVERAGE] = single(count) / single(samples * samples)
