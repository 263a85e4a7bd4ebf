"""The process of one ingest: hostile files are decoded here, within limits, and nowhere else.

It gets its orders as one JSON line on the standard input, whose end is its own end, and tells what it does on the
standard output. It has no database and no keys, and may be killed at any moment.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tryon.errors import TryOnError
from tryon.ingest.process import PREPARE_S
from tryon.ingest.work import Say, Work, lines_to

# Everything else on this machine goes first, the mirror above all.
NICE: Final = 10
_MB: Final = 1 << 20
# Beyond any file that an ingest writes: a rebuilt mesh with its pictures.
FILE_MAX_BYTES: Final = 128 * _MB
OPEN_FILES: Final = 256


def main() -> None:
    """The process. Status 0 where it came to an end of its own, whatever that is."""
    # What libraries print must not come between our lines.
    out = os.dup(1)
    with open(os.devnull, "wb") as nothing:  # noqa: PTH123 - a descriptor is wanted
        os.dup2(nothing.fileno(), 1)
    say = lines_to(lambda line: _write(out, line))
    told = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit(told["memory_mb"])
    say(work(told, say))
    # What libraries would do at exit takes a second, and nobody waits for it.
    os._exit(0)


def work(told: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
    """Make what was ordered; how it ended."""
    from tryon.ingest.kinds import kind_of

    def timed(value: Mapping[str, Any]) -> None:
        if "preparing" in value:
            limit_cpu(PREPARE_S)
        elif "begin" in value or "ready" in value:
            limit_cpu(told["seconds"])
        say(value)

    limit_cpu(told["seconds"])
    try:
        kind = kind_of(told["order"]["kind"])
        if kind.draws:
            from tryon.ingest.prepare import get_ready

            get_ready(timed)
        make = kind.make()
        make(
            Work(
                order=told["order"],
                inputs={name: Path(path) for name, path in told["inputs"].items()},
                folder=Path(told["folder"]),
                say=timed,
                current=told["current"],
                done=told["done"],
            )
        )
    except TryOnError as error:
        return {"end": "refused", "sentence": error.sentence, "code": error.code, "field": _field(error)}
    except MemoryError:
        sentence = "The file needs more memory than an ingest may have (TRYON_INGEST_MEMORY_MB)."
        return {"end": "refused", "sentence": sentence, "code": "too_large", "field": None}
    except Exception as error:  # noqa: BLE001 - whoever ordered is told that it failed, and which fault it was
        sentence = (
            f"The ingest failed ({type(error).__name__}); the file may be broken in a way that is new to it."
        )
        return {"end": "failed", "sentence": sentence, "code": "failed", "field": None}
    return {"end": "done"}


def limit(memory_mb: int) -> None:
    """Address space and size of files; whoever watches also keeps the time on the wall."""
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory_mb * _MB),
        (resource.RLIMIT_FSIZE, FILE_MAX_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS refuses a limit of the address space.
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def limit_cpu(seconds: float) -> None:
    """So much more processor time than was used so far."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def _field(error: TryOnError) -> str | None:
    field = error.details.get("field")
    return field if isinstance(field, str) else None


def _write(out: int, line: bytes) -> None:
    while line:
        line = line[os.write(out, line) :]


def _end_with_parent() -> None:
    """Nobody writes a second line: the input's end is the parent's."""
    sys.stdin.buffer.read()
    os._exit(1)
