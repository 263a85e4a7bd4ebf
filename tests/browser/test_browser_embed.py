"""The mirror in a shop's page, across origins: the demo shop beside a server, in a real Chromium."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
SKU = "juniper-tortoise"
KEY = "first-owner-of-the-mall"
HEARD = """
window.heard = [];
for (const type of ['ready', 'face-found', 'tryon', 'snapshot', 'add-to-cart', 'error', 'close']) {
  document.addEventListener(type, (event) => {
    if (event instanceof CustomEvent) window.heard.push([type, event.detail, event.target.id]);
  }, true);
}
"""


@dataclass
class Mall:
    """A mirror's server, and a shop on another port: that is another origin."""

    server: str
    shop: str


@pytest.fixture(scope="module")
def mall(
    make_server: Callable[..., Any], root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mall]:
    place = tmp_path_factory.mktemp("mall")
    for sku in (SKU, "harbour-black"):
        shutil.copytree(root / "assets" / "catalogue" / sku, place / "catalogue" / sku)
    settings = {
        "store_dir": str(place / "store"),
        "catalogue_dir": str(place / "catalogue"),
        "studio_key": KEY,
    }
    server = make_server("--processes", "1", **settings)
    command = "from tryon.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", command, "shop", "--port", "0", "--server", server.url],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {f"TRYON_{name.upper()}": value for name, value in settings.items()},
    ) as shop:
        try:
            server.start()
            assert shop.stdout is not None
            found = re.search(r"http://localhost:\d+", shop.stdout.readline())
            assert found
            yield Mall(server.url, found[0])
        finally:
            shop.terminate()
            assert shop.wait(20) == 0


@pytest.fixture
def foreign(mall: Mall, tmp_path: Path) -> Iterator[str]:
    """A page of an origin that nobody registered: the tag, and beside it a frame that poses as the shop's."""
    stolen = f"{mall.server}/embed/{SKU}?origin={mall.shop}"
    (tmp_path / "index.html").write_text(
        f"<!doctype html><link rel=icon href=data:,><script src={mall.server}/static/embed.js></script>"
        f'<tryon-mirror id=tag sku={SKU}></tryon-mirror><iframe id=stolen src="{stolen}"></iframe>'
    )

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(tmp_path))

        def log_message(self, *_: Any) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://localhost:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


def inside(page: Page, which: str = "#juniper") -> FrameLocator:
    return page.frame_locator(f"{which} iframe")


def heard(page: Page, kind: str) -> list[Any]:
    return [told[1] for told in page.evaluate("window.heard") if told[0] == kind]


def wait_for(page: Page, kind: str, count: int = 1) -> Any:
    page.wait_for_function(
        "([kind, n]) => window.heard.filter((e) => e[0] === kind).length >= n", arg=[kind, count]
    )
    return heard(page, kind)[count - 1]


def see(page: Page, root: Path, name: str) -> None:
    page.screenshot(path=root / "test-output" / f"embed-{name}.png", animations="disabled")


