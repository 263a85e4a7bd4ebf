"""The Markdown beside a CI job: failures first, nothing in it that a name could have smuggled in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.qa.results import RunResult, TakeResult, Verdict
from tryon.qa.summary import broken, headline, summary

HELD = Verdict("still", "jitter.corner_px", "all", 0.1, None, 0.35, True, "0.1 px is at most 0.35 px.")
FAILED = replace(HELD, gate="prompt", stratum="tag:dark_skin", passed=False, sentence="60 ms is too long.")
ABSENT = replace(HELD, value=None, stratum="take:a × b", sentence="no figure.")
TAKE = TakeResult("a × b", "a", "b", 60)
RUN = RunResult(
    (TAKE,), {"tryon": "0.1.0"}, (HELD, FAILED, ABSENT), baseline="main", notes=("tag:dim is small.",)
)


def test_what_failed_comes_first() -> None:
    page = summary(RUN)
    assert page.startswith("## Tryon QA: 1 of 2 gates failed, in 1 of 3 groups\n")
    assert "Held against the baseline main." in page
    assert "| prompt | tag:dark\\_skin | 60 ms is too long. |" in page
    assert (
        page.index("What failed") < page.index("Notes") < page.index("All 3 verdicts") < page.index("0.1.0")
    )
    assert [line.split(" | ")[0] for line in page.splitlines() if "|" in line and "×" in line] == [
        "| no figure"
    ]
    assert page.count("<details>") == page.count("</details>") == 2


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (replace(RUN, verdicts=(HELD,)), "the gate held"),
        (replace(RUN, verdicts=(HELD, replace(HELD, gate="g"))), "all 2 gates held"),
        (replace(RUN, verdicts=(HELD, replace(ABSENT, gate="g"))), "the gate held, 1 had no figure"),
        (replace(RUN, verdicts=(ABSENT,)), "no gate was held, 1 had no figure"),
        (
            replace(RUN, verdicts=(HELD, replace(ABSENT, passed=False))),
            "1 of 1 gates failed, in 1 of 2 groups",
        ),
        (replace(RUN, verdicts=()), "no gate was held"),
        (
            replace(RUN, verdicts=(HELD,), takes=(TAKE, replace(TAKE, error="It broke."))),
            "the gate held; 1 of 2 takes did not run",
        ),
        (replace(RUN, verdicts=(HELD,), problems=("no video.",)), "the gate held; 1 of 2 takes did not run"),
    ],
)
def test_headlines(run: RunResult, told: str) -> None:
    assert headline(run) == told


def test_what_did_not_run_is_told() -> None:
    run = replace(RUN, takes=(replace(TAKE, error="It broke off."),), problems=("x is no video.",))
    assert broken(run) == ["x is no video.", "a × b: It broke off."]
    assert "- x is no video.\n- a × b: It broke off.\n" in summary(run)


def test_a_name_brings_no_markup_of_its_own() -> None:
    nasty = "</details> | `x` [a](b) @someone #12 **b**\n# head\x1b[0m <img src=x>"
    page = summary(replace(RUN, verdicts=(replace(FAILED, sentence=nasty),)))
    row = next(line for line in page.splitlines() if "someone" in line)
    assert row.startswith("| prompt | ")
    assert "&lt;/details&gt; \\| \\`x\\` \\[a\\]\\(b\\) &#64;someone \\#12" in row
    assert "<img" not in page
    assert "\x1b" not in page
    assert page.count("</details>") == 2


def test_long_runs_stay_within_what_github_takes() -> None:
    many = tuple(replace(FAILED, sentence="x" * 5000) for _ in range(2000))
    page = summary(replace(RUN, verdicts=many))
    assert len(page.encode()) < 1024 * 1024
    assert "… and 1600 more." in page


@given(st.text())
def test_any_text_stays_in_its_cell(text: str) -> None:
    page = summary(replace(RUN, verdicts=(replace(FAILED, sentence=text),)))
    row = next(line for line in page.splitlines() if line.startswith("| prompt"))
    assert len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", row))) == 4
