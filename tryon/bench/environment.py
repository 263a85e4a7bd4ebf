"""Where the figures were measured."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from tryon import __version__
from tryon.config import Settings

LIBRARIES: Final = ("aiohttp", "av", "mediapipe", "numba", "numpy", "opencv-python-headless", "uvloop")
SETTINGS: Final = ("threads", "reply", "jpeg_quality", "horizontal_fov_deg", "max_faces")
_CPUINFO: Final = Path("/proc/cpuinfo")


def describe(settings: Settings) -> dict[str, Any]:
    """Processor, versions and settings; nothing that names the machine or its user."""
    return {
        "tryon": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": usable_cores(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "settings": {name: getattr(settings, name) for name in SETTINGS},
    }


def usable_cores() -> int:
    """Cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def load_average() -> float | None:
    """Runnable programs over the last minute, ours included; None where the system does not tell."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
