"""Takes in connections and tells, without reading them, which ones are for the mirror.

The first bytes are looked at where they lie in the kernel (MSG_PEEK), so whoever gets the connection reads the request
from its beginning. A peer that says nothing, or drips, costs one open file for a few seconds.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_log = logging.getLogger(__name__)

# A browser's first bytes come with its connection; a phone far away may need a second.
FIRST_BYTES_S: Final = 10.0
# Connections that have not said yet what they want; one more, and the oldest is closed.
WAITING_MAX: Final = 256
_MIRROR: Final = b"GET /ws/mirror"
# A peer that sent the beginning of a line is looked at again after this long: its bytes stay readable meanwhile.
_AGAIN_S: Final = 0.05
_SWEEP_S: Final = 0.5
# Others get their turn between so many new connections.
_ACCEPT_TURN: Final = 64
_PAUSE_S: Final = 0.5
_OUT_OF_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

Deliver = Callable[[socket.socket, bool], None]


@dataclass(slots=True)
class _Waiting:
    since_s: float
    again: asyncio.TimerHandle | None = None


class Acceptor:
    """Listens until ``close``. ``deliver`` gets each connection to keep, and whether it asks for the mirror."""

    def __init__(
        self,
        listener: socket.socket,
        deliver: Deliver,
        *,
        first_bytes_s: float = FIRST_BYTES_S,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._listener = listener
        self._deliver = deliver
        self._first_bytes_s = first_bytes_s
        self._waiting_max = waiting_max
        self._loop = asyncio.get_running_loop()
        # In the order in which they came.
        self._waiting: dict[socket.socket, _Waiting] = {}
        self._closed = False
        listener.setblocking(False)
        self._loop.add_reader(listener, self._accept)
        self._timer = self._loop.call_later(_SWEEP_S, self._sweep)

    def close(self) -> None:
        """Stop listening and let go of those that wait. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._timer.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for sock in list(self._waiting):
            self._drop(sock)

    def _accept(self) -> None:
        for _ in range(_ACCEPT_TURN):
            try:
                sock, _address = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _OUT_OF_FILES:
                    self._run_out()
                    return
                # accept(2): errors of that connection's network come up here, too.
                continue
            sock.setblocking(False)
            if len(self._waiting) >= self._waiting_max:
                self._drop(next(iter(self._waiting)))
            self._waiting[sock] = _Waiting(self._loop.time())
            self._loop.add_reader(sock, self._look, sock)

    def _run_out(self) -> None:
        """Too many open files: those that wait longest are in the way, and new ones stay in the kernel's queue."""
        _log.error("no further connection can be opened; the limit of open files is reached")
        for sock in list(self._waiting)[: self._waiting_max // 2]:
            self._drop(sock)
        self._loop.remove_reader(self._listener)
        self._loop.call_later(_PAUSE_S, self._resume)

    def _resume(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._listener, self._accept)

    def _look(self, sock: socket.socket) -> None:
        waiting = self._waiting.get(sock)
        if waiting is None:
            return
        try:
            head = sock.recv(len(_MIRROR) + 1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            head = b""
        if not head:
            self._drop(sock)
        elif len(head) <= len(_MIRROR) and _MIRROR.startswith(head):
            self._loop.remove_reader(sock)
            waiting.again = self._loop.call_later(_AGAIN_S, self._look, sock)
        else:
            self._forget(sock)
            self._deliver(sock, asks_for_mirror(head))

    def _sweep(self) -> None:
        until_s = self._loop.time() - self._first_bytes_s
        for sock, waiting in list(self._waiting.items()):
            if waiting.since_s > until_s:
                break
            self._drop(sock)
        self._timer = self._loop.call_later(_SWEEP_S, self._sweep)

    def _drop(self, sock: socket.socket) -> None:
        self._forget(sock)
        with suppress(OSError):
            sock.close()

    def _forget(self, sock: socket.socket) -> None:
        waiting = self._waiting.pop(sock)
        self._loop.remove_reader(sock)
        if waiting.again is not None:
            waiting.again.cancel()


def asks_for_mirror(head: bytes) -> bool:
    """Whether a request that begins so is for the mirror's socket. The byte after the path is part of ``head``."""
    return head.startswith(_MIRROR) and head[len(_MIRROR) : len(_MIRROR) + 1] in (b" ", b"?")
