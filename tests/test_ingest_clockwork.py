"""The thread that does what was planned."""

from __future__ import annotations

import time
from pathlib import Path

from tests.published import lipstick
from tryon.config import Settings
from tryon.ingest.clockwork import Clockwork
from tryon.store import products, timetable
from tryon.store.merchants import add_merchant
from tryon.store.store import Store


def test_it_waits_for_a_store_and_does_what_is_due_in_one_of_two_processes(tmp_path: Path) -> None:
    settings = Settings(store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")
    both = [Clockwork(settings, poll_s=0.02) for _ in range(2)]
    for clockwork in both:
        clockwork.start()
    time.sleep(0.1)
    assert not settings.store_dir.exists(), "there is no store yet, and nobody asked for one"
    store = Store.open(settings)
    acme = add_merchant(store, "acme")
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick())
        timetable.plan(tenant, "velvet", "publish", tenant.now_ms + 150, None, {})
    until_s = time.monotonic() + 20
    state = "draft"
    while state != "live":
        assert time.monotonic() < until_s
        time.sleep(0.02)
        with store.read(acme.id) as tenant:
            state = products.get(tenant, "velvet").state
            (planned,) = timetable.list_planned(tenant, "velvet")
    assert planned.ended_ms is not None
    assert planned.ended_ms >= planned.at_ms
    for clockwork in both:
        clockwork.close()
        clockwork.close()
    with store.read(acme.id) as tenant:
        # Two processes, one publication.
        assert products.get(tenant, "velvet").version == 2
    store.close()
