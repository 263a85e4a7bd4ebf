"""Run by tests: works jobs off in a process that is forked for each line of the standard input, so that it can be
killed at any moment and the next one is there at once. The first argument holds the settings."""

from __future__ import annotations

import os
import signal
import sys
import time

from tryon.config import Settings
from tryon.errors import StoreDown
from tryon.ingest.run import run_job
from tryon.store import jobs
from tryon.store.store import Store, new_id

# Whoever was killed is missed soon, and nobody is given up for being killed.
jobs.LEASE_MS = 400  # type: ignore[misc]
jobs.ATTEMPTS_MAX = 10_000  # type: ignore[misc]


def work_off(settings: Settings) -> None:
    store = Store.open(settings)
    while True:
        worker = new_id()
        try:
            job = jobs.take_next(store, worker)
        except StoreDown:
            continue
        if job is None:
            time.sleep(0.02)
        else:
            run_job(store, settings, job, worker)


def main() -> None:
    settings = Settings.model_validate_json(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work_off(settings)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