def test_a_shopper_tries_on_in_the_shop_and_puts_it_into_the_bag(
    open_page: Open, mall: Mall, root: Path, audit: Callable[[Page], list[str]]
) -> None:
    (root / "test-output").mkdir(exist_ok=True)
    page = open_page("/", origin=mall.shop, init=HEARD, width=1440, height=900)
    assert page.locator("iframe").count() == 0
    see(page, root, "shop-1440")
    assert audit(page) == []
    page.get_by_role("button", name="See it on you").click()
    frame = inside(page)
    agree = frame.get_by_role("button", name="Agree and open the camera")
    expect(agree).to_be_focused()
    assert wait_for(page, "ready") == {"sku": SKU}
    assert page.evaluate("document.querySelector('#juniper').open") is True
    see(page, root, "consent-1440")
    page.keyboard.press("Enter")
    wait_for(page, "face-found")
    worn = {"sku": SKU, "shade": "clear", "items": [{"sku": SKU, "shade": "clear"}]}
    assert wait_for(page, "tryon") == worn
    frame.locator(".stage.live").wait_for()
    see(page, root, "worn-1440")
    # One product needs no list; another shade is told, and goes into the bag.
    expect(frame.locator(".products")).to_be_hidden()
    frame.get_by_role("radio", name="Bottle green").click()
    assert wait_for(page, "tryon", 2)["shade"] == "bottle-green"
    frame.get_by_role("button", name="Add to cart").click()
    assert wait_for(page, "add-to-cart") == {
        "sku": SKU,
        "shade": "bottle-green",
        "items": [{"sku": SKU, "shade": "bottle-green"}],
        "price": None,
    }
    expect(page.locator("#count")).to_have_text("1")
    assert page.locator("input[value=bottle-green]").is_checked()
    # The shop gets a picture when the shopper gives it one, and not before.
    assert heard(page, "snapshot") == []
    frame.get_by_role("button", name="Share").click()
    page.locator("#shared img[src^=blob]").wait_for()
    expect(frame.locator("#status")).to_contain_text(mall.shop.removeprefix("http://"))
    # The shop changes the shade from outside: a new token, the same frame.
    page.evaluate("document.querySelector('#juniper').shade = 'rose'")
    wait_for(page, "ready", 2)
    assert wait_for(page, "tryon", 3)["shade"] == "rose"
    # Escape from within closes, turns the camera off with the frame, and gives the focus back.
    page.keyboard.press("Escape")
    wait_for(page, "close")
    assert page.locator("iframe").count() == 0
    assert page.evaluate("document.activeElement.id") == "juniper"
    assert page.evaluate("document.querySelector('#juniper').open") is False
    assert heard(page, "error") == []


def test_it_fits_a_phone_and_opens_again(open_page: Open, mall: Mall, root: Path) -> None:
    page = open_page("/", origin=mall.shop, init=HEARD, width=360, height=640)
    second = page.locator("tryon-mirror[sku=harbour-black]")
    second.evaluate("(tag) => { tag.id = 'second'; tag.products = 'all'; }")
    second.get_by_role("button").first.click()
    frame = inside(page, "#second")
    expect(frame.get_by_role("button", name="Agree and open the camera")).to_be_in_viewport()
    see(page, root, "consent-360")
    page.get_by_role("button", name="Close the mirror").click()
    wait_for(page, "close")
    second.get_by_role("button").first.click()
    frame.get_by_role("button", name="Agree and open the camera").click()
    wait_for(page, "tryon")
    assert frame.locator(".product").count() == 2
    add = frame.get_by_role("button", name="Add to cart")
    expect(add).to_be_in_viewport(ratio=1)
    assert frame.locator("body").evaluate("(body) => body.scrollWidth") <= 360
    close = page.get_by_role("button", name="Close the mirror").bounding_box()
    sample = frame.get_by_role("button", name="Sample").bounding_box()
    assert close is not None
    assert sample is not None
    assert sample["x"] + sample["width"] <= close["x"]
    see(page, root, "worn-360")
    assert wait_for(page, "ready", 2) == {"sku": "harbour-black"}


def shop_page(page: Page, mall: Mall, body: str, *, query: str = "", load: str = "", **headers: str) -> None:
    """A page of the shop's origin with this body, and the headers that a shop of its own may send."""
    tag = f"<script src={mall.server}/static/embed.js{query} {load}></script>"
    html = f"<!doctype html><link rel=icon href=data:,>{tag}{body}"
    sent = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    page.route(f"{mall.shop}/own", lambda route: route.fulfill(body=html, headers=sent))
    page.goto(f"{mall.shop}/own")


