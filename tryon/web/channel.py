"""The line between the server's first process and one of its workers: JSON messages, some with an open socket.

One message a line, both ways, over a UNIX socket pair. A socket travels as SCM_RIGHTS beside the message that names it,
so that what a shopper sends is never read by the first process. Every message tells a state, not a change, wherever it
can: one that finds the line full may then be dropped, as the next one says more.
"""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import Self

_READ_BYTES: Final = 64 * 1024
# The kernel hands over the sockets of one message at a time; more room costs nothing.
_SOCKETS: Final = 16
# Settings are the longest message, with room for many allowed origins.
_LINE_BYTES_MAX: Final = 1024 * 1024
_HAS_SOCKET: Final = "socket"


@dataclass(frozen=True, slots=True)
class Message:
    """``sock`` is the receiver's to close; None where the message has none, or the process may open no more files."""

    told: dict[str, Any]
    sock: socket.socket | None = None


class Channel:
    """One end. Neither method waits."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._unread = b""
        self._sockets: deque[int] = deque()

    @classmethod
    def pair(cls) -> tuple[Self, socket.socket]:
        """Our end, and the one to be inherited by the worker."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(ours), theirs

    def fileno(self) -> int:
        return self._end.fileno()

    def send(self, told: Mapping[str, Any], sock: socket.socket | None = None) -> None:
        """Raises BlockingIOError when the other side does not read, and OSError when it has gone.

        ``sock`` stays open here.
        """
        message = dict(told)
        if sock is not None:
            message[_HAS_SOCKET] = True
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        sent = socket.send_fds(self._end, [data], [] if sock is None else [sock.fileno()])
        if sent < len(data):
            # Half a message cannot be taken back, and a line that has room for half of one is not being read.
            self.close()
            raise ConnectionAbortedError("the line was full in the middle of a message")

    def receive(self) -> list[Message]:
        """What has come, perhaps nothing. Raises EOFError when the other side has gone."""
        try:
            data, numbers, _, _ = socket.recv_fds(self._end, _READ_BYTES, _SOCKETS)
        except BlockingIOError:
            return []
        except OSError as error:
            raise EOFError from error
        self._sockets.extend(numbers)
        if not data:
            raise EOFError
        *lines, self._unread = (self._unread + data).split(b"\n")
        if len(self._unread) > _LINE_BYTES_MAX:
            raise EOFError
        return [self._message(json.loads(line)) for line in lines]

    def _message(self, told: dict[str, Any]) -> Message:
        if not told.pop(_HAS_SOCKET, False) or not self._sockets:
            return Message(told)
        return Message(told, socket.socket(fileno=self._sockets.popleft()))

    def close(self) -> None:
        """Idempotent."""
        while self._sockets:
            with suppress(OSError):
                socket.socket(fileno=self._sockets.popleft()).close()
        self._end.close()
