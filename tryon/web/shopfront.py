"""What the pages show of their merchant: words in the shopper's language, logo, and the theme's stylesheet."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from tryon.config import Settings
from tryon.store.live_front import Front, LiveFront
from tryon.web.keys import SHOPFRONT
from tryon.web.words import liked

if TYPE_CHECKING:
    from tryon.store.storefront import Words

# Their addresses change with what is in them.
_FOREVER: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class Look:
    """All that a template needs to know; without a storefront, the mirror's own."""

    title: str = ""
    lead: str = ""
    consent: tuple[str, ...] = ()
    privacy_link: str = ""
    language: str = "en"
    # That of the mirror, where the merchant has set one.
    fixed: str = ""
    logo: str = ""
    logo_width: int = 0
    logo_height: int = 0
    stylesheet: str = ""
    scheme: str = "light dark"
    background: str = ""


class Shopfront:
    """The merchant's front for the pages, as it is now."""

    def __init__(self, settings: Settings) -> None:
        self.live = LiveFront(settings)
        self._made: tuple[Front, str, str] | None = None

    async def now(self) -> Front:
        """Never fails: without a store there is nothing in it."""
        return await asyncio.to_thread(self.live.now)

    async def look(self, accepted: str, asked: str = "") -> Look:
        """``accepted`` is Accept-Language, ``asked`` the address's ``lang``."""
        front = await self.now()
        kept = front.kept
        if kept is None:
            return Look()
        from tryon.web.theme import scheme

        css, tag = self.css(front)
        words = choose(kept.front.texts, liked(asked, kept.front.language, accepted))
        logo = kept.logo if front.logo is not None else None
        return Look(
            title="" if words is None else words.title,
            lead="" if words is None else words.lead,
            consent=()
            if words is None
            else tuple(part for part in words.consent.split("\n") if part.strip()),
            privacy_link="" if words is None else words.privacy_link,
            language="en" if words is None else words.language,
            fixed=kept.front.language,
            logo="" if logo is None else f"/storefront/logo.png?v={logo.sha256[:16]}",
            logo_width=0 if logo is None else logo.width_px,
            logo_height=0 if logo is None else logo.height_px,
            stylesheet=f"/storefront/theme.css?v={tag}" if css else "",
            scheme=scheme(kept.front.theme),
            background=kept.front.theme.background,
        )

    def css(self, front: Front) -> tuple[str, str]:
        """The stylesheet, and a tag that changes with it."""
        if self._made is None or self._made[0] is not front:
            from tryon.web.theme import stylesheet

            css = "" if front.kept is None else stylesheet(front.kept.front.theme)
            self._made = front, css, hashlib.sha256(css.encode()).hexdigest()[:16]
        return self._made[1], self._made[2]


def choose(texts: tuple[Words, ...], wishes: Sequence[str]) -> Words | None:
    """The words in the language that the shopper likes best: the very one, or its first part; else the first."""
    if not texts:
        return None
    for wish in wishes:
        for words in texts:
            if words.language.lower() == wish:
                return words
        for words in texts:
            if words.language.split("-")[0] == wish.split("-")[0]:
                return words
    return texts[0]


async def theme(request: web.Request) -> web.Response:
    """The theme's stylesheet."""
    shopfront = request.app[SHOPFRONT]
    css, tag = shopfront.css(await shopfront.now())
    cache = _FOREVER if request.query.get("v") == tag else _REVALIDATE
    return web.Response(text=css, content_type="text/css", charset="utf-8", headers={"Cache-Control": cache})


async def logo(request: web.Request) -> web.StreamResponse:
    """The logo's picture."""
    front = await request.app[SHOPFRONT].now()
    if front.logo is None or front.kept is None or front.kept.logo is None:
        raise web.HTTPNotFound
    current = front.kept.logo.sha256.startswith(request.query.get("v") or "-")
    path: Path = front.logo
    return web.FileResponse(
        path, headers={"Content-Type": "image/png", "Cache-Control": _FOREVER if current else _REVALIDATE}
    )
