"""What a body's network looks at, without the noise that tips it over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tryon.frame import U8
from tryon.perception.calm import Calm
from tryon.perception.face_model import Region

HERE, THERE = Region(100.0, 80.0, 300.0, 0.0), Region(101.0, 80.0, 300.0, 0.0)
NOISE = 3.0


@pytest.fixture
def scene() -> U8:
    ramp = np.linspace(30, 220, 64)
    return np.ascontiguousarray(
        np.repeat((ramp[None, :, None] + ramp[:, None, None]) / 2, 3, axis=2), np.uint8
    )


def looks(scene: U8, count: int) -> Iterator[U8]:
    random = np.random.default_rng(5)
    for _ in range(count):
        yield np.clip(scene + random.normal(0.0, NOISE, scene.shape) + 0.5, 0, 255).astype(np.uint8)


def off(seen: U8, scene: U8) -> float:
    return float(np.sqrt(np.mean((seen.astype(float) - scene) ** 2)))


def test_noise_of_what_rests_is_taken_out(scene: U8) -> None:
    calm, errors = Calm(), []
    for crop in looks(scene, 12):
        calm(crop, HERE)
        errors.append(off(crop, scene))
    assert errors[0] == pytest.approx(NOISE, rel=0.1)
    assert np.mean(errors[4:]) < 0.6 * NOISE


def test_what_changes_is_seen_as_it_is(scene: U8) -> None:
    calm = Calm()
    for crop in looks(scene, 5):
        calm(crop, HERE)
    moved = np.ascontiguousarray(np.where(np.arange(64)[None, :, None] < 20, 255 - scene, scene), np.uint8)
    far = np.abs(moved.astype(int) - scene) >= 24
    crop = moved.copy()
    calm(crop, HERE)
    assert far.mean() > 0.2
    assert np.array_equal(crop[far], moved[far])


def test_a_small_change_that_stays_arrives(scene: U8) -> None:
    calm = Calm()
    calm(scene.copy(), HERE)
    for _ in range(12):
        crop = scene + np.uint8(5)
        calm(crop, HERE)
    assert np.abs(crop.astype(int) - scene - 5).max() <= 1


def test_another_place_begins_anew(scene: U8) -> None:
    calm = Calm()
    first, second, third = looks(scene, 3)
    calm(first.copy(), HERE)
    crop = second.copy()
    calm(crop, THERE)
    assert np.array_equal(crop, second)
    crop = third.copy()
    calm(crop, THERE)
    assert not np.array_equal(crop, third)
