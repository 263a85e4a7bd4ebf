"""Whether anybody can sign in yet, told at the server's start without opening the store for good.

The first of several processes keeps clear of the store's libraries, so SQLite's file is asked directly.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tryon.config import Settings
from tryon.errors import TryOnError
from tryon.store.place import DATABASE_FILE, exists

_ASKED = "SELECT 1 FROM users WHERE password IS NOT NULL LIMIT 1"


def is_first_run(settings: Settings) -> bool:
    """False where it cannot be told, too: a link that nobody needs should not be printed."""
    if not exists(settings):
        return True
    if settings.database_url:
        return _asked_elsewhere(settings)
    try:
        address = f"file:{settings.store_dir / DATABASE_FILE}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=2.0)) as database:
            return database.execute(_ASKED).fetchone() is None
    except sqlite3.OperationalError as error:
        # A store of an earlier version, which the first page migrates.
        return "no such column" in str(error) or "no such table" in str(error)
    except sqlite3.Error:
        return False


def _asked_elsewhere(settings: Settings) -> bool:
    from tryon.store.accounts import anybody_signs_in
    from tryon.store.store import Store

    try:
        store = Store.open(settings)
        try:
            return not anybody_signs_in(store)
        finally:
            store.close()
    except TryOnError:
        return False
