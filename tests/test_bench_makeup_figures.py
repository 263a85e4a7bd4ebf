"""The command that measures makeup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tryon.bench.makeup_figures import FULL, TITLES, main, table


def test_the_command_prints_and_writes_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    main(["--quick", "--out", str(out)])
    found = json.loads(out.read_text("utf-8"))
    assert set(found) == set(TITLES)
    printed = capsys.readouterr().out
    assert printed == table(found)
    assert all(title in printed for title in TITLES.values())
    assert found["turns"].keys() == {"0", "30"}
    assert found["edges"].keys() == {"still", "talking", "turning"}


def test_everything_is_measured_from_pale_to_dark_and_from_closed_to_wide_open() -> None:
    assert len(FULL.tones) == 6
    assert FULL.parted[0] == 0.0
    assert max(FULL.parted) >= 0.4
    assert min(FULL.yaws) == -max(FULL.yaws) == -45.0