def test_a_german_shop_has_a_german_mirror_whatever_the_browser_prefers(
    open_page: Open, mall: Mall, root: Path
) -> None:
    flags = ("--disable-features=LocalNetworkAccessChecks",)
    page = open_page("/", origin=mall.shop, init=HEARD, width=360, height=740, flags=flags)
    shop_page(page, mall, f"<tryon-mirror id=juniper sku={SKU}></tryon-mirror>", query="?lang=de")
    page.get_by_role("button", name="Anprobieren").click()
    frame = inside(page)
    agree = frame.get_by_role("button", name="Zustimmen und die Kamera öffnen")
    expect(agree).to_be_visible()
    assert wait_for(page, "ready") == {"sku": SKU}
    agree.click()
    wait_for(page, "face-found")
    expect(frame.get_by_role("button", name="In den Warenkorb")).to_be_in_viewport(ratio=1)
    assert frame.locator("body").evaluate("(body) => body.scrollWidth") <= 360
    close = page.get_by_role("button", name="Spiegel schließen").bounding_box()
    sample = frame.get_by_role("button", name="Beispiel").bounding_box()
    assert close is not None
    assert sample is not None
    assert sample["x"] + sample["width"] <= close["x"]
    see(page, root, "german-360")


def test_a_shop_of_its_own_server_shows_it_inline_and_closes_it(
    open_page: Open, mall: Mall, root: Path
) -> None:
    # What a test answers in a server's place comes from nowhere, and may not ask this machine.
    flags = ("--disable-features=LocalNetworkAccessChecks",)
    page = open_page(
        "/", origin=mall.shop, init=HEARD, width=800, height=900, flags=flags, expect="Permissions policy"
    )
    asked: list[str] = []

    def give(route: Route) -> None:
        asked.append(route.request.post_data or "")
        made = page.request.post(
            f"{mall.server}/api/embed/token", headers={"Origin": mall.shop}, form={"sku": SKU}
        )
        route.fulfill(json={"token": made.json()["token"]})

    page.route(f"{mall.shop}/tryon-token", give)
    shop_page(
        page,
        mall,
        f"<tryon-mirror id=juniper sku={SKU} mode=inline token-url=/tryon-token open>Look</tryon-mirror>",
        Permissions_Policy="camera=()",
    )
    assert wait_for(page, "ready") == {"sku": SKU}
    assert asked == [f"sku={SKU}"]
    assert page.locator("dialog").count() == 0
    # Attributes and properties say the same.
    assert page.evaluate(
        "(({ sku, mode, tokenUrl, open, shade, snapshots }) => [sku, mode, tokenUrl, open, shade, snapshots])"
        "(document.querySelector('#juniper'))"
    ) == [SKU, "inline", "/tryon-token", True, None, False]
    # The page itself forbids the camera, and the shopper is told so.
    inside(page).get_by_role("button", name="Agree and open the camera").click()
    expect(inside(page).get_by_role("alert")).to_contain_text("The shop’s page blocks the camera")
    see(page, root, "inline")
    page.evaluate("document.querySelector('#juniper').open = false")
    wait_for(page, "close")
    assert page.locator("iframe").count() == 0
    expect(page.get_by_role("button", name="Look")).to_be_visible()


def test_what_the_shop_sets_before_the_script_came_counts(open_page: Open, mall: Mall) -> None:
    flags = ("--disable-features=LocalNetworkAccessChecks",)
    page = open_page("/", origin=mall.shop, init=HEARD, width=800, height=900, flags=flags)
    script = f"""
    const tag = document.querySelector('tryon-mirror');
    tag.sku = '{SKU}';
    tag.mode = 'inline';
    tag.getToken = (sku) => {{
      tag.dataset.asked = sku;
      return Promise.reject();
    }};
    tag.open = true;"""
    body = f"<tryon-mirror id=juniper></tryon-mirror><input id=field><script>{script}</script>"
    shop_page(page, mall, body, load="defer")
    # A refusal without words has some, too.
    assert wait_for(page, "error")["code"] == "unreachable"
    tag = page.locator("#juniper")
    assert [tag.get_attribute(name) for name in ("sku", "mode", "data-asked")] == [SKU, "inline", SKU]
    # Closed by the page, it leaves the focus where it is.
    page.locator("#field").focus()
    page.evaluate("tag.open = false")
    wait_for(page, "close")
    assert page.evaluate("document.activeElement.id") == "field"


