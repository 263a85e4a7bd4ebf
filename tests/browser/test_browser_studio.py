"""The studio in a real Chromium: from the first owner to a product that the mirror offers, and back to nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.garment_photos import shoot as shoot_garment

pytestmark = pytest.mark.browser

KEY = "first-owner-of-the-browser-test"
EMAIL, PASSWORD = "ann@shop.example", "four words that belong"
WIDE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
MADE_MS = 60_000
# What another browser does with the same account, in the page's own name.
CHANGE = """
async (change) => {
  const token = document.querySelector('meta[name="csrf"]').content;
  const answer = await fetch('/v1/products/panto');
  const { definition, tags, price, link } = await answer.json();
  const body = JSON.stringify({ definition: { ...definition, ...change }, tags, price, link });
  const headers = { 'X-CSRF-Token': token, 'Content-Type': 'application/json', 'If-Match': answer.headers.get('ETag') };
  return (await fetch('/v1/products/panto', { method: 'PUT', headers, body })).status;
}
"""


@pytest.fixture
def page(
    launch: Callable[..., Browser], make_server: Callable[..., object], tmp_path: Path
) -> Iterator[Page]:
    """The studio of a new server, before anybody has an account."""
    (tmp_path / "none").mkdir()
    settings = {
        "store_dir": str(tmp_path / "store"),
        "catalogue_dir": str(tmp_path / "none"),
        "studio_key": KEY,
    }
    server = make_server("--processes", "1", "--threads", "1", **settings)
    # The studio answers while the mirror still warms up.
    server.start("/healthz")  # type: ignore[attr-defined]
    context = launch().new_context(
        base_url=server.url,  # type: ignore[attr-defined]
        viewport={"width": 1440, "height": 900},
        # The checker of accessibility is no script of ours.
        bypass_csp=_axe() is not None,
    )
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    expected = re.compile(r"status of (401|403|409|422|503)")
    opened.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type in {"error", "warning"} and not expected.search(message.text)
            else None
        ),
    )
    yield opened
    context.close()
    assert complaints == []


@lru_cache(maxsize=1)
def _axe() -> str | None:
    """The checker's source where npm has it (``npm install --global axe-core``)."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    root = subprocess.run(
        [npm, "root", "--global"], capture_output=True, text=True, check=False
    ).stdout.strip()
    file = Path(root) / "axe-core" / "axe.min.js"
    return file.read_text("utf-8") if root and file.is_file() else None


def _check(page: Page, shoot: Callable[[Page, str], None], name: str) -> None:
    """No part of the page is out of reach on a phone, and the checker has nothing to say."""
    for width, height in ((390, 844), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(WIDE), f"{name} is wider than {width} px"
        shoot(page, f"studio-{name}-{width}")
    axe = _axe()
    if axe is not None:
        found = page.evaluate(axe + "; axe.run().then(({ violations }) => violations.map(({ id }) => id))")
        assert found == [], name


def _a_garment_and_its_points(page: Page, shoot: Callable[[Page, str], None]) -> None:
    """A garment from a photo; one of its points is moved by hand and by keyboard, taken back, moved and saved."""
    page.goto("/studio/new")
    page.set_input_files(
        "#choose", {"name": "tee.jpg", "mimeType": "image/jpeg", "buffer": shoot_garment("linden-tee").jpeg}
    )
    card = page.locator(".file-card")
    expect(card.get_by_label("Lens", exact=True)).to_be_visible()
    card.get_by_label("The photo shows").select_option("T-shirt")
    expect(card.get_by_label("Lens", exact=True)).to_be_hidden()
    card.get_by_role("button", name="Make it").click()
    expect(card.locator(".report")).to_contain_text("16 points, alike on both sides", timeout=MADE_MS)
    card.get_by_role("link", name="Look at it").click()
    point = page.get_by_role("button", name="left hem")
    found = point.get_attribute("aria-label")
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 20, box["y"], steps=3)
    page.mouse.up()
    expect(point).not_to_have_attribute("aria-label", str(found))
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(point).to_have_attribute("aria-label", str(found))
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()
    point.press("Shift+ArrowLeft")
    _check(page, shoot, "points")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    page.reload()
    expect(point).not_to_have_attribute("aria-label", str(found))


def _what_differs(page: Page, shoot: Callable[[Page, str], None]) -> None:
    """Two versions, with a slider for the keyboard; then one is planned for later, and cancelled."""
    back = page.url
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.locator(".swipe.over")).to_be_visible()
    page.locator("select[name=before]").select_option(index=2)
    expect(page.locator(".differences tbody tr")).to_have_text(re.compile("Name.*Panto Mine.*Panto Two"))
    slider = page.get_by_role("slider")
    slider.press("Shift+ArrowLeft")
    expect(slider).to_have_value("40")
    _check(page, shoot, "compare")
    page.goto(back)
    page.get_by_role("button", name="Plan it").click()
    expect(page.locator(".toast")).to_contain_text("Planned for")
    page.get_by_role("button", name="Cancel: take from the mirror").click()
    expect(page.locator(".toast")).to_contain_text("planned no longer")


