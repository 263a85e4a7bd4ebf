"""Typed keys of what the application holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from aiohttp import web

from tryon.web.mirror import Mirror

if TYPE_CHECKING:
    from tryon.web.embed import Embedding
    from tryon.web.fitting import FittingRoom
    from tryon.web.shopfront import Shopfront
    from tryon.web.words import Catalogue

MIRROR = web.AppKey("MIRROR", Mirror)
TEMPLATES = web.AppKey("TEMPLATES", jinja2.Environment)
STATIC = web.AppKey("STATIC", dict[str, Path])
SHOPFRONT: web.AppKey[Shopfront] = web.AppKey("SHOPFRONT")
EMBEDDING: web.AppKey[Embedding] = web.AppKey("EMBEDDING")
FITTING: web.AppKey[FittingRoom] = web.AppKey("FITTING")
WORDS: web.AppKey[Catalogue] = web.AppKey("WORDS")
TAGS: web.AppKey[Mapping[str, str]] = web.AppKey("TAGS")
