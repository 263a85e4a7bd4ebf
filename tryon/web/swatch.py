"""``POST /api/swatch``: a photo of a colour in, the colour and the shades near it out. The photo is kept nowhere."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from tryon.errors import BadFrame, ServerBusy
from tryon.jpeg import LIVE_FRAME
from tryon.session import CONSENT_VERSION
from tryon.web.keys import MIRROR
from tryon.web.security import error_response, origin_allowed

CONSENT_HEADER: Final = "X-Tryon-Consent"


async def swatch(request: web.Request) -> web.Response:
    """The body is a JPEG as the live frames are; the shopper's consent comes in a header, as a page's own request can
    send it and no other page's."""
    mirror = request.app[MIRROR]
    origin = request.headers.get("Origin")
    if origin is not None and not origin_allowed(origin, request.host, mirror.settings.allowed_origins):
        return error_response(403, "forbidden", "This is not allowed from here.")
    if request.headers.get(CONSENT_HEADER) != str(CONSENT_VERSION):
        return error_response(
            403, "consent_missing", f"No photo is read without consent to text {CONSENT_VERSION}."
        )
    if request.content_type != "image/jpeg":
        return error_response(415, "not_a_jpeg", "Send the photo as image/jpeg.")
    data = await _body(request)
    if data is None:
        return error_response(413, "too_large", f"A photo has at most {LIVE_FRAME.max_bytes} bytes.")
    try:
        return web.json_response(await mirror.read_swatch(data))
    except BadFrame as error:
        return error_response(422, error.code, error.sentence)
    except ServerBusy as error:
        return error_response(503, error.code, error.sentence, retry_after_s=error.retry_after_s)


async def _body(request: web.Request) -> bytes | None:
    """The whole body; None where it is larger than a live frame may be."""
    if (request.content_length or 0) > LIVE_FRAME.max_bytes:
        return None
    data = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > LIVE_FRAME.max_bytes:
            return None
    return bytes(data)
