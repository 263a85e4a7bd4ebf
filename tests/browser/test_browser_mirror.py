"""What a shopper does, in a real Chromium against a real server: agree, look, try on, compare, leave."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.patience import CAMERA_FPS

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]

LIVE = ".stage.live"

HERE = Path(__file__).parent
COMPARE = (HERE / "compare.js").read_text("utf-8")
SEAM = (HERE / "seam.js").read_text("utf-8")
ANY_PENDING = "document.querySelectorAll('.product.pending').length"
SHOWN_RATE = (
    "at => parseFloat([...document.querySelectorAll('#readout dt')]"
    ".find((term) => term.textContent === 'Shown').nextElementSibling.textContent)"
)
TWO_WORN = "document.querySelectorAll('.product[aria-pressed=true]').length === 2"


def compare(page: Page, clearly: int = 24) -> dict[str, float]:
    return cast("dict[str, float]", page.evaluate(COMPARE, clearly))


def wait_for_change(page: Page, *, worn: bool) -> dict[str, float]:
    """The look travels to the server and back: wait until the picture follows it."""
    found: dict[str, float] = {}
    for _ in range(300):
        found = compare(page)
        if (found["changed"] > 40) is worn:
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"the picture did not {'change' if worn else 'go bare'}: {found}")


def products(page: Page, kind: str) -> list[str]:
    """The skus of one kind, once the tray has them."""
    page.wait_for_selector("#products .product[data-sku]", state="attached")
    listed = page.request.get(urljoin(page.url, "/api/catalogue")).json()["products"]
    skus = [str(product["sku"]) for product in listed if product["kind"] == kind]
    assert skus, f"the catalogue has no {kind}"
    return skus


def first_lipstick(page: Page) -> str:
    """The one that the keyboard comes to."""
    first = page.locator("section.group:has(#group-lipstick) .product").first
    first.wait_for(state="attached")
    return str(first.get_attribute("data-sku"))


def button(page: Page, sku: str) -> Any:
    return page.locator(f'.product[data-sku="{sku}"]')


def agree(page: Page) -> None:
    page.get_by_role("button", name="Agree and open the camera").click()
    page.wait_for_selector(LIVE)


def wait_for_answers(page: Page) -> None:
    """Until pictures have been to the server: before that the bare camera shows."""
    if page.locator("#readout").is_hidden():
        page.keyboard.press("i")
    expect(page.locator("#readout div", has_text="Round trip")).to_contain_text("ms")


def test_nothing_happens_before_the_shopper_agrees(open_page: Open, shoot: Shoot) -> None:
    page = open_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.reload()
    page.wait_for_timeout(700)
    consent = page.locator("#consent")
    for words in (
        "this server only",
        "only while you are in view",
        "averaged pictures of your face and body",
        "ever stored or logged",
        "identifies you",
        "ends it",
    ):
        expect(consent).to_contain_text(words)
    assert page.evaluate("window.seen.cameras") == 0
    assert sockets == []
    shoot(page, "consent")
    agree(page)
    assert page.evaluate("window.seen.cameras") == 1
    assert len(sockets) == 1
    expect(consent).to_be_hidden()


def test_consent_goes_before_the_first_frame(open_page: Open) -> None:
    page = open_page()
    sent = sent_messages(page)
    agree(page)
    wait_for_answers(page)
    first_picture = next(number for number, message in enumerate(sent) if isinstance(message, bytes))
    texts = [json.loads(message) for message in sent[:first_picture] if isinstance(message, str)]
    version = int(page.locator("#consent").get_attribute("data-version") or 0)
    assert texts[0] == {"type": "consent", "version": version, "accepted": True}


def test_a_text_that_is_no_longer_the_servers_is_not_agreed_to(open_page: Open) -> None:
    # Between the page's text and its modules: as if the page were an old one.
    older = """document.addEventListener('readystatechange', () => {
      document.getElementById('consent').dataset.version = '99';
    }, { once: true });"""
    page = open_page(init=older)
    sent = sent_messages(page)
    agree(page)
    expect(page.locator("#status")).to_contain_text("The consent text has changed. Reload the page")
    page.wait_for_timeout(300)
    assert sent == []


def test_glasses_then_lipstick_then_both_then_none_by_mouse(open_page: Open, shoot: Shoot) -> None:
    page = open_page()
    agree(page)
    wait_for_answers(page)
    page.keyboard.press("i")
    glasses, lipstick = products(page, "eyewear")[0], first_lipstick(page)

    wait_for_change(page, worn=False)
    button(page, glasses).click()
    eyes = wait_for_change(page, worn=True)
    expect(button(page, glasses)).to_have_attribute("aria-pressed", "true")
    shoot(page, "glasses")

    button(page, glasses).click()
    expect(button(page, glasses)).to_have_attribute("aria-pressed", "false")
    wait_for_change(page, worn=False)

    button(page, lipstick).click()
    wear_darkest_shade(page)
    mouth = wait_for_change(page, worn=True)
    shoot(page, "lipstick")
    assert mouth["y0"] + mouth["y1"] > eyes["y0"] + eyes["y1"], "the mouth is below the eyes"

    button(page, glasses).click()
    page.wait_for_function(f"() => {TWO_WORN} && {ANY_PENDING} === 0")
    page.wait_for_timeout(400)
    both = wait_for_change(page, worn=True)
    assert both["y0"] < mouth["y0"]
    assert both["y1"] > eyes["y1"]
    assert f"#look={lipstick}" in page.url
    assert glasses in page.url
    shoot(page, "both")

    page.get_by_role("button", name="Bare face").click()
    wait_for_change(page, worn=False)
    assert "#" not in page.url
    expect(page.locator(".product[aria-pressed=true]")).to_have_count(0)


def test_everything_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    page.wait_for_selector("#products .product[data-sku]", state="attached")
    tab_to(page, "#agree")
    page.keyboard.press("Enter")
    page.wait_for_selector(LIVE)
    wait_for_answers(page)
    eyewear, makeup = products(page, "eyewear"), [first_lipstick(page)]

    tab_to(page, f'[data-sku="{eyewear[0]}"]')
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(button(page, eyewear[1 % len(eyewear)])).to_have_attribute("aria-pressed", "true")
    wait_for_change(page, worn=True)

    tab_to(page, f'[data-sku="{makeup[0]}"]')
    page.keyboard.press("Enter")
    expect(button(page, makeup[0])).to_have_attribute("aria-pressed", "true")
    shades = page.locator("section.group:has(#group-lipstick)")
    tab_to(page, "[aria-labelledby=shades-lipstick] [role=radio][aria-checked=true]")
    before = shades.locator(".shade-name").inner_text()
    page.keyboard.press("ArrowRight")
    if shades.locator("[role=radio]").count() > 1:
        expect(shades.locator(".shade-name")).not_to_have_text(before)
    tab_to(page, "#strength-lipstick")
    page.keyboard.press("End")
    expect(shades.locator("output")).to_have_text("100 %")
    page.wait_for_function("() => location.hash.includes('@100')")

    page.keyboard.press("b")
    expect(page.locator("#before")).to_be_visible()
    expect(page.locator("#compare")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("b")
    expect(page.locator("#before")).to_be_hidden()

    tab_to(page, "#bare")
    page.keyboard.press("Enter")
    wait_for_change(page, worn=False)


def test_lenses_are_chosen_by_keyboard_and_fit_a_narrow_page(open_page: Open) -> None:
    page = open_page("/#look=harbour-black")
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_selector("#products .product[data-sku]", state="attached")
    page.locator("#agree").click()
    page.wait_for_selector(LIVE)
    wait_for_answers(page)
    section = page.locator("section.group:has(#group-eyewear)")
    expect(section.locator("#shades-eyewear")).to_have_text("Lenses")
    tab_to(page, "[aria-labelledby=shades-eyewear] [role=radio][aria-checked=true]")
    expect(section.locator("#strength-eyewear")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(section.locator(".shade-name")).to_have_text("Photochromic grey")
    tab_to(page, "#strength-eyewear")
    page.keyboard.press("End")
    tab_to(page, "#power-eyewear")
    page.keyboard.press("Home")
    expect(section.locator("#power-eyewear")).to_have_attribute("aria-valuetext", "-8 dioptres")
    page.wait_for_function("() => location.hash === '#look=harbour-black:photochromic-grey@100~-8'")
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    wait_for_change(page, worn=True)


def wear_darkest_shade(page: Page) -> None:
    """At full strength: a nude gloss hardly changes a picture, and is not meant to."""
    swatches = page.locator("section.group:has(#group-lipstick) .swatch")
    colors = [
        str(swatch.evaluate("(item) => item.style.getPropertyValue('--swatch')")) for swatch in swatches.all()
    ]
    swatches.nth(min(range(len(colors)), key=lambda at: sum(bytes.fromhex(colors[at][1:])))).click()
    page.locator("#strength-lipstick").fill("100")


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is there."""
    for _ in range(40):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def test_holding_compare_shows_the_face_without(open_page: Open) -> None:
    page = open_page()
    agree(page)
    button(page, products(page, "eyewear")[0]).click()
    wait_for_change(page, worn=True)
    page.locator("#compare").hover()
    page.mouse.down()
    expect(page.locator("#before")).to_be_visible()
    page.wait_for_timeout(400)
    page.mouse.up()
    expect(page.locator("#before")).to_be_hidden()
    page.locator("#compare").click()
    expect(page.locator("#before")).to_be_visible()
    page.locator("#compare").click()
    expect(page.locator("#before")).to_be_hidden()


