"""Backup and restore of a whole store in a folder and SQLite: one archive, taken while the server runs.

A store in PostgreSQL and S3 is backed up with their own tools; ``docs/catalogue.md`` says how.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Any, Final

from tryon.config import Settings
from tryon.errors import ConfigError, StoreInvalid, StoreTooLarge
from tryon.store.blobs import FolderBlobs, disk_faults_named
from tryon.store.place import BLOBS_FOLDER, DATABASE_FILE
from tryon.store.store import Store

_BLOB: Final = re.compile(r"blobs/([0-9a-z]{1,32})/([0-9a-f]{64})")
_PIECE_BYTES: Final = 1 << 20
MEMBERS_MAX: Final = 5_000_000
# A member that is larger is none of ours.
MEMBER_MAX_BYTES: Final = 64 * 1024**3


def back_up(settings: Settings, path: Path) -> int:
    """Write ``path``, a tar, which appears when it is whole; how many files it has. Raises ConfigError.

    The database is copied as of one moment; blobs never change, and those of that moment are still there.
    """
    _check_embedded(settings)
    store = Store.open(settings)
    half = path.with_name(f".{path.name}.half")
    try:
        with disk_faults_named(), tempfile.TemporaryDirectory(dir=path.parent) as place:
            copy = Path(place) / DATABASE_FILE
            source, target = sqlite3.connect(settings.store_dir / DATABASE_FILE), sqlite3.connect(copy)
            with source, target:
                source.backup(target)
            rows = target.execute("SELECT merchant_id, sha256 FROM blobs ORDER BY 1, 2").fetchall()
            source.close()
            target.close()
            with tarfile.open(half, "w") as archive:
                archive.add(copy, DATABASE_FILE)
                for merchant_id, sha256 in rows:
                    archive.add(store.blobs.path(merchant_id, sha256), f"blobs/{merchant_id}/{sha256}")
            half.replace(path)
        return len(rows) + 1
    finally:
        half.unlink(missing_ok=True)
        store.close()


def restore(settings: Settings, path: Path) -> int:
    """Make the store from a backup; how many files it had. Raises ConfigError where one is there already.

    It is unpacked beside, checked, and moved into its place when it is whole.
    """
    _check_embedded(settings)
    if (settings.store_dir / DATABASE_FILE).exists():
        raise ConfigError(
            f"There is a store in {settings.store_dir}; move it away first, or name another place in TRYON_STORE_DIR.",
            setting="store_dir",
        )
    settings.store_dir.mkdir(parents=True, exist_ok=True)
    with disk_faults_named(), tempfile.TemporaryDirectory(dir=settings.store_dir) as place:
        folder = Path(place)
        count = _unpack(path, folder)
        _check(folder)
        blobs = settings.store_dir / BLOBS_FOLDER
        if blobs.exists():
            shutil.copytree(folder / BLOBS_FOLDER, blobs, dirs_exist_ok=True)
        else:
            (folder / BLOBS_FOLDER).rename(blobs)
        # Last: without it there is no store.
        (folder / DATABASE_FILE).rename(settings.store_dir / DATABASE_FILE)
    return count


def _check_embedded(settings: Settings) -> None:
    if settings.database_url or settings.blobs_url:
        raise ConfigError(
            "backup and restore are for the embedded store; back PostgreSQL up with pg_dump and the bucket with its "
            "own tools, or export each merchant's catalogue.",
            setting="database_url",
        )


def _unpack(path: Path, folder: Path) -> int:
    """No name of the archive is used as a path; only plain files of known names are read."""
    count = 0
    try:
        blobs = FolderBlobs(folder / BLOBS_FOLDER)
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                count += 1
                if count > MEMBERS_MAX or member.size > MEMBER_MAX_BYTES:
                    raise StoreTooLarge("The backup has more than a store may have.")
                match = _BLOB.fullmatch(member.name)
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or (match is None and member.name != DATABASE_FILE):
                    raise StoreInvalid(
                        f"The backup holds {member.name[-80:]!r}, which is none of a store's files."
                    )
                scratch = blobs.scratch()
                found = _copy(content, scratch)
                if match is None:
                    scratch.replace(folder / DATABASE_FILE)
                elif found != match[2]:
                    raise StoreInvalid("A file of the backup is not what its name says: it is damaged.")
                else:
                    blobs.put(match[1], scratch, found)
    except (tarfile.TarError, EOFError) as error:
        raise StoreInvalid(f"{path.name} is no backup, or is damaged.") from error
    except FileNotFoundError as error:
        raise StoreInvalid(f"{path} does not exist.") from error
    return count


def _copy(content: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while piece := content.read(_PIECE_BYTES):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _check(folder: Path) -> None:
    """The database is whole, and so are the blobs that it names."""
    file = folder / DATABASE_FILE
    if not file.is_file():
        raise StoreInvalid("The backup has no database.")
    blobs = FolderBlobs(folder / BLOBS_FOLDER)
    try:
        raw = sqlite3.connect(file)
        try:
            fine: Any = raw.execute("PRAGMA integrity_check").fetchone()
            rows = raw.execute("SELECT merchant_id, sha256 FROM blobs").fetchall()
        finally:
            raw.close()
    except sqlite3.DatabaseError as error:
        raise StoreInvalid("The backup's database is damaged.") from error
    if fine != ("ok",):
        raise StoreInvalid("The backup's database is damaged.")
    missing = [sha256 for merchant_id, sha256 in rows if not blobs.has(merchant_id, sha256)]
    if missing:
        raise StoreInvalid(f"The backup lacks {len(missing)} files that its database names.")
