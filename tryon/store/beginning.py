"""How far a merchant has come with products of their own; those that come with Tryon do not count."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from tryon.store import storefront
from tryon.store.store import Tenant
from tryon.store.tables import products


@dataclass(frozen=True, slots=True)
class Beginning:
    """Sku and name of the newest own draft that was never shown, or None; whether shoppers see an own product;
    whether a shop's pages may have the mirror."""

    draft: tuple[str, str] | None
    shown: bool
    embedded: bool


def beginning_of(tenant: Tenant) -> Beginning:
    own = (
        (products.c.merchant_id == tenant.merchant_id)
        & products.c.seed.is_(None)
        & products.c.archived_ms.is_(None)
    )
    shown = select(products.c.id).where(own, products.c.live_version.is_not(None)).limit(1)
    draft = (
        select(products.c.sku, products.c.definition)
        .where(own, products.c.live_version.is_(None))
        .order_by(products.c.updated_ms.desc(), products.c.sku)
        .limit(1)
    )
    found = tenant.connection.execute(draft).first()
    return Beginning(
        draft=None if found is None else (str(found.sku), str(found.definition.get("name", found.sku))),
        shown=tenant.connection.execute(shown).first() is not None,
        embedded=bool(storefront.get(tenant).front.origins),
    )
