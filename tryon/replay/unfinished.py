"""Files that are being written: they have a name of their own until all of it is there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def unfinished(path: Path) -> Path:
    """What this process calls ``path`` until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def drop_unfinished(paths: Iterable[Path]) -> None:
    """Remove what this process left unfinished of them.

    For after a Ctrl-C: it may come between any two steps, those of a writer's own cleaning up included.
    """
    for path in paths:
        unfinished(path).unlink(missing_ok=True)
