"""The table of what is to be done later; its foreign keys are as those of all tables of products."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from tryon.store.tables import DOCUMENT, ID, merchant_column, metadata, product_key

# What is to be published, or taken from the shoppers, later; and what became of it.
schedules: Final = Table(
    "schedules",
    metadata,
    merchant_column(),
    Column("product_id", ID, primary_key=True),
    Column("act", String(16), primary_key=True),
    Column("sku", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # The product's when it was planned, and its draft and files as they were then.
    Column("version", Integer, nullable=False),
    Column("document", DOCUMENT),
    Column("outcome", String(16), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    product_key(),
    Index(None, "outcome", "at_ms"),
)
