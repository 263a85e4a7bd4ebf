"""One database, SQLite or PostgreSQL: connections, transactions, and faults as errors of ours.

SQLite is used without its write-ahead log: releases before 3.51.3 can lose a commit when two connections reset the log
at once, and a server has several processes. Writers begin IMMEDIATE, so a transaction that reads first and writes
later cannot fail in its middle; they wait for one another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, OperationalError

from tryon.errors import ConfigError, StoreDown, StoreFull, StoreTaken

# How long one writer waits for another. A transaction takes milliseconds; a busy disk may stall one for seconds.
LOCK_WAIT_S: Final = 10.0
_CONNECT_S: Final = 5
_POOL: Final = 8
# PostgreSQL: disk_full, out_of_memory is no matter of ours.
_PG_FULL: Final = "53100"
# Any number that nothing else in the database uses.
BLOBS_LOCK: Final = 0x7472796F01
JOBS_LOCK: Final = 0x7472796F02
SCHEMA_LOCK: Final = 0x7472796F03
EMBED_KEYS_LOCK: Final = 0x7472796F0E


class Database:
    """``url`` as SQLAlchemy has it; postgresql:// means psycopg 3. Raises ConfigError where it cannot be used."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url
        if self.url.startswith("postgresql://"):
            self.url = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            parsed = make_url(self.url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            if not self.is_sqlite and parsed.get_backend_name() != "postgresql":
                raise ConfigError(
                    f"TRYON_DATABASE_URL names {parsed.get_backend_name()!r}; Tryon keeps its catalogue in "
                    "sqlite or postgresql.",
                    setting="database_url",
                )
            self.engine: Engine = self._make(parsed.database)
        except ImportError as error:
            raise ConfigError(
                "TRYON_DATABASE_URL names PostgreSQL, whose driver is not installed: "
                "pip install 'tryon[postgres]'.",
                setting="database_url",
            ) from error
        except (ArgumentError, NoSuchModuleError, ValueError) as error:
            raise ConfigError(
                "TRYON_DATABASE_URL is no address of a database; write postgresql://USER:PASSWORD@HOST/NAME "
                "or leave it empty.",
                setting="database_url",
            ) from error

    def _make(self, file: str | None) -> Engine:
        if not self.is_sqlite:
            return create_engine(
                self.url,
                pool_size=_POOL,
                pool_pre_ping=True,
                connect_args={"connect_timeout": _CONNECT_S, "application_name": "tryon"},
            )
        self.file = Path(file or "")
        engine = create_engine(
            self.url, pool_size=_POOL, connect_args={"timeout": LOCK_WAIT_S, "check_same_thread": False}
        )
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that writes nothing."""
        with faults_named(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; all of it is on the disk when this ends, or none."""
        with faults_named(), self.engine.connect() as opened:
            connection = opened.execution_options(tryon_write=True)
            with connection.begin():
                yield connection

    def lock(self, connection: Connection, number: int, *, shared: bool = False) -> None:
        """Keep others who ask for the same lock out until the transaction's end. SQLite has one writer anyway."""
        if not self.is_sqlite:
            name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            connection.execute(text(f"SELECT {name}(:number)"), {"number": number})

    def close(self) -> None:
        """Idempotent."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite:///{path}"


def shown(url: str) -> str:
    """An address without its password, for people."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _tune_sqlite(raw: Any, _record: Any) -> None:
    # Transactions begin where we say, not where the driver guesses.
    raw.isolation_level = None
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    wanted = connection.get_execution_options().get("tryon_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if wanted else "BEGIN")


@contextmanager
def faults_named() -> Iterator[None]:
    """The database's own faults as errors of ours. The original names hosts, files and values: none of it is told."""
    try:
        yield
    except IntegrityError as error:
        raise StoreTaken("Something of that name or number is there already.") from error
    except DBAPIError as error:
        said = str(error.orig).lower()
        if getattr(error.orig, "sqlstate", None) == _PG_FULL or "disk is full" in said:
            raise StoreFull("The database's disk is full; free some space and try again.") from error
        if "disk i/o error" in said or "readonly" in said or "unable to open" in said:
            raise StoreDown("The database's file cannot be written; look at its folder and disk.") from error
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise StoreDown("The database does not answer or is locked; try again in a moment.") from error
        raise


def fsync_folder(folder: Path) -> None:
    """Have the folder's names on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
