"""Where people are signed in. A session's secret is 256 random bits in a cookie; its SHA-256 is what is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select, update

from tryon.errors import StoreMissing
from tryon.store.account_tables import sessions, users
from tryon.store.accounts import User
from tryon.store.events import note
from tryon.store.store import Store, Tenant, new_id

DAY_MS: Final = 24 * 3600 * 1000
# However much it is used, a password is asked for once a month; unused, after a week.
LIFE_MS: Final = 30 * DAY_MS
IDLE_MS: Final = 7 * DAY_MS
# Long enough to find the phone.
HALF_MS: Final = 10 * 60 * 1000
# Every write waits for the disk, so being seen is written once in a while.
_SEEN_EVERY_MS: Final = 60_000
# One of each browser that somebody may use; the oldest makes room.
SESSIONS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Session:
    """``proved`` is False while the second factor is still asked for."""

    id: str
    user_id: str
    proved: bool
    agent: str
    created_ms: int
    seen_ms: int
    expires_ms: int


_COLUMNS: Final = [sessions.c[name] for name in Session.__dataclass_fields__]
_USER: Final = [users.c[name] for name in User.__dataclass_fields__]


def open_session(tenant: Tenant, user: User, agent: str, *, proved: bool) -> tuple[Session, str]:
    """The session, and its secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    life_ms = LIFE_MS if proved else HALF_MS
    now_ms = tenant.now_ms
    session = Session(new_id(), user.id, proved, agent[:80], now_ms, now_ms, now_ms + life_ms)
    own = (sessions.c.merchant_id == tenant.merchant_id) & (sessions.c.user_id == user.id)
    tenant.connection.execute(delete(sessions).where(own, sessions.c.expires_ms <= now_ms))
    kept = tenant.connection.execute(
        select(sessions.c.id).where(own).order_by(sessions.c.seen_ms.desc()).limit(SESSIONS_MAX - 1)
    ).scalars()
    tenant.connection.execute(delete(sessions).where(own, sessions.c.id.not_in(list(kept))))
    values = {name: getattr(session, name) for name in Session.__dataclass_fields__}
    tenant.connection.execute(
        insert(sessions).values(merchant_id=tenant.merchant_id, digest=digest_of(secret), **values)
    )
    if proved:
        note(tenant, "session.opened", user.id)
    return session, secret


def session_of(store: Store, secret: str) -> tuple[Session, User] | None:
    """Who this cookie is; None where it is nobody's, or too old."""
    with store.database.read() as connection:
        # Without a merchant: it is what finds the merchant.
        row = connection.execute(
            select(*_COLUMNS, *(column.label(f"user_{column.name}") for column in _USER))
            .join(users, (users.c.merchant_id == sessions.c.merchant_id) & (users.c.id == sessions.c.user_id))
            .where(sessions.c.digest == digest_of(secret))
        ).one_or_none()
    now_ms = store.now_ms()
    if row is None or row.expires_ms <= now_ms or row.seen_ms <= now_ms - IDLE_MS:
        return None
    session = Session(*row[: len(_COLUMNS)])
    user = User(*row[len(_COLUMNS) :])
    if session.seen_ms <= now_ms - _SEEN_EVERY_MS:
        with store.write(user.merchant_id) as tenant:
            tenant.connection.execute(
                update(sessions)
                .where(sessions.c.merchant_id == user.merchant_id, sessions.c.id == session.id)
                .values(seen_ms=now_ms)
            )
    return session, user


def list_sessions(tenant: Tenant, user_id: str) -> tuple[Session, ...]:
    """Those that work, the last seen first."""
    rows = tenant.connection.execute(
        select(*_COLUMNS)
        .where(
            sessions.c.merchant_id == tenant.merchant_id,
            sessions.c.user_id == user_id,
            sessions.c.proved.is_(True),
            sessions.c.expires_ms > tenant.now_ms,
            sessions.c.seen_ms > tenant.now_ms - IDLE_MS,
        )
        .order_by(sessions.c.seen_ms.desc(), sessions.c.id)
    )
    return tuple(Session(*row) for row in rows)


def close_session(tenant: Tenant, user_id: str, session_id: str) -> None:
    """One of this user's own. Raises StoreMissing."""
    gone = tenant.connection.execute(
        delete(sessions).where(
            sessions.c.merchant_id == tenant.merchant_id,
            sessions.c.user_id == user_id,
            sessions.c.id == session_id,
        )
    )
    if gone.rowcount == 0:
        raise StoreMissing("That session has ended already.")
    note(tenant, "session.closed", user_id)


def close_others(tenant: Tenant, user_id: str, keep_id: str = "") -> int:
    """All of this user's but one; how many."""
    return tenant.connection.execute(
        delete(sessions).where(
            sessions.c.merchant_id == tenant.merchant_id,
            sessions.c.user_id == user_id,
            sessions.c.id != keep_id,
        )
    ).rowcount


def digest_of(secret: str) -> str:
    """How secrets of sessions, links and recovery codes are kept: they are random, so SHA-256 will do."""
    return hashlib.sha256(secret.encode()).hexdigest()
