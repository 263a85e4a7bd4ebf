"""How many commits an SQLite file has seen: four bytes of its header, read without a lock.

POSIX drops all of a process's locks on a file when that process closes any descriptor of it, SQLite's too. Another
process then takes a transaction that is being written for one that was left behind, and rolls it back
(https://www.sqlite.org/howtocorrupt.html, 2.2). So a descriptor that was opened here stays open.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final

# https://www.sqlite.org/fileformat.html, 1.3.7: the file change counter.
_COUNTER: Final = (4, 24)
_held: Final[dict[tuple[int, int], int]] = {}
_lock: Final = threading.Lock()


def read_counter(file: Path) -> bytes | None:
    """Another one after every commit; None where the file cannot be read."""
    size, offset = _COUNTER
    try:
        return os.pread(_descriptor(file), size, offset)
    except OSError:
        return None


def _descriptor(file: Path) -> int:
    """The one for the file that has this name now. Raises OSError."""
    found = file.stat()
    with _lock:
        held = _held.get((found.st_dev, found.st_ino))
        if held is not None:
            return held
        _forget_deleted()
        opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        really = os.fstat(opened)
        # Another one may have taken its name in between; two descriptors of one file do no harm.
        return _held.setdefault((really.st_dev, really.st_ino), opened)


def _forget_deleted() -> None:
    """Nobody opens a file any more that has no name: its locks mean nothing."""
    for key, descriptor in list(_held.items()):
        if os.fstat(descriptor).st_nlink == 0:
            os.close(_held.pop(key))
