"""Files that are not Python are found in a checkout and in a wheel, and missed in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tryon.errors import ConfigError
from tryon.frame import U8
from tryon.resources import folder, portrait


def test_a_checkout_has_them_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    assert folder("static", tmp_path / "tryon") == tmp_path / "static"


def test_a_wheel_has_them_inside_and_those_win(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    packed = tmp_path / "tryon" / "_data" / "static"
    packed.mkdir(parents=True)
    assert folder("static", tmp_path / "tryon") == packed


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'templates'"):
        folder("templates", tmp_path / "tryon")


def test_the_portrait_is_the_astronaut(astronaut: U8) -> None:
    assert astronaut.shape == (512, 512, 3)
    # Her suit is orange: more red than blue says that the channels are in OpenCV's order.
    assert astronaut[400:, 100:200, 2].mean() > astronaut[400:, 100:200, 0].mean() + 20


def test_without_the_wheel_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="scikit-image"):
        portrait()
