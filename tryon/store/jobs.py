"""Jobs: what was asked to be made of uploads, by whom it is being made, and how far it is.

Whoever runs a job holds a lease and renews it with every word of progress. Where a process dies, its lease runs out and
another one takes the job over; what it writes at the end is one transaction, so a job is done once or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, case, delete, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.engine import Row

from tryon.errors import StoreInvalid, StoreMissing
from tryon.store.database import JOBS_LOCK
from tryon.store.events import note
from tryon.store.store import Store, Tenant, new_id
from tryon.store.tables import job_rows, jobs, uploads

JobState: TypeAlias = Literal["queued", "running", "done", "refused", "failed", "cancelled"]
ENDED: Final = ("done", "refused", "failed", "cancelled")
# A process that does not renew in this time has died, or its machine sleeps.
LEASE_MS: Final = 15_000
# A job that kills its process again and again is given up.
ATTEMPTS_MAX: Final = 3
# A merchant's own share of the queue.
WAITING_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Job:
    """``order`` is what was asked for; ``report`` what was found, fixed and refused."""

    merchant_id: str
    id: str
    kind: str
    state: JobState
    order: Mapping[str, Any]
    upload_id: str | None
    step: str
    fraction: float
    report: Mapping[str, Any]
    done: int
    attempts: int
    cancel: bool
    created_ms: int
    ended_ms: int | None


@dataclass(frozen=True, slots=True)
class RowTold:
    """What became of one row of a bulk job; ``line`` is that of the file, from 1."""

    line: int
    outcome: Literal["landed", "refused"]
    sku: str
    reason: str = ""


class LeaseLost(Exception):
    """Somebody else has taken the job over, or it was cancelled or deleted."""


_COLUMNS: Final = [jobs.c[name] for name in Job.__dataclass_fields__]


def submit(tenant: Tenant, kind: str, order: Mapping[str, Any], upload_id: str | None = None) -> Job:
    """Put it at the queue's end. Raises StoreInvalid where the merchant's queue is full."""
    waiting = tenant.connection.execute(
        select(jobs.c.id)
        .where(jobs.c.merchant_id == tenant.merchant_id, jobs.c.state.in_(("queued", "running")))
        .limit(WAITING_MAX)
    ).all()
    if len(waiting) >= WAITING_MAX:
        raise StoreInvalid(f"{WAITING_MAX} jobs are waiting already; wait for some to end.")
    job_id = new_id()
    tenant.connection.execute(
        insert(jobs).values(
            merchant_id=tenant.merchant_id,
            id=job_id,
            kind=kind,
            state="queued",
            order=dict(order),
            upload_id=upload_id,
            step="",
            fraction=0.0,
            report={},
            done=0,
            attempts=0,
            cancel=False,
            created_ms=tenant.now_ms,
            lease_ms=0,
            worker="",
        )
    )
    note(tenant, "job.submitted", job_id)
    return get_job(tenant, job_id)


def get_job(tenant: Tenant, job_id: str) -> Job:
    """Raises StoreMissing."""
    row = tenant.connection.execute(
        select(*_COLUMNS).where(jobs.c.merchant_id == tenant.merchant_id, jobs.c.id == job_id)
    ).one_or_none()
    if row is None:
        raise StoreMissing("There is no such job.")
    return _job(row)


def list_jobs(
    tenant: Tenant, limit: int, before: tuple[int, str] | None = None, sku: str = ""
) -> tuple[Job, ...]:
    """The newest first; ``before`` is the time and id of the last one of the page before, ``sku`` its product's."""
    query = select(*_COLUMNS).where(jobs.c.merchant_id == tenant.merchant_id)
    if sku:
        query = query.where(jobs.c.order["sku"].as_string() == sku)
    if before is not None:
        query = query.where(tuple_(jobs.c.created_ms, jobs.c.id) < before)
    rows = tenant.connection.execute(query.order_by(jobs.c.created_ms.desc(), jobs.c.id.desc()).limit(limit))
    return tuple(_job(row) for row in rows)


