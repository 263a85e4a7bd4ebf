"""``/qa`` over HTTP, from a real loopback port: who may, what is refused, what becomes of uploads and runs."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import socket
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession, TCPConnector, web
from typer.testing import CliRunner

from tryon.cli import app as cli
from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.qa.desk.shelf import Shelf
from tryon.qa.desk.values import Probe
from tryon.qa.results import _RUN as RUN_VALUES
from tryon.qa.results import RunResult, TakeResult
from tryon.replay.clip import ClipWriter
from tryon.web.app import create_app, make_runner
from tryon.web.loopback import check_settings, is_loopback
from tryon.web.middle import Factories
from tryon.web.qa import add_qa
from tryon.web.qa_keys import QA_RUNS

WORK = Path(__file__).parent / "desk_work.py"
WISH = {"X-Tryon-QA": "1"}
PATIENCE_S = 30.0
TAKE = {"look": "gold", "frames": 3, "figures": [["Faces", "100 %"]]}
PASSED = {"state": "passed", "sentence": "All gates held.", "takes": [TAKE]}
RUN = json.loads(
    RUN_VALUES.dump_json(
        RunResult(
            (TakeResult("walk.mp4 × gold", "walk.mp4", "gold", 3, files={"records": "take.jsonl"}),),
            {"tryon": "0.1.0"},
        )
    )
)
POLICY = (
    "default-src 'none'; script-src 'sha256-abc='; style-src 'sha256-def='; connect-src https://evil.example"
)
REPORT = f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}">'.replace(
    "'", "&#39;"
)
GATES = 'frames_min = 1\n[[gate]]\nmeasure = "detect.rate"\nmin = 50\n'


@dataclass(frozen=True)
class Shade:
    id: str
    name: str = "A shade"
    swatch: str = "#aa0011"


@dataclass(frozen=True)
class Product:
    sku: str
    kind: str
    name: str
    description: str = ""
    shades: tuple[Shade, ...] = ()
    thumbnail: Path | None = None


class _Engine:
    def warm_up(self, _progress: Any) -> None: ...
    def close(self) -> None: ...


class _Book:
    def products(self) -> Sequence[Product]:
        lip = Product("lip", "makeup", "Lip", "", (Shade("red"), Shade("rose")))
        return Product("gold", "eyewear", "Gold"), Product("black", "eyewear", "Black"), lip

    def looks(self) -> Any: ...
    def read_swatch(self, _data: bytes, /) -> Any: ...
    def resolve(self, _items: Any, _beside: Any = (), /) -> Any:
        return None


def factories() -> Factories:
    return Factories(_Engine, lambda: None, _Book, dict, lambda: Path("absent.mp4"))  # type: ignore[arg-type,return-value]


def scripted(_work: str) -> list[str]:
    return [sys.executable, str(WORK)]


@dataclass
class Site:
    url: str
    http: ClientSession
    folder: Path
    shelf: Shelf

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and body; a wish of the page's own unless ``headers`` say otherwise."""
        data = json.dumps(body) if isinstance(body, dict) else body
        sent = WISH if headers is None else headers
        async with self.http.request(method, self.url + path, data=data, headers=sent) as answer:
            text = await answer.read()
            told = json.loads(text) if answer.content_type == "application/json" else text
            return answer.status, told

    async def state(self) -> Any:
        return (await self.ask("GET", "/api/qa/state"))[1]

    async def upload(self, data: bytes, query: str = "name=walk.mp4") -> tuple[int, Any]:
        return await self.ask("POST", f"/api/qa/clips?{query}", BytesIO(data))

    async def submit(self, clip: str, **more: Any) -> tuple[int, Any]:
        wish = {"clip": clip, "looks": [[{"sku": "gold"}]], "gates": "none"} | more
        return await self.ask("POST", "/api/qa/runs", wish)

    def script(self, **does: Any) -> None:
        (self.folder / "script.json").write_text(json.dumps(does), "utf-8")

    async def wait(self, run_id: str, *names: str) -> Any:
        for _ in range(int(PATIENCE_S / 0.05)):
            run = next(run for run in (await self.state())["runs"] if run["id"] == run_id)
            if run["state"]["name"] in names:
                return run
            await asyncio.sleep(0.05)
        raise AssertionError(run)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with ClipWriter(path, 64, 48, 25) as writer:
        for number in range(3):
            writer.write(np.full((48, 64, 3), 40 * number, np.uint8), number * 40)
    return path.read_bytes()


