"""``tryon qa gate`` and ``tryon qa baseline`` as a person or a CI job meets them: output, files, exit status."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from tryon.cli import app
from tryon.qa.results import RunResult, TakeResult, load_run, save_run

GATES = """frames_min = 1
[[gate]]
name = "still"
measure = "jitter.corner_px"
max = 1
worse_by = 0.1
"""
TAKE = TakeResult(
    "walk.mp4 × gold",
    "walk.mp4",
    "gold",
    60,
    ("dim",),
    {"jitter.corner_px": 0.3},
    files={"records": "walk.jsonl"},
    sha256="ab" * 32,
)


def tryon(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    path = tmp_path / "gates.toml"
    path.write_text(GATES)
    return path


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", 0.3)


def make_run(folder: Path, corner_px: float) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "walk.jsonl").write_text("{}\n")
    take = replace(TAKE, figures={"jitter.corner_px": corner_px})
    save_run(RunResult((take,), {"tryon": "0.1.0", "cpu": "A"}), folder)
    return folder


def test_a_run_that_holds_ends_with_0(run_folder: Path, gates: Path) -> None:
    status, out, err = tryon("qa", "gate", run_folder, "--gates", gates)
    assert (status, err) == (0, "")
    assert "the gate held" in out
    assert "tag:dim" in out
    assert "is allowed" not in out, "what held is counted, not told"
    assert len(load_run(run_folder).verdicts) == 3
    _, out, _ = tryon("qa", "gate", run_folder, "--gates", gates, "--all")
    assert "0.30 px in walk.mp4 × gold; at most 1.00 px is allowed." in out


def test_a_gate_that_fails_ends_with_1_and_writes_what_ci_reads(
    run_folder: Path, gates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tryon("qa", "baseline", "save", run_folder, tmp_path / "main")[0] == 0
    step = tmp_path / "step.md"
    step.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    now = make_run(tmp_path / "now", 0.62)
    status, out, err = tryon(
        "qa", "baseline", "compare", now, tmp_path / "main", "--gates", gates,
        "--junit", tmp_path / "junit.xml", "--summary", tmp_path / "summary.md", "--step-summary",
    )  # fmt: skip
    assert (status, err) == (1, "")
    assert "0.62 px in tag:dim, 0.32 px worse than the baseline's 0.30 px; at most 0.10 px worse" in out
    assert "1 of 1 gates failed, in 3 of 3 groups" in out
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own
    assert [suite.attrib["name"] for suite in root] == ["takes", "all", "tag:dim", "take:walk.mp4 × gold"]
    assert len(list(root.iter("failure"))) == 3
    page = (tmp_path / "summary.md").read_text("utf-8")
    assert page.startswith("## Tryon QA: 1 of 1 gates failed")
    assert step.read_text("utf-8") == "before\n" + page
    assert load_run(now).baseline == "main"


def test_a_take_that_broke_off_ends_with_1(run_folder: Path, gates: Path) -> None:
    run = load_run(run_folder)
    broken = replace(TAKE, key="nod × gold", error="nod.mp4 broke off [here].")
    save_run(replace(run, takes=(*run.takes, broken), problems=("no.mp4 is not a video.",)), run_folder)
    status, out, _ = tryon("qa", "gate", run_folder, "--gates", gates)
    assert status == 1
    assert "nod × gold: nod.mp4 broke off [here]." in out
    assert "no.mp4 is not a video." in out
    assert "the gate held; 2 of 3 takes did not run" in out


def test_baselines_are_saved_listed_and_shown(run_folder: Path, tmp_path: Path) -> None:
    status, out, err = tryon("qa", "baseline", "save", run_folder, tmp_path / "all" / "main")
    assert (status, err) == (0, "")
    assert out.endswith("main: takes 1, 0.0 MB, Tryon 0.1.0\n")
    (tmp_path / "all" / "broken").mkdir()
    (tmp_path / "all" / "broken" / "baseline.json").write_text("{}")
    status, out, err = tryon("qa", "baseline", "list", tmp_path / "all")
    assert status == 0
    assert out.splitlines()[1].split() == ["main", "0.1.0", "1", "60", "0.0"]
    assert "broken/baseline.json is no baseline's list of files" in err
    status, out, _ = tryon("qa", "baseline", "show", tmp_path / "all" / "main")
    assert status == 0
    assert "walk.mp4 × gold" in out
    assert "cpu A" in out


def test_the_gates_that_come_with_tryon_are_printed_and_ones_own_checked(gates: Path) -> None:
    status, out, _ = tryon("qa", "gates")
    assert status == 0
    assert out.count("[[gate]]") > 10
    assert tryon("qa", "gates", gates) == (0, GATES, "")
    gates.write_text(GATES.replace("corner_px", "corner"))
    status, out, err = tryon("qa", "gates", gates)
    assert (status, out) == (2, "")
    assert "did you mean 'jitter.corner_px'?" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gate", "{tmp}/gone"], "holds no run"),
        (["gate", "{run}", "--gates", "{tmp}/gone.toml"], "cannot be read: no such file"),
        (
            ["gate", "{run}", "--gates", "{gates}", "--junit", "{tmp}/gone/j.xml"],
            "cannot be written: no such file",
        ),
        (["gate", "{run}", "--gates", "{gates}", "--summary", "{tmp}"], "cannot be written: is a directory"),
        (["gate", "{run}", "--gates", "{gates}", "--step-summary"], "needs GITHUB_STEP_SUMMARY"),
        (["baseline", "save", "{run}", "{run}"], "a folder of its own"),
        (["baseline", "save", "{tmp}/gone", "{tmp}/main"], "holds no run"),
        (["baseline", "compare", "{run}", "{tmp}/gone"], "is no baseline"),
        (["baseline", "list", "{tmp}/gone"], "There is no folder"),
        (["baseline", "show", "{tmp}"], "is no baseline"),
    ],
)
def test_a_callers_mistake_is_one_sentence_and_ends_with_2(
    run_folder: Path,
    gates: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    filled = [one.format(tmp=tmp_path, run=run_folder, gates=gates) for one in arguments]
    status, _, err = tryon("qa", *filled)
    assert status == 2
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert err.startswith("tryon: ")


def test_gating_is_quick_because_nothing_heavy_is_imported(run_folder: Path, gates: Path) -> None:
    code = (
        "import sys; from tryon.cli import app\n"
        f"try: app(['qa', 'gate', {str(run_folder)!r}, '--gates', {str(gates)!r}])\nexcept SystemExit: pass\n"
        "print(sorted({'mediapipe', 'cv2', 'numba', 'av', 'aiohttp', 'numpy'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
