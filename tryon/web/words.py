"""What the mirror says to shoppers: one file of words for each language, all with the same keys.

A word is a sentence with ``{names}`` to fill in, or one for each plural form of its ``{count}``, by the names of
https://www.unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules. The page's templates and the shops' tag
say some sections of a file; the others go to the page's scripts, as a module of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias, get_args

from aiohttp import web

from tryon.store.languages import MirrorLanguage, wishes
from tryon.web.keys import WORDS

Word: TypeAlias = str | Mapping[str, str]
Words: TypeAlias = Mapping[str, Mapping[str, Word]]
LANGUAGES: Final[tuple[MirrorLanguage, ...]] = get_args(MirrorLanguage)
OTHERWISE: Final[MirrorLanguage] = "en"
# What only templates and the shops' tag say, and no script of the page.
WRITTEN: Final = frozenset({"consent", "page", "refused", "tag"})
_TAG_CHARACTERS: Final = 16
# Its address changes with what is in it.
_FOREVER: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"


class Catalogue:
    """The words of every language, as templates say them and as modules for the page's scripts."""

    def __init__(self, folder: Path) -> None:
        self._words = load(folder)
        self._range = load_range(folder / "range")
        self._modules = {language: _module(language, words) for language, words in self._words.items()}

    def of(self, language: str) -> Words:
        """Raises KeyError for a language that the mirror does not speak."""
        return self._words[language]

    def product(self, language: str, text: str) -> str:
        """What a product or a look says of itself: as it stands, but for the texts of those that come with Tryon."""
        return self._range.get(language, {}).get(text, text)

    def module(self, language: str) -> str:
        """JavaScript. Raises KeyError."""
        return self._modules[language]

    def address(self, language: str) -> str:
        """Of the module; it changes with what is in it. Raises KeyError."""
        return f"/words/{language}.js?v={_tag(self._modules[language])}"


def load(folder: Path) -> Mapping[str, Words]:
    """By language, of ``templates/words``."""
    return {language: json.loads((folder / f"{language}.json").read_text("utf-8")) for language in LANGUAGES}


def load_range(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """By language and English text, of ``templates/words/range``: what those products and looks say that come with
    Tryon."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def pick(asked: str, fixed: str, accepted: str) -> MirrorLanguage:
    """``asked`` is the address's ``lang``, ``fixed`` the merchant's choice, ``accepted`` the browser's
    Accept-Language."""
    known = (spoken(wish) for wish in liked(asked, fixed, accepted))
    return next((language for language in known if language is not None), OTHERWISE)


def spoken(wish: str) -> MirrorLanguage | None:
    """The mirror's language for ``de``, ``de-AT`` or ``de_AT``, as shop systems write it; None where it has none."""
    first = wish.lower().replace("_", "-").split("-")[0]
    return next((language for language in LANGUAGES if language == first), None)


def liked(asked: str, fixed: str, accepted: str) -> list[str]:
    """Languages in small letters, the first choice first; see ``pick``."""
    return [wish for wish in (asked.lower().replace("_", "-"), fixed.lower(), *wishes(accepted)) if wish]


async def module(request: web.Request) -> web.Response:
    """``/words/LANGUAGE.js``: the words that the page's scripts say."""
    catalogue, language = request.app[WORDS], request.match_info["language"]
    if language not in LANGUAGES:
        raise web.HTTPNotFound
    text = catalogue.module(language)
    response = web.Response(
        text=text,
        content_type="text/javascript",
        charset="utf-8",
        headers={"Cache-Control": _FOREVER if request.query.get("v") == _tag(text) else _REVALIDATE},
    )
    response.enable_compression()
    return response


def _module(language: str, words: Words) -> str:
    spoken = {section: found for section, found in words.items() if section not in WRITTEN}
    told = json.dumps(spoken, ensure_ascii=False, separators=(",", ":"))
    return f'import {{ speak }} from "/static/js/words.js";\nspeak({told}, "{language}");\n'


def _tag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_TAG_CHARACTERS]
