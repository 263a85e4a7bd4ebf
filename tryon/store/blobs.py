"""Files by what is in them: SHA-256 in, bytes out; written once, never changed.

A blob is written under a temporary name, forced to the disk, and renamed; its row in the database comes after. What a
crash leaves behind is a file without a row, which ``tryon.store.sweep`` removes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tryon.errors import ConfigError, StoreDown, StoreFull, StoreMissing
from tryon.store.database import fsync_folder

_PIECE_BYTES: Final = 1 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_TEMPORARY: Final = "incoming"
PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Kept:
    """A blob that is there, whether a row knows it or not."""

    merchant_id: str
    sha256: str
    age_s: float


class Blobs(Protocol):
    """Where files are kept. Every method may raise StoreDown; those that write, StoreFull."""

    def scratch(self, name: str = "") -> Path:
        """A new path for a file that is to be ``put``; on the same disk, so that a rename will do."""
        ...

    def put(self, merchant_id: str, file: Path, sha256: str) -> None:
        """Keep the file, which is moved away; when this returns, a loss of power does not harm it."""
        ...

    def has(self, merchant_id: str, sha256: str) -> bool:
        """Whether it is there."""
        ...

    def path(self, merchant_id: str, sha256: str) -> Path:
        """A local file with its bytes, not to be changed. Raises StoreMissing."""
        ...

    def remove(self, merchant_id: str, sha256: str) -> None:
        """Idempotent."""
        ...

    def every(self) -> Iterator[Kept]:
        """All that there is."""
        ...

    def sweep_scratch(self, older_s: float) -> int:
        """Remove temporary files that nobody finished; how many."""
        ...


class FolderBlobs:
    """Blobs in ``folder/MERCHANT/ab/abcdef…``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / _TEMPORARY
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        except OSError as error:
            raise ConfigError(
                f"The store cannot keep files in {folder} ({(error.strerror or str(error)).lower()}); name another "
                "place in TRYON_BLOBS_URL or TRYON_STORE_DIR.",
                setting="blobs_url",
            ) from error

    def scratch(self, name: str = "") -> Path:
        return self._incoming / f"{secrets.token_hex(16)}{name and '-'}{name}"

    def put(self, merchant_id: str, file: Path, sha256: str) -> None:
        path = self._at(merchant_id, sha256)
        with disk_faults_named():
            if path.exists():
                # Used anew: its age begins again, or the sweeper might take it before its row is written.
                os.utime(path)
                file.unlink(missing_ok=True)
                return
            sync_file(file)
            for folder in (path.parent.parent, path.parent):
                if not folder.exists():
                    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
                    fsync_folder(folder.parent)
            file.replace(path)
            fsync_folder(path.parent)

    def has(self, merchant_id: str, sha256: str) -> bool:
        return self._at(merchant_id, sha256).is_file()

    def path(self, merchant_id: str, sha256: str) -> Path:
        path = self._at(merchant_id, sha256)
        if not path.is_file():
            raise StoreMissing("A file of the catalogue is missing from the store; restore it from a backup.")
        return path

    def remove(self, merchant_id: str, sha256: str) -> None:
        with disk_faults_named():
            self._at(merchant_id, sha256).unlink(missing_ok=True)

    def every(self) -> Iterator[Kept]:
        now_s = time.time()
        for path in self.folder.glob("*/??/*"):
            if _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):
                    yield Kept(path.parent.parent.name, path.name, now_s - path.stat().st_mtime)

    def sweep_scratch(self, older_s: float) -> int:
        return sweep_folder(self._incoming, older_s)

    def _at(self, merchant_id: str, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256) or not merchant_id.isalnum():
            raise StoreMissing("There is no such file.")
        return self.folder / merchant_id / sha256[:2] / sha256


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with disk_faults_named(), path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def copy_in(blobs: Blobs, merchant_id: str, source: Path) -> tuple[str, int]:
    """Keep a copy of a file that stays where it is; its SHA-256 and size."""
    scratch = blobs.scratch()
    try:
        with disk_faults_named():
            shutil.copyfile(source, scratch)
        sha256, size = digest_of(scratch)
        blobs.put(merchant_id, scratch, sha256)
    finally:
        scratch.unlink(missing_ok=True)
    return sha256, size


def keep_bytes(blobs: Blobs, merchant_id: str, data: bytes) -> tuple[str, int]:
    """Keep these bytes; their SHA-256 and size."""
    scratch = blobs.scratch()
    try:
        with disk_faults_named():
            scratch.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        blobs.put(merchant_id, scratch, sha256)
    finally:
        scratch.unlink(missing_ok=True)
    return sha256, len(data)


def sync_file(path: Path) -> None:
    """Have the file's bytes on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_folder(folder: Path, older_s: float) -> int:
    """Remove files and folders that have not been touched for so long; how many."""
    limit_s, count = time.time() - older_s, 0
    for path in folder.iterdir():
        with suppress(OSError):
            if path.lstat().st_mtime <= limit_s:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                count += 1
    return count


@contextmanager
def disk_faults_named() -> Iterator[None]:
    """The disk's own faults as errors of ours, without paths."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull(
                "The disk is full; nothing that was kept is lost. Free some space and try again."
            ) from error
        why = (error.strerror or type(error).__name__).lower()
        raise StoreDown(f"The store's files cannot be used ({why}).") from error
