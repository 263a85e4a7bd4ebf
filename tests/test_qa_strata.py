"""Groups of takes and how their figures become one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.qa.results import Definition, TakeResult
from tryon.qa.strata import pool, strata_of

MEAN = Definition("m", "M", "px", "lower", "")
RMS = replace(MEAN, pool="rms")
WORST = replace(MEAN, pool="worst")

figures = st.floats(-1e6, 1e6)
frames = st.integers(1, 100_000)


def take(key: str, frames: int = 60, value: float | None = None, *tags: str) -> TakeResult:
    return TakeResult(key, key, "look", frames, tags, {} if value is None else {"m": value})


def test_groups_are_all_then_tags_then_takes() -> None:
    dim, both, plain = take("a", 60, 1.0, "dim"), take("b", 60, 1.0, "yaw", "dim"), take("c")
    groups = strata_of([dim, both, plain])
    assert [(group.name, group.takes) for group in groups] == [
        ("all", (dim, both, plain)),
        ("tag:dim", (dim, both)),
        ("tag:yaw", (both,)),
        ("take:a", (dim,)),
        ("take:b", (both,)),
        ("take:c", (plain,)),
    ]
    assert [group.place for group in groups[:4]] == ["over 3 takes", "in tag:dim", "in tag:yaw", "in a"]


def test_broken_and_empty_takes_are_in_no_group() -> None:
    broken, empty = replace(take("a", 60, 9.0, "dim"), error="It broke off."), take("b", 0, None, "yaw")
    whole = take("c")
    assert [group.name for group in strata_of([broken, empty, whole])] == ["all", "take:c"]
    assert strata_of([broken, empty, whole])[0].takes == (whole,)
    assert strata_of([broken])[0].takes == ()


def test_a_mean_weighs_takes_by_their_frames() -> None:
    assert pool([take("a", 10, 1.0), take("b", 30, 2.0), take("c", 500)], MEAN) == 1.75
    assert pool([take("a", 10, 1.0), take("b", 30, 7.0)], RMS) == pytest.approx(
        math.sqrt((10 + 30 * 49) / 40)
    )
    assert pool([take("a")], MEAN) is None
    assert pool([], WORST) is None


def test_the_worst_is_the_worst_in_the_measures_own_sense() -> None:
    takes = [take("a", 1, -3.0), take("b", 1000, 2.0)]
    assert pool(takes, WORST) == 2.0
    assert pool(takes, replace(WORST, better="higher")) == -3.0
    assert pool(takes, replace(WORST, better="neither")) == -3.0


def test_what_is_no_number_stays_none() -> None:
    for definition in (MEAN, RMS, WORST):
        assert math.isnan(pool([take("a", 1, math.nan), take("b", 1, 1.0)], definition) or 0.0)


@given(figures, st.lists(frames, min_size=1, max_size=5), st.sampled_from(["mean", "worst"]))
def test_equal_takes_pool_to_the_takes_own_figure(value: float, counts: list[int], how: str) -> None:
    takes = [take(str(number), count, value) for number, count in enumerate(counts)]
    assert pool(takes, Definition("m", "M", "px", "lower", "", "", how)) == value  # type: ignore[arg-type]


@given(st.floats(0, 1e6), st.lists(frames, min_size=1, max_size=5))
def test_equal_takes_pool_to_the_takes_own_root_mean_square(value: float, counts: list[int]) -> None:
    assert pool([take(str(number), count, value) for number, count in enumerate(counts)], RMS) == value


@given(st.lists(st.tuples(frames, st.floats(0, 1e6)), min_size=1, max_size=6), st.randoms())
def test_a_pooled_figure_lies_between_the_takes_and_knows_no_order(
    given_takes: list[tuple[int, float]], random: object
) -> None:
    takes = [take(str(number), count, value) for number, (count, value) in enumerate(given_takes)]
    values = [value for _, value in given_takes]
    for definition in (MEAN, RMS, WORST):
        pooled = pool(takes, definition)
        assert pooled is not None
        assert min(values) <= pooled <= max(values)
        assert pool(takes[::-1], definition) == pytest.approx(pooled, rel=1e-12)
