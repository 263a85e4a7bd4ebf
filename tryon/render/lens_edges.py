"""Pixels at the edge of a lens: what else they show, and what is open there."""

from __future__ import annotations

from tryon.compiled import inlined, single, unsigned, whole
from tryon.render.mesh import I32

# Single precision, as in ``shading``.
_0, _1 = single(0), single(1)


@inlined
def shown(lens_numbers: I32, px: int, py: int, samples: int, triangles: I32) -> int:
    """The material of the first sample of that pixel that shows a lens."""
    left, top = unsigned(px * samples), unsigned(py * samples)
    t = lens_numbers[top, left]
    row, column = 0, 1
    while t < 0 and row < samples:
        t = lens_numbers[top + unsigned(row), left + unsigned(column)]
        column += 1
        if column == samples:
            row, column = row + 1, 0
    return whole(triangles[unsigned(t), 3])


@inlined
def hair(numbers: I32, lens_numbers: I32, px: int, py: int, samples: int) -> int:
    """What is open between a lens and what is opaque in that pixel, 0..255: samples that show neither, on the lens'
    side of the middle of what is opaque. Beyond it is what lies outside of a rim."""
    left, top = unsigned(px * samples), unsigned(py * samples)
    solids, lenses, solid_x, solid_y, lens_x, lens_y = _0, _0, _0, _0, _0, _0
    for row in range(samples):
        for column in range(samples):
            y, x = top + unsigned(row), left + unsigned(column)
            if numbers[y, x] >= 0:
                solids, solid_x, solid_y = solids + _1, solid_x + single(column), solid_y + single(row)
            elif lens_numbers[y, x] >= 0:
                lenses, lens_x, lens_y = lenses + _1, lens_x + single(column), lens_y + single(row)
    if min(solids, lenses) == _0:
        return 0
    solid_x, solid_y = solid_x / solids, solid_y / solids
    lens_x, lens_y = lens_x / lenses - solid_x, lens_y / lenses - solid_y
    open_between = 0
    for row in range(samples):
        for column in range(samples):
            y, x = top + unsigned(row), left + unsigned(column)
            aside = (single(column) - solid_x) * lens_x + (single(row) - solid_y) * lens_y
            if numbers[y, x] < 0 and lens_numbers[y, x] < 0 and aside > _0:
                open_between += 1
    return open_between * 255 // (samples * samples)
