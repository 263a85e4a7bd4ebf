"""Typed keys of what the application holds."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tryon.web.mirror import Mirror

MIRROR = web.AppKey("MIRROR", Mirror)
PAGE = web.AppKey("PAGE", bytes)
STATIC = web.AppKey("STATIC", dict[str, Path])
