"""The server's threads that look at the store again and again."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from tryon.config import Settings
from tryon.errors import StoreDown
from tryon.ingest import rounds
from tryon.ingest.rounds import Rounds
from tryon.store.store import Store


class Counted(Rounds):
    """Fails at first, is busy twice, and then waits."""

    name = "counted"
    turns = 0
    waits = threading.Event()

    def _open(self) -> Store:
        return Store.open(self._settings)

    def _turn(self, store: Store) -> bool:
        assert store.database.file is not None
        self.turns += 1
        if self.turns == 1:
            raise StoreDown("The store does not answer.")
        if self.turns > 3:
            self.waits.set()
        return self.turns <= 3


def test_what_fails_is_tried_again_and_what_is_busy_goes_on_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "_RETRY_S", 0.01)
    settings = Settings(store_dir=tmp_path / "store")
    Store.open(settings).close()
    # Nobody would wait for its next look.
    counted = Counted(settings, poll_s=600)
    with caplog.at_level(logging.WARNING):
        counted.start()
        assert counted.waits.wait(30)
        counted.close()
    assert counted.turns == 4
    assert [record.getMessage() for record in caplog.records] == ["the counted failed: StoreDown"]


def test_one_that_never_began_can_be_closed(tmp_path: Path) -> None:
    counted = Counted(Settings(store_dir=tmp_path / "store"))
    counted.close()
    counted.close()
    assert counted.turns == 0
