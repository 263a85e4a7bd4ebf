from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from tryon.errors import BadFrame, PerceptionFailed
from tryon.workers import Failed, Lane, WorkerPool


class Engine:
    """An engine that does what its jobs say."""

    def __init__(self, made: list[Engine]) -> None:
        self.thread = threading.get_ident()
        self.closed = 0
        made.append(self)

    def warm_up(self, progress: Callable[[str, float], None]) -> None:
        progress("kernels", 0.5)

    def close(self) -> None:
        self.closed += 1


Job = Callable[[Engine], object]


class Shopper:
    """One lane and what came out of it."""

    def __init__(self, pool: WorkerPool[Engine]) -> None:
        self.outcomes: list[object] = []
        self.came = asyncio.Event()
        self.lane: Lane[Engine, Job, object] = pool.lane(lambda engine, job: job(engine), self._deliver)

    def _deliver(self, _job: Job, outcome: object) -> None:
        self.outcomes.append(outcome)
        self.came.set()

    async def wait(self, count: int) -> list[object]:
        while len(self.outcomes) < count:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 5)
        return self.outcomes


@pytest.fixture
def made() -> list[Engine]:
    return []


@pytest.fixture
async def pool(made: list[Engine]) -> AsyncIterator[WorkerPool[Engine]]:
    pool = WorkerPool(2, lambda: Engine(made), hang_deadline_s=0.3)
    await pool.start()
    yield pool
    assert pool.close()


async def test_each_worker_has_its_own_engine_made_in_its_own_thread(
    pool: WorkerPool[Engine], made: list[Engine]
) -> None:
    assert len({engine.thread for engine in made}) == 2
    assert threading.get_ident() not in {engine.thread for engine in made}
    assert pool.warm
    assert pool.progress.fraction == 1.0


async def test_jobs_of_one_lane_run_one_at_a_time_and_in_order(pool: WorkerPool[Engine]) -> None:
    shopper = Shopper(pool)
    running = 0
    most = 0

    def job(number: int) -> Job:
        def work(engine: Engine) -> int:
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.002)
            running -= 1
            return number

        return work

    for number in range(20):
        assert shopper.lane.offer(job(number)) is None
        await shopper.wait(number + 1)
    assert shopper.outcomes == list(range(20))
    assert most == 1


async def test_the_newest_waiting_job_wins(pool: WorkerPool[Engine]) -> None:
    shopper, gate, begun = Shopper(pool), threading.Event(), threading.Event()

    def first(engine: Engine) -> str:
        begun.set()
        gate.wait(5)
        return "first"

    shopper.lane.offer(first)
    await asyncio.to_thread(begun.wait, 5)

    def job(number: int) -> Job:
        return lambda engine: number

    jobs = [job(number) for number in range(99)]
    replaced = [shopper.lane.offer(each) for each in jobs]
    gate.set()
    assert await shopper.wait(2) == ["first", 98]
    assert replaced == [None, *jobs[:-1]]


async def test_eight_busy_lanes_on_two_threads_get_equal_shares(pool: WorkerPool[Engine]) -> None:
    done: Counter[int] = Counter()
    stop = time.monotonic() + 0.5

    def start(index: int) -> Lane[Engine, Job, object]:
        def work(engine: Engine) -> None:
            time.sleep(0.001)

        def deliver(job: Job, outcome: object) -> None:
            done[index] += 1
            if time.monotonic() < stop:
                lane.offer(work)
                lane.offer(work)

        lane = pool.lane(lambda engine, job: job(engine), deliver)
        lane.offer(work)
        return lane

    lanes = [start(index) for index in range(8)]
    await asyncio.sleep(0.6)
    assert len(done) == len(lanes)
    assert min(done.values()) >= 0.7 * sum(done.values()) / 8


