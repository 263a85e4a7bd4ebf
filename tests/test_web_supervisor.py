"""The first process and its workers, real processes with a scripted middle (``scripted_worker.py``)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientError, ClientSession, WSServerHandshakeError

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.web.client import Closed, MirrorClient, connect
from tryon.web.spawn import Command
from tryon.web.supervisor import Supervisor

SCRIPT = Path(__file__).with_name("scripted_worker.py")
JPEG = jpeg.encode(np.full((96, 128, 3), 120, np.uint8), 90)
START_S = 60.0


def scripted(*how: str) -> Command:
    """The first worker starts as the first of ``how`` says, the next as the second; the last holds for all others."""
    left = list(how)

    def command(descriptor: int) -> Sequence[str]:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        return sys.executable, str(SCRIPT), str(descriptor), chosen

    return command


class House:
    """A server that runs: its address, its supervisor, and what it told people."""

    def __init__(self, supervisor: Supervisor, url: str) -> None:
        self.supervisor = supervisor
        self.url = url
        self.opened = asyncio.Event()
        self.reported: list[tuple[str, float]] = []
        self.running: asyncio.Task[None] = asyncio.create_task(
            supervisor.run(self.opened.set, lambda step, share: self.reported.append((step, share)))
        )

    @property
    def ready(self) -> set[int]:
        return {worker.pid for worker in self.supervisor.workers if worker.ready}

    async def until(self, holds: Callable[[], bool]) -> None:
        until_s = time.monotonic() + START_S
        while not holds():
            assert time.monotonic() < until_s
            assert not self.running.done()
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self.supervisor.stop()
        await self.running


@asynccontextmanager
async def house(*how: str, wait: bool = True, hang_s: float = 10.0, **settings: Any) -> AsyncIterator[House]:
    given = Settings(**({"processes": 2, "threads": 1} | settings))
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    made = House(Supervisor(given, listener, make_command=scripted(*(how or ("well",))), hang_s=hang_s), url)
    try:
        if wait:
            await made.until(lambda: len(made.ready) == given.processes)
        yield made
    finally:
        made.supervisor.stop()
        with suppress(ConfigError):
            await made.running


async def where(client: MirrorClient) -> int:
    """Agree, and tell the process that serves."""
    await client.consent()
    assert client.hello is not None
    return int(client.hello.hint_texts["process"])


async def refused(url: str) -> tuple[int, str | None]:
    with pytest.raises(WSServerHandshakeError) as refusal:
        async with connect(url):
            pytest.fail("let in")
    assert refusal.value.headers is not None
    return refusal.value.status, refusal.value.headers.get("Retry-After")


async def readyz(url: str) -> tuple[int, Any]:
    async with ClientSession() as http, http.get(f"{url}/readyz") as answer:
        return answer.status, await answer.json()


async def test_shoppers_are_spread_and_the_house_has_one_capacity() -> None:
    async with house(max_sessions=3) as server:
        async with connect(server.url) as one, connect(server.url) as other:
            async with connect(server.url) as third:
                assert {await where(one), await where(other)} == server.ready
                assert await where(third) in server.ready
                # Every place is taken, whichever process is asked.
                assert await refused(server.url) == (503, "5")
                for _ in range(3):
                    status, answer = await readyz(server.url)
                    assert (status, answer["error"]["code"]) == (503, "busy")
                    with pytest.raises(WSServerHandshakeError):
                        await on_a_kept_connection(server.url)
            await server.until(lambda: sum(worker.load for worker in server.supervisor.workers) == 2)
            assert await readyz(server.url) == (200, {"status": "ready", "processes": 2})
            loads = {worker.pid: worker.load for worker in server.supervisor.workers}
            async with connect(server.url) as next_one:
                assert loads[await where(next_one)] == min(loads.values())
        await server.until(lambda: sum(worker.load for worker in server.supervisor.workers) == 0)


async def on_a_kept_connection(url: str) -> None:
    """A page first, and the mirror on the same connection, as a proxy may do it."""
    async with ClientSession() as http:
        async with http.get(f"{url}/healthz") as answer:
            assert answer.status == 200
            await answer.read()
        async with http.ws_connect(f"{url}/ws/mirror", origin=url) as ws:
            await ws.receive()
            await ws.close()


async def test_a_kept_connection_may_turn_to_the_mirror_and_counts() -> None:
    async with house(max_sessions=1) as server:
        await on_a_kept_connection(server.url)
        async with ClientSession() as http:
            async with http.get(f"{server.url}/healthz") as answer:
                await answer.read()
            async with http.ws_connect(f"{server.url}/ws/mirror", origin=server.url) as ws:
                await ws.receive()
                assert await refused(server.url) == (503, "5")


async def test_many_at_once_get_as_many_places_as_there_are() -> None:
    async with house(max_sessions=4) as server:
        admitted, leave = [], asyncio.Event()

        async def shopper() -> int:
            try:
                async with connect(server.url) as client:
                    admitted.append(await where(client))
                    await leave.wait()
            except WSServerHandshakeError as refusal:
                return refusal.status
            return 200

        shoppers = [asyncio.create_task(shopper()) for _ in range(12)]
        await server.until(lambda: sum(task.done() for task in shoppers) == 8)
        await server.until(lambda: len(admitted) == 4)
        assert sorted(admitted.count(pid) for pid in server.ready) == [2, 2]
        leave.set()
        assert sorted(await asyncio.gather(*shoppers)) == [200] * 4 + [503] * 8


async def test_a_killed_worker_costs_its_own_shoppers_a_reconnection_and_nobody_else_a_frame() -> None:
    async with house() as server, connect(server.url) as one, connect(server.url) as other:
        killed, _ = await where(one), await where(other)
        gaps, done = [], asyncio.Event()

        async def go_on() -> None:
            t_ms = 0.0
            while not done.is_set():
                begin = time.monotonic()
                t_ms += 33
                await other.exchange(JPEG, t_ms)
                gaps.append(time.monotonic() - begin)
                await asyncio.sleep(0.02)

        going = asyncio.create_task(go_on())
        os.kill(killed, signal.SIGKILL)
        with pytest.raises((Closed, ClientError, ConnectionError)):
            await one.exchange(JPEG, 1.0)
        async with connect(server.url) as again:
            assert await where(again) != killed
            await again.exchange(JPEG, 2.0)
        await server.until(lambda: len(server.ready) == 2)
        assert killed not in server.ready
        # The new one takes its share.
        async with connect(server.url) as newcomer:
            assert await where(newcomer) in server.ready
        done.set()
        await going
        assert len(gaps) > 10
        assert max(gaps) < 1.0


async def test_a_worker_that_hangs_is_replaced() -> None:
    async with house(hang_s=1.0) as server, connect(server.url) as one:
        hung = await where(one)
        os.kill(hung, signal.SIGSTOP)
        await server.until(lambda: hung not in server.ready)
        await server.until(lambda: len(server.ready) == 2)
        with pytest.raises((Closed, ClientError, ConnectionError)):
            await one.exchange(JPEG, 1.0)


async def test_while_a_worker_is_silent_nobody_new_is_sent_there() -> None:
    async with house(hang_s=30.0) as server, connect(server.url) as one:
        busier = await where(one)
        silent = next(worker for worker in server.supervisor.workers if worker.pid != busier)
        os.kill(silent.pid, signal.SIGSTOP)
        try:
            await server.until(lambda: silent.silent_s > 2)
            async with connect(server.url) as other:
                assert await where(other) == busier
        finally:
            os.kill(silent.pid, signal.SIGCONT)


async def test_stopping_says_goodbye_to_every_shopper_and_leaves_no_process() -> None:
    async with house() as server:
        async with connect(server.url) as one, connect(server.url) as other:
            pids = {await where(one), await where(other)}
            assert len(pids) == 2
            begin = time.monotonic()
            stopping = asyncio.create_task(server.stop())
            assert [await client.closed() for client in (one, other)] == [1001, 1001]
            await stopping
            assert time.monotonic() - begin < 3
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        with pytest.raises(ClientError):
            await readyz(server.url)


async def test_while_the_first_warms_up_it_answers_alone_and_tells_how_far_it_is() -> None:
    async with house("slow", "well", wait=False) as server:
        seen, refusals = set(), 0
        while not server.opened.is_set():
            with suppress(ClientError):
                status, answer = await readyz(server.url)
                seen.add(answer["error"].get("step") if status == 503 else "ready")
            try:
                async with connect(server.url):
                    # It became ready this very moment.
                    break
            except WSServerHandshakeError as refusal:
                refusals += refusal.status == 503
            except ClientError:
                pass
            await asyncio.sleep(0.05)
        assert refusals
        await server.until(server.opened.is_set)
        assert "half of it" in seen
        assert ("half of it", 0.5) in server.reported
        assert server.reported[-1] == ("ready", 1.0)
        # It serves before the second one is there.
        async with connect(server.url) as client:
            first = await where(client)
            await server.until(lambda: len(server.ready) == 2)
            async with connect(server.url) as other:
                assert await where(other) != first


@pytest.mark.parametrize(
    ("how", "sentence"),
    [("refuse", "The catalogue is torn"), ("crash", "could not start. It ended with SIGABRT")],
)
async def test_a_first_worker_that_cannot_start_stops_the_start(how: str, sentence: str) -> None:
    async with house(how, wait=False) as server:
        with pytest.raises(ConfigError, match=sentence):
            await asyncio.wait_for(server.running, START_S)
        assert not server.opened.is_set()


async def test_one_that_dies_again_and_again_is_given_time(caplog: pytest.LogCaptureFixture) -> None:
    async with house("well", "crash", wait=False) as server:
        await server.until(lambda: caplog.text.count("is gone and will be replaced") == 3)
        begin = time.monotonic()
        async with connect(server.url) as client:
            await where(client)
            await server.until(lambda: caplog.text.count("is gone and will be replaced") == 4)
        # Three deaths: a second's pause, and the start.
        assert time.monotonic() - begin > 0.7
        assert len(server.ready) == 1


async def test_with_no_worker_left_the_answer_is_to_come_again() -> None:
    async with house("well", "crash", processes=1) as server:
        os.kill(server.supervisor.workers[0].pid, signal.SIGKILL)
        await server.until(lambda: not server.supervisor.workers)
        async with ClientSession() as http, http.get(f"{server.url}/") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "2")


async def test_connections_that_never_ask_cost_nobody_anything() -> None:
    async with house(max_sessions=2) as server:
        port = int(server.url.rpartition(":")[2])
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        for sock in idle[::2]:
            sock.send(b"GET /ws/mi")
        async with connect(server.url) as client:
            await where(client)
            await client.exchange(JPEG, 1.0)
        for sock in idle:
            sock.close()
