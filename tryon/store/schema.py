"""The schema's version: brought up to date when the store is opened, by whichever process comes first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from tryon.errors import ConfigError, StoreDown
from tryon.store import account_tables, schedule_tables  # noqa: F401 - the schema is all tables
from tryon.store.database import SCHEMA_LOCK, Database, faults_named

# The newest file of migrations/versions; a test compares the two.
HEAD: Final = "0007"
_FOLDER: Final = Path(__file__).resolve().parent / "migrations"


def bring_up(database: Database) -> None:
    """Make or migrate the tables. Raises ConfigError where a newer Tryon has been here, StoreDown."""
    if _version(database) == HEAD:
        return
    with _alone(database):
        version = _version(database)
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise ConfigError(
                f"The store has schema {version}, made by a newer Tryon; this one knows {HEAD}. Update Tryon, or "
                "restore a backup of this version.",
                setting="database_url",
            )
        with database.write() as connection:
            database.lock(connection, SCHEMA_LOCK)
            migrate(connection)


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, in the connection's transaction."""
    # Half a second of imports that only a change of schema needs.
    from alembic import command
    from alembic.config import Config

    config = Config()
    # In alembic's configuration a percent sign is special.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(database: Database) -> str | None:
    with faults_named(), database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """SQLite's file is made by one process; PostgreSQL has locks of its own."""
    if not database.is_sqlite:
        yield
        return
    try:
        with Path(f"{database.file}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StoreDown(
            "The store's folder cannot be written; name another one in TRYON_STORE_DIR."
        ) from error
