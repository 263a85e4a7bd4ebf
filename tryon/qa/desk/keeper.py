"""Works the queue off, one run at a time, and sweeps out what has expired.

Every process of a server has a keeper; the one that holds the claim works, and when its process dies the system hands
the claim to another. A run is a process of its own that is stopped when somebody cancels or deletes it, when its clip
expires, or when it takes more time, memory or disk than it may.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Final

from tryon.errors import QaFull, QaGone
from tryon.qa.desk.child import Child, Command, command
from tryon.qa.desk.files import Claim
from tryon.qa.desk.runs import CANCEL, Runs
from tryon.qa.desk.values import Order, StateName

_log = logging.getLogger(__name__)

POLL_S: Final = 0.2
SWEEP_S: Final = 30.0
# How often a run's disk is looked at, which means a walk through the folder.
_DISK_S: Final = 2.0
_RETRY_S: Final = 1.0
# After its outcome is written, a process ends at once.
_END_S: Final = 10.0

Stopped = tuple[StateName, str]


class Keeper:
    """A thread from ``start`` to ``close``. ``make_command``, ``poll_s`` and ``sweep_s`` are arguments for tests."""

    def __init__(
        self,
        runs: Runs,
        *,
        make_command: Command = command,
        poll_s: float = POLL_S,
        sweep_s: float = SWEEP_S,
    ) -> None:
        self._runs = runs
        self._make_command = make_command
        self._poll_s = poll_s
        self._sweep_s = sweep_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="tryon-qa-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stops the run that is under way. Idempotent."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _live(self) -> None:
        claim = Claim(self._runs.shelf.folder / "keeper.lock")
        try:
            while not self._stop.is_set():
                try:
                    if claim.take():
                        self._lead()
                except Exception as error:  # noqa: BLE001 - the next turn may succeed, and the mirror goes on
                    _log.warning("the keeper of QA failed: %s", type(error).__name__)
                self._stop.wait(_RETRY_S)
        finally:
            claim.close()

    def _lead(self) -> None:
        self._runs.recover()
        swept_s = -float("inf")
        while not self._stop.is_set():
            if time.monotonic() - swept_s > self._sweep_s:
                swept_s = time.monotonic()
                self._runs.shelf.sweep()
            order = self._runs.take_next()
            if order is None:
                self._stop.wait(self._poll_s)
            else:
                self._work(order)

    def _work(self, order: Order) -> None:
        settings = self._runs.shelf.settings
        told = {
            "run": order.id,
            "memory_mb": settings.qa_memory_mb,
            "settings": settings.model_dump(mode="json"),
        }
        try:
            child = Child("job", told, self._make_command)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            self._runs.finish(order, "failed", f"The run could not be started: {why}.")
            return
        try:
            stopped = self._watch(order, child)
        finally:
            child.close()
        if stopped is not None:
            self._runs.finish(order, *stopped)
        elif not self._runs.finish_by_outcome(order):
            self._runs.finish(
                order, "failed", "The run broke off by itself; run it again, or try another clip."
            )

    def _watch(self, order: Order, child: Child) -> Stopped | None:
        """Why it was stopped; None where it ended by itself."""
        settings, folder = self._runs.shelf.settings, self._runs.folder(order)
        until_s = time.monotonic() + settings.qa_run_minutes * 60
        next_disk_s = time.monotonic() + _DISK_S
        swept_s = time.monotonic()
        while child.wait(self._poll_s) is None:
            if self._stop.is_set():
                return "interrupted", "The server was stopped while this run was under way; run it again."
            if (stopped := self._wish(order, folder)) is not None:
                return stopped
            if time.monotonic() > until_s:
                limit = f"{settings.qa_run_minutes:g}"
                return (
                    "failed",
                    f"The run took more than {limit} minutes; take a shorter clip or fewer looks.",
                )
            if (child.memory_mb() or 0) > settings.qa_memory_mb:
                limit = f"{settings.qa_memory_mb}"
                return "failed", f"The run needed more than {limit} MB of memory; take a smaller clip."
            if time.monotonic() > next_disk_s:
                next_disk_s = time.monotonic() + _DISK_S
                try:
                    self._runs.shelf.check_total()
                except QaFull as full:
                    return "failed", full.sentence
            if time.monotonic() - swept_s > self._sweep_s:
                swept_s = time.monotonic()
                self._runs.shelf.sweep()
        return None

    def _wish(self, order: Order, folder: Path) -> Stopped | None:
        """What people, or time, want of a run under way."""
        if (folder / CANCEL).exists():
            return "cancelled", "It was cancelled."
        try:
            self._runs.shelf.clip(order.clip)
        except QaGone:
            return "cancelled", "Its clip is gone."
        if not folder.exists():
            return "cancelled", "It was deleted."
        return None
