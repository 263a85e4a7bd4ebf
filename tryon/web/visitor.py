"""A person's browser session: its cookie, and the proof that a request comes from our own pages."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from aiohttp import web

from tryon.config import Settings
from tryon.store.sessions import LIFE_MS
from tryon.web.peer import is_https
from tryon.web.security import origin_allowed

# Browsers take a cookie of this prefix from this very host and over HTTPS only.
_SECURE_COOKIE: Final = "__Host-tryon-studio"
_PLAIN_COOKIE: Final = "tryon-studio"
# No page of another origin can send it without being asked first, and it is never told yes.
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf"


def session_secret(request: web.Request, settings: Settings) -> str:
    """What the session's cookie says; empty without one, and for one that is none of ours."""
    told = request.cookies.get(_name(request, settings), "")
    return told if told.isascii() else ""


def set_cookie(response: web.StreamResponse, request: web.Request, settings: Settings, secret: str) -> None:
    """As long as the longest session may be; an empty secret takes the cookie away."""
    secure = is_https(request, settings)
    name = _name(request, settings)
    if secret:
        response.set_cookie(
            name, secret, path="/", secure=secure, httponly=True, samesite="Lax", max_age=LIFE_MS // 1000
        )
    else:
        response.del_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")


def csrf_of(secret: str) -> str:
    """The token that this session's own pages know; the cookie cannot be read from it."""
    return hmac.new(secret.encode(), b"tryon csrf", hashlib.sha256).hexdigest()


def csrf_right(secret: str, told: str) -> bool:
    """Whether ``told`` is the session's token."""
    # A header's bytes may be no text.
    return hmac.compare_digest(csrf_of(secret).encode(), told.encode("utf-8", "replace"))


def from_our_page(request: web.Request) -> bool:
    """Whether the browser says that a page of this origin sent it. What is no browser says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin_allowed(origin, request.headers.get("Host", ""), ())


def _name(request: web.Request, settings: Settings) -> str:
    return _SECURE_COOKIE if is_https(request, settings) else _PLAIN_COOKIE
