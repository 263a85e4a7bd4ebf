"""A small shop on an origin of its own that embeds the mirror: for people to try, and for the tests.

It sends the Content-Security-Policy that ``docs/embed.md`` tells shops to send, so that a mistake in either shows here.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web

from tryon.catalogue.items import Product, load_catalogue
from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.resources import folder

FOLDER: Final = "demo-shop"
# The shop's own prices: the mirror need not know them.
_OTHERS: Final = {
    "harbour-black": "€119.00",
    "meridian-gunmetal": "€149.00",
    "solstice-gold": "€159.00",
    "nocturne-black-sun": "€139.00",
}
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".jpg": "image/jpeg"}


def policy(server: str) -> str:
    """What a shop's policy has to allow: the tag, the frame, and the tag's question for a token."""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; "
        f"script-src 'self' {server}; frame-src {server}; connect-src {server}"
    )


def create_shop(server: str) -> web.Application:
    """The shop, around the mirror at ``server``, an origin."""
    place = folder("assets") / FOLDER
    products = {product.sku: product for product in load_catalogue(folder("assets") / "catalogue")}
    page = jinja2.Environment(
        loader=jinja2.FileSystemLoader(place), autoescape=True, undefined=jinja2.StrictUndefined
    ).get_template("index.html")
    others = [
        {"sku": other, "name": products[other].name, "price": price} for other, price in _OTHERS.items()
    ]
    text = page.render(server=server, others=others)
    app = web.Application()
    app.on_response_prepare.append(partial(_add_headers, policy(server)))
    app.add_routes(
        [
            web.get("/", partial(_page, text)),
            web.get("/pictures/{sku}.png", partial(_picture, products)),
            *(
                web.get(f"/{file.name}", partial(_file, file))
                for file in place.iterdir()
                if file.suffix in _TYPES
            ),
        ]
    )
    return app


@asynccontextmanager
async def open_shop(server: str, host: str, port: int) -> AsyncIterator[str]:
    """The shop on a port of its own; its address. Raises ConfigError where the port is taken."""
    runner = web.AppRunner(create_shop(server), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"The shop cannot listen on port {port} ({(error.strerror or str(error)).lower()}); name another one "
                "with --port.",
                setting="port",
            ) from error
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def serve_shop(settings: Settings, server: str, port: int, opened: Callable[[str], None]) -> None:
    """Serve the shop until SIGINT or SIGTERM; ``opened`` is called with its address. Raises TryOnError.

    Its origin is registered with the merchant meanwhile.
    """
    asyncio.run(_serve(settings, server, port, opened))


async def _serve(settings: Settings, server: str, port: int, opened: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_shop(server, "127.0.0.1", port) as address:
        added = await asyncio.to_thread(_register, settings, address, wanted=True)
        try:
            opened(address)
            await stop.wait()
        finally:
            if added:
                await asyncio.to_thread(_register, settings, address, wanted=False)


def _register(settings: Settings, origin: str, *, wanted: bool) -> bool:
    """Whether that changed anything."""
    from tryon.store import storefront
    from tryon.store.house import open_catalogue
    from tryon.store.merchants import find_merchant

    store = open_catalogue(settings)
    try:
        with store.write(find_merchant(store, settings.merchant).id, "cli") as tenant:
            kept = storefront.get(tenant)
            others = tuple(one for one in kept.front.origins if one != origin)
            origins = (*others, origin) if wanted else others
            if set(origins) == set(kept.front.origins):
                return False
            storefront.replace(tenant, kept.front.model_copy(update={"origins": origins}), kept.version)
            return True
    finally:
        store.close()


async def _add_headers(allowed: str, _request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = allowed
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-cache"


async def _page(text: str, _request: web.Request) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def _file(path: Path, _request: web.Request) -> web.StreamResponse:
    return web.FileResponse(path, headers={"Content-Type": _TYPES[path.suffix]})


async def _picture(products: dict[str, Product], request: web.Request) -> web.StreamResponse:
    product = products.get(request.match_info["sku"])
    if product is None or product.thumbnail is None:
        raise web.HTTPNotFound
    return web.FileResponse(product.thumbnail)
