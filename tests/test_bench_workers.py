"""The command that measures local workers: takes are run on as many as it says, and a take that fails ends it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

from tryon.bench import workers
from tryon.bench.scene import Scene, moving_portrait
from tryon.config import Settings
from tryon.errors import ClusterFailed
from tryon.qa.cluster import Place, Standing
from tryon.qa.results import RunResult, TakeResult

SETTINGS = Settings(threads=1)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return moving_portrait(85, 8)


def test_takes_run_on_a_worker_and_are_counted(scene: Scene) -> None:
    said: list[str] = []
    found = workers.measure(SETTINGS, scene, said.append, workers=[1], takes=2, rounds=1, loops=1)
    assert list(found) == [1]
    (rate,) = found[1]
    assert rate > 0
    assert said == ["round 1 of 1: 2 takes of 8 frames on 1 worker(s)"]


def test_frames_are_counted_from_the_first_one_told_of(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    """Two workers, each of which takes half the time; what passes before a first frame is left out."""
    now_s = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now_s[0])

    def run_takes(tasks: list[object], settings: Settings, place: Place, *, watch: object) -> RunResult:
        assert callable(watch)
        for passed_s, frames in ((50.0, 0), (9.0, 10), (4.0 / place.workers, 50), (1.0 / place.workers, 60)):
            now_s[0] += passed_s
            watch(Standing(0, len(tasks), frames, 0.0, place.workers))
        return RunResult((), {})

    monkeypatch.setattr(workers, "run_takes", run_takes)
    found = workers.measure(SETTINGS, scene, lambda line: None, rounds=2, loops=1)
    assert found == {1: [10.0, 10.0], 2: [20.0, 20.0]}
    assert "2 over 1: 2.00" in workers.table(found)


def test_a_take_that_fails_ends_it_with_its_sentence(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, tmp_path: Path
) -> None:
    broken = TakeResult("a", "a.mp4", "b", frames=0, error="The disk is full.")
    monkeypatch.setattr(workers, "run_takes", lambda *_, **__: RunResult((broken,), {}))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ClusterFailed, match="The disk is full"):
        workers.measure(SETTINGS, scene, lambda line: None, rounds=1, loops=1)
    assert not list(tmp_path.iterdir())
