"""Numbers for sentences: short, and never the same when they differ."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.qa.quantities import decimals_for, difference, quantity


@pytest.mark.parametrize(
    ("numbers", "decimals"),
    [
        ((), 0),
        ((0.0,), 0),
        ((math.nan,), 0),
        ((0.62, 0.35), 2),
        ((0.07, 0.35), 3),
        ((12.0, 50.0), 0),
        ((98.25, 98.75), 1),
        ((98.251, 98.252), 3),
        ((3e-7, 0.35), 4),
        ((0.45, 0.35 + 0.1), 2),
        ((0.0, 1e-12), 9),
    ],
)
def test_decimals(numbers: tuple[float, ...], decimals: int) -> None:
    assert decimals_for(*numbers) == decimals


def test_quantities_carry_their_unit() -> None:
    assert quantity(0.5, "px", 2) == "0.50 px"
    assert quantity(3.0, "1", 0) == "3"
    assert quantity(-0.001, "ms", 1) == "0.0 ms"
    assert quantity(-1.0, "°", 0) == "-1 °"
    assert quantity(math.inf, "px", 2) == "not a number px"
    assert difference(1.0, "%", 1) == "1.0 percentage points"
    assert difference(1.0, "% of IPD", 1) == "1.0 % of IPD"


@given(st.floats(1e-4, 1e6), st.floats(1.0001, 10.0))
def test_what_differs_reads_differently(number: float, factor: float) -> None:
    decimals = decimals_for(number, number * factor)
    assert quantity(number, "px", decimals) != quantity(number * factor, "px", decimals)
