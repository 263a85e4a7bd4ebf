"""The numbers printed on a temple."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import BadAsset, StoreInvalid
from tryon.ingest.photo_size import RANGES_MM, Size, mm_per_px, size_of

LENS, BRIDGE, TEMPLE = (st.integers(int(low), int(high)) for low, high in RANGES_MM.values())


@pytest.mark.parametrize(
    "text",
    ["52□18-140", "52-18-140", "52 18 140", "52x18x140", "52 [] 18 - 140 mm", " 52.0/18/140 ", "52,0-18-140"],
)
def test_numbers_as_people_write_them(text: str) -> None:
    assert size_of(text) == Size(52, 18, 140)


@given(LENS, BRIDGE, TEMPLE)
def test_what_is_told_is_understood_again(lens: int, bridge: int, temple: int) -> None:
    size = Size(lens, bridge, temple)
    assert size_of(str(size)) == size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "three numbers"),
        ("52-18", "three numbers"),
        ("52-18-140-1", "three numbers"),
        ("large", "three numbers"),
        ("5218140", "three numbers"),
        ("37-18-140", "lens width is 37"),
        ("66-18-140", "lens width is 66"),
        ("52-9-140", "bridge is 9"),
        ("52-31-140", "bridge is 31"),
        ("52-18-109", "temple length is 109"),
        ("52-18-161", "temple length is 161"),
        ("140-52-18", "in this order"),
    ],
)
def test_numbers_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(StoreInvalid, match=said) as told:
        size_of(text)
    assert told.value.details["field"] == "size"


@given(LENS, BRIDGE, st.floats(1, 20), st.floats(0.0, 0.06))
def test_the_scale_is_that_of_the_middles(lens: int, bridge: int, px_per_mm: float, hidden: float) -> None:
    size = Size(lens, bridge, 140)
    middles = (lens + bridge) * px_per_mm
    assert mm_per_px(size, lens * (1 - hidden) * px_per_mm, middles) == pytest.approx(1 / px_per_mm)


def test_a_number_that_contradicts_the_photo_is_named() -> None:
    with pytest.raises(BadAsset, match="the bridge would be 18 mm") as told:
        mm_per_px(Size(52, 26, 140), 520, 700)
    assert told.value.details["field"] == "size"
    with pytest.raises(BadAsset, match="the lens width would be 52 mm"):
        mm_per_px(Size(44, 18, 140), 520, 700)
