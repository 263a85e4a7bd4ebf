"""Shades in a real Chromium: two beside each other, half a face, the shopper's own tone, a colour from a photo."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]
WIDE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
SMALL = (Path(__file__).parent / "small.js").read_text("utf-8")


@pytest.fixture(scope="module")
def swatch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A red on white paper."""
    bgr = np.full((300, 400, 3), 235, np.uint8)
    bgr[90:210, 120:280] = (40, 28, 168)
    path = tmp_path_factory.mktemp("swatch") / "swatch.png"
    assert cv2.imwrite(str(path), bgr)
    return path


def test_a_journey_through_shades_on_a_phone(open_page: Open, shoot: Shoot, swatch: Path) -> None:
    page = open_page("/#look=velvet-lipstick:classic-red@100", camera="even", width=360, height=740)
    page.get_by_role("button", name="Agree and open the camera").click()
    page.wait_for_selector(".stage.live")

    # Two shades beside each other, in the address, and named on the picture from left to right.
    page.get_by_role("button", name="Compare two shades").click()
    expect(page.locator("#bands li")).to_have_count(2)
    page.get_by_role("radiogroup", name="Other half").get_by_role("radio", name="Deep Plum").click()
    expect(page.locator("#bands li")).to_have_text(["Classic Red", "Deep Plum"])
    page.wait_for_function("() => location.hash.endsWith('&split=velvet-lipstick:classic-red:deep-plum')")
    expect(page.get_by_role("button", name="Half")).to_have_attribute("aria-pressed", "true")
    shoot(page, "split-360")

    # Half without, by a key; then whole again.
    page.get_by_role("button", name="Half").click()
    expect(page.locator("#bands")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator("#bands li")).to_have_text(["Without", "With"])
    page.keyboard.press("s")

    # The shopper's own tone, with its doubt, and a lipstick that is one tap away.
    page.get_by_role("button", name="My shade").click()
    expect(page.locator("#shade-title")).to_be_focused()
    expect(page.locator("#shade-state")).to_have_text("Measured.")
    result = page.locator("#shade-result")
    expect(result).to_contain_text("Monk ")
    expect(result.locator("div", has_text="Typology angle").last.locator("strong")).to_contain_text("±")
    page.get_by_role("button", name="More exact with white paper").click()
    expect(page.locator("#shade-guide")).to_contain_text("under your chin")
    page.get_by_role("button", name="Go on without paper").click()
    card = page.locator("#shade-matches .match", has_text="Statement")
    name = card.locator("strong").inner_text()
    expect(card).to_contain_text("contrast")
    card.click()
    expect(page.locator("#worn")).to_contain_text(name)

    # A colour from a photo.
    page.set_input_files("#swatch-file", swatch)
    expect(page.locator("#swatch-read .match").first).to_contain_text("ΔE")
    expect(page.locator("#swatch-read")).to_contain_text("White in the photo told the light")
    assert page.evaluate(WIDE)
    assert page.evaluate(SMALL) == [], "fingers are wider than this"
    shoot(page, "shades-360")
    page.get_by_role("button", name="Close the shade finder").click()
    expect(page.locator("#shade-open")).to_be_focused()
    assert page.locator("#shade-result").text_content() == ""

    # A foundation comes on in the shopper's own shade, and says which that is; chosen is what is chosen.
    page.get_by_role("button", name="Face", exact=True).click()
    page.get_by_role("button", name="Second Skin Foundation").click()
    own = page.get_by_role("radio", name="Your own shade")
    expect(own).to_have_attribute("aria-checked", "true")
    row = page.locator("#worn li", has_text="Second Skin Foundation")
    expect(row).to_contain_text(re.compile("Your own: [A-Z]"))
    name = row.locator("small").inner_text().removeprefix("Your own: ")
    assert page.locator(".worn-items").evaluate("(list) => list.scrollWidth <= list.clientWidth"), "too long"
    assert "second-skin-foundation@" in page.evaluate("location.hash"), "a link gives nobody else's shade"
    shoot(page, "own-shade-360")
    page.get_by_role("radiogroup", name="Shade").get_by_role("radio", name=name, exact=True).click()
    expect(own).to_have_attribute("aria-checked", "false")
    expect(row.locator("small")).to_have_text(name)
    own.click()
    expect(row.locator("small")).to_have_text(f"Your own: {name}")
    assert page.evaluate(WIDE)
    assert page.evaluate(SMALL) == [], "fingers are wider than this"
    row.get_by_role("button", name="Take off").click()

    # What is worn can be taken off where it is listed.
    page.locator("#worn").get_by_role("button", name="Take off").click()
    expect(page.locator("#worn")).to_be_hidden()
    expect(page.get_by_role("button", name="Half")).to_be_disabled()
    page.wait_for_function("() => location.hash === ''")
