"""What C libraries write to file descriptor 2, kept from the log.

libjpeg writes a line for every broken picture, so that a stranger could fill the log; libpng writes one for
every odd profile, and mediapipe greets at each start.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from typing import Final, TextIO

_NATIVE: Final = 2
_kept: TextIO | None = None


def silence() -> None:
    """Send it nowhere, for the rest of the process; Python's own stderr goes on. A second call does nothing.

    A crash still prints where Python was.
    """
    global _kept  # noqa: PLW0603 — file descriptor 2 is the process's, so this is, too
    if _kept is not None:
        return
    before = sys.stderr
    _kept = os.fdopen(os.dup(_NATIVE), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _NATIVE)
    os.close(nowhere)
    sys.stderr = _kept
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(_kept)
    faulthandler.enable(_kept)
