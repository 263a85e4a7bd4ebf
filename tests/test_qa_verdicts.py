"""Gates held against takes: what fails, what does not, and the sentence that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.qa.gates import Gate, Gates
from tryon.qa.results import TakeResult, Verdict
from tryon.qa.verdicts import Judgement, Reference, judge

CORNER = "jitter.corner_px"


def take(key: str, value: float | None, *tags: str, frames: int = 60, measure: str = CORNER) -> TakeResult:
    return TakeResult(key, key, "look", frames, tags, {} if value is None else {measure: value})


def gate(measure: str = CORNER, **limits: Any) -> Gate:
    return Gate.model_validate({"name": "g", "measure": measure, **limits})


def held(takes: list[TakeResult], *gates: Gate, base: list[TakeResult] | None = None) -> Judgement:
    reference = None if base is None else Reference({one.key: one for one in base})
    return judge(takes, Gates(gate=gates), reference)


def only(judgement: Judgement) -> Verdict:
    (verdict,) = judgement.verdicts
    return verdict


def test_a_group_fails_that_the_average_hides() -> None:
    base = [take("a", 0.30), take("b", 0.35, "dim")]
    now = [take("a", 0.05), take("b", 0.62, "dim")]
    verdicts = held(now, gate(worse_by=0.1), base=base).verdicts
    assert [(one.stratum, one.passed) for one in verdicts] == [
        ("all", False),  # a root mean square: one bad take weighs more than one good one
        ("tag:dim", False),
        ("take:a", True),
        ("take:b", False),
    ]
    dim = verdicts[1]
    assert dim.sentence == (
        "Tremble of a frame's corners: 0.62 px in tag:dim, 0.27 px worse than the baseline's 0.35 px; "
        "at most 0.10 px worse is allowed."
    )
    assert (dim.value, dim.baseline) == (0.62, 0.35)
    assert dim.limit == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("limits", "value", "base", "passed", "sentence"),
    [
        ({"max": 0.35}, 0.35, None, True, "0.35 px over the one take; at most 0.35 px is allowed."),
        ({"max": 0.35}, 0.36, None, False, "0.36 px over the one take; at most 0.35 px is allowed."),
        (
            {"worse_by": 0.1},
            0.45,
            0.35,
            True,
            "0.10 px worse than the baseline's 0.35 px; at most 0.10 px worse",
        ),
        ({"worse_by": 0.0}, 0.35, 0.35, True, "the same as the baseline's 0.35 px; at most 0 px worse"),
        ({"worse_by_percent": 20}, 0.45, 0.35, False, "at most 0.070 px (20 %) worse is allowed"),
        ({"worse_by_percent": 50}, 0.2, 0.35, True, "0.15 px better than the baseline's 0.35 px"),
        ({"worse_by": 0.2, "worse_by_percent": 20}, 0.45, 0.35, True, "at most 0.20 px worse is allowed"),
        ({"max": 0.4, "worse_by": 0.2}, 0.45, 0.35, False, "px; at most 0.40 px is allowed."),
        (
            {"max": 0.5, "worse_by": 0.2},
            0.45,
            0.35,
            True,
            "at most 0.50 px and at most 0.20 px worse is allowed.",
        ),
        ({"worse_by": 0.1}, 0.45, None, True, "the gate has nothing to hold it against here."),
    ],
)
def test_limits_and_their_sentences(
    limits: dict[str, Any], value: float, base: float | None, passed: bool, sentence: str
) -> None:
    judgement = held([take("a", value)], gate(strata=["all"], **limits), base=[take("a", base)])
    assert only(judgement).passed is passed
    assert sentence in only(judgement).sentence


def test_higher_is_better_the_other_way_round() -> None:
    rate = gate("detect.rate", min=90, worse_by=1, strata=["all"])
    base = [take("a", 99.0, measure="detect.rate")]
    verdict = only(held([take("a", 97.5, measure="detect.rate")], rate, base=base))
    assert not verdict.passed
    assert verdict.limit == 98
    assert verdict.sentence == (
        "Frames with a face: 97.5 % over the one take, 1.5 percentage points worse than the baseline's 99 %; "
        "at most 1.0 percentage points worse is allowed."
    )
    assert not only(held([take("a", 89.9, measure="detect.rate")], rate)).passed


def test_a_measure_without_a_better_side_may_differ_both_ways() -> None:
    raw = gate("jitter.raw_px", worse_by=0.1, strata=["all"])
    base = [take("a", 0.5, measure="jitter.raw_px")]
    for value, passed in ((0.39, False), (0.41, True), (0.59, True), (0.61, False)):
        verdict = only(held([take("a", value, measure="jitter.raw_px")], raw, base=base))
        assert verdict.passed is passed
    assert "away from the baseline's 0.50 px; at most 0.10 px different is allowed" in verdict.sentence
    assert verdict.limit == 0.6


def test_required_figures() -> None:
    takes = [take("a", 0.1), take("b", None)]
    verdicts = held(takes, gate(max=1, required=True)).verdicts
    assert [(one.stratum, one.passed, one.value) for one in verdicts] == [
        ("all", True, 0.1),
        ("take:a", True, 0.1),
        ("take:b", False, None),
    ]
    assert verdicts[2].sentence == "Tremble of a frame's corners: no figure in b, and the gate requires one."
    assert held(takes, gate(max=1)).verdicts[2].passed
    alone = only(held(takes, gate(required=True, strata=["all"])))
    assert (alone.passed, alone.limit) == (True, None)


def test_what_is_no_number_fails() -> None:
    nan = [take("a", float("nan"))]
    assert not only(held(nan, gate(max=1, strata=["all"]))).passed
    assert not only(held(nan, gate(worse_by=1, strata=["all"]), base=[take("a", 0.1)])).passed


def test_small_groups_are_not_judged_and_named() -> None:
    takes = [take("a", 0.1, "dim"), take("b", 0.1, "yaw", frames=29)]
    judgement = judge(takes, Gates(gate=(gate(max=1),), frames_min=30, takes_min=2))
    assert [one.stratum for one in judgement.verdicts] == ["all", "take:a"]
    assert judgement.notes == (
        "Too small to be judged, with fewer than 30 frames or 2 takes: tag:dim, tag:yaw, take:b.",
    )
    many = [take(str(number), 0.1, frames=1) for number in range(7)]
    assert held(many, gate(max=1)).notes == (
        "Too small to be judged, with fewer than 30 frames: all, take:0, take:1, take:2, take:3 and 3 more.",
    )


def test_filters_that_match_nothing_are_told_and_fail_what_is_required() -> None:
    idle = held([take("a", 0.1)], gate(max=1, looks=["aviatr*"]))
    assert idle == Judgement((), ("Not held, because no whole take matches their filters: g.",))
    required = held([take("a", 0.1)], gate(max=1, looks=["aviatr*"], required=True))
    assert not only(required).passed
    assert "which requires the figure" in only(required).sentence


def test_nothing_is_held_where_every_take_broke_off() -> None:
    judgement = held([replace(take("a", 0.1), error="It broke off.")], gate(max=1))
    assert judgement == Judgement((), ("No take ran to its end, so that no gate could be held.",))


def test_without_a_baseline_only_absolute_limits_hold() -> None:
    takes = [take("a", 0.1)]
    judgement = judge(
        takes, Gates(gate=(gate(max=1, worse_by=0.1), gate(worse_by=1), gate("diff.ssim", min=0.9)))
    )
    assert {one.stratum for one in judgement.verdicts} == {"all", "take:a"}
    assert len(judgement.verdicts) == 2
    assert judgement.notes == ("Gates that need a baseline and were not held: 2.",)


def test_a_new_take_is_left_out_of_the_comparison() -> None:
    now, base = [take("a", 0.3), take("new", 0.9)], [take("a", 0.3), take("gone", 0.1)]
    verdicts = held(now, gate(worse_by=0.1), base=base).verdicts
    assert all(one.passed for one in verdicts)
    assert "over 1 of 2 takes the same as the baseline's" in verdicts[0].sentence
    assert verdicts[0].value == 0.3
    assert verdicts[2].baseline is None


def test_another_machine_is_held_to_absolute_limits_alone() -> None:
    speed = gate("speed.fps", min=50, worse_by=1, strata=["all"])
    now, base = [take("a", 60, measure="speed.fps")], [take("a", 200, measure="speed.fps")]
    same = judge(now, Gates(gate=(speed,)), Reference({"a": base[0]}))
    other = judge(now, Gates(gate=(speed,)), Reference({"a": base[0]}, same_machine=False))
    assert not only(same).passed
    assert only(other).passed
    assert other.notes[0].startswith("The baseline was measured on another machine")


values = st.floats(0, 1e4)


@given(values, values, values, st.floats(0, 100), st.floats(0, 100), st.floats(0, 1e4))
def test_what_is_better_passes_where_the_worse_one_passed(
    value: float, better_by: float, base: float, slack: float, percent: float, limit: float
) -> None:
    lower = gate(max=limit, worse_by=slack, worse_by_percent=percent, strata=["all"])
    higher = gate("detect.rate", min=limit, worse_by=slack, worse_by_percent=percent, strata=["all"])
    for held_to, measure, better in (
        (lower, CORNER, value - better_by),
        (higher, "detect.rate", value + better_by),
    ):
        reference = [take("a", base, measure=measure)]
        if only(held([take("a", value, measure=measure)], held_to, base=reference)).passed:
            assert only(held([take("a", better, measure=measure)], held_to, base=reference)).passed


@given(st.permutations([gate(max=1), gate("slip.px", max=1), gate("lag.ms", worse_by=3)]))
def test_the_order_of_takes_does_not_change_verdicts(gates: list[Gate]) -> None:
    takes = [take("a", 0.5, "dim"), take("b", 2.0, "dim")]
    first = held(takes, *gates, base=takes)
    second = held(takes[::-1], *gates[::-1], base=takes)
    assert sorted(map(repr, first.verdicts)) == sorted(map(repr, second.verdicts))
