"""What was live once, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published import lipstick, publish, put
from tryon.errors import StoreMissing
from tryon.store import editions
from tryon.store.editions import get_edition, list_editions
from tryon.store.merchants import Merchant
from tryon.store.store import Store


def test_only_so_many_are_kept(
    store: Store, acme: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "EDITIONS_MAX", 3)
    picture = put(store, acme, tmp_path, b"red")
    for number in range(5):
        item = publish(store, acme, lipstick(name=f"Red {number}"), picture)
    with store.read(acme.id) as tenant:
        assert [one.document["definition"]["name"][-1] for one in list_editions(tenant, item.id)] == [
            "4",
            "3",
            "2",
        ]
        with pytest.raises(StoreMissing):
            get_edition(tenant, item.id, 2)
