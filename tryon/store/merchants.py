"""Merchants, and the tokens with which programs act for them.

A token is ``tryon_PREFIX_SECRET``: 256 random bits, so a plain SHA-256 of it can be stored and looked up quickly. It is
shown once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from tryon.errors import StoreConflict, StoreInvalid, StoreMissing, StoreTaken
from tryon.store.events import note
from tryon.store.store import Store, Tenant, new_id
from tryon.store.tables import merchants, tokens

Scope: TypeAlias = Literal["read", "write", "publish", "embed", "tokens"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
TOKENS_MAX: Final = 200
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TOKEN: Final = re.compile(r"tryon_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Merchant:
    """``live_version`` rises with every change of what shoppers see."""

    id: str
    slug: str
    name: str
    live_version: int
    version: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Token:
    """All of a token but its secret. ``revoked_ms`` is None while it works."""

    id: str
    merchant_id: str
    prefix: str
    name: str
    scopes: tuple[Scope, ...]
    created_ms: int
    revoked_ms: int | None


def add_merchant(store: Store, slug: str, name: str = "") -> Merchant:
    """Raises StoreInvalid, StoreTaken."""
    if not _SLUG.fullmatch(slug):
        raise StoreInvalid(
            "A merchant's slug has 1 to 64 small letters, digits and dashes, and begins with none of these.",
            field="slug",
        )
    merchant = Merchant(new_id(), slug, (name.strip() or slug)[:120], 1, 1, store.now_ms())
    try:
        with store.database.write() as connection:
            connection.execute(
                insert(merchants).values(
                    id=merchant.id,
                    slug=slug,
                    name=merchant.name,
                    live_version=1,
                    version=1,
                    created_ms=merchant.created_ms,
                )
            )
    except StoreTaken as error:
        raise StoreTaken(
            f"There is a merchant {slug!r} already; choose another slug.", field="slug"
        ) from error
    return merchant


def find_merchant(store: Store, slug: str) -> Merchant:
    """Raises StoreMissing naming those that there are."""
    with store.database.read() as connection:
        row = connection.execute(select(merchants).where(merchants.c.slug == slug)).one_or_none()
        if row is not None:
            return Merchant(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
        known = connection.execute(select(merchants.c.slug).order_by(merchants.c.slug).limit(20)).scalars()
        raise StoreMissing(
            f"There is no merchant {slug[:64]!r}; there are: {', '.join(known) or 'none yet'}."
        )


def all_merchants(store: Store) -> tuple[Merchant, ...]:
    """By slug."""
    with store.database.read() as connection:
        rows = connection.execute(select(merchants).order_by(merchants.c.slug)).all()
        return tuple(Merchant(**row._mapping) for row in rows)  # noqa: SLF001


def merchant_of(tenant: Tenant) -> Merchant:
    """The tenant itself."""
    row = tenant.connection.execute(select(merchants).where(merchants.c.id == tenant.merchant_id)).one()
    return Merchant(**row._mapping)  # noqa: SLF001


def rename(tenant: Tenant, name: str, version: int) -> Merchant:
    """Raises StoreConflict where somebody else was quicker."""
    changed = tenant.connection.execute(
        update(merchants)
        .where(merchants.c.id == tenant.merchant_id, merchants.c.version == version)
        .values(name=name, version=version + 1)
    )
    merchant = merchant_of(tenant)
    if changed.rowcount == 0:
        raise StoreConflict(
            f"The merchant is at version {merchant.version}, not {version}; read it again.",
            given_version=version,
            current_version=merchant.version,
        )
    note(tenant, "merchant.renamed", merchant.slug)
    return merchant


def raise_live_version(tenant: Tenant) -> None:
    """Shoppers see something else from now on."""
    tenant.connection.execute(
        update(merchants)
        .where(merchants.c.id == tenant.merchant_id)
        .values(live_version=merchants.c.live_version + 1)
    )


def make_token(tenant: Tenant, name: str, scopes: Iterable[Scope]) -> tuple[Token, str]:
    """The token, and its text, which is nowhere kept. Raises StoreInvalid."""
    wanted = tuple(scope for scope in SCOPES if scope in set(scopes))
    if not wanted:
        raise StoreInvalid(f"A token needs a scope: {', '.join(SCOPES)}.", field="scopes")
    if len(list_tokens(tenant)) >= TOKENS_MAX:
        raise StoreInvalid(f"A merchant has at most {TOKENS_MAX} tokens; revoke some.", field="name")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    text = f"tryon_{prefix}_{secret}"
    token = Token(new_id(), tenant.merchant_id, prefix, name, wanted, tenant.now_ms, None)
    tenant.connection.execute(
        insert(tokens).values(
            merchant_id=tenant.merchant_id,
            id=token.id,
            prefix=prefix,
            digest=_digest(text),
            name=name,
            scopes=list(wanted),
            created_ms=tenant.now_ms,
        )
    )
    note(tenant, "token.made", prefix)
    return token, text


def list_tokens(tenant: Tenant) -> tuple[Token, ...]:
    """Those that work, the oldest first."""
    rows = tenant.connection.execute(
        select(tokens)
        .where(tokens.c.merchant_id == tenant.merchant_id, tokens.c.revoked_ms.is_(None))
        .order_by(tokens.c.created_ms, tokens.c.id)
    )
    return tuple(_token(row) for row in rows)


def revoke_token(tenant: Tenant, token_id: str) -> None:
    """It works no more. Raises StoreMissing."""
    changed = tenant.connection.execute(
        update(tokens)
        .where(
            tokens.c.merchant_id == tenant.merchant_id, tokens.c.id == token_id, tokens.c.revoked_ms.is_(None)
        )
        .values(revoked_ms=tenant.now_ms)
    )
    if changed.rowcount == 0:
        raise StoreMissing("There is no such token, or it is revoked already.")
    note(tenant, "token.revoked", token_id)


def token_of(store: Store, text: str) -> Token | None:
    """The token that this text is; None where it is none, or revoked."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        return None
    with store.database.read() as connection:
        # The one query without a merchant: it is what finds the merchant.
        row = connection.execute(select(tokens).where(tokens.c.prefix == match[1])).one_or_none()
    known = "" if row is None else row.digest
    if not hmac.compare_digest(known, _digest(text)) or row is None or row.revoked_ms is not None:
        return None
    return _token(row)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token(
        row.id, row.merchant_id, row.prefix, row.name, tuple(row.scopes), row.created_ms, row.revoked_ms
    )
