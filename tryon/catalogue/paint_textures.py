"""The textures of the face paint that comes with Tryon, drawn in the chart of the canonical face.

Places are parts of the chart: 0.5 is the middle of the face, the eyes lie at (0.35, 0.40) and (0.65, 0.40), the tip of
the nose at (0.5, 0.55), the mouth at (0.5, 0.73).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np

from tryon.frame import F64, U8

SIZE_PX: Final = 512
# Drawn larger and averaged down, for smooth edges.
FINER: Final = 4
_EYE: Final = (0.354, 0.40)

Rgb = tuple[int, int, int]


def textures() -> dict[str, bytes]:
    """PNG files by name."""
    return {f"{name}.png": _png(draw()) for name, draw in _DESIGNS.items()}


class _Canvas:
    """Red, green, blue, alpha; what is drawn on one half appears on the other, mirrored."""

    def __init__(self) -> None:
        side = SIZE_PX * FINER
        self.rgba: U8 = np.zeros((side, side, 4), np.uint8)

    def shape(self, points: Sequence[tuple[float, float]] | F64, color: Rgb, alpha: int = 255) -> None:
        scaled = np.asarray(points, np.float64) * SIZE_PX * FINER
        for mirrored in (False, True):
            xy = scaled.copy()
            if mirrored:
                xy[:, 0] = SIZE_PX * FINER - xy[:, 0]
            cv2.fillPoly(self.rgba, [np.rint(xy).astype(np.int32)], (*color, alpha))

    def ring(
        self, around: tuple[float, float], radius: tuple[float, float], color: Rgb, turn_deg: float = 0.0
    ) -> None:
        angle = np.linspace(0, 2 * np.pi, 90)
        x, y = np.cos(angle) * radius[0], np.sin(angle) * radius[1]
        turn = np.radians(turn_deg)
        self.shape(
            np.stack(
                [
                    around[0] + x * np.cos(turn) - y * np.sin(turn),
                    around[1] + x * np.sin(turn) + y * np.cos(turn),
                ],
                1,
            ),
            color,
        )

    def stroke(self, path: Sequence[tuple[float, float]], width: float, color: Rgb) -> None:
        """A line that is thickest in its middle and ends in points."""
        points = np.array(path, np.float64)
        t = np.linspace(0, 1, 40)
        knots = np.linspace(0, 1, len(points))
        x, y = (np.interp(t, knots, points[:, k]) for k in (0, 1))
        if len(points) == 3:
            x, y = (
                (1 - t) ** 2 * points[0, k] + 2 * t * (1 - t) * points[1, k] + t**2 * points[2, k]
                for k in (0, 1)
            )
        dx, dy = np.gradient(x), np.gradient(y)
        length = np.maximum(np.hypot(dx, dy), 1e-9)
        half = 0.5 * width * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.7
        left = np.stack([x - dy / length * half, y + dx / length * half], 1)
        right = np.stack([x + dy / length * half, y - dx / length * half], 1)
        self.shape(np.concatenate([left, right[::-1]]), color)

    def star(
        self, at: tuple[float, float], radius: float, color: Rgb, points: int = 4, waist: float = 0.28
    ) -> None:
        angle = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False) - np.pi / 2
        reach = np.where(np.arange(2 * points) % 2 == 0, radius, radius * waist)
        self.shape(np.stack([at[0] + reach * np.cos(angle), at[1] + reach * np.sin(angle)], 1), color)


def _butterfly() -> U8:
    canvas = _Canvas()
    blue, deep, light, white = (46, 108, 214), (22, 36, 96), (120, 190, 240), (250, 250, 252)
    x, y = _EYE
    upper = [
        (0.462, 0.392), (0.445, 0.335), (0.405, 0.27), (0.345, 0.215), (0.275, 0.20), (0.222, 0.235), (0.215, 0.30),
        (0.235, 0.36), (0.268, 0.405), (0.31, 0.43), (0.40, 0.425), (0.45, 0.42),
    ]  # fmt: skip
    lower = [
        (0.452, 0.43), (0.40, 0.438), (0.31, 0.44), (0.262, 0.455), (0.238, 0.51), (0.255, 0.575), (0.305, 0.61),
        (0.36, 0.59), (0.405, 0.54), (0.435, 0.48),
    ]  # fmt: skip
    for wing, middle in ((upper, (0.33, 0.32)), (lower, (0.335, 0.51))):
        outline = _rounded(wing)
        for part, color in ((1.0, deep), (0.88, blue), (0.62, light)):
            canvas.shape((outline - middle) * part + middle, color)
    for spot, size in (
        ((0.245, 0.262), 0.014),
        ((0.242, 0.305), 0.010),
        ((0.285, 0.228), 0.011),
        ((0.275, 0.56), 0.011),
    ):
        canvas.ring(spot, (size, size), white)
    canvas.stroke([(0.488, 0.40), (0.47, 0.30), (0.43, 0.185)], 0.010, deep)
    canvas.ring((0.43, 0.185), (0.010, 0.010), deep)
    canvas.ring((0.5, 0.43), (0.013, 0.075), deep)
    _clear(canvas, x, y)
    return canvas.rgba


def _tiger() -> U8:
    canvas = _Canvas()
    orange, black, white = (236, 138, 44), (24, 18, 16), (250, 246, 238)
    mask = [
        (0.5, 0.15), (0.38, 0.165), (0.25, 0.22), (0.165, 0.33), (0.15, 0.48), (0.19, 0.62), (0.27, 0.72), (0.35, 0.66),
        (0.40, 0.62), (0.5, 0.60),
    ]  # fmt: skip
    canvas.shape([*mask, (0.51, 0.60), (0.51, 0.15)], orange)
    canvas.ring((0.395, 0.64), (0.095, 0.070), white, -12)
    canvas.ring((0.345, 0.325), (0.075, 0.045), white, -18)
    canvas.shape(
        [(0.5, 0.52), (0.468, 0.545), (0.475, 0.575), (0.5, 0.592), (0.51, 0.592), (0.51, 0.52)], black
    )
    canvas.stroke([(0.5, 0.59), (0.4995, 0.63), (0.5, 0.662)], 0.010, black)
    for path, width in (
        ([(0.49, 0.165), (0.485, 0.22), (0.488, 0.275)], 0.022), ([(0.44, 0.172), (0.44, 0.22), (0.462, 0.265)], 0.020),
        ([(0.38, 0.185), (0.385, 0.225), (0.415, 0.255)], 0.020), ([(0.30, 0.21), (0.31, 0.245), (0.35, 0.262)], 0.019),
        ([(0.185, 0.32), (0.235, 0.325), (0.265, 0.35)], 0.022), ([(0.16, 0.40), (0.215, 0.405), (0.25, 0.425)], 0.022),
        ([(0.155, 0.48), (0.21, 0.485), (0.27, 0.50)], 0.022), ([(0.18, 0.56), (0.23, 0.555), (0.285, 0.56)], 0.020),
        ([(0.22, 0.64), (0.26, 0.62), (0.305, 0.615)], 0.018),
    ):  # fmt: skip
        canvas.stroke(path, width, black)
    for k in range(4):
        canvas.ring((0.375 + 0.022 * k, 0.63 + 0.012 * (k % 2)), (0.0045, 0.0045), black)
    _clear(canvas, *_EYE)
    return canvas.rgba


def _stardust() -> U8:
    canvas = _Canvas()
    gold, pale, rose = (214, 172, 74), (246, 226, 170), (226, 140, 150)
    random = np.random.default_rng(7)
    for k in range(64):
        t = random.uniform(0, 1)
        spread = random.normal(0, 0.022)
        at = (0.245 + 0.13 * t + 0.4 * spread, 0.44 + 0.10 * t**1.5 + spread)
        size = 0.004 + 0.010 * random.uniform() ** 3
        color = (gold, pale, rose)[k % 3]
        if k % 4 == 0:
            canvas.star(at, 2.0 * size, color)
        else:
            canvas.ring(at, (0.6 * size, 0.6 * size), color)
    for at, size in (
        ((0.262, 0.465), 0.034),
        ((0.232, 0.40), 0.024),
        ((0.305, 0.515), 0.022),
        ((0.255, 0.345), 0.016),
    ):
        canvas.star(at, size, gold, 5 if size > 0.03 else 4, 0.42 if size > 0.03 else 0.28)
    return canvas.rgba


def _clear(canvas: _Canvas, x: float, y: float) -> None:
    """Nothing on the lids' edge."""
    angle = np.linspace(0, 2 * np.pi, 90)
    canvas.shape(np.stack([x + 0.068 * np.cos(angle), y + 0.030 * np.sin(angle)], 1), (0, 0, 0), 0)


def _rounded(points: Sequence[tuple[float, float]]) -> F64:
    """A closed curve through points (Catmull and Rom)."""
    p = np.array(points, np.float64)
    a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = (np.arange(8) / 8)[None, :, None]
    a, b, c, d = (q[:, None] for q in (a, b, c, d))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.asarray(curve.reshape(-1, 2), np.float64)


def _png(rgba: U8) -> bytes:
    alpha = rgba[..., 3:].astype(np.float32) / 255
    side = SIZE_PX
    blocks = np.concatenate([rgba[..., 2::-1] * alpha, alpha], axis=2).reshape(side, FINER, side, FINER, 4)
    mean = blocks.mean(axis=(1, 3))
    color = mean[..., :3] / np.maximum(mean[..., 3:], 1e-3)
    # A hand's pressure varies: paint is nowhere quite even.
    bgra = np.rint(np.concatenate([color, mean[..., 3:] * 255], axis=2))
    bgra[bgra[..., 3] == 0] = 0
    return bytes(cv2.imencode(".png", bgra.astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes())


_DESIGNS: Final[dict[str, Callable[[], U8]]] = {
    "butterfly": _butterfly,
    "tiger": _tiger,
    "stardust": _stardust,
}
