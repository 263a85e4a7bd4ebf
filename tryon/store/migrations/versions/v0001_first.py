"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(32)
SHORT = sa.String(64)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "merchants",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", SHORT, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("live_version", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("slug", name=op.f("uq_merchants_slug")),
    )
    op.create_table(
        "answers",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request", SHORT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", DOCUMENT, nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_answers_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "key", name=op.f("pk_answers")),
    )
    op.create_table(
        "blobs",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("sha256", SHORT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_blobs_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "sha256", name=op.f("pk_blobs")),
    )
    op.create_table(
        "events",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_events_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_merchant_id_at_ms"), "events", ["merchant_id", "at_ms"])
    op.create_table(
        "jobs",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("order", DOCUMENT, nullable=False),
        sa.Column("upload_id", ID, nullable=True),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("report", DOCUMENT, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("worker", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_jobs_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_merchant_id_created_ms"), "jobs", ["merchant_id", "created_ms"])
    op.create_index(op.f("ix_jobs_state_created_ms"), "jobs", ["state", "created_ms"])
    op.create_table(
        "looks",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("items", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_looks_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_looks")),
    )
    op.create_table(
        "products",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("sku", SHORT, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("tags", DOCUMENT, nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("link", sa.String(length=2000), nullable=False),
        sa.Column("definition", DOCUMENT, nullable=False),
        sa.Column("live", DOCUMENT, nullable=True),
        sa.Column("live_version", sa.Integer(), nullable=True),
        sa.Column("seed", SHORT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_products_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_products")),
        sa.UniqueConstraint("merchant_id", "sku", name=op.f("uq_products_merchant_id_sku")),
    )
    op.create_index(op.f("ix_products_merchant_id_kind_sku"), "products", ["merchant_id", "kind", "sku"])
    op.create_index(
        op.f("ix_products_merchant_id_updated_ms_sku"), "products", ["merchant_id", "updated_ms", "sku"]
    )
    op.create_table(
        "seeds",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("sku", SHORT, nullable=False),
        sa.Column("fingerprint", SHORT, nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_seeds_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "sku", name=op.f("pk_seeds")),
    )
    op.create_table(
        "tokens",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("digest", SHORT, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_tokens_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("prefix", name=op.f("uq_tokens_prefix")),
    )
    op.create_table(
        "users",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_users_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "assets",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", SHORT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_assets_merchant_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sha256"],
            ["blobs.merchant_id", "blobs.sha256"],
            name=op.f("fk_assets_merchant_id_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_assets_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", "name", "version", name=op.f("pk_assets")),
    )
    op.create_index(op.f("ix_assets_merchant_id_sha256"), "assets", ["merchant_id", "sha256"])
    op.create_table(
        "job_rows",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("sku", SHORT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "job_id"],
            ["jobs.merchant_id", "jobs.id"],
            name=op.f("fk_job_rows_merchant_id_job_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_job_rows_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "job_id", "line", name=op.f("pk_job_rows")),
    )
    op.create_table(
        "product_tags",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("tag", SHORT, nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_product_tags_merchant_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_product_tags_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", "tag", name=op.f("pk_product_tags")),
    )
    op.create_index(op.f("ix_product_tags_merchant_id_tag"), "product_tags", ["merchant_id", "tag"])
    op.create_table(
        "uploads",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", SHORT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sha256"],
            ["blobs.merchant_id", "blobs.sha256"],
            name=op.f("fk_uploads_merchant_id_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_uploads_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_merchant_id_sha256"), "uploads", ["merchant_id", "sha256"])
    op.create_table(
        "variants",
        sa.Column("merchant_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", SHORT, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("swatch", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_variants_merchant_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_variants_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", "position", name=op.f("pk_variants")),
    )
    op.create_index(op.f("ix_variants_merchant_id_swatch"), "variants", ["merchant_id", "swatch"])


def downgrade() -> None:
    """To an empty database."""
    for table in (
        "variants",
        "uploads",
        "product_tags",
        "job_rows",
        "assets",
        "users",
        "tokens",
        "seeds",
        "products",
        "looks",
        "jobs",
        "events",
        "blobs",
        "answers",
        "merchants",
    ):
        op.drop_table(table)
