"""Slowing down who guesses, on both engines, without locking anybody else out."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tryon.store import attempts
from tryon.store.account_tables import attempts as table
from tryon.store.account_tables import sessions
from tryon.store.accounts import add_user
from tryon.store.attempts import ACCOUNT, ADDRESS, CODES, PAIR, Slowing, TooSoon, count_try, forgive
from tryon.store.merchants import add_merchant
from tryon.store.sessions import open_session
from tryon.store.store import Store
from tryon.store.sweep import sweep


class Clock:
    now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock(store: Store) -> Clock:
    made = store.now_ms = Clock()
    return made


def test_twenty_wrong_passwords_are_slowed_and_others_are_not(store: Store, clock: Clock) -> None:
    for _ in range(PAIR.free):
        count_try(store, "ann@shop.example", "203.0.113.9")
    waits = []
    for _ in range(15):
        with pytest.raises(TooSoon, match="Wait") as caught:
            count_try(store, "ann@shop.example", "203.0.113.9")
        waits.append(caught.value.wait_s)
        clock.now_ms += caught.value.wait_s * 1000
        count_try(store, "ann@shop.example", "203.0.113.9")
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert max(waits) == 60
    # The owner, elsewhere, gets through at once, with an answer that takes a moment; so does a colleague.
    assert 0 < count_try(store, "Ann@shop.example", "198.51.100.7") <= ACCOUNT.longest_ms
    assert count_try(store, "bob@shop.example", "198.51.100.7") == 0


def test_an_address_that_tries_everybody_waits(store: Store, clock: Clock) -> None:
    for number in range(ADDRESS.free):
        count_try(store, f"{number}@shop.example", "2001:db8::1")
    with pytest.raises(TooSoon):
        count_try(store, "next@shop.example", "2001:db8::1")
    assert count_try(store, "next@shop.example", "2001:db8:0:1::1") == 0
    clock.now_ms += ADDRESS.longest_ms
    count_try(store, "next@shop.example", "2001:db8::1")


def test_codes_are_refused_from_everywhere_at_some_point(store: Store, clock: Clock) -> None:
    for number in range(CODES.free):
        assert count_try(store, "code of ann", f"203.0.113.{number}", codes=True) == 0
    with pytest.raises(TooSoon):
        count_try(store, "code of ann", "198.51.100.7", codes=True)
    assert count_try(store, "code of bob", "198.51.100.7", codes=True) == 0
    forgive(store, "code of ann", "198.51.100.7")
    assert count_try(store, "code of ann", "198.51.100.8", codes=True) == 0


def test_the_right_password_clears_the_account(store: Store, clock: Clock) -> None:
    for _ in range(PAIR.free):
        count_try(store, "ann@shop.example", "203.0.113.9")
    clock.now_ms += 1000
    count_try(store, "ann@shop.example", "203.0.113.9")
    forgive(store, "ann@shop.example", "203.0.113.9")
    assert [count_try(store, "ann@shop.example", "203.0.113.9") for _ in range(PAIR.free)] == [0] * PAIR.free


def test_an_hour_forgets(store: Store, clock: Clock) -> None:
    for _ in range(PAIR.free):
        count_try(store, "ann@shop.example", "203.0.113.9")
    clock.now_ms += attempts.HOUR_MS
    for _ in range(PAIR.free - 1):
        assert count_try(store, "ann@shop.example", "203.0.113.9") == 0
    clock.now_ms += 2 * 24 * attempts.HOUR_MS
    count_try(store, "bob@shop.example", "198.51.100.7")
    with store.database.read() as connection:
        assert len(connection.execute(select(table)).all()) == 3


def test_many_at_once_are_many(store: Store, clock: Clock) -> None:
    """A guesser who asks in parallel gets no more tries than one who asks in turn."""
    refused = []
    began = threading.Barrier(12)

    def guess() -> None:
        began.wait(10)
        try:
            count_try(store, "ann@shop.example", "203.0.113.9")
        except TooSoon:
            refused.append(1)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 12 - PAIR.free


def test_a_sweep_forgets_what_nobody_asks_for_again(store: Store, clock: Clock) -> None:
    count_try(store, "ann@shop.example", "203.0.113.9")
    with store.write(add_merchant(store, "acme").id) as tenant:
        ann = add_user(tenant, "ann@shop.example", "owner", "hash")
        open_session(tenant, ann, "Firefox on Linux", proved=True)
    sweep(store)
    with store.database.read() as connection:
        assert len(connection.execute(select(table)).all()) == 3
    clock.now_ms += 7 * attempts.KEPT_MS
    sweep(store)
    with store.database.read() as connection:
        assert connection.execute(select(table)).all() == []
        assert connection.execute(select(sessions)).all() == []


def test_neither_name_nor_address_is_kept(store: Store) -> None:
    count_try(store, "ann@shop.example", "203.0.113.9")
    with store.database.read() as connection:
        told = str(connection.execute(select(table)).all())
    assert "ann" not in told
    assert "203.0" not in told


@given(st.integers(0, 2000))
def test_waits_only_grow_and_end(count: int) -> None:
    slowing = Slowing(5, 1000, 60_000)
    assert slowing.wait_ms(count) <= slowing.wait_ms(count + 1) <= 60_000
    assert (slowing.wait_ms(count) == 0) == (count < 5)
