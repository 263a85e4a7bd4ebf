"""A bank card held into a synthetic picture: where it is, is known."""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.frame import F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.card import CORNER_MM
from tryon.geometry.pose import Pose
from tryon.geometry.rectangles import HEIGHT_MM, WIDTH_MM

PER_MM: Final = 10  # pixels of the card's own picture
FINE: Final = 3  # times as many pixels while it is put into a frame
BLUR_PX: Final = 0.6
SKIN: Final = (110, 140, 185)
COLOURS: Final = {
    "blue": (150, 70, 30),
    "black": (35, 33, 30),
    "gold": (80, 150, 190),
    "white": (235, 238, 240),
}
# From head space's axes to a card's whose picture stands upright on a head that looks into the camera.
UPRIGHT: Final = np.diag([1.0, -1.0, -1.0])


def corners_px(camera_from_card: Pose, camera: Camera) -> F64:
    """A card's corners in the picture (4, 2)."""
    x, y = WIDTH_MM / 2, HEIGHT_MM / 2
    flat: F64 = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]], np.float64)
    return camera.project(camera_from_card.to_camera(flat))


def held(bgr: U8, colour: str, camera_from_card: Pose, camera: Camera, *, fingers: bool = True) -> U8:
    """A copy of the picture with a card in it; ``fingers`` hide the middles of its short sides."""
    corners = corners_px(camera_from_card, camera)
    picture, alpha = _printed(colour)
    height, width = alpha.shape
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - np.float32(0.5)
    warp = cv2.getPerspectiveTransform(flat, (corners * FINE - 0.5).astype(np.float32))
    size = (bgr.shape[1] * FINE, bgr.shape[0] * FINE)

    def seen(layer: U8, border: int) -> F64:
        warped = cv2.warpPerspective(layer, warp, size, flags=cv2.INTER_LINEAR, borderMode=border)
        small = cv2.resize(warped, (bgr.shape[1], bgr.shape[0]), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float64)

    share = seen(alpha, cv2.BORDER_CONSTANT)[..., None] / 255
    mixed = np.asarray(bgr * (1 - share) + seen(picture, cv2.BORDER_REPLICATE) * share, np.float64)
    if fingers:
        tall = float(np.ptp(corners[:, 1]))
        for one, other in ((0, 3), (1, 2)):
            cx, cy = (corners[one] + corners[other]) / 2
            cv2.ellipse(mixed, (int(cx), int(cy)), (int(tall * 0.3), int(tall * 0.13)), 0, 0, 360, SKIN, -1)
    soft = cv2.GaussianBlur(mixed, (0, 0), BLUR_PX)
    return np.clip(soft + 0.5, 0, 255).astype(np.uint8)


@cache
def _printed(colour: str) -> tuple[U8, U8]:
    """A card with a chip and a number, and its alpha with rounded corners."""
    width, height, round_px = (round(mm * PER_MM) for mm in (WIDTH_MM, HEIGHT_MM, CORNER_MM))
    picture = np.full((height, width, 3), COLOURS[colour], np.uint8)
    cv2.rectangle(picture, (80, 180), (190, 270), (120, 190, 215), -1)
    cv2.putText(picture, "4000 1234 5678 9010", (80, 380), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (170, 170, 170), 3)
    alpha = np.zeros((height, width), np.uint8)
    cv2.rectangle(alpha, (round_px, 0), (width - round_px - 1, height), (255.0,), -1)
    cv2.rectangle(alpha, (0, round_px), (width, height - round_px - 1), (255.0,), -1)
    for x in (round_px, width - round_px - 1):
        for y in (round_px, height - round_px - 1):
            cv2.circle(alpha, (x, y), round_px, (255.0,), -1)
    return picture, alpha
