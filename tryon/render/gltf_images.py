"""PNG and JPEG pictures inside a GLB file: measured by their headers first, then decoded to pixels.

Nothing but pixels survives: a PNG is reduced to the chunks that make its picture before it is decoded, so
neither metadata nor animation reaches the decoder.

Source: W3C, PNG specification (third edition), section 5 (datastream structure).
"""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon import jpeg
from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset, BadFrame
from tryon.frame import U8
from tryon.render import gltf_limits as limits

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_JPEG_SIGNATURE = b"\xff\xd8"


def picture_size(data: bytes, place: str) -> tuple[int, int]:
    """Width and height in pixels, from the header alone. Raises BadAsset beyond the limits."""
    if len(data) > limits.IMAGE_MAX_BYTES:
        raise AssetTooLarge(f"{place} has {len(data)} bytes; it may have {limits.IMAGE_MAX_BYTES}.")
    if data.startswith(_PNG_SIGNATURE):
        if len(data) < 33 or data[12:16] != b"IHDR":
            raise BadAsset(f"{place} is a PNG without a header.")
        width, height = struct.unpack(">II", data[16:24])
    elif data.startswith(_JPEG_SIGNATURE):
        try:
            info = jpeg.scan(data, limits.JPEG_SCANS_MAX)
        except BadFrame as error:
            raise BadAsset(f"{place}: {error.sentence}") from error
        width, height = info.width, info.height
    else:
        raise AssetUnsupported(f"{place} is neither PNG nor JPEG; export with one of these.")
    if width == 0 or height == 0:
        raise BadAsset(f"{place} has no pixels.")
    if max(width, height) > limits.IMAGE_MAX_SIDE_PX:
        raise AssetTooLarge(
            f"{place} is {width} × {height} pixels; a side may have {limits.IMAGE_MAX_SIDE_PX}."
        )
    return width, height


def decode_picture(data: bytes, place: str) -> U8:
    """RGBA, shape (height, width, 4), scaled down to what is kept. Raises BadAsset when broken."""
    width, height = picture_size(data, place)
    if data.startswith(_PNG_SIGNATURE):
        data = _png_picture_only(data, place)
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise BadAsset(f"{place} cannot be decoded; save the picture again.") from error
    if decoded is None or decoded.shape[:2] != (height, width):
        raise BadAsset(f"{place} cannot be decoded; save the picture again.")
    rgba = _to_rgba(decoded)
    longer = max(width, height)
    if longer > limits.TEXTURE_KEPT_SIDE_PX:
        scale = limits.TEXTURE_KEPT_SIDE_PX / longer
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return np.ascontiguousarray(rgba)


def _png_picture_only(data: bytes, place: str) -> bytes:
    """The PNG with its critical chunks and transparency only."""
    kept = [_PNG_SIGNATURE]
    at = len(_PNG_SIGNATURE)
    while at < len(data):
        if at + 12 > len(data):
            raise BadAsset(f"{place} is a PNG that is cut off.")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise BadAsset(f"{place} is a PNG that is cut off.")
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    raise BadAsset(f"{place} is a PNG that is cut off.")


def _to_rgba(decoded: NDArray[np.integer[Any] | np.floating[Any]]) -> U8:
    """From OpenCV's grey, BGR or BGRA in 8 or 16 bits."""
    if decoded.dtype == np.uint16:
        decoded = (decoded // 256).astype(np.uint8)
    channels = 1 if decoded.ndim == 2 else decoded.shape[2]
    code = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}[channels]
    return np.asarray(cv2.cvtColor(decoded, code), dtype=np.uint8)
