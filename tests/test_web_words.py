"""The consent in several languages."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.served import bare_settings, served
from tryon.config import Settings
from tryon.store import storefront
from tryon.store.house import open_catalogue
from tryon.store.merchants import find_merchant
from tryon.store.storefront import Storefront
from tryon.web.words import LANGUAGES, load, pick


def held(text: str) -> set[str]:
    """What is filled in."""
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_language_has_every_word_and_fills_in_the_same(root: Path) -> None:
    folder = root / "templates" / "words"
    found = load(folder)
    assert {path.stem for path in folder.glob("*.json")} == set(LANGUAGES)
    english = found["en"]
    template = (root / "templates" / "mirror.html").read_text("utf-8")
    for key in english:
        assert f"words.{key}" in template, f"nothing says {key}"
    for language, words in found.items():
        assert words.keys() == english.keys(), language
        for key, text in words.items():
            assert text.strip() == text != ""
            assert held(text) == held(english[key]), f"{language} {key}"
            # A sentence that was forgotten would stand there in English.
            assert language == "en" or text != english[key], f"{language} {key}"


@pytest.mark.parametrize(
    ("asked", "fixed", "accepted", "language"),
    [
        ("", "", "", "en"),
        ("", "", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "", "nl,fr;q=0.8,en;q=0.2", "fr"),
        ("", "", "es;q=0", "en"),
        ("", "es", "de", "es"),
        ("fr", "es", "de", "fr"),
        ("FR-ca", "es", "de", "fr"),
        ("xx", "", "de", "de"),
        ("../en", "", "", "en"),
    ],
)
def test_the_address_decides_then_the_merchant_then_the_browser(
    asked: str, fixed: str, accepted: str, language: str
) -> None:
    assert pick(asked, fixed, accepted) == language


async def test_the_merchants_language_holds_for_every_browser(tmp_path: Path) -> None:
    settings = bare_settings(tmp_path)
    store = open_catalogue(settings)
    with store.write(find_merchant(store, "house").id) as tenant:
        storefront.replace(tenant, Storefront(language="fr"), 0)
    store.close()
    async with (
        served(settings) as url,
        ClientSession() as http,
        http.get(url, headers={"Accept-Language": "de"}) as response,
    ):
        page = await response.text()
    assert '<section id="consent" class="consent" lang="fr"' in page


async def test_the_consent_says_nothing_in_another_language(root: Path, tmp_path: Path) -> None:
    found = load(root / "templates" / "words")
    settings = Settings(threads=1, store_dir=tmp_path / "store", cache_dir=tmp_path / "cache")
    async with served(settings) as url, ClientSession() as http:
        for language in LANGUAGES:
            headers = {"Accept-Language": f"{language}-XX, en;q=0.5"}
            async with http.get(url, headers=headers) as response:
                page = await response.text()
            match = re.search(r'<section id="consent"[^>]* lang="(\w+)".*?</section>', page, re.DOTALL)
            assert match is not None
            assert match[1] == language
            left = unescape(re.sub(r"<[^>]+>", " ", match[0]))
            left = re.sub(r"\s+", " ", left)
            words = found[language]
            for text in sorted(words.values(), key=len, reverse=True):
                pattern = re.escape(text)
                for name, filled in (("version", r"\d+"), ("use_photo", re.escape(words["use_photo"]))):
                    pattern = pattern.replace(re.escape(f"{{{name}}}"), filled)
                left = re.sub(pattern, " ", left)
            assert left.strip() == "", f"{language}: {left.strip()[:200]}"
        async with http.get(f"{url}/?lang=es", headers={"Accept-Language": "de"}) as response:
            assert found["es"]["agree"] in await response.text()
