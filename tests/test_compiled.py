"""The home of numba: where machine code is kept, and what the flags promise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tryon import compiled
from tryon.compiled import inlined, kernel


@kernel
def double(value: float) -> float:
    return 2.0 * value


@inlined
def plus_one(value: float) -> float:
    return value + 1.0


@kernel
def double_plus_one(value: float) -> float:
    return plus_one(2.0 * value)


@kernel
def quotient(one: float, other: float) -> float:
    return one / other


def test_kernels_compute_what_their_python_says() -> None:
    assert double(21.0) == 42.0
    assert double_plus_one(20.5) == 42.0


def test_a_division_by_zero_raises_nothing() -> None:
    assert not np.isfinite(quotient(1.0, 0.0))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this package's kernels, whose files a test may change."""
    copy = tmp_path / "tryon"
    for name in compiled._SOURCES:
        shutil.copytree(
            Path(compiled.__file__).parent / name, copy / name, ignore=shutil.ignore_patterns("__py*")
        )
    shutil.copy(compiled.__file__, copy / "compiled.py")
    monkeypatch.setattr(compiled, "__file__", str(copy / "compiled.py"))
    return copy


@pytest.mark.parametrize(
    "changed",
    ["render/shading.py", "geometry/pose.py", "overlays/lip_paint.py", "perception/face.py", "compiled.py"],
)
def test_changed_sources_have_a_folder_of_their_own(packages: Path, changed: str) -> None:
    before = compiled._cache_folder()
    assert compiled._cache_folder() == before
    source = packages / changed
    source.write_text(source.read_text("utf-8") + "# changed\n", "utf-8")
    assert compiled._cache_folder() != before


@pytest.mark.parametrize(
    ("environment", "root"),
    [
        ({"TRYON_CACHE_DIR": "/a"}, "/a"),
        ({"TRYON_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/tryon"),
        ({"HOME": "/c"}, "/c/.cache/tryon"),
    ],
)
def test_the_folder_is_the_settings_cache(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], root: str
) -> None:
    for name in ("TRYON_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert compiled._cache_folder().parent == Path(root) / "kernels"


@pytest.fixture
def sets(tmp_path: Path) -> list[Path]:
    """Eight sets, each used a second before the one before it; the first at 1000 s."""
    folders = [tmp_path / f"{number}" for number in range(8)]
    for age, folder in enumerate(folders):
        folder.mkdir()
        os.utime(folder, (1000 - age, 1000 - age))
    return folders


def test_only_the_last_used_sets_are_kept_and_ones_own(tmp_path: Path, sets: list[Path]) -> None:
    own = sets[-1]
    compiled._forget_old_sets(own, 1001 + compiled._IN_USE_S)
    assert sorted(tmp_path.iterdir()) == [*sets[: compiled._SETS_KEPT - 1], own]


def test_sets_that_others_use_now_are_kept(tmp_path: Path, sets: list[Path]) -> None:
    """The last one that is not too old is used 5 s before the first one."""
    compiled._forget_old_sets(tmp_path / "new", 995 + compiled._IN_USE_S)
    assert sorted(tmp_path.iterdir()) == sets[:6]


def test_reading_a_set_is_using_it(sets: list[Path]) -> None:
    compiled._forget_old_sets(sets[-1], 5000)
    assert sets[-1].stat().st_mtime == 5000


def test_a_folder_that_is_not_there_is_nothing_to_forget(tmp_path: Path) -> None:
    compiled._forget_old_sets(tmp_path / "absent" / "own", 1000)


def test_the_second_start_compiles_nothing(tmp_path: Path) -> None:
    """The first process leaves its machine code; the second finds it and writes none."""
    program = (
        "import numpy as np; from tryon.perception.face import region_of; "
        "region_of(np.ones((478, 3), np.float32)); "
        "from tryon.perception.face import _box; print(sum(_box.stats.cache_hits.values()))"
    )
    environment = {**os.environ, "TRYON_CACHE_DIR": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)

    def start() -> tuple[int, list[Path]]:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return int(done.stdout), sorted(tmp_path.rglob("*.nbc"))

    hits, files = start()
    assert hits == 0
    assert files
    assert start() == (1, files)