def _a_model(page: Page, shoot: Callable[[Page, str], None], photo: Path) -> None:
    """A picture of a person with a release, added and deleted again."""
    back = page.url
    page.get_by_role("link", name="pictures of your own models").click()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a picture.")
    page.locator("input[type=file]").set_input_files(photo)
    page.get_by_label("Who it is").fill("Ada Example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Ada Example")).to_be_visible()
    _check(page, shoot, "models")
    page.goto(back)
    page.locator("#worn").scroll_into_view_if_needed()
    expect(page.locator(".sitter").nth(6)).to_contain_text("Model: Ada Example")
    expect(page.locator(".sitter img")).to_have_count(7, timeout=MADE_MS)
    _check(page, shoot, "worn")
    page.goto("/studio/models")
    page.get_by_role("button", name="Delete the picture of Ada Example").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.goto(back)


def _a_frame_put_right(page: Page, shoot: Callable[[Page, str], None]) -> None:
    """By keyboard: a point, a size and the lenses, undone and done again; what was drawn
    changes each time. Then somebody else changes another part of it, and the same one."""
    width, nose = page.get_by_label("Lens width"), page.get_by_role("button", name="Nose point")
    expect(width).to_have_value("54", timeout=MADE_MS)
    worn = page.get_by_role("img", name="The frame worn")
    shown = worn.get_attribute("src")

    def redrawn() -> None:
        nonlocal shown
        expect(worn).not_to_have_attribute("src", str(shown))
        expect(page.locator("#frame-editor[aria-busy]")).to_have_count(0)
        shown = worn.get_attribute("src")

    nose.focus()
    for key in ("ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    expect(nose).to_have_attribute("aria-label", "Nose point, 2.5 mm up")
    expect(page.get_by_role("status").filter(has_text="2.5 mm up")).to_be_visible()
    redrawn()
    page.keyboard.press("Control+z")
    expect(nose).to_have_attribute("aria-label", "Nose point, where it was found")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()
    redrawn()
    page.keyboard.press("Control+y")
    expect(nose).to_have_attribute("aria-label", "Nose point, 2.5 mm up")
    redrawn()
    width.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("56")
    redrawn()
    expect(page.get_by_label("Whole width")).to_have_value(re.compile("142|143"))
    page.get_by_role("combobox", name="Kind").select_option("gradient")
    redrawn()
    page.get_by_role("radio", name="Front").press("ArrowLeft")
    turn = page.get_by_role("slider", name="Turn it")
    turn.press("ArrowRight")
    expect(turn).to_have_attribute("aria-valuetext", "45° round")
    page.get_by_role("radio", name="Turned").press("ArrowRight")
    _check(page, shoot, "frame")
    # A hinge by pointer; its other side goes with it.
    hinge = page.get_by_role("button", name="Left hinge")
    hinge.scroll_into_view_if_needed()
    box = hinge.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 12, box["y"] + box["height"] / 2 + 9, steps=3)
    page.mouse.up()
    expect(page.get_by_role("button", name="Right hinge")).to_have_attribute(
        "aria-label", re.compile("mm to the wearer’s right$")
    )
    # What cannot be: it is said, and what is shown is dimmed.
    page.get_by_label("Whole width").fill("90")
    expect(page.locator("#frame-editor.stale").get_by_role("alert")).to_contain_text(
        "Make it wider, or the lenses narrower"
    )
    shoot(page, "studio-frame-refused-1440")
    page.keyboard.press("Control+z")
    expect(page.locator("#frame-editor.stale")).to_have_count(0)
    expect(page.get_by_label("Whole width")).not_to_have_value("90")
    # Somebody else has moved the same point, and set another size.
    theirs = {"adjustment": {"moved_mm": {"nose": [0, 1, 0]}, "sizes_mm": {"bridge_mm": 19}}}
    assert page.evaluate(CHANGE, theirs) == 200
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    merge = page.get_by_role("dialog")
    expect(merge.locator(".clash")).to_have_count(1)
    expect(merge.locator(".clash")).to_contain_text("Nose point")
    merge.locator(".clash").get_by_label("2.5 mm up").check()
    shoot(page, "studio-frame-merge-1440")
    merge.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    expect(width).to_have_value("56", timeout=MADE_MS)
    expect(page.get_by_label("Bridge")).to_have_value("19")
    expect(nose).to_have_attribute("aria-label", "Nose point, 2.5 mm up")


