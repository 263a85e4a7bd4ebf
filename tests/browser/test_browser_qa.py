"""What a QA person does at ``/qa``, in a real Chromium against a real server: bring, run, read, record, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tryon.frame import U8
from tryon.replay.clip import ClipWriter

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

FRAMES = 40
GLASSES, LIPSTICK = "harbour-black", "velvet-lipstick"
# A first run compiles kernels, on a machine that may be busy.
RUN_MS = 180_000
REFUSED = "status of 4"


@pytest.fixture(scope="module")
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def url(make_server: Callable[..., Any], desk_folder: Path) -> Iterator[str]:
    server = make_server(
        "--qa", "--processes", "1", qa_dir=str(desk_folder), qa_recording="1", qa_clip_mb="2"
    )
    server.start()
    yield str(server.url)
    server.stop()


@pytest.fixture
def without_recording(make_server: Callable[..., Any], tmp_path: Path) -> Iterator[str]:
    """The page needs no warm mirror."""
    server = make_server("--qa", "--processes", "1", qa_dir=str(tmp_path))
    server.start("/healthz")
    yield str(server.url)
    server.stop()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, astronaut: U8) -> Path:
    path = tmp_path_factory.mktemp("clips") / "walk.mp4"
    with ClipWriter(path, 512, 512, 25) as writer:
        for number in range(FRAMES):
            writer.write(np.roll(astronaut, number, axis=1), number * 40)
    return path


@pytest.fixture
def shot(root: Path) -> Callable[[Page, str], None]:
    folder = root / "test-output"
    folder.mkdir(exist_ok=True)

    def save(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"qa-{name}.png", animations="disabled", full_page=True)

    return save


def bring(page: Page, path: Path) -> None:
    before = page.locator(".clip").count()
    page.set_input_files("#file", path)
    expect(page.locator(".clip")).to_have_count(before + 1)


def delete_everything(page: Page) -> None:
    while page.locator(".clip").count():
        left = page.locator(".clip").count()
        page.locator(".clip").first.get_by_role("button", name="Delete").click()
        page.locator("#ask-yes").click()
        expect(page.locator(".clip")).to_have_count(left - 1)


def faces_on_disk(folder: Path) -> list[str]:
    """Whatever shows or describes a face."""
    kinds = {".mp4", ".webm", ".jpg", ".jsonl", ".html"}
    return [path.name for path in folder.rglob("*") if path.suffix in kinds]


def test_from_a_clip_to_its_report_and_back_to_nothing(
    open_page: Open, walk: Path, desk_folder: Path, shot: Callable[[Page, str], None]
) -> None:
    page = open_page("/qa")
    expect(page.locator("#empty")).to_contain_text("Bring a clip.")
    go = page.locator("#go")
    expect(go).to_be_disabled()
    expect(go).to_have_text("Bring a clip first")
    shot(page, "empty")

    bring(page, walk)
    expect(page.locator(".clip")).to_contain_text("1.6 s · 512×512 · 40 frames")
    expect(page.locator(".clip")).to_contain_text("Deleted in 7 days")
    expect(go).to_have_text("Pick a look first")
    page.locator(f'[data-sku="{GLASSES}"]').click()
    page.locator(f'[data-sku="{LIPSTICK}"]').click()
    expect(go).to_have_text("Run 2 looks")
    page.get_by_text("Wear one of each kind together").click()
    expect(go).to_have_text("Run 1 look")
    go.click()

    run = page.locator(".run")
    expect(run.locator(".state")).to_have_text("Running")
    expect(run.locator(".doing")).to_contain_text("frames/s", timeout=RUN_MS)
    expect(run.locator(".doing")).to_contain_text(f"of {FRAMES} frames")
    shot(page, "running")
    report = run.get_by_role("link", name="Open the report")
    report.wait_for(timeout=RUN_MS)
    expect(run).to_contain_text("Frames with a face100")
    expect(page.locator("#announce")).to_contain_text("walk.mp4: ")
    shot(page, "done")

    with page.expect_popup() as opened:
        report.click()
    popup = opened.value
    complaints: list[str] = []
    popup.on("console", lambda message: complaints.append(message.text))
    popup.reload()
    expect(popup.locator("h1")).to_contain_text("check")
    assert popup.evaluate("window.origin") == "null"
    video = popup.locator("video").first
    for _ in range(100):
        if video.evaluate("video => video.readyState") >= 2:
            break
        popup.wait_for_timeout(100)
    assert video.evaluate("video => video.videoWidth") == 512
    assert complaints == []
    popup.close()

    with page.expect_download() as downloading:
        run.locator("summary").click()
        run.get_by_text("Records of every frame").click()
    assert len(Path(downloading.value.path()).read_text("utf-8").splitlines()) == FRAMES + 2

    run.get_by_role("button", name="Keep as baseline").click()
    page.locator("#ask-field input").fill("main")
    page.keyboard.press("Enter")
    expect(page.locator("#baseline")).to_contain_text("main")
    run.get_by_role("button", name="Compare").click()
    page.locator("#ask-yes").click()
    expect(run).to_contain_text("against main")
    report.wait_for(timeout=RUN_MS)

    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shot(page, "phone")
    page.set_viewport_size({"width": 1280, "height": 800})

    run.get_by_role("button", name="Delete").click()
    expect(page.locator("#ask-text")).to_contain_text("The clip stays")
    page.keyboard.press("Escape")
    expect(run).to_have_count(1)
    page.locator(".clip").get_by_role("button", name="Delete walk.mp4").click()
    expect(page.locator("#ask-text")).to_contain_text("1 run and 1 baseline")
    page.locator("#ask-yes").click()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator(".clip")).to_have_count(0)
    assert faces_on_disk(desk_folder) == []


def test_by_keyboard_a_run_is_ordered_and_cancelled(open_page: Open, walk: Path) -> None:
    page = open_page("/qa", dark=True)
    bring(page, walk)
    page.locator(f'[data-sku="{GLASSES}"]').focus()
    page.keyboard.press("Space")
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    cancel = page.locator(".run").get_by_role("button", name="Cancel")
    cancel.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".run .state")).to_have_text("Cancelled")
    again = page.locator(".run").get_by_role("button", name="Run again")
    again.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".run .state")).to_have_text("Running")
    delete_everything(page)
    expect(page.locator(".run")).to_have_count(0)


def test_what_is_no_clip_is_refused_with_a_sentence(open_page: Open, walk: Path, tmp_path: Path) -> None:
    page = open_page("/qa", expect=REFUSED)
    noise, huge = tmp_path / "noise.mp4", tmp_path / "huge.mp4"
    noise.write_bytes(b"nonsense" * 100)
    huge.write_bytes(bytes((2 << 20) + 1))
    page.set_input_files("#file", noise)
    refused = page.locator(".refused")
    expect(refused).to_contain_text("noise.mp4 is not a video")
    page.set_input_files("#file", huge)
    expect(refused.nth(1)).to_contain_text("at most 2.0 MB are taken")
    refused.first.get_by_role("button", name="Close this message").click()
    expect(refused).to_have_count(1)
    expect(page.locator(".clip")).to_have_count(0)


def test_a_recording_needs_consent_shows_itself_and_expires(
    open_page: Open, desk_folder: Path, shot: Callable[[Page, str], None]
) -> None:
    page = open_page("/qa")
    page.get_by_role("button", name="Record from the camera").click()
    go = page.locator("#recorder-go")
    expect(page.locator("#recorder-consent")).to_contain_text("Everybody in the picture")
    expect(go).to_be_disabled()
    assert page.evaluate("window.seen.cameras") == 0
    page.locator("#recorder-agree").check()
    go.click()
    expect(go).to_have_text("Start recording")
    expect(page.locator("#recorder-badge")).to_be_hidden()
    go.click()
    expect(page.locator("#recorder-badge")).to_contain_text("Recording · 0:01 · 59 s left")
    expect(page.locator("#recorder-kept")).to_have_text("Kept on this machine for 24 hours, then deleted")
    shot(page, "recording")
    page.get_by_role("button", name="Throw away").click()
    page.wait_for_timeout(300)
    expect(page.locator(".upload, .clip")).to_have_count(0)
    assert faces_on_disk(desk_folder) == []

    page.get_by_role("button", name="Record from the camera").click()
    page.locator("#recorder-agree").check()
    go.click()
    expect(go).to_have_text("Start recording")
    go.click()
    expect(page.locator("#recorder-badge")).to_contain_text("0:01")
    go.click()
    clip = page.locator(".clip")
    expect(clip).to_contain_text("Recording, deleted in 24 hours")
    expect(clip).to_contain_text("frames")
    expect(clip.get_by_role("button")).to_have_count(1)
    delete_everything(page)
    assert faces_on_disk(desk_folder) == []


def test_where_recording_is_off_nothing_offers_it(without_recording: str, open_page: Open) -> None:
    page = open_page("/qa", origin=without_recording)
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    expect(page.get_by_role("button", name="Record from the camera")).to_have_count(0)
    expect(page.locator("#recorder")).to_have_count(0)
    assert page.evaluate("window.seen.cameras") == 0
