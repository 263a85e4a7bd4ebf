"""An ingest's process as whoever watches sees it: started, heard line by line, killed when it takes too long."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Final

_CODE: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from tryon.ingest.child import main; main()"
)
# A product's definition, or a report's line; a longer one is none of ours.
LINE_MAX_BYTES: Final = 1 << 20
_READ_BYTES: Final = 1 << 16
# How often whoever waits is asked whether to go on.
_BEAT_S: Final = 0.5
# On a machine that has compiled nothing yet; no merchant's file is looked at in that time.
PREPARE_S: Final = 600.0

Command = Callable[[], Sequence[str]]


def command() -> Sequence[str]:
    """The command line: like a fresh interpreter, but with this one's module path."""
    return sys.executable, "-c", _CODE, json.dumps(sys.path)


class TookTooLong(Exception):
    """It was killed for its time on the wall."""


class BrokeOff(Exception):
    """It ended without a word: killed from outside, by a limit, or by a fault in a library. ``how`` says it."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class IngestProcess:
    """``told`` as ``tryon.ingest.child.work`` takes it."""

    def __init__(self, told: Mapping[str, Any], make_command: Command = command) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            make_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            # Threads of libraries would take the mirror's cores, and each costs address space.
            env=_environment(),
        )
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(told).encode() + b"\n")
            self._stdin.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        return self._process.stdin

    def lines(self, seconds: float, beat: Callable[[], None]) -> Iterator[Mapping[str, Any]]:
        """What it tells, until its end. ``beat`` is called about twice a second and may raise.

        ``seconds`` count from where it is ready, and anew for each unit. Raises TookTooLong, BrokeOff.
        """
        until_s = time.monotonic() + seconds
        out = self._process.stdout
        assert out is not None  # noqa: S101 - a pipe was asked for
        unread, ended = b"", False
        beat_s = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while True:
                now_s = time.monotonic()
                if now_s >= until_s:
                    self.kill()
                    raise TookTooLong
                if now_s - beat_s >= _BEAT_S:
                    beat_s = now_s
                    beat()
                if not selector.select(min(_BEAT_S, until_s - now_s)):
                    continue
                data = os.read(out.fileno(), _READ_BYTES)
                if not data:
                    break
                *whole, unread = (unread + data).split(b"\n")
                if len(unread) > LINE_MAX_BYTES:
                    self.kill()
                    raise BrokeOff("it said too much at once")
                for line in whole:
                    value = json.loads(line)
                    ended = ended or "end" in value
                    until_s = _later(until_s, value, seconds)
                    yield value
        status = self._process.wait()
        if not ended:
            raise BrokeOff(signal.Signals(-status).name if status < 0 else f"status {status}")

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


def _later(until_s: float, value: Mapping[str, Any], seconds: float) -> float:
    """Until when it may go on, having told this."""
    if "preparing" in value:
        return time.monotonic() + PREPARE_S
    return time.monotonic() + seconds if "begin" in value or "ready" in value else until_s


def _environment() -> dict[str, str]:
    """What it needs to run, and none of the keys to databases and buckets."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PG")) and name not in {"TRYON_DATABASE_URL", "TRYON_BLOBS_URL"}
    }
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
