"""The mirror in German, French and Spanish: nothing of it stays English, and nothing is cut off on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]

LIVE = ".stage.live"
# Words that no German, French or Spanish sentence has.
ENGLISH = re.compile(
    r"\b(?:the|and|your|you|with|from|this|that|are|of|not|it|is|to|for|while|which)\b", re.IGNORECASE
)
# All that is shown or read out, in what is hidden at the moment too.
SAID = """() => {
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    // A browser's own name of a camera.
    if (walk.currentNode.parentElement.closest('#cameras') === null) said.push(walk.currentNode.textContent);
  }
  for (const element of document.body.querySelectorAll('*')) {
    for (const name of ['aria-label', 'title', 'alt', 'aria-valuetext', 'placeholder']) {
      if (element.hasAttribute(name)) said.push(element.getAttribute(name));
    }
  }
  return said.map((text) => text.replace(/\\s+/g, ' ').trim()).filter((text) => text !== '');
}"""
# What is wider than its place, of the things that hold a word or two.
CUT_OFF = """() => {
  const tight = '.control, .button, .quiet, .chip, .area, .sources button, .label *, dt, dd, h2, h3, .trouble p';
  const wide = [...document.querySelectorAll(tight)].filter((element) =>
    element.checkVisibility() && getComputedStyle(element).display !== 'inline' &&
    element.scrollWidth > element.clientWidth + 1);
  const page = document.documentElement;
  return [...wide.map((element) => element.textContent), ...(page.scrollWidth > page.clientWidth ? ['the page'] : [])];
}"""


def words_of(root: Path, language: str) -> dict[str, str]:
    found: Mapping[str, Mapping[str, Any]] = json.loads(
        (root / "templates" / "words" / f"{language}.json").read_text("utf-8")
    )
    return {f"{section}.{key}": word for section, words in found.items() for key, word in words.items()}


def merchants_own(page: Page, language: str) -> Iterator[str]:
    """Names and descriptions of products and looks."""
    for path, listed in (("catalogue", "products"), ("looks", "looks")):
        address = f"/api/{path}?lang={language}"
        for each in page.request.get(urljoin(page.url, address)).json()[listed]:
            yield from (each["name"], each["description"])
            yield from (shade["name"] for shade in each.get("shades", ()))


def english(page: Page, root: Path, language: str) -> list[str]:
    """What the page says that is not the language's."""
    own, foreign = words_of(root, language), words_of(root, "en")
    alike = {str(word) for word in own.values()}
    labels = {word for word in foreign.values() if isinstance(word, str)} - alike
    names = sorted({name for name in merchants_own(page, language) if name}, key=len, reverse=True)
    found = []
    for text in page.evaluate(SAID):
        left = text
        for name in names:
            left = left.replace(name, "")
        if ENGLISH.search(left) or (left == text and text in labels):
            found.append(text)
    return found


def test_the_german_mirror_with_glasses_and_makeup_says_nothing_in_english(
    open_page: Open, shoot: Shoot, root: Path
) -> None:
    page = open_page("/?lang=de#look=harbour-black,velvet-lipstick:classic-red@80", camera="even")
    assert page.evaluate("document.documentElement.lang") == "de"
    shoot(page, "de-consent")
    page.get_by_role("button", name="Zustimmen und die Kamera öffnen").click()
    page.wait_for_selector(LIVE)
    page.keyboard.press("i")
    page.keyboard.press("m")
    expect(page.locator("#fit-state")).to_have_text("Gemessen.")
    expect(page.locator("#fit-numbers strong").first).to_have_text(re.compile(r"^\d+,\d\s±\s\d+,\d\smm$"))
    expect(page.locator("#fit-numbers")).to_contain_text("anhand der Irisgröße")
    expect(page.locator("#fit-advice li").first).to_contain_text(re.compile("Breite|Brille"))
    expect(page.locator("#readout")).to_contain_text("Bilder/s")
    assert english(page, root, "de") == []
    shoot(page, "de-fit")
    page.keyboard.press("t")
    expect(page.locator("#shade-state")).to_have_text("Gemessen.")
    expect(page.locator("#shade-result")).to_contain_text("Typologiewinkel")
    expect(page.locator("#shade-matches")).to_contain_text("Kontrast")
    assert english(page, root, "de") == []
    page.get_by_role("button", name="Farbtonsuche schließen").click()
    page.locator("#save").click()
    expect(page.locator("#status")).to_have_text(
        "Bild auf diesem Gerät gespeichert. Es wurde nirgendwohin gesendet."
    )
    page.locator("#split").click()
    expect(page.locator("#bands li")).to_have_text(["Ohne", "Mit"])
    page.get_by_role("button", name="Zwei Farbtöne vergleichen").click()
    slider = page.locator("#strength-lipstick")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "85 Prozent")
    assert english(page, root, "de") == []
    shoot(page, "de-makeup")


def test_a_page_that_lacks_its_words_says_so(open_page: Open) -> None:
    page = open_page("/?lang=de", expect="Failed to load resource")
    page.route("**/words/de.js*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_have_text(
        "Die Seite wurde nicht vollständig geladen. Laden Sie sie neu."
    )


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_on_a_phone_without_a_camera_nothing_is_cut_off_or_english(
    language: str, open_page: Open, shoot: Shoot, root: Path
) -> None:
    words = words_of(root, language)
    address = f"/?lang={language}#look=harbour-black,velvet-lipstick:classic-red@80,petal-blush:mauve"
    page = open_page(address, camera="none", width=360, height=740)
    page.wait_for_selector("#products .product[data-sku]", state="attached")
    page.locator("#agree").click()
    expect(page.locator("#trouble h2")).to_have_text(words["trouble.none"])
    expect(page.locator("#trouble p")).to_have_text(words["trouble.none_text"])
    shoot(page, f"{language}-none-phone")
    cut_off = page.evaluate(CUT_OFF)
    page.locator("#trouble .button").nth(2).click()
    page.wait_for_selector(LIVE)
    page.keyboard.press("i")
    for key, panel in (("m", "fit"), ("t", "shade")):
        page.keyboard.press(key)
        page.locator(f"#{panel}-{'card' if panel == 'fit' else 'paper'}").click()
        cut_off += page.evaluate(CUT_OFF)
        shoot(page, f"{language}-{panel}-phone")
    page.keyboard.press("t")
    page.locator("#shades-lipstick").scroll_into_view_if_needed()
    shoot(page, f"{language}-tray-phone")
    assert cut_off + page.evaluate(CUT_OFF) == []
    assert english(page, root, language) == []
