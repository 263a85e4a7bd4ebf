"""Which endpoint answers a request below /v1."""

from __future__ import annotations

import asyncio
import json
import re
from functools import lru_cache
from typing import Final

from aiohttp import web

from tryon.config import Settings
from tryon.web.api.calls import Office
from tryon.web.api.endpoints import Desk, Endpoint
from tryon.web.api.files import download, forget_model, logo, model, upload, worn
from tryon.web.api.openapi import document
from tryon.web.api.routes import ROUTES

DOCUMENT: Final = "/v1/openapi.json"
_SPECIAL: Final = {
    "upload": upload,
    "file": download,
    "logo": logo,
    "model": model,
    "forget": forget_model,
    "worn": worn,
}
_PART: Final = re.compile(r"\{(\w+):((?:[^{}]|\{[^{}]*\})+)\}")


class Switch:
    """The API itself: its office, and an endpoint for each route."""

    def __init__(self, settings: Settings) -> None:
        self.office = Office(settings)
        desk = Desk(self.office)
        self._table: dict[re.Pattern[str], dict[str, Endpoint]] = {}
        for route in ROUTES:
            address = re.compile(_PART.sub(r"(?P<\1>\2)", route.path))
            endpoint = desk.endpoint(route, _SPECIAL.get(route.kind))
            self._table.setdefault(address, {})[route.method] = endpoint

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """404 and 405 are said to anybody; all else to those who may."""
        if request.path == DOCUMENT and request.method == "GET":
            return await _document_response()
        for address, methods in self._table.items():
            match = address.fullmatch(request.path)
            if match is not None:
                endpoint = methods.get(request.method)
                if endpoint is None:
                    raise web.HTTPMethodNotAllowed(request.method, sorted(methods))
                return await endpoint(request, match.groupdict())
        if request.path == DOCUMENT:
            raise web.HTTPMethodNotAllowed(request.method, ["GET"])
        raise web.HTTPNotFound

    def close(self) -> None:
        """Idempotent."""
        self.office.close()


async def _document_response() -> web.Response:
    """For everyone: it says what this version can do, not what anybody has."""
    return web.Response(
        body=await asyncio.to_thread(_document),
        content_type="application/json",
        headers={"Cache-Control": "no-cache"},
    )


@lru_cache(maxsize=1)
def _document() -> bytes:
    return json.dumps(document()).encode()
