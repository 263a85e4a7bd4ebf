"""Run by alembic: the migrations, on the connection and in the transaction of whoever asked."""

from __future__ import annotations

from alembic import context

from tryon.store import account_tables, schedule_tables  # noqa: F401 - the schema is all tables
from tryon.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
