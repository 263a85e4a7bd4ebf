"""A clip on its way in: straight to the disk, never whole in memory, looked at before it is taken."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import IO, Final

from aiohttp import ClientPayloadError, web

from tryon.errors import QaRefused, TryOnError
from tryon.qa.desk.intake import look_at
from tryon.qa.desk.shelf import Shelf, Upload, told_when_full
from tryon.qa.desk.values import Clip, ClipKind, plain
from tryon.web.qa_keys import QA_RUNS
from tryon.web.security import error_response

# A peer from which nothing comes for so long has gone; one on the same machine is never slower.
IDLE_S: Final = 30.0
# Of one write; a thread is asked for each.
_PIECE_BYTES: Final = 1 << 20
# The rest of a refused body is read away for so long and no longer, so that the browser reads the answer.
_READ_AWAY_S: Final = 2.0


async def upload(request: web.Request) -> web.StreamResponse:
    """The body is the clip; ``name`` and ``kind`` are in the query. 201 means that it is on the disk for good."""
    shelf = request.app[QA_RUNS].shelf
    kind: ClipKind = "recording" if request.query.get("kind") == "recording" else "upload"
    length = request.content_length
    if length is None:
        return error_response(411, "length_required", "Say in Content-Length how large the clip is.")
    if kind == "recording" and not shelf.settings.qa_recording:
        await _read_away(request)
        return error_response(
            403,
            "recording_off",
            "Recordings are off; TRYON_QA_RECORDING=1 turns them on when the server starts.",
        )
    try:
        begun = await asyncio.to_thread(shelf.begin_upload, request.query.get("name", "clip"), kind, length)
        try:
            clip = await _take(request, shelf, begun)
        finally:
            await asyncio.shield(asyncio.to_thread(shelf.drop_upload, begun))
    except TryOnError:
        await _read_away(request)
        raise
    told = {key: value for key, value in plain(clip).items() if key not in {"file", "sha256"}}
    return web.json_response({"clip": told | {"content": clip.sha256[:16]}}, status=201)


async def _take(request: web.Request, shelf: Shelf, begun: Upload) -> Clip:
    digest = hashlib.sha256()
    with begun.path.open("r+b") as file:
        written = 0
        async for piece in _pieces(request, begun):
            await asyncio.to_thread(_write, file, piece)
            await asyncio.to_thread(digest.update, piece)
            written += len(piece)
        if written != begun.length:
            raise QaRefused(f"{begun.name} came only in part; upload it again.")
        await asyncio.to_thread(_finish, file)

    def keep() -> Clip:
        return shelf.keep_upload(begun, digest.hexdigest(), look_at(begun, shelf.settings))

    return await asyncio.shield(asyncio.to_thread(keep))


def _write(file: IO[bytes], piece: bytes) -> None:
    with told_when_full():
        file.write(piece)


def _finish(file: IO[bytes]) -> None:
    with told_when_full():
        file.flush()
        os.fsync(file.fileno())


async def _pieces(request: web.Request, begun: Upload) -> AsyncIterator[bytes]:
    """The body, in pieces worth a write. Raises QaRefused where it stops coming."""
    gathered = bytearray()
    try:
        while chunk := await asyncio.wait_for(request.content.readany(), IDLE_S):
            gathered += chunk
            if len(gathered) >= _PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
    except (asyncio.TimeoutError, ClientPayloadError, ConnectionError) as error:
        raise QaRefused(f"{begun.name} came only in part; upload it again.") from error
    if gathered:
        yield bytes(gathered)


async def _read_away(request: web.Request) -> None:
    with suppress(asyncio.TimeoutError, ClientPayloadError, ConnectionError):
        await asyncio.wait_for(_read_on(request), _READ_AWAY_S)


async def _read_on(request: web.Request) -> None:
    while await request.content.readany():
        pass
