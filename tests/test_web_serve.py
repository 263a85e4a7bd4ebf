"""``tryon serve`` as a process, with the real landmark model, renderer and catalogue."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.frame import U8
from tryon.web.client import Closed, MirrorClient, connect
from tryon.web.serve import serve
from tryon.wire.control import Bye, Failure, LookAnswer, LookItem
from tryon.wire.messages import Reply, ReplyKind

OPEN = re.compile(r"open at (http://127\.0\.0\.1:\d+/)")
# A first start compiles every kernel, and a first look is loaded, on a machine that may be busy with other tests.
# As tests/browser/conftest.py has it.
START_S = 900
# Two seconds for the sessions, and one for everything else on a busy machine.
STOP_S = 3


@dataclass
class Process:
    url: str
    process: subprocess.Popen[str]
    folder: Path

    def stop(self, with_signal: signal.Signals) -> tuple[int, float, str]:
        """Exit status, seconds until then, and everything that was printed."""
        begin = time.monotonic()
        if with_signal == signal.SIGINT:
            # A terminal's Ctrl+C reaches every process.
            os.killpg(self.process.pid, with_signal)
        else:
            self.process.send_signal(with_signal)
        printed, _ = self.process.communicate(timeout=30)
        return self.process.returncode, time.monotonic() - begin, printed


ALONE = ("--processes", "1", "--threads", "2")
TWO = ("--processes", "2")


@pytest.fixture(params=[TWO], ids=["two"])
def server(tmp_path: Path, fresh_cache: Path, request: pytest.FixtureRequest) -> Iterator[Process]:
    environment = os.environ | {"TRYON_CACHE_DIR": str(fresh_cache)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tryon", "serve", "--port", "0", *request.param],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=tmp_path,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines = []
    until = time.monotonic() + START_S
    try:
        for line in process.stdout:
            lines.append(line)
            found = OPEN.search(line)
            if found:
                yield Process(found[1], process, tmp_path)
                return
            assert time.monotonic() < until
        pytest.fail("the server did not start:\n" + "".join(lines))
    finally:
        process.kill()
        process.communicate()


def _scene(astronaut: U8) -> U8:
    """640 x 480 with the face about 200 px wide."""
    face = cv2.resize(astronaut[0:360, 60:420], (640, 640), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(face[40:520], dtype=np.uint8)


async def _products(client: MirrorClient) -> list[LookItem]:
    from tryon.looks import LookBook

    kinds = {product.kind: product.sku for product in reversed(LookBook(None).products())}
    assert set(kinds) >= {"eyewear", "makeup"}
    return [LookItem(kinds["eyewear"]), LookItem(kinds["makeup"])]


@pytest.mark.parametrize("server", [ALONE, TWO], ids=["alone", "two"], indirect=True)
async def test_the_mirror_from_start_to_stop(server: Process, astronaut: U8) -> None:
    """A real shopper is dressed, bad pictures print nothing, and SIGTERM under load ends in good order."""
    canary = b"CANARY-51c0de"
    scene = _scene(astronaut)
    good = jpeg.encode(scene, 85)
    good = good[:2] + b"\xff\xfe" + struct.pack(">H", len(canary) + 2) + canary + good[2:]
    middle = len(good) // 2
    broken = good[:middle] + bytes(400) + good[middle + 400 :]
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(connect(server.url, patience_s=START_S))
        await client.consent()
        bare = await client.exchange(good, 1.0)
        assert isinstance(bare, Reply)
        assert bare.kind is ReplyKind.UNCHANGED
        answer = await client.look(await _products(client))
        assert isinstance(answer, LookAnswer), answer
        assert all(item.strength == 1 for item in answer.items)
        reply = await client.exchange(good, 34.0)
        assert isinstance(reply, Reply)
        assert reply.kind is ReplyKind.RECTANGLE
        _check_worn(reply, scene)
        # Only now: who does not read answers no ping, and is dropped while a busy machine is still warming up.
        other = await stack.enter_async_context(connect(server.url, patience_s=START_S))
        await other.consent()
        still_bare = await other.exchange(good, 34.0)
        assert isinstance(still_bare, Reply)
        assert still_bare.kind is ReplyKind.UNCHANGED
        assert isinstance(await other.look([LookItem("no-such-product")]), Failure)
        for number in range(5):
            await other.exchange(broken, 100.0 + number)
        assert client.status is not None
        assert client.status.faces == 1
        codes, (status, after_s, printed) = await _stop_under_load([client, other], good, server)
    assert codes == [1001, 1001]
    assert status == 0
    assert after_s < STOP_S
    assert "Corrupt" not in printed
    assert "Traceback" not in printed
    assert canary.decode() not in printed
    written = [path for path in server.folder.rglob("*") if path.is_file()]
    assert [path for path in written if canary in path.read_bytes()] == []


def _check_worn(reply: Reply, scene: U8) -> None:
    """Something dark and red was drawn on the face, and the rectangle's margin is the scene's own."""
    rect = reply.rect
    part = jpeg.decode(reply.jpeg).astype(int)
    before = scene[rect.y0 : rect.y1, rect.x0 : rect.x1].astype(int)
    difference = np.abs(part - before).max(axis=2)
    assert (difference > 25).mean() > 0.02
    assert np.median(difference[:4]) < 8
    assert 100 < rect.width < 600
    assert (reply.frame_width, reply.frame_height) == (640, 480)


async def _stop_under_load(
    clients: list[MirrorClient], frame: bytes, server: Process
) -> tuple[list[int | None], tuple[int, float, str]]:
    async def go(client: MirrorClient) -> int | None:
        said_goodbye = False
        try:
            t_ms = 1000.0
            while True:
                t_ms += 33
                if client.window.open and not said_goodbye:
                    await client.send_frame(frame, t_ms)
                said_goodbye = isinstance(await client.receive(), Bye) or said_goodbye
        except Closed as closed:
            assert said_goodbye
            return closed.code

    going = [asyncio.create_task(go(client)) for client in clients]
    await asyncio.sleep(0.5)
    stopped = await asyncio.to_thread(server.stop, signal.SIGTERM)
    return list(await asyncio.gather(*going)), stopped


async def test_ctrl_c_stops_it_as_well(server: Process) -> None:
    status, after_s, printed = await asyncio.to_thread(server.stop, signal.SIGINT)
    assert (status, "Traceback" in printed) == (0, False)
    assert after_s < STOP_S


async def test_a_crashed_worker_is_replaced_and_no_worker_outlives_the_first_process(
    server: Process, astronaut: U8
) -> None:
    frame = jpeg.encode(_scene(astronaut), 85)
    workers = await _workers(server, 2)
    async with (
        connect(server.url, patience_s=START_S) as one,
        connect(server.url, patience_s=START_S) as other,
    ):
        for client in (one, other):
            await client.consent()
            assert isinstance(await client.exchange(frame, 1.0), Reply)
        os.kill(workers[0], signal.SIGSEGV)
        outcomes = await asyncio.gather(
            *(client.exchange(frame, 34.0) for client in (one, other)), return_exceptions=True
        )
        assert sorted(isinstance(outcome, Reply) for outcome in outcomes) == [False, True]
        async with connect(server.url, patience_s=START_S) as again:
            await again.consent()
            assert isinstance(await again.exchange(frame, 1.0), Reply)
    now = await _workers(server, 2)
    assert workers[0] not in now
    assert workers[1] in now
    server.process.kill()
    until = time.monotonic() + 10
    while any(_lives(pid) for pid in now):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    assert server.process.stdout is not None
    printed = server.process.stdout.read()
    assert "Fatal Python error: Segmentation fault" in printed
    assert "ended with SIGSEGV" in printed


async def _workers(server: Process, count: int) -> list[int]:
    """The workers' process ids, once ``count`` are ready."""
    until = time.monotonic() + START_S
    async with ClientSession() as http:
        while True:
            async with http.get(f"{server.url}readyz") as answer:
                if answer.status == 200 and (await answer.json())["processes"] == count:
                    break
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
    listed = await asyncio.to_thread(
        subprocess.run, ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    return [pid for pid, parent in pairs if parent == server.process.pid]


def _lives(pid: int) -> bool:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip() not in {"", "Z", "Zs"}


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} is taken"):
            serve(Settings(port=port))
        done = subprocess.run(
            [sys.executable, "-m", "tryon", "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert f"Port {port} is taken" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_address_that_is_not_ours_is_told_in_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"Cannot listen on 192\.0\.2\.1:0"):
        serve(Settings(host="192.0.2.1", port=0))
