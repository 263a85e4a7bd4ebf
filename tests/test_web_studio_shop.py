"""The shop's page: what is saved, what is refused with all that was typed still there, and two people at once."""

from __future__ import annotations

import html
import json

import pytest

from tests.studio_site import Studio
from tryon.store import embed_keys, storefront
from tryon.store.storefront import Kept, Theme

FORM = {
    "version": "0",
    "origins": "https://shop.example\nhttps://other.example",
    "accent": "#7a3b12",
    "background": "#f6f5f2",
    "own-background": "1",
    "font": "serif",
    "radius_px": "4",
    "language-0": "en",
    "title-0": "Alder & Finch",
    "consent-0": "One.\r\nTwo.",
    "language-1": "de",
    "title-1": "Erle",
    "language-2": "",
}


def kept(studio: Studio) -> Kept:
    with studio.store.read(studio.house) as tenant:
        return storefront.get(tenant)


async def test_an_editor_sets_it_and_sees_it_again(studio: Studio) -> None:
    bob = await studio.signed_in("bob", "editor")
    page = await bob.get("/studio/shop")
    assert "Make a new key" not in page.text
    assert 'name="language-0" value="en"' in page.text
    assert f"{studio.url}/static/embed.js" in page.text
    assert (await bob.post("/studio/shop", FORM)).to == "/studio/shop?done=shop"
    found = kept(studio)
    assert found.front.origins == ("https://shop.example", "https://other.example")
    assert found.front.theme == Theme(accent="#7a3b12", font="serif", radius_px=4)
    assert [(words.language, words.title) for words in found.front.texts] == [
        ("en", "Alder & Finch"),
        ("de", "Erle"),
    ]
    assert found.front.texts[0].consent == "One.\nTwo."
    page = await bob.get("/studio/shop?done=shop")
    assert "Shoppers see it with their next page" in page.text
    assert 'value="Alder &amp; Finch"' in page.text
    assert 'name="language-2" value=""' in page.text
    log = await (await studio.signed_in("ann", "owner")).get("/studio/log")
    assert "changed the mirror&#39;s look or its origins" in log.text


async def test_every_language_may_say_all_that_it_may_say(studio: Studio) -> None:
    """In a form each letter of these takes nine; over the API, three."""
    ann = await studio.signed_in("ann", "owner")
    form = {**FORM, "version": "0", "title-0": "", "consent-0": "", "title-1": ""}
    texts = []
    for number in range(storefront.LANGUAGES_MAX):
        words = {
            "language": f"k{chr(97 + number)}",
            "title": "語" * 40,
            "lead": "語" * 200,
            "consent": "語" * 2000,
        }
        texts.append(words)
        form |= {f"{name}-{number}": value for name, value in words.items()}
    assert (await ann.post("/studio/shop", form)).to == "/studio/shop?done=shop"
    assert [words.consent for words in kept(studio).front.texts] == ["語" * 2000] * storefront.LANGUAGES_MAX
    body = json.dumps({"texts": texts}, ensure_ascii=False)
    assert (await ann.call("PUT", "/v1/storefront", body, If_Match='"1"')).status == 200
    assert (await ann.call("PUT", "/v1/storefront", body + " " * 600_000, If_Match='"2"')).status == 413


async def test_a_slash_is_taken_away_with_words(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    said = await ann.post("/studio/shop", {**FORM, "origins": "https://shop.example/"})
    assert said.status == 200
    assert "https://shop.example/ is kept as https://shop.example" in said.text
    assert kept(studio).front.origins == ("https://shop.example",)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"origins": "http://shop.example"}, "http is for localhost alone"),
        ({"origins": "https://shop.example/cart"}, "an origin has no path"),
        ({"accent": "red"}, "theme.accent"),
        ({"font": "papyrus"}, "theme.font"),
        ({"radius_px": "99"}, "theme.radius_px"),
        ({"radius_px": "x"}, "theme.radius_px"),
        ({"language-1": "english"}, "texts.1.language"),
        ({"language-1": "en"}, "each language comes once"),
        ({"language-1": "", "title-1": "Erle"}, "texts.1.language"),
        ({"title-0": "x" * 41}, "texts.0.title"),
        ({"version": "9"}, "Somebody else has saved meanwhile (version 0)"),
        ({"version": "x"}, "Somebody else has saved meanwhile (version 0)"),
    ],
)
async def test_what_is_refused_is_told_and_what_was_typed_stays(
    studio: Studio, change: dict[str, str], told: str
) -> None:
    ann = await studio.signed_in("ann", "owner")
    said = await ann.post("/studio/shop", FORM | change)
    assert said.status == 422
    assert told in html.unescape(said.text)
    assert 'value="Erle"' in said.text
    assert kept(studio).version == 0


async def test_of_two_people_the_slower_is_told_and_may_insist(studio: Studio) -> None:
    ann, bob = await studio.signed_in("ann", "owner"), await studio.signed_in("bob", "editor")
    await bob.post("/studio/shop", FORM)
    said = await ann.post("/studio/shop", {**FORM, "title-0": "Elm"})
    assert said.status == 422
    assert "(version 1)" in said.text
    assert 'value="Elm"' in said.text
    assert 'name="version" value="1"' in said.text
    assert (await ann.post("/studio/shop", {**FORM, "title-0": "Elm", "version": "1"})).status == 303
    assert kept(studio).front.texts[0].title == "Elm"


async def test_an_owner_makes_a_new_key(studio: Studio) -> None:
    old = embed_keys.signing(studio.store, studio.house)
    ann = await studio.signed_in("ann", "owner")
    assert "Make a new key" in (await ann.get("/studio/shop")).text
    assert (await ann.post("/studio/shop/rekey")).to == "/studio/shop?done=rekeyed"
    assert embed_keys.signing(studio.store, studio.house).id != old.id
