"""Settings: read from ``TRYON_*`` environment variables, each with a stated default.

Every field is documented in ``docs/settings.md``; a test compares the two.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from tryon.errors import ConfigError

# Each process holds the model, the kernels and the products: about 170 MB of its own.
_PROCESSES: Final = 8
# Linux, cgroup v2: "QUOTA PERIOD" in microseconds, or "max PERIOD".
_CPU_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> int:
    """Cores that this process may run on: those of its affinity, and no more than its container's quota grants."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        cores = os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text("ascii").split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError, ZeroDivisionError):
        return cores


def _processes() -> int:
    return min(usable_cores(), _PROCESSES)


def _threads(given: dict[str, Any]) -> int:
    """Every core in all, spread over the processes."""
    return max(1, usable_cores() // int(given.get("processes", 1)))


class Settings(BaseSettings):
    """One server's settings. ``Settings()`` reads the environment; arguments override it."""

    model_config = SettingsConfigDict(env_prefix="TRYON_", frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    # Worker processes. Python runs one thread of a process at a time, so that two threads hinder one another.
    processes: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=_processes)
    # Threads of each process that run pipelines. More runnable threads than cores cost throughput.
    threads: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=_threads)
    max_sessions: Annotated[int, Field(ge=1, le=10_000)] = 32
    max_faces: Annotated[int, Field(ge=1, le=4)] = 2
    # Typical of laptop webcams; a phone's front camera held upright is near 60 as well.
    horizontal_fov_deg: Annotated[float, Field(ge=20, le=120)] = 63.0
    reply: Literal["rectangle", "whole"] = "rectangle"
    jpeg_quality: Annotated[int, Field(ge=30, le=100)] = 85
    allowed_origins: tuple[str, ...] = ()
    frames_per_second_max: Annotated[int, Field(ge=1, le=240)] = 60
    bytes_per_second_max: Annotated[int, Field(ge=10_000)] = 12_000_000
    send_deadline_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    idle_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    drain_s: Annotated[float, Field(ge=0, le=60)] = 2.0
    cache_dir: Path = Field(
        default_factory=lambda: Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tryon"
    )
    catalogue_dir: Path | None = None
    # The catalogue's store; nothing is written there before somebody adds something of their own.
    store_dir: Path = Field(
        default_factory=lambda: (
            Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "tryon" / "store"
        )
    )
    # Empty: SQLite and a folder, both in store_dir.
    database_url: Annotated[str, Field(max_length=2000)] = ""
    blobs_url: Annotated[str, Field(max_length=2000)] = ""
    # Whose live catalogue the mirror shows.
    merchant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] = "house"
    catalogue_poll_s: Annotated[float, Field(gt=0, le=60)] = 1.0
    api_requests_per_second: Annotated[float, Field(gt=0, le=100_000)] = 50.0
    # Beyond any product file; a CSV of 100,000 rows has about 10 MB.
    api_upload_mb: Annotated[int, Field(ge=1, le=1024)] = 32
    # A hundred frames of the largest size that a GLB may have are never this much.
    api_zip_mb: Annotated[int, Field(ge=1, le=3072)] = 512
    # Of one address: behind a proxy that is not trusted, everybody's.
    embed_requests_per_second: Annotated[float, Field(gt=0, le=100_000)] = 50.0
    ingest_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    ingest_memory_mb: Annotated[int, Field(ge=512)] = 3072
    # The secret of the link with which the first owner comes; by itself another one at each start.
    studio_key: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{20,128})?$")] = ""
    # Whose word on a request's address and scheme is taken (X-Forwarded-For, X-Forwarded-Proto).
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    # The pages of /qa. Without accounts they are for whoever sits at this machine.
    qa: bool = False
    qa_dir: Path = Field(
        default_factory=lambda: (
            Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "tryon" / "qa"
        )
    )
    qa_days: Annotated[float, Field(gt=0, le=365)] = 7.0
    qa_recording: bool = False
    qa_recording_hours: Annotated[float, Field(gt=0, le=8760)] = 24.0
    # A clip of ten minutes in 720p from a phone is about this large.
    qa_clip_mb: Annotated[int, Field(ge=1, le=100_000)] = 1024
    qa_total_mb: Annotated[int, Field(ge=1)] = 8192
    qa_run_minutes: Annotated[float, Field(gt=0, le=1440)] = 60.0
    qa_memory_mb: Annotated[int, Field(ge=512)] = 4096

    def upload_limit(self, name: str) -> tuple[int, str]:
        """What an uploaded file of this name may have, in MB, and the setting that says so."""
        if name.lower().endswith(".zip"):
            return max(self.api_zip_mb, self.api_upload_mb), "TRYON_API_ZIP_MB"
        return self.api_upload_mb, "TRYON_API_UPLOAD_MB"


def load_settings(**overrides: object) -> Settings:
    """Read the environment; ``overrides`` win. Raises ConfigError naming the setting."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"The setting {name} (TRYON_{name.upper()}) cannot be {first.get('input')!r}: "
            f"{first['msg']}. See docs/settings.md.",
            setting=name,
        ) from error
    except SettingsError as error:
        quoted = re.search(r'"(\w+)"', str(error))
        name = quoted[1] if quoted else "?"
        raise ConfigError(
            f"The setting {name} (TRYON_{name.upper()}) must be JSON. See docs/settings.md.",
            setting=name,
        ) from error
