"""Gates held against a run: for each gate and each group of takes, whether it holds and a sentence that says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Literal

from tryon.qa.definitions import definition
from tryon.qa.gates import Gate, Gates
from tryon.qa.quantities import decimals_for, difference, quantity
from tryon.qa.results import BASELINE_MEASURES, Definition, TakeResult, Verdict
from tryon.qa.strata import Stratum, pool, strata_of

# Figures that tell about the machine as much as about Tryon: comparable only between runs on the same processor.
MACHINE_MEASURES: Final = ("latency.", "speed.", "memory.", "drops.percent")
# Sums of decimal fractions differ from their written value in the last bits; a limit is held to nine digits.
_ROUNDING: Final = 1e-9
_OTHER_MACHINE: Final = (
    "The baseline was measured on another machine, so that times, speed, memory and drops were held to their absolute "
    "limits alone."
)
# What a note names one by one.
_NAMED_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Reference:
    """What a run is compared with: the baseline's takes by key, and whether they ran on a machine like this one."""

    takes: Mapping[str, TakeResult]
    same_machine: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts, and what a reader of them must know besides."""

    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Check:
    """One limit: ``room`` is how far the figure is from it, negative when beyond."""

    value: float
    limit: float
    held: bool
    room: float
    allowed: str


@dataclass(frozen=True, slots=True)
class _Figures:
    """A gate's figure in a group, and over the takes that the baseline has too."""

    value: float
    common: float | None
    base: float | None
    takes: int
    common_takes: int


def judge(takes: Sequence[TakeResult], gates: Gates, reference: Reference | None = None) -> Judgement:
    """Hold every gate against every group of takes at its levels; without a reference only the absolute limits."""
    strata = strata_of(takes)
    small: dict[str, None] = {}
    verdicts: list[Verdict] = []
    for stratum, gate in product(strata, gates.gate):
        if stratum.level not in gate.strata or (reference is None and _needs_baseline(gate)):
            continue
        group = replace(stratum, takes=tuple(take for take in stratum.takes if gate.concerns(take)))
        if group.takes and _too_small(group, gates):
            small[group.name] = None
        elif group.takes:
            verdicts.append(_hold(gate, definition(gate.measure), group, reference))
    idle = [gate for gate in gates.gate if not any(map(gate.concerns, strata[0].takes))]
    verdicts += [_unmet(gate) for gate in idle if gate.required]
    notes = [
        *_idle_notes(strata[0], idle),
        *_small_notes([*small], gates),
        *_reference_notes(gates, reference),
    ]
    return Judgement(tuple(verdicts), tuple(notes))


def state_of(verdict: Verdict) -> Literal["held", "failed", "no figure"]:
    """A verdict in a word. Without a figure there was nothing to hold."""
    if not verdict.passed:
        return "failed"
    return "held" if verdict.value is not None else "no figure"


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - _NAMED_MAX} more" if len(every) > _NAMED_MAX else ""
    return f"{', '.join(every[:_NAMED_MAX])}{more}"


def _idle_notes(every: Stratum, idle: Sequence[Gate]) -> list[str]:
    if not every.takes:
        return ["No take ran to its end, so that no gate could be held."]
    return (
        [f"Not held, because no whole take matches their filters: {listed(gate.name for gate in idle)}."]
        if idle
        else []
    )


def _small_notes(small: Sequence[str], gates: Gates) -> list[str]:
    if not small:
        return []
    few = f"{gates.frames_min} frames" + (f" or {gates.takes_min} takes" if gates.takes_min > 1 else "")
    return [f"Too small to be judged, with fewer than {few}: {listed(small)}."]


def _reference_notes(gates: Gates, reference: Reference | None) -> list[str]:
    if reference is None:
        waiting = sum(map(_needs_baseline, gates.gate))
        return [f"Gates that need a baseline and were not held: {waiting}."] if waiting else []
    if reference.same_machine:
        return []
    return [_OTHER_MACHINE]


def _too_small(group: Stratum, gates: Gates) -> bool:
    """Of a single take only the frames count."""
    few_takes = group.level != "take" and len(group.takes) < gates.takes_min
    return few_takes or sum(take.frames for take in group.takes) < gates.frames_min


def _needs_baseline(gate: Gate) -> bool:
    absolute = gate.maximum is not None or gate.minimum is not None or gate.required
    return gate.measure.startswith(BASELINE_MEASURES) or not absolute


def _unmet(gate: Gate) -> Verdict:
    sentence = f"No whole take matches the filters of gate '{gate.name}', which requires the figure."
    return Verdict(gate.name, gate.measure, "all", None, None, None, False, sentence)


