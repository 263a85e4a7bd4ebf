"""What a merchant changed by hand, as a value: what may be said, and which sizes follow from it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tryon.catalogue.adjustment import AS_FOUND, MOVE_MAX_MM, Adjustment, Lens, dimensions_after

DECLARED = {"total_width_mm": 140.0, "lens_width_mm": 52.0, "bridge_mm": 18.0, "temple_length_mm": 145.0}


def test_nothing_named_is_nothing_changed() -> None:
    assert AS_FOUND.empty
    assert Adjustment(moved_mm={"nose": (0.0, 0.0, 0.0)}).empty
    assert AS_FOUND.move("left_hinge") == (0.0, 0.0, 0.0)
    for changed in (
        {"moved_mm": {"nose": (0.0, 1.0, 0.0)}},
        {"sizes_mm": {"bridge_mm": 19.0}},
        {"materials": {"gold": {"roughness": 0.3}}},
        {"lens": {"type": "solid", "color": "#553322", "transmission_percent": 20}},
    ):
        assert not Adjustment.model_validate(changed).empty


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"moved_mm": {"nose": (0, MOVE_MAX_MM + 0.1, 0)}}, "less than or equal"),
        ({"moved_mm": {"nose": (0, float("nan"), 0)}}, "finite"),
        ({"moved_mm": {"chin": (0, 0, 0)}}, "nose"),
        ({"moved_mm": {"left_hinge": (0, 1, 0)}}, "left hinge up and down changes nothing"),
        ({"moved_mm": {"right_lens": (0, 0, 1)}}, "right lens forth and back changes nothing"),
        ({"sizes_mm": {"bridge_mm": 0}}, "greater than 0"),
        ({"sizes_mm": {"nose_mm": 3}}, "bridge_mm"),
        ({"materials": {"gold": {"metallic": 1.5}}}, "less than or equal"),
        ({"materials": {"gold": {"color": "gold"}}}, "pattern"),
        ({"materials": {f"m{number}": {} for number in range(17)}}, "at most 16"),
        ({"lens": {"type": "gradient", "color": "#553322"}}, "low_percent"),
        ({"lens": {"type": "photochromic"}}, "clear"),
        ({"version": 2}, "1"),
        ({"wat": 1}, "not permitted"),
    ],
)
def test_what_cannot_be_said(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Adjustment.model_validate(wrong)


def test_a_lens_is_what_a_shopper_could_choose() -> None:
    lens = Lens(type="mirror", color="#808080", transmission_percent=15, mirror="#3366cc")
    assert lens.option().mirror == "#3366cc"
    assert lens.option().glazing().back == 0.1


@pytest.mark.parametrize(
    ("sizes", "after"),
    [
        ({}, {}),
        ({"lens_width_mm": 54.0}, {"lens_width_mm": 54.0, "total_width_mm": 144.0}),
        ({"bridge_mm": 17.0}, {"bridge_mm": 17.0, "total_width_mm": 139.0}),
        ({"lens_width_mm": 54.0, "total_width_mm": 140.0}, {"lens_width_mm": 54.0}),
        (
            {"total_width_mm": 126.0},
            {"total_width_mm": 126.0, "lens_width_mm": 46.8, "bridge_mm": 16.2, "temple_length_mm": 130.5},
        ),
        (
            {"total_width_mm": 126.0, "temple_length_mm": 145.0},
            {"total_width_mm": 126.0, "lens_width_mm": 46.8, "bridge_mm": 16.2},
        ),
        ({"lens_height_mm": 40.0}, {"lens_height_mm": 40.0}),
    ],
)
def test_sizes_that_follow_from_others(sizes: dict[str, float], after: dict[str, float]) -> None:
    adjustment = Adjustment.model_validate({"sizes_mm": sizes})
    assert dimensions_after(DECLARED, adjustment) == pytest.approx({**DECLARED, **after})
    assert dimensions_after({}, adjustment) == sizes
