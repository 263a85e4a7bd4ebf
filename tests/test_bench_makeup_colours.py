"""The figures of makeup's colours: on pictures of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.bench.makeup_colours import (
    Sitters,
    constancy,
    filled,
    foundations,
    lipstick,
    readings,
    relit,
    shades,
)
from tryon.config import Settings
from tryon.frame import U8
from tryon.pipeline import Engine
from tryon.render.colour import de00, lab_from_codes, lab_from_hex
from tryon.replay.tone import TONES, cheeks_lab


@pytest.fixture(scope="module")
def sitters(engine: Engine) -> Sitters:
    return Sitters(Settings(threads=1), engine)


def test_sitters_have_the_skin_asked_for(sitters: Sitters) -> None:
    seen = cheeks_lab(sitters.toned("brown"), sitters.head.points_px.astype(np.float64))
    assert float(de00(seen, np.array(TONES["brown"]))) < 0.5


def test_a_shade_is_measured_where_it_is(sitters: Sitters) -> None:
    found = shades(sitters, ("tan",), ("red",))["red"]["tan"]
    made, _ = sitters.dressed(sitters.toned("tan"), lipstick("#b3121d"))
    own = made[sitters.lip_core()]
    assert found == pytest.approx(float(np.median(de00(lab_from_codes(own), lab_from_hex("#b3121d")))))
    assert 1.0 < found < 1.8


def test_shades_that_cover_measure_as_sold_on_dark_skin(sitters: Sitters) -> None:
    for name, tones in shades(sitters, ("light", "dark"), ("nude", "coral")).items():
        assert tones["light"] < 2.0, name
        assert tones["dark"] < 3.0, name


def test_a_lamp_that_no_camera_balances_leaves_a_shade_what_it_is(sitters: Sitters) -> None:
    assert constancy(sitters, ("light",), ("red",), ("3000 K",))["3000 K"]["light"] < 2.5


def test_other_light_multiplies_linear_light() -> None:
    grey: U8 = np.full((4, 4, 3), 188, np.uint8)
    assert relit(grey, (1.0, 1.0, 1.0)).tolist() == grey.tolist()
    # 188 is half of white's light; a quarter of it is 137.
    assert relit(grey, (0.5, 1.0, 2.0))[0, 0].tolist() == pytest.approx([255, 188, 137], abs=1)


def test_foundation_and_readings_tell_numbers_of_each_tone(sitters: Sitters) -> None:
    figures = foundations(sitters, ("tan",))["tan"]
    assert figures["own_colour_de00"] < 1.6
    assert figures["shade_de00"] < 2.6
    assert 0.93 < figures["detail_correlation"] < 0.99
    assert foundations(sitters, ("dark",))["dark"]["detail_correlation"] > 0.92
    told = readings(sitters, ("tan",), (0.7,))["tan"]
    assert abs(told["lightness"]) < 4
    assert abs(told["ita_deg"]) < 8
    assert told["de00"] < 4
    assert told["ita_sigmas"] < 1


def test_an_outline_is_filled_to_its_middle() -> None:
    area = filled((8, 8), np.array([[1.0, 1.0], [5.0, 1.0], [5.0, 4.0], [1.0, 4.0]]))
    assert area[1:4, 1:5].all()
    assert not area[5:].any()
    assert not area[:, 6:].any()
