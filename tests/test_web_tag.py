"""The tag in several languages: the same script, in other words, no larger than is promised."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.served import bare_settings, served
from tryon.web.tag import in_every_language, translated
from tryon.web.words import LANGUAGES, Catalogue

FOLDER = Path(__file__).parents[1]
SCRIPT = FOLDER / "static" / "embed.js"
MAX_BYTES = 10_240


@pytest.fixture(scope="module")
def words() -> Catalogue:
    return Catalogue(FOLDER / "templates" / "words")


def test_every_word_stands_in_the_script_once(words: Catalogue) -> None:
    english = words.of("en")["tag"]
    text = SCRIPT.read_text("utf-8")
    for key, word in english.items():
        said = str(word).replace("{status}", "${response.status}")
        assert len(re.findall(rf"(['`]){re.escape(said)}\1", text)) == 1, key
    # What is said begins with a capital, and nothing else in quotes does but keys of the keyboard.
    assert len(re.findall(r"['`][A-Z][a-z]+ [^'`]*['`]", text)) == len(english)


def test_each_language_has_its_own_words_and_no_more_bytes(words: Catalogue) -> None:
    made = in_every_language(SCRIPT, words)
    assert set(made) == set(LANGUAGES) - {"en"}
    for language, text in made.items():
        assert len(text.encode()) <= MAX_BYTES, language
        for key, word in words.of(language)["tag"].items():
            assert "'" not in str(word), f"{language} {key}"
            assert "`" not in str(word), f"{language} {key}"
            assert str(word).replace("{status}", "${response.status}") in text, f"{language} {key}"
        assert text.count(f"?lang={language}&origin=") == 1
        assert text.count(f"/embed/token?lang={language}`") == 1


def test_nothing_but_words_changes(words: Catalogue) -> None:
    english, text = words.of("en")["tag"], SCRIPT.read_text("utf-8")
    plain = translated(text, "xx", english, english)
    for language in LANGUAGES:
        spoken = translated(text, "xx", words.of(language)["tag"], english)
        for key, word in words.of(language)["tag"].items():
            spoken = spoken.replace(
                str(word).replace("{status}", "${response.status}"),
                str(english[key]).replace("{status}", "${response.status}"),
            )
        assert spoken == plain, language


def test_browsers_can_read_it(words: Catalogue) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here")
    for text in in_every_language(SCRIPT, words).values():
        done = subprocess.run([node, "--check", "-"], input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


async def test_the_address_names_the_language(words: Catalogue, tmp_path: Path) -> None:
    async with served(bare_settings(tmp_path)) as url, ClientSession() as http:
        for query, said in (
            ("", "'Try it on'"),
            ("?lang=de", "'Anprobieren'"),
            ("?lang=de_AT", "'Anprobieren'"),
            ("?lang=xx", "'Try it on'"),
        ):
            async with http.get(f"{url}/static/embed.js{query}") as response:
                assert said in await response.text()
                assert response.headers["Access-Control-Allow-Origin"] == "*"
                assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
                assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
                assert "max-age=600" in response.headers["Cache-Control"]
        headers = {"Origin": "https://a.example"}
        async with http.post(
            f"{url}/api/embed/token?lang=fr", data={"sku": "x"}, headers=headers
        ) as response:
            told = (await response.json())["error"]
        assert told["sentence"] == words.of("fr")["error"][told["code"]]
