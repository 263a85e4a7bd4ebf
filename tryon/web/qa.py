"""``/qa``: the page, what it shows and asks for. Clips come in by ``qa_upload``, files go out by ``qa_files``."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import jinja2
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tryon.config import Settings
from tryon.errors import BadLook, ConfigError, QaRefused, UnknownProduct
from tryon.qa.desk.child import Command, command
from tryon.qa.desk.keeper import Keeper
from tryon.qa.desk.runs import LOOKS_MAX, Runs
from tryon.qa.desk.shelf import MB, Shelf
from tryon.qa.desk.values import RunNow, plain
from tryon.resources import folder
from tryon.store.place import is_preview
from tryon.web import qa_files, qa_upload
from tryon.web.keys import MIRROR
from tryon.web.loopback import check_settings
from tryon.web.qa_guard import guarded
from tryon.web.qa_keys import QA_PAGE, QA_RUNS

# One recording: long enough for every turn of a head, short enough to be looked at.
RECORDING_MAX_S: Final = 60
_GATES_BYTES_MAX: Final = 32 * 1024
_ID: Final = "{id:[0-9a-f]{16}}"

Value = TypeVar("Value", bound=BaseModel)
Answer = TypeVar("Answer")


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Item(_Asked):
    sku: Annotated[str, Field(min_length=1, max_length=100)]
    shade: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    strength: Annotated[float, Field(ge=0, le=1)] | None = None


class _Gates(_Asked):
    gates: Literal["none", "default", "own"] = "default"
    own_gates: Annotated[str, Field(max_length=_GATES_BYTES_MAX)] = ""


class _NewRun(_Gates):
    clip: Annotated[str, Field(max_length=32)]
    looks: Annotated[
        list[Annotated[list[_Item], Field(min_length=1, max_length=8)]],
        Field(min_length=1, max_length=LOOKS_MAX),
    ]
    baseline: Annotated[str, Field(max_length=32)] | None = None


class _Comparison(_Gates):
    baseline: Annotated[str, Field(max_length=32)]


class _NewBaseline(_Asked):
    name: Annotated[str, Field(max_length=200)]


def add_qa(app: web.Application, settings: Settings, make_command: Command = command) -> None:
    """Give the application QA; ``make_command`` makes a run's process, and is an argument for tests.

    Raises ConfigError where it would be open to others, or has no folder to use.
    """
    check_settings(settings)
    try:
        runs = Runs(Shelf(settings))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError(
            f"QA cannot use the folder {settings.qa_dir} ({why}); name another one in TRYON_QA_DIR.",
            setting="qa_dir",
        ) from error
    app[QA_RUNS] = runs
    app[QA_PAGE] = _render(settings)

    async def run_keeper(_app: web.Application) -> AsyncIterator[None]:
        keeper = Keeper(runs, make_command=make_command)
        keeper.start()
        yield
        await asyncio.to_thread(keeper.close)

    app.cleanup_ctx.append(run_keeper)
    routes = [
        web.get("/qa", guarded(page)),
        web.get("/api/qa/state", guarded(state)),
        web.post("/api/qa/clips", guarded(qa_upload.upload)),
        web.delete(f"/api/qa/clips/{_ID}", guarded(delete_clip)),
        web.post(f"/api/qa/clips/{_ID}/extend", guarded(extend_clip)),
        web.get(f"/api/qa/clips/{_ID}/poster.jpg", guarded(qa_files.poster)),
        web.post("/api/qa/runs", guarded(submit)),
        web.delete(f"/api/qa/runs/{_ID}", guarded(delete_run)),
        web.post(f"/api/qa/runs/{_ID}/cancel", guarded(cancel)),
        web.post(f"/api/qa/runs/{_ID}/again", guarded(again)),
        web.post(f"/api/qa/runs/{_ID}/compare", guarded(compare)),
        web.post(f"/api/qa/runs/{_ID}/baseline", guarded(save_baseline)),
        web.delete(f"/api/qa/baselines/{_ID}", guarded(delete_baseline)),
        web.get(f"/qa/runs/{_ID}/report", guarded(qa_files.report)),
        web.get(f"/api/qa/runs/{_ID}/junit.xml", guarded(qa_files.junit)),
        web.get(f"/api/qa/runs/{_ID}/records/{{take:[0-9]{{1,3}}}}", guarded(qa_files.records)),
        web.get(f"/api/qa/runs/{_ID}/run.zip", guarded(qa_files.whole_run)),
    ]
    app.add_routes(routes)


def _render(settings: Settings) -> bytes:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates")), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return (
        environment.get_template("qa.html")
        .render(
            recording=settings.qa_recording,
            days=f"{settings.qa_days:g}",
            hours=f"{settings.qa_recording_hours:g}",
            clip_mb=settings.qa_clip_mb,
        )
        .encode()
    )


async def page(request: web.Request) -> web.Response:
    return web.Response(body=request.app[QA_PAGE], content_type="text/html", charset="utf-8")


async def state(request: web.Request) -> web.Response:
    """All that the page shows."""
    return web.json_response(await asyncio.to_thread(_told, request.app[QA_RUNS]))


def _told(runs: Runs) -> dict[str, Any]:
    shelf, settings = runs.shelf, runs.shelf.settings
    clips = shelf.clips()
    return {
        "now_ms": shelf.now_ms(),
        "clips": [
            {key: value for key, value in plain(clip).items() if key not in {"file", "sha256"}}
            | {"content": clip.sha256[:16]}
            for clip in clips
        ],
        "runs": [_run(now) for now in runs.all(clips)],
        "baselines": [plain(about) for about in runs.baselines(clips)],
        "expired": [plain(stone) for stone in shelf.tombstones()],
        "used_bytes": shelf.used_bytes(),
        "limits": {
            "clip_bytes": settings.qa_clip_mb * MB,
            "total_bytes": settings.qa_total_mb * MB,
            "looks": LOOKS_MAX,
            "days": settings.qa_days,
            "recording": settings.qa_recording,
            "recording_hours": settings.qa_recording_hours,
            "recording_s": RECORDING_MAX_S,
            "run_minutes": settings.qa_run_minutes,
        },
    }


def _run(now: RunNow) -> dict[str, Any]:
    outcome = None if now.outcome is None else plain(now.outcome)
    progress = None if now.progress is None else plain(now.progress)
    return {**plain(now.order), "state": plain(now.state), "outcome": outcome, "progress": progress}


async def _asked(request: web.Request, kind: type[Value]) -> Value:
    """What the page asks for. Raises QaRefused with what is wrong with it."""
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the request"
        raise QaRefused(f"{where} is not as it should be: {first['msg'].lower()}.") from error


async def _off_loop(work: Callable[[], Answer]) -> Answer:
    """Files are read and written in a thread; one that a client gives up on comes to its end nevertheless."""
    return await asyncio.shield(asyncio.to_thread(work))


async def submit(request: web.Request) -> web.Response:
    asked = await _asked(request, _NewRun)
    looks = await _looks(request, asked)
    own = await _own_gates(asked)
    runs = request.app[QA_RUNS]
    now = await _off_loop(lambda: runs.submit(asked.clip, looks, asked.gates, asked.baseline, own))
    return web.json_response({"run": _run(now)}, status=202)


async def _looks(request: web.Request, asked: _NewRun) -> list[str]:
    """The looks as ``tryon replay`` takes them. Raises UnknownProduct, BadLook."""
    products = {
        product.sku: product
        for product in await request.app[MIRROR].products()
        if not is_preview(product.sku)
    }
    return list(dict.fromkeys(_look(items, products) for items in asked.looks))


def _look(items: list[_Item], products: dict[str, Any]) -> str:
    kinds = set()
    texts = []
    for item in items:
        product = products.get(item.sku)
        if product is None:
            raise UnknownProduct(f"The catalogue has no {item.sku!r} (any more); load the page again.")
        if item.shade is not None and item.shade not in {shade.id for shade in product.shades}:
            raise BadLook(f"{product.name} has no shade {item.shade!r} (any more); load the page again.")
        kinds.add(product.kind)
        shade = f":{item.shade}" if item.shade is not None else ""
        strength = f"@{item.strength:g}" if item.strength is not None else ""
        texts.append(f"{item.sku}{shade}{strength}")
    if len(kinds) < len(items):
        raise BadLook("A look has one product of a kind; put two of a kind into two looks.")
    return ",".join(texts)


async def _own_gates(asked: _Gates) -> bytes:
    """Tolerances of one's own, once they were read without complaint. Raises BadBaseline."""
    if asked.gates != "own":
        return b""
    data = asked.own_gates.encode()

    def check() -> None:
        from tryon.qa.gates import load_gates

        with tempfile.TemporaryDirectory(prefix="tryon-gates-") as scratch:
            path = Path(scratch) / "gates.toml"
            path.write_bytes(data)
            load_gates(path)

    await _off_loop(check)
    return data


