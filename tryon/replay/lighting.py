"""Light for synthetic clips: a picture that was taken in white light, as a camera would show it in another.

Everything happens in linear light: each channel is multiplied by the light's ``white`` and ``exposure`` and clips at
white, as a sensor does. Light from behind also dims the person, brightens what is behind them, and adds the veil of
glare that a lens makes of a bright window.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.perception import landmarks as at
from tryon.render import transfer


@dataclass(frozen=True, slots=True)
class Light:
    """``white`` red, green, blue and ``exposure`` multiply linear light. With ``behind``, ``exposure`` is that of the
    person, ``behind`` that of the room, and ``veil`` is added everywhere (linear, of white)."""

    white: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposure: float = 1.0
    behind: float | None = None
    veil: float = 0.0


LIGHTS: Final[dict[str, Light]] = {
    "neutral": Light(),
    # A lamp and a cloudy sky, each half balanced away by the camera.
    "warm": Light(white=(1.18, 1.0, 0.66)),
    "cold": Light(white=(0.84, 1.0, 1.22)),
    # Two and a half stops short: what a webcam still shows of an evening room.
    "dim": Light(exposure=0.18),
    "back": Light(exposure=0.30, behind=1.9, veil=0.025),
}
# How far the person reaches around the face's landmarks (hair, then shoulders); parts of the face's height and width.
HAIR: Final = 1.45
SHOULDERS: Final = 1.15
EDGE: Final = 0.06


def lit(bgr: U8, light: Light, points_px: F64) -> U8:
    """The picture in that light; ``points_px`` (478, 2 or 3) tell where the person is."""
    if light.behind is None:
        return np.asarray(cv2.LUT(bgr, _table(light)), np.uint8)
    person = _person(bgr.shape[:2], points_px)[..., None]
    gain = light.behind + (light.exposure - light.behind) * person
    linear = transfer.to_linear()[bgr] * gain * np.array(light.white[::-1], np.float32) + np.float32(
        light.veil
    )
    return _codes(linear)


@cache
def _table(light: Light) -> U8:
    """The code of each code, (256, 1, 3) for blue, green and red."""
    gain = light.exposure * np.array(light.white[::-1], np.float32)
    linear = transfer.to_linear()[:, None, None] * gain + np.float32(light.veil)
    return _codes(linear)


def _codes(linear: F32) -> U8:
    steps = np.clip(linear * transfer.TO_SRGB_STEPS + 0.5, 0, transfer.TO_SRGB_STEPS)
    return transfer.to_srgb()[steps.astype(np.int32)]


def _person(size: tuple[int, ...], points_px: F64) -> F32:
    """1 on head and shoulders, 0 on the room, softly between."""
    surface = points_px[: at.SURFACE_COUNT, :2]
    low, high = surface.min(axis=0), surface.max(axis=0)
    width, height = (float(value) for value in high - low)
    x, y = (float(value) for value in (low + high) / 2)
    mask = np.zeros(size, np.uint8)
    axes = (0.5 * HAIR * width, 0.5 * HAIR * height)
    box = ((x, y - 0.06 * height), (2 * axes[0], 2 * axes[1]), 0.0)
    if min(box[1]) < 1 or max(abs(x), abs(y), *box[1]) > 1e5:
        return mask.astype(np.float32)
    cv2.ellipse(mask, box, [255], -1)
    chin, far = float(high[1]), size[0] + height
    half = SHOULDERS * width
    body = [[x - 0.4 * width, chin - 0.3 * height], [x + 0.4 * width, chin - 0.3 * height]]
    body += [[x + 0.42 * width, chin + 0.1 * height], [x + half, chin + 0.45 * height], [x + 1.2 * half, far]]
    body += [[x - 1.2 * half, far], [x - half, chin + 0.45 * height], [x - 0.42 * width, chin + 0.1 * height]]
    cv2.fillPoly(mask, [np.rint(np.array(body)).astype(np.int32)], [255])
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, EDGE * width)), np.float32) / 255
