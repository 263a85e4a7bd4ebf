"""The page's JSDoc types, checked by the TypeScript compiler where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def test_the_pages_types(root: Path) -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript compiler here: npm install --global typescript")
    done = subprocess.run(
        [compiler, "-p", str(root / "tests" / "js" / "tsconfig.json")],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_every_module_is_checked_and_documented(root: Path) -> None:
    modules = sorted(path for part in ("js", "report") for path in (root / "static" / part).rglob("*.js"))
    assert {path.parent.name for path in modules} >= {"js", "report"}
    for path in modules:
        source = path.read_text("utf-8")
        assert source.startswith("/**"), f"{path.name} does not say what it is"
        assert "@ts-nocheck" not in source
        assert "@ts-ignore" not in source
