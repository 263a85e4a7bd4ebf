"""A ``tryon serve`` of the benchmark's own, all its processes: started, asked whether it is ready, weighed, stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

from typing_extensions import Self

from tryon.config import Settings
from tryon.errors import ConfigError

# The closed loop must be stopped by the work, not by a shopper's budget.
_NO_BUDGET: Final = {"TRYON_FRAMES_PER_SECOND_MAX": "240", "TRYON_BYTES_PER_SECOND_MAX": "1000000000"}
_HOST: Final = "127.0.0.1"
_POLL_S: Final = 0.01
# A first start compiles every kernel.
_START_S: Final = 300.0
_STOP_S: Final = 20.0
_PROC: Final = Path("/proc")


class Server:
    """One server. Use as a context; it begins when all processes are ready. ``more`` are variables of its environment.

    ``start_s`` is how long it took until the server would let a first shopper in.
    """

    def __init__(self, settings: Settings, sessions: int, more: Mapping[str, str] | None = None) -> None:
        with socket.create_server((_HOST, 0)) as taken:
            port = taken.getsockname()[1]
        self.url = f"http://{_HOST}:{port}/"
        self.start_s = 0.0
        self._processes = settings.processes
        self._environment = (
            os.environ | _NO_BUDGET | _as_variables(settings, port, sessions) | dict(more or {})
        )
        if settings.catalogue_dir is None:
            self._environment.pop("TRYON_CATALOGUE_DIR", None)
        self._process: subprocess.Popen[str] | None = None
        self._last_lines: deque[str] = deque(maxlen=5)

    def __enter__(self) -> Self:
        begin = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tryon", "serve"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        try:
            self._wait_until_ready(self._process, 1, begin + _START_S)
            self.start_s = time.perf_counter() - begin
            self._wait_until_ready(self._process, self._processes, begin + _START_S)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop it in good order, or else at once. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def memory_mb(self) -> tuple[float, float] | None:
        """Resident memory of all processes now, and the sum of their peaks; None where the system has no /proc.

        What is mapped from files counts once: it is the same libraries in every process.
        """
        told = [lines for pid in self._pids() if (lines := _status(pid))]
        if not told:
            return None
        files = [_megabytes(lines["RssFile"]) for lines in told]
        twice = sum(files) - max(files)
        now, peak = (sum(_megabytes(lines[name]) for lines in told) for name in ("VmRSS", "VmHWM"))
        return now - twice, peak - twice

    def cpu_s(self) -> float | None:
        """Processor time that its processes have used; None where the system has no /proc."""
        stats = [fields for pid in self._pids() if (fields := _stat(pid))]
        if not stats:
            return None
        # proc(5): fields 14 and 15; the first of ours is the third.
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")

    def _pids(self) -> list[int]:
        """The process that we started, and its own children."""
        if self._process is None or not _PROC.is_dir():
            return []
        first = self._process.pid
        others = [int(folder.name) for folder in _PROC.iterdir() if folder.name.isdecimal()]
        children = [pid for pid in others if (fields := _stat(pid)) and int(fields[1]) == first]
        return [first, *children]

    def _wait_until_ready(self, process: subprocess.Popen[str], processes: int, until: float) -> None:
        while _ready(self.url) < processes:
            if process.poll() is not None:
                raise ConfigError(f"The server to be measured did not start: {' '.join(self._last_lines)}")
            if time.perf_counter() > until:
                raise ConfigError(f"The server to be measured did not start within {_START_S:g} s.")
            time.sleep(_POLL_S)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Read what it prints, so that it never waits for us."""
        if process.stdout is not None:
            with process.stdout as printed:
                for line in printed:
                    self._last_lines.append(line.strip())


def _as_variables(settings: Settings, port: int, sessions: int) -> dict[str, str]:
    given = {
        "host": _HOST,
        "port": port,
        "processes": settings.processes,
        "threads": settings.threads,
        "max_sessions": sessions,
        "max_faces": settings.max_faces,
        "horizontal_fov_deg": settings.horizontal_fov_deg,
        "jpeg_quality": settings.jpeg_quality,
        "cache_dir": settings.cache_dir,
    }
    return {f"TRYON_{name.upper()}": str(value) for name, value in given.items()}


def _ready(url: str) -> int:
    """How many processes would let a shopper in."""
    try:
        with urllib.request.urlopen(f"{url}readyz", timeout=5) as answer:  # noqa: S310 - our own address
            return int(json.load(answer)["processes"])
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0


def _status(pid: int) -> dict[str, str]:
    """proc(5): /proc/PID/status by name; empty when the process has gone, or is about to."""
    try:
        text = (_PROC / str(pid) / "status").read_text("utf-8")
    except OSError:
        return {}
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return lines if "VmRSS" in lines else {}


def _stat(pid: int) -> list[str]:
    """proc(5): /proc/PID/stat from its third field on; the second, the name, may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _megabytes(told: str) -> float:
    """proc(5) tells "123 kB", which is 123 × 1024 bytes."""
    return int(told.strip().removesuffix(" kB")) * 1024 / 1e6
