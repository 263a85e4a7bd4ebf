"""A merchant's photo, read within limits: JPEG or PNG in, pixels out, nothing else kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset, BadFrame, PictureTooLarge
from tryon.frame import F32, U8
from tryon.render.gltf_images import decode_picture
from tryon.render.gltf_limits import IMAGE_MAX_BYTES, IMAGE_MAX_SIDE_PX, JPEG_SCANS_MAX

# Half a millimetre of a frame is four pixels then; more costs time and tells nothing new.
WORK_PX: Final = 1600
_JPEG: Final = jpeg.Limits(IMAGE_MAX_SIDE_PX, IMAGE_MAX_SIDE_PX, IMAGE_MAX_BYTES, 1, JPEG_SCANS_MAX)
# A picture with fewer see-through pixels than this has no cut-out, but a few soft corners.
_CUT_OUT_MIN: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``bgr`` (h, w, 3), upright; ``cover`` (h, w) 0..1 where the file came cut out, else None. ``scale`` is
    how many of its pixels one of the file's has along a side."""

    bgr: U8
    cover: F32 | None
    scale: float = 1.0


def read_picture(data: bytes, what: str = "photo") -> Picture:
    """Decode and scale down to WORK_PX. Raises BadAsset and its children, with what to do."""
    if data.startswith(b"\xff\xd8"):
        return _scaled(_jpeg(data, what))
    if not data.startswith(b"\x89PNG"):
        raise AssetUnsupported(
            f"The {what} is neither JPEG nor PNG; save it as one of these.", field="upload"
        )
    rgba = decode_picture(data, f"The {what}")
    bgr: U8 = np.ascontiguousarray(rgba[..., 2::-1])
    cover = rgba[..., 3].astype(np.float32) / 255
    if (cover < 0.5).mean() < _CUT_OUT_MIN:
        return _scaled(bgr)
    # What lies under full transparency is any colour; before white it is none.
    white = bgr * cover[..., None] + 255 * (1 - cover[..., None])
    return Picture(np.ascontiguousarray(np.rint(white).astype(np.uint8)), np.ascontiguousarray(cover))


def _jpeg(data: bytes, what: str) -> U8:
    try:
        return jpeg.decode(data, _JPEG)
    except PictureTooLarge as error:
        raise AssetTooLarge(
            f"The {what} is larger than {IMAGE_MAX_SIDE_PX} × {IMAGE_MAX_SIDE_PX} pixels or {IMAGE_MAX_BYTES >> 20} "
            "MB; scale it down.",
            field="upload",
        ) from error
    except BadFrame as error:
        raise BadAsset(
            f"The {what} cannot be decoded; save it again as a baseline JPEG.", field="upload"
        ) from error


def _scaled(bgr: U8) -> Picture:
    scale = WORK_PX / max(bgr.shape[:2])
    if scale >= 1:
        return Picture(bgr, None)
    size = max(round(bgr.shape[1] * scale), 1), max(round(bgr.shape[0] * scale), 1)
    return Picture(np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8), None, scale)
