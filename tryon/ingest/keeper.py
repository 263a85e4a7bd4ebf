"""Works the queue off, one job at a time in the whole server, and sweeps the store now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tryon.config import Settings
from tryon.ingest.rounds import POLL_S, Rounds

if TYPE_CHECKING:
    from tryon.store.store import Store

SWEEP_S: Final = 600.0


class Keeper(Rounds):
    """``Rounds`` that do a job each."""

    name = "ingest-keeper"

    def __init__(self, settings: Settings, *, poll_s: float = POLL_S) -> None:
        super().__init__(settings, poll_s=poll_s)
        self._swept_s = time.monotonic()

    def _open(self) -> Store:
        from tryon.store.house import open_catalogue

        return open_catalogue(self._settings)

    def _turn(self, store: Store) -> bool:
        busy = self._job(store)
        if time.monotonic() - self._swept_s > SWEEP_S:
            self._swept_s = time.monotonic()
            from tryon.store.sweep import sweep

            sweep(store)
        return busy

    def _job(self, store: Store) -> bool:
        """Do one job; whether there was one."""
        from tryon.ingest.run import TURN_S, run_job
        from tryon.store.jobs import take_next, waiting
        from tryon.store.store import new_id

        if not waiting(store):
            return False
        worker = new_id()
        job = take_next(store, worker)
        if job is None:
            return False
        run_job(store, self._settings, job, worker, stop=self._stop, turn_s=TURN_S)
        return True
