"""Publishes and takes back what was planned, when its time has come.

Every process of the server has one, in a thread of its own that no long ingest keeps waiting; which of them acts is
settled in the database.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from tryon.config import Settings
from tryon.store.place import exists

if TYPE_CHECKING:
    from tryon.store.store import Store

_log = logging.getLogger(__name__)

POLL_S: Final = 1.0
_RETRY_S: Final = 5.0


class Clockwork:
    """A thread from ``start`` to ``close``; ``poll_s`` is an argument for tests."""

    def __init__(self, settings: Settings, *, poll_s: float = POLL_S) -> None:
        self._settings = settings
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="tryon-clockwork", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Idempotent."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _live(self) -> None:
        store: Store | None = None
        while not self._stop.is_set():
            wait_s = self._poll_s
            try:
                if store is None and exists(self._settings):
                    from tryon.store.store import Store

                    store = Store.open(self._settings)
                if store is not None:
                    from tryon.store.timetable import run_due

                    run_due(store)
            except Exception as error:  # noqa: BLE001 - what is due stays due
                _log.warning("what was planned could not be done: %s", type(error).__name__)
                wait_s = _RETRY_S
            self._stop.wait(wait_s)
        if store is not None:
            store.close()
