"""Haze: what a camera adds to everything, it adds to products, too."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.config import Settings
from tryon.frame import U8, Frame
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.overlays.haze import MOST, UNIT, HazeMeter, haze_of
from tryon.pipeline import Engine, Pipeline
from tryon.render import transfer
from tryon.render.colour import de00, lab_from_codes
from tryon.render.composite import shades

HAZE = 0.035
FRAME_MS = 33.0


def hazy(bgr: U8, haze: float = HAZE) -> U8:
    linear = transfer.to_linear()[bgr]
    steps = np.rint((haze + (1 - haze) * linear) * transfer.TO_SRGB_STEPS).astype(np.intp)
    return np.asarray(transfer.to_srgb()[steps], np.uint8)


def worn(bgr: U8, look: Look, engine: Engine) -> U8:
    pipeline = Pipeline(Settings(threads=1))
    for number in range(6):
        rendered = pipeline.process(Frame(bgr, number * FRAME_MS, number), look, engine)
    return rendered.bgr


@pytest.mark.parametrize("haze", [0.01, HAZE])
def test_every_code_survives_the_way_to_linear_and_back(haze: float) -> None:
    least = int(np.argmax(transfer.to_linear() >= haze))
    codes = np.arange(least, 256)
    steps = np.rint(transfer.to_linear(haze)[codes] * transfer.TO_SRGB_STEPS).astype(np.intp)
    assert np.array_equal(transfer.to_srgb(haze)[steps], codes)
    assert transfer.to_srgb(haze)[0] == pytest.approx(least, abs=1)
    assert transfer.to_linear(haze)[255] == pytest.approx(1.0)


def test_no_shadow_is_darker_than_haze() -> None:
    left = transfer.to_linear()[shades(HAZE)[-1]]
    assert left[100:] == pytest.approx(HAZE, abs=2e-3)
    assert (shades(HAZE)[0] == np.arange(256)).all()


@pytest.mark.parametrize("haze", [0.0, 0.02, HAZE])
def test_haze_is_told_from_what_is_darkest(astronaut: U8, haze: float) -> None:
    told = haze_of(hazy(astronaut, haze))
    assert haze - 0.008 < told <= haze
    noisy = hazy(astronaut, haze) + np.random.default_rng(3).normal(0, 4, astronaut.shape)
    assert haze_of(np.clip(np.rint(noisy), 0, 255).astype(np.uint8)) <= told + UNIT


def test_a_pale_room_is_no_fog() -> None:
    assert haze_of(np.full((480, 640, 3), 190, np.uint8)) == 0.0
    told = [haze_of(np.full((48, 64, 3), code, np.uint8)) for code in range(256)]
    assert max(told) <= MOST
    assert np.abs(np.diff(told)).max() < 0.006


def test_haze_comes_slowly_and_stays_while_it_trembles(astronaut: U8) -> None:
    meter = HazeMeter()
    first = meter.read(hazy(astronaut), 0.0)
    assert first > 0.02
    told = [meter.read(hazy(astronaut, HAZE + 0.001 * (-1) ** n), 100.0 * n) for n in range(1, 40)]
    assert set(told) == {first}
    later = [meter.read(astronaut, 4000.0 + 100.0 * n) for n in range(60)]
    assert np.abs(np.diff([first, *later])).max() < 0.004
    assert later[-1] <= UNIT
    assert meter.read(hazy(astronaut), 60_000.0) == first


@pytest.mark.parametrize(
    ("item", "most"),
    [
        (LookItem("harbour-black"), 1.5),
        (LookItem("velvet-lipstick", "classic-red"), 1.5),
        (LookItem("four-seasons-palette", "smoke"), 1.5),
        (LookItem("inkwell-eyeliner", "ink"), 2.4),
    ],
    ids=lambda value: getattr(value, "sku", None),
)
def test_what_is_worn_in_haze_looks_as_what_is_worn_does_through_haze(
    astronaut: U8, engine: Engine, monkeypatch: pytest.MonkeyPatch, item: LookItem, most: float
) -> None:
    look = LookBook().resolve((item,))
    clear, fog = worn(astronaut, look, engine), worn(hazy(astronaut), look, engine)
    wanted = hazy(clear)
    changed: NDArray[np.bool_] = np.abs(clear.astype(int) - astronaut).max(axis=2) > 12
    assert changed.sum() > 60
    off = np.median(de00(lab_from_codes(wanted[changed]), lab_from_codes(fog[changed])))
    assert off < most
    # As it is drawn where nobody asks for haze, it is off by more.
    monkeypatch.setattr(HazeMeter, "read", lambda _self, _bgr, _t_ms: 0.0)
    unasked = worn(hazy(astronaut), look, engine)
    without = np.median(de00(lab_from_codes(wanted[changed]), lab_from_codes(unasked[changed])))
    assert without > 1.5 * most


def test_without_haze_nothing_is_different(astronaut: U8, engine: Engine) -> None:
    assert haze_of(astronaut) == 0.0
    assert np.array_equal(worn(hazy(astronaut), BARE, engine), hazy(astronaut))
