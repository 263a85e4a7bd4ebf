"""What a frame in a photo is made of: acetate or metal, its colours without the studio's light, its lenses' tint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.frame_spec import LensSpec
from tryon.frame import F32, F64, U8
from tryon.ingest.photo_ground import linear
from tryon.ingest.photo_openings import Opening
from tryon.ingest.photo_outline import WIRE_MM, Shape
from tryon.ingest.photo_straight import Straight
from tryon.render.material import Material, Texture, linear_to_srgb

# White paper, which a plain wall is nearly.
_WALL_WHITE: Final = 0.88
_PAPER_MIN: Final = 0.35
# Before a wall darker than this what a lens mirrors is more than what it passes.
_WALL_MIN: Final = 0.12
# A frame's shadow on the wall is looked at so near to it.
_SHADE_MM: Final = (1.0, 5.0)
# Rims thinner than the first are wire, than the second may be.
_WIRE_MM: Final = (WIRE_MM, 3.1)
# Metal mirrors a studio's lights and corners: across one rim its lightness differs by this.
_METAL_RANGE: Final = 34.0
# Colours that differ by more than this from one part of the front to another are a pattern, not light.
_PATTERN: Final = 13.0
_SECTORS: Final = 18
# Brighter than its surroundings by this is a highlight; surroundings reach so far.
_HIGHLIGHT: Final = 1.35
_AROUND_MM: Final = 3.0
# What a polished surface mirrors of a bright room when looked at straight on.
_GLOSS: Final = 0.012
_TEXTURE_PX: Final = 1024
_EDGE_MM: Final = 0.35
# Lenses that pass more than this are called clear; the ratio of top and bottom from which they fade.
_CLEAR: Final = 0.78
_FADE: Final = 1.5
_LENS_GLOSS: Final = 0.02


@dataclass(frozen=True, eq=False)
class Look:
    """``frame`` is the front's and the temples' material; ``patterned`` fronts carry ``picture`` (h, w, 3) linear BGR,
    on the canvas, without lights, also beyond the front's edges. ``lens`` is what shines through."""

    build: str
    frame: Material
    patterned: bool
    picture: F32
    lens: LensSpec
    transmission: float
    color: str


