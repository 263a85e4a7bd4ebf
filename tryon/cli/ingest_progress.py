"""How far an ingest is, as a bar on a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from typing_extensions import Self

_PARTS: Final = 1000


class IngestProgress:
    """A bar on the standard error, gone when the ingest is over. Use it as a context manager."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=_PARTS)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, step: str, fraction: float) -> None:
        """What is being done, and which share of all is done, 0..1."""
        self._bar.update(self._task, description=escape(step), completed=round(fraction * _PARTS))
