"""What a shopper reads when something is missing, each with a way out; and how the page fits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]

ALL = ["Try again", "Use a photo", "Watch the sample"]
AGREE = "Agree and open the camera"
NO_DEVICES = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined });"
IN_USE = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('busy', 'NotReadableError'));
"""


@pytest.mark.parametrize(
    ("name", "how", "title", "ways_out"),
    [
        (
            "denied",
            {"camera": "denied"},
            "The camera is blocked",
            ALL,
        ),
        (
            "no-camera",
            {"camera": "none"},
            "No camera found",
            ALL,
        ),
        (
            "in-use",
            {"init": IN_USE},
            "The camera is in use",
            ALL,
        ),
        ("in-app", {"init": NO_DEVICES}, "No camera in this browser", ALL[1:]),
    ],
)
def test_a_camera_that_does_not_open_is_told_in_words(
    open_page: Open, shoot: Shoot, name: str, how: dict[str, Any], title: str, ways_out: list[str]
) -> None:
    page = open_page(**how)
    page.get_by_role("button", name=AGREE).click()
    trouble = page.get_by_role("alert").filter(has_text=title)
    expect(trouble).to_be_visible()
    assert trouble.get_by_role("button").all_inner_texts() == ways_out
    shoot(page, f"trouble-{name}")
    trouble.get_by_role("button", name="Watch the sample").click()
    page.wait_for_selector(".stage.live")
    expect(trouble).to_be_hidden()


def test_plain_http_says_that_https_is_needed(open_page: Open, url: str, shoot: Shoot) -> None:
    port = url.rsplit(":", 1)[1]
    page = open_page(
        origin=f"http://mirror.test:{port}",
        flags=("--host-resolver-rules=MAP mirror.test 127.0.0.1",),
        # Over plain http the browser says that it ignores this header.
        expect="Cross-Origin-Opener-Policy",
    )
    page.get_by_role("button", name=AGREE).click()
    expect(page.get_by_role("alert").filter(has_text="The camera needs https")).to_be_visible()
    assert page.evaluate("window.seen.cameras") == 0
    shoot(page, "trouble-https")
    page.get_by_role("alert").get_by_role("button", name="Watch the sample").click()
    page.wait_for_selector(".stage.live")


def test_a_camera_that_goes_away_is_told(open_page: Open) -> None:
    keep = """
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await open(wish));
    """
    page = open_page(init=keep)
    page.get_by_role("button", name=AGREE).click()
    page.wait_for_selector(".stage.live")
    page.evaluate("window.stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_role("alert").filter(has_text="The camera went away")).to_be_visible()
    assert page.evaluate("window.stream.getVideoTracks()[0].readyState") == "ended", "its light goes out"
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".stage.live")


def test_a_file_that_is_no_picture_is_told(open_page: Open, tmp_path: Path) -> None:
    page = open_page(camera="none")
    answers = []

    def heard(data: str | bytes) -> None:
        answers.append(data)

    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    path = tmp_path / "not-a-picture.jpg"
    path.write_bytes(b"plain text")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Use a photo instead").click()
    chooser.value.set_files(path)
    expect(page.get_by_role("alert").filter(has_text="That picture cannot be read")).to_be_visible()
    # Who closes a page while it still connects has the browser complain of that.
    until_s = time.monotonic() + PATIENCE_MS / 1000
    while not answers and time.monotonic() < until_s:
        page.wait_for_timeout(50)
    assert answers