async def test_a_bad_frame_costs_that_frame_and_keeps_the_engine(
    pool: WorkerPool[Engine], made: list[Engine]
) -> None:
    shopper = Shopper(pool)

    def bad(engine: Engine) -> None:
        raise BadFrame("No.")

    shopper.lane.offer(bad)
    (outcome,) = await shopper.wait(1)
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.broken) == ("bad_frame", False)
    shopper.lane.offer(lambda engine: "good")
    assert (await shopper.wait(2))[1] == "good"
    assert len(made) == 2


async def test_a_crash_costs_that_frame_and_the_engine_is_built_anew(
    pool: WorkerPool[Engine], made: list[Engine], caplog: pytest.LogCaptureFixture
) -> None:
    shopper, other = Shopper(pool), Shopper(pool)
    crashed: list[Engine] = []

    def crash(engine: Engine) -> None:
        crashed.append(engine)
        raise RuntimeError("secret pixels")

    shopper.lane.offer(crash)
    (outcome,) = await shopper.wait(1)
    assert isinstance(outcome, Failed)
    assert outcome.broken
    assert isinstance(outcome.error, PerceptionFailed)
    shopper.lane.offer(lambda engine: engine)
    other.lane.offer(lambda engine: "unharmed")
    assert await other.wait(1) == ["unharmed"]
    # The lane stays held until its owner has renewed what the crash may have broken.
    assert len(shopper.outcomes) == 1
    shopper.lane.release()
    assert (await shopper.wait(2))[1] is not crashed[0]
    for _ in range(100):
        if len(made) == 3 and crashed[0].closed:
            break
        await asyncio.sleep(0.01)
    assert (len(made), crashed[0].closed) == (3, 1)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


async def test_a_hang_costs_its_thread_and_nobody_else_waits(
    pool: WorkerPool[Engine], made: list[Engine], caplog: pytest.LogCaptureFixture
) -> None:
    gate, shopper, other = threading.Event(), Shopper(pool), Shopper(pool)
    shopper.lane.offer(lambda engine: gate.wait(5))
    other.lane.offer(lambda engine: "quick")
    assert await other.wait(1) == ["quick"]
    (outcome,) = await shopper.wait(1)
    assert isinstance(outcome, Failed)
    assert outcome.broken
    assert "too long" in outcome.error.sentence
    shopper.lane.release()
    for number in range(4):
        shopper.lane.offer(lambda engine: threading.get_ident())
        await shopper.wait(number + 2)
    gate.set()
    await asyncio.sleep(0.05)
    assert len(shopper.outcomes) == 5, "the late result of the thread that hung is thrown away"
    assert len(made) == 3
    assert sum(engine.closed for engine in made) == 1


async def test_a_held_lane_begins_nothing_and_keeps_the_newest(pool: WorkerPool[Engine]) -> None:
    shopper = Shopper(pool)
    shopper.lane.hold()
    shopper.lane.offer(lambda engine: "old")
    shopper.lane.offer(lambda engine: "new")
    await asyncio.sleep(0.05)
    assert shopper.outcomes == []
    shopper.lane.release()
    assert await shopper.wait(1) == ["new"]


async def test_a_closed_lane_delivers_nothing_and_keeps_nothing(pool: WorkerPool[Engine]) -> None:
    class Picture:
        pass

    shopper, gate, begun = Shopper(pool), threading.Event(), threading.Event()
    pictures = [Picture(), Picture()]
    alive = [weakref.ref(picture) for picture in pictures]

    def hold(picture: Picture) -> Job:
        def work(engine: Engine) -> Picture:
            begun.set()
            gate.wait(5)
            return picture

        return work

    shopper.lane.offer(hold(pictures[0]))
    await asyncio.to_thread(begun.wait, 5)
    shopper.lane.offer(hold(pictures[1]))
    shopper.lane.close()
    shopper.lane.close()
    pictures.clear()
    gate.set()
    for _ in range(100):
        gc.collect()
        if not any(ref() for ref in alive):
            break
        await asyncio.sleep(0.01)
    assert [ref() for ref in alive] == [None, None]
    assert shopper.outcomes == []

    def late(engine: Engine) -> None: ...

    assert shopper.lane.offer(late) is late


