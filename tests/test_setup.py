"""What ``make run`` says on machines that lack something, with the real script."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

# What any POSIX system has; a Python and uv are what the cases leave out or bend.
TOOLS = ["sh", "dirname", "cat", "cksum", "uname", "df", "awk", "date", "rm", "cut", "du", "tail", "mkdir"]


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Callable[[dict[str, str]], subprocess.CompletedProcess[str]]:
    """Run the set-up in a copy of the checkout's files, on a PATH of TOOLS and these scripts alone."""
    checkout, path = tmp_path / "checkout", tmp_path / "bin"
    shutil.copytree(root / ".ci", checkout / ".ci")
    for name in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        shutil.copy(root / name, checkout / name)
    path.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"this system has no {tool}"
        (path / tool).symlink_to(found)

    def run(scripts: dict[str, str]) -> subprocess.CompletedProcess[str]:
        for name, body in scripts.items():
            (path / name).unlink(missing_ok=True)
            (path / name).write_text(f"#!/bin/sh\n{body}\n", "utf-8")
            (path / name).chmod(0o755)
        env = {"PATH": str(path), "HOME": str(tmp_path)}
        command = [str(path / "sh"), ".ci/setup.sh", "run"]
        return subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)

    return run


Machine = Callable[[dict[str, str]], subprocess.CompletedProcess[str]]


def test_no_python_at_all(machine: Machine) -> None:
    ran = machine({})
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "neither uv nor a Python" in ran.stderr
    assert "apt-get install" in ran.stderr


def test_shims_that_do_not_run_count_as_no_python(machine: Machine) -> None:
    shim = "echo 'pyenv: python: command not found' >&2; exit 127"
    ran = machine({f"python3.{minor}": shim for minor in range(8, 15)} | {"python3": shim, "uv": shim})
    assert ran.returncode == 1
    assert "neither uv nor a Python" in ran.stderr
    assert "pyenv" not in ran.stderr


def test_a_python_without_venv_and_pip(machine: Machine) -> None:
    thin = 'case "$1" in -c) echo /usr/bin/thin ;; *) exit 1 ;; esac'
    ran = machine({"python3": thin})
    assert ran.returncode == 1
    assert "/usr/bin/thin has neither venv nor pip" in ran.stderr
    assert "python3-venv" in ran.stderr


def test_uv_that_cannot_get_a_python(machine: Machine) -> None:
    ran = machine({"uv": 'case "$1" in --version) ;; *) echo "error: no network" >&2; exit 2 ;; esac'})
    assert ran.returncode == 1
    assert "uv fetches 3.12" in ran.stdout
    first, last = ran.stderr.splitlines()
    assert first == "error: no network"
    assert "Tryon needs a Python 3.10, 3.11 or 3.12" in last


def test_packages_that_cannot_be_had(machine: Machine) -> None:
    ran = machine({"uv": 'case "$1" in --version | venv) ;; *) echo "error: no network" >&2; exit 2 ;; esac'})
    assert ran.returncode == 1
    assert "requirements.lock could not be installed" in ran.stderr.splitlines()[-1]


UV = """\
case "$1$2" in
    --version) ;;
    venv*) mkdir -p .venv/bin && echo made >>told ;;
    pip*) echo "$*" >>told; {then} ;;
esac"""


@pytest.mark.parametrize(("then", "made_anew"), [("true", False), ('[ "$2" = install ]', True)])
def test_an_environment_of_an_earlier_lock_is_brought_up_to_date(
    machine: Machine, tmp_path: Path, then: str, made_anew: bool
) -> None:
    """``uv`` does what it is asked; or it cannot, and the environment is made anew."""
    checkout = tmp_path / "checkout"
    env = checkout / ".venv"
    (env / "bin").mkdir(parents=True)
    (env / "bin" / "python").symlink_to("/bin/true" if Path("/bin/true").exists() else "/usr/bin/true")
    (env / "stamp").write_text(f"1 2 {checkout}\n", "utf-8")
    (env / "kept").touch()
    ran = machine({"uv": UV.replace("{then}", then)})
    assert ran.returncode == 0, ran.stderr
    told = (checkout / "told").read_text("utf-8").splitlines()
    assert "pip sync -q --compile-bytecode --require-hashes requirements.lock" in told
    assert told[-1].endswith("-e .")
    assert ("made" in told) == made_anew
    assert (env / "kept").exists() != made_anew
    assert (env / "stamp").read_text("utf-8").endswith(f" {checkout}\n")


def test_an_environment_of_another_place_is_made_anew(machine: Machine, tmp_path: Path) -> None:
    env = tmp_path / "checkout" / ".venv"
    env.mkdir()
    (env / "stamp").write_text("1 2 /elsewhere\n", "utf-8")
    ran = machine({"uv": UV.replace("{then}", "true")})
    assert ran.returncode == 0, ran.stderr
    assert "sync" not in (tmp_path / "checkout" / "told").read_text("utf-8")


def test_a_machine_that_mediapipe_does_not_know(machine: Machine) -> None:
    ran = machine({"uname": 'case "$1" in -s) echo Linux ;; -m) echo riscv64 ;; esac'})
    assert ran.returncode == 1
    assert "not for Linux on riscv64" in ran.stderr


def test_a_disk_that_is_nearly_full(machine: Machine) -> None:
    ran = machine({"df": "printf 'head\\n/dev/x 9 9 120 9 /\\n'"})
    assert ran.returncode == 1
    assert "only 120 MB are free" in ran.stderr


def test_an_unknown_word_shows_the_usage(root: Path) -> None:
    ran = subprocess.run(
        ["sh", ".ci/setup.sh", "tset"], cwd=root, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "usage: .ci/setup.sh" in ran.stderr
