"""A run's results: kept and read back as they were, and refused in a sentence where they are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tryon.errors import BadBaseline
from tryon.qa.results import RUN_BYTES_MAX, RunResult, TakeResult, Verdict, WorstFrame, load_run, save_run

TAKE = TakeResult(
    key="walk.mp4 × aviator-gold",
    clip="walk.mp4",
    look="aviator-gold",
    frames=60,
    tags=("dark_skin",),
    figures={"jitter.frame_corner_px": 0.07},
    worst=(WorstFrame(12, 400.0, "slip.px", 1.5),),
    files={"video": "walk.mp4", "records": "walk.jsonl"},
)
VERDICT = Verdict(
    "still", "jitter.frame_corner_px", "all", 0.07, 0.06, 0.35, True, "0.07 px is at most 0.35 px."
)
RUN = RunResult((TAKE,), {"version": "0.1.0"}, (VERDICT,), baseline="main")


def test_a_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    save_run(RUN, tmp_path)
    assert load_run(tmp_path) == RUN


@pytest.mark.parametrize(
    "run",
    [
        replace(RUN, problems=("no.mp4 is not a video.",)),
        replace(RUN, takes=(replace(TAKE, error="It broke off."),)),
        replace(RUN, verdicts=(VERDICT, replace(VERDICT, passed=False))),
    ],
)
def test_a_run_passes_only_when_all_of_it_does(run: RunResult) -> None:
    assert RUN.passed
    assert not run.passed


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBaseline, match=r"no readable run\.json"):
        load_run(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(BadBaseline, match="not a run's results"):
        load_run(tmp_path)
    save_run(replace(RUN, schema=99), tmp_path)
    with pytest.raises(BadBaseline, match="format 99"):
        load_run(tmp_path)
    with (tmp_path / "run.json").open("wb") as file:
        file.truncate(RUN_BYTES_MAX + 1)
    with pytest.raises(BadBaseline, match="larger than any run"):
        load_run(tmp_path)
