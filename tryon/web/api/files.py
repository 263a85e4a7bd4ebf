"""Bytes over the API: uploads straight to the disk, and files back from it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from aiohttp import ClientPayloadError, web

from tryon.errors import StoreInvalid, StoreTooLarge, TryOnError
from tryon.store.blobs import disk_faults_named
from tryon.web.api.calls import Call
from tryon.web.api.endpoints import respond
from tryon.web.api.people import delete_model, find_model, find_worn, model_key
from tryon.web.api.products import find_file
from tryon.web.api.storefront import find_logo
from tryon.web.api.work import keep_upload
from tryon.web.keys import FITTING

MB: Final = 1 << 20
# Of one write; a thread is asked for each.
_PIECE_BYTES: Final = 1 << 20
# A peer from which nothing comes for so long has gone.
IDLE_S: Final = 30.0
# The rest of a refused body is read away for so long and no longer, so that the client reads the answer.
_READ_AWAY_S: Final = 2.0
_TYPES: Final = {
    ".glb": "model/gltf-binary",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".csv": "text/csv; charset=utf-8",
}


async def upload(request: web.Request, call: Call) -> web.StreamResponse:
    """The body is the file. One byte past the limit is one too many, whatever Content-Length said."""
    limit_mb, setting = call.office.settings.upload_limit(call.query.name)
    limit, over = limit_mb * MB, f"A file may have {limit_mb} MB ({setting}); this one is larger."
    scratch = call.store.blobs.scratch()
    try:
        if request.content_length is not None and request.content_length > limit:
            raise StoreTooLarge(over)
        sha256, size = await _receive(request, scratch, limit, over)
        if size == 0:
            raise StoreInvalid("The file is empty; send it as the request's body.")
        merchant_id = call.token.merchant_id
        await asyncio.shield(asyncio.to_thread(call.store.blobs.put, merchant_id, scratch, sha256))
        same = replace(call, digest=hashlib.sha256(f"{call.query.name} {sha256}".encode()).hexdigest())
        answer = await asyncio.shield(asyncio.to_thread(keep_upload, same, call.query.name, sha256, size))
        return respond(answer, request)
    except TryOnError:
        await _read_away(request)
        raise
    finally:
        await asyncio.shield(asyncio.to_thread(scratch.unlink, missing_ok=True))


async def download(_request: web.Request, call: Call) -> web.StreamResponse:
    """The file; ranges are answered."""

    def find() -> tuple[Path, str]:
        asset, merchant_id = find_file(call)
        return call.store.blobs.path(merchant_id, asset.sha256), asset.name

    return _file(*await asyncio.to_thread(find))


async def logo(_request: web.Request, call: Call) -> web.StreamResponse:
    """The logo."""
    return _file(*await asyncio.to_thread(find_logo, call))


async def model(_request: web.Request, call: Call) -> web.StreamResponse:
    """A model picture; nothing on the way may keep it."""
    response = _file(*await asyncio.to_thread(find_model, call))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def forget_model(request: web.Request, call: Call) -> web.StreamResponse:
    """From the store, and from the memory of this process."""
    answer = await asyncio.shield(asyncio.to_thread(delete_model, call))
    request.app[FITTING].forget((model_key(call.token.merchant_id, call.path["id"]),))
    return respond(answer, request)


async def worn(request: web.Request, call: Call) -> web.StreamResponse:
    """A product on a person."""
    wanted = await asyncio.to_thread(find_worn, call)
    drawn = await request.app[FITTING].draw(wanted.person, wanted.dress)
    return web.Response(body=drawn, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def _file(path: Path, name: str) -> web.FileResponse:
    return web.FileResponse(
        path,
        headers={
            "Content-Type": _TYPES.get(Path(name).suffix, "application/octet-stream"),
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-cache",
        },
    )


async def _receive(request: web.Request, path: Path, limit: int, over: str) -> tuple[str, int]:
    """SHA-256 and size. Raises StoreTooLarge, StoreInvalid, StoreFull."""
    digest, size = hashlib.sha256(), 0

    def take(file: IO[bytes], piece: bytes) -> None:
        digest.update(piece)
        with disk_faults_named():
            file.write(piece)

    with disk_faults_named():
        file = await asyncio.to_thread(path.open, "xb")
    with file:
        async for piece in _pieces(request):
            size += len(piece)
            if size > limit:
                raise StoreTooLarge(over)
            await asyncio.to_thread(take, file, piece)
        with disk_faults_named():
            await asyncio.to_thread(file.flush)
    return digest.hexdigest(), size


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body, in pieces worth a write. Raises StoreInvalid where it stops coming."""
    gathered = bytearray()
    try:
        while chunk := await asyncio.wait_for(request.content.readany(), IDLE_S):
            gathered += chunk
            if len(gathered) >= _PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
    except (asyncio.TimeoutError, ClientPayloadError, ConnectionError) as error:
        raise StoreInvalid("The file came only in part; send it again.") from error
    if gathered:
        yield bytes(gathered)


async def _read_away(request: web.Request) -> None:
    with suppress(asyncio.TimeoutError, ClientPayloadError, ConnectionError):
        await asyncio.wait_for(_read_on(request), _READ_AWAY_S)


async def _read_on(request: web.Request) -> None:
    while await request.content.readany():
        pass
