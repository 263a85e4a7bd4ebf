"""The tables of people: who may sign in, where they are signed in, and links that let somebody in once.

Secrets of sessions, links and recovery codes are kept as SHA-256 only. Nothing here is of a shopper.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table

from tryon.store.tables import ID, SHA256, merchant_column, metadata

users: Final = Table(
    "users",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    # argon2id with its parameters; NULL until they have chosen one.
    Column("password", String(200)),
    # The second factor's shared secret, and the last time step of which a code was taken: no code counts twice.
    Column("totp", String(64)),
    Column("totp_step", BigInteger),
    Column("created_ms", BigInteger, nullable=False),
)


def _user() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["merchant_id", "user_id"], ["users.merchant_id", "users.id"], ondelete="CASCADE"
    )


sessions: Final = Table(
    "sessions",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("user_id", ID, nullable=False),
    Column("digest", SHA256, nullable=False, unique=True),
    # False while the second factor is still asked for.
    Column("proved", Boolean, nullable=False),
    # "Firefox on Linux": enough to tell one's own browsers apart.
    Column("agent", String(80), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    _user(),
    Index(None, "merchant_id", "user_id"),
)

links: Final = Table(
    "links",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("digest", SHA256, nullable=False, unique=True),
    # "join": a new user; "reset": a new password for a known one.
    Column("purpose", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    # Empty: whoever uses the link says their own.
    Column("email", String(254), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
)

recovery_codes: Final = Table(
    "recovery_codes",
    metadata,
    merchant_column(),
    Column("user_id", ID, primary_key=True),
    Column("digest", SHA256, primary_key=True),
    _user(),
)

# Of nobody's in particular: it is asked before it is known who somebody is. Names and addresses stand here as SHA-256,
# for a day at most.
attempts: Final = Table(
    "attempts",
    metadata,
    Column("key", SHA256, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
