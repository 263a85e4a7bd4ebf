"""Textures of face paint: what a file must be, told from its first bytes.

A texture is a PNG with 8 bits for each of red, green, blue and alpha, square, laid over the canonical face
(``overlays.canonical`` says what of it lies where). Nothing is decoded here.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from tryon.errors import AssetTooLarge, BadAsset

SIZES_PX: Final = (512, 1024)
FILE_MAX_BYTES: Final = 2 * 1024 * 1024
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_RGBA: Final = 6
_HEADER: Final = struct.Struct(">8sI4sIIBB")


def check_texture(path: Path, label: str) -> None:
    """Raises BadAsset or AssetTooLarge, naming the file, for what cannot be a face paint's texture."""
    if not path.is_file():
        raise BadAsset(f"{label} does not exist; add it or take its shade out.", file=label, field="texture")
    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        raise AssetTooLarge(f"{label} has {size} bytes; it may have {FILE_MAX_BYTES}.", file=label)
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if len(head) < _HEADER.size or not head.startswith(_SIGNATURE):
        raise BadAsset(f"{label}: texture is not a PNG file.", file=label, field="texture")
    _, _, _, width, height, bits, colours = _HEADER.unpack(head)
    allowed = " or ".join(f"{side}×{side}" for side in SIZES_PX)
    if width != height or width not in SIZES_PX:
        raise BadAsset(
            f"{label}: texture has {width}×{height} pixels; it must have {allowed}.",
            file=label,
            field="texture",
        )
    if (bits, colours) != (8, _RGBA):
        raise BadAsset(
            f"{label}: texture has no alpha; save it as PNG with 8 bits of red, green, blue and alpha.",
            file=label,
            field="texture",
        )
