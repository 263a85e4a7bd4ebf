"""Where the store is, told without opening it and without its libraries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tryon.config import Settings

DATABASE_FILE: Final = "tryon.db"
BLOBS_FOLDER: Final = "blobs"
_SHELF: Final = "live"
_PREVIEW: Final = re.compile(r"preview-[0-9a-f]{32}")


def exists(settings: Settings) -> bool:
    """Whether there is a store to read. A database of the user's own is taken to be one."""
    return bool(settings.database_url) or (settings.store_dir / DATABASE_FILE).exists()


def shelf(settings: Settings, merchant_id: str) -> Path:
    """Where the folders of what this merchant's shoppers see are kept on this machine."""
    return settings.cache_dir / _SHELF / merchant_id


def is_preview(sku: str) -> bool:
    """Whether it is the sku of a draft that is tried on: in no list, and for whoever was given it."""
    return _PREVIEW.fullmatch(sku) is not None
