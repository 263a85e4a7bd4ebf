"""The warm-up, and the process beside it that compiles from the other end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from tryon import compiled, warmup
from tryon.config import Settings
from tryon.pipeline import Engine

# Tells what it was told, and stays.
TELLING = "import sys; open({!r}, 'w').write(sys.stdin.readline()); sys.stdin.read()"


def wait_for(path: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if path.exists() and path.read_text("utf-8").endswith("\n"):
            return path.read_text("utf-8")
        time.sleep(0.01)
    raise AssertionError(f"{path.name} was not written")


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compiled, on a machine of two cores."""
    monkeypatch.setattr(compiled, "is_whole", lambda: False)
    monkeypatch.setattr(warmup, "usable_cores", lambda: 2)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a process beside writes: its input's first line."""
    path = tmp_path / "told"
    monkeypatch.setattr(warmup, "_CODE", TELLING.format(str(path)))
    return path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Processes that are started from now on."""
    found: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        found.append(real(*arguments, **options))  # type: ignore[call-overload]
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    return found


@pytest.mark.usefixtures("cold")
def test_the_process_beside_hears_what_matters_and_ends_with_the_block(
    told: Path, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    with warmup.beside(Settings(catalogue_dir=tmp_path, max_faces=3)):
        heard = json.loads(wait_for(told))
        assert started[0].poll() is None
    assert started[0].poll() == -signal.SIGKILL
    assert heard["path"] == sys.path
    assert heard["settings"] == {
        "catalogue_dir": str(tmp_path),
        "horizontal_fov_deg": Settings().horizontal_fov_deg,
        "max_faces": 3,
    }


@pytest.mark.usefixtures("cold")
def test_it_ends_with_a_block_that_fails(told: Path, started: list[subprocess.Popen[bytes]]) -> None:
    def fail() -> None:
        with warmup.beside(Settings()):
            wait_for(told)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert started[0].poll() == -signal.SIGKILL


@pytest.mark.usefixtures("cold")
def test_where_no_process_can_be_started_the_block_runs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with warmup.beside(Settings()):
        pass


@pytest.mark.parametrize(("whole", "cores"), [(True, 2), (False, 1)])
def test_nobody_helps_where_all_is_compiled_or_there_is_one_core(
    whole: bool, cores: int, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "is_whole", lambda: whole)
    monkeypatch.setattr(warmup, "usable_cores", lambda: cores)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started"))
    with warmup.beside(Settings()):
        assert not told.exists()


def test_it_ends_with_whoever_started_it() -> None:
    """The real one: its input ends when that process is gone, however it went."""
    beside = subprocess.Popen([sys.executable, "-c", warmup._CODE], stdin=subprocess.PIPE)
    assert beside.stdin is not None
    # Settings that are wrong: who does not notice the end comes to them, and ends with 1.
    told = {"path": sys.path, "settings": {"max_faces": "none of it"}}
    beside.stdin.write(json.dumps(told).encode() + b"\n")
    beside.stdin.close()
    assert beside.wait(timeout=60) == 0


def test_both_ways_do_the_same_and_the_mark_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[bool] = []
    monkeypatch.setattr(compiled, "mark_whole", lambda: marked.append(True))
    settings, told = Settings(), {}
    for backwards in (False, True):
        engine = Engine(settings)
        steps: list[str] = []
        engine.warm_up(lambda step, _, steps=steps: steps.append(step), backwards=backwards)  # type: ignore[misc]
        engine.close()
        told[backwards] = steps
    assert sorted(told[False]) == sorted(told[True])
    assert told[False].index("compiling eyewear") > told[False].index("compiling garment")
    assert told[True].index("compiling eyewear") < told[True].index("compiling garment")
    assert told[False][-2:] == told[True][-2:] == ["compiling split", "ready"]
    assert marked == [True, True]


def test_a_mark_is_found_and_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kernels" / "set"))
    assert not compiled.is_whole()
    compiled.mark_whole()
    assert compiled.is_whole()
