"""Where takes run: processes of this machine, or the workers of a Dask scheduler."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tryon.config import usable_cores
from tryon.errors import ClusterFailed, ConfigError

if TYPE_CHECKING:
    from distributed import Client

WORKERS_MAX: Final = 64
CONNECT_S: Final = 5.0
# So long a scheduler may be without workers before the run is given up: a pod takes as long to start.
WORKERLESS_S: Final = 60.0
START_S: Final = 60.0
# So much free memory a worker keeps for its next frame, and from this size on an array gets pages of its own (the most
# that glibc takes on 64-bit machines).
KEPT_BYTES: Final = 256 * 2**20
MAPPED_BYTES: Final = 32 * 2**20
# A take whose worker died so often is not tried again: it would take the next one along. Local workers; a scheduler of
# one's own has its own number (``distributed.scheduler.allowed-failures``, 3 more after the first).
ATTEMPTS: Final = 2

_LOCAL: Final = re.compile(r"local(?::(\d{1,4}))?")
_ADDRESS: Final = re.compile(r"(?:tcp|tls)://(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}")

# Local workers: nothing is served but to one another, each runs one take at a time, and tasks wait at the scheduler, so
# that the death of a worker is blamed on the take that it ran and not on one that waited for it.
_LOCAL_CONFIG: Final[dict[str, Any]] = {
    "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.daemon": True,
    # A worker that starts anew takes seconds, on a busy machine many.
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.admin.system-monitor.gil.enabled": False,
    # Dask looks into every busy thread and asks every event loop for its pulse, a hundred and fifty times a second and
    # process. Two workers had 7 % of their two cores taken away by that (147 ms of each second, without it 31).
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    # A take has one place to wait, the scheduler, from where nothing need be stolen.
    "distributed.scheduler.work-stealing": False,
    # Dask has its workers' allocator give back all above 64 kB after each frame, and the system clear the same pages
    # again for the next one: 4 ms of a frame's 45.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": KEPT_BYTES,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": MAPPED_BYTES,
}


@dataclass(frozen=True, slots=True)
class Place:
    """``workers`` processes of this machine, or the scheduler at ``address``."""

    workers: int = 0
    address: str | None = None


def parse_place(text: str) -> Place:
    """``local``, ``local:N``, ``tcp://HOST:PORT`` or ``tls://…``. Raises ConfigError for what is none of these.

    >>> parse_place("local:2")
    Place(workers=2, address=None)
    """
    local = _LOCAL.fullmatch(text)
    if local:
        workers = int(local[1]) if local[1] else usable_cores()
        if not 1 <= workers <= WORKERS_MAX:
            raise ConfigError(f"--cluster {text}: between 1 and {WORKERS_MAX} workers run on one machine.")
        return Place(workers=workers)
    if not _ADDRESS.fullmatch(text):
        raise ConfigError(f"--cluster {text!r} is neither local, local:N nor tcp://HOST:PORT.")
    return Place(address=text)


@contextmanager
def opened(place: Place) -> Iterator[Client]:
    """A client of the place's scheduler; local workers live as long as it.

    Raises ConfigError without Dask, and ClusterFailed where nobody answers.
    """
    try:
        import distributed  # noqa: F401 - asked whether it is there
    except ImportError as error:
        raise ConfigError(
            "--cluster and --jobs need Dask: install Tryon with its extra 'cluster' (pip install 'tryon[cluster]')."
        ) from error
    # Its loggers tell of every connection that breaks; what matters of it becomes a sentence.
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with _remote(place.address) if place.address is not None else _local(place.workers) as client:
            yield client
    finally:
        logger.setLevel(level)


@contextmanager
def _remote(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterFailed(
            f"No Dask scheduler answers at {address} within {CONNECT_S:.0f} s; check the address and that one runs "
            "there."
        ) from error
    with client:
        yield client


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set(_LOCAL_CONFIG),
        tempfile.TemporaryDirectory(prefix="tryon-cluster-", ignore_cleanup_errors=True) as folder,
    ):
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                # No dashboard. Dask opens a port for one all the same, of a fixed number but for this.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                silence_logs=logging.CRITICAL + 1,
                local_directory=folder,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise ClusterFailed(f"{workers} local workers could not be started: {error}.") from error
        with cluster, Client(cluster, timeout=START_S, set_as_default=False) as client:
            yield client
