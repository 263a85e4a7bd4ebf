"""The frames that everything is measured on: a portrait moving before a camera, 640×480 or 1280×720, as JPEG.

Made rather than recorded, so that every machine measures the same pixels: the astronaut portrait at twice its size
(the face is about 200 px wide), swaying, nodding and leaning along closed curves, with sensor noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.frame import F32, F64, U8
from tryon.resources import portrait

WIDTH_PX: Final = 640
HEIGHT_PX: Final = 480
LARGE_PX: Final = (1280, 720)
FRAME_COUNT: Final = 90
FRAME_MS: Final = 1000 / 30
# The face in the portrait's own pixels, and how much it is enlarged to be 200 px wide.
FACE_XY: Final = (225.0, 115.0)
ENLARGED: Final = 2.15
# A person who looks at themselves: peak speeds are 3.8 px a frame across and 13° a second.
SWAY_PX: Final = 55.0
NOD_PX: Final = 25.0
LEAN_DEG: Final = 6.0
NEARER: Final = 0.06
# In grey codes; a laptop's camera indoors has 2 to 5.
NOISE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Scene:
    """``jpegs`` in order; after the last one the first follows without a jump."""

    jpegs: tuple[bytes, ...]
    quality: int

    def at(self, number: int) -> bytes:
        """The frame of that number; numbers go on after the last frame."""
        return self.jpegs[number % len(self.jpegs)]


def moving_portrait(
    quality: int,
    count: int = FRAME_COUNT,
    size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX),
    nearer: float = 1.0,
) -> Scene:
    """``count`` different frames; the face is as large a part of their height whatever it is, times ``nearer``. Raises
    ConfigError if the portrait is not installed."""
    bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("the portrait cannot be decoded")
    random = np.random.default_rng(1)
    width, height = size_px
    noise = random.normal(0.0, NOISE, (height + 64, width + 64, 3)).astype(np.float32)
    frames = []
    for number in range(count):
        seen = _seen(np.asarray(bgr, np.uint8), 2 * math.pi * number / count, width, height, nearer)
        top, left = random.integers(0, 64, 2)
        grain = noise[top : top + height, left : left + width]
        frames.append(jpeg.encode(np.clip(seen + grain + 0.5, 0, 255).astype(np.uint8), quality))
    return Scene(tuple(frames), quality)


def _seen(bgr: U8, phase: float, width: int, height: int, nearer: float) -> F32:
    """The portrait where it is at ``phase`` (0 … 2π) of its way."""
    moved = cv2.warpAffine(
        bgr,
        placed(phase, width, height, nearer),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(moved, np.float32)


def placed(phase: float, width: int = WIDTH_PX, height: int = HEIGHT_PX, nearer: float = 1.0) -> F64:
    """The similarity (2, 3) from the portrait's pixels to the frame's, at ``phase`` of its way."""
    larger = nearer * height / HEIGHT_PX
    scale = ENLARGED * larger * (1 + NEARER * math.sin(phase))
    matrix = cv2.getRotationMatrix2D(FACE_XY, LEAN_DEG * math.sin(phase), scale)
    matrix[0, 2] += width / 2 + SWAY_PX * larger * math.sin(phase) - FACE_XY[0]
    matrix[1, 2] += height / 2 + NOD_PX * larger * math.sin(2 * phase) - FACE_XY[1]
    return np.asarray(matrix, np.float64)