def test_the_address_opens_with_its_look(open_page: Open, url: str) -> None:
    page = open_page()
    sku = products(page, "eyewear")[-1]
    page.goto(f"{url}/#look=no-such-product,{sku}")
    page.reload()
    agree(page)
    expect(button(page, sku)).to_have_attribute("aria-pressed", "true")
    wait_for_change(page, worn=True)


def test_the_read_out_tells_what_the_mirror_does(open_page: Open) -> None:
    page = open_page()
    agree(page)
    wait_for_answers(page)
    page.wait_for_timeout(2500)
    page.wait_for_function(SHOWN_RATE + " > at", arg=CAMERA_FPS / 2)
    terms = page.locator("#readout dt").all_inner_texts()
    rows = dict(zip(terms, page.locator("#readout dd").all_inner_texts(), strict=True))
    assert rows["Sent picture"] == rows["Shown picture"] == "640×480"
    assert float(rows["Shown"].split()[0]) < 2 * CAMERA_FPS
    assert 0 < float(rows["Of that, the server"].split()[0]) <= float(rows["Round trip, median"].split()[0])
    page.keyboard.press("i")
    expect(page.locator("#readout")).to_be_hidden()


def test_a_snapshot_is_made_in_the_browser(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    agree(page)
    button(page, products(page, "eyewear")[0]).click()
    wait_for_change(page, worn=True)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    path = tmp_path / "snapshot.png"
    download.value.save_as(path)
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert download.value.suggested_filename.endswith(".png")
    assert [request for request in requests if not request.startswith("blob:")] == []
    expect(page.locator("#status")).to_contain_text("saved on this device")


def test_the_sample_goes_the_same_way_without_a_camera(open_page: Open, shoot: Shoot) -> None:
    page = open_page(camera="none")
    page.get_by_role("button", name="Watch the sample").click()
    page.wait_for_selector(LIVE)
    button(page, products(page, "eyewear")[0]).click()
    wait_for_change(page, worn=True)
    shoot(page, "sample")
    assert page.evaluate("window.seen.cameras") == 0
    page.locator("#sources").get_by_role("button", name="Camera").click()
    expect(page.locator("#consent")).to_be_visible()
    assert page.evaluate("window.seen.cameras") == 0, "the sample was no consent to the camera"


def test_a_photo_is_upright_and_shows_no_seam(open_page: Open, photo: Path, shoot: Shoot) -> None:
    page = open_page(camera="none")
    replies: list[bytes] = []
    stills: list[bool] = []

    def watch(socket: Any) -> None:
        socket.on("framereceived", lambda data: replies.append(data) if isinstance(data, bytes) else None)
        socket.on("framesent", lambda data: stills.append(data[2] == 1) if isinstance(data, bytes) else None)

    page.on("websocket", watch)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Use a photo instead").click()
    chooser.value.set_files(photo)
    page.wait_for_selector(LIVE)
    wait_for_change(page, worn=False)
    button(page, products(page, "eyewear")[0]).click()
    found = wait_for_change(page, worn=True)
    shoot(page, "photo")

    assert (found["width"], found["height"]) == (640, 480), "stored on its side, shown upright"
    assert page.evaluate("getComputedStyle(document.getElementById('picture')).transform") == "none"
    assert stills
    assert all(stills)

    kind, rect = replies[-1][1], struct.unpack("<6H", replies[-1][16:28])
    x, y, width, height, frame_width, _ = rect
    assert kind == 3, "the server answered with the rectangle that changed"
    scale = found["width"] / frame_width
    seam = cast("dict[str, float]", page.evaluate(SEAM, [x, y, width, height, scale]))
    assert seam["outside"] == 0, "outside of the rectangle the picture is the kept one, to the bit"
    assert seam["inside"] > 2, "inside there is a product"
    assert seam["ring"] < 1, f"a seam shows: {seam}"


def test_whole_frames_show_the_same(open_page: Open, photo: Path) -> None:
    """The other way to answer: what it draws lies where the rectangle drew it."""
    found = {}
    for mode, kind in (("rectangle", 3), ("whole", 2)):
        page = open_page(f"/?reply={mode}", camera="none")
        kinds = kinds_of_replies(page)
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Use a photo instead").click()
        chooser.value.set_files(photo)
        page.wait_for_selector(LIVE)
        button(page, products(page, "eyewear")[0]).click()
        wait_for_change(page, worn=True)
        # A whole frame has JPEG's noise everywhere; a dark frame on a face is far above it.
        found[mode] = compare(page, 90)
        assert found[mode]["changed"] > 100
        assert kinds[-1] == kind
    for edge in ("x0", "y0", "x1", "y1"):
        assert abs(found["whole"][edge] - found["rectangle"][edge]) <= 6


def sent_messages(page: Page) -> list[str | bytes]:
    """Fills with what the page sends, in order."""
    sent: list[str | bytes] = []

    def keep(message: str | bytes) -> None:
        sent.append(message)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    return sent


def kinds_of_replies(page: Page) -> list[int]:
    """Fills with the kind byte of each picture that comes."""
    kinds: list[int] = []

    def watch(socket: Any) -> None:
        socket.on("framereceived", lambda data: kinds.append(data[1]) if isinstance(data, bytes) else None)

    page.on("websocket", watch)
    return kinds


def test_a_hidden_page_sends_nothing(open_page: Open) -> None:
    page = open_page()
    sent = sent_messages(page)
    agree(page)
    wait_for_answers(page)
    hide = """(hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(200)
    before = len(sent)
    page.wait_for_timeout(500)
    assert len(sent) == before
    page.evaluate(hide, False)
    page.wait_for_timeout(500)
    assert len(sent) > before


def test_at_most_two_frames_are_on_their_way(open_page: Open) -> None:
    page = open_page()
    waiting: set[bytes] = set()
    most = 0

    def sent(message: str | bytes) -> None:
        nonlocal most
        if isinstance(message, bytes):
            waiting.add(message[4:8])
            most = max(most, len(waiting))

    def received(message: str | bytes) -> None:
        if isinstance(message, bytes):
            waiting.discard(message[4:8])
        elif json.loads(message)["type"] == "dropped":
            waiting.discard(int(json.loads(message)["sequence"]).to_bytes(4, "little"))

    def watch(socket: Any) -> None:
        socket.on("framesent", sent)
        socket.on("framereceived", received)

    page.on("websocket", watch)
    agree(page)
    page.wait_for_timeout(2000)
    assert 1 <= most <= 2


def test_another_camera_can_be_chosen(open_page: Open) -> None:
    keep = """
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await open(wish));
    """
    page = open_page(camera="two", init=keep)
    running = "window.stream.getVideoTracks()[0].getSettings().deviceId"
    agree(page)
    choice = page.get_by_role("combobox", name="Camera")
    expect(choice).to_be_visible()
    first = page.evaluate(running)
    assert choice.input_value() == first
    other = next(
        str(option.get_attribute("value"))
        for option in choice.locator("option").all()
        if option.get_attribute("value") != first
    )
    old = page.evaluate_handle("window.stream.getVideoTracks()[0]")
    choice.select_option(other)
    page.wait_for_function(f"() => {running} === '{other}'")
    page.wait_for_selector(LIVE)
    assert old.evaluate("(track) => track.readyState") == "ended", "the first camera's light goes out"
    page.locator("#sources").get_by_role("button", name="Camera").click()
    page.wait_for_selector(LIVE)
    assert page.evaluate(running) == other, "the choice holds as long as the page"


def test_a_photo_can_be_dropped_once_agreed(open_page: Open) -> None:
    page = open_page()
    agree(page)
    page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 400 });
          canvas.getContext('2d').fillRect(0, 0, 300, 400);
          const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
          const data = new DataTransfer();
          data.items.add(new File([blob], 'me.png', { type: 'image/png' }));
          document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
        }"""
    )
    expect(page.locator("#sources").get_by_role("button", name="Photo")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.wait_for_function("() => document.getElementById('picture').height === 400")


def test_every_picture_is_let_go(open_page: Open) -> None:
    count = """
    window.pictures = 0;
    const make = window.createImageBitmap;
    window.createImageBitmap = async (...what) => {
      const made = await make(...what);
      window.pictures += 1;
      return made;
    };
    const close = ImageBitmap.prototype.close;
    ImageBitmap.prototype.close = function () {
      if (this.width > 0) window.pictures -= 1;
      close.call(this);
    };
    """
    page = open_page(init=count)
    agree(page)
    button(page, products(page, "eyewear")[0]).click()
    wait_for_change(page, worn=True)
    page.wait_for_timeout(1000)
    # One on show (frame and patch), two on their way, one being taken, one being decoded.
    assert 1 <= page.evaluate("window.pictures") <= 7
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.wait_for_timeout(300)
    assert page.evaluate("window.pictures") == 0


def test_a_lost_server_is_told_and_the_look_comes_back_by_itself(
    open_page: Open, stop_server: Callable[[], None], start_server: Callable[[], None], shoot: Shoot
) -> None:
    # The browser itself logs each attempt to connect to a server that is away.
    page = open_page(expect="ERR_CONNECTION_REFUSED|503")
    agree(page)
    sku = products(page, "eyewear")[0]
    button(page, sku).click()
    wait_for_change(page, worn=True)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    stop_server()
    try:
        expect(page.locator("#status")).to_contain_text("Reconnecting")
        wait_for_change(page, worn=False)
        assert page.locator(LIVE).count() == 1, "the camera goes on showing"
        shoot(page, "reconnecting")
    finally:
        start_server()
    wait_for_change(page, worn=True)
    expect(page.locator("#status")).to_have_text("")
    expect(button(page, sku)).to_have_attribute("aria-pressed", "true")
    assert sockets, "a new socket carried it"
