"""What one frame shows of a face's colours: skin, lips, eyes and the room's bright things; or why it shows too little.

Skin is read at the forehead and the upper cheeks, above beards and beside the nose's shine; of each place, the middle
of its pixels by brightness, so that pores, highlights and small shadows have no say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.steady import Head
from tryon.overlays.light import LUMINANCE
from tryon.perception import landmarks as at
from tryon.render import transfer

ToneRefusal: TypeAlias = Literal[
    "look_at_the_camera", "come_closer", "skin_dark", "skin_bright", "skin_uneven", "nobody"
]

YAW_MAX_DEG: Final = 18.0
PITCH_MAX_DEG: Final = 25.0
FACE_MIN_PX: Final = 70.0
# Radius of a place, and the share of its pixels (by brightness) that counts.
PLACE_RADIUS: Final = 0.028
MIDDLE: Final = (0.25, 0.75)
FOREHEAD: Final = (9, 151, 108, 337, 69, 299)
RIGHT_CHEEK: Final = (117, 118, 50, 101, 119)
LEFT_CHEEK: Final = (346, 347, 280, 330, 348)
# Darker than this (linear) the camera's noise and its curve tell more than the skin.
DARK: Final = 0.020
# A code from which a channel counts as blown out, and the share of such pixels that is borne.
CLIPPED: Final = 253
CLIPPED_MAX: Final = 0.25
# Log ratio of the two cheeks' light.
UNEVEN_MAX: Final = 0.50
# A forehead darker than the cheeks by this log ratio is under hair or a hat.
COVERED: Final = 0.55
# Cheeks redder than the forehead by this log ratio wear blush, or the cold.
BLUSHED: Final = 0.12
# The iris is cut out of the eye with this margin, and of what is left the brightest share is white.
IRIS_MARGIN: Final = 1.25
WHITES_SHARE: Final = 0.35
WHITES_MIN_PX: Final = 10
ROOM_STEP_PX: Final = 8
ROOM_SHARE: Final = 0.10


@dataclass(frozen=True, slots=True, eq=False)
class FaceColours:
    """Linear blue, green, red (3,) each: ``skin``, ``lips``, whites of the ``eyes`` and the ``room``'s brightest
    things where they can be seen, and the doubt of the skin's level, a standard deviation of its log."""

    skin: F64
    lips: F64
    eyes: F64 | None
    room: F64 | None
    spread: float


def face_colours(bgr: U8, head: Head) -> FaceColours | ToneRefusal:
    """Read one frame, before anything is drawn on it."""
    points = head.points_px[:, :2]
    width = float(np.ptp(points[: at.SURFACE_COUNT, 0]))
    if width < FACE_MIN_PX:
        return "come_closer"
    yaw, pitch, _ = head.pose.yaw_pitch_roll_deg
    if abs(yaw) > YAW_MAX_DEG or abs(pitch) > PITCH_MAX_DEG:
        return "look_at_the_camera"
    if (points.min(axis=0) < 0).any() or (points.max(axis=0) > (bgr.shape[1], bgr.shape[0])).any():
        return "look_at_the_camera"
    codes = [_place(bgr, points[list(place)], width) for place in (FOREHEAD, RIGHT_CHEEK, LEFT_CHEEK)]
    if max(float((place >= CLIPPED).any(axis=1).mean()) for place in codes) > CLIPPED_MAX:
        return "skin_bright"
    forehead, right, left = (np.log(np.maximum(_middle(place), 1e-5)) for place in codes)
    level = [float(np.log(np.exp(each) @ LUMINANCE)) for each in (forehead, right, left)]
    if np.exp(max(level[1:])) < DARK:
        return "skin_dark"
    if abs(level[1] - level[2]) > UNEVEN_MAX:
        return "skin_uneven"
    cheeks = (right + left) / 2
    skin = cheeks if level[0] < (level[1] + level[2]) / 2 - COVERED else (forehead + right + left) / 3
    if (cheeks[2] - cheeks[1]) - (forehead[2] - forehead[1]) > BLUSHED and skin is not cheeks:
        # Its colour is the forehead's, its light that of both: red pigment leaves red light as it is.
        skin = forehead + (skin[2] - forehead[2])
    spread = float(np.std(level if skin is not cheeks else level[1:]))
    room = _room(bgr, points)
    if room is not None and float(room @ LUMINANCE) < float(np.exp(skin) @ LUMINANCE):
        # A dark room, or one whose bright things are blown out, says nothing of white.
        room = None
    return FaceColours(np.exp(skin), _lips(bgr, points), _whites(bgr, points), room, spread)


