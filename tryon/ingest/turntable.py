"""A frame turned round in twelve pictures on one sheet, for a preview that turns under the pointer."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.catalogue.thumbnails import camera_from_mesh
from tryon.errors import BadAsset
from tryon.frame import U8
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.mesh import Mesh
from tryon.render.model import prepare

FILE: Final = "turntable.jpg"
FRAMES: Final = 12
COLUMNS: Final = 4
WIDTH_PX, HEIGHT_PX = 320, 240
_OVERSAMPLE: Final = 2
_DISTANCE_MM: Final = 900.0
_PITCH_DEG: Final = 10.0
# What the widest side may fill of a picture's width, and the highest of its height.
_FILLS: Final = 0.86
_WHITE: Final = (0.85, 0.85, 0.85)
_GROUND: Final = 250
_QUALITY: Final = 88


def turntable(mesh: Mesh) -> bytes:
    """The sheet as a JPEG, four pictures wide: from the front, then on to the wearer's left. Raises BadAsset."""
    model, rasteriser = prepare(mesh), Rasteriser()
    low, high = mesh.bounds_mm
    reach = float(np.hypot(high[0] - low[0], high[2] - low[2]))
    width, height = WIDTH_PX * _OVERSAMPLE, HEIGHT_PX * _OVERSAMPLE
    nearest = _DISTANCE_MM - reach / 2
    focal = _FILLS * nearest * min(width / reach, height / (float(high[1] - low[1]) + 0.2 * reach))
    view = View(focal, width / 2, height / 2)
    sheet = np.full((HEIGHT_PX * (FRAMES // COLUMNS), WIDTH_PX * COLUMNS, 3), _GROUND, np.uint8)
    for number in range(FRAMES):
        picture: U8 = np.full((height, width, 3), _GROUND, np.uint8)
        matrix = camera_from_mesh(mesh, 360 * number / FRAMES, _PITCH_DEG, _DISTANCE_MM)
        rasteriser.draw(picture, model, matrix, view, Light(white=_WHITE, shadow=0.0))
        small = cv2.resize(picture, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
        row, column = divmod(number, COLUMNS)
        sheet[row * HEIGHT_PX : (row + 1) * HEIGHT_PX, column * WIDTH_PX : (column + 1) * WIDTH_PX] = small
    done, data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise BadAsset("The turntable's pictures could not be written.")
    return data.tobytes()
