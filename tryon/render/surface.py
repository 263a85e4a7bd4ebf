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
# A triangle of fewer samples than this is hardly seen: it looks as its neighbour does, which halves the looks.
LEAST = single(2)
# Single precision, as in ``shading``.
_0, _1, _HALF, _12TH, _TINY = single(0), single(1), single(0.5), single(1 / 12), single(1e-6)


@inlined
def look(
    t: int,
    x: float,
    y: float,
    wide: float,
    high: float,
    vertices: F32,
    attributes: F32,
    tangents: F32,
    triangles: I32,
    out: F32,
) -> None:
    """Add what triangle ``t`` shows at sample position (x, y) to ``out``: normal, and how much it varies over a spot
    whose places have variances of ``wide`` and ``high``; vertex colour and opacity, 1/z, tangent.

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
    # The variance of a quantity that runs evenly is that of the places times its gradient's square; of the normal's two
    # directions each has half.
    size = single(scale)
    size *= size
    bnx, bny, bnz, cnx, cny, cnz = bnx - anx, bny - any_, bnz - anz, cnx - anx, cny - any_, cnz - anz
    varies = wide * ((bnx * cy - cnx * by) ** 2 + (bny * cy - cny * by) ** 2 + (bnz * cy - cnz * by) ** 2)
    varies += high * ((cnx * bx - bnx * cx) ** 2 + (cny * bx - bny * cx) ** 2 + (cnz * bx - bnz * cx) ** 2)
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
    out[SPREAD] += min(varies * size * _HALF, SPREAD_MOST)
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
    spot = single(samples * samples) * _12TH
    for y in range(top, top + samples):
        for x in range(left, left + samples):
            t = numbers[y, x]
            if t >= 0:
                if due == 0:
                    due = stride
                    if t != before:
                        across = x + 0.5 + aside(y - top, samples)
                        down = y + 0.5 - aside(x - left, samples)
                        look(t, across, down, spot, spot, vertices, attributes, tangents, triangles, out)
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


@inlined
def sort_samples(numbers: I32, px: int, py: int, samples: int, asides: F32, found: I32, places: F32) -> int:
    """Sort the pixel's samples by what they show. Returns how many triangles they show: ``found`` (samples²,) gets
    these, ``places`` (samples², 5) of each how many samples it has, and of their places within the pixel the sums
    across and down and those of the squares. ``asides`` is ``aside`` of each row.
    """
    left, top = unsigned(px * samples), unsigned(py * samples)
    count, at = 0, 0
    for row in range(samples):
        beside = asides[row] + _HALF
        for column in range(samples):
            t = numbers[top + unsigned(row), left + unsigned(column)]
            if t < 0:
                continue
            # Mostly that of the sample before.
            if count == 0 or found[at] != t:
                at = 0
                while at < count and found[at] != t:
                    at += 1
                if at == count:
                    found[at] = t
                    for k in range(5):
                        places[at, k] = _0
                    count += 1
            x, y = single(column) + beside, single(row) + _HALF - asides[column]
            places[at, 0] += _1
            places[at, 1] += x
            places[at, 2] += y
            places[at, 3] += x * x
            places[at, 4] += y * y
    kept = 0
    for number in range(1, count):
        if min(places[number, 0], places[kept, 0]) < LEAST:
            if places[number, 0] > places[kept, 0]:
                found[kept] = found[number]
            for k in range(5):
                places[kept, k] += places[number, k]
        else:
            kept += 1
            found[kept] = found[number]
            for k in range(5):
                places[kept, k] = places[number, k]
    return min(count, kept + 1)


@inlined
def piece(
    number: int,
    px: int,
    py: int,
    samples: int,
    found: I32,
    places: F32,
    vertices: F32,
    attributes: F32,
    tangents: F32,
    triangles: I32,
    out: F32,
) -> None:
    """Gather what one of the triangles that ``sort_samples`` has found shows, as ``surface`` does for all of them:
    looked up in the middle of its samples."""
    for k in range(COUNT):
        out[k] = 0.0
    count = places[number, 0]
    share = _1 / count
    across, down = places[number, 1] * share, places[number, 2] * share
    # Each sample stands for a cell, within which the place varies, too.
    wide = max(places[number, 3] * share - across * across, _0) + _12TH
    high = max(places[number, 4] * share - down * down, _0) + _12TH
    x, y = single(px * samples) + across, single(py * samples) + down
    look(found[number], x, y, wide, high, vertices, attributes, tangents, triangles, out)
    out[COVERAGE] = count / single(samples * samples)
