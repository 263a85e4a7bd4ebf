"""Arrays that are made once: found again, made anew when anything changed, and never in anybody's way."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tryon import kept as module
from tryon.kept import Arrays, cache_root, kept

CODE = ("kept.py",)


class Maker:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {"numbers": np.arange(5) * self.times, "more": np.ones((2, 3), np.float32)}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRYON_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kept"


def test_it_is_made_once_and_read_ever_after(folder: Path) -> None:
    make = Maker()
    first, second = kept("things", b"key", CODE, make), kept("things", b"key", CODE, make)
    assert make.times == 1
    assert {*first} == {*second} == {"numbers", "more"}
    for name, array in first.items():
        assert np.array_equal(array, second[name])
        assert array.dtype == second[name].dtype
    assert [path.suffix for path in folder.iterdir()] == [".npz"]


def test_another_key_kind_or_code_is_another_thing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    kept("things", b"key", CODE, make)
    kept("things", b"other", CODE, make)
    kept("others", b"key", CODE, make)
    assert make.times == 3
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    (tmp_path / "changed.py").write_text("1")
    kept("things", b"key", ("changed.py",), make)
    assert make.times == 4


@pytest.mark.parametrize("harm", ["cut", "empty", "other"])
def test_a_file_that_cannot_be_read_is_made_again(folder: Path, harm: str) -> None:
    make = Maker()
    kept("things", b"key", CODE, make)
    (path,) = folder.iterdir()
    data = path.read_bytes()
    path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "other": b"\x80\x04N."}[harm])
    assert kept("things", b"key", CODE, make)["numbers"][1] == 2
    assert kept("things", b"key", CODE, make)["numbers"][1] == 2
    assert make.times == 2


def test_a_folder_that_cannot_be_written_costs_time_alone(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("not a folder")
    make = Maker()
    for _ in range(2):
        assert len(kept("things", b"key", CODE, make)["numbers"]) == 5
    assert make.times == 2


def test_what_fails_to_be_made_leaves_nothing(folder: Path) -> None:
    def fail() -> Arrays:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept("things", b"key", CODE, fail)
    assert not folder.exists()


def test_the_oldest_go_when_there_is_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_MB", 0.003)
    for number in range(8):
        kept("things", bytes([number]), CODE, Maker())
        for path in folder.iterdir():
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
    last = Maker()
    kept("things", bytes([7]), CODE, last)
    assert last.times == 0
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3000
    first = Maker()
    kept("things", bytes([0]), CODE, first)
    assert first.times == 1


def test_the_folder_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_root() == tmp_path / "cache"
    monkeypatch.delenv("TRYON_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "tryon"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "tryon"
