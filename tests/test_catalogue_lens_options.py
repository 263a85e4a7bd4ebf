"""Lenses as opticians state them, and as light meets them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tryon.catalogue.house_range import LENSES, frames
from tryon.catalogue.lens_options import BARE, LensOption, transmitted

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def lens(kind: str, **fields: Any) -> LensOption:
    return LensOption.model_validate({"id": "a", "name": "A", "type": kind, **fields})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 0xFFFFFF), st.floats(1, 100))
def test_a_hue_passes_as_much_light_as_is_stated(hue: int, percent: float) -> None:
    color = np.array(transmitted(f"#{hue:06x}", percent))
    assert (color >= 0).all()
    assert (color <= 1).all()
    assert float(color @ LUMINANCE) == pytest.approx(percent / 100, abs=0.01)


def test_a_hue_stays_what_it_is() -> None:
    red, green, blue = transmitted("#7a4a26", 12)
    assert red > green > blue
    assert transmitted("#808080", 20) == pytest.approx((0.2, 0.2, 0.2), abs=1e-6)


def test_clear_lenses_pass_nearly_all_and_reflect_by_their_coating() -> None:
    bare, coated = lens("clear").glazing(), lens("clear", anti_reflection="green").glazing()
    assert bare.top == bare.bottom == pytest.approx((0.98,) * 3)
    assert bare.coat.reflectance[0, -1] == pytest.approx(BARE)
    assert bare.back == 1.0
    residual = coated.coat.reflectance[0, -1]
    assert residual.max() < 0.25 * BARE[0]
    assert residual.argmax() == 1
    assert lens("clear", anti_reflection="violet").glazing().coat.reflectance[0, -1].argmin() == 1


def test_a_gradient_goes_from_top_to_bottom() -> None:
    fade = lens("gradient", color="#777777", transmission_percent=10, low_percent=70).glazing()
    assert fade.top == pytest.approx((0.1,) * 3, abs=1e-6)
    assert fade.bottom == pytest.approx((0.7,) * 3, abs=1e-6)


def test_a_mirror_reflects_in_its_colour_and_not_less_than_glass() -> None:
    blue = lens("mirror", color="#555555", transmission_percent=12, mirror="#0000ff", mirror_strength=0.4)
    assert blue.glazing().coat.reflectance[0, -1] == pytest.approx((0.04, 0.04, 0.4), abs=1e-6)
    assert blue.swatch == "#0000ff"


def test_photochromic_lenses_darken_evenly_to_the_eye() -> None:
    grey = lens("photochromic", color="#777777", transmission_percent=20, indoors_percent=80)
    passes = [grey.glazing(level).top[1] for level in (0.0, 0.5, 1.0)]
    assert passes == pytest.approx([0.8, 0.4, 0.2], abs=1e-6)


def test_a_polarised_lens_shows_nothing_of_the_room_behind() -> None:
    assert lens("solid", transmission_percent=12, polarised=True).glazing().back < 0.2


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("gradient", {}, "low_percent"),
        ("solid", {"low_percent": 20}, "low_percent"),
        ("mirror", {}, "mirror"),
        ("clear", {"mirror": "#ffffff"}, "mirror"),
        ("photochromic", {"transmission_percent": 90, "indoors_percent": 20}, "more light indoors"),
        ("clear", {"transmission_percent": 0}, "greater than or equal"),
        ("clear", {"transmission_percent": 101}, "less than or equal"),
        ("clear", {"color": "red"}, "match pattern"),
        ("bifocal", {}, "Input should be"),
        ("clear", {"sparkle": 1}, "not permitted"),
    ],
)
def test_lenses_that_make_no_sense_are_refused(kind: str, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        lens(kind, **fields)


def test_the_house_range_shows_each_kind() -> None:
    options = [LensOption.model_validate(entry) for entries, _ in LENSES.values() for entry in entries]
    assert set(LENSES) == set(frames())
    assert {option.type for option in options} == {"clear", "solid", "gradient", "mirror", "photochromic"}
    assert {option.anti_reflection for option in options} == {"none", "green", "violet"}
    assert any(option.polarised for option in options)
    assert any(ground for _, ground in LENSES.values())
