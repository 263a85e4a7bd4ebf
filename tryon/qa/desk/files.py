"""Files that several processes share: written in one step, locked across processes, removed for good."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

PRIVATE: Final = 0o700
# Values of ours are a few kilobytes; a larger file is none of them.
_BYTES_MAX: Final = 1 << 20


def make_private(folder: Path) -> Path:
    """The folder, for this user alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    folder.chmod(PRIVATE)
    return folder


def write_json(path: Path, value: object, *, durable: bool = True) -> None:
    """Put the value in place of what is there, in one step. Raises OSError.

    ``durable``: it outlives a loss of power.
    """
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with half.open("w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    if durable:
        sync(path.parent)


def read_json(path: Path) -> dict[str, Any] | None:
    """None where there is no such file, or none of ours."""
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(_BYTES_MAX))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def sync(folder: Path) -> None:
    """Have the folder's names on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def size_of(folder: Path) -> int:
    """Bytes of all files below; those that vanish meanwhile do not count."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - thousands of them
    return total


def discard(folder: Path, trash: Path) -> None:
    """Have the folder gone in one step, then its files. What cannot be removed now is left to ``empty``."""
    away = trash / secrets.token_hex(8)
    try:
        folder.rename(away)
    except FileNotFoundError:
        return
    shutil.rmtree(away, ignore_errors=True)


def empty(trash: Path) -> None:
    for path in trash.iterdir():
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone among all threads and processes that lock ``path``; the system frees the lock of one that dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Claim:
    """A lock that is held until ``close``, or until the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Whether it is ours now; does not wait."""
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def close(self) -> None:
        """Idempotent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