Start = Callable[..., Any]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def begin(address: str = "127.0.0.1", **settings: Any) -> Site:
            wanted = Settings(qa=True, qa_dir=tmp_path / "qa", processes=1, threads=1, **settings)
            app = create_app(wanted.model_copy(update={"qa": False}), factories())
            add_qa(app, wanted, scripted)
            runner = make_runner(app, wanted)
            await runner.setup()
            listener = stack.enter_context(socket.create_server((address, 0)))
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener).start()
            http = await stack.enter_async_context(ClientSession(connector=TCPConnector(force_close=True)))
            return Site(
                f"http://{address}:{listener.getsockname()[1]}", http, wanted.qa_dir, app[QA_RUNS].shelf
            )

        yield begin


@pytest.fixture
async def site(start: Start) -> Site:
    made: Site = await start()
    return made


# Who may.


async def test_without_the_flag_there_is_nothing(tmp_path: Path) -> None:
    settings = Settings(qa_dir=tmp_path / "qa", processes=1, threads=1)
    runner = make_runner(create_app(settings, factories()), settings)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener).start()
        async with ClientSession() as http:
            for method, path in [("GET", "/qa"), ("GET", "/api/qa/state"), ("POST", "/api/qa/clips")]:
                url = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
                async with http.request(method, url, headers=WISH) as answer:
                    assert answer.status == 404, path
        await runner.cleanup()
    assert not (tmp_path / "qa").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "shop.example", "localhost.example", ""])
def test_it_does_not_start_where_others_reach_it(host: str) -> None:
    with pytest.raises(ConfigError, match="leave --host at"):
        check_settings(Settings(qa=True, host=host))
    check_settings(Settings(host=host))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST.", "::ffff:127.0.0.1"]
)
def test_addresses_of_this_machine(host: str) -> None:
    assert is_loopback(host)
    check_settings(Settings(qa=True, host=host))


def test_the_command_says_why_it_does_not_start() -> None:
    done = CliRunner().invoke(cli, ["serve", "--qa", "--host", "0.0.0.0"])
    assert done.exit_code == 2
    assert "only for this machine: leave --host at 127.0.0.1" in done.stderr


def test_the_application_itself_refuses_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave --host at"):
        create_app(Settings(qa=True, host="0.0.0.0", qa_dir=tmp_path), factories())
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="TRYON_QA_DIR"):
        create_app(Settings(qa=True, qa_dir=tmp_path / "file"), factories())


@pytest.mark.parametrize(
    ("method", "headers", "allowed"),
    [
        ("GET", {}, True),
        ("GET", {"Host": "localhost"}, True),
        ("GET", {"Host": "[::1]:8080"}, True),
        ("GET", {"Host": "127.0.0.1.evil.example"}, False),
        ("GET", {"Host": "evil.example:80"}, False),
        ("GET", {"Host": ""}, False),
        ("GET", {"X-Forwarded-For": "203.0.113.9"}, False),
        ("GET", {"Forwarded": "for=203.0.113.9"}, False),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, False),
        ("GET", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, False),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, True),
        (
            "GET",
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
            False,
        ),
        ("DELETE", {}, False),
        ("DELETE", {"X-Tryon-QA": "yes"}, False),
        ("DELETE", WISH | {"Origin": "http://evil.example"}, False),
        ("DELETE", WISH | {"Origin": "null"}, False),
        ("DELETE", WISH | {"Origin": "http://127.0.0.1:1"}, False),
        ("DELETE", WISH | {"Sec-Fetch-Site": "cross-site"}, False),
        ("DELETE", WISH | {"Sec-Fetch-Site": "none"}, False),
        ("DELETE", WISH | {"Host": "evil.example", "Origin": "http://evil.example"}, False),
        ("DELETE", WISH, True),
        ("DELETE", WISH | {"Host": "localhost:99", "Origin": "http://localhost:99"}, True),
    ],
)
async def test_requests_of_others_are_refused(
    site: Site, method: str, headers: dict[str, str], allowed: bool
) -> None:
    path = "/api/qa/state" if method == "GET" else f"/api/qa/runs/{'0' * 16}"
    status, told = await site.ask(method, path, headers=headers)
    if allowed:
        assert status == (200 if method == "GET" else 404)
    else:
        assert (status, told["error"]["code"]) == (403, "qa_forbidden")


