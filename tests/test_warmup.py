"""The warm-up, and the process beside it that compiles from the other end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
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


# The warm-up of a whole engine, which notes what it needs; then that of one in a hurry, and a frame with glasses after
# either part of it. Kernels that were not there yet are what is told.
HURRIED = """
import json, sys, threading
import cv2, numpy as np
from tryon import compiled, preload, warmup
from tryon.config import Settings
from tryon.frame import Frame
from tryon.looks import LookBook, LookItem
from tryon.pipeline import Engine, Pipeline
from tryon.resources import portrait

settings, book = Settings(), LookBook()
if sys.argv[1] == "whole":
    Engine(settings).warm_up(lambda step, share: None)
    sys.exit()
face = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)[:384]
first = {}
for product in book.products():
    first.setdefault(product.kind, book.resolve([LookItem(product.sku)]))

def there():
    return {name: len(each.signatures) for name, each in compiled.kernels().items()}

def worn(kind):
    before, pipeline = there(), Pipeline(settings)
    for number in range(12):
        pipeline.process(Frame(face.copy(), number * 40.0), first[kind], engine)
    return [name for name, count in there().items() if count > before.get(name, 0)]

gate, load = threading.Event(), preload.load
preload.load = lambda types, pause: (gate.wait(), load(types, lambda seconds: False))
engine, steps = Engine(settings, hurried=True), []
engine.warm_up(lambda step, share: steps.append((step, share)))
told = {"steps": steps, "whole": max(there().values()) > 0, "first": worn("eyewear")}
(thread,) = [each for each in threading.enumerate() if each.name == "tryon-preload"]
gate.set()
thread.join()
told["body"] = engine._body is not None
told["others"] = [name for kind in first for name in worn(kind)]
told["compiled"] = sum(sum(each.stats.cache_misses.values()) for each in compiled.kernels().values())
engine.close()
print(json.dumps(told))
"""


def test_one_in_a_hurry_is_warm_for_glasses_first_and_then_for_all() -> None:
    def run(what: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", HURRIED, what], capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run("whole")
    told = json.loads(run("hurried").splitlines()[-1])
    assert [step for step, _ in told["steps"]] == ["finding faces", "drawing a first look", "ready"]
    assert told["first"] == []
    assert told["body"]
    assert told["others"] == []
    assert told["compiled"] == 0


@pytest.mark.usefixtures("cold")
def test_nobody_is_in_a_hurry_where_something_has_to_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "beside", lambda settings: nullcontext())
    monkeypatch.setattr(compiled, "mark_whole", lambda: None)
    engine, steps = Engine(Settings(), hurried=True), list[str]()
    engine.warm_up(lambda step, _: steps.append(step))
    engine.close()
    assert "compiling garment" in steps


def test_a_catalogue_without_products_is_warmed_up_whole(tmp_path: Path) -> None:
    engine = Engine(Settings())
    try:
        assert warmup.warm_up_first(engine, Settings(catalogue_dir=tmp_path), _never, _never) is None
    finally:
        engine.close()


def _never(*_: object) -> None:
    pytest.fail("there is nothing to do")
