"""Counting samples, shadows, and softening what was drawn; blending itself is tested in ``test_render_draw``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, U8
from tryon.render.composite import cast, shades, soften, summarise
from tryon.render.draw import grain
from tryon.render.material import linear_to_srgb, srgb_to_linear
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
    opaque, lens = (np.full((height, width), 77, np.uint8) for _ in range(2))
    summarise(numbers, lenses, samples, opaque, lens)

    def share(drawn: np.typing.NDArray[np.bool_]) -> F32:
        mean = drawn.reshape(height, samples, width, samples).mean(axis=(1, 3))
        return np.asarray(np.floor(mean * 255 + 0.5), np.float32)

    assert np.abs(opaque - share(numbers >= 0)).max() <= 1
    assert np.abs(lens - share(lenses >= 0)).max() <= 1
    assert ((opaque > 0) == (share(numbers >= 0) > 0)).all()
    assert ((opaque == 255) == (share(numbers >= 0) == 255)).all()


@pytest.mark.parametrize(
    ("share", "gain", "moved"),
    [(0, 3.0, 0.0), (255, 0.0, 0.0), (51, 1.0, 0.2), (51, 3.0, 0.6), (255, 3.0, 1.0)],
)
def test_soften_moves_towards_the_soft_picture_by_the_share(share: int, gain: float, moved: float) -> None:
    bgr: U8 = np.full((6, 8, 3), 100, np.uint8)
    shares: U8 = np.full((3, 4), share, np.uint8)
    soften(bgr, 2, 1, np.full((3, 4, 3), 200, np.uint8), shares, gain, shares, grain(), (0, 0), 0.0)
    assert (bgr[1:4, 2:6] == 100 + round(100 * moved)).all()
    bgr[1:4, 2:6] = 100
    assert (bgr == 100).all(), "only the rectangle is touched"


def test_noise_lies_on_the_product_alone_and_is_as_strong_as_told() -> None:
    bgr: U8 = np.full((60, 80, 3), 100, np.uint8)
    none: U8 = np.zeros((60, 80), np.uint8)
    product = none.copy()
    product[:, 40:] = 255
    soften(bgr, 0, 0, bgr.copy(), none, 3.0, product, grain(), (200, 230), 4.0)
    assert (bgr[:, :40] == 100).all()
    assert float(bgr[:, 40:].std()) == pytest.approx(4.0, rel=0.1)
    assert float(bgr[:, 40:].mean()) == pytest.approx(100.0, abs=0.5)
    assert (bgr[..., 0] == bgr[..., 2]).all(), "a camera's noise is mostly of brightness"


@pytest.mark.parametrize("darkness", [0.0, 0.25, 0.6])
def test_a_shadow_takes_its_part_of_the_light_from_the_face_alone(darkness: float) -> None:
    bgr: U8 = np.full((20, 30, 3), 180, np.uint8)
    shadow: U8 = np.zeros((10, 20), np.uint8)
    shadow[2:5] = 255
    face: F32 = np.zeros((10, 20), np.float32)
    face[:, :10] = 0.002
    cast(bgr, 5, 4, shadow, 3, face, darkness, shades())
    dark = bgr[4 + 5 : 4 + 8, 5:15]
    wanted = (
        linear_to_srgb(srgb_to_linear(np.array([180 / 255], np.float32)) * np.float32(1 - darkness)) * 255
    )
    assert np.abs(dark.astype(float) - float(wanted[0])).max() <= 1.5
    bgr[9:12, 5:15] = 180
    assert (bgr == 180).all()


def test_no_shadow_keeps_every_code() -> None:
    assert (shades()[0] == np.arange(256)).all()
    assert (np.diff(shades().astype(int), axis=0) <= 0).all()
