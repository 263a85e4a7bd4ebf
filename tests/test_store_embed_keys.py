"""Keys of embed tokens: made once, changed in time, shared by processes."""

from __future__ import annotations

import threading

import pytest

from tryon.store import embed_keys, events
from tryon.store.embed_keys import ROTATE_MS, VERIFY_MS, Key, named, renew, signing
from tryon.store.merchants import add_merchant
from tryon.store.store import Store

NOW_MS = 1_800_000_000_000


@pytest.fixture
def clock(store: Store) -> list[int]:
    """What time the store has."""
    clock = [NOW_MS]
    store.now_ms = lambda: clock[0]
    return clock


def find(store: Store, merchant_id: str, key: Key) -> Key | None:
    with store.read(merchant_id) as tenant:
        return named(tenant, key.id)


def test_the_first_use_makes_a_key_that_stays(store: Store, clock: list[int]) -> None:
    acme, other = add_merchant(store, "acme").id, add_merchant(store, "other").id
    made = signing(store, acme)
    assert len(made.secret) == 32
    clock[0] += ROTATE_MS - 1
    assert signing(store, acme) == made
    assert find(store, acme, made) == made
    assert find(store, other, made) is None
    assert signing(store, other).id != made.id


def test_a_key_that_is_old_is_followed_by_another_and_still_verifies_for_a_day(
    store: Store, clock: list[int]
) -> None:
    acme = add_merchant(store, "acme").id
    first = signing(store, acme)
    clock[0] += ROTATE_MS
    second = signing(store, acme)
    assert second.id != first.id
    clock[0] += VERIFY_MS - 1
    assert find(store, acme, first) == first
    clock[0] += 1
    assert find(store, acme, first) is None
    clock[0] += ROTATE_MS
    third = signing(store, acme)
    assert find(store, acme, first) is None
    assert find(store, acme, second) == second
    assert find(store, acme, third) == third


def test_a_new_key_by_hand_ends_the_others(store: Store, clock: list[int]) -> None:
    acme = add_merchant(store, "acme").id
    old = signing(store, acme)
    with store.write(acme, "me") as tenant:
        new = renew(tenant)
        assert events.list_events(tenant, 1)[0].what == "embed.rekeyed"
    assert find(store, acme, old) is None
    assert signing(store, acme) == new


def test_whoever_comes_first_makes_the_only_key(store: Store) -> None:
    acme = add_merchant(store, "acme").id
    made: list[Key] = []
    began = threading.Barrier(4)

    def make() -> None:
        began.wait(10)
        made.append(signing(store, acme))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 4
    assert len({key.id for key in made}) == 1
    with store.read(acme) as tenant:
        assert embed_keys.named(tenant, made[0].id) == made[0]
