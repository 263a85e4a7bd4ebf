"""Storefronts, and embed tokens that were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(32)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "storefronts",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("logo_sha256", sa.String(64), nullable=True),
        sa.Column("logo_width_px", sa.Integer(), nullable=True),
        sa.Column("logo_height_px", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "logo_sha256"],
            ["blobs.merchant_id", "blobs.sha256"],
            name=op.f("fk_storefronts_merchant_id_logo_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_storefronts_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_storefronts")),
    )
    op.create_table(
        "spent_embed_tokens",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("nonce", ID, nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["merchants.id"],
            name=op.f("fk_spent_embed_tokens_merchant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "nonce", name=op.f("pk_spent_embed_tokens")),
    )
    op.create_index(op.f("ix_spent_embed_tokens_until_ms"), "spent_embed_tokens", ["until_ms"])


def downgrade() -> None:
    """To the version before."""
    op.drop_table("spent_embed_tokens")
    op.drop_table("storefronts")
