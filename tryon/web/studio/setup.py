"""Gives the application its ``/studio``, imported when somebody first opens it: it brings the store's libraries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from aiohttp import web

from tryon.config import Settings
from tryon.web.api.setup import Api

if TYPE_CHECKING:
    from tryon.web.api.calls import Office
    from tryon.web.studio.desk import Desk

PREFIX: Final = "/studio{rest:(/.*)?}"


class Studio:
    """``desk`` is made by the first request, in a thread."""

    def __init__(self, settings: Settings, api: Api) -> None:
        self._settings = settings
        self._api = api
        self._making: asyncio.Future[Desk] | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Any request at /studio and below."""
        if self._making is None or (self._making.done() and self._making.exception() is not None):
            office = await self._api.office()
            self._making = asyncio.ensure_future(asyncio.to_thread(self._make, office))
        desk = await asyncio.shield(self._making)
        return await desk.answer(request)

    def _make(self, office: Office) -> Desk:
        from tryon.web.studio.desk import Desk

        return Desk(self._settings, office)

    async def close(self) -> None:
        """Idempotent."""
        if self._making is not None:
            (await asyncio.shield(self._making)).close()


def add_studio(app: web.Application, settings: Settings, api: Api) -> None:
    """Nothing is imported or opened before somebody comes."""
    studio = Studio(settings, api)

    async def close(_app: web.Application) -> AsyncIterator[None]:
        yield
        await studio.close()

    app.cleanup_ctx.append(close)
    app.router.add_route("*", PREFIX, studio.answer, name="studio")
