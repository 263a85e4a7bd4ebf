"""Jobs on both engines: one at a time, taken over after a crash, done once or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tryon.errors import StoreInvalid, StoreMissing
from tryon.store.jobs import (
    ATTEMPTS_MAX,
    LEASE_MS,
    Job,
    LeaseLost,
    RowTold,
    advance,
    cancel,
    finish,
    get_job,
    list_jobs,
    list_rows,
    renew,
    submit,
    take_next,
)
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store, Tenant


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        self.ms += 1
        return self.ms


@pytest.fixture
def clock(store: Store) -> Clock:
    made = Clock()
    store.now_ms = made
    return made


@pytest.fixture
def acme(store: Store, clock: Clock) -> Merchant:
    return add_merchant(store, "acme")


def order(store: Store, merchant: Merchant, kind: str = "x") -> Job:
    with store.write(merchant.id) as tenant:
        return submit(tenant, kind, {"a": 1})


def seen(store: Store, job: Job) -> Job:
    with store.read(job.merchant_id) as tenant:
        return get_job(tenant, job.id)


def test_jobs_are_taken_in_turn_and_one_at_a_time(store: Store, acme: Merchant) -> None:
    one, two = order(store, acme), order(store, acme)
    assert take_next(store, "a", only=two.id) is not None
    assert take_next(store, "b") is None, "one runs"
    with store.write(acme.id) as tenant:
        finish(tenant, two, "a", "done", {"sentence": "Fine."})
    taken = take_next(store, "b")
    assert taken is not None
    assert (taken.id, taken.state, taken.attempts) == (one.id, "running", 1)
    with store.read(acme.id) as tenant:
        assert [job.id for job in list_jobs(tenant, 10)] == [two.id, one.id]
        assert [job.id for job in list_jobs(tenant, 10, (two.created_ms, two.id))] == [one.id]
        ended = get_job(tenant, two.id)
    assert (ended.state, ended.fraction, ended.report) == ("done", 1.0, {"sentence": "Fine."})


def test_a_job_whose_runner_died_is_taken_over_and_the_dead_has_no_say(
    store: Store, acme: Merchant, clock: Clock
) -> None:
    job = order(store, acme)
    assert take_next(store, "dead") is not None
    with store.write(acme.id) as tenant:
        renew(tenant, job, "dead", "reading", 0.5)
    clock.ms += LEASE_MS - 100
    assert take_next(store, "alive") is None
    clock.ms += 200
    taken = take_next(store, "alive")
    assert taken is not None
    assert (taken.id, taken.attempts, taken.step) == (job.id, 2, "reading")
    attempts: tuple[Callable[[Tenant], None], ...] = (
        lambda tenant: renew(tenant, job, "dead", "x", 0.6),
        lambda tenant: advance(tenant, job, "dead", 1, ()),
        lambda tenant: finish(tenant, job, "dead", "done", {}),
    )
    for late in attempts:
        with pytest.raises(LeaseLost), store.write(acme.id) as tenant:
            late(tenant)
    assert seen(store, job).state == "running"


def test_a_job_that_kills_every_runner_is_given_up(store: Store, acme: Merchant, clock: Clock) -> None:
    job = order(store, acme)
    for _ in range(ATTEMPTS_MAX):
        assert take_next(store, "a") is not None
        clock.ms += LEASE_MS + 1
    assert take_next(store, "a") is None
    failed = seen(store, job)
    assert failed.state == "failed"
    assert "3 times" in str(failed.report["sentence"])


def test_cancelling(store: Store, acme: Merchant, clock: Clock) -> None:
    waiting, running = order(store, acme), order(store, acme)
    with store.write(acme.id) as tenant:
        assert cancel(tenant, waiting.id).state == "cancelled"
    assert take_next(store, "a") is not None
    with store.write(acme.id) as tenant:
        assert cancel(tenant, running.id).state == "running"
    with pytest.raises(LeaseLost), store.write(acme.id) as tenant:
        renew(tenant, running, "a", "x", 0.1)
    with store.write(acme.id) as tenant:
        finish(tenant, running, "a", "cancelled", {})
        assert cancel(tenant, running.id).state == "cancelled"
    gone = order(store, acme)
    assert take_next(store, "a") is not None
    with store.write(acme.id) as tenant:
        cancel(tenant, gone.id)
    clock.ms += LEASE_MS + 1
    assert take_next(store, "b") is None
    assert seen(store, gone).state == "cancelled"


def test_rows_land_with_the_place_to_go_on(store: Store, acme: Merchant) -> None:
    job = order(store, acme)
    assert take_next(store, "a") is not None
    rows = [RowTold(2, "landed", "lip"), RowTold(3, "refused", "", "color: no colour.")]
    with store.write(acme.id) as tenant:
        advance(tenant, job, "a", 2, rows)
        advance(tenant, job, "a", 2, rows)
    with store.read(acme.id) as tenant:
        assert list_rows(tenant, job.id, 10) == tuple(rows)
        assert list_rows(tenant, job.id, 10, after=2) == (rows[1],)
    assert seen(store, job).done == 2


def test_a_queue_has_an_end_and_its_merchant(
    store: Store, acme: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tryon.store.jobs.WAITING_MAX", 1)
    job = order(store, acme)
    with pytest.raises(StoreInvalid, match="waiting already"):
        order(store, acme)
    other = add_merchant(store, "other")
    for ask in (get_job, cancel):
        with pytest.raises(StoreMissing), store.write(other.id) as tenant:
            ask(tenant, job.id)
