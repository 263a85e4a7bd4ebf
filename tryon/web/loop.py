"""How a process of the server runs its event loop, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, NoReturn

from tryon import native_stderr

# A worker thread that wants the interpreter waits this long for one that computes; Python's 5 ms is a frame.
_SWITCH_S: Final = 0.001


def run(main: Coroutine[Any, Any, None]) -> NoReturn:
    """Run ``main``, which closes what has to be closed, and end the process. Raises what ``main`` raises."""
    native_stderr.silence()
    sys.setswitchinterval(_SWITCH_S)
    loop = _new_event_loop()
    try:
        loop.run_until_complete(main)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    # Python would wait for threads that may never end, and take the libraries down one by one: over a second of
    # computing, many seconds on a busy machine.
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        # Closed, or read by nobody any more.
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(0)


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
