"""Pictures of makeup that is no smear: pans of powder, irises, a painted face. Linear colour and coverage,
oversampled."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.catalogue.items import Product
from tryon.catalogue.makeup import Finish
from tryon.frame import F32, F64
from tryon.render.material import srgb_to_linear

# A pan's relief, and the light on it.
LIGHT: Final = (-0.35, -0.65, 0.68)
GLEAM: Final[dict[Finish, float]] = {
    "matte": 0.0, "satin": 0.05, "gloss": 0.12, "metallic": 0.22, "shimmer": 0.16, "glitter": 0.3,
}  # fmt: skip


def pans(product: Product, width: int, height: int) -> tuple[F64, F64]:
    """Linear red, green, blue (height, width, 3) and coverage of three round pans, or of a palette's four square
    ones."""
    makeup = product.makeup
    if makeup is None:
        raise ValueError(f"{product.sku} has no shades to draw")
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    color: F64 = np.zeros((height, width, 3))
    cover: F64 = np.zeros((height, width))
    for number, (swatch, finish, at_x, at_y) in enumerate(_places(product, makeup.finish, width, height)):
        dx, dy = x - at_x, y - at_y
        size = 0.21 * height if makeup.type == "eyeshadow" else 0.27 * height
        if makeup.type == "eyeshadow":
            corner = np.hypot(
                np.maximum(np.abs(dx) - 0.78 * size, 0), np.maximum(np.abs(dy) - 0.78 * size, 0)
            )
            inside = 0.22 * size - corner
        else:
            inside = size - np.hypot(dx, dy)
        own = np.clip(inside / 2.0, 0.0, 1.0)
        lit = _powder(dx / size, dy / size, np.clip(inside / (0.16 * size), 0, 1), finish, number)
        base = srgb_to_linear(
            np.array([int(swatch[k : k + 2], 16) for k in (1, 3, 5)], np.float32) / np.float32(255)
        )
        made = np.clip(base * lit[..., None] + GLEAM[finish] * np.maximum(lit - 1.0, 0)[..., None], 0, 1)
        color += (made - color) * own[..., None]
        cover = np.maximum(cover, own)
    return color, cover


def _places(
    product: Product, finish: Finish, width: int, height: int
) -> list[tuple[str, Finish, float, float]]:
    shades = product.shades
    if shades[0].tones:
        middle = shades[len(shades) // 2].tones
        return [
            (
                tone.color,
                tone.finish or finish,
                width * (0.5 + 0.155 * (2 * (k % 2) - 1)),
                height * (0.5 + 0.21 * (2 * (k // 2) - 1)),
            )
            for k, tone in enumerate(middle)
        ]
    count = len(shades)
    chosen = [shades[k].swatch for k in (count // 8, count // 2, count - 1 - count // 8)]
    return [
        (swatch, finish, width * (0.22 + 0.28 * k), height * (0.5 + 0.07 * (k - 1)))
        for k, swatch in enumerate(chosen)
    ]


def _powder(x: F64, y: F64, rim: F64, finish: Finish, number: int) -> F64:
    """Light on pressed powder: a domed pan with an embossed wave, and its grain."""
    wave = 0.10 * np.sin(7.0 * x + 3.0 * np.sin(2.6 * y + number)) * (np.hypot(x, y) < 0.72)
    height = 0.30 * np.sqrt(np.clip(rim * (2 - rim), 0, 1)) + wave
    scale = 1.0 / max(float(abs(x[0, 1] - x[0, 0])), 1e-6)
    slope_y, slope_x = np.gradient(height, 1 / scale)
    size = np.sqrt(1 + slope_x**2 + slope_y**2)
    facing = (-slope_x * LIGHT[0] - slope_y * LIGHT[1] + LIGHT[2]) / size
    random = np.random.default_rng(number + 3)
    grain = cv2.GaussianBlur(random.normal(0, 1, x.shape), (0, 0), 5.0) * 6.0
    lit = 0.55 + 0.62 * np.clip(facing, 0, 1) + 0.012 * grain
    if finish in {"shimmer", "glitter", "metallic"}:
        flakes = (
            cv2.GaussianBlur((random.uniform(0, 1, x.shape) > 0.9975).astype(np.float64), (0, 0), 2.4) * 24
        )
        lit = lit + (0.12 if finish == "metallic" else 0.3) * flakes + 0.45 * np.clip(facing, 0, 1) ** 14
    return np.asarray(lit, np.float64)


def irises(product: Product, width: int, height: int) -> tuple[F64, F64]:
    """Linear colour and coverage of two lenses, one over the other."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    color: F64 = np.zeros((height, width, 3))
    cover: F64 = np.zeros((height, width))
    count = len(product.shades)
    for number, shade in enumerate((product.shades[count // 4], product.shades[(3 * count) // 4])):
        radius = 0.38 * height
        dx, dy = (x - width * (0.33 + 0.34 * number)) / radius, (y - 0.5 * height) / radius
        away, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
        random = np.random.default_rng(number)
        spokes = np.interp(angle, np.linspace(-np.pi, np.pi, 110), random.uniform(0, 1, 110))
        fine = np.interp(angle + 0.2 * away, np.linspace(-4, 4, 420), random.uniform(0, 1, 420))
        fibre = 0.8 * spokes + 0.2 * fine
        base = srgb_to_linear(
            np.array([int(shade.swatch[k : k + 2], 16) for k in (1, 3, 5)], np.float32) / np.float32(255)
        )
        ring = np.clip((away - 0.78) / 0.2, 0, 1)
        lit = (0.65 + 0.7 * fibre) * (1 - 0.75 * ring)
        printed = np.clip((away - 0.30 - 0.12 * fibre) / 0.08, 0, 1)
        own = np.clip((1.0 - away) * radius / 2, 0, 1) * (0.12 + 0.88 * printed)
        glint = np.exp(-(((dx + 0.32) / 0.16) ** 2) - ((dy + 0.42) / 0.12) ** 2)
        made = np.clip(base * lit[..., None] + 0.8 * glint[..., None], 0, 1)
        color += (made - color) * own[..., None]
        cover = np.maximum(cover, own)
    return color, cover


def painted(product: Product, width: int, height: int) -> tuple[F64, F64]:
    """Linear colour and coverage of the first design on a face's shape."""
    texture = product.shades[0].texture
    if texture is None:
        raise ValueError(f"{product.sku} has no texture to draw")
    bgra = cv2.imdecode(np.fromfile(product.path / texture, np.uint8), cv2.IMREAD_UNCHANGED)
    if bgra is None:
        raise ValueError(f"OpenCV could not read {texture}")
    # The chart's middle, where the face is; drawn upright.
    side = bgra.shape[0]
    part = bgra[int(0.10 * side) : int(0.96 * side), int(0.12 * side) : int(0.88 * side)]
    wide = int(0.78 * height)
    laid = cv2.resize(part, (wide, int(0.92 * height)), interpolation=cv2.INTER_AREA).astype(
        np.float32
    ) / np.float32(255)
    top, left = (height - laid.shape[0]) // 2, (width - wide) // 2
    color: F64 = np.zeros((height, width, 3))
    cover: F64 = np.zeros((height, width))
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    face = np.clip(
        (1 - np.hypot((x - width / 2) / (0.37 * height), (y - 0.5 * height) / (0.47 * height))) * 120, 0, 1
    )
    color[:] = srgb_to_linear(np.array((0.87, 0.72, 0.62), np.float32))
    cover[:] = face
    region = np.s_[top : top + laid.shape[0], left : left + wide]
    own: F32 = laid[..., 3]
    paint = srgb_to_linear(np.ascontiguousarray(laid[..., 2::-1]))
    color[region] += (paint - color[region]) * own[..., None]
    return color, cover
