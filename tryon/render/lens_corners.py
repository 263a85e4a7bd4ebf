"""A lens at the corners of square blocks: what it does to light there, and beyond its edge what it would.

A lens is smooth, so a corner every few millimetres tells all of it but the room in its mirror, which has edges.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import kernel, single
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.pictures import U16
from tryon.render.pixel import BASE_RGBA, COUNT, MATERIAL, SPREAD, TRANSMISSION
from tryon.render.shading import glass
from tryon.render.surface import look, material

# What a corner holds: the twelve numbers of ``glass``, opacity, whether a lens is there, and its material.
NUMBERS: Final = 15
MIRRORED: Final = 6
ALONG: Final = 9
OPACITY: Final = 12
THERE: Final = 13
OF: Final = 14
# Marks of corners: of a lens, carried on from a lens, nothing, and something else that no lens is carried on over.
LENS: Final = 1.0
_CARRIED, _NOTHING, _OTHER = 0.5, 0.0, -1.0
# The material of a corner that is carried on from lenses of several.
MIXED: Final = -1.0
# Of 255: a lens goes on all around.
_INNER = 250
_1 = single(1)


@kernel
def look_up(
    corners: F32,
    x0: int,
    y0: int,
    samples: int,
    block: int,
    lens_numbers: I32,
    inner_share: U8,
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
    white: tuple[float, float, float],
    view: tuple[float, float, float],
) -> None:
    """Work out the corners that lie on a lens, away from its edge."""
    found = np.zeros(COUNT, np.float32)
    height, width = inner_share.shape
    focal, cx, cy = view
    rows, columns = corners.shape[0], corners.shape[1]
    for row in range(rows):
        sy = min(row * block * samples, height * samples - 1)
        for column in range(columns):
            sx = min(column * block * samples, width * samples - 1)
            t = lens_numbers[sy, sx]
            # At its very edge a lens has a bevel, whose normals are others.
            if t < 0 or inner_share[min(row * block, height - 1), min(column * block, width - 1)] < _INNER:
                continue
            for k in range(COUNT):
                found[k] = 0.0
            look(t, float(sx), float(sy), _1, _1, vertices, attributes, tangents, triangles, found)
            # A lens is larger than its pixels; what it mirrors is looked up for each of them.
            found[SPREAD] = 0.0
            vx, vy = (
                single((x0 + block * column - cx) / focal),
                single((y0 + block * row - cy) / focal),
            )
            vz = _1 / math.sqrt(vx * vx + vy * vy + _1)
            vx, vy = vx * vz, vy * vz
            material(found, materials, texels, levels, uses, vx, vy, vz, focal)
            if found[TRANSMISSION] > 0.0:
                twelve = glass(found, materials, films, env, vx, vy, vz, white)
                for k in range(12):
                    corners[row, column, k] = twelve[k]
                corners[row, column, OPACITY] = min(found[BASE_RGBA + 3], 1.0)
                corners[row, column, THERE] = LENS
                corners[row, column, OF] = found[MATERIAL]
            else:
                corners[row, column, THERE] = _OTHER


@kernel
def carry_on(corners: F32) -> None:
    """Give corners beside a lens what its slope there makes of it: twice the nearest less the one behind that."""
    rows, columns = corners.shape[0], corners.shape[1]
    for row in range(rows):
        for column in range(columns):
            if corners[row, column, THERE] != _NOTHING:
                continue
            found = 0
            # Straight neighbours first; a slanting one only where there is none.
            for slanting in range(2):
                if found > 0:
                    break
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        near_row, near_column = row + dy, column + dx
                        if abs(dy) + abs(dx) != slanting + 1:
                            continue
                        if min(near_row, near_column) < 0 or near_row >= rows or near_column >= columns:
                            continue
                        if corners[near_row, near_column, THERE] != LENS:
                            continue
                        far_row, far_column = near_row + dy, near_column + dx
                        further = min(far_row, far_column) >= 0 and far_row < rows and far_column < columns
                        further = further and corners[far_row, far_column, THERE] == LENS
                        for k in range(THERE):
                            value = corners[near_row, near_column, k]
                            if further:
                                value += value - corners[far_row, far_column, k]
                            corners[row, column, k] += (
                                value if k >= ALONG and k < OPACITY else max(value, 0.0)
                            )
                        of = corners[near_row, near_column, OF]
                        if found > 0 and of != corners[row, column, OF]:
                            of = single(MIXED)
                        corners[row, column, OF] = of
                        found += 1
            if found > 0:
                for k in range(THERE):
                    corners[row, column, k] /= found
                corners[row, column, OPACITY] = min(corners[row, column, OPACITY], 1.0)
                corners[row, column, THERE] = _CARRIED
