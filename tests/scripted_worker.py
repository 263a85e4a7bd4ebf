"""A worker process with a scripted middle, for tests of the process that starts it: ``scripted_worker.py FD HOW``.

HOW is "well"; or "slow", which warms up for a second; "refuse", whose products cannot be read; "crash", which ends
while it warms up. The hints' texts tell the process id, so that a shopper knows where they are.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tryon.config import Settings
from tryon.errors import BadAsset
from tryon.frame import U8, Frame, Rect
from tryon.web.channel import Channel
from tryon.web.middle import Factories
from tryon.web.worker import first_message, work
from tryon.wire.control import LookItem
from tryon.wire.measure import Measure, MeasureRequest


class Engine:
    def __init__(self, how: str) -> None:
        self._how = how

    def warm_up(self, progress: Callable[[str, float], None]) -> None:
        if self._how == "crash":
            os.abort()
        if self._how == "slow":
            progress("half of it", 0.5)
            time.sleep(1)

    def close(self) -> None: ...


class Painted:
    def __init__(self, bgr: U8) -> None:
        self.bgr = bgr
        self.dirty: Rect | None = None
        self.hints: tuple[str, ...] = ()
        self.faces = 1
        self.measured: Measure | None = None
        self.shades: tuple[tuple[str, str], ...] = ()


class Painter:
    def process(self, frame: Frame, _look: Any, _engine: Any, /) -> Painted:
        return Painted(frame.bgr)

    def reset(self) -> None: ...
    def measure(self, _request: MeasureRequest, /) -> None: ...


class Look:
    def __init__(self, items: Sequence[LookItem]) -> None:
        self.items = tuple(items)
        self.beside: tuple[tuple[LookItem, ...], ...] = ()


class Book:
    def __init__(self, how: str) -> None:
        if how == "refuse":
            raise BadAsset("The catalogue is torn.")

    def looks(self) -> list[dict[str, object]]:
        return [{"id": "red", "name": "Red", "items": [{"sku": "lip"}]}]

    def read_swatch(self, _data: bytes, /) -> dict[str, object]:
        return {}

    def products(self) -> Sequence[Any]:
        return ()

    def resolve(self, items: Sequence[LookItem], _beside: Sequence[Sequence[LookItem]] = (), /) -> Look:
        return Look(items)


def main(descriptor: int, how: str) -> None:
    end = socket.socket(fileno=descriptor)
    settings = Settings(**first_message(end))
    factories = Factories(
        make_engine=lambda: Engine(how),
        make_pipeline=Painter,
        make_book=lambda: Book(how),
        make_hint_texts=lambda: {"process": str(os.getpid())},
        make_sample=lambda: Path("absent.mp4"),
    )
    work(settings, Channel(end), factories)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
