"""The counter of commits, and that whoever reads it leaves SQLite's locks alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tryon.store import commits
from tryon.store.commits import read_counter

_WRITE = (
    "import sqlite3, sys; raw = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)\n"
    "try: raw.execute('BEGIN IMMEDIATE')\n"
    "except sqlite3.OperationalError as error: print(error)\n"
    "else: print('begun')"
)


def other_process_writes(file: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", _WRITE, str(file)], capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def test_it_changes_with_every_commit(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    raw = sqlite3.connect(file)
    counters = set()
    for number in range(5):
        raw.execute(f"CREATE TABLE t{number} (x)")
        raw.commit()
        counters.add(read_counter(file))
    raw.close()
    assert len(counters) == 5
    assert {len(counter or b"") for counter in counters} == {4}
    assert read_counter(tmp_path / "none") is None
    assert read_counter(tmp_path) is None, "a folder is no database"


def test_reading_it_drops_no_lock_of_a_transaction(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("CREATE TABLE t (x)")
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT INTO t VALUES (1)")
    for _ in range(3):
        assert read_counter(file) is not None
        assert other_process_writes(file) == "database is locked"
    raw.execute("COMMIT")
    raw.close()
    assert other_process_writes(file) == "begun"


def test_a_file_that_took_the_name_is_read(tmp_path: Path) -> None:
    file, other = tmp_path / "x.db", tmp_path / "y.db"
    file.write_bytes(bytes(24) + b"aaaa")
    other.write_bytes(bytes(24) + b"bbbb")
    assert read_counter(file) == b"aaaa"
    other.replace(file)
    assert read_counter(file) == b"bbbb"
    (tmp_path / "z.db").write_bytes(bytes(24) + b"cccc")
    assert read_counter(tmp_path / "z.db") == b"cccc"
    assert all(os.fstat(held).st_nlink for held in commits._held.values()), "nobody holds what has no name"
