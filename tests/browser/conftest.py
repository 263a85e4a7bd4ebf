"""A real server, a real Chromium, and a camera that plays a real clip.

Screenshots of every state go to ``test-output/``.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from math import pi, sin
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.patience import CAMERA_FPS, PATIENCE_MS
from tryon.frame import U8

# Compiling kernels on a cold cache, on a slow machine.
# The first start on a machine compiles, beside other tests that do: on two busy cores that took three minutes.
_START_S = 900.0
_STOP_S = 10.0
expect.set_options(timeout=PATIENCE_MS)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Counts what must not happen before consent, and hears what the console may not tell.
_WATCH = """
window.seen = { cameras: 0, violations: [] };
document.addEventListener('securitypolicyviolation', (event) => {
  window.seen.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
if (navigator.mediaDevices) {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => { window.seen.cameras += 1; return real(wish); };
}
"""


class Server:
    """``tryon serve`` as a process of its own, on one port across restarts."""

    def __init__(self, cache: Path, *arguments: str, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = cache / "server.log"
        self._arguments = arguments
        self._environment = os.environ | {f"TRYON_{name.upper()}": value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self, ready: str = "/readyz") -> None:
        """Until ``ready`` answers 200."""
        code = "from tryon.cli import main; main()"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, "serve", "--port", str(self.port), *self._arguments],
                stdout=log,
                stderr=log,
                env=self._environment,
            )
        deadline = time.monotonic() + _START_S
        while not self._answers(ready):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                raise AssertionError(f"the server did not start:\n{self._log.read_text('utf-8')[-4000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(_STOP_S)
            self._process = None

    def _answers(self, path: str) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", path)
                return connection.getresponse().status == 200
            finally:
                connection.close()
        except OSError:
            return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """``make_server(*flags, **settings)``: another one, not started yet; stopped at the end."""
    made: list[Server] = []

    def make(*arguments: str, **settings: str) -> Server:
        made.append(Server(tmp_path_factory.mktemp("server"), *arguments, **settings))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def url(server: Server) -> str:
    return server.url


@pytest.fixture
def stop_server(server: Server) -> Callable[[], None]:
    return server.stop


@pytest.fixture
def start_server(server: Server) -> Callable[[], None]:
    return server.start


def _moved(portrait: U8, phase: float) -> U8:
    """The portrait on a canvas of 640×480, shifted and tilted a little; ``phase`` runs from 0 to 1."""
    turn = 2 * pi * phase
    matrix = cv2.getRotationMatrix2D((223, 120), 4 * sin(turn), 1.15)
    shift = np.array([[0, 0, 97 + 30 * sin(turn)], [0, 0, 80 + 6 * sin(2 * turn)]])
    moved = cv2.warpAffine(portrait, matrix + shift, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _jpeg(bgr: U8) -> bytes:
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    return data.tobytes()


def _filmed(path: Path, frames: list[U8]) -> Path:
    """A clip as Chromium takes it for a camera's."""
    height, width = frames[0].shape[:2]
    planes = [cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes() for frame in frames]
    head = f"YUV4MPEG2 W{width} H{height} F{CAMERA_FPS}:1 Ip A1:1 C420\n".encode()
    path.write_bytes(head + b"".join(b"FRAME\n" + plane for plane in planes))
    return path


@pytest.fixture(scope="session")
def camera_clip(tmp_path_factory: pytest.TempPathFactory, astronaut: U8) -> Path:
    """Three seconds that loop without a jump; Chromium plays them as its camera."""
    path = tmp_path_factory.mktemp("camera") / "portrait.y4m"
    return _filmed(path, [_moved(astronaut, number / 30) for number in range(30)])


@pytest.fixture(scope="session")
def even_clip(tmp_path_factory: pytest.TempPathFactory, astronaut: U8) -> Path:
    """The portrait, closer and less bright, so that nothing of its skin is blown out."""
    path = tmp_path_factory.mktemp("even") / "portrait.y4m"
    frames = []
    for number in range(30):
        turn = 2 * pi * number / 30
        matrix = np.asarray(cv2.getRotationMatrix2D((223, 120), 2 * sin(turn), 1.8), np.float64)
        matrix[:, 2] += (97 + 8 * sin(turn), 110)
        moved = cv2.warpAffine(astronaut, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        frames.append(np.asarray(moved * 0.85, np.uint8))
    return _filmed(path, frames)


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory, astronaut: U8) -> Path:
    """The portrait as a phone stores it: pixels on their side, upright by an EXIF orientation of 6."""
    upright = _moved(astronaut, 0)
    data = _jpeg(np.ascontiguousarray(cv2.rotate(upright, cv2.ROTATE_90_COUNTERCLOCKWISE)))
    # TIFF header, one entry: tag 0x0112 (orientation), type short, count 1, value 6.
    entry = bytes.fromhex("4d4d002a00000008000101120003000000010006000000000000")
    exif = b"Exif\x00\x00" + entry
    path = tmp_path_factory.mktemp("photo") / "portrait.jpg"
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    return path


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def launch(playwright_driver: Playwright) -> Iterator[Callable[..., Browser]]:
    """One Chromium for each set of flags."""
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: install chromium to run the browser tests")
    running: dict[tuple[str, ...], Browser] = {}

    def get(*flags: str) -> Browser:
        if flags not in running:
            running[flags] = playwright_driver.chromium.launch(executable_path=path, args=[*_QUIET, *flags])
        return running[flags]

    yield get
    for browser in running.values():
        browser.close()


@pytest.fixture
def open_page(
    launch: Callable[..., Browser], camera_clip: Path, even_clip: Path, url: str
) -> Iterator[Callable[..., Page]]:
    """Opens the mirror. At the end, anything that the console or the CSP complained of fails the test.

    ``expect`` is a pattern of what the browser itself must log in that test.
    """
    fakes = {
        "clip": (
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera_clip}",
        ),
        "even": (
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={even_clip}",
        ),
        "two": ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2"),
        "denied": ("--use-fake-device-for-media-stream", "--deny-permission-prompts"),
        "none": ("--use-fake-ui-for-media-stream",),
    }
    contexts: list[tuple[BrowserContext, Page]] = []
    complaints: list[str] = []

    def get(
        path: str = "/",
        *,
        camera: str = "clip",
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        origin: str = url,
        init: str = "",
        expect: str | None = None,
        flags: tuple[str, ...] = (),
    ) -> Page:
        context = launch(*fakes[camera], *flags).new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        contexts.append((context, page))
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))

        def heard(kind: str, text: str) -> None:
            own = "Multiple readback operations" in text  # by the tests, which read the canvas
            if kind in {"error", "warning"} and not own and (expect is None or not re.search(expect, text)):
                complaints.append(f"{kind}: {text}")

        page.on("console", lambda message: heard(message.type, message.text))
        page.add_init_script(init + _WATCH)
        page.goto(origin + path)
        return page

    yield get
    for context, page in contexts:
        complaints += page.evaluate("window.seen?.violations ?? []")
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def audit() -> Callable[[Page], list[str]]:
    """What axe-core has against a page as it shows now, and against its contrasts where the system is dark."""
    source = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    # A colour that is on its way to another one has neither's contrast.
    run = """async (options) => {
      const changing = document.getAnimations().filter((one) => one instanceof CSSTransition);
      await Promise.allSettled(changing.map((one) => one.finished));
      const { violations } = await axe.run(options);
      const told = ({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`;
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(told).join(' | ')}`);
    }"""

    def look(page: Page) -> list[str]:
        page.evaluate(source)
        found: list[str] = page.evaluate(run, {})
        page.emulate_media(color_scheme="dark")
        found += page.evaluate(run, {"runOnly": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
        return found

    return look


@pytest.fixture
def shoot(root: Path) -> Callable[[Page, str], None]:
    folder = root / "test-output"
    folder.mkdir(exist_ok=True)

    def save(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"mirror-{name}.png", animations="disabled")

    return save
