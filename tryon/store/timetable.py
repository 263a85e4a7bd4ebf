"""What is to be published, or taken from the mirror, at a later time.

What is published then is the draft as it was when it was scheduled: whoever looked at it has approved that, and what is
changed afterwards stays a draft. Times are the server's wall clock. Due rows are done by whichever process sees them
first: row and product change in one transaction, so each is done once, also after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from tryon.errors import StoreInvalid, StoreMissing, TryOnError
from tryon.store import products
from tryon.store.events import note
from tryon.store.folder import check_whole
from tryon.store.products import Item
from tryon.store.schedule_tables import schedules
from tryon.store.store import Store, Tenant

Act: TypeAlias = Literal["publish", "unpublish"]
ACTS: Final[tuple[Act, ...]] = get_args(Act)
# Pending; done; or dropped, for a reason that is told.
Outcome: TypeAlias = Literal["pending", "done", "dropped"]
# A later one is a slip of the keyboard.
AHEAD_MS_MAX: Final = 2 * 366 * 24 * 3600 * 1000
# What became of it is told for so long.
NEWS_MS: Final = 30 * 24 * 3600 * 1000
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Planned:
    """``version`` is the product's when it was planned, ``document`` what will be shown, ``sentence`` why it was
    dropped."""

    merchant_id: str
    product_id: str
    sku: str
    act: Act
    at_ms: int
    version: int
    document: Mapping[str, Any] | None
    outcome: Outcome
    sentence: str
    actor: str
    created_ms: int
    ended_ms: int | None


_COLUMNS: Final = [schedules.c[name] for name in Planned.__dataclass_fields__]


def plan(
    tenant: Tenant, sku: str, act: Act, at_ms: int, version: int | None, files: Mapping[str, str]
) -> Planned:
    """In place of what was planned of that act before. The caller has checked that the files make the draft whole.

    Raises StoreMissing, StoreConflict, StoreInvalid.
    """
    item = products.get(tenant, sku)
    products.check_version(item, version)
    if at_ms <= tenant.now_ms:
        raise StoreInvalid("That moment has passed; choose a later one.", field="at_ms")
    if at_ms > tenant.now_ms + AHEAD_MS_MAX:
        raise StoreInvalid("That is more than two years ahead; choose an earlier moment.", field="at_ms")
    if item.archived_ms is not None:
        raise StoreInvalid("It is put away; take it out again first.", field="sku")
    other = next(
        (one for one in list_planned(tenant, sku) if one.act != act and one.outcome == "pending"), None
    )
    if act == "unpublish" and item.live is None and (other is None or other.at_ms >= at_ms):
        raise StoreInvalid("Shoppers do not see it then; plan its publication first.", field="at_ms")
    document = {**item.as_draft(), "files": dict(sorted(files.items()))} if act == "publish" else None
    _forget(tenant, item.id, act)
    tenant.connection.execute(
        insert(schedules).values(
            merchant_id=tenant.merchant_id,
            product_id=item.id,
            sku=sku,
            act=act,
            at_ms=at_ms,
            version=item.version,
            document=document,
            outcome="pending",
            sentence="",
            actor=tenant.actor[:80],
            created_ms=tenant.now_ms,
        )
    )
    note(tenant, f"product.{act}_planned", sku)
    return get_planned(tenant, sku, act)


def cancel(tenant: Tenant, sku: str, act: Act) -> None:
    """Also takes the news away of one that has ended. Raises StoreMissing."""
    planned = get_planned(tenant, sku, act)
    _forget(tenant, planned.product_id, act)
    if planned.outcome == "pending":
        note(tenant, f"product.{act}_cancelled", sku)


def list_planned(tenant: Tenant, sku: str) -> tuple[Planned, ...]:
    """Of one product, pending and ended, by time. Raises StoreMissing."""
    item = products.get(tenant, sku)
    rows = tenant.connection.execute(
        select(*_COLUMNS)
        .where(schedules.c.merchant_id == tenant.merchant_id, schedules.c.product_id == item.id)
        .order_by(schedules.c.at_ms, schedules.c.act)
    )
    return tuple(_planned(row) for row in rows)


def next_of_all(tenant: Tenant) -> dict[str, Planned]:
    """By sku, what comes next of the merchant's products that anything is planned for."""
    rows = tenant.connection.execute(
        select(*_COLUMNS)
        .where(schedules.c.merchant_id == tenant.merchant_id, schedules.c.outcome == "pending")
        .order_by(schedules.c.at_ms.desc())
    )
    return {row.sku: _planned(row) for row in rows}


