"""Whether the server prints a link for the first owner."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from tryon.config import Settings
from tryon.store.accounts import add_user
from tryon.store.first_run import is_first_run
from tryon.store.merchants import add_merchant
from tryon.store.place import DATABASE_FILE
from tryon.store.store import Store


def test_until_somebody_has_a_password(store: Store, store_settings: Settings) -> None:
    assert is_first_run(store_settings)
    with store.write(add_merchant(store, "acme").id) as tenant:
        add_user(tenant, "ann@shop.example", "viewer", "hash")
    assert not is_first_run(store_settings)


def test_without_a_store_none_is_made_and_no_library_is_brought(tmp_path: Path) -> None:
    code = (
        "import sys; from tryon.config import Settings; from tryon.store.first_run import is_first_run; "
        "assert is_first_run(Settings()); sys.exit('sqlalchemy' in sys.modules)"
    )
    environment = {"TRYON_STORE_DIR": str(tmp_path / "none"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_told_is_none(tmp_path: Path) -> None:
    settings = Settings(threads=1, store_dir=tmp_path)
    (tmp_path / DATABASE_FILE).write_bytes(b"no database at all, but long enough to look like one" * 40)
    assert not is_first_run(settings)
    (tmp_path / DATABASE_FILE).unlink()
    # A store of the first version, whose users have no passwords.
    with sqlite3.connect(tmp_path / DATABASE_FILE) as database:
        database.execute("CREATE TABLE users (id TEXT)")
    database.close()
    assert is_first_run(settings)
    assert not is_first_run(Settings(threads=1, database_url="postgresql://nobody@127.0.0.1:1/x"))