async def cancel(request: web.Request) -> web.Response:
    runs, run_id = _named(request)
    return web.json_response({"run": _run(await _off_loop(lambda: runs.cancel(run_id)))})


async def again(request: web.Request) -> web.Response:
    runs, run_id = _named(request)
    return web.json_response({"run": _run(await _off_loop(lambda: runs.again(run_id)))}, status=202)


async def compare(request: web.Request) -> web.Response:
    asked = await _asked(request, _Comparison)
    own = await _own_gates(asked)
    runs, run_id = _named(request)
    now = await _off_loop(lambda: runs.compare(run_id, asked.baseline, asked.gates, own))
    return web.json_response({"run": _run(now)}, status=202)


async def save_baseline(request: web.Request) -> web.Response:
    asked = await _asked(request, _NewBaseline)
    runs, run_id = _named(request)
    about = await _off_loop(lambda: runs.save_baseline(run_id, asked.name))
    return web.json_response({"baseline": plain(about)}, status=201)


async def delete_run(request: web.Request) -> web.Response:
    runs, run_id = _named(request)
    await _off_loop(lambda: runs.delete(run_id))
    return web.Response(status=204)


async def delete_baseline(request: web.Request) -> web.Response:
    runs, baseline_id = _named(request)
    await _off_loop(lambda: runs.delete_baseline(baseline_id))
    return web.Response(status=204)


async def delete_clip(request: web.Request) -> web.Response:
    runs, clip_id = _named(request)
    await _off_loop(lambda: runs.shelf.delete_clip(clip_id))
    return web.Response(status=204)


async def extend_clip(request: web.Request) -> web.Response:
    runs, clip_id = _named(request)
    clip = await _off_loop(lambda: runs.shelf.extend(clip_id))
    return web.json_response({"expires_ms": clip.expires_ms})


def _named(request: web.Request) -> tuple[Runs, str]:
    return request.app[QA_RUNS], request.match_info["id"]
