"""What a browser fetches: the page, its files, the catalogue, the sample clip, and the server's health."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web

from tryon.catalogue.makeup import Makeup
from tryon.errors import UnknownProduct
from tryon.session import CONSENT_VERSION
from tryon.web.keys import MIRROR, PAGE, STATIC
from tryon.web.middle import ShadeLike
from tryon.web.mirror import BUSY_RETRY_S, WARMING_RETRY_S
from tryon.web.security import error_response

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


def render_page(templates: Path) -> bytes:
    """The mirror's page; the same for everyone, so it is rendered once."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("mirror.html").render(consent_version=CONSENT_VERSION).encode()


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
    return _page(request)


async def product_page(request: web.Request) -> web.Response:
    """The mirror, which wears the product that its address names. Without that product it opens all the same."""
    sku = request.match_info["sku"]
    known = any(product.sku == sku for product in await request.app[MIRROR].products())
    return _page(request, 200 if known else 404)


def _page(request: web.Request, status: int = 200) -> web.Response:
    return web.Response(
        body=request.app[PAGE],
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Cache-Control": _REVALIDATE},
    )


async def static_file(request: web.Request) -> web.StreamResponse:
    path = request.app[STATIC].get(request.match_info["path"])
    if path is None:
        raise web.HTTPNotFound
    return _file(path)


async def catalogue(request: web.Request) -> web.Response:
    """Every product, in the catalogue's order."""
    products = await request.app[MIRROR].products()
    listed = [
        {
            "sku": product.sku,
            "kind": product.kind,
            "name": product.name,
            "description": product.description,
            "shades": [_shade(shade) for shade in product.shades],
            "makeup": None if product.makeup is None else _makeup(product.makeup),
            "photochromic": [lens.id for lens in product.lenses if lens.type == "photochromic"],
            "prescription": product.prescription,
            "thumbnail": None if product.thumbnail is None else f"/api/catalogue/{product.sku}/thumbnail.png",
        }
        for product in products
    ]
    return web.json_response({"products": listed}, headers={"Cache-Control": _REVALIDATE})


def _shade(shade: ShadeLike) -> dict[str, object]:
    listed: dict[str, object] = {"id": shade.id, "name": shade.name, "swatch": shade.swatch}
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
    """The complete looks, in the catalogue's order."""
    found = await request.app[MIRROR].looks()
    return web.json_response({"looks": list(found)}, headers={"Cache-Control": _REVALIDATE})


async def thumbnail(request: web.Request) -> web.StreamResponse:
    sku = request.match_info["sku"]
    for product in await request.app[MIRROR].products():
        if product.sku == sku and product.thumbnail is not None:
            return _file(product.thumbnail)
    raise UnknownProduct("The catalogue has no such product, or no picture of it.")


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
