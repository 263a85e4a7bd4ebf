"""How bright lips are, from frame to frame."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tryon.frame import U8
from tryon.overlays.lip_light import FALLBACK, LipLight, middle_light
from tryon.overlays.mouth import STEPS
from tryon.render import transfer

FRAME_S = 1 / 30
RED = 1.4
PLACE = np.array([80.0, 70.0, 1.0, 0.0, -50.0, 100.0, 100.0], np.float32)


def read(bgr: U8, heights: tuple[float, float, float, float]) -> float:
    curves = np.repeat(np.array(heights, np.float32)[:, None], STEPS, axis=1)
    middle, red = middle_light(bgr, 0, 0, 160, 150, curves, PLACE, transfer.to_linear())
    # The pictures are grey.
    assert red == pytest.approx(middle)
    return middle


def settled(light: LipLight, middle: float, skin: float, opened: float, frames: int) -> float:
    for _ in range(frames):
        found, red = light.follow(middle, RED * middle, skin, opened, FRAME_S)
        assert red == pytest.approx(RED * found, rel=0.01)
    return found


def test_neither_rim_nor_gap_nor_skin_has_a_say() -> None:
    bgr: U8 = np.full((150, 160, 3), 200, np.uint8)
    bgr[40:100] = 30
    bgr[44:61] = bgr[79:96] = 120
    bgr[65:75] = 255
    linear = float(transfer.to_linear()[120])
    assert read(bgr, (-30, -5, 5, 30)) == pytest.approx(linear, rel=0.02)


def test_thin_lips_are_read_and_none_are_not() -> None:
    bgr: U8 = np.full((150, 160, 3), 200, np.uint8)
    bgr[66:74] = 120
    assert read(bgr, (-4, 0, 0, 4)) == pytest.approx(float(transfer.to_linear()[120]), rel=0.02)
    assert read(bgr, (0, 0, 0, 0)) == 0.0
    assert LipLight().follow(0.0, 0.0, -1.0, 0.0, math.inf)[0] == pytest.approx(FALLBACK)


def test_a_first_frame_is_believed_and_a_sensors_noise_is_not() -> None:
    light = LipLight()
    assert light.follow(0.2, 0.2 * RED, -1.0, 0.0, math.inf)[0] == pytest.approx(0.2)
    settled(light, 0.2, -1.0, 0.0, 60)
    noise = np.random.default_rng(1).normal(0, 0.01, 60)
    found = [light.follow(0.2 * math.exp(each), 0.2, -1.0, 0.0, FRAME_S)[0] for each in noise]
    assert np.log(found).std() < 0.1 * noise.std()


def test_light_that_changes_is_followed_within_a_third_of_a_second() -> None:
    light = LipLight()
    light.follow(0.2, 0.2 * RED, -1.0, 0.0, math.inf)
    settled(light, 0.2, -1.0, 0.0, 30)
    assert settled(light, 0.1, -1.0 + math.log(0.5), 0.0, 10) == pytest.approx(0.1, rel=0.05)


def test_a_tongue_does_not_change_what_lips_are_beside_skin_but_light_does() -> None:
    light = LipLight()
    light.follow(0.2, 0.2 * RED, -1.0, 0.0, math.inf)
    settled(light, 0.2, -1.0, 0.0, 30)
    assert settled(light, 0.05, -1.0, 0.3, 60) == pytest.approx(0.2, rel=0.02)
    assert settled(light, 0.05, -1.0 + math.log(2), 0.3, 60) == pytest.approx(0.4, rel=0.05)


def test_lips_that_were_never_closed_are_as_the_picture_has_them() -> None:
    light = LipLight()
    light.follow(0.2, 0.2 * RED, -1.0, 0.3, math.inf)
    assert settled(light, 0.1, -1.0, 0.3, 10) == pytest.approx(0.1, rel=0.05)