def _hold(gate: Gate, measure: Definition, group: Stratum, reference: Reference | None) -> Verdict:
    figures = _figures(gate, measure, group, reference)
    if figures is None:
        end = ", and the gate requires one." if gate.required else "."
        sentence = f"{measure.title}: no figure {group.place}{end}"
        return Verdict(gate.name, gate.measure, group.name, None, None, None, not gate.required, sentence)
    checks = [*_absolute(gate, measure, figures), *_relative(gate, measure, figures)]
    broken = [check for check in checks if not check.held]
    decisive = min(broken or checks, key=lambda check: check.room, default=None)
    return Verdict(
        gate=gate.name,
        measure=gate.measure,
        stratum=group.name,
        value=decisive.value if decisive else figures.value,
        baseline=figures.base,
        limit=decisive.limit if decisive else None,
        passed=not broken,
        sentence=_sentence(measure, group, figures, broken or checks),
    )


def _figures(gate: Gate, measure: Definition, group: Stratum, reference: Reference | None) -> _Figures | None:
    value = pool(group.takes, measure)
    if value is None:
        return None
    having = [take for take in group.takes if measure.id in take.figures]
    common: list[TakeResult] = []
    if reference and (reference.same_machine or not gate.measure.startswith(MACHINE_MEASURES)):
        common = [take for take in having if _has(reference, take.key, measure.id)]
    return _Figures(
        value,
        pool(common, measure),
        pool([reference.takes[take.key] for take in common] if reference else [], measure),
        len(having),
        len(common),
    )


def _has(reference: Reference, key: str, measure: str) -> bool:
    return key in reference.takes and measure in reference.takes[key].figures


def _absolute(gate: Gate, measure: Definition, figures: _Figures) -> list[_Check]:
    checks: list[_Check] = []
    value = figures.value
    for limit, word, room in (
        (gate.maximum, "at most", (gate.maximum or 0.0) - value),
        (gate.minimum, "at least", value - (gate.minimum or 0.0)),
    ):
        if limit is not None:
            told = quantity(limit, measure.unit, decimals_for(limit, value))
            checks.append(_Check(value, limit, _holds(room, value, limit), room, f"{word} {told}"))
    return checks


def _relative(gate: Gate, measure: Definition, figures: _Figures) -> list[_Check]:
    if not gate.compares or figures.common is None or figures.base is None:
        return []
    value, base = figures.common, figures.base
    slack = gate.slack(base)
    worse = _worse_by(measure, value, base)
    told = difference(slack, measure.unit, decimals_for(slack, worse))
    if slack > (gate.worse_by or 0.0):
        told += f" ({gate.worse_by_percent:g} %)"
    word = "different" if measure.better == "neither" else "worse"
    # On the side where the figure is: for a measure without a better side, above or below.
    up = measure.better == "lower" or (measure.better == "neither" and value >= base)
    limit = base + slack if up else base - slack
    held = _holds(slack - worse, value, base, slack)
    return [_Check(value, limit, held, slack - worse, f"at most {told} {word}")]


def _holds(room: float, *numbers: float) -> bool:
    """A figure that is no number does not hold: the comparison is false."""
    return room >= -_ROUNDING * max(map(abs, numbers))


def _worse_by(measure: Definition, value: float, base: float) -> float:
    """How much worse; negative when better."""
    if measure.better == "neither":
        return abs(value - base)
    return value - base if measure.better == "lower" else base - value


def _sentence(measure: Definition, group: Stratum, figures: _Figures, checks: list[_Check]) -> str:
    told = [figures.value, *(check.limit for check in checks)]
    said = f"{measure.title}: {quantity(figures.value, measure.unit, decimals_for(*told))} {group.place}"
    if figures.common is not None and figures.base is not None:
        said += f", {_comparison(measure, figures, figures.common, figures.base)}"
    if not checks:
        return f"{said}; the gate has nothing to hold it against here."
    return f"{said}; {' and '.join(check.allowed for check in checks)} is allowed."


def _comparison(measure: Definition, figures: _Figures, common: float, base: float) -> str:
    worse = _worse_by(measure, common, base)
    decimals = decimals_for(base, common)
    than = f"the baseline's {quantity(base, measure.unit, decimals)}"
    within = (
        f"over {figures.common_takes} of {figures.takes} takes "
        if figures.common_takes < figures.takes
        else ""
    )
    if worse == 0:
        return f"{within}the same as {than}"
    by = difference(abs(worse), measure.unit, decimals_for(worse))
    if measure.better == "neither":
        return f"{within}{by} away from {than}"
    return f"{within}{by} {'worse' if worse > 0 else 'better'} than {than}"
