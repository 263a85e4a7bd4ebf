"""What every response carries, how errors look, and who may open a socket."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from tryon.errors import ServerBusy, TryOnError, UnknownProduct

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    # aiohttp would tell its version and Python's.
    "Server": "tryon",
}

_SENTENCES: Final = {
    400: ("bad_request", "The request is not understood."),
    403: ("forbidden", "This is not allowed from here."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The request is too large."),
    416: ("bad_range", "The file does not have that range of bytes."),
}


def is_host(text: str) -> bool:
    """Whether what a request says in Host is a host's name, with a port or without."""
    return _HOST.fullmatch(text) is not None


def policy(host: str, framed_by: str = "'none'", *, forms: bool = False) -> str:
    """No inline script or style; pictures, clips and sockets from here alone. ``framed_by`` is an origin, or nobody;
    ``forms`` may be sent, and here alone."""
    # Safari before 15.4 does not count ws: and wss: of the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if is_host(host) else ""
    action = "'self'" if forms else "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        f"media-src 'self' blob:; connect-src 'self'{sockets}; base-uri 'none'; form-action {action}; "
        f"frame-ancestors {framed_by}"
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: runs before each response goes out, files and upgrades included."""
    response.headers.update(_HEADERS)
    # A report of QA is a page of its own kind, with its own policy.
    response.headers.setdefault("Content-Security-Policy", policy(request.headers.get("Host", "")))
    # What a shop's page loads says so itself.
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    # A form of the studio says where it comes from, to the studio alone.
    response.headers.setdefault("Referrer-Policy", "no-referrer")


def error_response(
    status: int, code: str, sentence: str, *, retry_after_s: int | None = None, **more: object
) -> web.Response:
    """The one shape of an error: a stable code, a sentence, and an id to find it in the log by."""
    body = {"code": code, "sentence": sentence, "correlation_id": secrets.token_hex(8), **more}
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return web.json_response({"error": body}, status=status, headers=headers)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves as JSON; an unknown one is logged by type, never with its text or the request."""
    try:
        return await handler(request)
    except ServerBusy as error:
        return error_response(503, error.code, error.sentence, retry_after_s=error.retry_after_s)
    except UnknownProduct as error:
        return error_response(404, error.code, error.sentence)
    except TryOnError as error:
        return error_response(500, error.code, error.sentence)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code, sentence = _SENTENCES.get(error.status, ("http_error", "The request failed."))
        response = error_response(error.status, code, sentence)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:  # noqa: BLE001 - the last place where it can be answered
        response = error_response(
            500, "server_fault", "The server failed at this request; it has been noted."
        )
        _log.error("request failed: %s at %s", type(error).__name__, request.match_info.route.name)
        return response


class _NoPayload(logging.Filter):
    """Keeps the kind of an error and drops what aiohttp adds: the client's address and the bytes it sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        record.msg = "a connection failed: %s" if kind else "a connection failed"
        record.args = (kind.__name__,) if kind else ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def http_log() -> logging.Logger:
    """What aiohttp shall log to: a picture that somebody posts at the wrong place must not end in the log."""
    log = logging.getLogger("tryon.http")
    if not log.filters:
        log.addFilter(_NoPayload())
    return log


def origin_allowed(origin: str | None, host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a page of ``origin`` may open a socket here.

    Our own host may, and those in ``allowed``, compared exactly. A browser always sends an Origin, so a
    missing one, or "null", is refused unless ``allowed`` names "null".
    """
    if origin is None or origin == "null":
        return "null" in allowed
    if origin in allowed:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        # As of "http://[": no browser says that.
        return False
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not host:
        return False
    # A proxy may end TLS, so the scheme of the request says nothing.
    return parts.netloc.lower().removesuffix(default) == host.lower().removesuffix(default)
