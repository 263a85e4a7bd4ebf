"""Counting samples, and softening what was drawn; blending itself is tested in ``test_render_draw``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, U8
from tryon.render.composite import soften, summarise
from tryon.render.raster import EMPTY, OCCLUDER


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_shares_count_samples(samples: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = 3, 4
    numbers, lenses = (
        rng.choice([EMPTY, OCCLUDER, 0, 7], (height * samples, width * samples)).astype(np.int32)
        for _ in range(2)
    )
    opaque, lens, face = (np.full((height, width), 77, np.uint8) for _ in range(3))
    summarise(numbers, lenses, samples, opaque, lens, face)

    def share(drawn: np.typing.NDArray[np.bool_]) -> F32:
        mean = drawn.reshape(height, samples, width, samples).mean(axis=(1, 3))
        return np.asarray(np.floor(mean * 255 + 0.5), np.float32)

    assert np.abs(opaque - share(numbers >= 0)).max() <= 1
    assert np.abs(lens - share(lenses >= 0)).max() <= 1
    assert np.abs(face - share(numbers == OCCLUDER)).max() <= 1
    assert ((opaque > 0) == (share(numbers >= 0) > 0)).all()
    assert ((opaque == 255) == (share(numbers >= 0) == 255)).all()


@pytest.mark.parametrize(
    ("share", "gain", "moved"),
    [(0, 3.0, 0.0), (255, 0.0, 0.0), (51, 1.0, 0.2), (51, 3.0, 0.6), (255, 3.0, 1.0)],
)
def test_soften_moves_towards_the_soft_picture_by_the_share(share: int, gain: float, moved: float) -> None:
    bgr: U8 = np.full((6, 8, 3), 100, np.uint8)
    soften(bgr, 2, 1, np.full((3, 4, 3), 200, np.uint8), np.full((3, 4), share, np.uint8), gain)
    assert (bgr[1:4, 2:6] == 100 + round(100 * moved)).all()
    bgr[1:4, 2:6] = 100
    assert (bgr == 100).all(), "only the rectangle is touched"
