"""A worker process as the first process sees it: started, heard, given connections, ended."""

from __future__ import annotations

import signal
import socket
import time
from dataclasses import dataclass, fields
from typing import Any, Final

from tryon.config import Settings
from tryon.web.spawn import SPARE, Command, command, spawn


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
        started = (SPARE.take() if make_command is command else None) or spawn(make_command)
        self.channel, self._process = started
        self.told = Told()
        self.silent_s = 0.0
        self.since_s = time.monotonic()
        self._promised = 0
        self._house: tuple[int, int] | None = None
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