async def test_every_route_is_guarded_and_none_changes_anything_on_get(tmp_path: Path) -> None:
    app = web.Application()
    add_qa(app, Settings(qa=True, qa_dir=tmp_path / "qa"), scripted)
    for route in app.router.routes():
        assert getattr(route.handler, "__wrapped__", None), route
        changes = route.handler.__name__ not in {
            "page", "state", "poster", "report", "junit", "records", "whole_run"
        }  # fmt: skip
        assert changes == (route.method not in {"GET", "HEAD"}), route


async def test_a_request_by_way_of_the_network_is_refused(start: Start) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address packets would leave from
        except OSError:
            pytest.skip("this machine has no network")
        address = probe.getsockname()[0]
    site = await start(address)
    status, told = await site.ask("GET", "/api/qa/state", headers={"Host": "localhost"})
    assert (status, told["error"]["code"]) == (403, "qa_forbidden")
    assert told["error"]["sentence"].startswith("QA is open on the machine itself only")


# The page.


async def test_the_page_has_all_that_it_names_and_nothing_inline(site: Site) -> None:
    _, body = await site.ask("GET", "/qa")
    text = body.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text) == []
    for path in re.findall(r'(?:src|href)="(/[^"#]+)"', text):
        assert (await site.ask("GET", path))[0] == 200, path
    assert "After 7 days they are deleted" in text
    for symbol in re.findall(r"icon\('(\w+)'", _scripts()):
        assert f'id="icon-{symbol}"' in text


def _scripts() -> str:
    folder = Path(__file__).parent.parent / "static" / "js" / "qa"
    return "".join(path.read_text("utf-8") for path in folder.glob("*.js"))


async def test_recording_is_off_unless_it_is_turned_on(start: Start, clip: bytes) -> None:
    site = await start()
    _, body = await site.ask("GET", "/qa")
    assert b"ecord from the camera" not in body
    assert b'id="recorder"' not in body
    status, told = await site.upload(clip, "name=me.webm&kind=recording")
    assert (status, told["error"]["code"]) == (403, "recording_off")
    assert (await site.state())["clips"] == []


async def test_a_recording_has_a_time_of_its_own(start: Start, clip: bytes) -> None:
    site = await start(qa_recording=True, qa_recording_hours=2.0)
    _, body = await site.ask("GET", "/qa")
    assert b"deleted after 2 hours" in body
    _, told = await site.upload(clip, "name=me.webm&kind=recording")
    assert told["clip"]["expires_ms"] - told["clip"]["made_ms"] == 2 * 3600 * 1000
    status, told = await site.ask("POST", f"/api/qa/clips/{told['clip']['id']}/extend")
    assert (status, told["error"]["code"]) == (409, "qa_refused")


# Uploads.


async def test_a_clip_comes_in_and_shows_its_picture(site: Site, clip: bytes) -> None:
    status, told = await site.upload(clip)
    assert status == 201
    assert {key: told["clip"][key] for key in ("name", "kind", "bytes")} == {
        "name": "walk.mp4",
        "kind": "upload",
        "bytes": len(clip),
    }
    assert told["clip"]["probe"]["frames"] == 3
    assert (await site.state())["clips"] == [told["clip"]]
    status, picture = await site.ask("GET", f"/api/qa/clips/{told['clip']['id']}/poster.jpg")
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) is not None
    assert (await site.ask("DELETE", f"/api/qa/clips/{told['clip']['id']}"))[0] == 204
    assert (await site.ask("DELETE", f"/api/qa/clips/{told['clip']['id']}"))[0] == 404
    assert (await site.state())["clips"] == []


async def test_refused_uploads_say_why_and_leave_nothing(start: Start, clip: bytes) -> None:
    site = await start(qa_clip_mb=1)
    for data, status, code in [
        (b"nonsense" * 500, 422, "bad_clip"),
        (bytes((1 << 20) + 1), 413, "qa_too_large"),
        (b"", 409, "qa_refused"),
    ]:
        answered, told = await site.upload(data)
        assert (answered, told["error"]["code"]) == (status, code)
        assert told["error"]["sentence"].endswith(".")
    assert [path.name for path in site.folder.rglob("*") if path.is_file()] in (
        ["lock", "keeper.lock"],
        ["keeper.lock", "lock"],
    )


async def test_an_upload_without_a_length_is_refused(site: Site) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"some"

    assert (await site.ask("POST", "/api/qa/clips", body()))[0] == 411


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE_S / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError


