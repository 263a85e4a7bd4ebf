"""Pixels at the edge of a lens."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.render.lens_edges import hair, shown
from tryon.render.mesh import I32
from tryon.render.raster import EMPTY, OCCLUDER

SIDE = 4


def pixel(rows: list[str]) -> tuple[I32, I32]:
    """Numbers of what is opaque (R) and of lenses (L), of one pixel among others full of rim; skin is S."""
    numbers, lens_numbers = (np.zeros((2 * SIDE, 2 * SIDE), np.int32) for _ in range(2))
    for y, row in enumerate(rows):
        for x, shows in enumerate(row):
            numbers[SIDE + y, SIDE + x] = {"R": 7, "S": OCCLUDER}.get(shows, EMPTY)
            lens_numbers[SIDE + y, SIDE + x] = 3 if shows == "L" else EMPTY
    return numbers, lens_numbers


@pytest.mark.parametrize(
    ("rows", "open_samples"),
    [
        (["R.LL"] * 4, 4),  # between the two
        (["RSLL"] * 4, 4),  # skin there is no less open
        ([".RLL"] * 4, 0),  # beyond the rim
        ([".R.L"] * 4, 4),
        (["RRLL"] * 4, 0),
        (["LLLL", "....", "....", "RRRR"], 8),
        (["LLLL", "RRRR", "....", "...."], 0),
        (["...R", "..R.", ".R.L", "R.LL"], 3),
        (["R..."] * 4, 0),  # no lens, no rim
        (["L..."] * 4, 0),
    ],
)
def test_a_hair_is_what_is_open_on_the_lens_side_of_a_rim(rows: list[str], open_samples: int) -> None:
    numbers, lens_numbers = pixel(rows)
    assert hair(numbers, lens_numbers, 1, 1, SIDE) == open_samples * 255 // SIDE**2


@pytest.mark.parametrize(
    "rows", [["L...", "....", "....", "...."], ["....", "....", "....", "...L"], ["LLLL"] * 4]
)
def test_a_pixel_tells_whose_lens_it_shows(rows: list[str]) -> None:
    triangles = np.zeros((9, 4), np.int32)
    triangles[3, 3] = 5
    assert shown(pixel(rows)[1], 1, 1, SIDE, triangles) == 5
