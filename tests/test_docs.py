"""The pages say what the code does: every setting, every command, every flag."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tryon.config import Settings

ROW = re.compile(r"^\| `TRYON_(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
# These depend on the machine; the page says how in words.
IN_WORDS = {"threads", "cache_dir", "catalogue_dir"}


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
        told, default = told.strip("[]"), ",".join(default)
    assert (float(told) == default) if isinstance(default, int | float) else (told == default)
