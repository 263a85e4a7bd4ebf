"""Where the figures were measured."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from tryon import __version__
from tryon.config import Settings, usable_cores

LIBRARIES: Final = ("aiohttp", "av", "mediapipe", "numba", "numpy", "opencv-python-headless", "uvloop")
SETTINGS: Final = ("processes", "threads", "reply", "jpeg_quality", "horizontal_fov_deg", "max_faces")
_CPUINFO: Final = Path("/proc/cpuinfo")
_STAT: Final = Path("/proc/stat")


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


class Others:
    """How busy other programs keep this machine, from now on."""

    def __init__(self) -> None:
        self._begin_s = time.perf_counter()
        self._busy_s = _machine_busy_s()
        self._own_s = _own_s()

    def cores(self) -> float | None:
        """Cores that they used on average; None where the system does not tell. Our children count once they ended."""
        busy_s = _machine_busy_s()
        if busy_s is None or self._busy_s is None:
            return None
        others_s = busy_s - self._busy_s - (_own_s() - self._own_s)
        return max(others_s, 0.0) / (time.perf_counter() - self._begin_s)


def _machine_busy_s() -> float | None:
    """proc(5): user, nice, system, idle, iowait, irq, softirq and steal, in ticks; all but the waiting."""
    if not _STAT.is_file():
        return None
    ticks = [int(field) for field in _STAT.read_text("utf-8").splitlines()[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


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
