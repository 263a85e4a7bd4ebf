"""Gives the application its ``/v1``, imported when somebody first asks for it: it brings the store's libraries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from aiohttp import web

from tryon.config import Settings

if TYPE_CHECKING:
    from tryon.web.api.calls import Office
    from tryon.web.api.switch import Switch

PREFIX: Final = "/v1/{rest:.*}"


class Api:
    """``switch`` is made by the first request, in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._making: asyncio.Future[Switch] | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Any request below /v1."""
        return await (await self._switch()).answer(request)

    async def office(self) -> Office:
        """What others share with the API: the store above all."""
        return (await self._switch()).office

    async def _switch(self) -> Switch:
        if self._making is None or (self._making.done() and self._making.exception() is not None):
            self._making = asyncio.ensure_future(asyncio.to_thread(self._make))
        return await asyncio.shield(self._making)

    def _make(self) -> Switch:
        from tryon.web.api.switch import Switch

        return Switch(self._settings)

    async def close(self) -> None:
        """Idempotent."""
        if self._making is not None:
            switch = await asyncio.shield(self._making)
            await asyncio.to_thread(switch.close)


def add_api(app: web.Application, settings: Settings) -> Api:
    """Nothing is imported or opened before somebody calls."""
    api = Api(settings)

    async def close(_app: web.Application) -> AsyncIterator[None]:
        yield
        await api.close()

    app.cleanup_ctx.append(close)
    app.router.add_route("*", PREFIX, api.answer, name="v1")
    return api
