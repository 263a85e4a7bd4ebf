"""A server of tests on a real loopback port; engines, mirror and products stand in."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tryon.config import Settings
from tryon.web.app import create_app, make_runner
from tryon.web.middle import Factories


class Engine:
    """Finds nothing."""

    def warm_up(self, _progress: Any) -> None: ...
    def close(self) -> None: ...


class Book:
    """Lists the products that it is given, and wears none."""

    def __init__(self, *products: Any) -> None:
        self._products = products

    def products(self) -> Sequence[Any]:
        return self._products

    def looks(self) -> Sequence[Any]:
        return ()

    def resolve(self, _items: Any, _beside: Any = (), /) -> Any:
        return None

    def read_swatch(self, _data: bytes, /) -> dict[str, object]:
        return {}


def bare_settings(place: Path, **more: Any) -> Settings:
    """Of a server whose store lies in this folder and has no product; ``more`` are settings."""
    nothing = place / "none"
    nothing.mkdir()
    return Settings(
        threads=1, store_dir=place / "store", cache_dir=place / "cache", catalogue_dir=nothing, **more
    )


def factories(*products: Any) -> Factories:
    """What a server is made of that serves pages and shows nobody anything."""
    return Factories(Engine, lambda: None, lambda: Book(*products), dict, lambda: Path("absent.mp4"))  # type: ignore[arg-type,return-value]


@asynccontextmanager
async def served(
    settings: Settings, *products: Any, made: Factories | None = None, **more: Any
) -> AsyncIterator[str]:
    """Its address; ``made`` in place of stand-ins with these products; ``more`` is ``make_runner``'s."""
    runner = make_runner(create_app(settings, made or factories(*products)), settings, **more)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await runner.cleanup()
