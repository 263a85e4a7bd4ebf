"""Where a run was measured: enough to compare, nothing that names anybody."""

from __future__ import annotations

import platform
import socket
from pathlib import Path

import pytest

from tryon import __version__
from tryon.config import Settings
from tryon.qa.environment import describe, differences, library_version, same_machine


def test_it_tells_versions_machine_and_settings() -> None:
    told = describe(Settings(horizontal_fov_deg=55.5))
    assert told["tryon"] == __version__
    assert told["numpy"].startswith("1.26")
    assert told["mediapipe"] == "0.10.21"
    assert int(told["cores"]) >= 1
    assert (told["horizontal_fov_deg"], told["max_faces"]) == ("55.5", "2")
    assert all(told.values())


def test_it_names_no_person_no_machine_and_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name: f"a-certain-{name.lower()}" for name in ("USER", "LOGNAME", "HOME", "HOSTNAME")}
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(platform, "node", lambda: "a-certain-machine")
    monkeypatch.setattr(socket, "gethostname", lambda: "a-certain-machine")
    told = describe(Settings(catalogue_dir=tmp_path, cache_dir=tmp_path))
    assert told["catalogue"] == "own"
    assert "a-certain-" not in repr(told)
    assert str(tmp_path) not in repr(told)


def test_machines_are_told_apart_by_processor_and_cores() -> None:
    here = describe(Settings())
    assert same_machine(here, {**here, "numpy": "1.26.0", "tryon": "9"})
    assert not same_machine(here, {**here, "cores": "999"})
    assert not same_machine(here, {})


def test_differences_are_told_in_words() -> None:
    assert differences({"tryon": "1"}, {"tryon": "1"}) is None
    now, before = {"tryon": "2", "numpy": "1", "new": "x"}, {"tryon": "1", "numpy": "1", "old": "y"}
    assert differences(now, before) == "tryon 2 (was 1), new x (was untold), old untold (was y)"


def test_a_library_that_is_not_there() -> None:
    assert library_version("no-such-library-of-ours") is None
