"""Where ``tryon replay`` runs its takes, by ``--jobs`` and ``--cluster``; and a run on two processes by the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tryon.cli.replay_run import Wanted, place_of
from tryon.errors import ConfigError
from tryon.frame import U8
from tryon.qa.cluster import Place
from tryon.qa.results import load_run
from tryon.replay.clip import ClipWriter


@pytest.mark.parametrize(
    ("jobs", "cluster", "place"),
    [
        (None, None, None),
        (1, None, None),
        (2, None, Place(2)),
        (None, "local:1", Place(1)),
        (None, "tcp://h:1", Place(address="tcp://h:1")),
    ],
)
def test_places(jobs: int | None, cluster: str | None, place: Place | None) -> None:
    assert place_of(Wanted((), (), jobs=jobs, cluster=cluster)) == place


@pytest.mark.parametrize(
    ("jobs", "cluster", "sentence"),
    [
        (2, "local", "both say where takes run; give one"),
        (0, None, "--jobs 0: between 1 and 64"),
        (65, None, "--jobs 65: between 1 and 64"),
        (None, "here", "neither local"),
    ],
)
def test_what_is_no_place(jobs: int | None, cluster: str | None, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        place_of(Wanted((), (), jobs=jobs, cluster=cluster))


def test_the_command_on_two_processes(tmp_path: Path, astronaut: U8) -> None:
    """One clip is none; the other runs, and the command's status says that something was wrong."""
    with ClipWriter(tmp_path / "good.mp4", 320, 240, 30) as writer:
        for number in range(5):
            picture = np.ascontiguousarray(astronaut[20:260, 60 + number : 380 + number])
            writer.write(picture, number * 1000 / 30)
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    clips = [str(tmp_path / name) for name in ("bad.mp4", "good.mp4")]
    command = [sys.executable, "-m", "tryon", "replay", *clips, "--look", "harbour-black"]
    ended = subprocess.run(
        [*command, "--out", f"{tmp_path / 'run'}/", "--no-pixels", "--jobs", "2"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 3, ended.stderr
    assert ended.stderr.strip().startswith("tryon: bad.mp4 is not a video")
    assert len(ended.stderr.strip().splitlines()) == 1, "no log of Dask's, no native chatter"
    run = load_run(tmp_path / "run")
    assert [take.clip for take in run.takes] == ["bad.mp4", "good.mp4"]
    assert [take.error is None for take in run.takes] == [False, True]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "good--harbour-black.jsonl",
        "good--harbour-black.mp4",
        "good--harbour-black.times.jsonl",
        "run.json",
    ]
