"""Numbers with their units, for sentences: as short as they can be told apart."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

# Further digits are rounding, not measurement.
_DIGITS_MAX: Final = 9
# Of the smallest number that is told, and at most so many of the largest: next to 0.35 px, 3e-7 px is nought.
_DIGITS_OF_SMALLEST: Final = 2
_DIGITS_OF_LARGEST: Final = 4


def decimals_for(*numbers: float) -> int:
    """The fewest decimals that leave digits of each number to read and keep different numbers different."""
    told = sorted({abs(number) for number in numbers if math.isfinite(number) and number != 0})
    if not told:
        return 0
    wanted = _DIGITS_OF_SMALLEST - 1 - _exponent(told[0])
    enough = _DIGITS_OF_LARGEST - 1 - _exponent(told[-1])
    different = sorted({float(f"{number:.{_DIGITS_MAX}g}") for number in numbers if math.isfinite(number)})
    apart = max((-_exponent(b - a) for a, b in pairwise(different)), default=0)
    return min(max(min(wanted, enough), apart, 0), _DIGITS_MAX)


def _exponent(number: float) -> int:
    """Of the number as it is written: 0.0999999999999 is 0.1."""
    return int(f"{number:.{_DIGITS_MAX - 1}e}".partition("e")[2])


def quantity(number: float, unit: str, decimals: int) -> str:
    """``0.62 px``; a figure of the unit 1 is its number alone."""
    digits = f"{number:.{decimals}f}" if math.isfinite(number) else "not a number"
    # Minus nought is no news.
    digits = digits.removeprefix("-") if not any(digit in "123456789" for digit in digits) else digits
    return digits if unit in {"", "1"} else f"{digits} {unit}"


def difference(number: float, unit: str, decimals: int) -> str:
    """The same for the difference of two figures: that of two percentages is in percentage points."""
    return quantity(number, "percentage points" if unit == "%" else unit, decimals)