def _place(bgr: U8, points: F32, width: float) -> U8:
    """The codes (n, 3) around some points."""
    radius = max(1, round(PLACE_RADIUS * width))
    return np.concatenate(
        [
            bgr[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1].reshape(-1, 3)
            for x, y in points.astype(int).tolist()
        ]
    )


def _middle(codes: U8) -> F64:
    """Mean linear light (3,) of the pixels of middling brightness."""
    linear = transfer.to_linear()[codes]
    luminance = linear @ LUMINANCE
    low, high = np.quantile(luminance, MIDDLE)
    return np.asarray(linear[(luminance >= low) & (luminance <= high)].mean(axis=0), np.float64)


def _lips(bgr: U8, points: F32) -> F64:
    """The lower lip's body, between its outline and the mouth."""
    middle = (points[[84, 17, 314]] + points[[87, 14, 317]]) / 2
    radius_of = 0.25 * float(np.abs(points[17, 1] - points[14, 1])) / PLACE_RADIUS
    return _middle(_place(bgr, middle, radius_of))


def _whites(bgr: U8, points: F32) -> F64 | None:
    found = []
    for contour, ring, centre in (
        (at.RIGHT_EYE, at.RIGHT_IRIS, at.RIGHT_IRIS_CENTRE),
        (at.LEFT_EYE, at.LEFT_IRIS, at.LEFT_IRIS_CENTRE),
    ):
        outline = points[contour]
        x0, y0 = np.floor(outline.min(axis=0)).astype(int)
        x1, y1 = np.ceil(outline.max(axis=0)).astype(int) + 1
        mask: U8 = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [np.rint((outline - (x0, y0) - 0.5) * 16).astype(np.int32)], (255.0,), shift=4)
        radius = 0.5 * float(np.hypot(*(points[ring[0]] - points[ring[2]]))) * IRIS_MARGIN
        y, x = np.nonzero(mask)
        away = np.hypot(x + x0 + 0.5 - points[centre, 0], y + y0 + 0.5 - points[centre, 1])
        found.append(bgr[y[away > radius] + y0, x[away > radius] + x0])
    codes = np.concatenate(found)
    codes = codes[(codes < CLIPPED).all(axis=1)]
    if len(codes) < WHITES_MIN_PX:
        return None
    linear = transfer.to_linear()[codes]
    luminance = linear @ LUMINANCE
    brightest = linear[luminance >= np.quantile(luminance, 1 - WHITES_SHARE)].mean(axis=0)
    return np.maximum(np.asarray(brightest, np.float64), 1e-5)


def _room(bgr: U8, points: F32) -> F64 | None:
    """Mean of the brightest things that are not blown out and not the face itself."""
    codes = bgr[::ROOM_STEP_PX, ::ROOM_STEP_PX]
    rows, columns = (np.arange(side) * ROOM_STEP_PX for side in codes.shape[:2])
    low, high = points.min(axis=0), points.max(axis=0)
    away = ~(
        ((rows > low[1]) & (rows < high[1]))[:, None] & ((columns > low[0]) & (columns < high[0]))[None, :]
    )
    usable = codes[away & (codes < CLIPPED).all(axis=-1)]
    if len(usable) < 1 / ROOM_SHARE:
        return None
    linear = transfer.to_linear()[usable]
    luminance = linear @ LUMINANCE
    brightest = linear[luminance >= np.quantile(luminance, 1 - ROOM_SHARE)].mean(axis=0)
    return np.maximum(np.asarray(brightest, np.float64), 1e-5)
