"""The report as a file: what it says, what it carries, and that nothing in it can do harm."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tryon.errors import BadBaseline, ConfigError
from tryon.frame import U8
from tryon.qa.report import write_report
from tryon.qa.report_page import as_json, policy
from tryon.qa.report_words import outcome, place_of, shown
from tryon.qa.results import RunResult, TakeResult, Verdict, WorstFrame, save_run

HOSTILE = "</script><img src=x onerror=alert(1)>'\"&{{ 7*7 }}"
FAILED = Verdict(
    "Found", "detect.rate", "all", 86.7, 99.0, 98.0, passed=False, sentence="86.7 % is less than 98 %."
)
HOLDS = Verdict(
    "Still", "jitter.corner_px", "all", 0.21, 0.2, 0.35, passed=True, sentence="0.21 px is at most 0.35."
)


class Page(HTMLParser):
    """The tags of a page with their attributes, its words, and what its data elements hold."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text("utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.data: dict[str, str] = {}
        self._inside = ""
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag if tag in {"script", "style"} else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's own signature
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data[self._inside] = self.data.get(self._inside, "") + data
        else:
            self.words += data

    def all(self, tag: str, **having: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag and having.items() <= found.items()]


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[..., Page]:
    def make(*takes: TakeResult, **rest: Any) -> Page:
        save_run(RunResult(takes, {"version": "0.1.0", "python": "3.11.2"}, **rest), tmp_path)
        write_report(tmp_path, tmp_path / "report.html")
        return Page(tmp_path / "report.html")

    return make


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, coded_take: Callable[..., TakeResult]
) -> tuple[Path, TakeResult]:
    folder = tmp_path_factory.mktemp("kept")
    return folder, coded_take(folder)


@pytest.fixture
def take(tmp_path: Path, kept: tuple[Path, TakeResult]) -> TakeResult:
    """A take whose files lie in ``tmp_path``."""
    folder, result = kept
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return result


