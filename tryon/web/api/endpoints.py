"""From HTTP to a ``Call`` and from its ``Answer`` back: who may, how often, and what is wrong with a request."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from tryon.errors import (
    BadAsset,
    ServerBusy,
    StoreConflict,
    StoreDown,
    StoreFull,
    StoreInvalid,
    StoreMissing,
    StoreRefused,
    StoreTaken,
    StoreTooLarge,
    TryOnError,
)
from tryon.store.accounts import SCOPES_OF
from tryon.store.answers import KeyReused
from tryon.store.definition import invalid
from tryon.store.merchants import Token, token_of
from tryon.store.place import exists
from tryon.store.sessions import session_of
from tryon.store.store import Store
from tryon.web.api.calls import KEY_MAX, Answer, Call, Office, ScopeMissing
from tryon.web.api.limiter import Limiter
from tryon.web.api.routes import Route
from tryon.web.peer import whereabouts
from tryon.web.security import error_response
from tryon.web.visitor import CSRF_HEADER, csrf_right, from_our_page, session_secret

# The request, and the parts of its address.
Endpoint = Callable[[web.Request, Mapping[str, str]], Awaitable[web.StreamResponse]]
# How a route of another kind than JSON goes on, once it is known who asks.
Special = Callable[[web.Request, Call], Awaitable[web.StreamResponse]]


class ForeignPage(StoreRefused):
    """A request with the studio's cookie that does not come from the studio's own page."""

    code = "csrf"


_STATUSES: Final[tuple[tuple[type[TryOnError], int], ...]] = (
    (StoreMissing, 404),
    (StoreTaken, 409),
    (StoreConflict, 409),
    (KeyReused, 409),
    (ScopeMissing, 403),
    (ForeignPage, 403),
    (StoreInvalid, 422),
    (StoreTooLarge, 413),
    (StoreFull, 507),
    (StoreDown, 503),
    (ServerBusy, 503),
    (BadAsset, 422),
)
_TOLD: Final = ("field", "given_version", "current_version", "scope")
_DOWN_RETRY_S: Final = 2
# So many seconds' worth of requests may come at once.
BURST_S: Final = 5.0
# Addresses that send tokens which are none: enough for people's mistakes.
STRANGER_PER_S: Final = 2.0
STRANGER_BURST: Final = 20.0
_TAG: Final = re.compile(r'(?:W/)?"(\d{1,9})"')
_SAFE: Final = frozenset({"GET", "HEAD"})
_BEARER: Final = re.compile(r"Bearer +(\S+)", re.IGNORECASE)
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX}}}")
_NUL: Final = b"\\u0000"
# A shop's words in every language that it may have are the longest that there is.
_BODY_BYTES_MAX: Final = 512 * 1024


class Desk:
    """Makes the endpoints of an office."""

    def __init__(self, office: Office) -> None:
        self.office = office
        per_s = office.settings.api_requests_per_second
        self._known = Limiter(per_s, max(1.0, BURST_S * per_s))
        self._strangers = Limiter(STRANGER_PER_S, STRANGER_BURST)

    def endpoint(self, route: Route, special: Special | None = None) -> Endpoint:
        """What aiohttp calls."""
        body = None if route.body is None else TypeAdapter(route.body)

        async def answer(request: web.Request, path: Mapping[str, str]) -> web.StreamResponse:
            try:
                return await self._answer(request, path, route, body, special)
            except TryOnError as error:
                return refusal(error)

        return answer

    async def _answer(
        self,
        request: web.Request,
        path: Mapping[str, str],
        route: Route,
        body: TypeAdapter[Any] | None,
        special: Special | None,
    ) -> web.StreamResponse:
        store, token = await self._who(request)
        if token is None or store is None:
            if not self._strangers.admits(whereabouts(request, self.office.settings)):
                return _too_many()
            response = error_response(
                401, "token_invalid", "Send a token that works: Authorization: Bearer tryon_…"
            )
            response.headers["WWW-Authenticate"] = 'Bearer realm="tryon"'
            return response
        if not self._known.admits(token.id):
            return _too_many()
        self._check_may(request, route, token)
        version = _version(request, route)
        if isinstance(version, web.Response):
            return version
        key = request.headers.get("Idempotency-Key") if route.repeatable else None
        if key is not None and not _KEY.fullmatch(key):
            return error_response(
                400, "bad_request", f"An Idempotency-Key has 1 to {KEY_MAX} printable characters, no spaces."
            )
        query = _query(request, route)
        streamed = special is not None and route.body is None
        raw = b"" if streamed else await request.clone(client_max_size=_BODY_BYTES_MAX).read()
        asked = _body(request, body, raw)
        if isinstance(asked, web.Response):
            return asked
        told = f"{request.method} {request.path_qs} {request.headers.get('If-Match', '')}\n".encode(
            "utf-8", "surrogateescape"
        )
        digest = hashlib.sha256(told + raw).hexdigest()
        call = Call(self.office, store, token, path, query, asked, version, key, digest)
        if special is not None:
            return await special(request, call)
        answer = await asyncio.shield(asyncio.to_thread(route.run, call))
        return respond(answer, request)

    def _check_may(self, request: web.Request, route: Route, token: Token) -> None:
        """Raises ForeignPage, ScopeMissing."""
        by_cookie = "Authorization" not in request.headers and request.method not in _SAFE
        if by_cookie and not _ours(request, self.office):
            raise ForeignPage(
                "This came from another page, or from before you signed in anew; load the page again."
            )
        if route.scope not in token.scopes:
            raise ScopeMissing(f"This token lacks the scope {route.scope!r}.", scope=route.scope)

    async def _who(self, request: web.Request) -> tuple[Store | None, Token | None]:
        settings = self.office.settings
        told = request.headers.get("Authorization")
        match = _BEARER.fullmatch(told or "")
        secret = session_secret(request, settings) if told is None else ""
        # Without a store there is no token, and a stranger shall not make one.
        if (match is None and not secret) or not exists(settings):
            return None, None

        def look() -> tuple[Store, Token | None]:
            store = self.office.store()
            return store, (token_of(store, match[1]) if match is not None else _signed_in(store, secret))

        return await asyncio.to_thread(look)


def _signed_in(store: Store, secret: str) -> Token | None:
    """Whoever is signed in to the studio, as a token with what their role may."""
    found = session_of(store, secret)
    if found is None or not found[0].proved:
        return None
    session, user = found
    scopes = SCOPES_OF[user.role]
    return Token(session.id, user.merchant_id, user.actor, user.email, scopes, session.created_ms, None)


def _ours(request: web.Request, office: Office) -> bool:
    """A cookie is sent by every page's requests; the token is known to the studio's own pages only."""
    told = request.headers.get(CSRF_HEADER, "")
    return from_our_page(request) and csrf_right(session_secret(request, office.settings), told)


def respond(answer: Answer, request: web.Request) -> web.Response:
    """The answer as HTTP; 304 where the asker has it already."""
    headers = dict(answer.headers)
    if answer.etag is not None:
        headers["ETag"] = f'"{answer.etag}"'
        headers["Cache-Control"] = "private, no-cache"
        if request.method == "GET" and headers["ETag"] in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
    body = answer.plain()
    if body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.json_response(body, status=answer.status, headers=headers)


def refusal(error: TryOnError) -> web.Response:
    """The error as HTTP. One that is none of the API's goes on to whoever answers it."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), None)
    if status is None:
        raise error
    more = {name: error.details[name] for name in _TOLD if name in error.details}
    retry_s = _DOWN_RETRY_S if status == 503 else None
    return error_response(status, error.code, error.sentence, retry_after_s=retry_s, **more)


def _too_many() -> web.Response:
    return error_response(
        429, "too_many_requests", "Too many requests; try again in a second.", retry_after_s=1
    )


def _version(request: web.Request, route: Route) -> int | web.Response | None:
    """The version in If-Match; an answer where it has to be there and is not, or is none."""
    told = request.headers.get("If-Match")
    if route.match == "none" or told == "*" or (told is None and route.match == "taken"):
        return (
            None
            if route.match != "needed"
            else error_response(428, "version_needed", "Say which version you saw; '*' is none.")
        )
    if told is None:
        return error_response(
            428, "version_needed", "Say in If-Match which version you saw: the ETag of the last answer."
        )
    match = _TAG.fullmatch(told)
    if match is None:
        return error_response(400, "bad_request", 'If-Match is an ETag of ours, such as "3".')
    return int(match[1])


def _query(request: web.Request, route: Route) -> Any:
    """Raises StoreInvalid naming what is wrong."""
    given: Mapping[str, str] = request.query
    if route.query is None:
        if given:
            raise StoreInvalid("This address takes no parameters.", field=next(iter(given))[:40])
        return None
    if len(given) != len(set(given)) or any("\0" in value for value in given.values()):
        raise StoreInvalid("The address's parameters come once each, without the character U+0000.")
    try:
        return route.query.model_validate(dict(given))
    except ValidationError as error:
        raise invalid(error) from error


def _body(request: web.Request, kind: TypeAdapter[Any] | None, raw: bytes) -> Any:
    """Raises StoreInvalid; an answer where it is no JSON."""
    if kind is None:
        return None
    if request.content_type != "application/json":
        return error_response(415, "not_json", "Send JSON, and say Content-Type: application/json.")
    if _NUL in raw:
        raise StoreInvalid("A text contains the character U+0000; leave it out.")
    try:
        return kind.validate_json(raw)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            return error_response(400, "bad_json", "The body is no JSON that can be read.")
        raise invalid(error) from error