async def test_a_frame_that_waits_for_the_compiler_does_not_hang(made: list[Engine]) -> None:
    compiling, gate = threading.Event(), threading.Event()
    compiling.set()
    pool = WorkerPool(1, lambda: Engine(made), hang_deadline_s=0.1, compiling=compiling.is_set)
    await pool.start()
    shopper = Shopper(pool)
    shopper.lane.offer(lambda engine: gate.wait(10))
    await asyncio.sleep(0.5)
    assert shopper.outcomes == []
    gate.set()
    assert await shopper.wait(1) == [True]
    assert len(made) == 1
    assert pool.close()


async def test_once_the_compiler_is_done_the_deadline_begins_anew(made: list[Engine]) -> None:
    compiling, gate = threading.Event(), threading.Event()
    compiling.set()
    pool = WorkerPool(1, lambda: Engine(made), hang_deadline_s=0.2, compiling=compiling.is_set)
    await pool.start()
    shopper = Shopper(pool)
    shopper.lane.offer(lambda engine: gate.wait(10))
    await asyncio.sleep(0.3)
    compiling.clear()
    (outcome,) = await shopper.wait(1)
    assert isinstance(outcome, Failed)
    gate.set()
    pool.close()


async def test_loading_runs_beside_the_workers(pool: WorkerPool[Engine], made: list[Engine]) -> None:
    assert await pool.load(threading.get_ident) not in {engine.thread for engine in made}
    with pytest.raises(BadFrame):
        await pool.load(_raise_bad_frame)


def _raise_bad_frame() -> None:
    raise BadFrame("No.")


async def test_the_first_worker_warms_up_alone_and_tells_its_progress() -> None:
    gate, made = threading.Event(), list[Engine]()

    class Slow(Engine):
        def warm_up(self, progress: Callable[[str, float], None]) -> None:
            progress("compile kernels", 0.25)
            gate.wait(5)

    pool = WorkerPool(3, lambda: Slow(made))
    started = pool.start()
    for _ in range(100):
        if pool.progress.step == "compile kernels":
            break
        await asyncio.sleep(0.01)
    assert (pool.progress.fraction, len(made), pool.warm) == (0.25, 1, False)
    gate.set()
    await started
    assert (len(made), pool.warm) == (3, True)
    assert pool.close()
    assert pool.close()
    assert [engine.closed for engine in made] == [1, 1, 1]
    assert not pool.warm


async def test_closing_waits_for_no_engine_that_still_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tryon.workers.pool._JOIN_S", 60.0)
    gate, began, ended = threading.Event(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow(Engine):
        def warm_up(self, progress: Callable[[str, float], None]) -> None:
            progress("compile kernels", 0.25)
            loop.call_soon_threadsafe(began.set)
            gate.wait(60)

        def close(self) -> None:
            loop.call_soon_threadsafe(ended.set)

    made = list[Engine]()
    pool = WorkerPool(1, lambda: Slow(made))
    pool.start()
    await began.wait()
    assert not await asyncio.wait_for(asyncio.to_thread(pool.close), 30)
    gate.set()
    await asyncio.wait_for(ended.wait(), 30)


async def test_an_engine_that_cannot_be_built_ends_the_start(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Engine:
        raise PerceptionFailed("The model is missing.")

    pool = WorkerPool(2, broken)
    with caplog.at_level(logging.ERROR), pytest.raises(PerceptionFailed, match="missing"):
        await pool.start()
    assert not pool.warm
    # The other thread may still be about to find out that it cannot be built, and nobody waits for one that warms up.
    for _ in range(1500):
        if pool.close():
            break
        await asyncio.sleep(0.02)
    assert pool.close()
