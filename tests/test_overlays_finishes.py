"""Finishes and flakes."""

from __future__ import annotations

from typing import get_args

import numpy as np

from tryon.catalogue.makeup import Finish
from tryon.compiled import kernel
from tryon.frame import F32
from tryon.overlays.finishes import FINISHES, ROW, layer_row, sparkle


@kernel
def _field(pixel_mm: float, turn: float, out: F32) -> None:
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = sparkle((x + 0.5) * pixel_mm, (y + 0.5) * pixel_mm, pixel_mm, 0.6, turn, 0.0)


def flakes(pixel_mm: float = 0.25, turn: float = 0.0, size: int = 160) -> F32:
    out = np.empty((size, size), np.float32)
    _field(pixel_mm, turn, out)
    return out


def test_every_finish_has_its_numbers() -> None:
    assert set(FINISHES) == set(get_args(Finish))
    for look in FINISHES.values():
        assert len(look.row()) == ROW
        assert min(look.row()) >= 0.0
    assert FINISHES["matte"].gloss == FINISHES["matte"].sparkle == 0.0
    assert FINISHES["gloss"].gloss > FINISHES["satin"].gloss


def test_a_row_is_its_parts() -> None:
    assert layer_row(1.0, [2.0, 3.0], np.array([4.0], np.float32)) == [1.0, 2.0, 3.0, 4.0]


def test_flakes_lie_still_and_flash_as_the_head_turns() -> None:
    still, again, turned = flakes(), flakes(), flakes(turn=0.12)
    assert np.array_equal(still, again)
    assert np.array_equal(still > 0, turned > 0), "flakes stay where they are"
    assert np.abs(still - turned).max() > 0.5, "but others flash"
    assert 0.15 < (still > 0).mean() < 0.9
    assert still.max() > 6 * still.mean()


def test_a_small_turn_changes_little() -> None:
    assert np.abs(flakes(turn=0.0) - flakes(turn=0.003)).max() < 0.3


def test_far_flakes_are_dimmer_but_no_more_light_on_the_whole() -> None:
    near, far = flakes(0.1, size=400), flakes(0.8, size=50)
    assert far.max() < near.max()
    assert 0.4 < far.mean() / near.mean() < 2.0
