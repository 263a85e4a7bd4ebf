"""What must be the same on all machines for their results to be."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import tryon

# What computes pixels or reads and writes files.
_PACKAGES: Final = ("av", "mediapipe", "numba", "numpy", "opencv-python-headless")


@cache
def about() -> dict[str, str]:
    """Versions by name, and the checksum of Tryon's own code; of this process."""
    found = {
        "tryon": tryon.__version__,
        "tryon's code": _code(),
        "python": ".".join(map(str, sys.version_info[:2])),
    }
    return found | {name: _version(name) for name in _PACKAGES}


def difference(here: dict[str, str], there: dict[str, str]) -> str | None:
    """In words, the first thing that differs; None where nothing does."""
    for name, value in here.items():
        other = there.get(name, "none")
        if other != value:
            return f"{name} is {other} there and {value} here"
    return None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _code() -> str:
    root = Path(tryon.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