def list_rows(tenant: Tenant, job_id: str, limit: int, after: int = 0) -> tuple[RowTold, ...]:
    """What became of a bulk job's rows, by line."""
    rows = tenant.connection.execute(
        select(job_rows.c.line, job_rows.c.outcome, job_rows.c.sku, job_rows.c.reason)
        .where(
            job_rows.c.merchant_id == tenant.merchant_id,
            job_rows.c.job_id == job_id,
            job_rows.c.line > after,
        )
        .order_by(job_rows.c.line)
        .limit(limit)
    )
    return tuple(RowTold(*row) for row in rows)


def count_rows(tenant: Tenant, job_id: str) -> tuple[int, int]:
    """Products that have landed of a bulk job, and rows that were refused."""
    own = (job_rows.c.merchant_id == tenant.merchant_id) & (job_rows.c.job_id == job_id)
    landed = select(func.count(job_rows.c.sku.distinct())).where(own, job_rows.c.outcome == "landed")
    refused = select(func.count()).select_from(job_rows).where(own, job_rows.c.outcome == "refused")
    return tenant.connection.execute(landed).scalar_one(), tenant.connection.execute(refused).scalar_one()


def cancel(tenant: Tenant, job_id: str) -> Job:
    """A waiting job ends at once, a running one soon; one that has ended stays as it is. Raises StoreMissing."""
    own = (jobs.c.merchant_id == tenant.merchant_id) & (jobs.c.id == job_id)
    get_job(tenant, job_id)
    ended = tenant.connection.execute(
        update(jobs)
        .where(own, jobs.c.state == "queued")
        .values(state="cancelled", ended_ms=tenant.now_ms, cancel=True)
    )
    if ended.rowcount == 0:
        tenant.connection.execute(update(jobs).where(own, jobs.c.state == "running").values(cancel=True))
    return get_job(tenant, job_id)


def take_next(store: Store, worker: str, only: str | None = None) -> Job | None:
    """The oldest that waits, or whose runner died, leased to ``worker``; None while another one runs.

    One at a time in the whole server: the cores are the shoppers'. ``only`` takes this very job, beside others.
    """
    with store.database.write() as connection:
        store.database.lock(connection, JOBS_LOCK)
        now_ms = store.now_ms()
        held = (jobs.c.state == "running") & (jobs.c.lease_ms > now_ms)
        if only is None and connection.execute(select(jobs.c.id).where(held).limit(1)).first():
            return None
        free = or_(jobs.c.state == "queued", (jobs.c.state == "running") & (jobs.c.lease_ms <= now_ms))
        # Whoever gave way to others comes after them.
        turn = case((jobs.c.state == "queued", jobs.c.lease_ms), else_=0)
        query = select(*_COLUMNS).where(free).order_by(turn, jobs.c.created_ms, jobs.c.id).limit(1)
        row = connection.execute(query if only is None else query.where(jobs.c.id == only)).one_or_none()
        if row is None:
            return None
        job = _job(row)
        tenant = Tenant(connection, job.merchant_id, now_ms, "ingest")
        if job.cancel or job.attempts >= ATTEMPTS_MAX:
            state: JobState = "cancelled" if job.cancel else "failed"
            sentence = "" if job.cancel else f"It broke off {job.attempts} times; try another file."
            _end(tenant, job.id, state, {**job.report, "sentence": sentence})
            return None
        connection.execute(
            update(jobs)
            .where(jobs.c.merchant_id == job.merchant_id, jobs.c.id == job.id)
            .values(state="running", worker=worker, lease_ms=now_ms + LEASE_MS, attempts=job.attempts + 1)
        )
        return get_job(tenant, job.id)


