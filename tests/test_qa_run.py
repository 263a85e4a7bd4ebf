"""Runs: measured takes, their files, and ``run.json``."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import psutil
import pytest

from tryon.config import Settings, load_settings
from tryon.errors import BadClip
from tryon.frame import U8
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.qa.results import RUN_FILE, load_run
from tryon.qa.run import TakeDone, keep_run, make_folder, measured_take, run_of, run_takes
from tryon.replay.clip import ClipWriter
from tryon.replay.sources import Source, find_sources
from tryon.replay.takes import TakeTask, plan_folder

GLASSES = "meridian-gunmetal"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


def record(path: Path, astronaut: U8, frames: int = 4) -> Path:
    with ClipWriter(path, 512, 512, 25) as writer:
        for number in range(frames):
            writer.write(np.roll(astronaut, number, axis=1), number * 40)
    return path


def test_a_take_is_measured_while_it_runs(
    tmp_path: Path, astronaut: U8, engine: Engine, book: LookBook, settings: Settings
) -> None:
    clip = record(tmp_path / "in.mp4", astronaut)
    clip.with_name("in.mp4.toml").write_text('tags = ["still"]\n', "utf-8")
    folder = tmp_path / "run"
    folder.mkdir()
    (task,) = plan_folder(find_sources([str(clip)]), [f"{GLASSES},velvet-lipstick"], folder, before=True)
    done = measured_take(task, engine, settings, book)
    result = done.result
    assert (result.key, result.frames, result.error, result.warning) == (task.key, 4, None, None)
    assert result.figures["detect.rate"] == 100
    assert result.figures["latency.perceive.p50_ms"] > 0
    assert "leak.px" in result.figures
    assert result.kinds == ("eyewear", "makeup")
    assert result.tags == ("still",)
    assert len(result.sha256) == 64
    assert set(result.files) == {"video", "before", "records", "times"}
    assert sorted(result.files.values()) == sorted(path.name for path in folder.iterdir())
    assert pickle.loads(pickle.dumps(done)) == done  # noqa: S301 - our own bytes


def test_what_goes_wrong_with_one_take_leaves_the_others(
    tmp_path: Path, astronaut: U8, book: LookBook, settings: Settings
) -> None:
    record(tmp_path / "a.mp4", astronaut, 2)
    (tmp_path / "b.mp4").write_bytes(b"no video")
    record(tmp_path / "c.mp4", astronaut, 2)
    (tmp_path / "c.mp4.truth.jsonl").write_bytes(b"no truth")
    sources = find_sources([str(tmp_path / f"{name}.mp4") for name in "abc"])
    folder = tmp_path / "run"
    tasks = plan_folder(sources, [GLASSES, "no-such"], folder, probes=False)
    make_folder(folder, tasks)
    begun: list[tuple[int, int, str]] = []
    ended: list[TakeDone] = []
    run = run_takes(
        tasks,
        settings,
        book,
        problems=["gone.mp4 was not there."],
        begins=lambda number, of, task: begun.append((number, of, task.key)),
        ended=ended.append,
    )
    keep_run(run, folder)
    assert begun == [(number, 6, task.key) for number, task in enumerate(tasks, 1)]
    assert tuple(done.result for done in ended) == run.takes
    told = {take.key: take.error for take in run.takes}
    assert told.pop(f"a.mp4 × {GLASSES}") is None
    assert "not a video" in (told.pop(f"b.mp4 × {GLASSES}") or "")
    assert "c.mp4.truth.jsonl" in (told.pop(f"c.mp4 × {GLASSES}") or "")
    assert all(error for error in told.values())
    assert not run.passed
    assert load_run(folder) == run
    assert sorted(path.name for path in folder.iterdir()) == [
        f"a--{GLASSES}.jsonl",
        f"a--{GLASSES}.mp4",
        f"a--{GLASSES}.times.jsonl",
        RUN_FILE,
    ]


def test_a_run_tells_where_it_ran(settings: Settings) -> None:
    assert run_of([], settings).environment["horizontal_fov_deg"] == "63"
    assert "realtime" not in run_of([], settings).environment
    assert run_of([], settings, realtime=True).environment["realtime"] == "yes"


def test_a_folder_loses_a_former_runs_results(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / RUN_FILE).write_bytes(b"{}")
    make_folder(tmp_path / "run", [])
    assert list((tmp_path / "run").iterdir()) == []


def test_the_clips_own_folder_is_refused(tmp_path: Path) -> None:
    task = TakeTask(Source((tmp_path / "in.mp4",), "in.mp4"), GLASSES)
    with pytest.raises(BadClip, match=r"in\.mp4 lies in .* itself"):
        make_folder(tmp_path, [task])


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadClip, match="cannot be written"):
        make_folder(tmp_path / "file" / "run", [])
    with pytest.raises(BadClip, match="cannot be written: no such file"):
        keep_run(run_of([], settings), tmp_path / "gone")


def test_memory_does_not_grow_with_the_clip(
    tmp_path: Path, engine: Engine, book: LookBook, settings: Settings
) -> None:
    process = psutil.Process()
    frames = 400
    picture = np.random.default_rng(5).integers(60, 160, (240, 320, 3), np.uint8)

    def run(count: int) -> None:
        clip = tmp_path / f"{count}.mp4"
        with ClipWriter(clip, 320, 240, 25) as writer:
            for number in range(count):
                writer.write(picture, number * 40)
        (task,) = plan_folder(find_sources([str(clip)]), [GLASSES], tmp_path, before=True)
        assert measured_take(task, engine, settings, book).result.frames == count

    run(20)
    before_mb = process.memory_info().rss / 1e6
    run(frames)
    grown_mb = process.memory_info().rss / 1e6 - before_mb
    # Whoever keeps the pictures keeps 92 MB, before and after the product is on.
    assert grown_mb < 0.25 * frames * picture.nbytes / 1e6
