"""Patches of the picture: means and medians of nine pixels."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.compiled import sealed
from tryon.frame import F32, U8
from tryon.overlays.patches import median, patch_mean, patch_median
from tryon.render.transfer import to_linear


@pytest.fixture(scope="module")
def bgr() -> U8:
    return sealed(np.random.default_rng(3).integers(0, 256, (12, 16, 3), np.uint8))


@pytest.mark.parametrize("at", [(1, 1), (14, 10), (6, 5)])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_nine_pixels_around_a_place_are_read(bgr: U8, at: tuple[int, int], k: int) -> None:
    x, y = at
    nine = to_linear()[bgr[y - 1 : y + 2, x - 1 : x + 2, k]]
    scratch: F32 = np.empty(9, np.float32)
    assert patch_mean(bgr, x, y, to_linear(), k) == pytest.approx(float(nine.mean()), rel=1e-5)
    assert patch_median(bgr, x, y, to_linear(), k, scratch) == pytest.approx(float(np.median(nine)))


@pytest.mark.parametrize("count", [1, 2, 7, 16])
def test_the_median_is_that_of_the_first_values(count: int) -> None:
    values: F32 = np.random.default_rng(count).random(20).astype(np.float32)
    wanted, rest = float(np.median(values[:count])), values[count:].copy()
    assert median(values, count) == pytest.approx(wanted)
    assert (np.diff(values[:count]) >= 0).all()
    assert (values[count:] == rest).all()


def test_a_sealed_view_shows_the_same_and_cannot_be_written() -> None:
    array = np.zeros(3, np.uint8)
    view = sealed(array)
    array[1] = 7
    assert view.tolist() == [0, 7, 0]
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
