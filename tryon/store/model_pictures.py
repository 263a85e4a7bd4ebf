"""Photos of people, on whom a merchant looks at products before shoppers do, each with its person's release.

A picture is made anew from the upload's pixels, shown to its merchant alone, and used as long as its release counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.engine import Row

from tryon.errors import StoreInvalid, StoreMissing
from tryon.store.assets import Upload, remove_upload
from tryon.store.erase import remove_blob
from tryon.store.events import note
from tryon.store.store import Store, Tenant, new_id
from tryon.store.tables import model_pictures

# All of them are drawn for a product, one after the other.
PICTURES_MAX: Final = 12
# East of here it may be tomorrow already.
_ZONES: Final = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Release:
    """What the person agreed to: ``name`` is theirs, ``terms`` what was agreed and where it is kept."""

    name: str
    signed_on: date
    terms: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ModelPicture:
    """``until_ms``: from then on it is not used; None: as long as it is not deleted."""

    id: str
    release: Release
    until_ms: int | None
    sha256: str
    width_px: int
    height_px: int
    actor: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of ours whose blob is recorded."""

    sha256: str
    width_px: int
    height_px: int


def check_release(release: Release, now_ms: int) -> int | None:
    """Until when it counts. Raises StoreInvalid where its days cannot be."""
    now = datetime.fromtimestamp(now_ms / 1000, timezone.utc)
    if release.signed_on > (now + _ZONES).date():
        raise StoreInvalid("The day of the release is still to come; when was it signed?", field="signed_on")
    # People write the last day that there is where they mean none.
    if release.expires_on is None or release.expires_on == date.max:
        return None
    if release.expires_on < release.signed_on:
        raise StoreInvalid("The release ends before it was signed; look at the two days.", field="expires_on")
    end = datetime.combine(release.expires_on + timedelta(days=1), time(), timezone.utc)
    if end <= now:
        raise StoreInvalid(
            "This release has ended already; the picture must not be used any more.", field="expires_on"
        )
    return int(end.timestamp() * 1000)


def check_room(tenant: Tenant) -> None:
    """Raises StoreInvalid where there are as many as there may be. Expired ones take no room."""
    count = tenant.connection.execute(
        select(func.count()).select_from(model_pictures).where(*_usable(tenant))
    ).scalar_one()
    if count >= PICTURES_MAX:
        raise StoreInvalid(f"There are {PICTURES_MAX} model pictures, and no more; delete one first.")


def add_picture(tenant: Tenant, picture: Picture, release: Release, upload: Upload) -> ModelPicture:
    """The upload is forgotten: it may hold more than the picture shows. Raises StoreInvalid, StoreMissing."""
    check_room(tenant)
    until_ms = check_release(release, tenant.now_ms)
    picture_id = new_id()
    tenant.connection.execute(
        insert(model_pictures).values(
            merchant_id=tenant.merchant_id,
            id=picture_id,
            name=release.name,
            terms=release.terms,
            signed_on=release.signed_on.isoformat(),
            expires_on=None if release.expires_on is None else release.expires_on.isoformat(),
            until_ms=until_ms,
            sha256=picture.sha256,
            width_px=picture.width_px,
            height_px=picture.height_px,
            actor=tenant.actor[:80],
            created_ms=tenant.now_ms,
        )
    )
    remove_upload(tenant, upload.id)
    # The log outlives the picture, and names nobody.
    note(tenant, "model.added", picture_id)
    return get_picture(tenant, picture_id)


def list_pictures(tenant: Tenant) -> tuple[ModelPicture, ...]:
    """Those whose release counts, the oldest first."""
    rows = tenant.connection.execute(
        select(model_pictures)
        .where(*_usable(tenant))
        .order_by(model_pictures.c.created_ms, model_pictures.c.id)
    )
    return tuple(_picture(row) for row in rows)


def get_picture(tenant: Tenant, picture_id: str) -> ModelPicture:
    """Raises StoreMissing, also where its release has ended."""
    row = tenant.connection.execute(
        select(model_pictures).where(*_usable(tenant), model_pictures.c.id == picture_id)
    ).one_or_none()
    if row is None:
        raise StoreMissing("There is no such model picture, or its release has ended.")
    return _picture(row)


def erase_picture(store: Store, merchant_id: str, actor: str, picture_id: str) -> None:
    """The row, and the file unless another row needs it. Raises StoreMissing."""
    with store.write(merchant_id, actor) as tenant:
        picture = get_picture(tenant, picture_id)
        tenant.connection.execute(
            delete(model_pictures).where(
                model_pictures.c.merchant_id == merchant_id, model_pictures.c.id == picture_id
            )
        )
        note(tenant, "model.deleted", picture_id)
    remove_blob(store, merchant_id, picture.sha256)


def _usable(tenant: Tenant) -> tuple[Any, ...]:
    until = model_pictures.c.until_ms
    return (
        model_pictures.c.merchant_id == tenant.merchant_id,
        or_(until.is_(None), until > tenant.now_ms),
    )


def _picture(row: Row[Any]) -> ModelPicture:
    expires = None if row.expires_on is None else date.fromisoformat(row.expires_on)
    release = Release(row.name, date.fromisoformat(row.signed_on), row.terms, expires)
    return ModelPicture(
        row.id,
        release,
        row.until_ms,
        row.sha256,
        row.width_px,
        row.height_px,
        row.actor,
        row.created_ms,
    )