def get_planned(tenant: Tenant, sku: str, act: Act) -> Planned:
    """Raises StoreMissing."""
    for planned in list_planned(tenant, sku):
        if planned.act == act:
            return planned
    raise StoreMissing("Nothing of that kind is planned for it.")


def run_due(store: Store) -> int:
    """Do what is due, of every merchant, the earliest first; how many were done here. Raises StoreDown, after the
    others were done."""
    with store.database.read() as connection:
        # The whole server's clockwork: each row names its merchant.
        rows = connection.execute(
            select(*_COLUMNS)
            .where(schedules.c.outcome == "pending", schedules.c.at_ms <= store.now_ms())
            .order_by(schedules.c.at_ms, schedules.c.act)
            .limit(_AT_ONCE)
        ).all()
    done, failure = 0, None
    for row in rows:
        try:
            done += _run(store, _planned(row))
        except TryOnError as error:  # noqa: PERF203 - there are few
            # Of one product; it keeps no other waiting, and stays due.
            failure = error
    if failure is not None:
        raise failure
    return done


def _run(store: Store, planned: Planned) -> bool:
    sentence = ""
    if planned.document is not None:
        try:
            check_whole(store.blobs, planned.merchant_id, planned.document)
        except (StoreInvalid, StoreMissing) as error:
            sentence = error.sentence
    try:
        with store.write(planned.merchant_id, planned.actor) as tenant:
            if not _take(tenant, planned):
                return False
            sentence = sentence or _why_not(products.get(tenant, planned.sku), planned)
            if sentence:
                _end(tenant, planned, "dropped", sentence)
                note(tenant, f"product.{planned.act}_dropped", planned.sku)
            else:
                _do(tenant, planned)
                _end(tenant, planned, "done", "")
    except StoreMissing:
        # Deleted a moment ago, and what was planned with it.
        return False
    return True


def _take(tenant: Tenant, planned: Planned) -> bool:
    """Whether it is still to be done, and by us: PostgreSQL keeps another process waiting here until we are through."""
    changed = tenant.connection.execute(
        update(schedules)
        .where(
            *_own(tenant, planned.product_id, planned.act),
            schedules.c.outcome == "pending",
            schedules.c.at_ms == planned.at_ms,
            schedules.c.created_ms == planned.created_ms,
        )
        .values(outcome="done")
    )
    return changed.rowcount > 0


def _why_not(item: Item, planned: Planned) -> str:
    """Empty where nothing is in its way."""
    if item.archived_ms is not None:
        return "" if planned.act == "unpublish" else "It had been put away meanwhile."
    newer = item.live_version is not None and item.live_version > planned.version
    if planned.act == "publish" and newer:
        return "A newer version had been published meanwhile; shoppers see that one."
    return ""


def _do(tenant: Tenant, planned: Planned) -> None:
    if planned.document is None:
        products.unpublish(tenant, planned.sku, None)
        return
    item, files = products.get_with_files(tenant, planned.sku)
    if {**item.as_draft(), "files": files} == planned.document:
        products.publish(tenant, planned.sku, None, files)
    else:
        products.publish_earlier(tenant, planned.sku, planned.document)


def _end(tenant: Tenant, planned: Planned, outcome: Outcome, sentence: str) -> None:
    tenant.connection.execute(
        update(schedules)
        .where(*_own(tenant, planned.product_id, planned.act))
        .values(outcome=outcome, sentence=sentence, ended_ms=tenant.now_ms)
    )


def _forget(tenant: Tenant, product_id: str, act: Act) -> None:
    tenant.connection.execute(delete(schedules).where(*_own(tenant, product_id, act)))


def _own(tenant: Tenant, product_id: str, act: Act) -> tuple[Any, ...]:
    return (
        schedules.c.merchant_id == tenant.merchant_id,
        schedules.c.product_id == product_id,
        schedules.c.act == act,
    )


def _planned(row: Row[Any]) -> Planned:
    return Planned(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
