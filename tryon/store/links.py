"""Links that let somebody in once: the first owner, people who are invited, and those who forgot their password."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import delete, insert, select, update

from tryon.errors import StoreInvalid, StoreRefused
from tryon.store.account_tables import links
from tryon.store.accounts import Role, email_of, list_users
from tryon.store.events import note
from tryon.store.sessions import DAY_MS, digest_of
from tryon.store.store import Store, Tenant, new_id

Purpose: TypeAlias = Literal["join", "reset"]
LIFE_MS: Final = 3 * DAY_MS
# Told as used or expired for so long, forgotten after.
_KEPT_MS: Final = 60 * DAY_MS
LINKS_MAX: Final = 200
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class LinkRefused(StoreRefused):
    """A one-time link that lets nobody in: it was used, has expired, or is none."""

    code = "link_refused"


@dataclass(frozen=True, slots=True)
class Link:
    """``email`` is empty where whoever comes says their own; ``used_ms`` is None while it works."""

    merchant_id: str
    id: str
    purpose: Purpose
    role: Role
    email: str
    created_ms: int
    expires_ms: int
    used_ms: int | None


_COLUMNS: Final = [links.c[name] for name in Link.__dataclass_fields__]


def invite(tenant: Tenant, role: Role, email: str = "") -> tuple[Link, str]:
    """The link, and its secret, which is nowhere kept. Raises StoreInvalid."""
    email = email_of(email) if email.strip() else ""
    if any(user.email == email for user in list_users(tenant)):
        raise StoreInvalid("They are here already; change their role instead.", field="email")
    return _make(tenant, "join", role, email)


def reset(tenant: Tenant, email: str) -> tuple[Link, str]:
    """For somebody who is here: a new password, and a second factor taken away. Raises StoreInvalid."""
    for user in list_users(tenant):
        if user.email == email.strip().lower():
            return _make(tenant, "reset", user.role, user.email)
    raise StoreInvalid("Nobody here signs in with this address.", field="email")


def link_of(store: Store, secret: str) -> Link:
    """Raises LinkRefused with why it lets nobody in, and where there is another."""
    if SECRET.fullmatch(secret):
        with store.database.read() as connection:
            # Without a merchant: it is what finds the merchant.
            row = connection.execute(
                select(*_COLUMNS).where(links.c.digest == digest_of(secret))
            ).one_or_none()
        if row is not None:
            link = Link(*row)
            _check(link, store.now_ms())
            return link
    raise LinkRefused("This link is none of ours, or was copied only in part. Ask for a new one.")


def use_link(tenant: Tenant, link: Link) -> None:
    """Part of the transaction that lets somebody in: of two who come at once, one is late. Raises LinkRefused."""
    used = tenant.connection.execute(
        update(links)
        .where(
            links.c.merchant_id == tenant.merchant_id,
            links.c.id == link.id,
            links.c.used_ms.is_(None),
            links.c.expires_ms > tenant.now_ms,
        )
        .values(used_ms=tenant.now_ms)
    )
    if used.rowcount == 0:
        raise LinkRefused("This link was used already. Ask for a new one.")


def list_links(tenant: Tenant) -> tuple[Link, ...]:
    """Those that work, the newest first."""
    rows = tenant.connection.execute(
        select(*_COLUMNS)
        .where(
            links.c.merchant_id == tenant.merchant_id,
            links.c.used_ms.is_(None),
            links.c.expires_ms > tenant.now_ms,
        )
        .order_by(links.c.created_ms.desc(), links.c.id)
    )
    return tuple(Link(*row) for row in rows)


def withdraw(tenant: Tenant, link_id: str) -> None:
    """It lets nobody in any more; one that is gone is gone."""
    gone = tenant.connection.execute(
        delete(links).where(links.c.merchant_id == tenant.merchant_id, links.c.id == link_id)
    )
    if gone.rowcount:
        note(tenant, "link.withdrawn", link_id)


def _check(link: Link, now_ms: int) -> None:
    if link.used_ms is not None:
        raise LinkRefused("This link was used already. If that was you, sign in; else ask for a new one.")
    if link.expires_ms <= now_ms:
        raise LinkRefused("This link has expired: it works for three days. Ask for a new one.")


def _make(tenant: Tenant, purpose: Purpose, role: Role, email: str) -> tuple[Link, str]:
    own = links.c.merchant_id == tenant.merchant_id
    tenant.connection.execute(delete(links).where(own, links.c.expires_ms <= tenant.now_ms - _KEPT_MS))
    if len(list_links(tenant)) >= LINKS_MAX:
        raise StoreInvalid(f"{LINKS_MAX} links wait already; withdraw some.", field="email")
    secret = secrets.token_urlsafe(32)
    link = Link(
        tenant.merchant_id, new_id(), purpose, role, email, tenant.now_ms, tenant.now_ms + LIFE_MS, None
    )
    values = {name: getattr(link, name) for name in Link.__dataclass_fields__}
    tenant.connection.execute(insert(links).values(digest=digest_of(secret), **values))
    note(tenant, f"link.{purpose}", link.id)
    return link, secret
