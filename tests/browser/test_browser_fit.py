"""Size and fit in a real Chromium: numbers or a reason, a card's guide, and silence when it is closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]
# The server keeps a quarter of a second between two messages; this is several of them.
QUIET_MS = 1500


def measures(page: Page) -> list[dict[str, Any]]:
    """The server's messages about sizes, as they come."""
    found: list[dict[str, Any]] = []

    def heard(frame: str | bytes) -> None:
        if isinstance(frame, str) and json.loads(frame)["type"] == "measure":
            found.append(json.loads(frame))

    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    page.reload()
    return found


def agree(page: Page) -> None:
    page.get_by_role("button", name="Agree and open the camera").click()
    page.wait_for_selector(".stage.live")


def test_sizes_are_told_with_their_doubt_and_advice_follows_the_product(
    open_page: Open, shoot: Shoot
) -> None:
    page = open_page("/#look=harbour-black")
    heard = measures(page)
    agree(page)
    page.wait_for_timeout(QUIET_MS)
    assert heard == [], "nobody asked"
    page.get_by_role("button", name="Size & fit").click()
    panel = page.locator("#fit")
    expect(page.locator("#fit-title")).to_be_focused()
    expect(panel).to_contain_text("kept nowhere")
    # The camera's face sways and tilts: each frame counts or is refused in words.
    expect(page.locator("#fit-state")).to_have_text("Measured.")
    numbers = page.locator("#fit-numbers")
    expect(numbers).to_contain_text("from iris size")
    expect(numbers.locator("div", has_text="Between your pupils, far").locator("strong")).to_contain_text("±")
    expect(page.locator("#fit-advice li").first).to_contain_text("Width")
    expect(page.locator("#fit-voice")).to_contain_text("plus or minus", timeout=8000)
    width = numbers.locator("div", has_text="This frame").locator("strong").inner_text()
    shoot(page, "fit")
    page.locator('.product[data-sku="juniper-tortoise"]').click()
    expect(numbers.locator("div", has_text="This frame").locator("strong")).not_to_have_text(width)
    page.get_by_role("button", name="Bare face").click()
    expect(page.locator("#fit-advice")).to_contain_text("Put on a pair of glasses")


def test_closing_stops_measuring(open_page: Open) -> None:
    page = open_page()
    heard = measures(page)
    agree(page)
    page.keyboard.press("m")
    expect(page.locator("#fit-state")).to_have_text("Measured.")
    page.keyboard.press("Escape")
    expect(page.locator("#fit")).to_be_hidden()
    expect(page.locator("#fit-open")).to_be_focused()
    assert page.locator("#fit-numbers").text_content() == ""
    page.wait_for_timeout(300)
    told = len(heard)
    assert told > 0
    page.wait_for_timeout(QUIET_MS)
    assert len(heard) == told


@pytest.mark.parametrize("width", [360, 1280])
def test_a_cards_guide_fits_and_goes_again(open_page: Open, shoot: Shoot, width: int) -> None:
    page = open_page("/#look=harbour-black", width=width, height=740)
    agree(page)
    page.get_by_role("button", name="Size & fit").click()
    expect(page.locator("#fit-state")).to_have_text("Measured.")
    page.get_by_role("button", name="Be more exact with a bank card").click()
    guide = page.locator("#fit-guide")
    expect(guide).to_contain_text("Cover its number")
    expect(guide).to_contain_text("forehead")
    expect(page.locator("#fit-state")).to_contain_text("Hold the card flat")
    expect(page.locator("#outline")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shoot(page, f"card-{width}")
    page.get_by_role("button", name="Go on without a card").click()
    expect(guide).to_be_hidden()
    expect(page.locator("#fit-numbers")).to_contain_text("from iris size")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shoot(page, f"fit-{width}")


def test_a_photo_is_not_measured_and_the_panel_says_why(open_page: Open, photo: Path) -> None:
    page = open_page()
    page.set_input_files("#file", photo)
    page.wait_for_selector(".stage.live")
    page.get_by_role("button", name="Size & fit").click()
    expect(page.locator("#fit-state")).to_contain_text("A photo is a single picture")
    expect(page.locator("#fit-numbers")).to_be_hidden()


def test_numbers_can_be_copied_and_measured_again(open_page: Open) -> None:
    page = open_page("/#look=harbour-black")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    agree(page)
    page.get_by_role("button", name="Size & fit").click()
    expect(page.locator("#fit-state")).to_have_text("Measured.")
    expect(page.locator("#fit-advice li").first).to_contain_text("Width")
    page.get_by_role("button", name="Copy the numbers").click()
    expect(page.locator("#fit-copied")).to_have_text("Copied.")
    text = page.evaluate("navigator.clipboard.readText()")
    assert "Between your pupils, far: " in text
    assert "±" in text
    assert "Width" in text
    page.get_by_role("button", name="Measure again").click()
    expect(page.locator("#fit-numbers")).to_be_hidden()
    expect(page.locator("#fit-state")).to_have_text("Measured.")
