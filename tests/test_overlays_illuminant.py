"""The light on shades, from sclera, skin and the brightest things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import F32, U8, Frame
from tryon.geometry.steady import Head
from tryon.looks import BARE
from tryon.overlays.illuminant import (
    EXPOSED,
    LEVEL_MIN,
    RGB_LUMINANCE,
    cloth_white,
    sclera,
    shade_white,
    white_of_an_eye,
)
from tryon.overlays.light import LightMeter
from tryon.pipeline import Engine, Pipeline
from tryon.render import transfer
from tryon.replay.tone import toned

# Linear red, green, blue of 3000 K and 8000 K, each partly balanced by a camera.
WARM, COLD = (1.35, 0.95, 0.55), (0.90, 1.0, 1.18)


@pytest.fixture(scope="module")
def head(astronaut: U8, engine: Engine) -> Head:
    pipeline = Pipeline(Settings())
    for number in range(3):
        heads = pipeline.process(Frame(astronaut, number * 33.0), BARE, engine).heads
    return heads[0]


def relit(bgr: U8, light: tuple[float, ...]) -> U8:
    linear = transfer.to_linear()[bgr] * np.array(light[::-1], np.float32)
    steps = np.rint(np.clip(linear, 0, 1) * transfer.TO_SRGB_STEPS).astype(int)
    return np.asarray(transfer.to_srgb()[steps], np.uint8)


def shade(bgr: U8, head: Head) -> F32:
    return np.array(LightMeter().read(bgr, head, 0.0).shade, np.float32)


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
@pytest.mark.parametrize("light", [WARM, COLD])
def test_a_lamps_colour_is_followed_on_every_skin(
    astronaut: U8, head: Head, tone: str, light: tuple[float, ...]
) -> None:
    skin = toned(astronaut, head.points_px.astype(np.float64), tone)
    followed = shade(relit(skin, light), head) / shade(skin, head)
    assert followed.tolist() == pytest.approx(list(light), rel=0.12)


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_white_light_is_white_and_full(astronaut: U8, head: Head, tone: str) -> None:
    skin = toned(astronaut, head.points_px.astype(np.float64), tone)
    assert shade(skin, head).tolist() == pytest.approx([1.0, 1.0, 1.0], abs=0.06)


def test_a_dim_room_dims_shades(astronaut: U8, head: Head) -> None:
    levels = [float(shade(relit(astronaut, (gain,) * 3), head) @ RGB_LUMINANCE) for gain in (1.0, 0.3, 0.1)]
    assert levels[0] == pytest.approx(1.0)
    assert levels[0] > levels[1] > levels[2] > 0.05


def test_levels_are_bounded() -> None:
    grey = np.array((0.2, 0.2, 0.2), np.float32)
    for white_level, level in ((EXPOSED, 1.0), (2 * EXPOSED, 1.0), (0.0, LEVEL_MIN)):
        white = np.array(shade_white(grey, grey, None, white_level))
        assert float(white @ RGB_LUMINANCE) == pytest.approx(level)
    black = np.zeros(3, np.float32)
    assert shade_white(black, black, black, 1.0) == pytest.approx((1.0, 1.0, 1.0))


@pytest.mark.parametrize("light", [(1.81, 0.83, 0.27), WARM, COLD])
def test_a_lamps_light_is_as_bright_as_white_light(light: tuple[float, ...]) -> None:
    """Of a camera that exposes by luminance, and in a lamp that nobody balances, too."""
    skin = np.array((0.15, 0.20, 0.33), np.float32) * np.array(light[::-1], np.float32)
    white = shade_white(skin, np.array(light[::-1], np.float32), None, 1.0)
    assert float(np.array(white) @ RGB_LUMINANCE) == pytest.approx(1.0)
    assert white == pytest.approx(light, rel=0.15)


def test_white_cloth_is_between_the_pictures_white_and_a_shades() -> None:
    grey = cloth_white((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))
    assert grey == pytest.approx([0.5**0.5] * 3)
    # In a picture that is bright enough it is what it is; in the dark it is dark.
    assert cloth_white((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)) == pytest.approx([1.0] * 3)
    assert max(cloth_white((0.06, 0.06, 0.06), (0.14, 0.14, 0.14))) < 0.1
    assert cloth_white((0.0, 0.0, 0.0), (0.08, 0.08, 0.08)) == (0.0, 0.0, 0.0)
    # Half of each colour.
    red, green, blue = cloth_white((0.5, 0.5, 0.4), (0.9, 1.0, 1.1))
    assert red < green
    assert 0.8 < (blue / green) / 1.1 < 1.0


def test_the_whites_of_the_eyes_are_found(astronaut: U8, head: Head) -> None:
    double = np.repeat(np.repeat(astronaut, 2, axis=0), 2, axis=1)
    seen = sclera(double, replace(head, points_px=head.points_px * 2), transfer.to_linear())
    assert seen is not None
    blue, green, red = seen.tolist()
    assert 0.15 < green < 0.9
    assert max(blue, red) / min(blue, red) < 1.6


def test_small_eyes_tell_nothing(astronaut: U8, head: Head) -> None:
    small = replace(head, points_px=head.points_px * np.float32(0.25))
    assert sclera(astronaut, small, transfer.to_linear()) is None


def bgr_of(red: float, blue: float, level: float = 0.3) -> F32:
    """A linear colour by its logs over green."""
    return np.array([level * np.exp(blue), level, level * np.exp(red)], np.float32)


def test_a_lid_a_lens_or_dark_glasses_are_no_white_of_an_eye() -> None:
    """They were taken for one in pictures of small faces, and shades and clothes turned as orange as they are."""
    skin, bright = bgr_of(0.55, -0.4), bgr_of(0.05, -0.1, 0.9)
    alone = shade_white(skin, bright, None, 1.0)
    for other in (bgr_of(1.4, -1.3), bgr_of(0.6, -0.2), bgr_of(0.4, -0.7), bgr_of(-1.2, -0.3)):
        assert white_of_an_eye(other, skin) == 0.0
        assert shade_white(skin, bright, other, 1.0) == pytest.approx(alone)
    eye = bgr_of(0.2, -0.1)
    assert white_of_an_eye(eye, skin) == 1.0
    assert shade_white(skin, bright, eye, 1.0) != pytest.approx(alone, rel=1e-3)
