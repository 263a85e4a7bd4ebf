"""Where the store is, told without opening it and without its libraries."""

from __future__ import annotations

from typing import Final

from tryon.config import Settings

DATABASE_FILE: Final = "tryon.db"
BLOBS_FOLDER: Final = "blobs"


def exists(settings: Settings) -> bool:
    """Whether there is a store to read. A database of the user's own is taken to be one."""
    return bool(settings.database_url) or (settings.store_dir / DATABASE_FILE).exists()
