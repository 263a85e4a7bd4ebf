"""What is made once and is the same ever after: where it lies on disk, and arrays that are kept there.

The folder is the cache of ``Settings``; this module, and what compiles kernels, need it before settings are read.
Nothing in it is missed: what is gone, cut short, or of another version is made again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

_PACKAGE: Final = Path(__file__).parent
# A product of 100,000 triangles has some 10 MB in all its levels.
_KEPT_MB: Final = 512
# Of all that is kept, only so much goes at once: the rest stays for whoever comes back.
_LEFT: Final = 0.75


def cache_root() -> Path:
    """The folder that may be emptied at any time, as the environment names it; it need not exist."""
    own, everybodys = os.environ.get("TRYON_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")
    return Path(own) if own else (Path(everybodys) if everybodys else Path.home() / ".cache") / "tryon"


def kept(kind: str, key: bytes, code: Iterable[str], make: Callable[[], Arrays]) -> Arrays:
    """What ``make`` returns, from disk if it was made before.

    ``key`` tells what it is made from; ``code`` names the files, relative to the package, whose change makes it
    another.
    A disk that is full or not ours to write to costs the next start its time, and nothing else.
    """
    digest = hashlib.sha256(_code_digest(tuple(code)) + key).hexdigest()[:32]
    path = cache_root() / "kept" / f"{kind}-{digest}.npz"
    found = _read(path)
    if found is not None:
        return found
    made = make()
    with suppress(OSError):
        _write(path, made)
        _forget_oldest(path.parent, _KEPT_MB * 1_000_000)
    return made


@cache
def _code_digest(code: tuple[str, ...]) -> bytes:
    digest = hashlib.sha256(np.__version__.encode())
    for name in code:
        digest.update((_PACKAGE / name).read_bytes())
    return digest.digest()


def _read(path: Path) -> Arrays | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
    with suppress(OSError):
        os.utime(path)
    return found


def _write(path: Path, arrays: Arrays) -> None:
    """Whole or not at all: another process may read at any time, and a machine may stop."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            np.savez(part, **arrays)
            part.close()
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _forget_oldest(folder: Path, most_bytes: int) -> None:
    files = sorted((entry.stat().st_mtime, entry.stat().st_size, entry) for entry in folder.iterdir())
    total = sum(size for _, size, _ in files)
    if total <= most_bytes:
        return
    for _, size, entry in files:
        entry.unlink(missing_ok=True)
        total -= size
        if total <= _LEFT * most_bytes:
            return
