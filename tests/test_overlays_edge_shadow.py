"""The shadow beside a garment's edges: on who wears it, deepest below a hem, as large as they are."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.edge_shadow import FALLS, REACH, STRENGTH, edge_shadow

WIDTH = 200.0
# Cloth lies on these rows and columns of a picture of 240 x 240 pixels.
TOP, BOTTOM = 60, 160


def cast(cell: int = 1, width_px: float = WIDTH, person: U8 | None = None) -> U8:
    sheet: F32 = np.zeros((240, 240, 4), np.float32)
    sheet[TOP:BOTTOM, 60:180] = 1.0
    everybody: U8 = np.full((240 // cell, 240 // cell), 255, np.uint8)
    return edge_shadow(sheet, everybody if person is None else person, cell, width_px)


@pytest.mark.parametrize("cell", [1, 2, 4])
def test_below_a_hem_it_is_deepest_and_ends_soon(cell: int) -> None:
    shadow = cast(cell)
    middle = shadow[:, 120].astype(int)
    # About half of the strength at the edge, and more as it has fallen.
    assert 0.45 * 255 * STRENGTH < middle[BOTTOM] < 0.9 * 255 * STRENGTH
    assert (np.diff(middle[BOTTOM - 2 :]) <= 0).all()
    ends = int((3 * REACH + FALLS) * WIDTH) + 2 * cell
    assert middle[BOTTOM + ends] == 0
    # Above the cloth, and to its sides, less than below.
    assert middle[TOP - 1 - cell] < middle[BOTTOM + cell]
    assert shadow[110, 60 - 1 - cell] < middle[BOTTOM + cell]


def test_it_falls_on_the_person_alone() -> None:
    person: U8 = np.zeros((240, 240), np.uint8)
    person[:, :120] = 255
    shadow = cast(person=person)
    assert shadow[BOTTOM, 100] > 0
    assert not shadow[:, 121:].any()


def test_of_somebody_further_away_it_is_smaller() -> None:
    near, far = (int((cast(width_px=width)[BOTTOM:, 120] > 4).sum()) for width in (WIDTH, WIDTH / 2))
    assert far == pytest.approx(near / 2, abs=2)
