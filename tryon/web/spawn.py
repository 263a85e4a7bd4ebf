"""How a worker process is started, perhaps before its first process knows what to tell it.

Both import for a second; on two cores they do so at once. So nothing heavy is imported here.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from tryon.web.channel import Channel

# Like a fresh interpreter, but with this one's module path: the folder in which the server was started is not searched.
_CODE: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]); "
    "from tryon.web.spawn import work; work(int(sys.argv[1]))"
)
# Where OpenSSL looks for certificate authorities instead of the system's places.
_AUTHORITIES: Final = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}

Command = Callable[[int], Sequence[str]]


class Started(NamedTuple):
    """A worker that waits for its settings, and our end of the line to it."""

    channel: Channel
    process: subprocess.Popen[bytes]


def command(descriptor: int) -> Sequence[str]:
    """The command line of a worker whose end of the channel is the open file ``descriptor``."""
    return sys.executable, "-c", _CODE, str(descriptor), json.dumps(sys.path)


def spawn(make_command: Command = command) -> Started:
    """Start one. Raises OSError where the system cannot."""
    channel, theirs = Channel.pair()
    # Ctrl+C reaches every process of the terminal; a worker is stopped by the first one alone.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own command line
                make_command(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stderr=_own_stderr(),
            )
    except OSError:
        channel.close()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return Started(channel, process)


def work(descriptor: int) -> None:
    """Be a worker process; ``descriptor`` is the inherited end of its channel."""
    # While all is imported there is no garbage, only ever more to look through; the worker collects once it is ready.
    gc.disable()
    with without_authorities():
        from tryon.web.worker import main
    main(descriptor)


@contextmanager
def without_authorities() -> Iterator[None]:
    """Let nobody read the system's certificate authorities: aiohttp does so twice when it is imported, for clients
    that a server has none of, and it takes a tenth of a second."""
    before = {name: os.environ.get(name) for name in _AUTHORITIES}
    os.environ.update(_AUTHORITIES)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Spare:
    """A worker that is started ahead of its time; ``take`` it once, and ``drop`` it if nobody did."""

    def __init__(self) -> None:
        self._started: Started | None = None

    def start(self) -> None:
        """Start it, unless it would only be in the way of this process. Where it cannot be started, whoever needs one
        is told why."""
        if self._started is None and len(_cores()) > 1:
            try:
                self._started = spawn()
            except OSError:
                return

    def take(self) -> Started | None:
        """Whoever takes it ends it. None where there is none, or where it has ended."""
        if self._started is not None and self._started.process.poll() is not None:
            self.drop()
        started, self._started = self._started, None
        return started

    def drop(self) -> None:
        """Idempotent."""
        started, self._started = self._started, None
        if started is not None:
            started.channel.close()
            started.process.kill()
            started.process.wait()


# The command's first act starts it, and the supervisor takes it much later.
SPARE: Final = Spare()


def _cores() -> Sequence[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)


def _own_stderr() -> int | None:
    """Python's own standard error, which is another file than the silenced one of the C libraries."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        # None, closed or replaced by something that is no file.
        return None
