"""Pictures of makeup by its colours: up to six pans with the finish's shine, in a few milliseconds.

Lighting a pan takes no notice of its colour, so each arrangement is lit once and coloured for every product.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from tryon.errors import StoreInvalid
from tryon.frame import F32, U8
from tryon.render.material import linear_to_srgb, srgb_to_linear

WIDTH_PX, HEIGHT_PX = 320, 240
PANS_MAX: Final = 6
_OVERSAMPLE: Final = 3
# Columns and rows of pans, by how many there are.
_GRID: Final = {1: (1, 1), 2: (2, 1), 3: (3, 1), 4: (2, 2), 5: (3, 2), 6: (3, 2)}
_MARGIN_PX: Final = 12.0
_GAP_PX: Final = 12.0
# How strongly, and how narrowly, a pan mirrors the window; how grainy it is.
_SHINE: Final = {
    "matte": (0.04, 4.0, 0.0),
    "satin": (0.16, 12.0, 0.0),
    "gloss": (0.62, 60.0, 0.0),
    "metallic": (0.42, 9.0, 0.05),
    "shimmer": (0.26, 10.0, 0.16),
    "glitter": (0.30, 12.0, 0.42),
}
# What is mirrored takes the pigment's own colour, as from metal, by this much; a film of gloss mirrors white.
_TINTED: Final = {"metallic": 0.85, "shimmer": 0.7, "glitter": 0.3}
# Finer than the 8-bit codes where these lie closest, near black: 1 / (255 * 12.92).
_STEPS: Final = 8192
_LIGHT: Final = np.array((-0.38, -0.62, 0.69))


def swatch_picture(colors: Sequence[str], finish: str) -> U8:
    """BGRA of these ``#rrggbb`` colours; of more than six, six from the first to the last."""
    if not colors:
        raise StoreInvalid("There is no shade to draw.", field="shades")
    if len(colors) > PANS_MAX:
        colors = [colors[round(k * (len(colors) - 1) / (PANS_MAX - 1))] for k in range(PANS_MAX)]
    shares, diffuse, gleam, opacity = _lit(len(colors), finish)
    base = np.array([[int(color[k : k + 2], 16) for k in (5, 3, 1)] for color in colors], np.float32) / 255
    mixed = shares @ srgb_to_linear(base)
    tint = _TINTED.get(finish, 0.0)
    shown = mixed * diffuse
    if tint:
        # Over so short an axis numpy's own maximum takes ten times as long.
        most = np.maximum(np.maximum(mixed[:, 0], mixed[:, 1]), mixed[:, 2])[:, None]
        shown += gleam * (1 - tint + tint * mixed / np.maximum(most, 1e-4))
    else:
        shown += gleam
    steps = (np.clip(shown, 0.0, 1.0) * _STEPS + 0.5).astype(np.int32)
    coded: U8 = np.empty((HEIGHT_PX, WIDTH_PX, 4), np.uint8)
    coded[..., :3] = _codes()[steps].reshape(HEIGHT_PX, WIDTH_PX, 3)
    coded[..., 3] = opacity
    return coded


def png(bgra: U8, level: int = 5) -> bytes:
    """The picture as a file; ``level`` 0..9 of zlib."""
    done, data = cv2.imencode(".png", bgra, [cv2.IMWRITE_PNG_COMPRESSION, level])
    if not done:
        raise StoreInvalid("The picture could not be written.")
    return data.tobytes()


@lru_cache(maxsize=1)
def _codes() -> U8:
    """The 8-bit code of linear i / _STEPS: looked up, a thousand pictures take seconds less than computed."""
    linear = np.arange(_STEPS + 1, dtype=np.float32) / np.float32(_STEPS)
    codes: U8 = np.rint(linear_to_srgb(linear) * 255).astype(np.uint8)
    return codes


@lru_cache(maxsize=64)
def _lit(count: int, finish: str) -> tuple[F32, F32, F32, U8]:
    """Of each pixel in turn: each pan's share of its colour (h * w, count), how bright it is and what it mirrors
    (h * w, 1); and its opacity in codes (h, w). Where that is 0 all is black."""
    scale = _OVERSAMPLE
    y, x = np.mgrid[0 : HEIGHT_PX * scale, 0 : WIDTH_PX * scale].astype(np.float32)
    y, x = (y + 0.5) / scale, (x + 0.5) / scale
    columns, rows = _GRID[count]
    size = min(
        (WIDTH_PX - 2 * _MARGIN_PX - (columns - 1) * _GAP_PX) / columns,
        (HEIGHT_PX - 2 * _MARGIN_PX - (rows - 1) * _GAP_PX) / rows,
    )
    strength, sharpness, grain = _SHINE.get(finish, _SHINE["satin"])
    random = np.random.default_rng(7)
    covers, light, mirrored = [], np.zeros_like(x), np.zeros_like(x)
    for number in range(count):
        row, column = divmod(number, columns)
        in_row = min(columns, count - row * columns)
        cx = WIDTH_PX / 2 + (column - (in_row - 1) / 2) * (size + _GAP_PX)
        cy = HEIGHT_PX / 2 + (row - (rows - 1) / 2) * (size + _GAP_PX)
        away = np.hypot(x - cx, y - cy)
        cover = np.clip((size / 2 - away) * scale, 0.0, 1.0)
        # A pan is a shallow dome whose edge falls off, pressed with a rim.
        part = np.clip(away / (size / 2), 0.0, 1.0)
        slope = 0.10 * part + 0.9 * np.clip((part - 0.90) / 0.10, 0.0, 1.0) ** 2
        rim = 0.35 * np.exp(-(((part - 0.80) / 0.02) ** 2)) * (1 if size > 60 else 0)
        tilt = slope - rim
        direction = np.stack(((x - cx), (y - cy))) / np.maximum(away, 1e-3)
        normal = np.stack((tilt * direction[0], tilt * direction[1], np.ones_like(x)), axis=-1)
        if grain:
            normal[..., :2] += random.normal(0, grain, (*x.shape, 2)).astype(np.float32)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        half = _LIGHT + np.array((0.0, 0.0, 1.0))
        facing = np.clip(normal @ (half / np.linalg.norm(half)), 0.0, 1.0)
        light += cover * (0.66 + 0.42 * np.clip(normal @ _LIGHT, 0.0, 1.0))
        mirrored += cover * strength * facing**sharpness
        covers.append(_small(cover))
    cover = np.stack(covers).sum(axis=0)
    alpha, opacity = np.maximum(cover, 1e-4), np.rint(np.clip(cover, 0.0, 1.0) * 255).astype(np.uint8)
    shares, diffuse, gleam = (
        np.ascontiguousarray(
            np.moveaxis(layer / alpha * (opacity > 0), 0, -1).reshape(-1, len(layer)), np.float32
        )
        for layer in (np.stack(covers), _small(light)[None], _small(mirrored)[None])
    )
    return shares, diffuse, gleam, opacity


def _small(picture: F32) -> F32:
    scale = _OVERSAMPLE
    averaged: F32 = picture.reshape(HEIGHT_PX, scale, WIDTH_PX, scale).mean(axis=(1, 3)).astype(np.float32)
    return averaged
