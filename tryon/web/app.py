"""The application: routes, and what starts and stops with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from aiohttp import web

from tryon.config import Settings
from tryon.ingest.clockwork import Clockwork
from tryon.ingest.keeper import Keeper
from tryon.resources import folder
from tryon.web import embed, pages, shopfront, tag, words
from tryon.web.api.setup import add_api
from tryon.web.fitting import FittingRoom
from tryon.web.keys import EMBEDDING, FITTING, MIRROR, SHOPFRONT, STATIC, TAGS, TEMPLATES, WORDS
from tryon.web.middle import Factories, real_factories
from tryon.web.mirror import Mirror
from tryon.web.security import add_headers, errors_as_json, http_log
from tryon.web.stream import mirror_socket
from tryon.web.studio.setup import add_studio
from tryon.web.swatch import swatch

# Of what is read whole; uploads of files are streamed.
_MAX_BODY_BYTES: Final = 64 * 1024
# A request's head has to be there this long after its connection, or after the answer before it; dripping does not
# help. Browsers open a new connection when an idle one was closed.
REQUEST_S: Final = 15.0


def create_app(settings: Settings, factories: Factories | None = None) -> web.Application:
    """A server of its own. ``factories`` replaces the real engines and products, in tests."""
    app = web.Application(middlewares=[errors_as_json], client_max_size=_MAX_BODY_BYTES)
    app[TEMPLATES] = pages.templates(folder("templates"))
    app[WORDS] = words.Catalogue(folder("templates") / "words")
    front = app[SHOPFRONT] = shopfront.Shopfront(settings)
    app[EMBEDDING] = embed.Embedding(settings, front.live)
    static = app[STATIC] = pages.list_static(folder("static"))
    app[TAGS] = tag.in_every_language(static[tag.NAME], app[WORDS])
    made = real_factories(settings) if factories is None else factories

    async def run_mirror(app: web.Application) -> AsyncIterator[None]:
        mirror = app[MIRROR] = Mirror(settings, made)
        mirror.start()
        room = app[FITTING] = FittingRoom(mirror, made.make_fitter)
        yield
        room.close()
        await mirror.close()
        await asyncio.to_thread(front.live.close)

    app.cleanup_ctx.append(run_mirror)
    app.on_shutdown.append(_drain)
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            web.get("/", pages.page, name="page"),
            web.get("/p/{sku:[a-z0-9][a-z0-9-]{0,63}}", pages.product_page, name="product_page"),
            web.get("/embed/{sku:[a-z0-9][a-z0-9-]{0,63}}", embed.embed_page, name="embed_page"),
            web.post("/api/embed/token", embed.make_token, name="embed_token"),
            web.post("/api/embed/open", embed.redeem_token, name="embed_open"),
            web.get("/storefront/theme.css", shopfront.theme, name="theme"),
            web.get("/storefront/logo.png", shopfront.logo, name="logo"),
            web.get("/words/{language:[a-z]{2}}.js", words.module, name="words"),
            web.get(f"/static/{tag.NAME}", tag.tag, name="tag"),
            web.get("/static/{path:.+}", pages.static_file, name="static"),
            web.get("/api/catalogue", pages.catalogue, name="catalogue"),
            web.get("/api/catalogue/{sku}/thumbnail.png", pages.thumbnail, name="thumbnail"),
            web.get("/api/looks", pages.looks, name="looks"),
            web.post("/api/swatch", swatch, name="swatch"),
            web.get("/api/sample.mp4", pages.sample, name="sample"),
            web.get("/ws/mirror", mirror_socket, name="mirror"),
            web.get("/healthz", pages.healthz, name="healthz"),
            web.get("/readyz", pages.readyz, name="readyz"),
        ]
    )
    add_studio(app, settings, add_api(app, settings))
    if factories is None:
        app.cleanup_ctx.append(partial(_keep, settings))
    if settings.qa:
        from tryon.web.qa import add_qa

        add_qa(app, settings)
    return app


async def _keep(settings: Settings, _app: web.Application) -> AsyncIterator[None]:
    """What merchants order is made beside the mirror, and what they plan is done in time, once they have a store."""
    keeper = Keeper(settings)
    clockwork = Clockwork(settings)
    keeper.start()
    clockwork.start()
    yield
    await asyncio.to_thread(clockwork.close)
    await asyncio.to_thread(keeper.close)


def make_runner(app: web.Application, settings: Settings, *, request_s: float = REQUEST_S) -> web.AppRunner:
    """How the application is run, by ``tryon serve``, the bench and the tests alike."""
    return _Runner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=settings.drain_s,
        keepalive_timeout=request_s,
        logger=http_log(),
    )


class _Runner(web.AppRunner):
    async def setup(self) -> None:
        await super().setup()
        if self.server is not None:
            # aiohttp's own factory takes the class, and has no public way to be told it.
            self.server.request_factory = partial(self.app._make_request, _cls=_Request)  # noqa: SLF001


class _Request(web.Request):
    """What is no HTTP reaches no route, so that aiohttp answers it without the application's headers."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        await super()._prepare_hook(response)
        if self._match_info is None:
            await add_headers(self, response)


async def _drain(app: web.Application) -> None:
    await app[MIRROR].drain()
