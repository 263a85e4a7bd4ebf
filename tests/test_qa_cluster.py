"""Runs on worker processes: the same bytes as without, whoever dies on the way; faults are sentences."""

from __future__ import annotations

import dataclasses
import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import dask
import numpy as np
import psutil
import pytest
from distributed import LocalCluster

from tryon.config import Settings
from tryon.errors import ClusterFailed, ConfigError
from tryon.frame import U8
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.qa.cluster import Place, Standing, parse_place, places, run, run_takes
from tryon.qa.cluster.about import about, difference
from tryon.qa.cluster.orders import Order, work
from tryon.qa.results import TakeResult
from tryon.qa.run import measured_take
from tryon.replay.clip import ClipWriter
from tryon.replay.sources import Source
from tryon.replay.takes import TakeTask, plan_folder

SETTINGS = Settings(threads=1)
FRAMES = 24


def clip(path: Path, astronaut: U8, offset: int) -> Source:
    """The portrait, shaken a little."""
    with ClipWriter(path, 320, 240, 30) as writer:
        for number in range(FRAMES):
            x, y = 60 + offset + round(6 * np.sin(number / 4)), 20
            writer.write(np.ascontiguousarray(astronaut[y : y + 240, x : x + 320]), number * 1000 / 30)
    return Source((path,), path.name)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, astronaut: U8) -> list[Source]:
    folder = tmp_path_factory.mktemp("clips")
    return [clip(folder / f"clip{number}.mp4", astronaut, 10 * number) for number in range(3)]


@pytest.fixture(scope="module")
def look() -> str:
    return next(product.sku for product in LookBook().products() if product.kind == "eyewear")


