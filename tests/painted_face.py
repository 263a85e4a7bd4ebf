"""A face as flat paint, whose colours are known: skin, eyes, lips, a room, and a sheet of paper under the chin."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F64, U8
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.colour import linear_from_lab

LIGHT_SKIN: Final = (67.0, 10.0, 16.0)
DARK_SKIN: Final = (36.0, 11.0, 15.0)
LIPS: Final = (48.0, 24.0, 12.0)
WHITE: Final = (1.0, 1.0, 1.0)
# As eyes are seen in their sockets, and a wall.
EYES: Final = (0.285, 0.228, 0.202)
ROOM: Final = (0.75, 0.75, 0.75)


def painted(
    head: Head,
    skin: tuple[float, float, float] = LIGHT_SKIN,
    *,
    light: tuple[float, float, float] = WHITE,
    paper: float | tuple[float, float, float] = 0.05,
    right: float = 1.0,
    noise: float = 0.004,
) -> U8:
    """The head's picture. ``light`` and ``paper`` (what is under the chin, else a dark shirt) are linear red, green,
    blue; ``right`` is the light on the right half of the picture over that on the left."""
    width, height = head.camera.width_px, head.camera.height_px
    linear = np.empty((height, width, 3))
    linear[:] = ROOM[::-1]
    points = head.points_px[: at.POINT_COUNT, :2]

    def fill(place: at.Indices, colour: F64, wider_px: int = 0) -> None:
        mask: U8 = np.zeros((height, width), np.uint8)
        outline = np.rint(points[place]).astype(np.int32)
        cv2.fillPoly(mask, [outline], (255.0,))
        if wider_px:
            cv2.polylines(mask, [outline], True, (255.0,), 2 * wider_px)
        linear[mask > 0] = colour

    x, y = points[at.CHIN]
    side = 0.5 * float(np.ptp(points[: at.SURFACE_COUNT, 0]))
    top, low, high = int(y + 0.05 * side), int(x - 1.2 * side), int(x + 1.2 * side)
    linear[top:, max(low, 0) : high] = (paper,) * 3 if isinstance(paper, float) else paper[::-1]
    fill(at.FACE_OVAL, linear_from_lab(np.array(skin)))
    for eye in (at.RIGHT_EYE, at.LEFT_EYE):
        fill(eye, np.array(EYES[::-1]), 2)
    fill(at.LIPS_OUTER, linear_from_lab(np.array(LIPS)))
    linear[:, int(points[at.NOSE_TIP, 0]) :] *= right
    linear *= np.array(light[::-1])
    linear *= 1 + noise * np.random.default_rng(3).normal(size=linear.shape)
    steps = np.rint(np.clip(linear, 0, 1) * transfer.TO_SRGB_STEPS).astype(np.int32)
    return np.asarray(transfer.to_srgb()[steps], np.uint8)
