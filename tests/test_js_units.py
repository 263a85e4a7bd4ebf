"""The page's pure modules, run by Node's own test runner: wire format, look, pacing, status, figures."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

# From these on Node reads a .js file with `import` in it as a module without a package.json beside it.
_NODE_MIN = ((20, 19), (22, 7))


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here: install it (20.19 or newer) to run the page's unit tests")
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.match(r"v(\d+)\.(\d+)", text)
    assert match, f"node --version said {text!r}"
    version = (int(match[1]), int(match[2]))
    needed = _NODE_MIN[0] if version < (21, 0) else _NODE_MIN[1]
    if version < needed:
        pytest.skip(f"Node.js {text.strip()} is older than {needed[0]}.{needed[1]}, which these tests need")
    return node


def _tests(root: Path) -> list[Path]:
    return sorted((root / "tests" / "js").glob("*.test.mjs"))


def test_the_pages_modules(root: Path) -> None:
    files = _tests(root)
    assert files
    done = subprocess.run(
        [_node(), "--test", *map(str, files)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=root,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = re.search(r"^# pass (\d+)", done.stdout, re.MULTILINE)
    assert passed, done.stdout[-500:]
    assert int(passed[1]) > len(files)


def test_every_vector_reaches_the_page(root: Path) -> None:
    """A list that someone adds to the vectors must not be overlooked on this side."""
    source = (root / "tests" / "js" / "wire.test.mjs").read_text("utf-8")
    for name in ("frames", "replies", "bad_replies", "measures", "bad_measures"):
        assert f"vectors.{name}" in source
