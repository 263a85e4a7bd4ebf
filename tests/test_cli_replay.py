"""``tryon replay`` with many clips and looks: what is written, what is told, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tryon.cli import app
from tryon.frame import U8
from tryon.pipeline import Engine
from tryon.qa import run as qa_run
from tryon.qa.results import load_run
from tryon.replay.clip import ClipReader, ClipWriter
from tryon.replay.records import read_takes

GLASSES = "meridian-gunmetal"
LIPS = "velvet-lipstick"


@pytest.fixture
def clips(tmp_path: Path, astronaut: U8) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    for name, frames in (("a.mp4", 3), ("b.mp4", 2)):
        with ClipWriter(folder / name, 512, 512, 25) as writer:
            for number in range(frames):
                writer.write(np.roll(astronaut, number, axis=1), number * 40)
    return folder


@pytest.fixture(autouse=True)
def _one_engine(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """The shared engine, which is warm already, for each command's own."""
    monkeypatch.setattr(qa_run, "Engine", lambda settings: engine)
    monkeypatch.setattr(Engine, "warm_up", lambda self, progress: progress("ready", 1.0))
    monkeypatch.setattr(Engine, "close", lambda self: None)


def tryon(*arguments: str | Path) -> tuple[int, str, list[str]]:
    """Exit status, standard output, and the lines on the standard error."""
    result = CliRunner().invoke(app, ["replay", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, [line for line in result.stderr.splitlines() if line.strip()]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_clip_with_every_look_into_a_folder(clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    status, told, err = tryon(clips, "--look", GLASSES, "--look", LIPS, "--out", f"{out}/")
    assert (status, err) == (0, [])
    stems = [f"{clip}--{look}" for clip in "ab" for look in (GLASSES, LIPS)]
    assert names_in(out) == sorted(
        [f"{stem}{ending}" for stem in stems for ending in (".mp4", ".jsonl", ".times.jsonl")] + ["run.json"]
    )
    assert f"{out}: takes 4" in told
    run = load_run(out)
    assert [take.key for take in run.takes] == [
        f"{clip}.mp4 × {look}" for clip in "ab" for look in (GLASSES, LIPS)
    ]
    assert run.passed
    assert all(take.figures["detect.rate"] == 100 for take in run.takes)


def test_records_alone(clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl.gz"
    status, told, err = tryon(clips / "a.mp4", "--look", LIPS, "--records", out)
    assert (status, err) == (0, [])
    assert f"{out}: frames 3, with a face 3" in told
    (take,) = read_takes(out)
    assert take.frames[-1].pixels
    assert names_in(tmp_path) == ["a.jsonl.gz", "a.times.jsonl", "clips"]
    status, _, _ = tryon(clips / "a.mp4", "--look", LIPS, "--records", out, "--no-pixels")
    (take,) = read_takes(out)
    assert status == 0
    assert not take.frames[-1].pixels


def test_video_records_and_report_of_one_take(clips: Path, tmp_path: Path) -> None:
    wanted = [tmp_path / name for name in ("w.mp4", "w.jsonl", "w.html")]
    status, told, err = tryon(
        clips / "a.mp4", "--look", GLASSES, "--out", wanted[0], "--records", wanted[1], "--report", wanted[2]
    )
    assert (status, err) == (0, [])
    assert names_in(tmp_path) == ["clips", "w.html", "w.jsonl", "w.mp4", "w.times.jsonl"]
    assert f"{wanted[2]}: the report" in told
    assert "<html" in wanted[2].read_text("utf-8")[:400].lower()
    with ClipReader(wanted[0]) as reader:
        assert len(list(reader)) == 3


def test_a_folder_without_videos(clips: Path, tmp_path: Path) -> None:
    status, _, _ = tryon(
        clips / "b.mp4", "--look", LIPS, "--out", tmp_path / "run", "--no-video", "--realtime"
    )
    assert status == 0
    assert names_in(tmp_path / "run") == [f"b--{LIPS}.jsonl", f"b--{LIPS}.times.jsonl", "run.json"]
    run = load_run(tmp_path / "run")
    assert run.environment["realtime"] == "yes"


def test_what_cannot_run_is_told_and_the_others_run(clips: Path, tmp_path: Path) -> None:
    (clips / "c.mp4").write_bytes(b"no video")
    out = tmp_path / "run"
    status, told, err = tryon(
        clips,
        tmp_path / "gone.mp4",
        "--look",
        LIPS,
        "--look",
        "no-such",
        "--look",
        f"{LIPS}:x",
        "--out",
        f"{out}/",
    )
    assert status == 3
    assert len(err) == 4
    assert any("There is no clip at" in line for line in err)
    assert any("no product 'no-such'" in line for line in err)
    assert any("no shade 'x'" in line for line in err)
    assert any("c.mp4 is not a video" in line for line in err)
    assert f"{out}: takes 2" in told
    run = load_run(out)
    assert len(run.problems) == 3
    assert [take.error is None for take in run.takes] == [True, True, False]


def test_nothing_that_can_run_is_the_callers_mistake(clips: Path, tmp_path: Path) -> None:
    (clips / "c.mp4").write_bytes(b"")
    status, told, err = tryon(clips / "c.mp4", "--look", LIPS, "--out", tmp_path / "x.mp4")
    assert (status, told) == (2, "")
    assert len(err) == 1
    status, _, err = tryon(tmp_path / "gone.mp4", "--look", "no-such", "--out", tmp_path / "x.mp4")
    assert status == 2
    assert len(err) == 2
    assert names_in(tmp_path) == ["clips"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{clips}", "--look", LIPS, "--out", "{tmp}/x.mp4"], "Several takes (2) do not go into one file"),
        (["{clips}", "--look", LIPS, "--records", "{tmp}/x.jsonl"], "Several takes (2)"),
        (["{clips}/a.mp4", "--look", LIPS], "Say what to write"),
        (["{clips}", "--look", LIPS, "--out", "{tmp}/r/", "--records", "x.jsonl"], "leave --records out"),
        (["{clips}", "--look", LIPS, "--out", "{clips}/"], "give the run a folder of its own"),
        (["{clips}/a.mp4", "--look", LIPS, "--out", "{clips}/a.mp4"], "is the clip itself"),
        (["{clips}/a.mp4", "--look", LIPS, "--out", "{tmp}/x.avi"], "ends in .mp4"),
        (["{clips}/a.mp4", "--look", LIPS, "--records", "{tmp}/x.csv"], ".jsonl, .jsonl.gz, .parquet"),
        (["{clips}/a.mp4", "--look", LIPS, "--out", "{tmp}/gone/x.mp4"], "cannot be written: no such file"),
        (["{clips}/a.mp4", "--look", LIPS, "--out", "{tmp}/r/", "--gates", "{tmp}/no.toml"], "no.toml"),
        (["{clips}/a.mp4", "--look", LIPS, "--out", "{tmp}/r/", "--baseline", "{tmp}/no"], "no baseline"),
        (["{clips}/a.mp4", "--look", LIPS, "--out", "{tmp}/r/", "--fps", "0"], "between 0 and 1000"),
    ],
)
def test_a_mistake_of_the_callers_is_told(
    clips: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    content = (clips / "a.mp4").read_bytes()
    status, _, err = tryon(*(argument.format(clips=clips, tmp=tmp_path) for argument in arguments))
    assert status == 2
    assert sentence in err[-1]
    assert all(line.startswith("tryon: ") for line in err)
    assert (clips / "a.mp4").read_bytes() == content
    assert set(names_in(tmp_path)) <= {"clips", "r"}


def test_gates_and_a_baseline_decide_how_it_ends(clips: Path, tmp_path: Path) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text(
        'frames_min = 1\ntakes_min = 1\n[[gate]]\nname = "found"\nmeasure = "detect.rate"\nmin = 99\n',
        "utf-8",
    )
    before, now = tmp_path / "before", tmp_path / "now"
    assert tryon(clips, "--look", LIPS, "--out", before, "--gates", gates)[0] == 0
    status, told, _ = tryon(clips, "--look", LIPS, "--out", now, "--gates", gates, "--baseline", before)
    assert status == 0, told
    assert load_run(now).baseline == "before"
    gates.write_text(
        gates.read_text("utf-8") + '[[gate]]\nmeasure = "pose.residual_px"\nmax = 0.001\n', "utf-8"
    )
    status, told, _ = tryon(clips, "--look", LIPS, "--out", now, "--gates", gates)
    assert status == 1
    assert "pose.residual_px" in told
    # A gate that fails weighs more than a take that could not run.
    (clips / "c.mp4").write_bytes(b"no video")
    assert tryon(clips, "--look", LIPS, "--out", now, "--gates", gates)[0] == 1
    status, _, _ = tryon(clips / "a.mp4", "--look", LIPS, "--out", tmp_path / "x.mp4", "--gates", gates)
    assert status == 1
    assert (tmp_path / "x.mp4").is_file()


@pytest.mark.slow
def test_ctrl_c_leaves_the_takes_that_are_done(clips: Path, tmp_path: Path, astronaut: U8) -> None:
    with ClipWriter(clips / "z.mp4", 512, 512, 25) as writer:
        for number in range(400):
            writer.write(np.roll(astronaut, number % 9, axis=1), number * 40)
    out = tmp_path / "run"
    command = [sys.executable, "-m", "tryon", "replay", str(clips), "--look", LIPS, "--out", f"{out}/"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ran:
        try:
            until = time.monotonic() + 120
            while not (out / f"b--{LIPS}.jsonl").exists() or not any(out.glob(".z--*")):
                assert time.monotonic() < until
                assert ran.poll() is None
                time.sleep(0.02)
            os.kill(ran.pid, signal.SIGINT)
            _, err = ran.communicate(timeout=60)
        finally:
            ran.kill()
    assert ran.returncode == 130
    assert "tryon: stopped." in err
    assert names_in(out) == sorted(
        [f"{clip}--{LIPS}{ending}" for clip in "ab" for ending in (".jsonl", ".mp4", ".times.jsonl")]
        + ["run.json"]
    )
    kept = json.loads((out / "run.json").read_text("utf-8"))
    assert [take["error"] for take in kept["takes"]] == [None, None]
    assert kept["problems"] == ["The run was stopped after 2 of 3 takes."]


def test_ctrl_c_in_the_midst_of_tidying_up_leaves_nothing_half_written(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: ClipWriter) -> None:
        self._open = False
        raise KeyboardInterrupt

    def failing(self: ClipWriter, bgr: U8, t_ms: float) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(ClipWriter, "abandon", interrupted)
        patch.setattr(ClipWriter, "write", failing)
        status, _, err = tryon(clips, "--look", LIPS, "--out", f"{out}/")
    assert (status, err) == (130, ["tryon: stopped."])
    assert names_in(out) == []
