"""One job from its lease to its end: its process is watched, and what it made is landed."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tryon.config import Settings
from tryon.errors import StoreDown, StoreFull, StoreInvalid, StoreMissing, StoreTaken, TryOnError
from tryon.ingest.kinds import Kind, kind_of
from tryon.ingest.landing import Made, land
from tryon.ingest.process import BrokeOff, Command, IngestProcess, TookTooLong, command
from tryon.store import products
from tryon.store.assets import get_upload
from tryon.store.jobs import (
    Job,
    JobState,
    LeaseLost,
    RowTold,
    advance,
    finish,
    get_job,
    release,
    renew,
)
from tryon.store.store import Store, Tenant

_log = logging.getLogger(__name__)

# A bulk job's products land so many at a time: one wait for the disk each.
BATCH: Final = 50
# Between two renewals, unless something is told.
_RENEW_S: Final = 2.0
# Input files have the names that the ingest functions know them by.
SOURCE: Final = "source"
# Fields of orders that name uploads beside the first.
MORE_UPLOADS: Final = ("side",)


class Stopped(Exception):
    """The server is about to end."""


def run_job(
    store: Store,
    settings: Settings,
    job: Job,
    worker: str,
    *,
    make_command: Command = command,
    stop: threading.Event | None = None,
) -> JobState | None:
    """How it ended; None where somebody else has it now, or will have: the server ends, or its database is down."""
    run = _Run(store, settings, job, worker, stop or threading.Event())
    try:
        return run.work(make_command)
    except LeaseLost:
        return run.cancelled()
    except Stopped:
        with store.write(job.merchant_id, "ingest") as tenant:
            release(tenant, job, worker)
    except StoreFull as error:
        return run.end("failed", error.sentence, error.code)
    except StoreDown as error:
        # Its lease runs out, and then it is tried again.
        _log.warning("an ingest breaks off: %s", error.code)
    return None


class _Run:
    def __init__(
        self, store: Store, settings: Settings, job: Job, worker: str, stop: threading.Event
    ) -> None:
        self._store, self._settings, self._stop = store, settings, stop
        self._job, self._worker = job, worker
        self._kind: Kind | None = None
        self._notes: list[list[str]] = []
        self._made: list[Made] = []
        self._rows: list[RowTold] = []
        self._done = job.done
        self._refused = 0
        self._step, self._fraction = "starting", 0.0
        self._renewed_s = 0.0

    def work(self, make_command: Command) -> JobState | None:
        store, job = self._store, self._job
        folder = store.blobs.scratch("ingest")
        try:
            self._kind = kind_of(job.kind)
            told = self._orders(folder)
            folder.mkdir(mode=0o700)
            process = IngestProcess(told, make_command)
            try:
                for value in process.lines(self._settings.ingest_seconds, self._beat):
                    ended = self._hear(value, folder)
                    if ended is not None:
                        return ended
            finally:
                process.close()
        except TookTooLong:
            limit = f"{self._settings.ingest_seconds:g} s (TRYON_INGEST_SECONDS)"
            return self.end("failed", f"It took longer than {limit} and was stopped.", "too_slow")
        except BrokeOff as error:
            sentence = (
                f"Its process ended with {error.how}: it needs more than an ingest may have, or was killed."
            )
            return self.end("failed", sentence, "broke_off")
        except (StoreFull, StoreDown):
            raise
        except TryOnError as error:
            return self.end("refused", error.sentence, error.code, error.details.get("field"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return None

    def _orders(self, folder: Path) -> dict[str, Any]:
        """What the process is told. Raises StoreMissing where an upload has gone."""
        store, job = self._store, self._job
        inputs = {}
        with store.read(job.merchant_id) as tenant:
            if job.upload_id is not None:
                upload = get_upload(tenant, job.upload_id)
                inputs[SOURCE] = str(store.blobs.path(job.merchant_id, upload.sha256))
            for name in MORE_UPLOADS:
                if job.order.get(name) is not None:
                    upload = get_upload(tenant, str(job.order[name]))
                    inputs[name] = str(store.blobs.path(job.merchant_id, upload.sha256))
            item = products.find(tenant, str(job.order.get("sku", "")))
        return {
            "order": dict(job.order),
            "inputs": inputs,
            "folder": str(folder),
            "current": None if item is None else item.as_draft(),
            "done": job.done,
            "memory_mb": self._settings.ingest_memory_mb,
            "seconds": self._settings.ingest_seconds,
        }

    def _hear(self, value: Mapping[str, Any], folder: Path) -> JobState | None:
        if "note" in value:
            self._notes.append([str(part) for part in value["note"]])
        elif "row" in value:
            line, sku, reason = value["row"]
            self._rows.append(RowTold(line, "refused", sku, reason))
            self._refused += 1
        elif "product" in value:
            files = {name: _inside(folder, path) for name, path in value["files"].items()}
            self._made.append(Made(value["product"], files, value["lines"]))
            sku = value["product"]["definition"]["sku"]
            self._rows += [RowTold(line, "landed", sku) for line in value["lines"]]
            if self._kind is not None and self._kind.bulk and len(self._made) >= BATCH:
                self._land_batch()
        elif "end" in value:
            return self._finish(value)
        else:
            self._step, self._fraction = value["step"], value["fraction"]
        return None

    def _finish(self, value: Mapping[str, Any]) -> JobState | None:
        if value["end"] != "done":
            return self.end(value["end"], value["sentence"], value["code"], value["field"])
        if self._kind is not None and self._kind.bulk:
            self._land_batch()
            what = f"{self._done} products are done, {self._refused} rows were refused."
            return self.end("done", what)
        self._land(self._made, lambda tenant: self._end_in(tenant, "done", self._report("It is ready.")))
        return "done"

    def _land_batch(self) -> None:
        made, self._made = self._made, []
        rows, self._rows = self._rows, []
        try:
            self._land(made, self._advance(len(made), rows))
        except (StoreInvalid, StoreTaken):
            # One of them cannot take the place of what is there; the others land.
            lines = {line for product in made for line in product.lines}
            self._rows = [row for row in rows if row.line not in lines]
            for product in made:
                self._land_alone(product)
        self._done += len(made)

    def _land_alone(self, product: Made) -> None:
        sku = product.draft["definition"]["sku"]
        landed = [RowTold(line, "landed", sku) for line in product.lines]
        try:
            self._land([product], self._advance(0, landed))
        except (StoreInvalid, StoreTaken) as error:
            self._refused += len(product.lines)
            self._rows += [RowTold(line, "refused", sku, error.sentence) for line in product.lines]

    def _advance(self, more: int, rows: list[RowTold]) -> Callable[[Tenant], None]:
        done = self._done + more
        return lambda tenant: advance(tenant, self._job, self._worker, done, rows)

    def _land(self, made: list[Made], after: Callable[[Tenant], None]) -> None:
        publish = bool(self._job.order.get("publish", False))
        land(self._store, self._job.merchant_id, made, publish=publish, after=after)
        for product in made:
            for path in product.files.values():
                path.unlink(missing_ok=True)

    def _beat(self) -> None:
        if self._stop.is_set():
            raise Stopped
        now_s = time.monotonic()
        if now_s - self._renewed_s >= _RENEW_S:
            self._renewed_s = now_s
            with self._store.write(self._job.merchant_id, "ingest") as tenant:
                renew(tenant, self._job, self._worker, self._step, self._fraction)

    def end(self, state: JobState, sentence: str, code: str = "", field: object = None) -> JobState | None:
        """Tell how it ended; rows that were refused are kept. None where somebody else has it now."""
        try:
            with self._store.write(self._job.merchant_id, "ingest") as tenant:
                refused = [row for row in self._rows if row.outcome == "refused"]
                advance(tenant, self._job, self._worker, self._done, refused)
                self._end_in(tenant, state, self._report(sentence, code, field))
        except LeaseLost:
            return self.cancelled()
        return state

    def cancelled(self) -> JobState | None:
        """The lease is gone: cancelled, or taken over, or the job was deleted."""
        try:
            with self._store.write(self._job.merchant_id, "ingest") as tenant:
                if get_job(tenant, self._job.id).cancel:
                    self._end_in(tenant, "cancelled", self._report("It was cancelled."))
                    return "cancelled"
        except (LeaseLost, StoreMissing):
            pass
        return None

    def _end_in(self, tenant: Tenant, state: JobState, report: Mapping[str, Any]) -> None:
        finish(tenant, self._job, self._worker, state, report)

    def _report(self, sentence: str, code: str = "", field: object = None) -> dict[str, Any]:
        told: dict[str, Any] = {"sentence": sentence}
        for kind in ("found", "fixed", "advice"):
            told[kind] = [note for which, note in self._notes if which == kind]
        if code:
            told |= {"code": code, "field": field}
        if self._kind is not None and self._kind.bulk:
            told |= {"products": self._done, "refused_rows": self._refused}
        return told


def _inside(folder: Path, path: str) -> Path:
    """A file that the process made, and no other."""
    found = folder / path
    if found.is_symlink() or not found.resolve().is_relative_to(folder.resolve()):
        raise StoreMissing("The ingest named a file that is not its own.")
    return found
