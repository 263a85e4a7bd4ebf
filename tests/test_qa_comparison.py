"""A run held against gates and a baseline, with real videos: what is compared, what is refused, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tryon.errors import BadBaseline
from tryon.frame import U8
from tryon.qa.baseline import open_baseline, save_baseline
from tryon.qa.comparison import compare_run, gate_run
from tryon.qa.gates import Gates
from tryon.qa.results import RunResult, TakeResult, Verdict, load_run, save_run
from tryon.replay.clip import ClipWriter

GATES = Gates.model_validate(
    {
        "frames_min": 1,
        "gate": [
            {"name": "still", "measure": "jitter.corner_px", "max": 1, "worse_by": 0.1},
            {"name": "alike", "measure": "diff.ssim", "min": 0.98, "strata": ["take"]},
        ],
    }
)
HERE = {"tryon": "0.2.0", "system": "Linux", "cpu": "A", "cores": "2"}


def take(name: str, value: float, *tags: str, sha256: str = "ab" * 32) -> TakeResult:
    key = f"{name}.mp4 × gold"
    return TakeResult(key, f"{name}.mp4", "gold", 4, tags, {"jitter.corner_px": value}, sha256=sha256)


@pytest.fixture
def make(tmp_path: Path, astronaut: U8) -> Callable[..., Path]:
    """A run's folder with a small video a take; ``brighter`` adds codes to every pixel."""

    def run(name: str, *takes: TakeResult, brighter: int = 0, **more: object) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        picture = np.clip(astronaut[100:228, 160:288].astype(int) + brighter, 0, 255).astype(np.uint8)
        made = []
        for one in takes:
            video = f"{one.clip.removesuffix('.mp4')}-gold.mp4"
            with ClipWriter(folder / video, 128, 128, 25) as writer:
                for number in range(4):
                    writer.write(picture, number * 40)
            made.append(replace(one, files={"video": video}))
        save_run(replace(RunResult(tuple(made), HERE), **more), folder)  # type: ignore[arg-type]
        return folder

    return run


def named(run: RunResult) -> dict[tuple[str, str], Verdict]:
    return {(verdict.gate, verdict.stratum): verdict for verdict in run.verdicts}


