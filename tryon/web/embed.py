"""The mirror inside a shop's page: the frame's page, tokens for pages without a server, and their use.

``/embed/SKU?origin=ORIGIN`` names in its policy the one origin that may frame it, if that is registered. The page in
the frame does nothing before the shop's page has given it a token, which it has redeemed here. A token never stands in
an address.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from aiohttp import web

from tryon.config import Settings
from tryon.errors import (
    OriginUnknown,
    StoreDown,
    StoreFull,
    StoreInvalid,
    StoreRefused,
    TryOnError,
    UnknownProduct,
)
from tryon.store.live_front import Front, LiveFront
from tryon.web.api.limiter import Limiter
from tryon.web.keys import EMBEDDING, MIRROR, SHOPFRONT, WORDS
from tryon.web.pages import refused_page, show_mirror
from tryon.web.peer import whereabouts
from tryon.web.security import error_response, origin_allowed, policy
from tryon.web.words import LANGUAGES

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# So many seconds' worth may come at once, as when a newsletter goes out.
_BURST_S: Final = 10.0
_RETRY_S: Final = 2
_STATUSES: Final = ((StoreDown, 503), (StoreFull, 507), (StoreInvalid, 422), (UnknownProduct, 404))


class Embedding:
    """Makes and redeems tokens, in threads."""

    def __init__(self, settings: Settings, live: LiveFront) -> None:
        self.settings, self._live = settings, live
        per_s = settings.embed_requests_per_second
        self.limiter = Limiter(per_s, max(1.0, _BURST_S * per_s))

    def make(self, origin: str, sku: str) -> tuple[str, int]:
        """A token for a page of ``origin``, and when it runs out. Raises OriginUnknown, StoreDown."""
        front = self._registered(origin)
        from tryon.store import embed_keys, embed_tokens

        store = self._live.store()
        key = embed_keys.signing(store, front.merchant_id)
        token, claims = embed_tokens.make(key, front.merchant_id, origin, sku, store.now_ms())
        return token, claims.until_ms

    def redeem(self, token: str, origin: str, sku: str) -> None:
        """Use it for a page of ``origin`` and this product. Raises EmbedRefused, StoreDown."""
        front = self._registered(origin)
        from tryon.store import embed_tokens

        store = self._live.store()
        with store.read(front.merchant_id) as tenant:
            claims = embed_tokens.read(tenant, token)
        embed_tokens.check(claims, origin, sku)
        with store.write(front.merchant_id, "embed") as tenant:
            embed_tokens.spend(tenant, claims)

    def _registered(self, origin: str) -> Front:
        """Without a store nothing is registered, so whoever comes past this may open it."""
        front = self._live.now()
        check_origin(origin, registered(front))
        return front


def registered(front: Front) -> tuple[str, ...]:
    """The origins whose pages may embed the mirror."""
    return () if front.kept is None else front.kept.front.origins


def check_origin(origin: str, origins: Collection[str]) -> None:
    """Raises OriginUnknown with what to do."""
    if origin not in origins:
        raise OriginUnknown(
            f"{origin[:200] or 'This page'} may not show this mirror: its origin is not registered. Whoever runs the "
            "shop adds it to the storefront's origins."
        )


def told(handler: Handler) -> Handler:
    """The handler, counted, with its refusals as HTTP; nobody is told more than why."""

    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        embedding = request.app[EMBEDDING]
        if not embedding.limiter.admits(whereabouts(request, embedding.settings)):
            sentence = "Too many mirrors are being opened at once; try again in a moment."
            return _refusal(request, 429, "too_many_requests", sentence, _RETRY_S)
        try:
            return await handler(request)
        except (StoreRefused, UnknownProduct) as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 403)
            retry_s = _RETRY_S if status == 503 else None
            return _refusal(request, status, error.code, error.sentence, retry_s)
        except TryOnError as error:
            return _refusal(request, 503, error.code, error.sentence, _RETRY_S)

    return answer


def _refusal(
    request: web.Request, status: int, code: str, sentence: str, retry_after_s: int | None
) -> web.Response:
    """In the language of the tag that asks, which shows the sentence as it comes; where there are words for it."""
    language = request.query.get("lang", "")
    if language in LANGUAGES:
        word = request.app[WORDS].of(language)["error"].get(code)
        sentence = word if isinstance(word, str) else sentence
    return error_response(status, code, sentence, retry_after_s=retry_after_s)


def readable(handler: Handler) -> Handler:
    """Any page may read the answer, a refusal too, so that the tag can say what is wrong. No cookie is involved."""

    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        response = await handler(request)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return answer


@readable
@told
async def make_token(request: web.Request) -> web.Response:
    """``POST /api/embed/token``: for the tag of a shop without a server. The browser says the page's origin."""
    origin = request.headers.get("Origin", "")
    (sku,) = await _fields(request, "sku")
    await _check_product(request, sku)
    token, until_ms = await asyncio.to_thread(request.app[EMBEDDING].make, origin, sku)
    return web.json_response({"token": token, "until_ms": until_ms}, status=201)


@told
async def redeem_token(request: web.Request) -> web.Response:
    """``POST /api/embed/open``: the page in the frame hands in what the shop's page gave it."""
    origin = request.headers.get("Origin")
    if not origin_allowed(origin, request.headers.get("Host", ""), ()):
        return error_response(403, "forbidden", "Only the mirror's own page may redeem a token.")
    token, shop, sku = await _fields(request, "token", "origin", "sku")
    await _check_product(request, sku)
    await asyncio.to_thread(request.app[EMBEDDING].redeem, token, shop, sku)
    return web.json_response({"sku": sku})


async def embed_page(request: web.Request) -> web.Response:
    """The page in the frame. Only the registered origin that the address names may frame it."""
    origin = request.query.get("origin", "")
    front = await request.app[SHOPFRONT].now()
    try:
        check_origin(origin, registered(front))
    except OriginUnknown:
        return await refused_page(request, 403, "origin", "origin_text", origin=origin[:200])
    headers = {
        "Content-Security-Policy": policy(request.headers.get("Host", ""), origin),
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    sku = request.match_info["sku"]
    if not await _known(request, sku):
        response = await refused_page(request, 404, "gone", "gone_embedded")
    else:
        response = await show_mirror(request, embedded_by=origin, sku=sku)
    response.headers.update(headers)
    return response


async def _fields(request: web.Request, *names: str) -> tuple[str, ...]:
    """These fields of the form; empty where one is missing. Raises StoreInvalid."""
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:
        raise StoreInvalid(
            "The body is no form that can be read; send application/x-www-form-urlencoded."
        ) from error
    return tuple(str(form.get(name, "")) for name in names)


async def _check_product(request: web.Request, sku: str) -> None:
    if not await _known(request, sku):
        raise UnknownProduct(
            f"Shoppers see no product {sku[:64]!r} here: it is not published, or the tag's sku is mistyped."
        )


async def _known(request: web.Request, sku: str) -> bool:
    return await request.app[MIRROR].find(sku) is not None
