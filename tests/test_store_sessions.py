"""Sessions on both engines: how long they last, who ends them, what is kept of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tryon.errors import StoreMissing
from tryon.store import accounts, sessions
from tryon.store.account_tables import sessions as table
from tryon.store.accounts import User, add_user
from tryon.store.merchants import add_merchant
from tryon.store.sessions import close_others, close_session, list_sessions, open_session, session_of
from tryon.store.store import Store


class Clock:
    now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock(store: Store) -> Clock:
    made = store.now_ms = Clock()
    return made


@pytest.fixture
def ann(store: Store, clock: Clock) -> User:
    with store.write(add_merchant(store, "acme").id) as tenant:
        return add_user(tenant, "ann@shop.example", "editor", "hash")


def opened(store: Store, user: User, *, proved: bool = True) -> str:
    with store.write(user.merchant_id) as tenant:
        return open_session(tenant, user, "Firefox on Linux", proved=proved)[1]


def test_a_cookie_is_somebody_until_it_is_too_old(store: Store, clock: Clock, ann: User) -> None:
    secret = opened(store, ann)
    found = session_of(store, secret)
    assert found is not None
    assert found[1] == ann
    assert session_of(store, secret[:-1] + "x") is None
    assert session_of(store, "") is None
    # Used now and then it lasts a month, and not a moment longer.
    for _ in range(5):
        clock.now_ms += 6 * sessions.DAY_MS - 1
        assert session_of(store, secret) is not None
    clock.now_ms += 5
    assert session_of(store, secret) is None


def test_one_that_nobody_uses_ends_after_a_week(store: Store, clock: Clock, ann: User) -> None:
    secret = opened(store, ann)
    clock.now_ms += sessions.IDLE_MS
    assert session_of(store, secret) is None
    with store.read(ann.merchant_id) as tenant:
        assert list_sessions(tenant, ann.id) == ()


def test_half_a_sign_in_lasts_minutes_and_is_listed_nowhere(store: Store, clock: Clock, ann: User) -> None:
    secret = opened(store, ann, proved=False)
    found = session_of(store, secret)
    assert found is not None
    assert not found[0].proved
    with store.read(ann.merchant_id) as tenant:
        assert list_sessions(tenant, ann.id) == ()
    clock.now_ms += sessions.HALF_MS
    assert session_of(store, secret) is None


def test_being_seen_is_written_once_a_minute(store: Store, clock: Clock, ann: User) -> None:
    secret = opened(store, ann)
    began_ms = clock.now_ms
    clock.now_ms += 59_999
    session_of(store, secret)
    with store.read(ann.merchant_id) as tenant:
        assert list_sessions(tenant, ann.id)[0].seen_ms == began_ms
    clock.now_ms += 1
    session_of(store, secret)
    with store.read(ann.merchant_id) as tenant:
        assert list_sessions(tenant, ann.id)[0].seen_ms == began_ms + 60_000


def test_sessions_are_ended_one_by_one_or_all_others(store: Store, ann: User) -> None:
    secrets = [opened(store, ann) for _ in range(3)]
    with store.write(ann.merchant_id) as tenant:
        other = add_user(tenant, "bob@shop.example", "owner", "hash")
        mine = session_of(store, secrets[0])
        assert mine is not None
        with pytest.raises(StoreMissing):
            close_session(tenant, other.id, mine[0].id)
        assert close_others(tenant, ann.id, mine[0].id) == 2
    assert [session_of(store, secret) is not None for secret in secrets] == [True, False, False]
    with store.write(ann.merchant_id) as tenant:
        close_session(tenant, ann.id, mine[0].id)
        with pytest.raises(StoreMissing, match="ended already"):
            close_session(tenant, ann.id, mine[0].id)
    assert session_of(store, secrets[0]) is None


def test_a_role_counts_at_once_and_who_is_removed_is_out(store: Store, ann: User) -> None:
    secret = opened(store, ann)
    with store.write(ann.merchant_id) as tenant:
        accounts.set_role(tenant, ann.id, "viewer")
    found = session_of(store, secret)
    assert found is not None
    assert found[1].role == "viewer"
    with store.write(ann.merchant_id) as tenant:
        accounts.remove_user(tenant, ann.id)
    assert session_of(store, secret) is None


def test_the_oldest_makes_room(
    store: Store, clock: Clock, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SESSIONS_MAX", 2)
    secrets = []
    for _ in range(3):
        clock.now_ms += 1
        secrets.append(opened(store, ann))
    assert [session_of(store, secret) is not None for secret in secrets] == [False, True, True]


def test_no_secret_is_kept(store: Store, ann: User) -> None:
    secret = opened(store, ann)
    with store.database.read() as connection:
        assert secret not in str(connection.execute(select(table)).all())
