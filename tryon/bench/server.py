"""A ``tryon serve`` of the benchmark's own: started, asked whether it is ready, weighed, stopped."""

from __future__ import annotations

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
_STATUS: Final = "/proc/{}/status"
_STAT: Final = "/proc/{}/stat"


class Server:
    """One server process. Use as a context; ``start_s`` is how long it took until it would let a shopper in."""

    def __init__(self, settings: Settings, sessions: int) -> None:
        with socket.create_server((_HOST, 0)) as taken:
            port = taken.getsockname()[1]
        self.url = f"http://{_HOST}:{port}/"
        self.start_s = 0.0
        self._environment = os.environ | _NO_BUDGET | _as_variables(settings, port, sessions)
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
            self._wait_until_ready(self._process, begin + _START_S)
        except BaseException:
            self.close()
            raise
        self.start_s = time.perf_counter() - begin
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
        """Resident memory now, and at its peak; None where the system has no /proc."""
        path = Path(_STATUS.format(self._pid))
        if not path.is_file():
            return None
        lines = dict(line.split(":", 1) for line in path.read_text("utf-8").splitlines() if ":" in line)
        return _megabytes(lines["VmRSS"]), _megabytes(lines["VmHWM"])

    def cpu_s(self) -> float | None:
        """Processor time that it has used; None where the system has no /proc."""
        path = Path(_STAT.format(self._pid))
        if not path.is_file():
            return None
        # proc(5): fields 14 and 15, counted after the name, which may hold spaces.
        fields = path.read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def _pid(self) -> int:
        return 0 if self._process is None else self._process.pid

    def _wait_until_ready(self, process: subprocess.Popen[str], until: float) -> None:
        while not _ready(self.url):
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
        "threads": settings.threads,
        "max_sessions": sessions,
        "max_faces": settings.max_faces,
        "horizontal_fov_deg": settings.horizontal_fov_deg,
        "jpeg_quality": settings.jpeg_quality,
        "cache_dir": settings.cache_dir,
    }
    return {f"TRYON_{name.upper()}": str(value) for name, value in given.items()}


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}readyz", timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _megabytes(told: str) -> float:
    """proc(5) tells "123 kB", which is 123 × 1024 bytes."""
    return int(told.strip().removesuffix(" kB")) * 1024 / 1e6
