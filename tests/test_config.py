"""Settings: the environment, what overrides it, and sentences for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tryon.config import Settings, load_settings
from tryon.errors import ConfigError


def test_defaults_need_no_environment() -> None:
    settings = load_settings()
    assert settings.host == "127.0.0.1"
    assert settings.port == 8080
    assert settings.threads >= 1
    assert settings.cache_dir.name == "tryon"


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRYON_PORT", "9000")
    monkeypatch.setenv("TRYON_HOST", "0.0.0.0")
    settings = load_settings(port=9001, host=None)
    assert settings.port == 9001
    assert settings.host == "0.0.0.0"


def test_lists_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRYON_ALLOWED_ORIGINS", '["https://shop.example"]')
    assert load_settings().allowed_origins == ("https://shop.example",)


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert load_settings().cache_dir == tmp_path / "tryon"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
        ("threads", "0"),
        ("max_sessions", "0"),
        ("max_faces", "5"),
        ("horizontal_fov_deg", "19.9"),
        ("horizontal_fov_deg", "120.1"),
        ("horizontal_fov_deg", "nan"),
        ("reply", "half"),
        ("jpeg_quality", "29"),
        ("frames_per_second_max", "241"),
        ("bytes_per_second_max", "9999"),
        ("send_deadline_s", "0"),
        ("idle_timeout_s", "3601"),
        ("drain_s", "-0.1"),
    ],
)
def test_a_value_one_past_its_limit_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TRYON_{name.upper()}", value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert f"TRYON_{name.upper()}" in caught.value.sentence
    assert value in caught.value.sentence
    assert caught.value.details["setting"] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("port", 65535),
        ("threads", 256),
        ("max_faces", 4),
        ("jpeg_quality", 30),
        ("drain_s", 0.0),
    ],
)
def test_the_limits_themselves_are_taken(name: str, value: float) -> None:
    assert getattr(load_settings(**{name: value}), name) == value


def test_a_list_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRYON_ALLOWED_ORIGINS", "https://shop.example")
    with pytest.raises(ConfigError, match="TRYON_ALLOWED_ORIGINS"):
        load_settings()


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="colour"):
        load_settings(colour="red")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