def test_a_run_against_itself_passes_and_its_pictures_are_the_same(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make("run", take("walk", 0.3, "dim"), take("nod", 0.4))
    save_baseline(folder, tmp_path / "main")
    told: list[tuple[str, int, int]] = []
    run = compare_run(folder, tmp_path / "main", GATES, lambda *step: told.append(step))
    assert run.passed
    assert run.baseline == "main"
    assert run.notes == ()
    assert told == [("walk.mp4 × gold", 1, 2), ("nod.mp4 × gold", 2, 2)]
    assert run.takes[0].figures["diff.ssim"] == 1
    assert run.takes[0].figures["diff.changed_percent"] == 0
    assert set(named(run)) >= {("still", "tag:dim"), ("alike", "take:nod.mp4 × gold")}
    assert load_run(folder) == run
    assert run.takes[0].files["baseline"] == "walk-gold.baseline.mp4"
    kept = open_baseline(tmp_path / "main").folder / "walk-gold.mp4"
    assert (folder / "walk-gold.baseline.mp4").read_bytes() == kept.read_bytes()


def test_comparing_again_and_gating_leave_nothing_behind(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("run", take("walk", 0.3))
    save_baseline(folder, tmp_path / "main")
    first = compare_run(folder, tmp_path / "main", GATES)
    assert compare_run(folder, tmp_path / "main", GATES) == first
    gated = gate_run(folder, GATES)
    assert gated.baseline is None
    assert "baseline" not in gated.takes[0].files
    assert not any(key.startswith("diff.") for key in gated.takes[0].figures)
    assert gated.notes == ("Gates that need a baseline and were not held: 1.",)


def test_another_picture_is_found_and_its_worst_frames_named(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    save_baseline(make("old", take("walk", 0.3)), tmp_path / "main")
    run = compare_run(make("new", take("walk", 0.3), brighter=40), tmp_path / "main", GATES)
    one = run.takes[0]
    assert one.figures["diff.de00_p50"] > 3
    assert one.figures["diff.changed_percent"] > 90
    assert any(frame.measure.startswith("diff.") for frame in one.worst)
    assert not named(run)["alike", "take:walk.mp4 × gold"].passed
    assert named(run)["still", "all"].passed


def test_a_take_of_another_clip_is_refused_and_the_others_go_on(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    save_baseline(make("old", take("walk", 0.3), take("nod", 0.3), take("gone", 0.3)), tmp_path / "main")
    now = make("new", take("walk", 0.9), take("nod", 0.35, sha256="cd" * 32), take("more", 0.2))
    run = compare_run(now, tmp_path / "main", GATES)
    verdicts = named(run)
    other = verdicts["baseline", "take:nod.mp4 × gold"]
    assert not other.passed
    assert other.sentence == (
        "nod.mp4 × gold: nod.mp4 is another clip than the one of this name in the baseline; "
        "rename it, or save a new baseline."
    )
    assert "this run has not; replay it" in verdicts["baseline", "take:gone.mp4 × gold"].sentence
    assert not verdicts["still", "take:walk.mp4 × gold"].passed
    assert verdicts["still", "take:walk.mp4 × gold"].baseline == 0.3
    assert verdicts["still", "take:nod.mp4 × gold"].baseline is None
    assert verdicts["still", "take:more.mp4 × gold"].passed
    assert run.notes == ("Held to absolute limits alone, for the baseline has them not: more.mp4 × gold.",)
    assert not run.passed


def test_another_version_machine_and_length_are_told_and_compared(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    save_baseline(
        make("old", replace(take("walk", 0.3), frames=5), environment={**HERE, "tryon": "0.1.0", "cpu": "B"}),
        tmp_path / "main",
    )
    run = compare_run(make("new", take("walk", 0.3)), tmp_path / "main", GATES)
    assert run.passed
    assert run.notes[0] == "Not as in the baseline main: tryon 0.2.0 (was 0.1.0), cpu A (was B)."
    assert run.notes[1] == "walk.mp4 × gold has 4 frames, the baseline's 5."
    assert run.notes[2].startswith("The baseline was measured on another machine")


def test_a_video_that_cannot_be_read_fails_its_take_alone(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("run", take("walk", 0.3), take("nod", 0.3))
    save_baseline(folder, tmp_path / "main")
    (folder / "walk-gold.mp4").write_text("no video\n" * 100)
    (folder / "nod-gold.mp4").unlink()
    run = compare_run(folder, tmp_path / "main", GATES)
    for key in ("walk.mp4 × gold", "nod.mp4 × gold"):
        refused = named(run)["baseline", f"take:{key}"]
        assert "the pictures could not be compared with the baseline's." in refused.sentence
        assert str(tmp_path) not in refused.sentence.split("compared")[0]
        assert named(run)["still", f"take:{key}"].passed
    assert not run.passed


def test_without_videos_the_figures_are_compared(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("run", take("walk", 0.3))
    run = load_run(folder)
    save_run(replace(run, takes=tuple(replace(one, files={}) for one in run.takes)), folder)
    save_baseline(folder, tmp_path / "main")
    compared = compare_run(folder, tmp_path / "main", GATES)
    assert compared.passed
    assert compared.notes[0] == (
        "No pictures were compared, for there is no video on both sides: walk.mp4 × gold."
    )


def test_a_take_that_broke_off_is_not_compared_and_fails_the_run(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    save_baseline(make("old", take("walk", 0.3), take("nod", 0.3)), tmp_path / "main")
    now = make("new", replace(take("walk", 0.3), error="It broke off."), take("nod", 0.3))
    run = compare_run(now, tmp_path / "main", GATES)
    assert all(verdict.passed for verdict in run.verdicts)
    assert not any("walk" in verdict.stratum for verdict in run.verdicts)
    assert not run.passed


def test_what_cannot_be_compared_at_all(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("run", take("walk", 0.3))
    save_baseline(make("old", take("nod", 0.3)), tmp_path / "main")
    with pytest.raises(
        BadBaseline, match=r"no take in common: the run has walk\.mp4 × gold, the baseline nod"
    ):
        compare_run(folder, tmp_path / "main", GATES)
    with pytest.raises(BadBaseline, match="is a baseline; name the run's folder first"):
        compare_run(tmp_path / "main", folder, GATES)
    with pytest.raises(BadBaseline, match=r"holds no run: it has no readable run\.json"):
        compare_run(tmp_path / "gone", tmp_path / "main", GATES)
    with pytest.raises(BadBaseline, match="is no baseline"):
        compare_run(folder, tmp_path / "gone", GATES)
    idle = Gates.model_validate({"gate": [{"name": "g", "measure": "slip.px", "max": 1, "looks": ["none"]}]})
    with pytest.raises(BadBaseline, match=r"No gate could be held against this run\. Not held, because"):
        gate_run(folder, idle)


def test_a_names_path_that_leads_elsewhere_is_refused(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("run", take("walk", 0.3))
    save_baseline(folder, tmp_path / "main")
    run = load_run(folder)
    save_run(replace(run, takes=(replace(run.takes[0], files={"video": "../x.mp4"}),)), folder)
    told = compare_run(folder, tmp_path / "main", GATES)
    assert "no name of a file" in named(told)["baseline", "take:walk.mp4 × gold"].sentence


def test_a_video_that_was_cut_fails_its_take(
    make: Callable[..., Path], tmp_path: Path, astronaut: U8
) -> None:
    folder = make("run", take("walk", 0.3))
    save_baseline(folder, tmp_path / "main")
    with ClipWriter(folder / "walk-gold.mp4", 128, 128, 25) as writer:
        for number in range(2):
            writer.write(np.ascontiguousarray(astronaut[100:228, 160:288]), number * 40)
    run = compare_run(folder, tmp_path / "main", GATES)
    assert "has 2 frames more; one was cut" in named(run)["baseline", "take:walk.mp4 × gold"].sentence
    assert run.takes[0].figures["diff.ssim"] > 0.9