def is_awaited() -> ColumnElement[bool]:
    """Whether an upload, of the query that this is part of, is still to be made something of."""
    # A photo of the side comes beside the first.
    named = (jobs.c.upload_id == uploads.c.id) | (jobs.c.order["side"].as_string() == uploads.c.id)
    return exists(
        select(jobs.c.id).where(
            jobs.c.merchant_id == uploads.c.merchant_id, named, jobs.c.state.in_(("queued", "running"))
        )
    )


def waiting(store: Store) -> bool:
    """Whether ``take_next`` may find something; it writes, this only looks."""
    with store.database.read() as connection:
        free = or_(
            jobs.c.state == "queued", (jobs.c.state == "running") & (jobs.c.lease_ms <= store.now_ms())
        )
        return connection.execute(select(jobs.c.id).where(free).limit(1)).first() is not None


def release(tenant: Tenant, job: Job, worker: str, *, behind: bool = False) -> None:
    """Give it back unfinished, through no fault of its own: whoever comes next takes it at once, or, ``behind``, after
    those that wait now."""
    lease_ms = tenant.now_ms if behind else 0
    tenant.connection.execute(
        _mine(tenant, job, worker).values(
            state="queued", worker="", lease_ms=lease_ms, attempts=max(0, job.attempts - 1)
        )
    )


def renew(tenant: Tenant, job: Job, worker: str, step: str, fraction: float) -> None:
    """Hold the lease for longer, and tell how far it is. Raises LeaseLost."""
    changed = tenant.connection.execute(
        _mine(tenant, job, worker)
        .where(jobs.c.cancel.is_(False))
        .values(step=step[:80], fraction=min(max(fraction, 0.0), 1.0), lease_ms=tenant.now_ms + LEASE_MS)
    )
    if changed.rowcount == 0:
        raise LeaseLost


def advance(tenant: Tenant, job: Job, worker: str, done: int, rows: Sequence[RowTold]) -> None:
    """Part of the transaction in which these groups of rows land: where the job goes on after a crash.

    A job that gets on is not given up, however often its process dies. Raises LeaseLost.
    """
    got_on = {"attempts": 1} if done > job.done else {}
    changed = tenant.connection.execute(
        _mine(tenant, job, worker).values(done=done, lease_ms=tenant.now_ms + LEASE_MS, **got_on)
    )
    if changed.rowcount == 0:
        raise LeaseLost
    if rows:
        told = [
            {
                "merchant_id": tenant.merchant_id,
                "job_id": job.id,
                "line": row.line,
                "outcome": row.outcome,
                "sku": row.sku[:64],
                "reason": row.reason,
            }
            for row in rows
        ]
        tenant.connection.execute(
            delete(job_rows).where(
                job_rows.c.merchant_id == tenant.merchant_id,
                job_rows.c.job_id == job.id,
                job_rows.c.line.in_([row.line for row in rows]),
            )
        )
        tenant.connection.execute(insert(job_rows), told)


def finish(tenant: Tenant, job: Job, worker: str, state: JobState, report: Mapping[str, Any]) -> None:
    """Part of the transaction that publishes what was made. Raises LeaseLost."""
    if tenant.connection.execute(_mine(tenant, job, worker).values(worker="")).rowcount == 0:
        raise LeaseLost
    _end(tenant, job.id, state, report)
    note(tenant, f"job.{state}", job.id)


def _mine(tenant: Tenant, job: Job, worker: str) -> Any:
    return update(jobs).where(
        jobs.c.merchant_id == tenant.merchant_id,
        jobs.c.id == job.id,
        jobs.c.state == "running",
        jobs.c.worker == worker,
    )


def _end(tenant: Tenant, job_id: str, state: JobState, report: Mapping[str, Any]) -> None:
    tenant.connection.execute(
        update(jobs)
        .where(jobs.c.merchant_id == tenant.merchant_id, jobs.c.id == job_id)
        .values(
            state=state,
            report=dict(report),
            ended_ms=tenant.now_ms,
            lease_ms=0,
            **({"fraction": 1.0} if state == "done" else {}),
        )
    )


def _job(row: Row[Any]) -> Job:
    return Job(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
