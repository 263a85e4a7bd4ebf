"""What is planned for later, on both engines: done once, in order, and not where something is in its way."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.published import lipstick, publish, put
from tryon.errors import StoreConflict, StoreDown, StoreInvalid, StoreMissing
from tryon.store import products, timetable
from tryon.store.assets import add_files, current_files
from tryon.store.editions import list_editions
from tryon.store.events import list_events
from tryon.store.folder import check_whole
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.products import Item
from tryon.store.rollback import roll_back
from tryon.store.store import Store
from tryon.store.sweep import sweep
from tryon.store.timetable import Act, Planned

HOUR_MS = 3600 * 1000
START_MS = 1_800_000_000_000


class Clock:
    now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock(store: Store) -> Clock:
    made = Clock()
    store.now_ms = made
    return made


@pytest.fixture
def acme(store: Store, clock: Clock) -> Merchant:
    return add_merchant(store, "acme")


def item_of(store: Store, merchant: Merchant) -> Item:
    with store.read(merchant.id) as tenant:
        return products.get(tenant, "velvet")


def made(store: Store, merchant: Merchant, name: str = "Velvet") -> Item:
    with store.write(merchant.id, "user:1") as tenant:
        item = products.find(tenant, "velvet")
        draft = lipstick("velvet", name)
        if item is None:
            return products.create(tenant, draft)
        return products.replace(tenant, "velvet", draft, None)


def plan(store: Store, merchant: Merchant, act: Act, in_ms: int, version: int | None = None) -> Planned:
    with store.write(merchant.id, "user:2") as tenant:
        item = products.get(tenant, "velvet")
        files = {asset.name: asset.sha256 for asset in current_files(tenant, item.id)}
        return timetable.plan(tenant, "velvet", act, tenant.now_ms + in_ms, version, files)


def planned(store: Store, merchant: Merchant) -> tuple[Planned, ...]:
    with store.read(merchant.id) as tenant:
        return timetable.list_planned(tenant, "velvet")


def test_it_is_published_and_taken_back_when_its_time_has_come(
    store: Store, acme: Merchant, clock: Clock
) -> None:
    made(store, acme)
    plan(store, acme, "publish", HOUR_MS)
    plan(store, acme, "unpublish", 3 * HOUR_MS)
    assert timetable.run_due(store) == 0
    with store.read(acme.id) as tenant:
        assert timetable.next_of_all(tenant)["velvet"].act == "publish"
    clock.now_ms += HOUR_MS - 1
    assert timetable.run_due(store) == 0
    clock.now_ms += 1
    assert timetable.run_due(store) == 1
    item = item_of(store, acme)
    assert item.state == "live"
    with store.read(acme.id) as tenant:
        assert timetable.next_of_all(tenant)["velvet"].act == "unpublish"
        # In the name of whoever planned it.
        assert list_editions(tenant, item.id)[0].actor == "user:2"
        assert list_events(tenant, 1)[0].actor == "user:2"
    assert timetable.run_due(store) == 0
    clock.now_ms += 2 * HOUR_MS
    assert timetable.run_due(store) == 1
    assert item_of(store, acme).state == "draft"
    assert [(one.act, one.outcome) for one in planned(store, acme)] == [
        ("publish", "done"),
        ("unpublish", "done"),
    ]


def test_what_was_due_while_the_server_was_away_is_done_in_order(
    store: Store, acme: Merchant, clock: Clock
) -> None:
    made(store, acme)
    plan(store, acme, "publish", HOUR_MS)
    plan(store, acme, "unpublish", 2 * HOUR_MS)
    clock.now_ms += 24 * HOUR_MS
    assert timetable.run_due(store) == 2
    item = item_of(store, acme)
    assert item.state == "draft"
    with store.read(acme.id) as tenant:
        assert len(list_editions(tenant, item.id)) == 1
    # The clock jumps back: what is done is done.
    clock.now_ms -= 24 * HOUR_MS
    assert timetable.run_due(store) == 0


def test_the_draft_as_it_was_then_is_published_and_the_newer_one_stays_a_draft(
    store: Store, acme: Merchant, clock: Clock, tmp_path: Path
) -> None:
    red, blue = put(store, acme, tmp_path, b"red"), put(store, acme, tmp_path, b"blue")
    publish(store, acme, lipstick("velvet", "First"), red)
    made(store, acme, "Approved")
    plan(store, acme, "publish", HOUR_MS)
    with store.write(acme.id, "user:1") as tenant:
        item = products.replace(tenant, "velvet", lipstick("velvet", "Half finished"), None)
        add_files(tenant, item.id, {"thumbnail.png": blue})
    clock.now_ms += HOUR_MS
    assert timetable.run_due(store) == 1
    item = item_of(store, acme)
    assert (item.name, item.state) == ("Half finished", "changed")
    assert item.live is not None
    assert item.live["definition"]["name"] == "Approved"
    assert item.live["files"] == {"thumbnail.png": red[0]}
    with store.write(acme.id) as tenant:
        kept = list_editions(tenant, item.id)
        assert [one.document["definition"]["name"] for one in kept] == ["Approved", "First"]
        assert kept[0].number == item.live_version
        # It can be gone back to as to any other.
        roll_back(tenant, "velvet", kept[0].number, None)
        assert products.publish(tenant, "velvet", None, {"thumbnail.png": red[0]}).state == "live"


def _archive(tenant: Any) -> None:
    products.archive(tenant, "velvet", None)


def _publish(tenant: Any) -> None:
    products.replace(tenant, "velvet", lipstick("velvet", "Newer"), None)
    products.publish(tenant, "velvet", None, {})


@pytest.mark.parametrize(
    ("meanwhile", "sentence", "name"),
    [(_archive, "put away meanwhile", None), (_publish, "newer version", "Newer")],
)
def test_what_is_in_its_way_is_told(
    store: Store, acme: Merchant, clock: Clock, meanwhile: Any, sentence: str, name: str | None
) -> None:
    made(store, acme)
    plan(store, acme, "publish", HOUR_MS)
    with store.write(acme.id) as tenant:
        meanwhile(tenant)
    clock.now_ms += HOUR_MS
    assert timetable.run_due(store) == 1
    (one,) = planned(store, acme)
    assert (one.outcome, one.ended_ms) == ("dropped", clock.now_ms)
    assert sentence in one.sentence
    live = item_of(store, acme).live
    assert (None if live is None else live["definition"]["name"]) == name
    with store.read(acme.id) as tenant:
        assert "product.publish_dropped" in [event.what for event in list_events(tenant, 9)]
    # It is told for a while.
    clock.now_ms += timetable.NEWS_MS
    sweep(store)
    assert planned(store, acme) == ()


def test_a_file_that_is_lost_meanwhile_keeps_it_from_being_published(
    store: Store, acme: Merchant, clock: Clock
) -> None:
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick())
        # As a plan of an earlier version of the server may be: nothing that the mirror could draw.
        timetable.plan(tenant, "velvet", "publish", tenant.now_ms + 1, None, {"thumbnail.png": "0" * 64})
    clock.now_ms += 1
    assert timetable.run_due(store) == 1
    (one,) = planned(store, acme)
    assert one.outcome == "dropped"
    assert "missing" in one.sentence
    assert item_of(store, acme).live is None


def test_one_that_fails_stays_due_and_keeps_no_other_waiting(
    store: Store, acme: Merchant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(store, acme)
    plan(store, acme, "publish", 1)
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick("other", "Other"))
        timetable.plan(tenant, "other", "publish", tenant.now_ms + 2, None, {})
    clock.now_ms += 2

    def fails_at_first(blobs: Any, merchant_id: str, document: Any) -> None:
        if document["definition"]["sku"] == "velvet":
            raise StoreDown("The disk is away.")
        check_whole(blobs, merchant_id, document)

    with monkeypatch.context() as patch:
        patch.setattr(timetable, "check_whole", fails_at_first)
        with pytest.raises(StoreDown):
            timetable.run_due(store)
    assert item_of(store, acme).state == "draft"
    with store.read(acme.id) as tenant:
        assert products.get(tenant, "other").state == "live"
    assert timetable.run_due(store) == 1
    assert item_of(store, acme).state == "live"


def test_several_processes_do_it_once(store: Store, acme: Merchant, clock: Clock) -> None:
    made(store, acme)
    plan(store, acme, "publish", 1)
    clock.now_ms += 1
    ready = threading.Barrier(4)
    done: list[int] = []

    def work() -> None:
        ready.wait()
        done.append(timetable.run_due(store))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 0, 1]
    item = item_of(store, acme)
    with store.read(acme.id) as tenant:
        assert len(list_editions(tenant, item.id)) == 1
        assert [event.what for event in list_events(tenant, 9)].count("product.published") == 1


def test_plans_are_replaced_cancelled_and_gone_with_their_product(
    store: Store, acme: Merchant, clock: Clock
) -> None:
    made(store, acme)
    plan(store, acme, "publish", HOUR_MS)
    later = plan(store, acme, "publish", 2 * HOUR_MS)
    assert planned(store, acme) == (later,)
    other = add_merchant(store, "other")
    for merchant, error in ((other, StoreMissing), (acme, None)):
        with store.write(merchant.id) as tenant:
            if error is None:
                timetable.cancel(tenant, "velvet", "publish")
            else:
                with pytest.raises(error):
                    timetable.cancel(tenant, "velvet", "publish")
    assert planned(store, acme) == ()
    with store.write(acme.id) as tenant, pytest.raises(StoreMissing, match="Nothing of that kind"):
        timetable.cancel(tenant, "velvet", "publish")
    plan(store, acme, "publish", HOUR_MS)
    with store.write(acme.id) as tenant:
        products.remove(tenant, "velvet", None)
    clock.now_ms += HOUR_MS
    assert timetable.run_due(store) == 0


def test_what_cannot_be_planned(store: Store, acme: Merchant, clock: Clock) -> None:
    item = made(store, acme)
    with pytest.raises(StoreInvalid, match="has passed"):
        plan(store, acme, "publish", 0)
    with pytest.raises(StoreInvalid, match="two years"):
        plan(store, acme, "publish", timetable.AHEAD_MS_MAX + 1)
    plan(store, acme, "publish", timetable.AHEAD_MS_MAX)
    with pytest.raises(StoreConflict):
        plan(store, acme, "publish", HOUR_MS, item.version + 1)
    with pytest.raises(StoreInvalid, match="Shoppers do not see it then"):
        plan(store, acme, "unpublish", HOUR_MS)
    with store.write(acme.id) as tenant:
        products.archive(tenant, "velvet", None)
    with pytest.raises(StoreInvalid, match="put away"):
        plan(store, acme, "publish", HOUR_MS)
