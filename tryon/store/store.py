"""The store: database and blobs together, opened from the settings."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from typing_extensions import Self

from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.store.blobs import PRIVATE, Blobs, FolderBlobs
from tryon.store.database import Database, sqlite_url
from tryon.store.place import BLOBS_FOLDER, DATABASE_FILE
from tryon.store.schema import bring_up


def wall_clock_ms() -> int:
    """Milliseconds since 1970; the store's only clock unless a test brings its own."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """32 hexadecimal digits that nobody can guess."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Tenant:
    """One merchant's rows within one transaction. Every query of ``tryon.store`` takes its merchant from here."""

    connection: Connection
    merchant_id: str
    now_ms: int
    actor: str = ""


class Store:
    """``open`` makes or migrates it. Safe for use from several threads and processes."""

    def __init__(self, database: Database, blobs: Blobs, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self.database = database
        self.blobs = blobs
        self.now_ms = now_ms

    @classmethod
    def open(cls, settings: Settings, now_ms: Callable[[], int] = wall_clock_ms) -> Self:
        """Raises ConfigError where it cannot be used, StoreDown where it does not answer."""
        folder = settings.store_dir
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ConfigError(
                f"The store cannot use the folder {folder} ({why}); name another one in TRYON_STORE_DIR.",
                setting="store_dir",
            ) from error
        blobs = _blobs(settings)
        database = Database(settings.database_url or sqlite_url(folder / DATABASE_FILE))
        try:
            bring_up(database)
        except BaseException:
            database.close()
            raise
        return cls(database, blobs, now_ms)

    @contextmanager
    def read(self, merchant_id: str) -> Iterator[Tenant]:
        """The merchant's rows, to look at."""
        with self.database.read() as connection:
            yield Tenant(connection, merchant_id, self.now_ms())

    @contextmanager
    def write(self, merchant_id: str, actor: str = "") -> Iterator[Tenant]:
        """The merchant's rows, to change; all changes are kept at the end, or none. ``actor`` is for the events."""
        with self.database.write() as connection:
            yield Tenant(connection, merchant_id, self.now_ms(), actor)

    def close(self) -> None:
        """Idempotent."""
        self.database.close()


def _blobs(settings: Settings) -> Blobs:
    url = settings.blobs_url
    if url.startswith("s3://"):
        from tryon.store.s3 import S3Blobs

        return S3Blobs(url, settings.cache_dir / "blobs")
    return FolderBlobs(Path(url) if url else settings.store_dir / BLOBS_FOLDER)
