"""TOML files of people: bounded, and each refusal a sentence of the error that the caller chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tryon.errors import BadBaseline, BadRecords
from tryon.tomlfile import parse_toml


def test_keys_and_values(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text('[lag]\nms = 33.0\nwhy = "ü"\n', "utf-8")
    assert parse_toml(path, 100) == {"lag": {"ms": 33.0, "why": "ü"}}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = 1\nb = [1 2]\n", "gates.toml is not TOML: .*line 2"),
        (b"a = '\xff'", "gates.toml is not UTF-8"),
        (b"# " + b"x" * 1024, "gates.toml is larger than 1 KB"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "gates.toml"
    path.write_bytes(content)
    with pytest.raises(BadBaseline, match=sentence):
        parse_toml(path, 1024, BadBaseline)


def test_at_the_limit_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_bytes(b"a = 1" + b" " * 1019)
    assert parse_toml(path, 1024) == {"a": 1}
    path.write_bytes(b"a = 1" + b" " * 1020)
    with pytest.raises(BadRecords, match="larger"):
        parse_toml(path, 1024)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRecords, match="cannot be read: no such file"):
        parse_toml(tmp_path / "none.toml", 1024)
