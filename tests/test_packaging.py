"""What is shipped: lock files that anyone can use, and a wheel that carries its pictures and pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOCKS = ["requirements.lock", "requirements-test.lock"]
# Demanded by metadata and used by nothing here; together with what they need some 500 MB.
LEFT_OUT = {
    "jax",
    "jaxlib",
    "ml-dtypes",
    "opt-einsum",
    "sentencepiece",
    "sounddevice",
    "opencv-contrib-python",
    "scipy",
}


def locked(text: str) -> dict[str, set[str]]:
    """Name to versions; a name has several where Pythons need different ones."""
    rows: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE):
        rows.setdefault(name, set()).add(version)
    return rows


def project(root: Path) -> dict[str, Any]:
    table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return cast("dict[str, Any]", table["project"])


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_versions_and_hashes_and_nothing_else(root: Path, name: str) -> None:
    row = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^\\/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    for line in (root / name).read_text("utf-8").splitlines():
        assert row.fullmatch(line), line


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_leaves_out_what_nobody_uses(root: Path, name: str) -> None:
    assert not LEFT_OUT & locked((root / name).read_text("utf-8")).keys()


@pytest.mark.parametrize(("name", "extras"), [(LOCKS[0], ["build"]), (LOCKS[1], ["build", "test"])])
def test_a_lock_fits_what_the_project_asks_for(root: Path, name: str, extras: list[str]) -> None:
    table = project(root)
    asked = [
        *table["dependencies"],
        *(row for extra in extras for row in table["optional-dependencies"][extra]),
    ]
    rows = locked((root / name).read_text("utf-8"))
    for requirement in map(Requirement, asked):
        assert rows.get(requirement.name), f"{requirement.name} is not in {name}: make lock"
        assert all(requirement.specifier.contains(version) for version in rows[requirement.name]), requirement


def test_tests_run_what_is_shipped(root: Path) -> None:
    shipped, tested = (locked((root / name).read_text("utf-8")) for name in LOCKS)
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.fixture(scope="module")
def unpacked(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout, built without the network and unpacked where no checkout is near."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = place.glob("tryon-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    return place / "site"


@pytest.mark.parametrize("name", ["static", "templates", "assets"])
def test_the_wheel_carries_every_file_of(root: Path, unpacked: Path, name: str) -> None:
    files = {path.relative_to(root / name) for path in (root / name).rglob("*") if path.is_file()}
    packed = {
        path.relative_to(unpacked / "tryon/_data" / name)
        for path in (unpacked / "tryon/_data" / name).rglob("*")
    }
    assert files
    assert files - packed == set()


def test_an_installed_wheel_finds_them(unpacked: Path) -> None:
    code = "import tryon.resources as r; print(*map(r.folder, ('static', 'templates', 'assets')), sep='\\n')"
    clean = {**os.environ, "PYTHONPATH": str(unpacked)}
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=unpacked.parent,
        env=clean,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert [Path(line).relative_to(unpacked).as_posix() for line in found] == [
        "tryon/_data/static",
        "tryon/_data/templates",
        "tryon/_data/assets",
    ]


def test_the_wheel_carries_the_licence_and_nothing_private(unpacked: Path) -> None:
    names = {path.relative_to(unpacked).parts[0] for path in unpacked.iterdir()}
    assert names == {"tryon", next(name for name in names if name.endswith(".dist-info"))}
    assert list(unpacked.glob("*.dist-info/licenses/LICENSE"))
