"""The tables. Every row but a merchant's own carries its merchant, in the key.

What a product is stands as a validated document in ``products.definition`` (a ``ProductFile``); beside it stand the
columns that lists filter and sort by. Kinds with fields of their own need no column.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# None is the SQL NULL, so that "not live" can be asked for.
DOCUMENT: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
ID: Final = String(32)
SHA256: Final = String(64)

merchants: Final = Table(
    "merchants",
    metadata,
    Column("id", ID, primary_key=True),
    Column("slug", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    # Raised with every change of what shoppers see; the mirror asks for it.
    Column("live_version", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)


def merchant_column(*, key: bool = True) -> Column[str]:
    return Column(
        "merchant_id", ID, ForeignKey("merchants.id", ondelete="CASCADE"), primary_key=key, nullable=False
    )


tokens: Final = Table(
    "tokens",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("digest", SHA256, nullable=False),
    Column("name", String(120), nullable=False),
    Column("scopes", DOCUMENT, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)

products: Final = Table(
    "products",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("sku", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", String(120), nullable=False),
    # Casefolded words of name, sku, description, tags and shades.
    Column("search", Text, nullable=False),
    Column("tags", DOCUMENT, nullable=False),
    Column("price_minor", BigInteger),
    Column("currency", String(3)),
    Column("link", String(2000), nullable=False),
    Column("definition", DOCUMENT, nullable=False),
    # What shoppers see: the definition and the files as they were when it was published. NULL: nothing.
    Column("live", DOCUMENT),
    Column("live_version", Integer),
    # Fingerprint of the catalogue folder's product that this row was imported from and is still like.
    Column("seed", SHA256),
    # Put away: in no list but that of what is put away, and shown to nobody.
    Column("archived_ms", BigInteger),
    Column("version", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "sku"),
    Index(None, "merchant_id", "kind", "sku"),
    Index(None, "merchant_id", "updated_ms", "sku"),
)


def product_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["merchant_id", "product_id"], ["products.merchant_id", "products.id"], ondelete="CASCADE"
    )


product_tags: Final = Table(
    "product_tags",
    metadata,
    merchant_column(),
    Column("product_id", ID, primary_key=True),
    Column("tag", String(64), primary_key=True),
    product_key(),
    Index(None, "merchant_id", "tag"),
)

variants: Final = Table(
    "variants",
    metadata,
    merchant_column(),
    Column("product_id", ID, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("variant_id", String(64), nullable=False),
    Column("name", String(120), nullable=False),
    Column("swatch", String(7), nullable=False),
    product_key(),
    Index(None, "merchant_id", "swatch"),
)

blobs: Final = Table(
    "blobs",
    metadata,
    merchant_column(),
    Column("sha256", SHA256, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)


def _blob() -> ForeignKeyConstraint:
    # Not even by mistake is a blob's row removed while a file needs it.
    return ForeignKeyConstraint(["merchant_id", "sha256"], ["blobs.merchant_id", "blobs.sha256"])


uploads: Final = Table(
    "uploads",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("sha256", SHA256, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    _blob(),
    Index(None, "merchant_id", "sha256"),
)

assets: Final = Table(
    "assets",
    metadata,
    merchant_column(),
    Column("product_id", ID, primary_key=True),
    # As a file in a product's folder: model.glb, thumbnail.png …
    Column("name", String(80), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", SHA256, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    product_key(),
    _blob(),
    Index(None, "merchant_id", "sha256"),
)

# What shoppers were shown at some time, so that it can be shown again; files stay as long as the product has them.
editions: Final = Table(
    "editions",
    metadata,
    merchant_column(),
    Column("product_id", ID, primary_key=True),
    # The product's version that was published.
    Column("number", Integer, primary_key=True),
    Column("document", DOCUMENT, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    product_key(),
)

# Drafts as they were when somebody wanted to try them on; whoever has the id sees it in the mirror for a while.
previews: Final = Table(
    "previews",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("product_id", ID, nullable=False),
    Column("document", DOCUMENT, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    product_key(),
)

# Photos of people, on whom a merchant looks at drafts; each with what its person agreed to.
model_pictures: Final = Table(
    "model_pictures",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    # Whose picture it is, as they signed.
    Column("name", String(120), nullable=False),
    Column("terms", Text, nullable=False),
    # ISO 8601 days; the release counts until the end of the last one, UTC.
    Column("signed_on", String(10), nullable=False),
    Column("expires_on", String(10)),
    Column("until_ms", BigInteger),
    # The picture that was made of the upload's pixels.
    Column("sha256", SHA256, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    _blob(),
    Index(None, "until_ms"),
)

looks: Final = Table(
    "looks",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("items", DOCUMENT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

events: Final = Table(
    "events",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("actor", String(80), nullable=False),
    Index(None, "merchant_id", "at_ms"),
)

jobs: Final = Table(
    "jobs",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("order", DOCUMENT, nullable=False),
    Column("upload_id", ID),
    Column("step", String(80), nullable=False),
    Column("fraction", Float, nullable=False),
    Column("report", DOCUMENT, nullable=False),
    # Groups of rows that are done: where a bulk job goes on after a crash.
    Column("done", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("cancel", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    # Whoever runs it renews this; past it, somebody else takes over.
    Column("lease_ms", BigInteger, nullable=False),
    Column("worker", ID, nullable=False),
    Index(None, "state", "created_ms"),
    Index(None, "merchant_id", "created_ms"),
)

job_rows: Final = Table(
    "job_rows",
    metadata,
    merchant_column(),
    Column("job_id", ID, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("sku", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    ForeignKeyConstraint(["merchant_id", "job_id"], ["jobs.merchant_id", "jobs.id"], ondelete="CASCADE"),
)

answers: Final = Table(
    "answers",
    metadata,
    merchant_column(),
    # An Idempotency-Key, and what was answered the first time.
    Column("key", String(200), primary_key=True),
    Column("request", SHA256, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", DOCUMENT, nullable=False),
    Column("body", DOCUMENT, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

seeds: Final = Table(
    "seeds",
    metadata,
    merchant_column(),
    # What the catalogue's folder had when it was last imported: what a merchant deleted does not come back.
    Column("sku", String(64), primary_key=True),
    Column("fingerprint", SHA256, nullable=False),
)

storefronts: Final = Table(
    "storefronts",
    metadata,
    merchant_column(),
    # A ``Storefront``: origins that may embed the mirror, theme, texts.
    Column("document", DOCUMENT, nullable=False),
    Column("logo_sha256", SHA256),
    Column("logo_width_px", Integer),
    Column("logo_height_px", Integer),
    Column("version", Integer, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["merchant_id", "logo_sha256"], ["blobs.merchant_id", "blobs.sha256"]),
)

embed_keys: Final = Table(
    "embed_keys",
    metadata,
    merchant_column(),
    Column("id", ID, primary_key=True),
    # 256 random bits in hexadecimal: tokens are signed with them, so they cannot be kept as a digest.
    Column("secret", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)

spent_embed_tokens: Final = Table(
    "spent_embed_tokens",
    metadata,
    merchant_column(),
    # A token's own number, kept until the token would be too old anyway.
    Column("nonce", ID, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Index(None, "until_ms"),
)
