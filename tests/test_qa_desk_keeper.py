"""The keeper: one run at a time, stopped when it should be, never left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tryon.config import Settings
from tryon.qa.desk.child import NICE, Child
from tryon.qa.desk.keeper import Keeper
from tryon.qa.desk.runs import Runs
from tryon.qa.desk.shelf import Shelf
from tryon.qa.desk.values import Clip, Order, Probe, RunNow

WORK = Path(__file__).parent / "desk_work.py"
PASSED = {"state": "passed", "sentence": "All gates held.", "takes": []}
PATIENCE_S = 20.0


def scripted(_work: str) -> list[str]:
    return [sys.executable, str(WORK)]


class Desk:
    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock_ms = time.time_ns() // 1_000_000
        self.free = 1 << 40
        self.settings = Settings(qa_dir=folder, **settings)
        self.runs = self.open()
        self.clip = self._put()
        self.keepers: list[Keeper] = []

    def open(self) -> Runs:
        return Runs(Shelf(self.settings, clock_ms=lambda: self.clock_ms, free=lambda _: self.free))

    def _put(self) -> Clip:
        upload = self.runs.shelf.begin_upload("walk.mp4", "upload", 3)
        upload.path.write_bytes(b"one")
        digest = hashlib.sha256(b"one").hexdigest()
        return self.runs.shelf.keep_upload(upload, digest, Probe(64, 48, 25.0, 10, 400.0))

    def script(self, **does: Any) -> None:
        (self.settings.qa_dir / "script.json").write_text(json.dumps(does), "utf-8")

    def submit(self) -> Order:
        return self.runs.submit(self.clip.id, ["gold"], "none", None).order

    def keep(self) -> Keeper:
        keeper = Keeper(self.open(), make_command=scripted, poll_s=0.02, sweep_s=0.05)
        self.keepers.append(keeper)
        keeper.start()
        return keeper

    def wait(self, order: Order, *names: str) -> RunNow:
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            now = self.runs.get(order.id)
            if now.state.name in names:
                return now
            time.sleep(0.01)
        raise AssertionError(self.runs.get(order.id))

    @property
    def worked(self) -> list[str]:
        path = self.settings.qa_dir / "worked"
        return path.read_text("utf-8").split() if path.exists() else []

    def wait_for_work(self, count: int = 1) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while len(self.worked) < count:
            assert time.monotonic() < until_s
            time.sleep(0.01)


@pytest.fixture
def desk_with(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**settings: Any) -> Desk:
        made.append(Desk(tmp_path / "qa", **settings))
        return made[-1]

    yield make
    for desk in made:
        for keeper in desk.keepers:
            keeper.close()


@pytest.fixture
def desk(desk_with: Callable[..., Desk]) -> Desk:
    return desk_with()


def test_runs_are_worked_off_in_order_by_one_of_two_keepers(desk: Desk) -> None:
    orders = [desk.submit() for _ in range(3)]
    desk.script(outcome=PASSED)
    desk.keep()
    desk.keep()
    assert [desk.wait(order, "passed").state.sentence for order in orders] == ["All gates held."] * 3
    assert desk.worked == [order.id for order in orders]


def test_progress_is_seen_while_it_runs_and_cancelling_ends_it(desk: Desk) -> None:
    desk.script(wait_s=60, progress={"step": "take", "fraction": 0.5, "take": 1, "takes": 1, "frames": 5})
    order = desk.submit()
    desk.keep()
    desk.wait_for_work()
    until_s = time.monotonic() + PATIENCE_S
    while (progress := desk.runs.get(order.id).progress) is None:
        assert time.monotonic() < until_s
    assert (progress.frames, progress.fraction) == (5, 0.5)
    desk.runs.cancel(order.id)
    now = desk.wait(order, "cancelled")
    assert (now.progress, now.state.sentence) == (None, "It was cancelled.")


def test_a_deleted_run_stops_and_the_next_one_begins(desk: Desk) -> None:
    desk.script(wait_s=60)
    first, second = desk.submit(), desk.submit()
    desk.keep()
    desk.wait_for_work()
    desk.script(outcome=PASSED)
    desk.runs.delete(first.id)
    desk.wait(second, "passed")
    assert [now.order.id for now in desk.runs.all()] == [second.id]


def test_a_run_ends_when_its_clip_expires(desk: Desk) -> None:
    desk.script(wait_s=60)
    desk.submit()
    keeper = desk.keep()
    desk.wait_for_work()
    desk.clock_ms = desk.clip.expires_ms
    until_s = time.monotonic() + PATIENCE_S
    while desk.runs.shelf.clip_folder(desk.clip).exists():
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert desk.runs.all() == []
    assert [stone.name for stone in desk.runs.shelf.tombstones()] == ["walk.mp4"]
    keeper.close()


@pytest.mark.parametrize(
    ("limits", "does", "sentence"),
    [
        ({"qa_run_minutes": 0.005}, {"wait_s": 60}, "more than 0.005 minutes"),
        ({"qa_memory_mb": 512}, {"wait_s": 60, "grow_mb": 600}, "more than 512 MB of memory"),
        ({"qa_total_mb": 2}, {"wait_s": 60, "write_mb": 3}, "QA may fill 2 MB"),
    ],
    ids=["time", "memory", "room"],
)
def test_a_run_that_takes_more_than_it_may_is_stopped(
    desk_with: Callable[..., Desk], limits: dict[str, Any], does: dict[str, Any], sentence: str
) -> None:
    desk = desk_with(**limits)
    desk.script(**does)
    order = desk.submit()
    desk.keep()
    assert sentence in desk.wait(order, "failed").state.sentence


def test_a_disk_that_fills_up_stops_the_run(desk: Desk) -> None:
    desk.script(wait_s=60)
    order = desk.submit()
    desk.keep()
    desk.wait_for_work()
    desk.free = 0
    assert "nearly full" in desk.wait(order, "failed").state.sentence


def test_a_process_that_dies_is_a_failed_run(desk: Desk) -> None:
    desk.script()
    order = desk.submit()
    desk.keep()
    assert "broke off by itself" in desk.wait(order, "failed").state.sentence


def test_a_server_that_stops_leaves_an_interrupted_run_and_no_process(desk: Desk) -> None:
    desk.script(wait_s=60)
    order = desk.submit()
    keeper = desk.keep()
    desk.wait_for_work()
    began_s = time.monotonic()
    keeper.close()
    assert time.monotonic() - began_s < 5
    assert desk.runs.get(order.id).state.name == "interrupted"
    desk.script(outcome=PASSED)
    desk.runs.again(order.id)
    desk.keep()
    desk.wait(order, "passed")


def test_another_process_takes_over_from_one_that_is_killed(desk: Desk) -> None:
    desk.script(wait_s=60)
    first, second = desk.submit(), desk.submit()
    code = (
        "import sys, time; from pathlib import Path; from tryon.config import Settings; "
        "from tryon.qa.desk.keeper import Keeper; from tryon.qa.desk.runs import Runs; "
        "from tryon.qa.desk.shelf import Shelf; "
        "Keeper(Runs(Shelf(Settings(qa_dir=Path(sys.argv[1])))), "
        "make_command=lambda _: [sys.executable, sys.argv[2]], poll_s=0.02).start(); time.sleep(60)"
    )
    place = str(desk.settings.qa_dir)
    with subprocess.Popen([sys.executable, "-c", code, place, str(WORK)]) as other:
        desk.wait_for_work()
        desk.keep()
        time.sleep(0.1)
        assert desk.runs.get(first.id).state.name == "running"
        desk.script(outcome=PASSED)
        other.send_signal(signal.SIGKILL)
        other.wait()
    desk.wait(second, "passed")
    assert desk.runs.get(first.id).state.name == "interrupted"
    assert desk.worked == [first.id, second.id]


def test_a_child_is_the_last_in_turn_and_has_no_life_after_its_parent() -> None:
    code = (
        "import time; from tryon.qa.desk.child import Child; import sys; "
        "c = Child('intake', {'memory_mb': 512, 'path': '/dev/zero', 'name': 'x'}, "
        "lambda w: [sys.executable, '-c', 'import os, sys, threading, time; "
        "from tryon.qa.desk import child; os.nice(child.NICE); "
        "threading.Thread(target=child._end_with_parent, daemon=True).start(); time.sleep(60)']); "
        "print(c.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until_s = time.monotonic() + PATIENCE_S
        while os.getpriority(os.PRIO_PROCESS, pid) < NICE:
            assert time.monotonic() < until_s
            time.sleep(0.01)
        parent.kill()
        parent.wait()
    while _alive(pid):
        assert time.monotonic() < until_s
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    """A zombie has ended; who buries it is the system's business."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_closing_a_child_twice_does_no_harm() -> None:
    child = Child("job", {}, lambda _: [sys.executable, "-c", "import time; time.sleep(60)"])
    assert child.ended() is None
    assert (child.memory_mb() or 1) > 0
    child.close()
    child.close()
    assert child.ended() == -signal.SIGKILL
    assert child.memory_mb() is None
