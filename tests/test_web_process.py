"""What the first process knows of a worker: its start, its end, and what it has said."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tryon.config import Settings
from tryon.web.process import WorkerProcess


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("raise SystemExit(3)", "status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("print()", "status 0"),
    ],
)
def test_how_it_ended_is_told_in_words(code: str, how: str) -> None:
    def brief(_descriptor: int) -> Sequence[str]:
        return sys.executable, "-S", "-c", f"import sys; sys.stdin.read(); {code}"

    worker = WorkerProcess(Settings(processes=1), brief)
    assert (worker.ready, worker.load) == (False, 0)
    until_s = time.monotonic() + 20
    while not worker.ended():
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert worker.how == how
    with pytest.raises(EOFError):
        worker.hear()
    left, right = socket.socketpair()
    with left, right:
        assert not worker.take(left, promised=True)
    assert worker.load == 0
    worker.channel.close()


def test_a_command_that_is_not_there_is_an_error_and_leaves_nothing_open() -> None:
    with pytest.raises(FileNotFoundError):
        WorkerProcess(Settings(processes=1), lambda _: ("/no/such/python",))


def test_settings_arrive_as_they_are(tmp_path: Path) -> None:
    given = Settings(
        processes=1,
        threads=3,
        reply="whole",
        allowed_origins=("https://shop.example", "null"),
        cache_dir=tmp_path,
        catalogue_dir=tmp_path / "products",
        horizontal_fov_deg=70.5,
    )
    told = json.loads(json.dumps(given.model_dump(mode="json")))
    assert Settings(**told) == given
    assert set(told) == set(Settings.model_fields)
