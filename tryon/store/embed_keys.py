"""The keys that a merchant's embed tokens are signed with: rows of the store, shared by all processes and machines.

The newest key signs. Those before it still verify until the tokens that they signed have run out, so that changing keys
disturbs nobody.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select

from tryon.store.database import EMBED_KEYS_LOCK
from tryon.store.events import note
from tryon.store.store import Store, Tenant
from tryon.store.tables import embed_keys

_KEY_BYTES: Final = 32
# A key that nobody changed by hand is changed by itself.
ROTATE_MS: Final = 30 * 24 * 3600 * 1000
# Longer than any token lives, with room for clocks that differ.
VERIFY_MS: Final = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Key:
    """``secret`` is random; ``id`` names it in tokens."""

    id: str
    secret: bytes
    made_ms: int


def signing(store: Store, merchant_id: str) -> Key:
    """The key to sign with, made where none is young enough."""
    with store.read(merchant_id) as tenant:
        key = _young(tenant)
    if key is not None:
        return key
    with store.write(merchant_id) as tenant:
        # Another process may do the same, or have done it meanwhile.
        store.database.lock(tenant.connection, EMBED_KEYS_LOCK)
        return _young(tenant) or _add(tenant)


def named(tenant: Tenant, key_id: str) -> Key | None:
    """The key of that name, while it verifies."""
    newer_ms = tenant.now_ms
    for key in _all(tenant):
        if key.id == key_id:
            return key if tenant.now_ms - newer_ms < VERIFY_MS else None
        newer_ms = key.made_ms
    return None


def renew(tenant: Tenant) -> Key:
    """A new key, and no other: every token that is out is refused from now on."""
    tenant.connection.execute(delete(embed_keys).where(embed_keys.c.merchant_id == tenant.merchant_id))
    key = _add(tenant)
    note(tenant, "embed.rekeyed", key.id)
    return key


def _all(tenant: Tenant) -> tuple[Key, ...]:
    """The newest first."""
    rows = tenant.connection.execute(
        select(embed_keys.c.id, embed_keys.c.secret, embed_keys.c.made_ms)
        .where(embed_keys.c.merchant_id == tenant.merchant_id)
        .order_by(embed_keys.c.made_ms.desc(), embed_keys.c.id)
    )
    return tuple(Key(row.id, bytes.fromhex(row.secret), row.made_ms) for row in rows)


def _young(tenant: Tenant) -> Key | None:
    key = next(iter(_all(tenant)), None)
    return key if key is not None and tenant.now_ms - key.made_ms < ROTATE_MS else None


def _add(tenant: Tenant) -> Key:
    """The one before it stays for those who hold its tokens; older ones verify nothing any more."""
    for old in _all(tenant)[1:]:
        tenant.connection.execute(
            delete(embed_keys).where(
                embed_keys.c.merchant_id == tenant.merchant_id, embed_keys.c.id == old.id
            )
        )
    key = Key(secrets.token_hex(4), secrets.token_bytes(_KEY_BYTES), tenant.now_ms)
    tenant.connection.execute(
        insert(embed_keys).values(
            merchant_id=tenant.merchant_id, id=key.id, secret=key.secret.hex(), made_ms=key.made_ms
        )
    )
    return key
