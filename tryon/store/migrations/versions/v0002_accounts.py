"""Accounts, what was live once, and products that are put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(32)
SHA256 = sa.String(64)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _merchant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id"], ["merchants.id"], name=op.f(f"fk_{table}_merchant_id"), ondelete="CASCADE"
    )


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id", "user_id"],
        ["users.merchant_id", "users.id"],
        name=op.f(f"fk_{table}_merchant_id_user_id"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    """To this version."""
    op.add_column("users", sa.Column("password", sa.String(length=200), nullable=True))
    op.add_column("users", sa.Column("totp", sa.String(length=64), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("products", sa.Column("archived_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "sessions",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("digest", SHA256, nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("agent", sa.String(length=80), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        _user("sessions"),
        _merchant("sessions"),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index(op.f("ix_sessions_merchant_id_user_id"), "sessions", ["merchant_id", "user_id"])
    op.create_table(
        "links",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", SHA256, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        _merchant("links"),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_links_digest")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("digest", SHA256, nullable=False),
        _user("recovery_codes"),
        _merchant("recovery_codes"),
        sa.PrimaryKeyConstraint("merchant_id", "user_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "attempts",
        sa.Column("key", SHA256, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
    )
    op.create_table(
        "editions",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_editions_merchant_id_product_id"),
            ondelete="CASCADE",
        ),
        _merchant("editions"),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", "number", name=op.f("pk_editions")),
    )


def downgrade() -> None:
    """To the first schema."""
    for table in ("editions", "attempts", "recovery_codes", "links", "sessions"):
        op.drop_table(table)
    op.drop_column("products", "archived_ms")
    for column in ("totp_step", "totp", "password"):
        op.drop_column("users", column)
