"""A thread of the server that looks at the store again and again: what it fails at is tried anew, and costs nobody else
anything.

Every process has its own. Before there is a store it costs one look at the disk a second.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from tryon.config import Settings
from tryon.store.place import exists

if TYPE_CHECKING:
    from tryon.store.store import Store

_log = logging.getLogger(__name__)

POLL_S: Final = 1.0
_RETRY_S: Final = 5.0


class Rounds(ABC):
    """A thread from ``start`` to ``close``; ``poll_s`` is an argument for tests."""

    name: ClassVar[str]

    def __init__(self, settings: Settings, *, poll_s: float = POLL_S) -> None:
        self._settings = settings
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"tryon-{self.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """What is under way is left to the next process. Idempotent."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    @abstractmethod
    def _open(self) -> Store:
        """The store, once there is one. In the thread: what it takes is imported there."""

    @abstractmethod
    def _turn(self, store: Store) -> bool:
        """Do what there is to do; whether there may be more at once."""

    def _live(self) -> None:
        store: Store | None = None
        while not self._stop.is_set():
            wait_s = self._poll_s
            try:
                if store is None and exists(self._settings):
                    store = self._open()
                if store is not None and self._turn(store):
                    continue
            except Exception as error:  # noqa: BLE001 - the next turn may succeed, and the mirror goes on
                _log.warning("the %s failed: %s", self.name, type(error).__name__)
                wait_s = _RETRY_S
            self._stop.wait(wait_s)
        if store is not None:
            store.close()
