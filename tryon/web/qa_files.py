"""What QA hands out: reports, records, JUnit XML, whole runs, and clips' pictures."""

from __future__ import annotations

import asyncio
import html
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from tryon.errors import QaGone
from tryon.qa.baseline import plain_name
from tryon.qa.desk.intake import POSTER
from tryon.qa.desk.runs import JUNIT, OUT, REPORT
from tryon.qa.desk.values import REPORTED, Order
from tryon.qa.results import load_run
from tryon.web.qa_keys import QA_RUNS

# The policy stands in the report's head.
_HEAD_BYTES: Final = 4096
_POLICY: Final = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_HASHES: Final = re.compile(r"(?:script|style)-src 'sha256-[A-Za-z0-9+/=]+'")
_PIECE_BYTES: Final = 1 << 18
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")
# Zip knows no earlier day, and a run's own times stand in its records.
_ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)


async def poster(request: web.Request) -> web.StreamResponse:
    """A picture of the clip."""
    shelf = request.app[QA_RUNS].shelf
    clip = await asyncio.to_thread(shelf.clip, request.match_info["id"])
    path = shelf.clip_folder(clip) / POSTER
    if not await asyncio.to_thread(path.is_file):
        raise QaGone("There is no picture of this clip.")
    return web.FileResponse(path, headers={"Content-Type": "image/jpeg"})


async def report(request: web.Request) -> web.StreamResponse:
    """The report as it is, in a sandbox: its scripts run, and reach nothing of ours."""
    path, _ = await _file(request, REPORT)
    policy = await asyncio.to_thread(_policy, path)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return web.FileResponse(path, headers=headers)


def _policy(path: Path) -> str:
    """The report's own policy, for this file's script and style alone. One that has none gets no script at all."""
    with path.open("rb") as file:
        found = _POLICY.search(file.read(_HEAD_BYTES))
    own = html.unescape(found[1].decode("ascii", "replace")) if found else ""
    hashes = _HASHES.findall(own)
    return "; ".join(
        [
            "default-src 'none'",
            *hashes,
            "img-src data: blob:",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "sandbox allow-scripts allow-downloads",
        ]
    )


async def junit(request: web.Request) -> web.StreamResponse:
    path, name = await _file(request, JUNIT)
    return _download(path, "application/xml", f"{name}.junit.xml")


async def records(request: web.Request) -> web.StreamResponse:
    """Records of the take of that number, from 0."""
    order = await _reported(request)
    out = request.app[QA_RUNS].folder(order) / OUT
    number = int(request.match_info["take"])

    def named() -> str | None:
        takes = load_run(out).takes
        return takes[number].files.get("records") if number < len(takes) else None

    name = await asyncio.to_thread(named)
    path = out / plain_name(name) if name else None
    if path is None or not await asyncio.to_thread(path.is_file):
        raise QaGone("This run has no such take, or its records are gone.")
    return _download(path, "application/x-ndjson", _PLAIN.sub("-", path.name))


async def whole_run(request: web.Request) -> web.StreamResponse:
    """The run's folder with its report as a zip, made while it is sent."""
    order = await _reported(request)
    folder = request.app[QA_RUNS].folder(order)
    name = await _name(request, order)
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{name}.zip"',
        }
    )
    await response.prepare(request)
    pieces = _zipped(folder, name)
    while piece := await asyncio.to_thread(next, pieces, b""):
        await response.write(piece)
    await response.write_eof()
    return response


def _zipped(folder: Path, name: str) -> Iterator[bytes]:
    """Stored, not compressed: nearly all of it is video."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for path in [*sorted((folder / OUT).iterdir()), folder / REPORT, folder / JUNIT]:
            if path.name.startswith(".") or not path.is_file():
                continue
            about = zipfile.ZipInfo(f"{name}/{path.name}", _ZIP_DAY)
            about.external_attr = 0o644 << 16
            with path.open("rb") as file, archive.open(about, "w", force_zip64=True) as entry:
                while piece := file.read(_PIECE_BYTES):
                    entry.write(piece)
                    yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """What a zip is written to when nobody can go back in it."""

    def __init__(self) -> None:
        self._parts = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        size = len(self._parts)
        self._parts += data  # type: ignore[arg-type]
        return len(self._parts) - size

    def taken(self) -> bytes:
        data = bytes(self._parts)
        self._parts.clear()
        return data


async def _reported(request: web.Request) -> Order:
    """The order of a run that came to its end. Raises QaGone."""
    now = await asyncio.to_thread(request.app[QA_RUNS].get, request.match_info["id"])
    if now.state.name not in REPORTED and not (now.outcome is not None and now.outcome.takes):
        raise QaGone("This run has no report: it has not ended, or it came to nothing.")
    return now.order


async def _file(request: web.Request, name: str) -> tuple[Path, str]:
    """A file of the run, and what the run is called in names of files. Raises QaGone."""
    order = await _reported(request)
    path = request.app[QA_RUNS].folder(order) / name
    if not await asyncio.to_thread(path.is_file):
        raise QaGone("This run has no report: it has not ended, or it came to nothing.")
    return path, await _name(request, order)


async def _name(request: web.Request, order: Order) -> str:
    clip = await asyncio.to_thread(request.app[QA_RUNS].shelf.clip, order.clip)
    stem = _PLAIN.sub("-", Path(clip.name).stem).strip("-.")
    return f"tryon-{stem or 'run'}-{order.id[:6]}"


def _download(path: Path, kind: str, name: str) -> web.FileResponse:
    """``name`` has no character that a header would need quoted."""
    headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.FileResponse(path, headers=headers)
