"""The replaying process itself: the same records as ``tryon replay``, gates, baseline, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import U8
from tryon.pipeline import Engine
from tryon.qa import run as qa_run
from tryon.qa.desk import job
from tryon.qa.desk.files import write_json
from tryon.qa.desk.runs import GATES, Runs
from tryon.qa.desk.shelf import Shelf
from tryon.qa.desk.values import Outcome, Probe, Progress, RunNow, read
from tryon.qa.results import load_run
from tryon.replay.clip import ClipWriter
from tryon.replay.sources import Source
from tryon.replay.takes import plan_folder

FRAMES = 4
GLASSES = "meridian-gunmetal"


class _Kept:
    """The tests' one engine, which a run must not close."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def close(self) -> None: ...


@pytest.fixture
def runs(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setattr(qa_run, "Engine", lambda _settings: _Kept(engine))
    return Runs(Shelf(Settings(qa_dir=tmp_path / "qa")))


@pytest.fixture
def clip_id(runs: Runs, tmp_path: Path, astronaut: U8) -> str:
    path = tmp_path / "clip.mp4"
    with ClipWriter(path, 512, 512, 25) as writer:
        for number in range(FRAMES):
            writer.write(np.roll(astronaut, number, axis=1), number * 40)
    data = path.read_bytes()
    upload = runs.shelf.begin_upload("a walk.mp4", "upload", len(data))
    upload.path.write_bytes(data)
    probe = Probe(512, 512, 25.0, FRAMES, 160.0)
    return runs.shelf.keep_upload(upload, "0" * 64, probe).id


def work(runs: Runs, now: RunNow) -> tuple[Outcome, list[Progress]]:
    """Run it here; its outcome and all that it told on the way."""
    told: list[Progress] = []

    def listen(path: Path, value: object, *, durable: bool = True) -> None:
        write_json(path, value, durable=durable)
        progress = read(Progress, path) if path.name == "progress.json" else None
        if progress is not None:
            told.append(progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "write_json", listen)
        patch.setattr(job, "_TELL_S", 0.0)
        settings = runs.shelf.settings.model_dump(mode="json")
        assert runs.take_next() == now.order
        job.run({"run": now.order.id, "settings": settings})
    outcome = read(Outcome, runs.folder(now.order) / "outcome.json")
    assert outcome is not None
    assert runs.finish_by_outcome(now.order)
    return outcome, told


def test_a_run_writes_what_replay_writes_and_tells_how_far_it_is(
    runs: Runs, clip_id: str, tmp_path: Path, engine: Engine
) -> None:
    looks = [GLASSES, "velvet-lipstick"]
    now = runs.submit(
        clip_id, looks, "own", None, b'frames_min = 1\n[[gate]]\nmeasure = "detect.rate"\nmin = 50\n'
    )
    outcome, told = work(runs, now)
    assert outcome.state == "passed", outcome
    assert [take.look for take in outcome.takes] == looks
    assert ("Frames with a face", "100\u202f%") in outcome.takes[0].figures
    assert {progress.step for progress in told} == {"warming", "take", "report"}
    assert told[-2].frames == told[-2].frames_all == 2 * FRAMES
    assert told[-2].eta_s == 0

    folder = runs.folder(now.order)
    assert "<!doctype html>" in (folder / "report.html").read_text("utf-8")[:20]
    assert "<testsuites" in (folder / "junit.xml").read_text("utf-8")
    other = tmp_path / "other"
    other.mkdir()
    source = Source((runs.shelf.clip_file(runs.shelf.clip(clip_id)),), "a walk.mp4")
    tasks = plan_folder([source], looks, other, before=True)
    from tryon.looks import LookBook

    qa_run.run_takes(tasks, runs.shelf.settings, LookBook())
    for task in tasks:
        assert task.records is not None
        assert (folder / "out" / task.records.name).read_bytes() == task.records.read_bytes()


def test_a_run_is_held_against_a_baseline_without_being_replayed(runs: Runs, clip_id: str) -> None:
    now = runs.submit(clip_id, [GLASSES], "none", None)
    outcome, _ = work(runs, now)
    assert (outcome.state, outcome.sentence) == ("measured", "No gates were held against it.")
    about = runs.save_baseline(now.order.id, "main line")
    records = next((runs.folder(now.order) / "out").glob("*.jsonl"))
    made_ns = records.stat().st_mtime_ns
    again = runs.compare(
        now.order.id, about.id, "own", b'frames_min = 1\n[[gate]]\nmeasure = "diff.ssim"\nmin = 0.99\n'
    )
    outcome, told = work(runs, again)
    assert (outcome.state, outcome.baseline) == ("passed", "main line"), outcome
    assert [progress.step for progress in told] == ["comparing", "report"]
    assert records.stat().st_mtime_ns == made_ns
    assert load_run(runs.folder(now.order) / "out").baseline == "main-line"


def test_what_goes_wrong_is_the_outcomes_sentence(runs: Runs, clip_id: str) -> None:
    short, _ = work(runs, runs.submit(clip_id, [GLASSES], "default", None))
    assert short.state == "measured"
    assert "fewer than 30 frames" in short.sentence
    assert len(short.takes) == 1
    unknown, _ = work(runs, runs.submit(clip_id, ["nope"], "none", None))
    assert unknown.state == "failed"
    assert "nope" in unknown.sentence
    now = runs.submit(clip_id, [GLASSES], "own", None, b"[[gate]]")
    (runs.folder(now.order) / GATES).write_bytes(b"nonsense")
    bad_gates, _ = work(runs, now)
    assert bad_gates.state == "failed"
    broken = runs.submit(clip_id, [GLASSES], "none", None)
    runs.shelf.clip_file(runs.shelf.clip(clip_id)).write_bytes(b"no longer a clip")
    outcome, _ = work(runs, broken)
    assert outcome.state == "failed"
    assert "a walk.mp4" in json.dumps(outcome.sentence)
