"""How a process of the server runs its event loop, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import Any, Final

from tryon import native_stderr

# A worker thread that wants the interpreter waits this long for one that computes; Python's 5 ms is a frame.
_SWITCH_S: Final = 0.001


def run(main: Coroutine[Any, Any, bool]) -> None:
    """Run ``main``, which returns whether every thread has ended; if not, the process ends here."""
    native_stderr.silence()
    sys.setswitchinterval(_SWITCH_S)
    loop = _new_event_loop()
    try:
        threads_ended = loop.run_until_complete(main)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    if not threads_ended:
        # Python would wait at exit for a thread that may never end.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
