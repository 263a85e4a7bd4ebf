"""A process of our own that may be killed at any time: lower priority, bounded memory, and no life after its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

# Everything else on this machine goes first, the mirror above all.
NICE: Final = 15
_CODE: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from tryon.qa.desk.child import main; main(sys.argv[2])"
)
_STATM: Final = "/proc/{}/statm"
_MB: Final = 1 << 20

Command = Callable[[str], Sequence[str]]


def command(work: str) -> Sequence[str]:
    """The command line of a process that does ``work``: "job" or "intake"."""
    return sys.executable, "-c", _CODE, json.dumps(sys.path), work


class Child:
    """One process. What it shall do is a JSON value on its standard input, whose end is its own end."""

    def __init__(self, work: str, told: dict[str, Any], make_command: Command = command) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            make_command(work),
            stdin=subprocess.PIPE,
            # What nobody reads would fill a pipe.
            stdout=subprocess.PIPE if work == "intake" else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            # Threads of libraries would take the mirror's cores.
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(told).encode() + b"\n")
            self._stdin.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def ended(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """The exit status; None where it still runs after that time."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout_s)
        return None

    def output(self, timeout_s: float) -> bytes:
        """All that it prints until its end. Raises TimeoutError, and then it runs no more."""
        out = self._process.stdout
        if out is None:
            return b""
        timer = threading.Timer(timeout_s, self.kill)
        timer.start()
        try:
            data = bytes(out.read())
            self._process.wait()
        finally:
            timer.cancel()
        if self._process.returncode == -signal.SIGKILL:
            raise TimeoutError
        return data

    def memory_mb(self) -> float | None:
        """What it holds in memory, where the system tells."""
        try:
            pages = int(Path(_STATM.format(self.pid)).read_text("ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE") / _MB

    def kill(self) -> None:
        """At once, with whatever it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """It has ended afterwards. Idempotent."""
        if self._process.poll() is None:
            self.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()


def main(work: str) -> None:
    """The process."""
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    told = json.loads(sys.stdin.buffer.readline())
    _bound_memory(told["memory_mb"])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if work == "job":
        from tryon.qa.desk.job import run

        run(told)
    else:
        from tryon.qa.desk.intake import look

        sys.stdout.write(json.dumps(look(told)))
        sys.stdout.flush()
    # What libraries would do at exit takes a second, and nobody waits for it.
    os._exit(0)


def _bound_memory(limit_mb: int) -> None:
    """A fence behind the one that whoever watches us holds: one allocation may be larger than all."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (2 * limit_mb * _MB, 2 * limit_mb * _MB))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


def _end_with_parent() -> None:
    """Nobody writes a second line: the input's end is the parent's."""
    sys.stdin.buffer.read()
    os._exit(1)
