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
    count_rows,
    finish,
    get_job,
    release,
    renew,
    waiting,
)
from tryon.store.store import Store, Tenant

_log = logging.getLogger(__name__)

# A bulk job's products land so many at a time: one wait for the disk each.
BATCH: Final = 50
# Between two renewals, unless something is told.
_RENEW_S: Final = 2.0
# What is made unit by unit lands at least so often.
_LAND_S: Final = 2.0
# A bulk job that lasted so long gives way to others that wait; a new process takes three seconds to start.
TURN_S: Final = 30.0
# Each product that breaks its process may cost the limit's whole time; an archive of such ends here.
BROKEN_MAX: Final = 10
# Input files have the names that the ingest functions know them by.
SOURCE: Final = "source"
# Fields of orders that name uploads beside the first.
MORE_UPLOADS: Final = ("side",)


class Stopped(Exception):
    """The server is about to end, or others wait: the job is to be gone on with later."""

    def __init__(self, *, behind: bool = False) -> None:
        super().__init__()
        self.behind = behind


def run_job(
    store: Store,
    settings: Settings,
    job: Job,
    worker: str,
    *,
    make_command: Command = command,
    stop: threading.Event | None = None,
    turn_s: float | None = None,
    told: Callable[[str, float], None] = lambda _step, _fraction: None,
) -> JobState | None:
    """How it ended; None where somebody else has it now, or will have: the server ends, or its database is down.

    A job by units that has lasted for ``turn_s`` gives way to others that wait. ``told`` hears what is being done and
    which share of all is done.
    """
    run = _Run(store, settings, job, worker, stop or threading.Event(), turn_s, told)
    try:
        return run.work(make_command)
    except LeaseLost:
        return run.cancelled()
    except Stopped as stopped:
        with store.write(job.merchant_id, "ingest") as tenant:
            release(tenant, job, worker, behind=stopped.behind)
    except StoreFull as error:
        return run.end("failed", error.sentence, error.code)
    except StoreDown as error:
        # Its lease runs out, and then it is tried again.
        _log.warning("an ingest breaks off: %s", error.code)
    return None


