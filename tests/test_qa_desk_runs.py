"""Runs of ``/qa``: the queue, what may be done in which state, baselines."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tryon.config import Settings
from tryon.errors import BadBaseline, QaGone, QaRefused
from tryon.qa.desk import runs as module
from tryon.qa.desk.runs import Runs
from tryon.qa.desk.shelf import Shelf
from tryon.qa.desk.values import Clip, Order, Outcome, Probe, StateName, TakeTold
from tryon.qa.results import RunResult, TakeResult, save_run


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(Shelf(Settings(qa_dir=tmp_path / "qa")))


@pytest.fixture
def clip(runs: Runs) -> Clip:
    return put(runs, b"one")


def put(runs: Runs, data: bytes) -> Clip:
    upload = runs.shelf.begin_upload("walk.mp4", "upload", len(data))
    upload.path.write_bytes(data)
    return runs.shelf.keep_upload(upload, hashlib.sha256(data).hexdigest(), Probe(64, 48, 25.0, 10, 400.0))


def end(runs: Runs, order: Order, name: StateName = "measured") -> None:
    """As the replaying process leaves a run, and the keeper after it."""
    out = runs.folder(order) / "out"
    out.mkdir(exist_ok=True)
    (out / "take.jsonl").write_text("{}\n", "utf-8")
    take = TakeResult("walk.mp4 × gold", "walk.mp4", "gold", 10, files={"records": "take.jsonl"})
    save_run(RunResult((take,), {"tryon": "0.1.0"}), out)
    outcome = Outcome(name, "So it was.", (TakeTold("gold", 10, figures=(("Faces", "100 %"),)),))
    (runs.folder(order) / "outcome.json").write_text(json.dumps(asdict(outcome)), "utf-8")
    assert runs.take_next() == order
    assert runs.finish_by_outcome(order)


def test_runs_wait_in_order_and_one_is_taken_at_a_time(runs: Runs, clip: Clip) -> None:
    first = runs.submit(clip.id, ["gold"], "default", None)
    second = runs.submit(clip.id, ["gold", "red"], "none", None)
    assert [now.state.name for now in runs.all()] == ["waiting", "waiting"]
    assert runs.take_next() == first.order
    assert runs.get(first.order.id).state.name == "running"
    assert runs.take_next() == second.order
    assert runs.take_next() is None
    assert [now.order.id for now in runs.all()] == [second.order.id, first.order.id]


def test_the_queue_is_bounded(runs: Runs, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 2)
    for _ in range(2):
        runs.submit(clip.id, ["gold"], "none", None)
    with pytest.raises(QaRefused, match="2 runs wait"):
        runs.submit(clip.id, ["gold"], "none", None)
    monkeypatch.setattr(module, "RUNS_MAX", 2)
    with pytest.raises(QaRefused, match="delete some"):
        runs.submit(clip.id, ["gold"], "none", None)


@pytest.mark.parametrize("looks", [[], ["gold"] * (module.LOOKS_MAX + 1)], ids=["none", "too many"])
def test_looks_are_bounded(runs: Runs, clip: Clip, looks: list[str]) -> None:
    with pytest.raises(QaRefused, match=f"1 to {module.LOOKS_MAX} looks"):
        runs.submit(clip.id, looks, "none", None)


def test_a_waiting_run_that_is_cancelled_never_begins(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    assert runs.cancel(run.order.id).state.name == "cancelled"
    assert runs.take_next() is None
    with pytest.raises(QaRefused, match="ended already"):
        runs.cancel(run.order.id)


def test_a_run_under_way_is_asked_to_stop(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    runs.take_next()
    assert runs.cancel(run.order.id).state.name == "running"
    assert (runs.folder(run.order) / module.CANCEL).exists()
    with pytest.raises(QaRefused, match="not ended"):
        runs.again(run.order.id)


def test_what_came_to_nothing_runs_again_in_its_place(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    runs.cancel(run.order.id)
    again = runs.again(run.order.id)
    assert (again.order.id, again.state.name) == (run.order.id, "waiting")
    assert len(runs.all()) == 1


def test_what_was_measured_runs_again_beside_it(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "own", None, b"own = 1")
    end(runs, run.order)
    again = runs.again(run.order.id)
    assert again.order.id != run.order.id
    assert (runs.folder(again.order) / module.GATES).read_bytes() == b"own = 1"
    assert runs.get(run.order.id).outcome is not None


def test_a_restart_finds_what_was_under_way(runs: Runs, clip: Clip) -> None:
    cut, done = (runs.submit(clip.id, ["gold"], "none", None).order for _ in range(2))
    runs.take_next()
    runs.take_next()
    outcome = Outcome("passed", "All gates held.")
    (runs.folder(done) / "outcome.json").write_text(json.dumps(asdict(outcome)), "utf-8")
    Runs(Shelf(runs.shelf.settings)).recover()
    state = runs.get(cut.id).state
    assert (state.name, state.sentence[:18]) == ("interrupted", "The server stopped")
    assert runs.get(done.id).state.name == "passed"
    assert runs.again(cut.id).state.name == "waiting"


def test_a_run_is_kept_as_a_baseline_and_others_are_held_against_it(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    with pytest.raises(QaRefused, match="measured"):
        runs.save_baseline(run.order.id, "main")
    end(runs, run.order)
    about = runs.save_baseline(run.order.id, " main \n line ")
    assert about.name == "main line"
    assert runs.baselines() == [about]
    later = runs.submit(clip.id, ["gold"], "default", about.id)
    found = runs.baseline_files(later.order)
    assert found is not None
    assert found[0].name == "main-line"
    assert (found[0] / "baseline.json").is_file()
    compared = runs.compare(run.order.id, about.id, "default")
    assert compared.order.compare_only
    assert (compared.state.name, compared.outcome) == ("waiting", None)
    runs.delete_baseline(about.id)
    assert runs.baselines() == []
    with pytest.raises(QaGone):
        runs.baseline_files(later.order)
    with pytest.raises(QaGone):
        runs.submit(clip.id, ["gold"], "default", about.id)


def test_a_baseline_needs_a_name_and_a_whole_run(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    end(runs, run.order)
    with pytest.raises(QaRefused, match="a name"):
        runs.save_baseline(run.order.id, " \n")
    (runs.folder(run.order) / "out" / "take.jsonl").unlink()
    with pytest.raises(BadBaseline):
        runs.save_baseline(run.order.id, "main")
    assert list((runs.shelf.clip_folder(clip) / "baselines").iterdir()) == []


def test_a_baseline_is_for_clips_of_the_same_bytes(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    end(runs, run.order)
    about = runs.save_baseline(run.order.id, "main")
    same, other = put(runs, b"one"), put(runs, b"two")
    assert runs.submit(same.id, ["gold"], "default", about.id).order.baseline == about.id
    with pytest.raises(QaRefused, match="another clip"):
        runs.submit(other.id, ["gold"], "default", about.id)


def test_a_deleted_run_is_gone(runs: Runs, clip: Clip) -> None:
    run = runs.submit(clip.id, ["gold"], "none", None)
    runs.take_next()
    runs.delete(run.order.id)
    runs.finish(run.order, "failed", "too late")
    assert runs.all() == []
    assert not runs.folder(run.order).exists()
    for refused in (runs.get, runs.delete, runs.cancel, runs.again):
        with pytest.raises(QaGone):
            refused(run.order.id)