async def test_an_upload_that_breaks_off_is_forgotten(site: Site) -> None:
    port = int(site.url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /api/qa/clips?name=a.mp4 HTTP/1.1\r\nHost: localhost:{port}\r\nX-Tryon-QA: 1\r\n"
    writer.write(head.encode() + b"Content-Length: 5000\r\n\r\n" + bytes(1000))
    await writer.drain()
    incoming = site.folder / "incoming"
    await _until(lambda: bool(list(incoming.iterdir())))
    writer.close()
    await _until(lambda: not list(incoming.iterdir()))
    assert (await site.state())["clips"] == []


async def test_a_full_disk_is_told_and_the_mirror_goes_on(site: Site) -> None:
    # A mirror that has just been started may still warm up.
    for _ in range(int(PATIENCE_S / 0.05)):
        if (await site.ask("GET", "/readyz"))[0] == 200:
            break
        await asyncio.sleep(0.05)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        status, told = await site.upload(bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (status, told["error"]["code"]) == (507, "qa_full")
    assert (await site.ask("GET", "/readyz"))[0] == 200


# Runs.


async def test_a_run_from_its_order_to_its_deletion(site: Site, clip: bytes) -> None:
    site.script(outcome=PASSED, report=REPORT, run=RUN)
    clip_id = (await site.upload(clip))[1]["clip"]["id"]
    looks = [[{"sku": "gold"}], [{"sku": "black"}, {"sku": "lip", "shade": "rose", "strength": 0.5}]]
    status, told = await site.submit(clip_id, looks=looks, gates="own", own_gates=GATES)
    assert status == 202
    assert told["run"]["looks"] == ["gold", "black,lip:rose@0.5"]
    run_id = told["run"]["id"]
    run = await site.wait(run_id, "passed")
    assert run["outcome"]["takes"][0]["figures"] == [["Faces", "100 %"]]

    async with site.http.get(f"{site.url}/qa/runs/{run_id}/report") as answer:
        assert (await answer.text()) == REPORT
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'sha256-abc='" in policy
    assert "evil" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'; sandbox allow-scripts allow-downloads" in policy

    assert (await site.ask("GET", f"/api/qa/runs/{run_id}/junit.xml"))[1] == b"<testsuites/>"
    assert (await site.ask("GET", f"/api/qa/runs/{run_id}/records/0"))[1] == b"{}\n"
    assert (await site.ask("GET", f"/api/qa/runs/{run_id}/records/1"))[0] == 404
    with zipfile.ZipFile(BytesIO((await site.ask("GET", f"/api/qa/runs/{run_id}/run.zip"))[1])) as archive:
        assert archive.testzip() is None
        names = [name.partition("/")[2] for name in archive.namelist()]
        assert names == ["run.json", "take.jsonl", "report.html", "junit.xml"]

    status, told = await site.ask("POST", f"/api/qa/runs/{run_id}/baseline", {"name": "main"})
    assert (status, told["baseline"]["name"]) == (201, "main")
    baseline = told["baseline"]["id"]
    status, told = await site.ask(
        "POST", f"/api/qa/runs/{run_id}/compare", {"baseline": baseline, "gates": "default"}
    )
    assert (status, told["run"]["baseline"]) == (202, baseline)
    await site.wait(run_id, "passed")
    again = (await site.ask("POST", f"/api/qa/runs/{run_id}/again"))[1]["run"]["id"]
    assert again != run_id
    await site.wait(again, "passed")
    assert (await site.ask("DELETE", f"/api/qa/baselines/{baseline}"))[0] == 204
    assert (await site.ask("DELETE", f"/api/qa/runs/{run_id}"))[0] == 204
    for path in (f"/qa/runs/{run_id}/report", f"/api/qa/runs/{run_id}/run.zip"):
        assert (await site.ask("GET", path))[0] == 404
    assert (await site.ask("DELETE", f"/api/qa/clips/{clip_id}"))[0] == 204
    assert (await site.state())["runs"] == []


async def test_nothing_is_handed_out_once_its_time_is_over(site: Site, clip: bytes) -> None:
    site.script(outcome=PASSED, report=REPORT, run=RUN)
    told = (await site.upload(clip))[1]["clip"]
    run_id = (await site.submit(told["id"]))[1]["run"]["id"]
    await site.wait(run_id, "passed")
    paths = [
        f"/api/qa/clips/{told['id']}/poster.jpg",
        f"/qa/runs/{run_id}/report",
        f"/api/qa/runs/{run_id}/records/0",
        f"/api/qa/runs/{run_id}/junit.xml",
        f"/api/qa/runs/{run_id}/run.zip",
    ]
    assert [(await site.ask("GET", path))[0] for path in paths] == [200] * 5
    site.shelf.now_ms = lambda: int(told["expires_ms"])
    assert [(await site.ask("GET", path))[0] for path in paths] == [404] * 5
    for path in (f"runs/{run_id}/again", f"runs/{run_id}/baseline", f"clips/{told['id']}/extend"):
        assert (await site.ask("POST", f"/api/qa/{path}", {"name": "main"}))[0] == 404
    state = await site.state()
    assert (state["clips"], state["runs"]) == ([], [])
    await asyncio.to_thread(site.shelf.sweep)
    assert [stone["id"] for stone in (await site.state())["expired"]] == [run_id]
    assert list((site.folder / "clips").iterdir()) == []


async def test_a_run_is_cancelled(site: Site, clip: bytes) -> None:
    site.script(wait_s=60, progress={"step": "take", "take": 1, "takes": 1, "frames": 2, "frames_all": 3})
    clip_id = (await site.upload(clip))[1]["clip"]["id"]
    first = (await site.submit(clip_id))[1]["run"]["id"]
    second = (await site.submit(clip_id))[1]["run"]["id"]
    run = await site.wait(first, "running")
    while run["progress"] is None:
        run = await site.wait(first, "running")
    assert run["progress"]["frames"] == 2
    assert (await site.ask("GET", f"/qa/runs/{first}/report"))[0] == 404
    assert (await site.ask("POST", f"/api/qa/runs/{second}/cancel"))[1]["run"]["state"]["name"] == "cancelled"
    assert (await site.ask("POST", f"/api/qa/runs/{first}/cancel"))[0] == 200
    await site.wait(first, "cancelled")
    assert (await site.ask("POST", f"/api/qa/runs/{first}/cancel"))[0] == 409


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"clip": "0" * 16}, 404, "qa_gone"),
        ({"clip": "../../../etc"}, 404, "qa_gone"),
        ({"looks": []}, 409, "qa_refused"),
        ({"looks": [[]]}, 409, "qa_refused"),
        ({"looks": [[{"sku": "gold"}]] * 13}, 409, "qa_refused"),
        ({"looks": [[{"sku": "nope"}]]}, 404, "unknown_product"),
        ({"looks": [[{"sku": "lip", "shade": "blue"}]]}, 422, "bad_look"),
        ({"looks": [[{"sku": "gold"}, {"sku": "black"}]]}, 422, "bad_look"),
        ({"looks": [[{"sku": "lip", "strength": 2}]]}, 409, "qa_refused"),
        ({"gates": "own", "own_gates": "["}, 422, "bad_baseline"),
        ({"gates": "own", "own_gates": '[[gate]]\nmeasure = "nope"\nmax = 1'}, 422, "bad_baseline"),
        ({"gates": "whatever"}, 409, "qa_refused"),
        ({"baseline": "0" * 16}, 404, "qa_gone"),
        ({"surprise": 1}, 409, "qa_refused"),
    ],
)
async def test_an_order_that_cannot_be_run_is_refused(
    site: Site, wish: dict[str, Any], status: int, code: str
) -> None:
    wish = {"clip": _planted(site)} | wish
    answered, told = await site.submit(**wish)
    assert (answered, told["error"]["code"]) == (status, code), told
    assert str(site.folder) not in told["error"]["sentence"]
    assert (await site.state())["runs"] == []


def _planted(site: Site) -> str:
    """A clip that is there without having been looked at."""
    shelf = Shelf(Settings(qa_dir=site.folder))
    upload = shelf.begin_upload("walk.mp4", "upload", 4)
    return shelf.keep_upload(upload, "0" * 64, Probe(64, 48, 25.0, 3, 120.0)).id


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"clip": 1}'])
async def test_what_is_no_order_is_refused(site: Site, body: bytes) -> None:
    status, told = await site.ask("POST", "/api/qa/runs", body)
    assert (status, told["error"]["code"]) == (409, "qa_refused")


async def test_two_servers_share_one_state_and_a_stop_interrupts(start: Start, clip: bytes) -> None:
    one, other = await start(), await start()
    one.script(wait_s=60)
    clip_id = (await one.upload(clip))[1]["clip"]["id"]
    run_id = (await other.submit(clip_id))[1]["run"]["id"]
    await one.wait(run_id, "running")
    assert (await other.ask("POST", f"/api/qa/runs/{run_id}/cancel"))[0] == 200
    await one.wait(run_id, "cancelled")
