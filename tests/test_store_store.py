"""The store on both engines: opening, migrating, writing at once, and what is refused."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, func, select, text, update

from tryon.config import Settings
from tryon.errors import ConfigError, StoreDown, StoreFull, StoreTaken
from tryon.store import schema
from tryon.store.database import Database, faults_named, shown
from tryon.store.events import note
from tryon.store.merchants import add_merchant
from tryon.store.place import DATABASE_FILE, exists
from tryon.store.store import Store
from tryon.store.tables import events, merchants, metadata


def test_opening_makes_the_newest_schema_and_again_changes_nothing(
    store: Store, store_settings: Settings
) -> None:
    assert exists(store_settings)
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == schema.HEAD
    Store.open(store_settings).close()


def test_the_newest_migration_is_the_head(root: Path) -> None:
    files = (root / "tryon" / "store" / "migrations" / "versions").glob("v*.py")
    revisions = [re.search(r'^revision = "(\d+)"', file.read_text("utf-8"), re.MULTILINE) for file in files]
    assert max(found[1] for found in revisions if found) == schema.HEAD


def test_the_first_schema_can_be_taken_back(store: Store) -> None:
    from alembic import command
    from alembic.config import Config

    with store.database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with store.database.read() as connection:
        if store.database.is_sqlite:
            left = set(
                connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
            )
        else:
            left = set(
                connection.execute(
                    text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                ).scalars()
            )
    assert left <= {"alembic_version"}


def test_a_newer_schema_is_refused_and_left_alone(store: Store, store_settings: Settings) -> None:
    with store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer Tryon"):
        Store.open(store_settings)


def test_many_processes_may_open_a_new_store_at_once(store_settings: Settings) -> None:
    code = (
        "import sys; from tryon.config import Settings; from tryon.store.house import open_catalogue; "
        "open_catalogue(Settings.model_validate_json(sys.argv[1])).close()"
    )
    told = store_settings.model_dump_json()
    running = [
        subprocess.Popen([sys.executable, "-c", code, told], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    store = Store.open(store_settings)
    with store.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(merchants)).scalar() == 1
    store.close()


def test_what_is_half_written_is_not_there(store: Store) -> None:
    merchant = add_merchant(store, "acme")

    def break_off() -> None:
        with store.write(merchant.id) as tenant:
            note(tenant, "half", "x")
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken"):
        break_off()
    with store.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar() == 0


def test_two_writers_wait_for_one_another(store: Store) -> None:
    merchant = add_merchant(store, "acme")
    began = threading.Barrier(2)
    faults: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(20):
                began.wait(20)
                with store.write(merchant.id) as tenant:
                    # Reads first: what would fail as a read that becomes a write.
                    seen = tenant.connection.execute(
                        select(merchants.c.version).where(merchants.c.id == merchant.id).with_for_update()
                    ).scalar_one()
                    tenant.connection.execute(
                        update(merchants).where(merchants.c.id == merchant.id).values(version=seen + 1)
                    )
        except Exception as error:  # noqa: BLE001 - shown by the test
            faults.append(error)
            began.abort()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    with store.database.read() as connection:
        assert connection.execute(select(merchants.c.version)).scalar() == 41


def test_sqlite_is_used_as_the_rules_say(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    with database.write() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    # 2 is FULL.
    assert found == {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1}
    assert said[0] == "BEGIN IMMEDIATE"


def test_a_locked_database_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tryon.store.database.LOCK_WAIT_S", 0.1)
    store = Store.open(Settings(store_dir=tmp_path))
    holder = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    started_s = time.monotonic()
    with pytest.raises(StoreDown, match="locked"):
        add_merchant(store, "acme")
    assert time.monotonic() - started_s < 5
    holder.execute("ROLLBACK")
    holder.close()
    assert add_merchant(store, "acme").slug == "acme"
    store.close()


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    store = Store.open(Settings(store_dir=tmp_path))
    merchant = add_merchant(store, "acme")

    def fill() -> None:
        with store.write(merchant.id) as tenant:
            pages = tenant.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            tenant.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            for number in range(10_000):
                note(tenant, "filling", str(number) * 10)

    with pytest.raises(StoreFull):
        fill()
    store.close()
    again = Store.open(Settings(store_dir=tmp_path))
    with again.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar() == 0
        assert connection.execute(select(merchants.c.slug)).scalar() == "acme"
    again.close()


def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://someone:secret-word@127.0.0.1:1/shop"
    with pytest.raises(StoreDown) as caught:
        Store.open(Settings(store_dir=tmp_path, database_url=url))
    assert "secret-word" not in str(caught.value)
    assert shown(url) == "postgresql://127.0.0.1/shop"


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", "sqlite", "mongodb+x://y"])
def test_other_databases_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ConfigError, match="TRYON_DATABASE_URL"):
        Database(url)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="TRYON_STORE_DIR"):
        Store.open(Settings(store_dir=tmp_path / "file" / "store"))


def test_the_same_name_twice_is_taken(store: Store) -> None:
    add_merchant(store, "acme")
    with pytest.raises(StoreTaken, match="another slug"):
        add_merchant(store, "acme")


def test_unknown_faults_pass() -> None:
    with pytest.raises(KeyError), faults_named():
        raise KeyError("x")


def test_the_settings_tell_of_a_store_before_it_is_opened(tmp_path: Path) -> None:
    assert not exists(Settings(store_dir=tmp_path))
    assert exists(Settings(store_dir=tmp_path, database_url="postgresql://x/y"))
    code = (
        "import sys; from tryon.config import Settings; from tryon.store.live import LiveCatalogue; "
        "assert LiveCatalogue(Settings()).news() is None; "
        "sys.exit('sqlalchemy' in sys.modules or 'alembic' in sys.modules)"
    )
    environment = {"TRYON_STORE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


Maker = Callable[[], str]


def test_the_address_of_postgresql_may_be_written_in_either_way(postgres: Maker) -> None:
    for url in (postgres(), postgres().replace("postgresql://", "postgres://")):
        database = Database(url)
        with database.read() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        database.close()
