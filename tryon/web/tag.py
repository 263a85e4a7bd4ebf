"""``embed.js``: the tag that shops put into their pages, as it stands or in the words of a language (``?lang=de``).

The script speaks English and has no room for more: shops are promised its size. So each language has a script of its
own, made of it at the start, without the spaces and comments that nobody reads there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from tryon.web.keys import STATIC, TAGS
from tryon.web.words import LANGUAGES, OTHERWISE, Catalogue, Word, spoken

NAME: Final = "embed.js"
# One request in ten minutes, and none that a shopper waits for.
_CACHE: Final = "public, max-age=600, stale-while-revalidate=86400"
_TYPE: Final = "text/javascript"
# The frame, and what the server says of a token, speak the tag's language.
_ADDRESSES: Final = (
    ("?origin=", "?lang={language}&origin="),
    ("/embed/token`", "/embed/token?lang={language}`"),
)


def in_every_language(script: Path, words: Catalogue) -> Mapping[str, str]:
    """By language, but for that of the script itself."""
    text, english = script.read_text("utf-8"), words.of(OTHERWISE)["tag"]
    return {
        language: translated(text, language, words.of(language)["tag"], english)
        for language in LANGUAGES
        if language != OTHERWISE
    }


def translated(script: str, language: str, own: Mapping[str, Word], english: Mapping[str, Word]) -> str:
    """The script with its words, and with the language in the addresses that it asks."""
    lines = (line.strip() for line in script.splitlines())
    text = "\n".join(line for line in lines if line and not _is_comment(line))
    for key, word in english.items():
        text = text.replace(_literal(word), _literal(own[key]))
    for address, with_language in _ADDRESSES:
        text = text.replace(address, with_language.format(language=language))
    return text + "\n"


def _is_comment(line: str) -> bool:
    return line.startswith("//") or (line.startswith("/**") and line.endswith("*/"))


def _literal(word: Word) -> str:
    """As it stands in the script."""
    text = str(word)
    return f"`{text}`".replace("{status}", "${response.status}") if "{status}" in text else f"'{text}'"


async def tag(request: web.Request) -> web.StreamResponse:
    """``/static/embed.js``. Shops' pages load it, by plain tags and by such with crossorigin or integrity."""
    headers = {
        "Cache-Control": _CACHE,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    text = request.app[TAGS].get(spoken(request.query.get("lang", "")) or OTHERWISE)
    if text is None:
        headers["Content-Type"] = f"{_TYPE}; charset=utf-8"
        return web.FileResponse(request.app[STATIC][NAME], headers=headers)
    response = web.Response(text=text, content_type=_TYPE, charset="utf-8", headers=headers)
    response.enable_compression()
    return response
