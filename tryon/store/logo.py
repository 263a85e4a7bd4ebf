"""A merchant's logo: any PNG or JPEG within limits in, a small PNG of ours out, made from its pixels alone."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.errors import BadAsset, StoreInvalid
from tryon.frame import U8
from tryon.render.gltf_images import decode_picture

# Twice and a half what the page's bar shows, for dense screens.
WIDTH_PX_MAX: Final = 640
HEIGHT_PX_MAX: Final = 160
# What is smaller is an icon of a browser's tab, and blurred in the bar.
SIDE_PX_MIN: Final = 16
# A margin of the file's own would make the logo small in the bar.
_SEEN: Final = 8


def rebuild(data: bytes) -> tuple[bytes, int, int]:
    """The PNG, its width and its height. Raises StoreInvalid with what to do."""
    try:
        rgba = decode_picture(data, "The logo")
    except BadAsset as error:
        raise StoreInvalid(error.sentence, field="upload") from error
    rgba = _without_margin(rgba)
    height, width = rgba.shape[:2]
    if min(height, width) < SIDE_PX_MIN:
        raise StoreInvalid(
            f"The logo is {width} × {height} pixels without its margin; it needs {SIDE_PX_MIN} on each side.",
            field="upload",
        )
    scale = min(WIDTH_PX_MAX / width, HEIGHT_PX_MAX / height)
    if scale < 1:
        rgba = _scaled(rgba, max(round(width * scale), 1), max(round(height * scale), 1))
    done, encoded = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise StoreInvalid("The logo cannot be made; try another picture.", field="upload")
    return encoded.tobytes(), rgba.shape[1], rgba.shape[0]


def _without_margin(rgba: U8) -> U8:
    rows, columns = (np.flatnonzero((rgba[..., 3] > _SEEN).any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        raise StoreInvalid("The logo is fully transparent; there is nothing to show.", field="upload")
    return rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(rgba: U8, width: int, height: int) -> U8:
    """Weighted by alpha: what lies under full transparency is any colour."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    weighted = cv2.resize(rgba[..., :3] * alpha, (width, height), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA)[..., None]
    colour = weighted / np.maximum(cover, 1 / 255)
    return np.asarray(np.rint(np.concatenate([colour, cover * 255], axis=2)).clip(0, 255), np.uint8)
