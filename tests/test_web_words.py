"""What shoppers read, in several languages: all words in each, none that nobody says, and the merchant's choice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from itertools import product
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from aiohttp import ClientSession

from tests.served import bare_settings, served
from tryon import sizing, toning
from tryon.catalogue.fit import advise
from tryon.catalogue.items import BOTTOMS, load_catalogue
from tryon.catalogue.look_files import load_looks
from tryon.catalogue.makeup import RULES, TYPES, Finish
from tryon.catalogue.shade_match import Reason
from tryon.errors import BadFrame, EmbedRefused, TryOnError
from tryon.geometry.sizes import Length, Sizes
from tryon.pipeline import HINTS
from tryon.store import storefront
from tryon.store.house import open_catalogue
from tryon.store.merchants import find_merchant
from tryon.store.storefront import Storefront
from tryon.web.words import LANGUAGES, WRITTEN, Catalogue, Word, Words, load, load_range, pick

FOLDER = Path(__file__).parents[1] / "templates" / "words"


# What is written alike in two languages.
ALIKE = {
    "de": {
        "page.details", "tray.finish", "slot.foundation", "slot.concealer", "slot.highlighter", "slot.eyeliner",
        "tone.undertone_neutral", "tone.undertone_warm", "tone.light_neutral", "tone.light_warm",
    },
    "fr": {"page.photo", "tray.style"},
    "es": {"style.natural"},
}  # fmt: skip


def forms(word: Word) -> list[str]:
    return [word] if isinstance(word, str) else list(word.values())


def held(text: str) -> set[str]:
    """What is filled in."""
    return set(re.findall(r"\{(\w+)\}", text))


def flat(words: Words) -> dict[str, Word]:
    return {f"{section}.{key}": word for section, found in words.items() for key, word in found.items()}


def said_in(root: Path, template: str) -> set[str]:
    """The keys that a template says."""
    text = (root / "templates" / template).read_text("utf-8")
    return {".".join(match) for match in re.findall(r"words\.(\w+)\.(\w+)", text)}


@pytest.fixture(scope="module")
def found() -> Mapping[str, Words]:
    return load(FOLDER)


def test_every_language_has_every_word_and_fills_in_the_same(found: Mapping[str, Words]) -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(LANGUAGES)
    english = flat(found["en"])
    for language, words in found.items():
        own = flat(words)
        assert list(own) == list(english), language
        for key, word in own.items():
            assert isinstance(word, str) is isinstance(english[key], str), f"{language} {key}"
            for text in forms(word):
                assert text.strip() == text != "", f"{language} {key}"
                assert held(text) == held(forms(english[key])[0]), f"{language} {key}"


def test_no_sentence_was_forgotten_in_english(found: Mapping[str, Words]) -> None:
    english = flat(found["en"])
    for language in set(LANGUAGES) - {"en"}:
        same = {
            key
            for key, word in flat(found[language]).items()
            if (plain := re.sub(r"\s", " ", str(word))) == str(english[key])
            and re.search(r"[A-Za-z]{3}", re.sub(r"\{\w+\}|Fitzpatrick|Monk", "", plain))
        }
        assert same == ALIKE[language], language


def test_plurals_have_the_forms_of_their_language(found: Mapping[str, Words]) -> None:
    plurals = {
        language: [w for w in flat(words).values() if not isinstance(w, str)]
        for language, words in found.items()
    }
    assert all(plurals.values())
    for language, words in plurals.items():
        for word in words:
            assert set(word) == {"one", "other"}, language
            assert all("count" in held(text) for text in forms(word))


def test_all_texts_of_the_range_that_comes_with_it_are_there_in_every_language(root: Path) -> None:
    folder = root / "assets" / "catalogue"
    products = load_catalogue(folder)
    texts = {text for look in load_looks(folder, products) for text in (look.name, look.description)}
    for product_ in products:
        texts |= {product_.description, *(lens.name for lens in product_.lenses)}
    told = load_range(FOLDER / "range")
    assert set(told) == set(LANGUAGES) - {"en"}
    for language, own in told.items():
        assert set(own) == texts, language
        assert all(text.strip() == text not in {"", english} for english, text in own.items()), language


def test_names_are_none_of_a_dictionarys_own(found: Mapping[str, Words]) -> None:
    """A template that asks for ``words.page.copy`` would get a method."""
    own = set(dir(dict))
    assert not own & set(found["en"])
    for section in found["en"].values():
        assert not own & set(section)


def test_whatever_is_said_has_words_and_all_words_are_said(root: Path, found: Mapping[str, Words]) -> None:
    english = flat(found["en"])
    written = set().union(*(said_in(root, name) for name in ("mirror.html", "refused.html", "wordmark.html")))
    assert written <= set(english)
    # ``refused`` is said by keys that the server names.
    server = "".join((root / "tryon" / "web" / name).read_text("utf-8") for name in ("pages.py", "embed.py"))
    asked = re.findall(r'refused_page\(\s*request, \d+, "(\w+)", "(\w+)"', server)
    assert len(asked) == 3
    written |= {f"refused.{key}" for pair in asked for key in pair}
    # tests/test_web_tag.py holds these against the tag.
    written |= {f"tag.{key}" for key in found["en"]["tag"]}
    assert written <= set(english)

    script = "".join(
        path.read_text("utf-8")
        for path in sorted((root / "static" / "js").rglob("*.js"))
        if not {"studio", "qa"} & set(path.parts)
    )
    spoken = set(re.findall(r"(?<![.\w])(?:say|told)\('([\w.]+)'", script))
    assert spoken <= {key for key in english if key.split(".")[0] not in WRITTEN}
    patterns = {
        re.sub(r"\\\$\\\{[^}]+\\\}", r"\\w+", re.escape(made))
        for made in re.findall(r"(?<![.\w])(?:say|told)\(`([^`]+)`", script)
    }
    assert len(spoken) > 100
    assert len(patterns) > 10
    for pattern in patterns:
        assert any(re.fullmatch(pattern, key) for key in english), pattern
    unsaid = {
        key
        for key in set(english) - written - spoken
        if not any(re.fullmatch(pattern, key) for pattern in patterns)
    }
    assert unsaid == set()


def test_every_code_of_the_server_and_the_catalogue_has_words(root: Path, found: Mapping[str, Words]) -> None:
    english = found["en"]
    assert english["hint"] == {**HINTS, **sizing.TEXTS, **toning.TEXTS}
    assert set(english["slot"]) == {*TYPES, "eyewear", "garment", BOTTOMS}
    assert set(english["finish"]) == set(get_args(Finish))
    assert set(english["style"]) == {name for rule in RULES.values() for name in rule.templates}
    for section in ("finish", "style"):
        for key, word in english[section].items():
            assert word == key.replace("_", " ").capitalize()
    codes = {kind.code for kind in kinds_of(TryOnError)} | {"warming", "busy", "draining", "failed"}
    codes |= {"too_many_requests"}
    assert set(english["error"]) <= codes
    assert {kind.code for kind in kinds_of(BadFrame)} <= set(english["error"])
    assert {kind.code for kind in kinds_of(EmbedRefused) - {EmbedRefused}} <= set(english["error"])
    troubles = re.search(
        r"typedef \{([^}]+)\} SourceTrouble", (root / "static/js/sources/source.js").read_text("utf-8")
    )
    assert troubles
    names = re.findall(r"'(\w+)'", troubles[1])
    assert set(english["trouble"]) == {f"{name}{end}" for name in names for end in ("", "_text")}


def kinds_of(kind: type[TryOnError]) -> set[type[TryOnError]]:
    return {kind}.union(*(kinds_of(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize("wider_mm", [-60.0, -15.0, -9.0, -1.0, 0.0, 3.0, 9.0, 15.0, 60.0])
@pytest.mark.parametrize("sigma_mm", [0.4, 3.0])
def test_the_page_says_the_servers_own_sentence_of_a_fit(
    found: Mapping[str, Words], wider_mm: float, sigma_mm: float
) -> None:
    near, far, face, nose, height, ear = (
        Length(mm, sigma_mm, "iris size") for mm in (61.0, 63.0, 134.0, 16.0, 52.0, 95.0)
    )
    sizes = Sizes(near, far, face, nose, height, ear, distance_mm=600.0)
    frame = {
        "total_width_mm": 143 + wider_mm,
        "bridge_mm": 19 + wider_mm / 3,
        "lens_width_mm": 50 + wider_mm / 3,
        "lens_height_mm": 40 + wider_mm,
        "temple_length_mm": 140 + wider_mm,
    }
    for advice in advise(sizes, frame):
        verdict = "fits" if advice.off_mm == 0 else "too_large" if advice.off_mm > 0 else "too_small"
        maybe = "" if advice.sure else "maybe_"
        key = f"{advice.aspect}_{maybe}{verdict}"
        values = dict(advice.values)
        if advice.aspect == "centring":
            side = "outside" if values["inside_mm"] < 0 else "inside"
            key = f"centring_{maybe}fits_{side}" if verdict == "fits" else f"centring_{verdict}"
            values["inside_mm"] = abs(values["inside_mm"])
        word = found["en"]["advice"][key]
        assert isinstance(word, str)
        assert word.format(**values) == advice.sentence


def test_the_page_says_the_servers_own_reason_for_a_lipstick(found: Mapping[str, Words]) -> None:
    words = {key: str(word) for key, word in found["en"]["reason"].items()}
    parts = (get_args(annotation) for annotation in get_type_hints(Reason).values())
    for why in (Reason(*values) for values in product(*parts)):
        harmony = words[f"harmony_{why.harmony}"].format(undertone=words[f"undertone_{why.undertone}"])
        colour = words[f"colour_{why.tone}_{why.kind}"]
        light, contrast = words[f"light_{why.light}"], words[f"contrast_{why.contrast}"]
        assert (
            words["sentence"].format(colour=colour, harmony=harmony, contrast=contrast, light=light)
            == why.told()
        )


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
        ("de_AT", "es", "fr", "de"),
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
    assert '<html lang="fr">' in page


async def test_the_page_says_nothing_in_another_language(
    root: Path, found: Mapping[str, Words], tmp_path: Path
) -> None:
    settings = bare_settings(tmp_path)
    async with served(settings) as url, ClientSession() as http:
        for language in LANGUAGES:
            headers = {"Accept-Language": f"{language}-XX, en;q=0.5"}
            async with http.get(url, headers=headers) as response:
                page = await response.text()
            assert f'<html lang="{language}">' in page
            left = unescape(re.sub(r"<[^>]+>", " ", spoken_attributes(page)))
            left = re.sub(r"\s+", " ", left)
            own = flat(found[language])
            words = [text for key in said_in(root, "mirror.html") for text in forms(own[key])]
            for text in sorted(words, key=len, reverse=True):
                pattern = re.escape(re.sub(r"\s+", " ", text))
                left = re.sub(re.sub(r"\\{\w+\\}", r".{1,40}?", pattern), " ", left)
            assert re.findall(r"[^\W\d]{3,}", left.replace("Tryon", "")) == [], language
        async with http.get(f"{url}/?lang=es", headers={"Accept-Language": "de"}) as response:
            assert str(found["es"]["consent"]["agree"]) in await response.text()


def spoken_attributes(page: str) -> str:
    """The page with what its attributes say as text."""
    page = re.sub(
        r'<meta (?:name="(?:viewport|color-scheme|theme-color)"|property="og:type")[^>]*>', "", page
    )
    return re.sub(r'<[^>]*?\b(?:aria-label|title|alt|content)="([^"]*)"', r"\1 \g<0>", page)


async def test_a_text_of_the_merchants_own_stays_as_it_is(root: Path, tmp_path: Path) -> None:
    nocturne, harbour = (
        next(each for each in load_catalogue(root / "assets" / "catalogue") if each.sku == sku)
        for sku in ("nocturne-black-sun", "harbour-black")
    )
    own = replace(nocturne, description="Our own words.")
    async with served(bare_settings(tmp_path), own, harbour) as url, ClientSession() as http:
        async with http.get(f"{url}/api/catalogue?lang=de") as response:
            mine, range_ = (await response.json())["products"]
        async with http.get(f"{url}/api/catalogue") as response:
            english = (await response.json())["products"][1]
    assert mine["description"] == "Our own words."
    assert range_["description"].startswith("Ein markantes Trapez")
    assert range_["shades"][0]["name"] == "Klar"
    assert english["description"] == harbour.description


async def test_only_the_pages_language_travels_and_its_words_are_kept(
    found: Mapping[str, Words], tmp_path: Path
) -> None:
    catalogue = Catalogue(FOLDER)
    async with served(bare_settings(tmp_path)) as url, ClientSession() as http:
        async with http.get(f"{url}/?lang=de") as response:
            page = await response.text()
        assert re.findall(r"/words/\w+\.js\?v=\w+", page) == [catalogue.address("de")]
        assert page.index("/words/de.js") < page.index("/static/js/mirror.js")
        async with http.get(url + catalogue.address("de")) as response:
            body = await response.text()
            assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert response.headers["Content-Encoding"] in {"gzip", "deflate"}
            assert int(response.headers["Content-Length"]) < 10_000
        told = json.loads(body[body.index("speak({") + 6 : body.rindex(', "de")')])
        assert set(told) == set(found["de"]) - WRITTEN
        async with http.get(f"{url}/words/de.js?v=older") as response:
            assert response.headers["Cache-Control"] == "no-cache"
        for nothing in ("nl.js", "en.json", "../words/en.js.js"):
            async with http.get(f"{url}/words/{nothing}") as response:
                assert response.status == 404


async def test_pages_without_a_mirror_speak_the_language_too(tmp_path: Path) -> None:
    async with served(bare_settings(tmp_path)) as url, ClientSession() as http:
        async with http.get(f"{url}/p/nothing", headers={"Accept-Language": "fr"}) as response:
            gone = await response.text()
        async with http.get(f"{url}/embed/x?origin=https://a.example&lang=de") as response:
            foreign = await response.text()
        async with http.get(f"{url}/p/nothing?lang=es") as response:
            asked = await response.text()
    assert "Plus disponible ici" in gone
    assert 'href="/"' in gone
    assert 'href="/?lang=es"' in asked
    assert "https://a.example darf diesen Spiegel nicht zeigen" in foreign
