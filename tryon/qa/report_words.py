"""What a report calls things: measures, groups of takes, numbers with their units, the outcome in one sentence."""

from __future__ import annotations

import math
from typing import Final

from tryon.qa.definitions import definition
from tryon.qa.results import Definition, RunResult, Verdict
from tryon.qa.verdicts import state_of

# Units that stand right behind their number.
_TIGHT: Final = frozenset({"°", "×"})
_UNITS: Final = {"1": "", "1/s": "frames/s"}
_NARROW_SPACE: Final = "\u202f"
_MINUS: Final = "\u2212"


def define(measure: str) -> Definition | None:
    """Its definition; None for one that this version does not know."""
    try:
        return definition(measure)
    except KeyError:
        return None


def unit_of(known: Definition) -> str:
    """The unit as it is read: a pure number has none."""
    return _UNITS.get(known.unit, known.unit)


def title_of(measure: str) -> str:
    known = define(measure)
    return known.title if known else measure


def told(value: float | None, measure: str) -> str:
    """A figure of that measure with its unit."""
    known = define(measure)
    return shown(value, unit_of(known) if known else "")


def shown(value: float | None, unit: str) -> str:
    """Three digits that matter, a true minus, the unit after a narrow space; as ``static/report/numbers.js`` does it.

    >>> shown(-12.345, "°")
    '−12.3°'
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    decimals = min(5, max(0, 2 - math.floor(math.log10(size)))) if 0 < size < 100 else 0
    digits = f"{value:.{decimals}f}"
    if decimals and size < 1:
        # Of a small number a nought at the end tells nothing that matters.
        digits = digits.rstrip("0").rstrip(".")
    if not any(digit in "123456789" for digit in digits):
        digits = digits.replace("-", "")
    digits = digits.replace("-", _MINUS)
    if not unit:
        return digits
    return f"{digits}{unit}" if unit in _TIGHT else f"{digits}{_NARROW_SPACE}{unit}"


def place_of(stratum: str) -> str:
    """``tag:dark_skin`` is "tagged dark skin"."""
    if stratum == "all":
        return "all takes"
    if stratum.startswith("tag:"):
        return f"tagged {stratum.removeprefix('tag:').replace('_', ' ')}"
    return stratum.removeprefix("take:")


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 take``, ``2 takes``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def measured(verdict: Verdict) -> bool:
    """Whether the gate decided anything; one that had no figure to hold is neither kept nor broken."""
    return state_of(verdict) != "no figure"


def outcome(run: RunResult) -> str:
    """Whether the run passed, and why not, in one line."""
    takes = counted(len(run.takes), "take")
    failed = sum(not verdict.passed for verdict in run.verdicts)
    broken = sum(take.error is not None for take in run.takes)
    checks = counted(len(run.verdicts), "check")
    if run.passed:
        held = sum(map(measured, run.verdicts))
        if not held:
            return f"No gates were held against this run; {takes} ran to the end."
        return f"Passed: {counted(held, 'check')} on {takes}, all of them hold."
    reasons = []
    if failed:
        reasons.append(f"{failed:,} of {checks} {'does' if failed == 1 else 'do'} not hold")
    if broken:
        reasons.append(f"{broken:,} of {takes} broke off")
    if run.problems:
        reasons.append(f"{counted(len(run.problems), 'clip')} did not run")
    return f"Failed: {', '.join(reasons)}."
