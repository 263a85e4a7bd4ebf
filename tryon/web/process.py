"""A worker process as the first process sees it: started, heard, given connections, ended."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from tryon.config import Settings
from tryon.web.channel import Channel

# Like a fresh interpreter, but with this one's module path: the folder in which the server was started is not searched.
# While all is imported there is no garbage, only ever more to look through; the worker collects once it is ready.
_CODE: Final = (
    "import gc, sys, json; gc.disable(); sys.path[:] = json.loads(sys.argv[2]); "
    "from tryon.web.worker import main; main(int(sys.argv[1]))"
)

Command = Callable[[int], Sequence[str]]


def command(descriptor: int) -> Sequence[str]:
    """The command line of a worker whose end of the channel is the open file ``descriptor``."""
    return sys.executable, "-c", _CODE, str(descriptor), json.dumps(sys.path)


def _own_stderr() -> int | None:
    """Python's own standard error, which is another file than the silenced one of the C libraries."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        # None, closed or replaced by something that is no file.
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker last said of itself; ``received`` counts the promised places that it has heard of."""

    state: str = "warming"
    step: str = "start"
    fraction: float = 0.0
    sentence: str = ""
    taken: int = 0
    received: int = 0


_FIELDS: Final = tuple(field.name for field in fields(Told))


class WorkerProcess:
    """One of them. ``silent_s`` is how long it has not been heard; whoever watches counts it up."""

    def __init__(self, settings: Settings, make_command: Command = command) -> None:
        self.channel, theirs = Channel.pair()
        self.told = Told()
        self.silent_s = 0.0
        self.since_s = time.monotonic()
        self._promised = 0
        self._house: tuple[int, int] | None = None
        # Ctrl+C reaches every process of the terminal; a worker is stopped by the first one alone.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own command line
                    make_command(theirs.fileno()),
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stderr=_own_stderr(),
                )
        except OSError:
            self.channel.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        self.channel.send(settings.model_dump(mode="json"))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ready(self) -> bool:
        return self.told.state == "ready"

    @property
    def load(self) -> int:
        """Places that are taken or promised there; those promises it has not heard of are counted as well."""
        return self.told.taken + self._promised - self.told.received

    def hear(self) -> None:
        """Take in what it has said. Raises EOFError when it has ended."""
        for message in self.channel.receive():
            self.told = Told(**{name: message.told[name] for name in _FIELDS})
            self.silent_s = 0.0

    def take(self, sock: socket.socket, *, promised: bool) -> bool:
        """Hand it a connection, ``promised`` a place at the mirror. False if it does not listen."""
        if not self._say({"connection": "mirror" if promised else "other"}, sock):
            return False
        self._promised += promised
        return True

    def tell_house(self, taken_elsewhere: int, ready: int) -> None:
        """What the worker should know of the others; told again only when it is news."""
        house = (taken_elsewhere, ready)
        if house != self._house and self._say({"house": house}):
            self._house = house

    def prepare_sample(self) -> None:
        self._say({"sample": True})

    def _say(self, told: dict[str, Any], sock: socket.socket | None = None) -> bool:
        try:
            self.channel.send(told, sock)
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Ask it to close its sessions and end."""
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def how(self) -> str:
        """How it ended, in words."""
        status = self._process.poll()
        if status is None:
            return "it does not answer"
        return signal.Signals(-status).name if status < 0 else f"status {status}"
