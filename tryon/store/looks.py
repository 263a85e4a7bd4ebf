"""Looks that a merchant put together: products, shades and strengths under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from tryon.errors import StoreConflict, StoreInvalid, StoreMissing
from tryon.store.events import note
from tryon.store.products import find
from tryon.store.store import Tenant, new_id
from tryon.store.tables import looks

LOOKS_MAX: Final = 5000


@dataclass(frozen=True, slots=True)
class SavedLook:
    """``items`` as in the socket's protocol: sku, shade, strength, power."""

    id: str
    name: str
    items: tuple[Mapping[str, Any], ...]
    version: int
    created_ms: int
    updated_ms: int


_COLUMNS: Final = [looks.c[name] for name in SavedLook.__dataclass_fields__]


def save(tenant: Tenant, name: str, items: Sequence[Mapping[str, Any]]) -> SavedLook:
    """Raises StoreInvalid where a product or a shade is unknown."""
    _check(tenant, items)
    many = tenant.connection.execute(
        select(looks.c.id).where(looks.c.merchant_id == tenant.merchant_id).limit(LOOKS_MAX)
    ).all()
    if len(many) >= LOOKS_MAX:
        raise StoreInvalid(f"A merchant has at most {LOOKS_MAX} looks; delete some.")
    look_id = new_id()
    tenant.connection.execute(
        insert(looks).values(
            merchant_id=tenant.merchant_id,
            id=look_id,
            name=name,
            items=[dict(item) for item in items],
            version=1,
            created_ms=tenant.now_ms,
            updated_ms=tenant.now_ms,
        )
    )
    note(tenant, "look.created", look_id)
    return get_look(tenant, look_id)


def replace_look(
    tenant: Tenant, look_id: str, name: str, items: Sequence[Mapping[str, Any]], version: int
) -> SavedLook:
    """Raises StoreMissing, StoreInvalid, StoreConflict."""
    get_look(tenant, look_id)
    _check(tenant, items)
    changed = tenant.connection.execute(
        update(looks)
        .where(looks.c.merchant_id == tenant.merchant_id, looks.c.id == look_id, looks.c.version == version)
        .values(
            name=name, items=[dict(item) for item in items], version=version + 1, updated_ms=tenant.now_ms
        )
    )
    _unless_changed(tenant, look_id, version, changed.rowcount)
    note(tenant, "look.changed", look_id)
    return get_look(tenant, look_id)


def remove_look(tenant: Tenant, look_id: str, version: int) -> None:
    """Raises StoreMissing, StoreConflict."""
    get_look(tenant, look_id)
    gone = tenant.connection.execute(
        delete(looks).where(
            looks.c.merchant_id == tenant.merchant_id, looks.c.id == look_id, looks.c.version == version
        )
    )
    _unless_changed(tenant, look_id, version, gone.rowcount)
    note(tenant, "look.deleted", look_id)


def get_look(tenant: Tenant, look_id: str) -> SavedLook:
    """Raises StoreMissing."""
    row = tenant.connection.execute(
        select(*_COLUMNS).where(looks.c.merchant_id == tenant.merchant_id, looks.c.id == look_id)
    ).one_or_none()
    if row is None:
        raise StoreMissing("There is no such look.")
    return _look(row)


def list_looks(tenant: Tenant, limit: int, after: str = "") -> tuple[SavedLook, ...]:
    """By id."""
    rows = tenant.connection.execute(
        select(*_COLUMNS)
        .where(looks.c.merchant_id == tenant.merchant_id, looks.c.id > after)
        .order_by(looks.c.id)
        .limit(limit)
    )
    return tuple(_look(row) for row in rows)


def _check(tenant: Tenant, items: Sequence[Mapping[str, Any]]) -> None:
    for number, item in enumerate(items):
        product = find(tenant, str(item["sku"]))
        if product is None:
            raise StoreInvalid(f"There is no product {item['sku']!r}.", field=f"items.{number}.sku")
        known = [
            each["id"]
            for each in (product.definition.get("shades") or product.definition.get("lenses") or ())
        ]
        if item.get("shade") is not None and item["shade"] not in known:
            raise StoreInvalid(
                f"{item['sku']!r} has no shade {item['shade']!r}; it has {', '.join(known) or 'none'}.",
                field=f"items.{number}.shade",
            )


def _unless_changed(tenant: Tenant, look_id: str, version: int, rows: int) -> None:
    if rows == 0:
        current = get_look(tenant, look_id).version
        raise StoreConflict(
            f"The look is at version {current}, not {version}; read it again and repeat the change.",
            given_version=version,
            current_version=current,
        )


def _look(row: Row[Any]) -> SavedLook:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
    return SavedLook(**{**values, "items": tuple(values["items"])})
