"""A frame drawn from its sides, with the cameras that drew it: where a point of the product is on each picture.

Each picture is framed by the frame as it was found: what becomes wider looks wider.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np

from tryon.catalogue.thumbnails import camera_from_mesh, extent
from tryon.errors import BadAsset
from tryon.frame import F64, U8
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.mesh import Mesh
from tryon.render.model import prepare

ViewName: TypeAlias = Literal["front", "side", "top", "turned"]
WIDTH_PX: Final = 960
# As high as what they show: a front and a side are low, from above a frame is nearly square.
HEIGHTS_PX: Final[dict[ViewName, int]] = {"front": 480, "side": 480, "top": 840, "turned": 600}
# Yaw and pitch in degrees: the side is the wearer's right one.
_ANGLES_DEG: Final[dict[ViewName, tuple[float, float]]] = {
    "front": (0.0, 0.0),
    "side": (90.0, 0.0),
    "top": (0.0, 90.0),
}
_PITCH_DEG: Final = 12.0
# From so far off, near and far parts of a frame are nearly alike in size, and what is behind another lies behind it.
_DISTANCE_MM: Final = 3000.0
# What a frame may take of the picture: the rest is room for a wider one.
_FILLS: Final = 0.8
_GROUND: Final = 250
_WHITE: Final = (0.85, 0.85, 0.85)
_QUALITY: Final = 88


@dataclass(frozen=True, eq=False)
class Drawn:
    """One picture, and the pinhole camera that took it: ``camera_from_product`` (4, 4) and ``view``."""

    jpeg: bytes
    width_px: int
    height_px: int
    camera_from_product: F64
    view: View


def frame_views(
    mesh: Mesh, found: Mesh, names: Iterable[ViewName], yaw_deg: float = 30.0
) -> dict[ViewName, Drawn]:
    """The pictures asked for; ``found`` is the mesh that all of them are framed by. Raises BadAsset."""
    model, rasteriser = prepare(mesh), Rasteriser()
    drawn: dict[ViewName, Drawn] = {}
    for name in names:
        yaw, pitch = _ANGLES_DEG.get(name, (yaw_deg, _PITCH_DEG))
        height = HEIGHTS_PX[name]
        matrix = camera_from_mesh(found, yaw, pitch, _DISTANCE_MM)
        view = View(_focal(found, matrix, height), WIDTH_PX / 2, height / 2)
        picture: U8 = np.full((height, WIDTH_PX, 3), _GROUND, np.uint8)
        rasteriser.draw(picture, model, matrix, view, Light(white=_WHITE, shadow=0.0))
        drawn[name] = Drawn(jpeg_of(picture), WIDTH_PX, height, matrix, view)
    return drawn


def jpeg_of(picture: U8) -> bytes:
    """Raises BadAsset where OpenCV cannot."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise BadAsset("The picture could not be written.")
    return data.tobytes()


def _focal(found: Mesh, matrix: F64, height_px: int) -> float:
    """With which the frame takes so much of the picture, about its middle."""
    least, most = extent(found, matrix)
    reach = 2 * np.maximum(np.abs(least), np.abs(most))
    return float(_FILLS * (np.array((WIDTH_PX, height_px)) / reach).min())
