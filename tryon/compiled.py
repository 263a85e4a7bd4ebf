"""How numba compiles our kernels: once, for all of them.

``nogil``: worker threads run side by side. ``cache``: the second start compiles nothing. ``fastmath`` and numpy's error
model: a division by zero gives infinity instead of a branch and an exception; kernels guard their own denominators.
Results are the same from run to run on one machine.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba import njit
from numba.core import event
from numpy.typing import NDArray

from tryon.kept import cache_root

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=NDArray[Any])

# Packages whose modules hold kernels or functions that are copied into them.
_SOURCES: Final = ("geometry", "overlays", "perception", "render")
# Compiled sets kept on disk: this version's, and a few before it for whoever goes back and forth.
_SETS_KEPT: Final = 4
# One that was used this recently is not in the way, however many there are: another checkout, or a server of another
# version, may be about to start a process with it. A set has some 10 MB.
_IN_USE_S: Final = 24 * 3600.0


def _cache_folder() -> Path:
    """Where machine code is kept: one folder for each state of the kernels' sources.

    numba looks at a kernel's own file only; a changed function that was copied into it would go unseen.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    # The flags below are no part of what numba compares, either.
    digest.update(Path(__file__).read_bytes())
    for name in _SOURCES:
        for source in sorted((package / name).glob("*.py")):
            digest.update(source.read_bytes())
    return cache_root() / "kernels" / digest.hexdigest()[:16]


def _forget_old_sets(folder: Path, now_s: float) -> None:
    """All but ``folder``, the last few, and those in use. ``now_s`` is the time as the file system tells it."""
    with suppress(OSError):
        # Not there yet, or not ours to touch.
        os.utime(folder, (now_s, now_s))
    try:
        used_s = {entry: entry.stat().st_mtime for entry in folder.parent.iterdir() if entry != folder}
    except OSError:
        return
    for old in sorted(used_s, key=lambda entry: -used_s[entry])[_SETS_KEPT - 1 :]:
        if now_s - used_s[old] > _IN_USE_S:
            shutil.rmtree(old, ignore_errors=True)


_folder = _cache_folder()
# The kernels' sources as they are, in a few letters.
STATE: Final = _folder.name
if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(_folder)  # type: ignore[attr-defined]
    _forget_old_sets(_folder, time.time())


def is_whole(part: str = "whole") -> bool:
    """Whether everything, or a part of it, has been compiled for this machine and this state of the sources:
    ``mark_whole`` said so."""
    return _mark(part).exists()


def mark_whole(part: str = "whole") -> None:
    """Remember that everything, or a part of it, has been compiled. A disk that cannot be written to forgets it."""
    with suppress(OSError):
        _mark(part).parent.mkdir(parents=True, exist_ok=True)
        _mark(part).touch()


def cache_folder() -> Path:
    """Where this process keeps machine code."""
    return Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]


def _mark(part: str) -> Path:
    return cache_folder() / part


class _Watch(event.Listener):
    """Counts what is being compiled now: a kernel, and what it calls. The compiler's own lock keeps others out."""

    running = 0

    def on_start(self, event: event.Event) -> None:
        del event
        self.running += 1

    def on_end(self, event: event.Event) -> None:
        del event
        self.running -= 1


_watch: Final = _Watch()
event.register("numba:compile", _watch)  # type: ignore[no-untyped-call]
_kernels: Final[list[Any]] = []


def is_compiling() -> bool:
    """Whether some thread of this process compiles a kernel; loading one from disk is no compiling."""
    return _watch.running > 0


def kernels() -> dict[str, Any]:
    """The kernels of all modules that are imported by now, by module and name. ``signatures`` of one is the list of
    types for which it is there; ``compile`` loads it from disk for more, or compiles it."""
    return {f"{each.py_func.__module__}.{each.py_func.__qualname__}": each for each in _kernels}


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` for the machine when it is first called; its types stay those that it declares."""
    compiled: Any = njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function)
    _kernels.append(compiled)
    return cast("Callable[P, R]", compiled)


def quick(function: Callable[P, R]) -> Callable[P, R]:
    """As ``kernel``, for work of a few dozen microseconds: it keeps the interpreter's lock.

    Whoever lets the lock go may wait for another thread's Python before getting it back; two workers lost half a
    millisecond of each frame to that.
    """
    compiled: Any = njit(cache=True, fastmath=True, error_model="numpy")(function)
    _kernels.append(compiled)
    return cast("Callable[P, R]", compiled)


# Numbers of 32 bits in kernels, as a type checker is to read them. A bare literal is a double, and makes one of what it
# meets; an ``int`` is signed, and each index that is may count from the end.
single: Final = cast("Callable[[float], float]", np.float32)
whole: Final = cast("Callable[[float], int]", np.int32)
unsigned: Final = cast("Callable[[int], int]", np.uint32)
# Of 64 bits: with a signed one beside it, numba makes a double of it.
lanes: Final = cast("Callable[[int], int]", np.uint64)


def sealed(array: A) -> A:
    """A view that must not be written. Kernels are compiled once for what may be written and once for what may not:
    those that only read get this, and are compiled once."""
    view: A = array.view()
    view.flags.writeable = False
    return view


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As ``kernel``, for what kernels call per pixel: the code generator copies it into the caller.

    A call between kernels counts references to each array argument, atomically, twice; per pixel that costs more than
    the work. numba can copy a function into its caller, too, before it looks at types; each copy's types are then found
    anew, which made the first start half a minute longer and no frame quicker.
    """
    compiled: Any = njit(nogil=True, fastmath=True, error_model="numpy", forceinline=True)(function)
    return cast("Callable[P, R]", compiled)
