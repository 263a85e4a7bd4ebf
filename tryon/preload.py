"""Kernels loaded from disk before they are called: noted when all of them are there, read by the next start.

Loading one takes some ten milliseconds of the interpreter, and there are a hundred. A mirror that has to open loads
what the first look needs, and the rest while it works already, a little at a time.
"""

from __future__ import annotations

import logging
import pickle
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from tryon import compiled

_log = logging.getLogger(__name__)

# By kernel, the types that it was called with.
Types: TypeAlias = "dict[str, tuple[Any, ...]]"

# A folder of the user's choice is not emptied when sources change.
_FILE: Final = f"kernels-{compiled.STATE}.pickle"
# Of others' kernels, such as a test's, nothing is noted.
_OURS: Final = __name__.partition(".")[0] + "."
# After each kernel so many times what it took: what else runs in the process keeps most of the interpreter.
CALM: Final = 4.0


@dataclass(frozen=True, slots=True)
class Note:
    """Every kernel that products of these ``kinds`` call, and the types that they call it with."""

    kinds: frozenset[str]
    types: Types


def note(kinds: Iterable[str]) -> None:
    """Remember which kernels this process has now, with those of earlier notes. A disk that cannot be written to
    forgets it."""
    types = {
        name: tuple(each.signatures)
        for name, each in compiled.kernels().items()
        if name.startswith(_OURS) and each.signatures
    }
    covered, before = frozenset(kinds), _read()
    if before is not None:
        covered |= before.kinds
        for name, known in before.types.items():
            here = types.get(name, ())
            types[name] = here + tuple(each for each in known if each not in here)
    with suppress(OSError):
        _write(compiled.cache_folder() / _FILE, (covered, types))


def noted(kinds: Iterable[str]) -> Note | None:
    """The note, if everything that products of these kinds call is in it and was compiled."""
    found = _read() if compiled.is_whole() else None
    return found if found is not None and found.kinds.issuperset(kinds) else None


def load(types: Types, pause: Callable[[float], bool]) -> None:
    """Load what this process does not have yet, with ``pause`` after each; it gets seconds, and True from it ends the
    loading. What is not on disk any more is compiled."""
    known = compiled.kernels()
    for name, signatures in types.items():
        each = known.get(name)
        if each is None:
            continue
        for signature in signatures:
            if signature in each.signatures:
                continue
            began_s = time.perf_counter()
            try:
                each.compile(signature)
            except Exception as error:  # noqa: BLE001 - whoever calls the kernel meets it again
                _log.warning("a kernel could not be loaded: %s", type(error).__name__)
            if pause(CALM * (time.perf_counter() - began_s)):
                return


def _read() -> Note | None:
    try:
        # numba keeps its own files in this folder the same way.
        kinds, types = pickle.loads((compiled.cache_folder() / _FILE).read_bytes())  # noqa: S301
        return Note(frozenset(kinds), dict(types))
    except Exception:  # noqa: BLE001 - absent, cut short, or of another version of numba: as if it were not there
        return None


def _write(path: Path, told: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_FILE, delete=False) as file:
        try:
            file.write(pickle.dumps(told))
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise
