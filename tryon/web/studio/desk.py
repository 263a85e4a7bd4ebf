"""From HTTP to a ``Visit`` and from its reply back: who it is, whether they may, and words where they may not."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from tryon.config import Settings
from tryon.errors import StoreDown, StoreFull, StoreMissing, TryOnError
from tryon.resources import folder
from tryon.store.accounts import ROLES, Role
from tryon.store.attempts import TooSoon, count_try
from tryon.store.sessions import session_of
from tryon.web.api.calls import Office
from tryon.web.peer import agent_of, is_https, whereabouts
from tryon.web.security import policy
from tryon.web.studio.pages import Pages
from tryon.web.studio.table import WAYS, Way
from tryon.web.studio.visit import Go, Page, Reply, Visit, sign_in_address
from tryon.web.visitor import CSRF_FIELD, csrf_right, from_our_page, session_secret, set_cookie

_log = logging.getLogger(__name__)

# As many as passwords are hashed at once; who signs in keeps nobody else's request waiting.
_HASHING: Final = 2
_PART: Final = re.compile(r"\{(\w+):((?:[^{}]|\{[^{}]*\})+)\}")
_FORM: Final = "application/x-www-form-urlencoded"
# The shop's words in every language that it may have, each letter of them in nine.
_FORM_BYTES_MAX: Final = 512 * 1024
_STATUSES: Final[tuple[tuple[type[TryOnError], int], ...]] = (
    (StoreMissing, 404),
    (TooSoon, 429),
    (StoreFull, 507),
    (StoreDown, 503),
)


def may(role: Role, needed: Role) -> bool:
    """Owners may what editors may, and these what viewers may."""
    return ROLES.index(role) <= ROLES.index(needed)


class Desk:
    """All of the studio behind its address."""

    def __init__(self, settings: Settings, office: Office) -> None:
        self._settings = settings
        self._office = office
        self._pages = Pages(folder("templates"))
        self._hashing = ThreadPoolExecutor(_HASHING, "studio-password")
        self._table: dict[re.Pattern[str], dict[str, Way]] = {}
        for way in WAYS:
            address = re.compile(_PART.sub(r"(?P<\1>\2)", way.path))
            self._table.setdefault(address, {})[way.method] = way

    def close(self) -> None:
        """Idempotent."""
        self._hashing.shutdown(wait=False, cancel_futures=True)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A page for people, whatever happens."""
        visit = Visit(
            settings=self._settings,
            office=self._office,
            here=request.path_qs,
            base=f"{'https' if is_https(request, self._settings) else 'http'}://{request.headers.get('Host', '')}",
            address=whereabouts(request, self._settings),
            agent=agent_of(request),
            query=_plain(request.query),
        )
        try:
            visit = await self._known(request, visit)
            reply = await self._reply(request, visit)
        except TryOnError as error:
            reply = _fault(error, visit)
        except Exception as error:  # noqa: BLE001 - people get a page, the log the kind and no more
            reply = _failed(request, error)
        return await self._sent(request, visit, reply)

    async def _known(self, request: web.Request, visit: Visit) -> Visit:
        secret = session_secret(request, self._settings)
        if not secret or not visit.has_store:
            return visit
        found = await asyncio.to_thread(lambda: session_of(visit.store, secret))
        return visit if found is None else replace(visit, secret=secret, session=found[0], user=found[1])

    async def _reply(self, request: web.Request, visit: Visit) -> Reply:
        path = request.path.rstrip("/") or "/studio"
        method = "GET" if request.method == "HEAD" else request.method
        for address, methods in self._table.items():
            match = address.fullmatch(path)
            if match is not None:
                way = methods.get(method)
                if way is None:
                    allow = {"Allow": ", ".join(sorted(methods))}
                    return _word(
                        405, "This does not work that way", "Open the page again, and use its buttons.", allow
                    )
                return await self._go(request, replace(visit, path=match.groupdict()), way)
        return _word(404, "There is nothing here", "The address has a slip in it, or what was here is gone.")

    async def _go(self, request: web.Request, visit: Visit, way: Way) -> Reply:
        refused = _refused(request, visit, way)
        if refused is not None:
            return refused
        if way.method == "POST":
            if request.content_type != _FORM:
                return _word(415, "That was no form", "Open the page again, and use its buttons.")
            form = await _posted(request, way)
            if isinstance(form, Page):
                return form
            visit = replace(visit, form=form)
            if way.needs != "anyone" and not csrf_right(visit.secret, visit.field(CSRF_FIELD)):
                return _word(
                    403,
                    "This page is from an earlier session",
                    "You have signed in anew since it was opened. Nothing was changed: open it again and repeat it.",
                )
        if way.tries is None:
            run = asyncio.to_thread(way.run, visit)
            return await asyncio.shield(run)
        account = way.tries(visit)
        if visit.has_store:
            wait_ms = await asyncio.to_thread(
                lambda: count_try(visit.store, account, visit.address, codes=way.codes)
            )
            await asyncio.sleep(wait_ms / 1000)
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._hashing, way.run, visit))

    async def _sent(self, request: web.Request, visit: Visit, reply: Reply) -> web.Response:
        response: web.Response
        if isinstance(reply, Go):
            response = web.Response(status=303, headers={"Location": reply.to})
            if reply.cookie is not None:
                set_cookie(response, request, self._settings, reply.cookie)
        else:
            try:
                body = await asyncio.to_thread(self._pages.render, visit, reply)
            except Exception as error:  # noqa: BLE001 - a page that cannot be drawn, too
                reply = _failed(request, error)
                body = await asyncio.to_thread(self._pages.render, visit, reply)
            response = web.Response(
                body=body,
                status=reply.status,
                content_type="text/html",
                charset="utf-8",
                headers=dict(reply.headers),
            )
        response.headers["Content-Security-Policy"] = policy(request.headers.get("Host", ""), forms=True)
        # Without it, a browser says of our own forms that they come from nowhere.
        response.headers["Referrer-Policy"] = "same-origin"
        return response


def _refused(request: web.Request, visit: Visit, way: Way) -> Reply | None:
    """None for those who may."""
    if way.method == "POST" and not from_our_page(request):
        return _word(
            403,
            "That came from another page",
            "Nothing was changed. Open the studio itself, and use its buttons.",
        )
    if way.needs == "anyone":
        return None
    if visit.session is None:
        ended = bool(session_secret(request, visit.settings))
        # Where a form's session has ended, its page is the one to come back to.
        back = visit.here if way.method == "GET" else way.back(visit.path)
        return Go(sign_in_address(back, "ended" if ended or way.method == "POST" else ""))
    if way.needs == "half":
        return None
    if not visit.session.proved:
        return Go("/studio/second-factor")
    if not may(visit.who.role, way.needs):
        return _word(
            403,
            "This is not for your role",
            f"You are {_a(visit.who.role)} here, and this takes {_a(way.needs)}. An owner can change that.",
        )
    return None


async def _posted(request: web.Request, way: Way) -> dict[str, str] | Page:
    """The form's fields; a page where it cannot be read. Strangers send short ones."""
    if way.needs != "anyone":
        request = request.clone(client_max_size=_FORM_BYTES_MAX)
    try:
        return _plain(await request.post())
    except web.HTTPRequestEntityTooLarge:
        return _word(
            413, "That was too much", "The form is longer than a form may be. Shorten it, and send it again."
        )
    except (ValueError, LookupError, web.HTTPException):
        return _word(400, "That cannot be read", "Open the page again, and use its buttons.")


def _failed(request: web.Request, error: Exception) -> Page:
    _log.error("the studio failed: %s at %s", type(error).__name__, request.method)
    return _word(500, "The server failed at this", "It has been noted. Go back, and try it once more.")


def _word(status: int, title: str, sentence: str, headers: Mapping[str, str] | None = None) -> Page:
    return Page("word.html", {"title": title, "sentence": sentence}, status, headers or {})


def _fault(error: TryOnError, visit: Visit) -> Page:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 422)
    headers = {"Retry-After": str(error.details["wait_s"])} if isinstance(error, TooSoon) else {}
    title = "That did not work" if status != 404 else "There is nothing here"
    values: dict[str, Any] = {"title": title, "sentence": error.sentence, "again": visit.here}
    return Page("word.html", values, status, headers)


def _a(role: Role) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def _plain(given: Mapping[str, Any]) -> dict[str, str]:
    """Texts alone; no text in the store has a NUL in it, or half a character."""
    return {
        name: value.replace("\0", "").encode("utf-8", "replace").decode()
        for name, value in given.items()
        if isinstance(value, str)
    }