def test_a_page_that_nobody_registered_gets_no_mirror(
    open_page: Open, mall: Mall, foreign: str, root: Path
) -> None:
    page = open_page(
        "/", origin=foreign, init=HEARD, expect="frame-ancestors|403|Failed to load|refused to connect"
    )
    page.locator("#tag").get_by_role("button").click()
    error = wait_for(page, "error")
    assert error["code"] == "embed_origin"
    assert foreign in error["sentence"]
    expect(page.get_by_role("alert")).to_contain_text("its origin is not registered")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    see(page, root, "foreign")
    handle = page.query_selector("#stolen")
    stolen = None if handle is None else handle.content_frame()
    assert stolen is not None
    until_s = time.monotonic() + 10
    while not stolen.url.startswith("chrome-error:"):
        assert time.monotonic() < until_s, stolen.url
        page.wait_for_timeout(50)
    # The frame that poses as the shop's is not shown: the policy names the shop alone.
    assert all(mall.server not in (frame.url or "") or frame == page.main_frame for frame in page.frames)


def test_a_token_opens_one_mirror_once(open_page: Open, mall: Mall) -> None:
    page = open_page("/", origin=mall.server)

    def ask(path: str, sender: str, **form: str) -> tuple[int, Any]:
        answer = page.request.post(mall.server + path, headers={"Origin": sender}, form=dict(form))
        return answer.status, answer.json()

    def code(told: tuple[int, Any]) -> tuple[int, str]:
        return told[0], told[1]["error"]["code"]

    status, made = ask("/api/embed/token", mall.shop, sku=SKU)
    assert status == 201
    token = made["token"]
    thief = {"token": token, "origin": mall.server, "sku": SKU}
    assert code(ask("/api/embed/open", mall.server, **thief)) == (403, "embed_origin")
    other = {"token": token, "origin": mall.shop, "sku": "harbour-black"}
    assert code(ask("/api/embed/open", mall.server, **other)) == (403, "embed_token_elsewhere")
    mine = {"token": token, "origin": mall.shop, "sku": SKU}
    assert ask("/api/embed/open", mall.server, **mine) == (200, {"sku": SKU})
    assert code(ask("/api/embed/open", mall.server, **mine)) == (403, "embed_token_used")


def test_an_owner_gives_the_mirror_the_shops_looks(open_page: Open, mall: Mall, tmp_path: Path) -> None:
    page = open_page(f"/studio/join/{KEY}", origin=mall.server)
    page.get_by_label("E-mail").fill("ann@shop.example")
    page.get_by_label("New password").fill("four words that belong")
    page.get_by_role("button", name="Make the account").click()
    held: list[Route] = []
    page.route("**/studio/shoppage.js*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    with page.expect_request("**/studio/shoppage.js*"):
        page.get_by_role("link", name="Shop", exact=True).click()
    origins = page.get_by_label("Addresses of your shop")
    expect(origins).to_have_value(mall.shop)
    # Choosing a colour means it, and does before the page's script is there.
    page.get_by_label("Accent").fill("#7a3b12")
    expect(page.locator("[name=own-accent]")).to_be_checked()
    held[0].continue_()
    page.unroute("**/studio/shoppage.js*")
    expect(page.locator("[name=own-accent]")).not_to_be_checked()
    page.get_by_label("Background").fill("#f0e8e0")
    expect(page.locator("[name=own-background]")).not_to_be_checked()
    page.locator("[name=own-background]").check()
    page.get_by_label("Title").first.fill("Alder & Finch")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("Shoppers see it")
    logo = tmp_path / "logo.png"
    logo.write_bytes(cv2.imencode(".png", np.full((40, 160, 4), 128, np.uint8))[1].tobytes())
    expect(page.locator("#logo label")).to_be_visible()
    page.set_input_files("#logo input", logo)
    expect(page.locator("#toasts")).to_contain_text("That is your logo now")
    page.goto(f"{mall.server}/")
    expect(page.get_by_role("img", name="Alder & Finch")).to_be_visible()
    accent = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
    assert accent == "#7a3b12"
    page.goto(f"{mall.server}/studio/shop")
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    expect(page.locator("#toasts")).to_contain_text("The logo is gone")
    page.goto(f"{mall.server}/")
    expect(page.locator(".wordmark")).to_have_text("Alder & Finch")
