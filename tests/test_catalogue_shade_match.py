"""Shades for a colour: the nearest of each product, and lipsticks with a reason that is so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tryon.catalogue.items import Product, Shade
from tryon.catalogue.makeup import Makeup, MakeupType
from tryon.catalogue.shade_match import BEST, ShadeRange, reason
from tryon.render.colour import de00, hex_from_lab, lab_from_hex

SKIN = np.array([60.0, 11.0, 17.0])


def product(sku: str, type_: MakeupType, *colors: str) -> Product:
    shades = tuple(
        Shade(id=f"s{number}", name=f"Shade {number}", color=color) for number, color in enumerate(colors)
    )
    return Product(
        sku, "makeup", sku, Path(), shades=shades, makeup=Makeup(type=type_, finish="matte", coverage=0.8)
    )


def ladder(sku: str, shift: float = 0.0) -> Product:
    return product(
        sku,
        "foundation",
        *(hex_from_lab(np.array([level + shift, 11.0, 17.0])) for level in range(30, 85, 5)),
    )


def test_the_nearest_three_of_each_foundation_the_best_product_first() -> None:
    matches = ShadeRange([ladder("off", 2.4), ladder("exact")]).nearest("foundation", SKIN)
    assert [match.sku for match in matches] == ["exact"] * BEST + ["off"] * BEST
    assert matches[0].shade == "s6"
    assert matches[0].de00 < 0.5
    assert {match.shade for match in matches[1:3]} == {"s5", "s7"}
    for one, other in ((0, 1), (1, 2), (3, 4), (4, 5)):
        assert matches[one].de00 <= matches[other].de00


def test_one_shade_and_no_product() -> None:
    assert len(ShadeRange([product("one", "foundation", "#c8a080")]).nearest("foundation", SKIN)) == 1
    assert ShadeRange(()).nearest("foundation", SKIN) == ()
    assert ShadeRange(()).lipsticks(SKIN, "warm") == ()
    assert ShadeRange(()).like("lipstick", SKIN) == ()


def test_like_ranks_over_all_products() -> None:
    shades = ShadeRange(
        [product("a", "lipstick", "#aa2233", "#884455"), product("b", "lipstick", "#ab2334", "#111111")]
    )
    wanted = lab_from_hex("#ab2233")
    found = shades.like("lipstick", wanted)
    assert {match.sku for match in found[:2]} == {"a", "b"}
    assert [match.de00 for match in found] == sorted(match.de00 for match in found)


COLOURS = ("#c98a7a", "#b5475f", "#c0392b", "#7a1f3d", "#e2725b", "#8e3b2f")


@pytest.mark.parametrize("own", ["cool", "neutral", "warm"])
def test_each_role_has_its_own_lipstick_and_more_contrast_than_the_one_before(own: str) -> None:
    advice = ShadeRange([product("lips", "lipstick", *COLOURS)]).lipsticks(SKIN, own)  # type: ignore[arg-type]
    assert [each.role for each in advice] == ["everyday", "polished", "statement"]
    assert len({each.shade for each in advice}) == 3
    contrast = [float(de00(lab_from_hex(COLOURS[int(each.shade[1:])]), SKIN)) for each in advice]
    assert contrast[0] < contrast[2]
    for each in advice:
        assert each.reason.undertone == own
        assert own in each.reason.told()
        assert each.reason.told().endswith("skin.")


def test_warm_skin_gets_warmer_lips_than_cool_skin() -> None:
    shades = ShadeRange([product("lips", "lipstick", *COLOURS)])

    def hue(own: str) -> float:
        labs = [
            lab_from_hex(COLOURS[int(each.shade[1:])])
            for each in shades.lipsticks(SKIN, own)[:2]  # type: ignore[arg-type]
        ]
        return float(np.mean([np.degrees(np.arctan2(lab[2], lab[1])) for lab in labs]))

    assert hue("warm") > hue("cool") + 8


def test_the_reason_says_what_is_so() -> None:
    deep_cool = reason(np.array([28.0, 32.0, 2.0]), SKIN, "cool").told()
    assert "blue-toned colour that goes with your cool undertone" in deep_cool
    assert "darker than your skin" in deep_cool
    nude = reason(np.array([58.0, 14.0, 12.0]), SKIN, "warm").told()
    assert "nude" in nude
    assert "soft contrast" in nude
    assert "as light as your skin" in nude
    assert "plays against" in reason(np.array([45.0, 35.0, 30.0]), SKIN, "cool").told()
