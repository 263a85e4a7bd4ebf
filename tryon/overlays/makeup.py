"""Makeup: lipstick as a pigment over living lips.

In linear light, a lip pixel is skin albedo times shading plus a sheen. The pigment replaces the albedo; the shading
(the pixel's luminance over the lips' mean) stays, so creases and the light's direction survive, and the sheen is kept,
damped or raised by the finish. The level is set by the room's diffuse white, so a shade is as bright as that shade
would be in this room, not as bright as these lips were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.makeup import Finish
from tryon.compiled import kernel
from tryon.frame import F32, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.base import Scene
from tryon.overlays.eyewear import visibility
from tryon.overlays.region import bounds, mask, smooth_contour
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.mesh import srgb_to_linear
from tryon.render.transfer import code

# Softness of the vermilion border and of the inner edge, as a part of the mouth's width.
FEATHER: Final = 0.013
# Lips' creases deepen under pigment: exponent of the relative luminance that is kept as shading.
CONTRAST: Final[dict[Finish, float]] = {
    "matte": 0.85,
    "satin": 1.0,
    "gloss": 1.1,
    "metallic": 1.05,
    "shimmer": 1,
    "glitter": 1,
}
# Relative luminance above which light on lips is sheen rather than shading, and how much of it each finish keeps.
SHEEN_FROM: Final = 1.25
SHEEN: Final[dict[Finish, float]] = {
    "matte": 0.25,
    "satin": 0.8,
    "gloss": 1.7,
    "metallic": 1.5,
    "shimmer": 1.2,
    "glitter": 1,
}
# A gloss mirrors the light above as a soft streak along the fullest line of the lower lip.
STREAK: Final[dict[Finish, float]] = {
    "matte": 0.0,
    "satin": 0.05,
    "gloss": 0.30,
    "metallic": 0.2,
    "shimmer": 0.1,
    "glitter": 0.08,
}
# Assumed: lips reflect about this part of the light; used to tell light from pigment.
LIP_ALBEDO: Final = 0.20
LIP_ALBEDO_RANGE: Final = (0.45, 1.8)
# The second of the refined mesh's four rings, along the lower lip: where it is fullest.
_STREAK_LINE: Final = np.array([180, 85, 16, 315, 404], np.intp)
# Narrower mouths than this are a handful of pixels: nothing to paint.
MOUTH_MIN_PX: Final = 8.0


@dataclass(frozen=True, slots=True)
class Lipstick:
    """``color`` is sRGB 0..255 (red, green, blue); ``coverage`` and ``strength`` 0..1 multiply."""

    color: tuple[int, int, int]
    finish: Finish
    coverage: float
    strength: float = 1.0
    kind: str = "makeup"
    order: int = 20

    def draw(self, scene: Scene) -> Rect | None:
        """Paint the lips of every head."""
        touched: Rect | None = None
        for head in scene.heads:
            rect = self._paint(scene, head)
            if rect is not None:
                touched = rect if touched is None else touched.union(rect)
        return touched

    def _paint(self, scene: Scene, head: Head) -> Rect | None:
        points = head.points_px[:, :2]
        width_px = float(np.hypot(*(points[at.LEFT_MOUTH_CORNER] - points[at.RIGHT_MOUTH_CORNER])))
        alpha = self.coverage * self.strength * visibility(head)
        if width_px < MOUTH_MIN_PX or alpha <= 0.0:
            return None
        outer = smooth_contour(points[at.LIPS_OUTER])
        inner = smooth_contour(points[at.LIPS_INNER])
        feather = max(FEATHER * width_px, 0.35)
        rect = bounds(outer, 3 * feather + 1).clip(scene.bgr.shape[1], scene.bgr.shape[0])
        if rect.empty or rect.width < 4 or rect.height < 4:
            return None
        covered = mask(rect, outer, (inner,), feather)
        streak = self._streak(rect, points, width_px, covered)
        pigment = srgb_to_linear(np.array(self.color, np.float32) / np.float32(255))
        paint(
            scene.bgr, rect.x0, rect.y0, covered, streak, pigment, np.array(scene.light.white, np.float32), alpha,
            CONTRAST[self.finish], SHEEN[self.finish], transfer.to_linear(), transfer.to_srgb(),
        )  # fmt: skip
        return rect

    def _streak(self, rect: Rect, points: F32, width_px: float, covered: F32) -> F32:
        strength = STREAK[self.finish]
        line: F32 = np.zeros((rect.height, rect.width), np.float32)
        if strength <= 0:
            return line
        lower = points[[17]] - points[[14]]
        thick = max(float(np.hypot(*lower[0])) * 0.30, 1.0)
        path = (points[_STREAK_LINE] - (rect.x0, rect.y0) - 0.5) * 16
        cv2.polylines(
            line, [np.rint(path).astype(np.int32)], False, (1.0,), max(round(thick * 0.6), 1), cv2.LINE_AA, 4
        )
        cv2.GaussianBlur(line, (0, 0), max(width_px * 0.035, 0.6), line, max(thick * 0.35, 0.5))
        line *= covered * np.float32(strength)
        return np.asarray(line, np.float32)


@kernel
def paint(
    bgr: U8,
    x0: int,
    y0: int,
    covered: F32,
    streak: F32,
    pigment: F32,
    white: F32,
    alpha: float,
    contrast: float,
    sheen: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Mix the pigment into the lips in place. ``covered`` and ``streak`` (h, w) start at pixel (x0, y0);
    ``pigment`` and ``white`` are linear red, green, blue. Pixels with no coverage keep their bits."""
    height, width = covered.shape
    total, weight = 0.0, 0.0
    for y in range(height):
        for x in range(width):
            w = covered[y, x]
            if w > 0.5:
                lb, lg = to_linear[bgr[y0 + y, x0 + x, 0]], to_linear[bgr[y0 + y, x0 + x, 1]]
                total += w * (0.0722 * lb + 0.7152 * lg + 0.2126 * to_linear[bgr[y0 + y, x0 + x, 2]])
                weight += w
    white_level = 0.2126 * white[0] + 0.7152 * white[1] + 0.0722 * white[2]
    mean = total / weight if weight > 0.0 else LIP_ALBEDO * white_level
    mean = max(mean, 1e-4)
    # How much light falls on these lips, against the room's diffuse white; bounded, since lips' albedo varies.
    light = min(max(mean / (LIP_ALBEDO * white_level), LIP_ALBEDO_RANGE[0]), LIP_ALBEDO_RANGE[1]) ** 0.5
    for y in range(height):
        for x in range(width):
            a = covered[y, x] * alpha
            if a < 0.004:
                continue
            lb = to_linear[bgr[y0 + y, x0 + x, 0]]
            lg = to_linear[bgr[y0 + y, x0 + x, 1]]
            lr = to_linear[bgr[y0 + y, x0 + x, 2]]
            relative = (0.0722 * lb + 0.7152 * lg + 0.2126 * lr) / mean
            shine = max(relative - SHEEN_FROM, 0.0)
            shade = min(relative, SHEEN_FROM) ** contrast * light
            glow = shine * sheen * mean / white_level + streak[y, x] * (0.4 + 0.6 * relative)
            pr = (pigment[0] * shade + glow) * white[0]
            pg = (pigment[1] * shade + glow) * white[1]
            pb = (pigment[2] * shade + glow) * white[2]
            bgr[y0 + y, x0 + x, 0] = code(lb + (pb - lb) * a, to_srgb)
            bgr[y0 + y, x0 + x, 1] = code(lg + (pg - lg) * a, to_srgb)
            bgr[y0 + y, x0 + x, 2] = code(lr + (pr - lr) * a, to_srgb)
