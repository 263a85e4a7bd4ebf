"""Publishes and takes back what was planned, when its time has come.

It has a thread of its own that no long ingest keeps waiting; which process acts is settled in the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tryon.ingest.rounds import Rounds

if TYPE_CHECKING:
    from tryon.store.store import Store


class Clockwork(Rounds):
    """``Rounds`` that do what is due."""

    name = "clockwork"

    def _open(self) -> Store:
        from tryon.store.store import Store

        return Store.open(self._settings)

    def _turn(self, store: Store) -> bool:
        from tryon.store.timetable import run_due

        run_due(store)
        return False
