"""Colours apart, counted by compiled code: the same as by the formula over whole arrays."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import U8
from tryon.qa.shift import CODES_SAME, STEPS, STEPS_PER_UNIT, count
from tryon.render import transfer
from tryon.render.colour import de00, lab_from_codes


def counted(now: U8, before: U8) -> tuple[int, float, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    counts = np.zeros(STEPS + 1, np.int64)
    changed, largest = count(now, before, transfer.to_linear(), counts)
    return changed, largest, counts


def test_it_is_the_formula_over_whole_arrays() -> None:
    random = np.random.default_rng(1)
    before = random.integers(0, 256, (60, 80, 3)).astype(np.uint8)
    # Small steps, large steps, and equal pixels.
    now = np.clip(before.astype(int) + random.integers(-3, 4, before.shape), 0, 255).astype(np.uint8)
    now[20:40] = random.integers(0, 256, (20, 80, 3))
    now[40:] = before[40:]
    changed, largest, counts = counted(now, before)
    differs = np.abs(now.astype(int) - before).max(axis=2) > CODES_SAME
    expected = de00(lab_from_codes(now), lab_from_codes(before))[differs]
    assert changed == counts.sum() == differs.sum()
    assert largest == pytest.approx(expected.max(), abs=1e-3)
    found = np.repeat(np.arange(STEPS + 1), counts) / STEPS_PER_UNIT
    np.testing.assert_allclose(found, np.sort(expected), atol=0.5 / STEPS_PER_UNIT + 1e-3)


def test_greys_have_no_hue() -> None:
    grey, colour = np.full((1, 1, 3), 189, np.uint8), np.array([[[191, 113, 222]]], np.uint8)
    neutral = lab_from_codes(grey) * (1, 0, 0)
    assert counted(grey, colour)[1] == pytest.approx(
        float(de00(neutral, lab_from_codes(colour))[0, 0]), abs=1e-4
    )


def test_every_pair_of_corners_is_in_range() -> None:
    corners = np.array([[b, g, r] for b in (0, 255) for g in (0, 255) for r in (0, 255)], np.uint8)
    one, other = np.repeat(corners, 8, axis=0)[None], np.tile(corners, (8, 1))[None]
    changed, largest, counts = counted(np.ascontiguousarray(one), np.ascontiguousarray(other))
    assert changed == 56
    assert 100 <= largest < STEPS / STEPS_PER_UNIT
    assert counts[STEPS] == 0


@pytest.mark.parametrize(("step", "changed"), [(0, 0), (1, 0), (-1, 0), (2, 4), (-2, 4)])
def test_a_step_of_one_code_is_no_change(step: int, changed: int) -> None:
    before = np.full((2, 2, 3), 100, np.uint8)
    now = before.copy()
    now[..., 1] += np.uint8(step % 256)
    assert counted(now, before)[0] == changed