def test_a_report_is_one_file_that_asks_for_nothing(run_of: Callable[..., Page], take: TakeResult) -> None:
    page = run_of(take, verdicts=(HOLDS, FAILED))
    for _, attributes in page.tags:
        for name in ("src", "href", "poster", "action", "srcset", "data"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:image/")), f"{name}={address}"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
    (told,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert told["content"] == policy(page.data["script"], page.data["style"])
    assert "default-src 'none'" in (told["content"] or "")
    assert "unsafe" not in (told["content"] or "")


def test_videos_and_records_are_inside(run_of: Callable[..., Page], take: TakeResult, tmp_path: Path) -> None:
    page = run_of(take)
    for role in ("before", "video", "baseline"):
        embedded = base64.b64decode(page.data[f"video-0-{role}"], validate=True)
        assert embedded == (tmp_path / f"take.{role}.mp4").read_bytes()
    data = json.loads(page.data["data-take-0"])
    assert data["frames"] == take.frames
    assert {plot["title"] for plot in data["plots"]} >= {
        "Head angles",
        "Colour error to the shade",
        "Time per step",
    }
    assert [(s["kind"], s["first"], s["last"]) for s in data["stretches"]] == [
        ("lost", 30, 37),
        ("hint", 0, 4),
    ]
    assert [still["title"] for still in data["still"]] >= ["Pixels changed outside the product"]


def test_worst_frames_carry_their_picture(
    run_of: Callable[..., Page], take: TakeResult, decode: Callable[[bytes], U8]
) -> None:
    page = run_of(take)
    buttons = [found for found in page.all("button") if "data-frame" in found]
    assert [found["data-frame"] for found in buttons] == ["57", "20"]
    pictures = [found["src"] or "" for found in page.all("img")]
    for at, source in zip((57, 20), pictures, strict=True):
        bgr = decode(base64.b64decode(source.removeprefix("data:image/jpeg;base64,")))
        bars = [
            bgr[bgr.shape[0] // 2, round((bit + 0.5) * bgr.shape[1] / 8)].mean() > 128 for bit in range(8)
        ]
        assert int("".join(str(int(bar)) for bar in bars), 2) == at


def test_failed_checks_come_first(run_of: Callable[..., Page], take: TakeResult) -> None:
    page = run_of(take, verdicts=(HOLDS, FAILED))
    assert "Failed: 1 of 2 checks does not hold." in page.words
    assert page.words.index(FAILED.sentence) < page.words.index(HOLDS.sentence)
    failed, held = page.source.index('id="check-1"'), page.source.index('id="check-0"')
    assert failed < held
    assert "Frames in which a face was found" in page.words, "what the measure means"


def test_takes_that_failed_come_first(
    run_of: Callable[..., Page], tmp_path: Path, coded_take: Callable[..., TakeResult]
) -> None:
    takes = [coded_take(tmp_path, f"{name}.mp4", name=name, frames=4, lost=1, roles=()) for name in "abc"]
    broken = replace(takes[2], error="c.mp4 breaks off.")
    failed = replace(FAILED, stratum=f"take:{takes[1].key}")
    page = run_of(takes[0], takes[1], broken, verdicts=(failed,))
    order = [page.source.index(f'<span class="clip">{name}.mp4') for name in "cba"]
    assert order == sorted(order)
    assert "c.mp4 breaks off." in page.words
    assert 'href="#take-1"' in page.source, "the failed check leads to its take"


def test_nothing_that_a_clip_is_called_is_markup(
    run_of: Callable[..., Page], tmp_path: Path, coded_take: Callable[..., TakeResult]
) -> None:
    take = coded_take(tmp_path, HOSTILE, HOSTILE, frames=6, lost=1, roles=("video",))
    take = replace(take, tags=(HOSTILE,), warning=HOSTILE, figures={**take.figures, HOSTILE: 1.0})
    verdict = Verdict(HOSTILE, HOSTILE, f"take:{take.key}", 1.0, 1.0, 1.0, passed=False, sentence=HOSTILE)
    page = run_of(take, verdicts=(verdict,), problems=(HOSTILE,), notes=(HOSTILE,), baseline=HOSTILE)
    assert page.words.count(HOSTILE) >= 9
    assert not [found for found in page.all("img") if found.get("src") == "x"]
    assert not [found for _, found in page.tags if "onerror" in found]
    assert len(page.all("script")) == 3, "the script, the data, the video"


@pytest.mark.parametrize("text", [HOSTILE, "<!--", "]]>", "\u2028\u2029", "é"])
def test_json_holds_no_markup_and_says_the_same(text: str) -> None:
    told = as_json({"text": text})
    assert not set(told) & set("<>&\u2028\u2029")
    assert json.loads(told) == {"text": text}


def test_what_a_take_lacks_is_said(run_of: Callable[..., Page], take: TakeResult, tmp_path: Path) -> None:
    (tmp_path / "take.before.mp4").unlink()
    (tmp_path / "take.jsonl").write_text("nonsense\n")
    page = run_of(
        take, replace(take, key="never.mp4 × x", files={}, figures={}, frames=0, error="It never began.")
    )
    assert "take.before.mp4 is not in the run's folder." in page.words
    assert "No plots: take.jsonl, line 1, is no line of a replay's records" in page.words
    assert json.loads(page.data["data-take-1"])["frames"] == take.frames, "the video alone tells the frames"
    assert "No figures" in page.words
    assert "No gates were held against this run" in page.words


def test_records_of_another_take_are_not_shown(run_of: Callable[..., Page], take: TakeResult) -> None:
    page = run_of(replace(take, key="other.mp4 × aviator-gold", files={"records": "take.jsonl"}))
    assert "take.jsonl holds no take other.mp4 × aviator-gold." in page.words


def test_a_file_outside_the_folder_is_not_read(
    run_of: Callable[..., Page], take: TakeResult, tmp_path: Path
) -> None:
    outside = tmp_path.parent / "outside.mp4"
    outside.write_bytes((tmp_path / "take.video.mp4").read_bytes())
    page = run_of(
        replace(take, files={"records": "take.jsonl", "video": "../outside.mp4", "before": str(outside)})
    )
    assert not [name for name in page.data if name.startswith("video-")]


def test_an_empty_run_is_a_report(run_of: Callable[..., Page]) -> None:
    page = run_of(problems=("no.mp4 is not a video.",))
    assert "Failed: 1 clip did not run." in page.words
    assert "No take ran." in page.words


def test_groups_stand_beside_one_another(run_of: Callable[..., Page], take: TakeResult) -> None:
    dim = replace(HOLDS, stratum="tag:dim", value=0.4, passed=False)
    own = replace(HOLDS, stratum=f"take:{take.key}")
    page = run_of(take, verdicts=(HOLDS, dim, own))
    assert "By group of takes" in page.words
    (table,) = re.findall(r'<table class="matrix">.*?</table>', page.source, re.DOTALL)
    cells = [re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", table, re.DOTALL)]
    assert cells == ["0.21\u202fpx", "0.4\u202fpx", "1 of 1"]


def test_a_gate_without_a_figure_is_not_said_to_hold(run_of: Callable[..., Page], take: TakeResult) -> None:
    empty = replace(HOLDS, gate="Hidden", value=None, sentence="There is no figure.")
    page = run_of(take, verdicts=(HOLDS, empty, replace(empty, stratum="tag:dim")))
    assert "Passed: 1 check on 1 take, all of them hold." in page.words
    assert "1 check holds" in page.words
    assert "2 checks had no figure" in page.words
    (table,) = re.findall(r'<table class="matrix">.*?</table>', page.source, re.DOTALL)
    assert table.count('aria-label="holds"') == 1


def test_a_worst_frame_that_the_records_lack_is_left_out(
    run_of: Callable[..., Page], take: TakeResult
) -> None:
    page = run_of(replace(take, worst=(WorstFrame(9999, 1.0, "slip.px", 3.0),)))
    assert not [found for found in page.all("button") if "data-frame" in found]


def test_the_whole_file_stays_below_its_limit(take: TakeResult, tmp_path: Path) -> None:
    save_run(RunResult((take,), {}), tmp_path)
    out = tmp_path / "small.html"
    write_report(tmp_path, out)
    whole = out.stat().st_size
    videos = sum((tmp_path / f"take.{role}.mp4").stat().st_size for role in ("before", "video", "baseline"))
    limit = whole - videos
    write_report(tmp_path, out, bytes_max=limit)
    page = Page(out)
    assert out.stat().st_size <= limit
    assert "Left out to keep this file small" in page.words
    assert "data-take-0" in page.data


def test_a_report_that_cannot_be_written_leaves_the_old_one(take: TakeResult, tmp_path: Path) -> None:
    save_run(RunResult((take,), {}), tmp_path)
    with pytest.raises(
        ConfigError, match="cannot be written: no such file or directory; choose another place"
    ):
        write_report(tmp_path, tmp_path / "nowhere" / "report.html")
    with pytest.raises(BadBaseline, match="holds no run"):
        write_report(tmp_path / "nowhere", tmp_path / "report.html")
    assert not list(tmp_path.glob("*.html")) + list(tmp_path.glob(".*"))


def test_the_title_is_told(take: TakeResult, tmp_path: Path) -> None:
    save_run(RunResult((take,), {}), tmp_path)
    write_report(tmp_path, tmp_path / "report.html", title="Night <shift>")
    assert "<title>Night &lt;shift&gt;</title>" in (tmp_path / "report.html").read_text("utf-8")


def test_the_same_run_is_the_same_file(take: TakeResult, tmp_path: Path) -> None:
    save_run(RunResult((take,), {}), tmp_path)
    for name in ("one.html", "two.html"):
        write_report(tmp_path, tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_numbers_are_shown_as_the_page_shows_them(root: Path) -> None:
    vectors = json.loads((root / "tests" / "vectors" / "report.json").read_text("utf-8"))
    for value, unit, expected in vectors["shown"]:
        assert shown(value, unit) == expected
    assert shown(float("nan"), "px") == "–"


TAKE = TakeResult("a × b", "a", "b", 3)


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (RunResult((TAKE,), {}), "No gates were held against this run; 1 take ran to the end."),
        (RunResult((TAKE, TAKE), {}, (HOLDS,)), "Passed: 1 check on 2 takes, all of them hold."),
        (RunResult((TAKE,), {}, (FAILED, FAILED, HOLDS)), "Failed: 2 of 3 checks do not hold."),
        (
            RunResult((TAKE, replace(TAKE, error="x")), {}, problems=("a", "b")),
            "Failed: 1 of 2 takes broke off, 2 clips did not run.",
        ),
    ],
)
def test_the_outcome_is_one_line(run: RunResult, sentence: str) -> None:
    assert outcome(run) == sentence


def test_groups_have_words() -> None:
    assert [place_of(name) for name in ("all", "tag:dark_skin", "take:a × b")] == [
        "all takes",
        "tagged dark skin",
        "a × b",
    ]


@pytest.fixture(scope="module")
def decode() -> Callable[[bytes], U8]:
    import cv2
    import numpy as np

    def pixels(data: bytes) -> U8:
        return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)

    return pixels
