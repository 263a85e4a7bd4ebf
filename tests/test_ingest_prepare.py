"""What is compiled before a merchant's file is looked at."""

from __future__ import annotations

from pathlib import Path

import numba
import pytest

from tryon.ingest.prepare import get_ready, is_prepared, prepare


def test_a_machine_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kernels know their own place by now: only the mark goes here.
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kernels"))
    said: list[object] = []
    assert not is_prepared()
    get_ready(said.append)
    assert is_prepared()
    get_ready(said.append)
    prepared = {"preparing": True, "step": "preparing this machine for its first product", "fraction": 0.0}
    ready = {"ready": True, "step": "starting", "fraction": 0.0}
    assert said == [prepared, ready]


def test_preparing_again_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kernels"))
    prepare()
    prepare()
    assert is_prepared()
