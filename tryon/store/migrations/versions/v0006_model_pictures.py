"""Photos of models, with their releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(32)
SHA256 = sa.String(64)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "model_pictures",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.String(10), nullable=False),
        sa.Column("expires_on", sa.String(10)),
        sa.Column("until_ms", sa.BigInteger()),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sha256"],
            ["blobs.merchant_id", "blobs.sha256"],
            name=op.f("fk_model_pictures_merchant_id_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_model_pictures_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_model_pictures")),
    )
    op.create_index(op.f("ix_model_pictures_until_ms"), "model_pictures", ["until_ms"])


def downgrade() -> None:
    """To the schema without photos of models."""
    op.drop_table("model_pictures")
