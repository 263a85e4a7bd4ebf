from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import OverBudget
from tryon.wire.pacing import (
    BURST_S,
    DECODE_MS_PER_S,
    MESSAGES_PER_S,
    Budget,
    NewestSlot,
    Paced,
    TokenBucket,
    Window,
)


def test_the_newest_value_waits_and_the_older_one_is_given_back() -> None:
    slot: NewestSlot[str] = NewestSlot()
    assert slot.put("a") is None
    assert slot.put("b") == "a"
    assert slot.full
    assert slot.take() == "b"
    assert slot.take() is None
    assert not slot.full


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(10, 3, now_s=100.0)
    assert [bucket.take(1, 100.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(1, 100.0625)
    assert bucket.take(1, 100.125)
    assert bucket.level(1000.0) == 3


def test_a_clock_that_steps_back_adds_nothing() -> None:
    bucket = TokenBucket(10, 3, now_s=100.0)
    bucket.spend(3, 100.0)
    assert bucket.level(50.0) == 0
    assert bucket.level(100.1) == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 20)), max_size=40))
def test_a_bucket_never_gives_more_than_burst_and_rate(steps: list[tuple[float, float]]) -> None:
    bucket, now, taken = TokenBucket(2, 7, now_s=0.0), 0.0, 0.0
    for wait, amount in steps:
        now += wait
        taken += amount if bucket.take(amount, now) else 0.0
    assert taken <= 7 + 2 * now + 1e-6


def test_debt_is_bounded_by_one_burst() -> None:
    bucket = TokenBucket(1, 5, now_s=0.0)
    bucket.spend(1e9, 0.0)
    assert bucket.level(5.0) == 0
    assert bucket.level(6.0) == 1


def test_frames_at_the_budget_pass_and_one_more_is_refused() -> None:
    budget = Budget(30, 1e9, now_s=0.0)
    for _ in range(int(30 * BURST_S)):
        budget.admit_frame(1000, 0.0)
    with pytest.raises(OverBudget, match="frames a second"):
        budget.admit_frame(1000, 0.0)
    budget.admit_frame(1000, 1 / 30)


def test_bytes_over_the_budget_are_refused() -> None:
    budget = Budget(1000, 10_000, now_s=0.0)
    budget.admit_frame(int(10_000 * BURST_S), 0.0)
    with pytest.raises(OverBudget, match="bytes a second"):
        budget.admit_frame(1, 0.0)


def test_frames_that_are_slow_to_decode_are_refused_until_the_time_is_paid() -> None:
    budget = Budget(1000, 1e9, now_s=0.0)
    budget.charge_decode(DECODE_MS_PER_S * (BURST_S + 1), 0.0)
    with pytest.raises(OverBudget, match="decode"):
        budget.admit_frame(1, 1.0)
    budget.admit_frame(1, 1.1)


def test_control_messages_over_the_budget_are_refused() -> None:
    budget = Budget(30, 1e9, now_s=0.0)
    for _ in range(int(MESSAGES_PER_S * BURST_S)):
        budget.admit_text(20, 0.0)
    with pytest.raises(OverBudget, match="control"):
        budget.admit_text(20, 0.0)


def test_the_window_opens_with_each_answer() -> None:
    window = Window(limit=2)
    window.sent(1)
    window.sent(2)
    assert (window.flying, window.open) == (2, False)
    assert window.answered(1)
    assert (window.flying, window.open) == (1, True)
    assert not window.answered(1)


def test_a_change_is_told_at_once_and_the_next_after_the_interval() -> None:
    paced: Paced[str] = Paced(interval_s=0.25)
    assert paced.due(0.0) is None
    paced.set("a")
    assert paced.due(0.0) == "a"
    assert paced.due(1.0) is None
    paced.set("b")
    assert paced.due(1.0) == "b"
    paced.set("c")
    paced.set("d")
    assert paced.due(1.2) is None
    assert paced.due(1.25) == "d"


def test_a_change_that_is_taken_back_is_not_told() -> None:
    paced: Paced[str] = Paced(interval_s=0.25)
    paced.set("a")
    paced.due(0.0)
    paced.set("b")
    paced.set("a")
    assert paced.due(9.0) is None