def test_a_dropped_photo_waits_for_consent(open_page: Open) -> None:
    page = open_page(camera="none")
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(8)], 'me.png', { type: 'image/png' }));
          document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
        }"""
    )
    expect(page.locator("#agree-first")).to_be_visible()
    assert sockets == []


@pytest.mark.parametrize(
    ("answer", "words", "retry"),
    [
        ({"status": 500, "body": "{}"}, "The products did not load", "Try again"),
        ({"json": {"products": []}}, "No products yet", "Look again"),
    ],
)
def test_a_tray_without_products_says_so_and_tries_again(
    open_page: Open, shoot: Shoot, answer: dict[str, Any], words: str, retry: str
) -> None:
    page = open_page(expect="status of 500")
    page.route("**/api/catalogue*", lambda route: route.fulfill(**answer))
    page.reload()
    page.get_by_role("button", name=AGREE).click()
    expect(page.locator("#products")).to_contain_text(words)
    page.wait_for_selector(".stage.live")
    shoot(page, f"tray-{retry.split(maxsplit=1)[0].lower()}")
    page.unroute("**/api/catalogue*")
    page.get_by_role("button", name=retry).click()
    page.wait_for_selector(".product[data-sku]")


def test_a_busy_server_is_told_and_tried_again(open_page: Open) -> None:
    page = open_page(expect="503")
    page.route(
        "**/readyz",
        lambda route: route.fulfill(
            status=503,
            headers={"Retry-After": "1"},
            json={"error": {"code": "busy", "sentence": "Every place at the mirror is taken."}},
        ),
    )
    refused: list[str] = []

    def refuse(socket: Any) -> None:
        refused.append(socket.url)
        socket.close(code=1013)

    page.route_web_socket("**/ws/mirror", refuse)
    page.get_by_role("button", name=AGREE).click()
    expect(page.locator("#status")).to_have_text(
        "Every place at the mirror is taken. Trying again in a moment."
    )
    page.wait_for_timeout(2500)
    assert len(refused) == 1, "while the server says that it is busy, nobody knocks"


def test_answers_that_never_come_are_told_and_block_nothing(open_page: Open) -> None:
    page = open_page()
    frames: list[bytes | str] = []

    def swallow(socket: Any) -> None:
        server = socket.connect_to_server()

        def up(message: str | bytes) -> None:
            if isinstance(message, bytes):
                frames.append(message)
            else:
                server.send(message)

        socket.on_message(up)

    page.route_web_socket("**/ws/mirror", swallow)
    page.get_by_role("button", name=AGREE).click()
    expect(page.locator("#status")).to_contain_text("The connection is slow")
    page.wait_for_timeout(300)
    assert 3 <= len(frames) <= 6, "two at a time, and two more when the first two are given up"


def test_a_look_that_takes_long_is_said_to_be_on_its_way(open_page: Open, shoot: Shoot) -> None:
    page = open_page()
    held: list[str] = []
    sockets: list[Any] = []

    def hold(socket: Any) -> None:
        """What the server draws is told only when the test says so."""
        server = socket.connect_to_server()
        sockets.append(socket)

        def down(message: str | bytes) -> None:
            if isinstance(message, str) and '"type":"look"' in message.replace(" ", ""):
                held.append(message)
            else:
                socket.send(message)

        server.on_message(down)

    page.route_web_socket("**/ws/mirror", hold)
    page.get_by_role("button", name=AGREE).click()
    page.wait_for_selector(".stage.live")
    assert "Getting it ready" not in page.locator("#status").inner_text()
    product = page.locator('[aria-labelledby="group-eyewear"] .product').first
    product.click()
    expect(page.locator("#status")).to_contain_text("Getting it ready")
    expect(product).to_contain_class("pending")
    shoot(page, "getting-ready")
    for message in held:
        sockets[-1].send(message)
    expect(page.locator("#status")).not_to_contain_text("Getting it ready")
    expect(product).not_to_contain_class("pending")


def test_a_hint_of_the_server_is_shown_in_its_words(open_page: Open, shoot: Shoot) -> None:
    """A clip of plain grey has no face."""
    grey = """
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement('canvas');
      canvas.width = 640; canvas.height = 480;
      const context = canvas.getContext('2d');
      setInterval(() => { context.fillStyle = '#777'; context.fillRect(0, 0, 640, 480); }, 33);
      return canvas.captureStream(30);
    };
    """
    page = open_page(init=grey)
    texts: list[str] = []

    def watch(socket: Any) -> None:
        socket.on("framereceived", lambda data: texts.append(data) if isinstance(data, str) else None)

    page.on("websocket", watch)
    page.get_by_role("button", name=AGREE).click()
    page.wait_for_selector(".stage.live")
    expect(page.locator("#status")).not_to_have_text("")
    shown = page.locator("#status").inner_text()
    hello = next(text for text in texts if '"hello"' in text)
    assert shown in hello.encode().decode("unicode_escape") or shown in hello
    shoot(page, "hint")


@pytest.mark.parametrize(("width", "height"), [(360, 740), (320, 568), (740, 360), (820, 1100)])
def test_no_sideways_scrolling(open_page: Open, shoot: Shoot, width: int, height: int) -> None:
    page = open_page(width=width, height=height, dark=width == 320)
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    shoot(page, f"consent-{width}x{height}")
    page.get_by_role("button", name=AGREE).click()
    page.wait_for_selector(".stage.live")
    for kind in ("eyewear", "lipstick"):
        first = page.locator(f'[aria-labelledby="group-{kind}"] .product').first
        first.focus()
        page.keyboard.press("Enter")
    page.keyboard.press("i")
    page.wait_for_timeout(600)
    assert page.evaluate(wide)
    page.evaluate("scrollTo(0, 0)")
    shoot(page, f"mirror-{width}x{height}")
    small = page.evaluate((Path(__file__).parent / "small.js").read_text("utf-8"))
    assert small == [], "fingers are wider than this"


def test_every_page_file_is_named_once_and_nothing_is_inline(root: Path) -> None:
    page = (root / "templates" / "mirror.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert re.findall(r"<script\b(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"https?://(?!www\.w3\.org)", page) == []
