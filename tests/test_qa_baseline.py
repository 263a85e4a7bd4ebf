"""Baselines: kept whole or not at all, and refused in a sentence where they were damaged."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tryon.errors import BadBaseline
from tryon.qa.baseline import list_baselines, open_baseline, plain_name, save_baseline
from tryon.qa.results import RunResult, TakeResult, Verdict, WorstFrame, load_run, save_run

TAKE = TakeResult(
    key="walk.mp4 × gold",
    clip="walk.mp4",
    look="gold",
    frames=60,
    figures={"jitter.corner_px": 0.3},
    files={
        "video": "walk.mp4",
        "records": "walk.jsonl",
        "times": "walk.times.jsonl",
        "before": "walk.before.mp4",
    },
    sha256="ab" * 32,
)
RUN = RunResult((TAKE,), {"tryon": "0.1.0"})


def make_run(folder: Path, run: RunResult = RUN, content: bytes = b"video") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for take in run.takes:
        for kind, name in take.files.items():
            (folder / name).write_bytes(content if kind == "video" else kind.encode())
    save_run(run, folder)
    return folder


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run")


def files_under(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_baseline_holds_the_run_its_records_and_its_videos(run_folder: Path, tmp_path: Path) -> None:
    saved = save_baseline(run_folder, tmp_path / "kept" / "main")
    assert saved == open_baseline(tmp_path / "kept" / "main")
    assert (saved.name, saved.version) == ("main", "0.1.0")
    assert saved.folder.parent == tmp_path / "kept" / "main"
    assert files_under(saved.folder) == ["run.json", "walk.jsonl", "walk.mp4", "walk.times.jsonl"]
    assert (saved.folder / "walk.mp4").read_bytes() == b"video"
    assert saved.bytes_total == sum(path.stat().st_size for path in saved.folder.iterdir())
    assert "before" not in saved.run.takes[0].files
    shutil.rmtree(run_folder)
    assert open_baseline(tmp_path / "kept" / "main") == saved


def test_what_a_comparison_added_is_not_kept(run_folder: Path, tmp_path: Path) -> None:
    compared = replace(
        TAKE,
        figures={**TAKE.figures, "diff.ssim": 0.9},
        worst=(WorstFrame(1, 33.0, "diff.ssim_min", 0.5), WorstFrame(2, 66.0, "slip.px", 3.0)),
        files={**TAKE.files, "baseline": "walk.baseline.mp4"},
    )
    verdict = Verdict("g", "slip.px", "all", 1.0, 1.0, 1.0, True, "It held.")
    make_run(
        run_folder, replace(RUN, takes=(compared,), verdicts=(verdict,), baseline="old", notes=("A note.",))
    )
    saved = save_baseline(run_folder, tmp_path / "main").run
    assert (saved.verdicts, saved.baseline, saved.notes) == ((), None, ())
    assert saved.takes[0].figures == TAKE.figures
    assert saved.takes[0].worst == (WorstFrame(2, 66.0, "slip.px", 3.0),)
    assert "baseline" not in saved.takes[0].files


def test_a_new_baseline_takes_the_place_of_the_old_one(run_folder: Path, tmp_path: Path) -> None:
    first = save_baseline(run_folder, tmp_path / "main")
    again = save_baseline(run_folder, tmp_path / "main")
    assert again == first, "the same run is the same baseline"
    make_run(run_folder, content=b"another video")
    second = save_baseline(run_folder, tmp_path / "main")
    assert second.folder != first.folder
    assert not first.folder.exists()
    assert sorted(path.name for path in (tmp_path / "main").iterdir()) == [
        "baseline.json",
        second.folder.name,
    ]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    ("step", "kill"), [*((step, True) for step in range(24)), *((step, False) for step in range(0, 24, 4))]
)
def test_whatever_stops_a_save_leaves_one_whole_baseline(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, kill: bool
) -> None:
    """Stop at each system call that writes, renames or syncs, in turn."""
    place = tmp_path / "main"
    old = save_baseline(run_folder, place)
    make_run(run_folder, content=b"another video")
    left = step
    stopped = False

    def wrap(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            nonlocal left, stopped
            left -= 1
            if left < 0 and (kill or not stopped):
                stopped = True
                raise Killed if kill else OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **named)

        return call

    for owner, name in ((os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "open")):
        monkeypatch.setattr(owner, name, wrap(getattr(owner, name)))
    if kill:
        monkeypatch.setattr(shutil, "rmtree", wrap(shutil.rmtree))
    ended: type[BaseException] | None = None
    try:
        save_baseline(run_folder, place)
    except (Killed, BadBaseline) as error:
        ended = type(error)
    monkeypatch.undo()
    found = open_baseline(place)
    video = (found.folder / "walk.mp4").read_bytes()
    assert video in {b"video", b"another video"}
    assert (video == b"video") == (found.folder == old.folder)
    if ended is None:
        assert video == b"another video"
    again = save_baseline(run_folder, place)
    assert (again.folder / "walk.mp4").read_bytes() == b"another video"
    assert sorted(path.name for path in place.iterdir()) == ["baseline.json", again.folder.name]


def test_saving_again_mends_a_damaged_baseline(run_folder: Path, tmp_path: Path) -> None:
    saved = save_baseline(run_folder, tmp_path / "main")
    (saved.folder / "walk.mp4").write_bytes(b"vid")
    with pytest.raises(BadBaseline, match=r"is damaged: walk\.mp4 has 3 bytes instead of 5"):
        open_baseline(tmp_path / "main")
    (saved.folder / "walk.mp4").unlink()
    with pytest.raises(BadBaseline, match=r"is damaged: walk\.mp4 is missing"):
        open_baseline(tmp_path / "main")
    assert save_baseline(run_folder, tmp_path / "main") == saved


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (replace(RUN, takes=()), "has no takes"),
        (
            replace(RUN, takes=(replace(TAKE, error="It broke off."),)),
            r"this run is not\. walk.* It broke off",
        ),
        (replace(RUN, problems=("no.mp4 is not a video.",)), r"must be whole.* no\.mp4 is not a video"),
    ],
)
def test_a_run_that_is_not_whole_is_no_baseline(tmp_path: Path, run: RunResult, sentence: str) -> None:
    make_run(tmp_path / "run", run)
    with pytest.raises(BadBaseline, match=sentence):
        save_baseline(tmp_path / "run", tmp_path / "main")
    assert not (tmp_path / "main").exists()


def test_a_run_without_a_file_of_its_own_is_refused(run_folder: Path, tmp_path: Path) -> None:
    (run_folder / "walk.mp4").unlink()
    with pytest.raises(BadBaseline, match=r"lacks walk\.mp4; run the replay again"):
        save_baseline(run_folder, tmp_path / "main")
    assert list((tmp_path / "main").iterdir()) == []


def test_places_that_a_baseline_must_not_take(run_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadBaseline, match="a folder of its own"):
        save_baseline(run_folder, run_folder)
    with pytest.raises(BadBaseline, match="a folder of its own"):
        save_baseline(run_folder, run_folder / "main")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadBaseline, match="is a file"):
        save_baseline(run_folder, tmp_path / "file")
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").write_text("x")
    with pytest.raises(BadBaseline, match="holds other files"):
        save_baseline(run_folder, tmp_path / "holiday")
    assert files_under(tmp_path / "holiday") == ["beach.jpg"]
    with pytest.raises(BadBaseline, match="cannot be written: not a directory"):
        save_baseline(run_folder, tmp_path / "file" / "main")


def test_names_that_lead_elsewhere_are_refused(run_folder: Path, tmp_path: Path) -> None:
    for name in ("../x", "/etc/passwd", "a\\b", "", ".", "..", "a\0b"):
        with pytest.raises(BadBaseline, match="is no name of a file"):
            plain_name(name)
    run = load_run(run_folder)
    save_run(replace(run, takes=(replace(TAKE, files={"video": "../secret"}),)), run_folder)
    with pytest.raises(BadBaseline, match="no name of a file"):
        save_baseline(run_folder, tmp_path / "main")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema": 99}, "is a baseline of format 99, this version reads format 1"),
        ({"kind": "cake"}, "is no baseline's list of files"),
        ({"folder": "../run"}, "is no baseline's list of files"),
        ({"folder": "takes-0123456789abcdef"}, "is missing"),
        ({"files": {"../../x": 1}}, "no name of a file"),
        ({"more": 1}, "is no baseline's list of files"),
    ],
)
def test_a_list_of_files_that_is_none(
    run_folder: Path, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    save_baseline(run_folder, tmp_path / "main")
    path = tmp_path / "main" / "baseline.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadBaseline, match=sentence):
        open_baseline(tmp_path / "main")


def test_a_run_serves_as_a_baseline_and_nothing_else_does(run_folder: Path, tmp_path: Path) -> None:
    assert open_baseline(run_folder).run == RUN
    for place in (tmp_path, tmp_path / "gone"):
        with pytest.raises(BadBaseline, match="is no baseline; 'tryon qa baseline save"):
            open_baseline(place)


def test_baselines_are_listed_and_damaged_ones_named(run_folder: Path, tmp_path: Path) -> None:
    save_baseline(run_folder, tmp_path / "all" / "main")
    broken = save_baseline(run_folder, tmp_path / "all" / "broken")
    (broken.folder / "walk.mp4").unlink()
    (tmp_path / "all" / "other").mkdir()
    (tmp_path / "all" / "note.txt").write_text("x")
    first, second = list_baselines(tmp_path / "all")
    assert isinstance(first, BadBaseline)
    assert not isinstance(second, BadBaseline)
    assert second.name == "main"
    with pytest.raises(BadBaseline, match="There is no folder"):
        list(list_baselines(tmp_path / "gone"))
