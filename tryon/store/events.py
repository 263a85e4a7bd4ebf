"""What happened in a merchant's catalogue, for whoever asks later. Nothing of a shopper is in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, tuple_

from tryon.store.store import Tenant, new_id
from tryon.store.tables import events


@dataclass(frozen=True, slots=True)
class Event:
    """``what`` such as "product.published", ``subject`` its sku or id, ``actor`` the token's prefix or "cli"."""

    id: str
    at_ms: int
    what: str
    subject: str
    actor: str


def note(tenant: Tenant, what: str, subject: str) -> None:
    """Part of the transaction that it tells of."""
    tenant.connection.execute(
        insert(events).values(
            merchant_id=tenant.merchant_id,
            id=new_id(),
            at_ms=tenant.now_ms,
            what=what,
            subject=subject[:80],
            actor=tenant.actor[:80],
        )
    )


def list_events(tenant: Tenant, limit: int, before: tuple[int, str] | None = None) -> tuple[Event, ...]:
    """The newest first; ``before`` is the time and id of the last one of the page before."""
    query = select(events.c.id, events.c.at_ms, events.c.what, events.c.subject, events.c.actor).where(
        events.c.merchant_id == tenant.merchant_id
    )
    if before is not None:
        query = query.where(tuple_(events.c.at_ms, events.c.id) < before)
    rows = tenant.connection.execute(query.order_by(events.c.at_ms.desc(), events.c.id.desc()).limit(limit))
    return tuple(Event(*row) for row in rows)
