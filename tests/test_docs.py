"""The pages say what the code does: every setting, every command, every flag."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tryon.cli import app
from tryon.config import Settings

ROW = re.compile(r"^\| `TRYON_(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
# These depend on the machine; the page says how in words.
IN_WORDS = {"processes", "threads", "cache_dir", "catalogue_dir", "qa_dir", "store_dir"}


@pytest.fixture(scope="module")
def documented(root: Path) -> dict[str, str]:
    """Setting to the default that the page tells."""
    page = (root / "docs" / "settings.md").read_text("utf-8")
    return {found[1].lower(): found[2].strip("`") for found in ROW.finditer(page)}


def test_every_setting_is_documented_and_no_other(documented: dict[str, str]) -> None:
    assert set(documented) == set(Settings.model_fields)


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - IN_WORDS))
def test_the_documented_default_is_the_default(documented: dict[str, str], name: str) -> None:
    default = Settings.model_fields[name].get_default(call_default_factory=True, validated_data={})
    told = documented[name]
    if isinstance(default, tuple):
        default = json.dumps(default, separators=(",", ":"))
    assert (float(told) == default) if isinstance(default, int | float) else (told == default)


@cache
def every_command() -> dict[str, Any]:
    return commands()


def commands(group: Any = None, prefix: str = "") -> dict[str, Any]:
    """Command, by its whole name ("qa synth"), as typer understands it."""
    found: dict[str, Any] = {}
    whole_app: Any = typer.main.get_command(app)
    for name, command in (group or whole_app).commands.items():
        whole = f"{prefix}{name}"
        found |= commands(command, f"{whole} ") if hasattr(command, "commands") else {whole: command}
    return found


def flags_of(name: str) -> set[str]:
    options = (flag for parameter in every_command()[name].params for flag in parameter.opts)
    return {flag for flag in options if flag.startswith("--")}


@pytest.fixture(scope="module")
def sections(root: Path) -> dict[str, str]:
    """Command to the part of the page that is about it."""
    parts = re.split(
        r"^## tryon ([a-z]+(?: [a-z]+)*).*$",
        (root / "docs" / "commands.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_is_documented_and_no_other(sections: dict[str, str]) -> None:
    assert set(sections) == set(every_command())


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_flag_is_documented_and_no_other(sections: dict[str, str], name: str) -> None:
    told = set(re.findall(r"^\| `(--[\w-]+)` \|", sections[name], re.MULTILINE))
    assert told == flags_of(name)


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_flag_explains_itself(name: str) -> None:
    command = every_command()[name]
    assert command.help
    assert all(getattr(parameter, "help", None) for parameter in command.params)


def test_variables_that_a_page_names_exist(root: Path) -> None:
    known = {f"TRYON_{name.upper()}" for name in Settings.model_fields} | {"TRYON_MEDIA"}
    for page in [root / "README.md", *(root / "docs").glob("*.md")]:
        named = set(re.findall(r"TRYON_[A-Z_]+", page.read_text("utf-8"))) - {"TRYON_"}
        assert named <= known, page.name


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    for page in [root / "README.md", root / "CHANGELOG.md", *(root / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