def test_from_the_first_owner_to_a_product_and_back(
    page: Page, shoot: Callable[[Page, str], None], root: Path, photo: Path
) -> None:
    # Nobody is here yet: the page says how somebody comes.
    page.goto("/studio")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody has an account here yet")
    page.goto(f"/studio/join/{KEY}")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator(".said")).to_contain_text("Welcome")
    expect(page.get_by_role("heading", name="Your first product")).to_be_visible()
    shoot(page, "studio-empty-1440")

    # A file becomes a draft; the pipeline's report is told in words.
    page.get_by_role("link", name="Add it").click()
    page.set_input_files("#choose", root / "assets" / "catalogue" / "meridian-gunmetal" / "model.glb")
    card = page.locator(".file-card")
    expect(card.get_by_label("Name")).to_be_focused()
    card.get_by_label("Name").fill("Panto")
    expect(card.get_by_label("Sku")).to_have_value("panto")
    card.get_by_label("Sku").fill("PANTO!")
    card.get_by_role("button", name="Make it").click()
    expect(card.get_by_role("alert")).to_contain_text("small letters")
    card.get_by_label("Sku").fill("panto")
    page.keyboard.press("Enter")
    expect(card.locator(".report .said")).to_contain_text("ready", timeout=MADE_MS)
    expect(card.locator(".report")).to_contain_text("Sizes that were not declared were measured")
    _check(page, shoot, "made")
    card.get_by_role("link", name="Look at it").click()
    _a_frame_put_right(page, shoot)

    # Somebody else saves meanwhile: what both changed is chosen, the rest is put together.
    assert page.evaluate(CHANGE, {"name": "Panto Theirs", "description": "By somebody else."}) == 200
    page.get_by_label("Name").fill("Panto Mine")
    page.get_by_label("Price").fill("129.00")
    page.get_by_role("button", name="Save", exact=True).click()
    merge = page.get_by_role("dialog")
    expect(merge).to_contain_text("Somebody else saved this meanwhile")
    expect(merge.locator(".clash")).to_contain_text("Both changed it")
    shoot(page, "studio-merge-1440")
    merge.locator(".clash").get_by_label("Panto Mine").check()
    merge.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    expect(page.get_by_role("heading", level=1)).to_have_text("Panto Mine")
    expect(page.get_by_label("Description")).to_have_value("By somebody else.")
    expect(page.get_by_label("Price")).to_have_value("129.00")

    expect(page.get_by_label("Lens width")).to_have_value("56", timeout=MADE_MS)
    # The tab was left open, and its session has ended: sign in, and be back here.
    page.context.clear_cookies()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    expect(page.locator(".said")).to_contain_text("signed out meanwhile")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Panto Mine")

    # The draft in the mirror, for whoever has the link, and in nobody's list.
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Try the draft on").click()
    mirror = opening.value
    mirror.wait_for_url("**/p/preview-*", timeout=MADE_MS)
    expect(mirror.locator("#products")).to_contain_text("Panto Mine (draft)", timeout=MADE_MS)
    assert page.request.get("/api/catalogue").json()["products"] == []
    mirror.close()

    # Live, in the mirror, changed, and back to what it was.
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".toast")).to_contain_text("It is live")
    expect(page.get_by_role("link", name="See it in the mirror")).to_be_visible()
    until_s = time.monotonic() + MADE_MS / 1000
    while page.request.get("/p/panto").status != 200 and time.monotonic() < until_s:
        page.wait_for_timeout(100)
    offered = page.request.get("/api/catalogue").json()["products"]
    assert [product["name"] for product in offered] == ["Panto Mine"]
    page.get_by_label("Name").fill("Panto Two")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Publish the changes").click()
    expect(page.locator(".toast")).to_contain_text("It is live")
    _what_differs(page, shoot)
    page.get_by_role("button", name="Show again").click()
    page.get_by_role("dialog").get_by_role("button", name="Show again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Panto Mine")
    expect(page.locator(".editions li").first).to_contain_text("Now")
    _check(page, shoot, "product")

    # On people, side by side; the section is drawn when somebody looks.
    page.locator("#worn").scroll_into_view_if_needed()
    expect(page.locator(".sitter img")).to_have_count(6, timeout=MADE_MS)
    expect(page.locator(".sitter .waits")).to_have_count(0, timeout=MADE_MS)
    expect(page.locator("#worn-state")).to_have_text("")
    expect(page.locator(".sitter").nth(3)).to_contain_text("Made: dark skin")
    _a_model(page, shoot, photo)

    _a_garment_and_its_points(page, shoot)

    # Deleted from the list, as one of several might be.
    page.goto("/studio/products")
    page.get_by_role("checkbox", name="Choose Panto Mine").check()
    page.get_by_role("checkbox", name="Choose Tee").check()
    _check(page, shoot, "list")
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Not now")).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("deleted with their files")
    expect(page.get_by_role("heading", name="Your first product")).to_be_visible()
    page.goto("/studio/log")
    expect(page.locator(".log")).to_contain_text(f"{EMAIL} deleted panto")
