"""What a browser fetches: the page, its files, the catalogue, the sample clip, and the server's health."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import jinja2
from aiohttp import web

from tryon.catalogue.makeup import Makeup
from tryon.errors import UnknownProduct
from tryon.session import CONSENT_VERSION
from tryon.store.currency import minor_digits
from tryon.store.live_front import Offer
from tryon.store.place import is_preview
from tryon.web import words
from tryon.web.keys import MIRROR, SHOPFRONT, STATIC, TEMPLATES, WORDS
from tryon.web.loopback import is_loopback
from tryon.web.middle import ProductLike, ShadeLike
from tryon.web.mirror import BUSY_RETRY_S, WARMING_RETRY_S
from tryon.web.security import error_response, is_host

# A system's own table may lack .js or call it something that nosniff refuses.
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# Names do not change with content, so a browser asks each time, and is told 304 for what it has.
_REVALIDATE: Final = "no-cache"
_SAMPLE_CACHE: Final = "public, max-age=3600"


def templates(place: Path) -> jinja2.Environment:
    """The pages' templates."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(place), autoescape=True, undefined=jinja2.StrictUndefined
    )


def list_static(folder: Path) -> dict[str, Path]:
    """Every file that may be served, by its path below /static/; nothing else can be asked for."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }


def _file(path: Path, cache: str = _REVALIDATE) -> web.FileResponse:
    return web.FileResponse(path, headers={"Content-Type": _TYPES[path.suffix], "Cache-Control": cache})


async def page(request: web.Request) -> web.Response:
    """The mirror."""
    return await show_mirror(request)


async def product_page(request: web.Request) -> web.Response:
    """The mirror, which wears the product that its address names."""
    sku = request.match_info["sku"]
    product = await request.app[MIRROR].find(sku)
    if product is None:
        return await refused_page(request, 404, "gone", "gone_text")
    return await show_mirror(request, sku=sku, product=product)


async def show_mirror(
    request: web.Request, *, sku: str = "", product: ProductLike | None = None, embedded_by: str = ""
) -> web.Response:
    """The mirror's page, in its merchant's colours and words. ``embedded_by`` is the origin of the page around it."""
    shared = None
    host = request.headers.get("Host", "")
    if product is not None:
        # Browsers open a camera over https, or on the machine itself.
        local = is_loopback(urlsplit(f"//{host}").hostname or "")
        site = f"{'http' if local else 'https'}://{host}"
        shared = {
            "name": product.name,
            "description": _texts(request)(product.description),
            "picture": f"{site}/api/catalogue/{sku}/thumbnail.png" if product.thumbnail is not None else "",
        }
    return await _rendered(
        request,
        "mirror.html",
        consent_version=CONSENT_VERSION,
        shared=shared,
        embedded_by=embedded_by,
        server=host if is_host(host) else "",
        sku=sku,
    )


async def refused_page(
    request: web.Request, status: int, title: str, sentence: str, *, origin: str = ""
) -> web.Response:
    """A page that says why there is no mirror, and where there is one: in the words of these keys."""
    response = await _rendered(
        request,
        "refused.html",
        title=title,
        sentence=sentence,
        origin=origin,
        status=status,
        embedded="/embed/" in request.path,
    )
    response.set_status(status)
    return response


async def _rendered(request: web.Request, template: str, **values: object) -> web.Response:
    accepted = request.headers.get("Accept-Language", "")
    asked = request.query.get("lang", "")
    look = await request.app[SHOPFRONT].look(accepted, asked)
    language = words.pick(asked, look.fixed, accepted)
    catalogue = request.app[WORDS]
    text = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            look=look,
            language=language,
            asked=asked,
            words=catalogue.of(language),
            words_address=catalogue.address(language),
            **values,
        )
    )
    return web.Response(
        text=text,
        content_type="text/html",
        charset="utf-8",
        headers={"Cache-Control": _REVALIDATE, "Vary": "Accept-Language"},
    )


async def static_file(request: web.Request) -> web.StreamResponse:
    path = request.app[STATIC].get(request.match_info["path"])
    if path is None:
        raise web.HTTPNotFound
    return _file(path)


async def catalogue(request: web.Request) -> web.Response:
    """Every product, in the catalogue's order; of drafts the one that is asked ``with``. ``lang`` as in the page's."""
    say = _texts(request)
    asked = request.query.get("with", "")
    mirror = request.app[MIRROR]
    if asked:
        await mirror.find(asked)
    found = await mirror.products()
    products = [product for product in found if product.sku == asked or not is_preview(product.sku)]
    offers = (await request.app[SHOPFRONT].now()).offers
    listed = [
        {
            "sku": product.sku,
            "kind": product.kind,
            "slot": product.slot,
            "name": product.name,
            "description": say(product.description),
            "shades": [_shade(shade, say) for shade in product.shades],
            "makeup": None if product.makeup is None else _makeup(product.makeup),
            "matched": product.is_matched,
            "photochromic": [lens.id for lens in product.lenses if lens.type == "photochromic"],
            "prescription": product.prescription,
            **_offer(offers.get(product.sku)),
            "thumbnail": None if product.thumbnail is None else f"/api/catalogue/{product.sku}/thumbnail.png",
        }
        for product in products
    ]
    return web.json_response({"products": listed}, headers={"Cache-Control": _REVALIDATE})


def _offer(offer: Offer | None) -> dict[str, object]:
    if offer is None:
        return {"price": None, "link": ""}
    # Browsers have their own mind about how many digits a currency has.
    price = None if offer.price is None else {**offer.price, "digits": minor_digits(offer.price["currency"])}
    return {"price": price, "link": offer.link}


def _texts(request: web.Request) -> Callable[[str], str]:
    """Says what a product says, in the language that the address asks for."""
    return partial(request.app[WORDS].product, words.spoken(request.query.get("lang", "")) or words.OTHERWISE)


def _shade(shade: ShadeLike, say: Callable[[str], str]) -> dict[str, object]:
    listed: dict[str, object] = {"id": shade.id, "name": say(shade.name), "swatch": shade.swatch}
    if shade.tones:
        listed["tones"] = [tone.color for tone in shade.tones]
    return listed


def _makeup(makeup: Makeup) -> dict[str, object]:
    """What can be chosen about it; ``order`` is its place in cosmetic order."""
    return {
        "type": makeup.type,
        "order": makeup.order,
        "finish": makeup.finish,
        "finishes": makeup.finishes,
        "template": makeup.template,
        "templates": makeup.rule.templates,
        "coverage": makeup.coverage,
    }


async def looks(request: web.Request) -> web.Response:
    """The complete looks, in the catalogue's order. ``lang`` as in the page's."""
    say = _texts(request)
    found = [
        {**look, **{key: say(str(look[key])) for key in ("name", "description") if key in look}}
        for look in await request.app[MIRROR].looks()
    ]
    return web.json_response({"looks": found}, headers={"Cache-Control": _REVALIDATE})


async def thumbnail(request: web.Request) -> web.StreamResponse:
    product = await request.app[MIRROR].find(request.match_info["sku"])
    if product is None or product.thumbnail is None:
        raise UnknownProduct("The catalogue has no such product, or no picture of it.")
    return _file(product.thumbnail)


async def sample(request: web.Request) -> web.StreamResponse:
    """A clip for shoppers without a camera; ranges are answered, as players ask for them."""
    return _file(await request.app[MIRROR].sample(), _SAMPLE_CACHE)


async def healthz(_request: web.Request) -> web.Response:
    """Whether the process answers at all."""
    return web.json_response({"status": "live"})


async def readyz(request: web.Request) -> web.Response:
    """Whether a shopper would be let in now; 503 says when to ask again, and how far the warm-up is."""
    mirror = request.app[MIRROR]
    state = mirror.state
    if state.reason == "ready":
        return web.json_response({"status": "ready", "processes": mirror.house.ready})
    wait_s = BUSY_RETRY_S if state.reason == "busy" else WARMING_RETRY_S
    return error_response(
        503,
        state.reason,
        state.sentence,
        retry_after_s=wait_s,
        step=state.step,
        fraction=round(state.fraction, 3),
    )
