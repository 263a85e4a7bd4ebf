"""Where a run was measured: versions, processor, settings. Nothing that names a person, a machine or a path."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Final

from tryon import __version__
from tryon.config import Settings, usable_cores

# What decides how a picture comes out, and how fast.
LIBRARIES: Final = ("av", "mediapipe", "numba", "numpy", "opencv-python-headless")
# Settings that change what is seen or drawn.
SETTINGS: Final = ("horizontal_fov_deg", "max_faces")
# Keys that two runs must share for their times to be comparable.
MACHINE: Final = ("system", "cpu", "cores")
_CPUINFO: Final = Path("/proc/cpuinfo")


def describe(settings: Settings) -> dict[str, str]:
    """What a report shows and a comparison compares, as texts: ``tryon``, ``python``, ``cpu``, ``numpy`` and so on.

    A catalogue of one's own is told as such, its place is not.
    """
    return {
        "tryon": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": cpu_model(),
        "cores": str(usable_cores()),
        **{name: library_version(name) or "none" for name in LIBRARIES},
        **{name: f"{getattr(settings, name):g}" for name in SETTINGS},
        "catalogue": "Tryon's" if settings.catalogue_dir is None else "own",
    }


def same_machine(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether times of both runs can be compared: the same kind of machine, as far as it can be told."""
    return all(one.get(key) == other.get(key) for key in MACHINE)


def differences(now: dict[str, str], before: dict[str, str]) -> str | None:
    """What is not as it was, in words: ``tryon 0.2.0 (was 0.1.0), numpy 1.26.4 (was 1.26.0)``; None if all is."""
    told = [
        f"{key} {now.get(key, 'untold')} (was {before.get(key, 'untold')})"
        for key in [*now, *(key for key in before if key not in now)]
        if now.get(key) != before.get(key)
    ]
    return ", ".join(told) or None


def library_version(name: str) -> str | None:
    """The version of an installed library; None where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def cpu_model() -> str:
    """The processor as its maker calls it; its architecture where the system does not tell."""
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