def look_of(straight: Straight, opening: Opening, shape: Shape, mm_per_px: float) -> Look:
    """Told from the straightened photo."""
    light = linear(straight.bgr.astype(np.float32) / 255)
    # A light wall is white paper in whatever light there is; before a darker one exposure has to be believed.
    paper = float(np.median(straight.wall.mean(axis=-1))) > _PAPER_MIN
    reflected = light / straight.wall * np.float32(_WALL_WHITE) if paper else light
    depth = cv2.distanceTransform(shape.mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * mm_per_px
    inner = depth > min(_EDGE_MM, 0.6 * float(depth.max()))
    own = reflected[inner]
    lightness = cv2.cvtColor(linear_to_srgb(np.clip(own, 0, 1)).reshape(-1, 1, 3), cv2.COLOR_BGR2Lab)[:, 0]
    build = _build(shape, lightness[:, 0])
    patterned = build == "acetate" and _patterned(reflected, inner, straight.axis_px, shape.middle_px)
    picture = _delit(reflected, inner, mm_per_px)
    base = _metal_color(own) if build == "metal" else _acetate_color(own)
    dark = float(np.median(straight.wall.mean(axis=-1))) < _WALL_MIN
    passed = light / np.maximum(straight.wall, 0.02)
    lens, transmission = _lens(passed, opening, straight.axis_px, dark, _shade(passed, straight, mm_per_px))
    return Look(
        build=build,
        frame=_material(build, base),
        patterned=patterned,
        picture=picture,
        lens=lens,
        transmission=transmission,
        color=hex_of(np.median(picture[inner], axis=0)[::-1] if patterned else base),
    )


def hex_of(rgb: F64 | F32) -> str:
    """``#rrggbb`` of linear red, green and blue."""
    coded = np.rint(linear_to_srgb(np.clip(np.asarray(rgb, np.float32), 0, 1)) * 255).astype(int)
    return "#" + "".join(f"{value:02x}" for value in coded)


def front_texture(look: Look, shape: Shape) -> tuple[Texture, tuple[float, float, float, float]]:
    """The front's picture, cut to the frame, and the canvas pixels (x, y, width, height) that it shows."""
    rows, columns = np.flatnonzero(shape.mask.any(axis=1)), np.flatnonzero(shape.mask.any(axis=0))
    top, bottom, left, right = rows[0] - 2, rows[-1] + 3, columns[0] - 2, columns[-1] + 3
    top, left = max(int(top), 0), max(int(left), 0)
    part = look.picture[top : int(bottom), left : int(right)]
    height, width = part.shape[:2]
    scale = min(_TEXTURE_PX / width, 1.0)
    small = cv2.resize(
        part, (max(round(width * scale), 2), max(round(height * scale), 2)), interpolation=cv2.INTER_AREA
    )
    rgba = np.full((*small.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = coded(small)[..., ::-1]
    return Texture(rgba, srgb=True, wrap=("CLAMP", "CLAMP")), (
        float(left),
        float(top),
        float(width),
        float(height),
    )


def coded(bgr: NDArray[Any]) -> U8:
    """sRGB bytes of linear values."""
    return np.asarray(np.rint(linear_to_srgb(np.clip(bgr, 0, 1).astype(np.float32)) * 255), np.uint8)


def _build(shape: Shape, lightness: NDArray[Any]) -> str:
    rim = shape.lower_rim_mm
    if rim < _WIRE_MM[0]:
        return "metal"
    low, high = np.quantile(lightness, (0.1, 0.9))
    return "metal" if rim < _WIRE_MM[1] and high - low > _METAL_RANGE else "acetate"


def _patterned(reflected: F32, inner: NDArray[np.bool_], axis_px: float, middle_px: float) -> bool:
    """Whether parts of the front differ in more than what light does to them."""
    y, x = np.nonzero(inner)
    lab = cv2.cvtColor(linear_to_srgb(np.clip(reflected[y, x], 0, 1)).reshape(-1, 1, 3), cv2.COLOR_BGR2Lab)[
        :, 0
    ]
    # Each side in sectors about the lens's middle: highlights run along the whole rim, patches do not.
    half = np.abs(x - axis_px)
    angle = np.arctan2(y - middle_px, half - np.median(half)) % (2 * np.pi)
    sector = (angle / (2 * np.pi) * _SECTORS).astype(int) + _SECTORS * (x > axis_px)
    middles = np.array(
        [np.median(lab[sector == k], axis=0) for k in range(2 * _SECTORS) if (sector == k).sum() > 30]
    )
    if len(middles) < 4:
        return False
    spread = np.quantile(middles, 0.9, axis=0) - np.quantile(middles, 0.1, axis=0)
    return bool(np.hypot(spread[1], spread[2]) > _PATTERN or spread[0] > 1.6 * _PATTERN)


def _acetate_color(own: F32) -> F64:
    """The diffuse colour (3,) linear RGB: what is neither a highlight nor an edge in the shade."""
    light = own @ np.array((0.0722, 0.7152, 0.2126), np.float32)
    low, high = np.quantile(light, (0.2, 0.65))
    color = np.median(own[(light >= low) & (light <= high)], axis=0)[::-1].astype(np.float64)
    return np.asarray(np.clip(color - _GLOSS, 0.003, 0.9), np.float64)


def _metal_color(own: F32) -> F64:
    """What metal makes of white light: its hue from all of it, its lightness from where it mirrors lights."""
    light = own @ np.array((0.0722, 0.7152, 0.2126), np.float32)
    upper = own[light >= np.quantile(light, 0.5)]
    hue = upper.mean(axis=0)[::-1].astype(np.float64)
    hue /= max(float(hue.max()), 1e-3)
    level = float(np.clip(np.quantile(light, 0.85) * 1.5, 0.15, 1.0))
    return np.asarray(np.clip(hue * level, 0.02, 1.0), np.float64)


def _material(build: str, base: F64) -> Material:
    color = (float(base[0]), float(base[1]), float(base[2]), 1.0)
    if build == "metal":
        return Material("photo metal", base_color=color, metallic=1.0, roughness=0.26)
    return Material(
        "photo acetate",
        base_color=color,
        roughness=0.25,
        ior=1.49,
        specular=0.25,
        clearcoat=1.0,
        clearcoat_roughness=0.06,
    )


def _delit(reflected: F32, inner: NDArray[np.bool_], mm_per_px: float) -> F32:
    """The front's colours without its highlights, grown beyond its edges."""
    side = 2 * max(round(_AROUND_MM / mm_per_px / 2), 1) + 1
    mask = inner.astype(np.float32)
    weight = np.maximum(cv2.blur(mask, (side, side)), 1e-4)
    around = cv2.blur(reflected * mask[..., None], (side, side)) / weight[..., None]
    light, usual = reflected.max(axis=-1), around.max(axis=-1)
    most = np.maximum(usual * _HIGHLIGHT, 0.02)
    held = np.minimum(light, most) / np.maximum(light, 1e-4)
    # A highlight is white: what is held back takes the surroundings' colour.
    share = np.clip(1 - held, 0, 1)[..., None]
    flat = reflected * held[..., None] * (1 - share) + around * share
    _, labels = cv2.distanceTransformWithLabels(
        (~inner).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    own = np.zeros((int(labels.max()) + 1, 3), np.float32)
    own[labels[inner]] = flat[inner]
    return np.asarray(np.clip(own[labels] - np.float32(_GLOSS), 0.003, 1.0), np.float32)


def _shade(passed: F32, straight: Straight, mm_per_px: float) -> float:
    """How much of the wall's light is left where the frame shades it most, close by."""
    away = cv2.distanceTransform(255 - straight.filled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * mm_per_px
    ring = (away > _SHADE_MM[0]) & (away < _SHADE_MM[1]) & (straight.cover < 0.02)
    if not ring.any():
        return 1.0
    return float(np.clip(np.quantile(passed[ring].mean(axis=-1), 0.1), 0.5, 1.0))


def _lens(passed: F32, opening: Opening, axis_px: float, dark: bool, shade: float) -> tuple[LensSpec, float]:
    """From what the wall behind is seen as: linear shares a channel, at the top and at the bottom. Of a ``dark`` wall
    nothing is seen, and lenses are taken for clear. A tinted lens shades the wall that is seen through it."""
    _, top, _, bottom = opening.box_px
    rows = []
    for low, high in ((0.14, 0.38), (0.62, 0.86)):
        samples = []
        for side in (1.0, -1.0):
            line = opening.points(side, 0.22 * float(np.median(opening.radii_px))) + np.array((axis_px, 0.0))
            area = np.zeros(passed.shape[:2], np.uint8)
            cv2.fillPoly(area, [np.rint(line).astype(np.int32)], [1])
            y0, y1 = top + low * (bottom - top), top + high * (bottom - top)
            area[: round(y0)] = 0
            area[round(y1) :] = 0
            samples.append(passed[area > 0])
        # Half of a lens may mirror a window.
        rows.append(np.quantile(np.concatenate(samples), 0.4, axis=0)[::-1].astype(np.float64))
    upper, lower = (np.clip(row, 0.0, 1.0) for row in rows)
    means = float(upper.mean()), float(lower.mean())
    middle = (upper + lower) / 2
    passes = float(middle.mean())
    if min(means) > _CLEAR or dark:
        return LensSpec("clear lens", tint=(0.978, 0.988, 0.984), ior=1.15), passes
    upper, lower, middle = (np.clip(row / shade, 0.0, 1.0) for row in (upper, lower, middle))
    means, passes = (float(upper.mean()), float(lower.mean())), min(passes / shade, 1.0)
    held = [
        tuple(float(v) for v in np.clip(row - _LENS_GLOSS * (1 - row), 0.01, 0.98))
        for row in (upper, lower, middle)
    ]
    if max(means) / max(min(means), 0.01) > _FADE:
        return LensSpec("gradient lens", held[0], tint_low=held[1]), passes  # type: ignore[arg-type]
    return LensSpec("tinted lens", held[2]), passes  # type: ignore[arg-type]
