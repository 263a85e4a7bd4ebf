"""Notes of kernels, and loading what they name."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pytest

from tryon import compiled, preload

NOTHING: Callable[[float], bool] = lambda _seconds: False  # noqa: E731

# Notes one kernel with its machine code, or loads what is noted, and tells what was done by whom.
PROGRAM = """
import sys, numpy as np
from tryon import compiled, preload
from tryon.perception.face import _box, region_of
if sys.argv[1] == "note":
    region_of(np.ones((478, 3), np.float32))
    preload.note(["eyewear"])
    compiled.mark_whole()
else:
    found = preload.noted(["eyewear"])
    preload.load(found.types, lambda seconds: False)
    before = len(_box.signatures)
    region_of(np.ones((478, 3), np.float32))
    print(before, len(_box.signatures), sum(_box.stats.cache_hits.values()), sum(_box.stats.cache_misses.values()))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Machine code's folder, empty."""
    path = tmp_path / "kernels" / "set"
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(path))
    return path


class Kernel:
    """One that tells what it was asked for."""

    def __init__(self, *signatures: str, broken: bool = False) -> None:
        self.signatures = list(signatures)
        self.broken = broken

    def compile(self, signature: str) -> None:
        if self.broken:
            raise ValueError(signature)
        self.signatures.append(signature)


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> dict[str, Kernel]:
    made: dict[str, Kernel] = {
        "tryon.a.one": Kernel("x", "y"),
        "tryon.a.two": Kernel(),
        "tests.a.three": Kernel("x"),
    }
    monkeypatch.setattr(compiled, "kernels", lambda: made)
    return made


@pytest.mark.usefixtures("kernels")
def test_a_note_holds_our_kernels_that_were_called(folder: Path) -> None:
    preload.note(["eyewear"])
    compiled.mark_whole()
    assert preload.noted(["eyewear"]) == preload.Note(frozenset({"eyewear"}), {"tryon.a.one": ("x", "y")})
    assert [path.name for path in folder.iterdir() if path.name != "whole"] == [preload._FILE]


def test_notes_add_up(folder: Path, kernels: dict[str, Kernel]) -> None:
    compiled.mark_whole()
    preload.note(["eyewear"])
    kernels["tryon.a.one"].signatures = ["y", "z"]
    kernels["tryon.a.two"].signatures = ["x"]
    preload.note(["garment"])
    assert preload.noted(["garment", "eyewear"]) == preload.Note(
        frozenset({"eyewear", "garment"}), {"tryon.a.one": ("y", "z", "x"), "tryon.a.two": ("x",)}
    )
    assert folder.exists()


@pytest.mark.usefixtures("folder", "kernels")
def test_a_note_counts_when_all_is_compiled_and_for_its_own_kinds() -> None:
    preload.note(["eyewear", "garment"])
    assert preload.noted(["eyewear"]) is None
    compiled.mark_whole()
    assert preload.noted(["eyewear"]) is not None
    assert preload.noted(["eyewear", "lipstick"]) is None


@pytest.mark.parametrize("told", [b"", b"no pickle", pickle.dumps(5), pickle.dumps((["eyewear"], {}))[:-9]])
def test_a_damaged_note_is_none(folder: Path, told: bytes) -> None:
    compiled.mark_whole()
    (folder / preload._FILE).write_bytes(told)
    assert preload.noted([]) is None


@pytest.mark.usefixtures("kernels")
def test_a_disk_that_cannot_be_written_to_forgets_the_note(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be", "utf-8")
    preload.note(["eyewear"])
    assert folder.is_file()


def test_other_sources_have_notes_of_their_own() -> None:
    assert compiled._cache_folder().name == compiled.STATE
    assert compiled.STATE in preload._FILE


def test_what_is_not_there_is_loaded_with_pauses(kernels: dict[str, Kernel]) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    preload.load({"tryon.a.one": ("x", "z"), "tryon.gone": ("x",), "tryon.a.two": ("x", "y")}, pause)
    assert kernels["tryon.a.one"].signatures == ["x", "y", "z"]
    assert kernels["tryon.a.two"].signatures == ["x", "y"]
    assert len(pauses) == 3
    assert min(pauses) > 0.0


def test_a_pause_can_end_it(kernels: dict[str, Kernel]) -> None:
    preload.load({"tryon.a.two": ("x", "y")}, lambda _seconds: True)
    assert kernels["tryon.a.two"].signatures == ["x"]


def test_one_that_cannot_be_loaded_costs_itself_alone(
    kernels: dict[str, Kernel], caplog: pytest.LogCaptureFixture
) -> None:
    kernels["tryon.a.one"] = Kernel(broken=True)
    preload.load({"tryon.a.one": ("x",), "tryon.a.two": ("x",)}, NOTHING)
    assert kernels["tryon.a.two"].signatures == ["x"]
    assert "ValueError" in caplog.text


def test_the_next_process_has_a_kernel_before_it_is_called(tmp_path: Path) -> None:
    environment = {**os.environ, "TRYON_CACHE_DIR": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)

    def run(what: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, what],
            env=environment, capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    run("note")
    assert run("load") == "1 1 1 0"


def test_compiling_is_told_while_it_lasts() -> None:
    seen: list[bool] = []

    class Told(numba.core.event.Listener):
        def on_start(self, event: numba.core.event.Event) -> None:
            del event

        def on_end(self, event: numba.core.event.Event) -> None:
            del event
            seen.append(compiled.is_compiling())

    @compiled.inlined
    def once(value: float) -> float:
        return value + 1.0

    with numba.core.event.install_listener("numba:compile", Told()):
        assert once(1.0) == 2.0
    assert seen
    assert not compiled.is_compiling()
    assert np.isfinite(once(2.0))
