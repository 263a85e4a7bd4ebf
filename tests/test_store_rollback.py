"""Going back to what was live once, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published import lipstick, publish, put
from tryon.errors import StoreConflict, StoreMissing
from tryon.store.assets import current_files
from tryon.store.editions import list_editions
from tryon.store.merchants import Merchant
from tryon.store.rollback import roll_back
from tryon.store.store import Store


def test_each_publication_is_kept_and_can_be_gone_back_to(
    store: Store, acme: Merchant, tmp_path: Path
) -> None:
    red, blue = put(store, acme, tmp_path, b"red"), put(store, acme, tmp_path, b"blue")
    first = publish(store, acme, lipstick(name="Red"), red)
    second = publish(store, acme, lipstick(name="Blue"), blue)
    with store.write(acme.id, "user:2") as tenant:
        kept = list_editions(tenant, first.id)
        assert [(one.number, one.document["definition"]["name"], one.actor) for one in kept] == [
            (second.live_version, "Blue", "user:1"),
            (first.live_version, "Red", "user:1"),
        ]
        assert first.live_version is not None
        with pytest.raises(StoreConflict):
            roll_back(tenant, "velvet", first.live_version, second.version - 1)
        item = roll_back(tenant, "velvet", first.live_version, second.version)
        assert (item.name, item.state) == ("Red", "changed")
        assert item.live is not None
        assert item.live["definition"]["name"] == "Blue"
        assert [(one.sha256, one.bytes) for one in current_files(tenant, item.id)] == [red]
        with pytest.raises(StoreMissing, match="any more"):
            roll_back(tenant, "velvet", 999, None)
