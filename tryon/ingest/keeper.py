"""Works the queue off, one job at a time in the whole server, and sweeps the store now and then.

Every process of the server has a keeper. Before there is a store it costs one look at the disk a second.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from tryon.config import Settings
from tryon.store.place import exists

if TYPE_CHECKING:
    from tryon.store.store import Store

_log = logging.getLogger(__name__)

POLL_S: Final = 1.0
SWEEP_S: Final = 600.0
_RETRY_S: Final = 5.0


class Keeper:
    """A thread from ``start`` to ``close``; ``poll_s`` is an argument for tests."""

    def __init__(self, settings: Settings, *, poll_s: float = POLL_S) -> None:
        self._settings = settings
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="tryon-ingest-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """A job that is under way is left to the next process. Idempotent."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _live(self) -> None:
        store: Store | None = None
        swept_s = time.monotonic()
        while not self._stop.is_set():
            wait_s = self._poll_s
            try:
                if store is None and exists(self._settings):
                    from tryon.store.house import open_catalogue

                    store = open_catalogue(self._settings)
                if store is not None:
                    busy = self._turn(store)
                    if time.monotonic() - swept_s > SWEEP_S:
                        swept_s = time.monotonic()
                        from tryon.store.sweep import sweep

                        sweep(store)
                    if busy:
                        continue
            except Exception as error:  # noqa: BLE001 - the next turn may succeed, and the mirror goes on
                _log.warning("the keeper of ingests failed: %s", type(error).__name__)
                wait_s = _RETRY_S
            self._stop.wait(wait_s)
        if store is not None:
            store.close()

    def _turn(self, store: Store) -> bool:
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
