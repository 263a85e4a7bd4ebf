"""Run by tests: photos of garments whose outline and points are known, taken from the house range's own pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F64, U8
from tryon.resources import folder

SIDE_PX = 700
GREY = (118, 146, 122)


@dataclass(frozen=True, eq=False)
class Shot:
    """``points`` in the photo's pixels; ``solid`` (h, w) which of it is garment."""

    bgr: U8
    points: dict[str, tuple[float, float]]
    solid: NDArray[np.bool_]
    cut: str

    @property
    def jpeg(self) -> bytes:
        return cv2.imencode(".jpg", self.bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


@lru_cache(maxsize=16)
def shoot(sku: str, turned_deg: float = 0.0, wall: tuple[int, int, int] = GREY, part: float = 0.72) -> Shot:
    """The garment, turned clockwise, on a wall with a soft shadow, uneven light and grain; it fills ``part``."""
    place = folder("assets") / "catalogue" / sku
    told = json.loads((place / "product.json").read_text("utf-8"))
    picture = cv2.imread(str(place / "picture.png"), cv2.IMREAD_UNCHANGED).astype(np.float32)
    height, width = picture.shape[:2]
    scale = part * SIDE_PX / max(height, width)
    matrix: F64 = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), -turned_deg, scale))
    matrix[:, 2] += (SIDE_PX / 2 - width / 2, SIDE_PX / 2 - height / 2)
    picture[..., :3] *= picture[..., 3:] / 255
    worn = cv2.warpAffine(picture, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_AREA)
    alpha = np.clip(worn[..., 3:] / 255, 0, 1)
    shadow = cv2.GaussianBlur(np.roll(alpha[..., 0], (5, 4), (0, 1)), (0, 0), 5)[..., None]
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / SIDE_PX - 0.5
    light = (1 - 0.10 * (x + 0.5 * y))[..., None]
    behind = np.array(wall, np.float32) * (1 - 0.2 * shadow)
    photo = (np.clip(worn[..., :3], 0, 255) + behind * (1 - alpha)) * light
    photo += np.random.default_rng(1).normal(0, 1.5, photo.shape)
    points = {name: tuple((matrix @ np.array([*at, 1.0])).tolist()) for name, at in told["points"].items()}
    return Shot(np.clip(photo, 0, 255).astype(np.uint8), points, alpha[..., 0] > 0.5, told["cut"])
