"""One person's still picture before the mirror: framed once, and dressed in any number of looks.

What the mirror finds of the face is found once and kept in memory, as it is for a shopper, until the sitting is
forgotten.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import cv2
import numpy as np

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import BadFrame
from tryon.frame import F32, F64, U8, Frame
from tryon.looks import BARE, Look
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline

# What is shown: the face and what is near it, or all of the picture.
Framing: TypeAlias = Literal["face", "whole"]

# The side of the square around a face, in widths of the face, and where in it the face's middle is.
SQUARE_FACES: Final = 3.0
MIDDLE_DOWN: Final = 0.38
# So large is a square shown, and so large the longer side of a whole picture.
SIDE_PX: Final = 560
WHOLE_PX: Final = 640
# A smaller face would be enlarged until nothing of it is sharp.
FACE_MIN_PX: Final = 60.0
FIND_FRAMES: Final = 3
# The mirror knows a wearer, their hair and their light after a few frames, a body a little later; what it has known
# stays known. After these, on the portrait, another frame changes a picture by less than 0.2 codes on average.
FIRST_FRAMES: Final = 7
BODY_FRAMES: Final = 9
AGAIN_FRAMES: Final = 2
PERIOD_MS: Final = 50.0
QUALITY: Final = 88

NO_FACE: Final = "No face was found in this picture; use one in which a whole face looks into the camera."
NO_LEGS: Final = (
    "No hips and knees were found in this picture; use one that shows the person down to the knees."
)


def face_of(settings: Settings, bgr: U8, engine: Engine) -> F64:
    """The landmarks (478, 3) of the picture's widest face, in pixels. Raises BadFrame with what to do."""
    pipeline = Pipeline(settings)
    for number in range(FIND_FRAMES):
        rendered = pipeline.process(Frame(bgr, PERIOD_MS * number), BARE, engine)
    if not rendered.heads:
        raise BadFrame(NO_FACE)
    widest = max(rendered.heads, key=lambda head: width_px(head.points_px))
    points = widest.points_px.astype(np.float64)
    if width_px(points) < FACE_MIN_PX:
        raise BadFrame(
            f"The face in this picture is {width_px(points):.0f} pixels wide and should be {FACE_MIN_PX:.0f} at least; "
            "use a larger picture, or one that shows the person from nearer."
        )
    return points


def width_px(points_px: F32 | F64) -> float:
    """How wide the face is in the picture."""
    return float(np.ptp(points_px[: at.SURFACE_COUNT, 0]))


def framed(bgr: U8, points_px: F64, framing: Framing) -> U8:
    """What is shown of the picture."""
    height, width = bgr.shape[:2]
    if framing == "whole":
        scale = WHOLE_PX / max(height, width)
        return _scaled(bgr, round(width * scale), round(height * scale))
    side = min(round(SQUARE_FACES * width_px(points_px)), width, height)
    x, y = (points_px[: at.SURFACE_COUNT, :2].min(axis=0) + points_px[: at.SURFACE_COUNT, :2].max(axis=0)) / 2
    left = int(np.clip(round(float(x) - side / 2), 0, width - side))
    top = int(np.clip(round(float(y) - MIDDLE_DOWN * side), 0, height - side))
    return _scaled(bgr[top : top + side, left : left + side], SIDE_PX, SIDE_PX)


def _scaled(bgr: U8, width: int, height: int) -> U8:
    smaller = width < bgr.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(bgr, (width, height), interpolation=how), np.uint8)


class Sitting:
    """Used by one thread at a time. ``bgr`` is what is shown of the picture."""

    def __init__(self, settings: Settings, bgr: U8) -> None:
        self._bgr = bgr
        self._pipeline = Pipeline(settings)
        self._t_ms = 0.0
        self._known: set[str] = set()
        self._shown: U8 = bgr
        self._worn = False

    def frames(self, look: Look) -> int:
        """How many frames it takes until the look sits."""
        kinds = {overlay.kind for overlay in look.overlays}
        if kinds <= self._known:
            return AGAIN_FRAMES
        return BODY_FRAMES if "garment" in kinds else FIRST_FRAMES

    def frame(self, look: Look, engine: Engine) -> None:
        """Dress the picture once."""
        rendered = self._pipeline.process(Frame(self._bgr, self._t_ms), look, engine)
        self._t_ms += PERIOD_MS
        self._shown, self._worn = rendered.bgr, rendered.dirty is not None
        if not rendered.heads:
            raise BadFrame(NO_FACE)

    def picture(self, look: Look) -> bytes:
        """The last frame as JPEG. Raises BadFrame where the look could not be put on."""
        if look.overlays and not self._worn:
            garment = any(overlay.kind == "garment" for overlay in look.overlays)
            if look.legs:
                raise BadFrame(NO_LEGS)
            raise BadFrame(
                "No shoulders were found in this picture; use one that shows the person down to the waist."
                if garment
                else "It could not be put on this face; use a picture that shows the whole face from the front."
            )
        self._known |= {overlay.kind for overlay in look.overlays}
        return jpeg.encode(self._shown, QUALITY)