class _Run:
    def __init__(
        self,
        store: Store,
        settings: Settings,
        job: Job,
        worker: str,
        stop: threading.Event,
        turn_s: float | None,
        told: Callable[[str, float], None],
    ) -> None:
        self._store, self._settings, self._stop = store, settings, stop
        self._turn_s, self._told = turn_s, told
        self._job, self._worker = job, worker
        self._kind: Kind | None = None
        self._notes: list[list[str]] = []
        self._made: list[Made] = []
        self._rows: list[RowTold] = []
        self._done = job.done
        # The unit that is being made: sku and lines.
        self._unit: tuple[str, list[int]] | None = None
        self._broken = 0
        self._began_s = self._landed_s = time.monotonic()
        self._step, self._fraction = "starting", 0.0
        self._renewed_s = 0.0

    def work(self, make_command: Command) -> JobState | None:
        try:
            self._kind = kind_of(self._job.kind)
            while True:
                broken = self._once(make_command)
                if not isinstance(broken, TookTooLong | BrokeOff):
                    return broken
                why = _why(broken, self._settings)
                if not self._pass_over(why):
                    code = "too_slow" if isinstance(broken, TookTooLong) else "broke_off"
                    return self.end("failed", why, code)
        except (StoreFull, StoreDown):
            raise
        except TryOnError as error:
            return self.end("refused", error.sentence, error.code, error.details.get("field"))

    def _once(self, make_command: Command) -> JobState | TookTooLong | BrokeOff | None:
        """One process, from its start to its end: how the job ended, or why the process did before. Raises what landing
        raises."""
        folder = self._store.blobs.scratch("ingest")
        try:
            told = self._orders(folder)
            folder.mkdir(mode=0o700)
            process = IngestProcess(told, make_command)
            try:
                for value in process.lines(self._settings.ingest_seconds, self._beat):
                    ended = self._hear(value, folder)
                    if ended is not None:
                        return ended
            except (TookTooLong, BrokeOff) as error:
                # What was whole before lands now, for its files go with the folder.
                if self._unit is not None:
                    lines = set(self._unit[1])
                    self._made = [product for product in self._made if lines.isdisjoint(product.lines)]
                    self._rows = [row for row in self._rows if row.line not in lines]
                    self._land_batch()
                return error
            finally:
                process.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return None

    def _pass_over(self, sentence: str) -> bool:
        """Refuse the unit that broke its process, so that the next one is made; False where there is no such unit."""
        self._broken += 1
        if self._unit is None or self._broken > BROKEN_MAX:
            return False
        (sku, lines), self._unit = self._unit, None
        self._rows += [RowTold(line, "refused", sku, sentence) for line in lines]
        self._done += 1
        self._land_batch()
        return True

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
            "done": self._done,
            "memory_mb": self._settings.ingest_memory_mb,
            "seconds": self._settings.ingest_seconds,
        }

    def _hear(self, value: Mapping[str, Any], folder: Path) -> JobState | None:
        if "note" in value:
            self._notes.append([str(part) for part in value["note"]])
        elif "row" in value:
            line, sku, reason = value["row"]
            self._rows.append(RowTold(line, "refused", sku, reason))
        elif "begin" in value:
            self._begin(value["begin"], value["sku"], value["lines"])
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
            self._told(self._step, self._fraction)
        return None

    def _begin(self, number: int, sku: str, lines: list[int]) -> None:
        """All units before this one are done with. Raises Stopped where others wait for their turn."""
        self._unit, self._done = (sku, lines), number
        now_s = time.monotonic()
        late = self._turn_s is not None and now_s - self._began_s > self._turn_s and waiting(self._store)
        if late or now_s - self._landed_s > _LAND_S:
            self._landed_s = now_s
            self._land_batch()
        if late:
            raise Stopped(behind=True)

    def _finish(self, value: Mapping[str, Any]) -> JobState | None:
        if value["end"] != "done":
            return self.end(value["end"], value["sentence"], value["code"], value["field"])
        if self._kind is not None and self._kind.bulk:
            if self._unit is not None:
                self._done += 1
            self._land_batch()
            return self.end("done", "")
        self._land(
            self._made, lambda tenant: self._end_in(tenant, "done", self._report(tenant, "It is ready."))
        )
        return "done"

    def _land_batch(self) -> None:
        made, self._made = self._made, []
        rows, self._rows = self._rows, []
        by_unit = self._kind is not None and self._kind.by_unit
        more = 0 if by_unit else len(made)
        try:
            self._land(made, self._advance(more, rows))
        except (StoreInvalid, StoreTaken):
            # One of them cannot take the place of what is there; the others land.
            lines = {line for product in made for line in product.lines}
            self._rows = [row for row in rows if row.line not in lines]
            for product in made:
                self._land_alone(product)
        self._done += more

    def _land_alone(self, product: Made) -> None:
        sku = product.draft["definition"]["sku"]
        landed = [RowTold(line, "landed", sku) for line in product.lines]
        try:
            self._land([product], self._advance(0, landed))
        except (StoreInvalid, StoreTaken) as error:
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
                self._end_in(tenant, state, self._report(tenant, sentence, code, field))
        except LeaseLost:
            return self.cancelled()
        return state

    def cancelled(self) -> JobState | None:
        """The lease is gone: cancelled, or taken over, or the job was deleted."""
        try:
            with self._store.write(self._job.merchant_id, "ingest") as tenant:
                if get_job(tenant, self._job.id).cancel:
                    self._end_in(tenant, "cancelled", self._report(tenant, "It was cancelled."))
                    return "cancelled"
        except (LeaseLost, StoreMissing):
            pass
        return None

    def _end_in(self, tenant: Tenant, state: JobState, report: Mapping[str, Any]) -> None:
        finish(tenant, self._job, self._worker, state, report)

    def _report(self, tenant: Tenant, sentence: str, code: str = "", field: object = None) -> dict[str, Any]:
        told: dict[str, Any] = {"sentence": sentence}
        for kind in ("found", "fixed", "advice"):
            told[kind] = [note for which, note in self._notes if which == kind]
        if code:
            told |= {"code": code, "field": field}
        if self._kind is not None and self._kind.bulk:
            landed, refused = count_rows(tenant, self._job.id)
            told |= {"products": landed, "refused_rows": refused}
            told["sentence"] = sentence or f"{landed} products are done, {refused} rows were refused."
        return told


def _why(error: TookTooLong | BrokeOff, settings: Settings) -> str:
    if isinstance(error, BrokeOff):
        return f"Its process ended with {error.how}: it needs more than an ingest may have, or was killed."
    return f"It took longer than {settings.ingest_seconds:g} s (TRYON_INGEST_SECONDS) and was stopped."


def _inside(folder: Path, path: str) -> Path:
    """A file that the process made, and no other."""
    found = folder / path
    if found.is_symlink() or not found.resolve().is_relative_to(folder.resolve()):
        raise StoreMissing("The ingest named a file that is not its own.")
    return found
