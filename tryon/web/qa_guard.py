"""Who may use ``/qa`` while there are no accounts: whoever sits at the very machine, and no page but its own."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from tryon.errors import (
    BadBaseline,
    BadClip,
    BadLook,
    QaFull,
    QaGone,
    QaRefused,
    QaTooLarge,
    TryOnError,
    UnknownProduct,
)
from tryon.web.loopback import is_loopback
from tryon.web.security import error_response, origin_allowed

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# No page of another origin can send it without being asked first, and it is never told yes.
HEADER: Final = "X-Tryon-QA"
_SAFE: Final = frozenset({"GET", "HEAD"})
# A proxy's marks: the neighbour that it speaks for is not at this machine.
_PROXIED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
_STATUSES: Final[tuple[tuple[type[TryOnError], int], ...]] = (
    (QaGone, 404),
    (UnknownProduct, 404),
    (QaFull, 507),
    (QaTooLarge, 413),
    (QaRefused, 409),
    (BadClip, 422),
    (BadLook, 422),
    (BadBaseline, 422),
)


def guarded(handler: Handler) -> Handler:
    """The handler for those who may, with errors as what they mean over HTTP."""

    @functools.wraps(handler)
    async def guard(request: web.Request) -> web.StreamResponse:
        refused = refusal(request)
        if refused is not None:
            return error_response(403, "qa_forbidden", refused)
        try:
            return await handler(request)
        except TryOnError as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), None)
            if status is None:
                raise
            return error_response(status, error.code, error.sentence)

    return guard


def refusal(request: web.Request) -> str | None:
    """Why this request is not answered; None where it may be."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    if not (isinstance(peer, tuple) and peer and is_loopback(str(peer[0]))):
        return "QA is open on the machine itself only, until there are accounts."
    if any(name in request.headers for name in _PROXIED):
        return "QA is not open through a proxy, until there are accounts."
    host = request.headers.get("Host", "")
    # A page whose name was pointed at this machine has its own name in there.
    if not is_loopback(urlsplit(f"//{host}").hostname or ""):
        return "Open QA as localhost or 127.0.0.1; it does not answer to other names."
    if request.method in _SAFE:
        return _refused_reading(request)
    if request.headers.get(HEADER) != "1":
        return f"What changes something needs the header {HEADER}: 1."
    origin = request.headers.get("Origin")
    if origin is not None and not origin_allowed(origin, host, ()):
        return "This page is of another origin."
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return "This page is of another origin."
    return None


def _refused_reading(request: web.Request) -> str | None:
    """A link may lead here from anywhere; another page's script, picture or frame may not."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    followed = request.headers.get("Sec-Fetch-Mode") == "navigate"
    framed = request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame", "object", "embed"}
    if site in {"none", "same-origin"} or (followed and not framed):
        return None
    return "This page is of another origin."
