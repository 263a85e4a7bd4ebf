"""Products: drafts that their merchant edits, and what of them shoppers see.

A row holds both: ``definition`` and, once published, ``live``, a copy with the files as they were then. Publishing is
one UPDATE, so nothing is ever half-published. Every change raises ``version``; who changes says which one they saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Select, delete, insert, select, tuple_, update
from sqlalchemy.engine import Row

from tryon.errors import StoreConflict, StoreMissing, StoreTaken
from tryon.store import editions
from tryon.store.assets import current_hashes
from tryon.store.definition import Draft, check_same, plain, search_text, swatches
from tryon.store.events import note
from tryon.store.merchants import raise_live_version
from tryon.store.states import State, in_state
from tryon.store.store import Tenant, new_id
from tryon.store.tables import product_tags, products, variants

Order: TypeAlias = Literal["sku", "newest"]
WORDS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Item:
    """A product's row."""

    id: str
    sku: str
    kind: str
    name: str
    definition: Mapping[str, Any]
    tags: tuple[str, ...]
    price_minor: int | None
    currency: str | None
    link: str
    live: Mapping[str, Any] | None
    live_version: int | None
    seed: str | None
    archived_ms: int | None
    version: int
    created_ms: int
    updated_ms: int

    @property
    def state(self) -> State:
        """Whether shoppers see it, and whether they see what the draft says; or whether it is put away."""
        if self.archived_ms is not None:
            return "archived"
        if self.live is None:
            return "draft"
        return "live" if self.live_version == self.version else "changed"

    def as_draft(self) -> dict[str, Any]:
        """What was last asked for, as ``Draft`` takes it."""
        price = None if self.price_minor is None else {"minor": self.price_minor, "currency": self.currency}
        return {
            "definition": dict(self.definition),
            "tags": list(self.tags),
            "price": price,
            "link": self.link,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. ``words`` have all to be found; ``live`` and ``archived`` None take both."""

    words: str = ""
    kind: str = ""
    tag: str = ""
    swatch: str = ""
    live: bool | None = None
    archived: bool | None = None
    state: State | None = None
    order: Order = "sku"


_COLUMNS: Final = [products.c[name] for name in Item.__dataclass_fields__]


def create(tenant: Tenant, draft: Draft, seed: str | None = None) -> Item:
    """Raises StoreTaken where the sku is in use."""
    sku = draft.definition.sku
    if _row(tenant, sku) is not None:
        raise StoreTaken(
            f"There is a product {sku!r} already; change it with PUT, or choose another sku.",
            field="definition.sku",
        )
    product_id = new_id()
    tenant.connection.execute(
        insert(products).values(
            merchant_id=tenant.merchant_id,
            id=product_id,
            version=1,
            seed=seed,
            created_ms=tenant.now_ms,
            **_values(tenant, draft),
        )
    )
    _index(tenant, product_id, draft)
    note(tenant, "product.created", sku)
    return get(tenant, sku)


def replace(tenant: Tenant, sku: str, draft: Draft, version: int | None, seed: str | None = None) -> Item:
    """Put the draft in place of the one at ``version`` (None: of any). Raises StoreMissing, StoreConflict."""
    item = get(tenant, sku)
    check_same(draft, item.sku, item.kind)
    _change(tenant, item, version, seed=seed, **_values(tenant, draft))
    for table in (product_tags, variants):
        tenant.connection.execute(
            delete(table).where(table.c.merchant_id == tenant.merchant_id, table.c.product_id == item.id)
        )
    _index(tenant, item.id, draft)
    note(tenant, "product.changed", sku)
    return get(tenant, sku)


def remove(tenant: Tenant, sku: str, version: int | None) -> None:
    """The product, its files' rows, and what shoppers see of it. Raises StoreMissing, StoreConflict."""
    item = get(tenant, sku)
    _change(tenant, item, version)
    tenant.connection.execute(
        delete(products).where(products.c.merchant_id == tenant.merchant_id, products.c.id == item.id)
    )
    if item.live is not None:
        raise_live_version(tenant)
    note(tenant, "product.deleted", sku)


def publish(tenant: Tenant, sku: str, version: int | None, files: Mapping[str, str]) -> Item:
    """Let shoppers see the draft with these files (name to SHA-256), which the caller has checked to be whole."""
    item = get(tenant, sku)
    live = {**item.as_draft(), "files": dict(sorted(files.items()))}
    if item.state == "live" and item.live == live and version in (None, item.version):
        return item
    seen = item.version if version is None else version
    _change(tenant, item, version, live=live, live_version=seen + 1, archived_ms=None)
    if item.live is not None and item.live_version is not None:
        editions.keep(tenant, item.id, item.live_version, item.live, item.updated_ms)
    editions.keep(tenant, item.id, seen + 1, live, tenant.now_ms)
    raise_live_version(tenant)
    note(tenant, "product.published", sku)
    return get(tenant, sku)


def publish_earlier(tenant: Tenant, sku: str, live: Mapping[str, Any]) -> Item:
    """Let shoppers see a document that was a draft once; the draft stays as it is, as a newer one."""
    # Its number has to be one that no edition has.
    _change(tenant, get(tenant, sku), None)
    item = get(tenant, sku)
    _change(tenant, item, None, live=dict(live), live_version=item.version, archived_ms=None)
    if item.live is not None and item.live_version is not None:
        editions.keep(tenant, item.id, item.live_version, item.live, item.updated_ms)
    editions.keep(tenant, item.id, item.version, live, tenant.now_ms)
    raise_live_version(tenant)
    note(tenant, "product.published", sku)
    return get(tenant, sku)


def unpublish(tenant: Tenant, sku: str, version: int | None) -> Item:
    """Take it from the shoppers; the draft stays. Raises StoreMissing, StoreConflict."""
    item = get(tenant, sku)
    if item.live is None and version in (None, item.version):
        return item
    _change(tenant, item, version, live=None, live_version=None, seed=None)
    raise_live_version(tenant)
    note(tenant, "product.unpublished", sku)
    return get(tenant, sku)


def archive(tenant: Tenant, sku: str, version: int | None) -> Item:
    """Put it away: from the shoppers, and out of the lists. Raises StoreMissing, StoreConflict."""
    item = get(tenant, sku)
    if item.archived_ms is not None and version in (None, item.version):
        return item
    _change(tenant, item, version, live=None, live_version=None, seed=None, archived_ms=tenant.now_ms)
    if item.live is not None:
        raise_live_version(tenant)
    note(tenant, "product.archived", sku)
    return get(tenant, sku)


def restore(tenant: Tenant, sku: str, version: int | None) -> Item:
    """Take it out again, as a draft. Raises StoreMissing, StoreConflict."""
    item = get(tenant, sku)
    if item.archived_ms is None and version in (None, item.version):
        return item
    _change(tenant, item, version, archived_ms=None)
    note(tenant, "product.restored", sku)
    return get(tenant, sku)


def touch(tenant: Tenant, sku: str) -> Item:
    """Raise the version: a file of the product is another."""
    _change(tenant, get(tenant, sku), None, seed=None)
    return get(tenant, sku)


def get(tenant: Tenant, sku: str) -> Item:
    """Raises StoreMissing."""
    row = _row(tenant, sku)
    if row is None:
        raise StoreMissing(f"There is no product {sku[:64]!r}.")
    return _item(row)


def get_with_files(tenant: Tenant, sku: str) -> tuple[Item, dict[str, str]]:
    """A product, and its newest files' SHA-256 by name. Raises StoreMissing."""
    item = get(tenant, sku)
    return item, current_hashes(tenant, item.id)


def find(tenant: Tenant, sku: str) -> Item | None:
    """None where there is no such product."""
    row = _row(tenant, sku)
    return None if row is None else _item(row)


def page(
    tenant: Tenant, wanted: Wanted, limit: int, after: tuple[int, str] | None = None
) -> tuple[Item, ...]:
    """So many from the one after ``after`` on: the last one's updated_ms and sku."""
    query = _narrowed(tenant, wanted)
    if wanted.order == "sku":
        if after is not None:
            query = query.where(products.c.sku > after[1])
        query = query.order_by(products.c.sku)
    else:
        if after is not None:
            query = query.where(tuple_(products.c.updated_ms, products.c.sku) < after)
        query = query.order_by(products.c.updated_ms.desc(), products.c.sku.desc())
    return tuple(_item(row) for row in tenant.connection.execute(query.limit(limit)))


def all_live(tenant: Tenant) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Sku, edition and live document of everything that shoppers see, by sku. An edition never comes again."""
    rows = tenant.connection.execute(
        select(products.c.sku, products.c.id, products.c.live_version, products.c.live)
        .where(products.c.merchant_id == tenant.merchant_id, products.c.live.is_not(None))
        .order_by(products.c.sku)
    )
    return [(row.sku, f"{row.id}-{row.live_version}", row.live) for row in rows]


def _narrowed(tenant: Tenant, wanted: Wanted) -> Select[Any]:
    query = select(*_COLUMNS).where(products.c.merchant_id == tenant.merchant_id)
    # No text has a NUL in it, and PostgreSQL does not even compare with one.
    words = wanted.words.casefold().replace("\0", "\ufffe").split()
    for word in words[:WORDS_MAX]:
        query = query.where(products.c.search.contains(word, autoescape=True))
    if wanted.kind:
        query = query.where(products.c.kind == wanted.kind)
    for table, column, value in (
        (product_tags, product_tags.c.tag, wanted.tag),
        (variants, variants.c.swatch, wanted.swatch),
    ):
        if value:
            query = query.where(
                products.c.id.in_(
                    select(table.c.product_id).where(
                        table.c.merchant_id == tenant.merchant_id, column == value
                    )
                )
            )
    if wanted.live is not None:
        query = query.where(products.c.live.is_not(None) if wanted.live else products.c.live.is_(None))
    if wanted.archived is not None:
        away = products.c.archived_ms
        query = query.where(away.is_not(None) if wanted.archived else away.is_(None))
    if wanted.state is not None:
        query = query.where(in_state(wanted.state))
    return query


def _change(tenant: Tenant, item: Item, version: int | None, **values: object) -> None:
    """Write and raise the version; both are refused where somebody else was quicker."""
    seen = item.version if version is None else version
    changed = tenant.connection.execute(
        update(products)
        .where(
            products.c.merchant_id == tenant.merchant_id,
            products.c.id == item.id,
            products.c.version == seen,
        )
        .values(**{"updated_ms": tenant.now_ms, **values, "version": seen + 1})
    )
    if changed.rowcount == 0:
        check_version(get(tenant, item.sku), seen)


def check_version(item: Item, version: int | None) -> None:
    """Raises StoreConflict unless it is at this version; None is any."""
    if version is not None and version != item.version:
        raise StoreConflict(
            f"{item.sku!r} is at version {item.version}, not {version}; read it again and repeat the change.",
            given_version=version,
            current_version=item.version,
        )


def _values(tenant: Tenant, draft: Draft) -> dict[str, Any]:
    definition = draft.definition
    return {
        "sku": definition.sku,
        "kind": definition.kind,
        "name": definition.name,
        "search": search_text(draft),
        "tags": list(draft.tags),
        "price_minor": None if draft.price is None else draft.price.minor,
        "currency": None if draft.price is None else draft.price.currency,
        "link": draft.link,
        "definition": plain(definition),
        "updated_ms": tenant.now_ms,
    }


def _index(tenant: Tenant, product_id: str, draft: Draft) -> None:
    own = {"merchant_id": tenant.merchant_id, "product_id": product_id}
    tags = [{**own, "tag": tag} for tag in dict.fromkeys(draft.tags)]
    if tags:
        tenant.connection.execute(insert(product_tags), tags)
    rows = [
        {**own, "position": position, "variant_id": variant_id, "name": name, "swatch": swatch}
        for position, (variant_id, name, swatch) in enumerate(swatches(draft.definition))
    ]
    if rows:
        tenant.connection.execute(insert(variants), rows)


def _row(tenant: Tenant, sku: str) -> Row[Any] | None:
    return tenant.connection.execute(
        select(*_COLUMNS).where(products.c.merchant_id == tenant.merchant_id, products.c.sku == sku)
    ).one_or_none()


def _item(row: Row[Any]) -> Item:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
    return Item(**{**values, "tags": tuple(values["tags"])})
