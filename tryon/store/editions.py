"""What shoppers were shown at some time: each publication is kept, and can be gone back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select

from tryon.errors import StoreMissing
from tryon.store.assets import insert_new
from tryon.store.store import Tenant
from tryon.store.tables import editions

# Enough to find what was right; older ones go.
EDITIONS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Edition:
    """``number`` is the product's version of that time; ``document`` its draft and files (name to SHA-256)."""

    number: int
    document: Mapping[str, Any]
    actor: str
    created_ms: int


_COLUMNS: Final = [editions.c[name] for name in Edition.__dataclass_fields__]


def keep(tenant: Tenant, product_id: str, number: int, document: Mapping[str, Any], at_ms: int) -> None:
    """Part of the transaction that publishes. One that is kept already stays as it is."""
    row = {
        "merchant_id": tenant.merchant_id,
        "product_id": product_id,
        "number": number,
        "document": dict(document),
        "actor": tenant.actor[:80],
        "created_ms": at_ms,
    }
    insert_new(tenant, editions, row)
    own = (editions.c.merchant_id == tenant.merchant_id) & (editions.c.product_id == product_id)
    oldest = tenant.connection.execute(
        select(editions.c.number).where(own).order_by(editions.c.number.desc()).offset(EDITIONS_MAX).limit(1)
    ).scalar()
    if oldest is not None:
        tenant.connection.execute(delete(editions).where(own, editions.c.number <= oldest))


def list_editions(tenant: Tenant, product_id: str) -> tuple[Edition, ...]:
    """The newest first."""
    rows = tenant.connection.execute(
        select(*_COLUMNS)
        .where(editions.c.merchant_id == tenant.merchant_id, editions.c.product_id == product_id)
        .order_by(editions.c.number.desc())
    )
    return tuple(Edition(*row) for row in rows)


def get_edition(tenant: Tenant, product_id: str, number: int) -> Edition:
    """Raises StoreMissing."""
    for edition in list_editions(tenant, product_id):
        if edition.number == number:
            return edition
    raise StoreMissing("There is no such version any more; look at the list again.", field="edition")
