"""Fit advice: the numbers decide, the doubt is told, and nothing is said about what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.catalogue.fit import BRIDGE_MM, TEMPLES_MM, WIDTH_MM, Advice, advise
from tryon.geometry.sizes import Length, Sizes

SOURCE = "iris size"
WEARER = Sizes(
    pupils=Length(62.0, 1.5, SOURCE),
    pupils_far=Length(63.0, 1.5, SOURCE),
    face=Length(134.0, 3.0, SOURCE),
    nose=Length(14.5, 1.5, SOURCE),
    height=Length(52.0, 3.0, SOURCE),
    ear=Length(95.0, 3.0, SOURCE),
    distance_mm=600.0,
)
FRAME = {
    "total_width_mm": 143.0,
    "bridge_mm": 18.0,
    "lens_width_mm": 50.0,
    "lens_height_mm": 40.0,
    "temple_length_mm": 140.0,
}


def of(aspect: str, changed: dict[str, float] | None = None, wearer: Sizes = WEARER) -> Advice:
    return next(advice for advice in advise(wearer, FRAME | (changed or {})) if advice.aspect == aspect)


def test_a_frame_of_the_right_size_fits_in_every_aspect() -> None:
    advice = advise(WEARER, FRAME)
    assert [one.aspect for one in advice] == ["width", "bridge", "centring", "height", "temples"]
    assert all(one.off_mm == 0 and one.sure for one in advice)
    assert advice[0].sentence == "Width fits: frame 143 mm, face 134 ± 6 mm."


@pytest.mark.parametrize(
    ("aspect", "changed", "off", "said"),
    [
        ("width", {"total_width_mm": 156.0}, 6.0, "Width 6 mm too wide: frame 156 mm, face 134 ± 6 mm."),
        ("width", {"total_width_mm": 130.0}, -6.0, "Width 6 mm too narrow: frame 130 mm, face 134 ± 6 mm."),
        ("bridge", {"bridge_mm": 13.0}, -2.0, "Bridge 2 mm too narrow: bridge 13 mm, nose 14 ± 3 mm."),
        ("bridge", {"bridge_mm": 24.0}, 3.0, "Bridge 3 mm too wide: bridge 24 mm, nose 14 ± 3 mm."),
        (
            "height",
            {"lens_height_mm": 58.0},
            6.0,
            "Lens height 6 mm too large: lens 58 mm, brow to cheek 52 ± 6 mm.",
        ),
        (
            "height",
            {"lens_height_mm": 22.0},
            -5.0,
            "Lens height 5 mm too small: lens 22 mm, brow to cheek 52 ± 6 mm.",
        ),
        (
            "temples",
            {"temple_length_mm": 120.0},
            -9.0,
            "Temples 9 mm too short: temples 120 mm, way to the ear 95 ± 6 mm.",
        ),
        (
            "centring",
            {"lens_width_mm": 60.0},
            2.5,
            (
                "Centring off by 3 mm: each eye looks 8 ± 2 mm inside of its lens' middle; "
                "a smaller frame would centre better."
            ),
        ),
    ],
)
def test_a_misfit_is_told_with_its_numbers(
    aspect: str, changed: dict[str, float], off: float, said: str
) -> None:
    found = of(aspect, changed)
    assert found.off_mm == pytest.approx(off)
    assert found.sure
    assert found.sentence == said


def test_doubt_makes_a_verdict_unsure_and_says_so() -> None:
    vague = replace(WEARER, face=Length(134.0, 12.0, SOURCE))
    assert of("width", wearer=vague).sentence.startswith("Width probably fits")
    found = of("width", {"total_width_mm": 156.0}, vague)
    assert not found.sure
    assert found.sentence.startswith("Width perhaps 6 mm too wide")


def test_what_is_not_known_is_not_judged() -> None:
    assert advise(WEARER, {}) == ()
    assert [one.aspect for one in advise(WEARER, {"bridge_mm": 18.0})] == ["bridge"]


@given(st.floats(90, 200), st.floats(90, 200))
def test_a_wider_frame_is_never_judged_narrower(one_mm: float, other_mm: float) -> None:
    low, high = sorted((one_mm, other_mm))
    assert of("width", {"total_width_mm": low}).off_mm <= of("width", {"total_width_mm": high}).off_mm


@given(st.floats(100, 180))
def test_off_is_the_way_back_into_the_range(total_mm: float) -> None:
    off = of("width", {"total_width_mm": total_mm}).off_mm
    back = total_mm - off - WEARER.face.mm
    assert WIDTH_MM[0] - 1e-9 <= back <= WIDTH_MM[1] + 1e-9


@pytest.mark.parametrize("limits", [WIDTH_MM, BRIDGE_MM, TEMPLES_MM])
def test_every_range_is_one(limits: tuple[float, float]) -> None:
    assert limits[0] < limits[1]
