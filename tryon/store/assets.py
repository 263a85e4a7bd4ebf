"""Files of products, in versions, and uploads that wait to become such. Rows come after their blobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from tryon.errors import StoreMissing
from tryon.store.blobs import Blobs
from tryon.store.database import BLOBS_LOCK, Database
from tryon.store.events import note
from tryon.store.store import Tenant, new_id
from tryon.store.tables import assets, blobs, uploads

# What a merchant handed in, kept beside what was made of it, and shown to nobody else.
SOURCE_FILE: Final = "source.glb"
PHOTO_FILES: Final = {"jpg": "source.jpg", "png": "source.png"}
SOURCE_FILES: Final = frozenset({SOURCE_FILE, *PHOTO_FILES.values()})


@dataclass(frozen=True, slots=True)
class Asset:
    """One version of one file of a product."""

    name: str
    version: int
    sha256: str
    bytes: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in and is on the disk for good."""

    id: str
    name: str
    sha256: str
    bytes: int
    created_ms: int


def record_blob(database: Database, store: Blobs, tenant: Tenant, sha256: str, size: int) -> None:
    """Give a blob that was put its row. Raises StoreMissing where the sweeper was quicker, so that it is put again."""
    database.lock(tenant.connection, BLOBS_LOCK, shared=True)
    if not store.has(tenant.merchant_id, sha256):
        raise StoreMissing("The file was swept away before it was recorded; send it again.")
    row = {
        "merchant_id": tenant.merchant_id,
        "sha256": sha256,
        "bytes": size,
        "created_ms": tenant.now_ms,
    }
    insert_new(tenant, blobs, row)


def insert_new(tenant: Tenant, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert unless a row of that key is there; whether it was not."""
    make = sqlite.insert if tenant.connection.dialect.name == "sqlite" else postgresql.insert
    # Not by the count of rows: psycopg tells none for an INSERT that may do nothing.
    query = make(table).values(**row).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return tenant.connection.execute(query).first() is not None


def add_upload(tenant: Tenant, name: str, sha256: str, size: int) -> Upload:
    """Its blob is recorded already."""
    upload = Upload(new_id(), name[:200], sha256, size, tenant.now_ms)
    tenant.connection.execute(
        insert(uploads).values(
            merchant_id=tenant.merchant_id,
            id=upload.id,
            name=upload.name,
            sha256=sha256,
            bytes=size,
            created_ms=tenant.now_ms,
        )
    )
    note(tenant, "upload.kept", upload.id)
    return upload


_UPLOAD: Final = [uploads.c[name] for name in Upload.__dataclass_fields__]
_ASSET: Final = [assets.c[name] for name in Asset.__dataclass_fields__]


def get_upload(tenant: Tenant, upload_id: str) -> Upload:
    """Raises StoreMissing."""
    row = tenant.connection.execute(
        select(*_UPLOAD).where(uploads.c.merchant_id == tenant.merchant_id, uploads.c.id == upload_id)
    ).one_or_none()
    if row is None:
        raise StoreMissing(
            "There is no such upload, or it has expired; upload the file again.", field="upload"
        )
    return Upload(*row)


def list_uploads(tenant: Tenant, limit: int, after: str = "") -> tuple[Upload, ...]:
    """By id."""
    rows = tenant.connection.execute(
        select(*_UPLOAD)
        .where(uploads.c.merchant_id == tenant.merchant_id, uploads.c.id > after)
        .order_by(uploads.c.id)
        .limit(limit)
    )
    return tuple(Upload(*row) for row in rows)


def remove_upload(tenant: Tenant, upload_id: str) -> None:
    """Its blob goes with the next sweep, unless a product has the file. Raises StoreMissing."""
    gone = tenant.connection.execute(
        delete(uploads).where(uploads.c.merchant_id == tenant.merchant_id, uploads.c.id == upload_id)
    )
    if gone.rowcount == 0:
        raise StoreMissing("There is no such upload.")


def add_files(tenant: Tenant, product_id: str, files: Mapping[str, tuple[str, int]]) -> int:
    """New versions of these files (name to SHA-256 and size), where they differ from the newest; how many.

    Their blobs are recorded already.
    """
    current = {asset.name: asset for asset in current_files(tenant, product_id)}
    rows = [
        {
            "merchant_id": tenant.merchant_id,
            "product_id": product_id,
            "name": name,
            "version": current[name].version + 1 if name in current else 1,
            "sha256": sha256,
            "bytes": size,
            "created_ms": tenant.now_ms,
        }
        for name, (sha256, size) in sorted(files.items())
        if name not in current or current[name].sha256 != sha256
    ]
    if rows:
        tenant.connection.execute(insert(assets), rows)
    return len(rows)


def current_files(tenant: Tenant, product_id: str) -> tuple[Asset, ...]:
    """The newest version of each of the product's files, by name."""
    newest = (
        select(assets.c.name, func.max(assets.c.version).label("version"))
        .where(assets.c.merchant_id == tenant.merchant_id, assets.c.product_id == product_id)
        .group_by(assets.c.name)
        .subquery()
    )
    rows = tenant.connection.execute(
        select(*_ASSET)
        .join(newest, (assets.c.name == newest.c.name) & (assets.c.version == newest.c.version))
        .where(assets.c.merchant_id == tenant.merchant_id, assets.c.product_id == product_id)
        .order_by(assets.c.name)
    )
    return tuple(Asset(*row) for row in rows)


def current_hashes(tenant: Tenant, product_id: str) -> dict[str, str]:
    """The SHA-256 of the newest version of each file by its name, as a document has them."""
    return {asset.name: asset.sha256 for asset in current_files(tenant, product_id)}


def all_files(tenant: Tenant, product_id: str) -> tuple[Asset, ...]:
    """Every version of every file, the newest of each name first."""
    rows = tenant.connection.execute(
        select(*_ASSET)
        .where(assets.c.merchant_id == tenant.merchant_id, assets.c.product_id == product_id)
        .order_by(assets.c.name, assets.c.version.desc())
    )
    return tuple(Asset(*row) for row in rows)


def current_of_many(tenant: Tenant, product_ids: list[str]) -> dict[str, list[Asset]]:
    """``current_files`` of several products in one query."""
    found: dict[str, dict[str, Asset]] = {product_id: {} for product_id in product_ids}
    rows = tenant.connection.execute(
        select(assets.c.product_id, *_ASSET)
        .where(assets.c.merchant_id == tenant.merchant_id, assets.c.product_id.in_(product_ids))
        .order_by(assets.c.name, assets.c.version)
    )
    for product_id, *asset in rows:
        found[product_id][asset[0]] = Asset(*asset)
    return {product_id: list(files.values()) for product_id, files in found.items()}
