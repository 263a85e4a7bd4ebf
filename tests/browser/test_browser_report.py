"""The report in a real Chromium, opened from disk: no server, no network, nothing in the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import sin
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from typer.testing import CliRunner

from tests.patience import PATIENCE_MS
from tryon.cli import app
from tryon.frame import U8
from tryon.qa.report import write_report
from tryon.qa.results import RunResult, TakeResult, Verdict, save_run
from tryon.replay.clip import ClipWriter

pytestmark = pytest.mark.browser

HOSTILE = "</script><img src=x onerror=document.title='struck'>"
FAILED = Verdict(
    "Found", "detect.rate", "all", 86.7, 99.0, 98.0, passed=False, sentence="86.7 % is less than 98 %."
)
HOLDS = Verdict(
    "Still", "jitter.corner_px", "all", 0.21, 0.2, 0.35, passed=True, sentence="0.21 px is at most 0.35."
)
FRAMES = 60

# The number in the bars of a video's picture, as a canvas reads it.
_NUMBER = """(video) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    const [red] = context.getImageData(bit * 20 + 10, 60, 1, 1).data;
    number = number * 2 + (red > 140 ? 1 : 0);
  }
  return video.seeking ? -1 : number;
}"""

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, coded_take: Callable[..., TakeResult]) -> Path:
    """Two takes and a broken one; one check that fails and one that holds."""
    folder = tmp_path_factory.mktemp("run")
    first = coded_take(folder, frames=FRAMES)
    second = coded_take(folder, "sit.mp4", frames=20, lost=0, roles=("video",), name="second")
    broken = TakeResult("gone.mp4 × x", "gone.mp4", "x", 0, error="gone.mp4 breaks off at once.")
    hostile = replace(FAILED, gate=HOSTILE, stratum=f"take:{first.key}", sentence=HOSTILE)
    run = RunResult((second, first, broken), {"version": "0.1.0", HOSTILE: HOSTILE}, (HOLDS, FAILED, hostile))
    save_run(run, folder)
    write_report(folder, folder / "report.html")
    return folder / "report.html"


@pytest.fixture
def open_report(launch: Callable[..., Browser], report: Path) -> Iterator[Opener]:
    """Opens the report from disk. Any request, error or violation of its own policy fails the test."""
    contexts: list[tuple[BrowserContext, Page]] = []
    complaints: list[str] = []

    def get(
        path: Path = report, *, width: int = 1280, height: int = 900, dark: bool = False, **rest: Any
    ) -> Page:
        context = launch().new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", **rest
        )
        page = context.new_page()
        contexts.append((context, page))
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("request", lambda asked: complaints.append(asked.url) if not _own(asked.url, path) else None)
        page.add_init_script(
            "window.violations = [];"
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));"
        )
        page.goto(path.as_uri())
        return page

    yield get
    for context, page in contexts:
        complaints.extend(page.evaluate("window.violations"))
        context.close()
    assert complaints == []


def _own(url: str, path: Path) -> bool:
    return url.split("#", 1)[0] == path.as_uri() or url.startswith(("blob:", "data:"))


def take_of(page: Page, clip: str = "walk.mp4") -> Locator:
    return page.locator("details.take").filter(has_text=clip).first


def numbers(take: Locator, frame: int) -> None:
    """Waits until every video of the take shows the frame of that number."""
    videos = take.locator(".screen video")
    for at in range(videos.count()):
        shown = None
        for _ in range(100):
            shown = videos.nth(at).evaluate(_NUMBER)
            if shown == frame:
                break
            take.page.wait_for_timeout(50)
        assert shown == frame, f"video {at} shows frame {shown}"


def test_the_outcome_and_what_failed_come_first(open_report: Opener) -> None:
    page = open_report()
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        "Failed: 2 of 3 checks do not hold, 1 of 3 takes"
    )
    first, second = page.locator(".check").all()
    expect(first).to_contain_text(FAILED.sentence)
    expect(second).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Tryon quality report"
    expect(page.locator("details.take summary").nth(0)).to_contain_text("gone.mp4")
    expect(page.locator("details.take summary").nth(1)).to_contain_text("walk.mp4")
    second.get_by_role("link", name="walk.mp4").click()
    expect(take_of(page)).to_be_in_viewport()


def test_the_scrubber_moves_all_videos_to_the_same_frame(open_report: Opener) -> None:
    take = take_of(open_report())
    scrub = take.get_by_role("slider", name="Frame")
    expect(take.locator(".screen video")).to_have_count(3)
    numbers(take, 0)
    for frame in (17, 59, 31):
        scrub.fill(str(frame))
        numbers(take, frame)
        expect(take.locator(".clock")).to_have_text(f"frame {frame} · {frame / 30:.2f}\u202fs")


def test_every_frame_can_be_stepped_to(open_report: Opener) -> None:
    page = open_report()
    take = take_of(page)
    take.get_by_role("slider", name="Frame").focus()
    numbers(take, 0)
    for frame in range(1, 14):
        page.keyboard.press("ArrowRight")
        numbers(take, frame)
    for keys, frame in (("ArrowLeft", 12), ("Shift+ArrowRight", 22), ("End", FRAMES - 1), ("Home", 0)):
        page.keyboard.press(keys)
        numbers(take, frame)
    take.get_by_role("button", name="One frame forward").click()
    numbers(take, 1)


def test_videos_play_and_stop_on_one_frame(open_report: Opener) -> None:
    page = open_report()
    take = take_of(page)
    scrub = take.get_by_role("slider", name="Frame")
    scrub.focus()
    take.get_by_label("Speed").select_option("0.5")
    scrub.focus()
    page.keyboard.press("Space")
    expect(take.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("(input) => Number(input.value) > 8", arg=scrub.element_handle())
    page.keyboard.press("k")
    expect(take.get_by_role("button", name="Play", exact=True)).to_be_visible()
    numbers(take, int(scrub.input_value()))
    take.get_by_label("Speed").select_option("2")
    take.get_by_role("button", name="Play", exact=True).click()
    expect(take.get_by_role("button", name="Play", exact=True)).to_be_visible()
    numbers(take, FRAMES - 1)


def test_hovering_a_plot_shows_the_frame(open_report: Opener) -> None:
    page = open_report()
    take = take_of(page)
    plots = take.locator(".plot")
    assert plots.count() >= 4
    for path in take.locator(".plot .trace").all():
        assert len(path.get_attribute("d") or "") > 20
    plot = plots.filter(has_text="Head angles")
    plot.scroll_into_view_if_needed()
    plot.locator("svg").hover(position={"x": 250, "y": 60})
    preview = page.locator(".preview")
    expect(preview).to_be_visible()
    told = preview.locator(".preview-frame").inner_text()
    frame = int(told.split()[1])
    assert 5 < frame < FRAMES - 5
    expect(preview.locator("dt").first).to_have_text("yaw")
    for _ in range(100):
        if preview.locator("video").evaluate(_NUMBER) == frame:
            break
        page.wait_for_timeout(50)
    assert preview.locator("video").evaluate(_NUMBER) == frame
    plot.locator("svg").click(position={"x": 250, "y": 60})
    numbers(take, frame)
    expect(plot.locator(".value").first).not_to_have_text("–")
    page.mouse.move(5, 5)
    expect(preview).to_be_hidden()


def test_lost_frames_are_shaded_and_lead_to_the_first(open_report: Opener) -> None:
    take = take_of(open_report())
    assert take.locator(".plot .shade.lost").count() == take.locator(".plot").count()
    take.get_by_role("button", name="No face was found.").click()
    numbers(take, 30)
    expect(take.locator(".distribution").first).to_contain_text("p95")


def test_the_worst_frames_lead_to_their_place(open_report: Opener) -> None:
    page = open_report()
    take = take_of(page)
    worst = take.locator(".worst button")
    expect(worst.first).to_contain_text("Slip of glasses on the skin")
    worst.first.click()
    numbers(take, FRAMES - 3)
    page.keyboard.press("n")
    numbers(take, FRAMES // 3)
    expect(worst.nth(1)).to_be_focused()


def test_two_videos_are_compared_by_wipe_and_difference(open_report: Opener) -> None:
    page = open_report()
    take = take_of(page)
    screens = take.locator(".screens")
    take.get_by_role("button", name="Wipe").click()
    expect(take.locator(".screen:visible")).to_have_count(2)
    before = screens.evaluate("(place) => getComputedStyle(place).getPropertyValue('--wipe')")
    take.get_by_role("slider", name="Place of the divider").press("ArrowRight")
    after = screens.evaluate("(place) => getComputedStyle(place).getPropertyValue('--wipe')")
    assert (before, after) == ("50%", "51%")
    numbers(take, 0)
    take.get_by_role("button", name="Difference").click()
    expect(take.locator(".screen.upper")).to_have_css("mix-blend-mode", "difference")
    take.get_by_label("Which two videos").select_option("before video")
    expect(take.locator('.screen[data-role="before"]')).to_be_visible()
    expect(take.locator('.screen[data-role="baseline"]')).to_be_hidden()
    take.get_by_role("button", name="Side by side").click()
    expect(take.locator(".screen:visible")).to_have_count(3)


def test_a_take_is_opened_by_its_link_and_lets_go_of_its_videos(open_report: Opener) -> None:
    page = open_report()
    page.get_by_role("link", name="sit.mp4").click()
    take = take_of(page, "sit.mp4")
    expect(take).to_have_attribute("open", "")
    numbers(take, 0)
    take.locator("summary").first.click()
    expect(take).not_to_have_attribute("open", "")
    assert take.locator(".screen video").evaluate("(video) => video.src") == ""


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1280, True)])
def test_it_fits_a_phone_and_the_dark(
    open_report: Opener, shoot: Callable[[Page, str], None], width: int, dark: bool
) -> None:
    page = open_report(width=width, height=780, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    take = take_of(page)
    numbers(take, 0)
    outside = page.evaluate(
        "[...document.querySelectorAll('button, select, input, summary')].filter((one) => one.offsetParent &&"
        " one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert outside == []
    shoot(page, f"report-{width}{'-dark' if dark else ''}")


def test_on_paper_every_take_is_open(open_report: Opener) -> None:
    page = open_report()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    expect(take_of(page, "sit.mp4").locator(".plot svg").first).to_be_visible()
    expect(page.locator(".player").first).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


def test_every_control_has_a_name(open_report: Opener) -> None:
    page = open_report()
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, video, [role=img], [role=region]')]"
        ".filter((one) => !one.closest('.preview') && !one.getAttribute('aria-label')"
        " && !one.textContent.trim() && !one.labels?.[0]?.textContent.trim()).map((one) => one.outerHTML)"
    )
    assert nameless == []


def test_a_file_that_was_cut_says_so(open_report: Opener, report: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.html"
    cut.write_bytes(report.read_bytes()[:-20_000])
    page = open_report(cut)
    expect(page.get_by_role("alert")).to_have_text("This file is incomplete; make the report again.")


def test_without_script_the_words_are_there(open_report: Opener) -> None:
    page = open_report(java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Failed")
    expect(page.locator(".check").first).to_contain_text(FAILED.sentence)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory, astronaut: U8) -> Path:
    """What the command itself makes of two seconds of the portrait, in which the light goes out for a moment."""
    folder = tmp_path_factory.mktemp("replayed")
    with ClipWriter(folder / "portrait.mp4", 640, 480, 30.0) as writer:
        for number in range(60):
            shift = np.array([[1.2, 0, 60 + 20 * sin(number / 8)], [0, 1.2, 40.0]])
            bgr = cv2.warpAffine(astronaut, shift, (640, 480), borderMode=cv2.BORDER_REPLICATE)
            dark = 8 if 30 <= number < 36 else 1
            writer.write((bgr // dark).astype(np.uint8), number * 1000 / 30)
    out = folder / "report.html"
    arguments = ["replay", str(folder / "portrait.mp4"), "--look", "solstice-gold,velvet-lipstick"]
    result = CliRunner().invoke(app, [*arguments, "--report", str(out)])
    assert result.exit_code == 0, result.output
    return out


def test_a_real_replay_is_told_whole(
    open_report: Opener, replayed: Path, shoot: Callable[[Page, str], None]
) -> None:
    page = open_report(replayed)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "No gates were held against this run; 1 take ran to the end."
    )
    take = take_of(page, "portrait.mp4")
    titles = take.locator(".plot h4").all_inner_texts()
    for title in (
        "Tremble of a frame's corners",
        "Residual of the pose fit",
        "Head angles",
        "Time per step",
    ):
        assert any(told.startswith(title) for told in titles), titles
    expect(take.locator(".strips li")).not_to_have_count(0)
    expect(take.locator(".cards li")).not_to_have_count(0)
    assert take.locator(".worst img").count() >= 4
    scrub = take.get_by_role("slider", name="Frame")
    scrub.fill("20")
    videos = take.locator(".screen video")
    expect(videos).to_have_count(2)
    for video in videos.all():
        page.wait_for_function(
            "(video) => !video.seeking && Math.abs(video.currentTime - 20.5 / 30) < 0.01",
            arg=video.element_handle(),
        )
    shoot(page, "report-real")