def plan(sources: list[Source], look: str, folder: Path) -> tuple[TakeTask, ...]:
    folder.mkdir()
    return plan_folder(sources, [look], folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that clocks have no say in."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if ".times." not in path.name}


@pytest.fixture(scope="module")
def alone(
    tmp_path_factory: pytest.TempPathFactory, sources: list[Source], look: str, engine: Engine
) -> tuple[dict[str, bytes], list[TakeResult]]:
    """The same run in this process."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    book = LookBook()
    done = [measured_take(task, engine, SETTINGS, book) for task in plan(sources, look, folder)]
    assert all(take.result.error is None for take in done)
    return contents(folder), [take.result for take in done]


def steady(results: list[TakeResult] | tuple[TakeResult, ...]) -> list[TakeResult]:
    """Results without the figures that tell how long it took or how much memory."""
    clocked = ("latency.", "speed.", "memory.")
    return [
        dataclasses.replace(
            result, figures={k: v for k, v in result.figures.items() if not k.startswith(clocked)}
        )
        for result in results
    ]


@contextmanager
def preloaded(tmp_path: Path, code: str) -> Iterator[None]:
    """Workers that run this code as they start."""
    path = tmp_path / "preloaded.py"
    path.write_text(code, "utf-8")
    with dask.config.set({"distributed.worker.preload": [str(path)]}):
        yield


FATAL_FRAME = 10
# The first worker that comes to frame 10 of clip0 is killed there, and every one that comes to frame 10 of clip1.
FATAL = """
import os, pathlib, signal
from tryon.qa.cluster import orders
if not hasattr(orders, "real"):  # Dask loads it twice
    orders.real = orders.measured_take
died = pathlib.Path({died!r})
def measured_take(task, *args, progress, **kwargs):
    def fatal(done, total):
        progress(done, total)
        once = task.source.name == "clip0.mp4" and not died.exists()
        if done == {frame} and (once or task.source.name == "clip1.mp4"):
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return orders.real(task, *args, progress=fatal, **kwargs)
orders.measured_take = measured_take
"""


def test_workers_that_die_on_the_way_change_no_byte(
    tmp_path: Path,
    sources: list[Source],
    look: str,
    alone: tuple[dict[str, bytes], list[TakeResult]],
) -> None:
    """Of two workers, one dies once inside a take, and one take kills each that tries it: that one is given up, and
    all others have the files and results of a run without a cluster, in the tasks' order."""
    tasks = plan(sources, look, tmp_path / "run")
    ended: list[str] = []
    standings: list[Standing] = []
    died = tmp_path / "died"
    with preloaded(tmp_path, FATAL.format(died=str(died), frame=FATAL_FRAME)):
        result = run_takes(
            tasks,
            SETTINGS,
            Place(2),
            problems=["another clip was none"],
            watch=standings.append,
            ended=lambda take: ended.append(take.result.key),
        )
    assert died.exists()
    first, second, third = result.takes
    assert f"{tasks[1].key} ended its worker 2 times and was given up" in str(second.error)
    assert steady([first, third]) == steady([alone[1][0], alone[1][2]])
    good = {name: data for name, data in alone[0].items() if not name.startswith("clip1")}
    assert contents(tmp_path / "run") == good, "nothing of the bad take, all of the others"
    assert not result.passed
    assert result.problems == ("another clip was none",)
    assert sorted(ended) == sorted(task.key for task in tasks)
    assert (standings[-1].takes_done, standings[-1].takes) == (3, 3)
    assert not spawned()


def spawned() -> list[int]:
    """Workers that still run; one that has ended and was not yet asked how does not."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            found += [child.pid] if "spawn_main" in " ".join(child.cmdline()) else []
    return found


def listening() -> set[str]:
    """Addresses on which this process and its children wait for connections."""
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_local_workers_listen_to_this_machine_alone_and_nobody_looks_into_them() -> None:
    before = listening()
    with places.opened(Place(1)) as client:
        addresses = listening()
        assert client.run(os.getpid)
        # What Dask does beside the work takes 7 % of two cores.
        for name in ("distributed.worker.profile.enabled", "distributed.admin.tick.interval"):
            assert list(client.run(dask.config.get, name).values()) == [places._LOCAL_CONFIG[name]]
        # Dask's own 65536 costs a tenth of each frame.
        for name, kept in (("TRIM", places.KEPT_BYTES), ("MMAP", places.MAPPED_BYTES)):
            assert list(client.run(os.environ.get, f"MALLOC_{name}_THRESHOLD_").values()) == [str(kept)]
    assert addresses - before <= {"127.0.0.1"}
    assert "127.0.0.1" in addresses


@contextmanager
def scheduler(workers: int, **config: Any) -> Iterator[str]:
    """A scheduler of somebody else's, and its address."""
    with (
        dask.config.set({"distributed.scheduler.http.routes": [], **config}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=100,
            host="127.0.0.1",
        ) as cluster,
    ):
        yield cluster.scheduler_address


def test_a_scheduler_elsewhere(
    tmp_path: Path,
    sources: list[Source],
    look: str,
    alone: tuple[dict[str, bytes], list[TakeResult]],
) -> None:
    """Its workers do the takes; a take whose file went, and one that cannot be written, are told by sentences."""
    tasks = plan(sources, look, tmp_path / "run")
    gone = dataclasses.replace(tasks[1], source=Source((tmp_path / "gone.mp4",), "gone.mp4"))
    assert tasks[2].records is not None
    nowhere = dataclasses.replace(tasks[2], video=None, records=tmp_path / "nowhere" / tasks[2].records.name)
    with scheduler(1) as address:
        result = run_takes([tasks[0], gone, nowhere], SETTINGS, Place(address=address))
    first, second, third = (take.error for take in result.takes)
    assert first is None
    assert "sees no clip at" in str(second)
    assert "share" in str(second)
    assert f"cannot write to {tmp_path / 'nowhere'}: no such file" in str(third)
    assert contents(tmp_path / "run") == {
        name: data for name, data in alone[0].items() if name.startswith("clip0")
    }


def test_workers_with_other_software_are_refused(tmp_path: Path, sources: list[Source], look: str) -> None:
    other = "from tryon.qa.cluster import about\nabout._code = lambda: 'other'\n"
    with (
        preloaded(tmp_path, other),
        scheduler(1) as address,
        pytest.raises(
            ClusterFailed, match=r"worker tcp://.* runs other software: tryon's code is other there"
        ),
    ):
        run_takes(plan(sources, look, tmp_path / "run"), SETTINGS, Place(address=address))


def test_a_scheduler_without_workers_is_told(
    tmp_path: Path, sources: list[Source], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "WORKERLESS_S", 1)
    with (
        scheduler(0) as address,
        pytest.raises(ClusterFailed, match="has no worker, and none came within 1 s"),
    ):
        run_takes(plan(sources, look, tmp_path / "run"), SETTINGS, Place(address=address))


def test_a_scheduler_that_is_not_there_is_told_soon(
    tmp_path: Path, sources: list[Source], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "CONNECT_S", 1)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        begun_s = time.monotonic()
        with pytest.raises(ClusterFailed, match=f"No Dask scheduler answers at {address}"):
            run_takes(plan(sources, look, tmp_path / "run"), SETTINGS, Place(address=address))
        assert time.monotonic() - begun_s < 5


def test_other_software_is_told_by_the_take_too(tmp_path: Path, sources: list[Source], look: str) -> None:
    """A worker that joins later is not asked before."""
    (task, *_) = plan(sources, look, tmp_path / "run")
    size = sources[0].path.stat().st_size
    order = Order("abc", 0, task, SETTINGS, about(), (size,))
    older = work(dataclasses.replace(order, about=about() | {"numpy": "0.9"}))
    assert "This process runs other software than the client: numpy is" in str(older.result.error)
    changed = work(dataclasses.replace(order, sizes=(size + 1,)))
    assert f"sees another file at {sources[0].path} than the client" in str(changed.result.error)
    assert older.outcome.task == changed.outcome.task == task
    assert list((tmp_path / "run").iterdir()) == []


def test_what_differs_is_named() -> None:
    assert difference(about(), about()) is None
    assert difference({"numpy": "1"}, {"numpy": "2"}) == "numpy is 2 there and 1 here"
    assert difference({"numpy": "1"}, {}) == "numpy is none there and 1 here"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("local:3", Place(3)),
        ("local:64", Place(64)),
        ("tcp://scheduler.example:8786", Place(address="tcp://scheduler.example:8786")),
        ("tls://10.0.0.1:8786", Place(address="tls://10.0.0.1:8786")),
        ("tcp://[::1]:8786", Place(address="tcp://[::1]:8786")),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert parse_place(text) == place


def test_local_takes_every_core() -> None:
    assert parse_place("local").workers >= 1


@pytest.mark.parametrize(
    "text",
    ["", "local:", "local:x", "localhost:8786", "http://x:1", "tcp://x", "tcp://x:1/../", "inproc://1"],
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(ConfigError, match="neither local, local:N nor tcp"):
        parse_place(text)


@pytest.mark.parametrize("text", ["local:0", "local:65", "local:9999"])
def test_workers_are_bounded(text: str) -> None:
    with pytest.raises(ConfigError, match="between 1 and 64"):
        parse_place(text)


def test_without_dask_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"tryon\[cluster\]"), places.opened(Place(1)):
        pass
