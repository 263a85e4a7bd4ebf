"""Foundation, concealer, contour, blush, highlighter and face paint: everything on the skin, in one pass.

A pixel of skin is albedo times shading. Shading is told by the face's own luminance, smoothed over skin alone, and by
half of what is finer than that (pores and fine lines as relief; the other half is freckles and redness, which a film
evens out). Divided by shading and by the light a pixel is albedo, films (``overlays.pigment``) go over it in cosmetic
order, each where its template says (``overlays.placement``), and shading, shine and light are put back. What does not
look like this face's skin (hair, brows, frames, nostrils) is left alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.makeup import RULES, SAME, Finish, MakeupType
from tryon.compiled import quick
from tryon.errors import BadAsset
from tryon.frame import F32, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.application import Application
from tryon.overlays.base import Scene
from tryon.overlays.canonical import HEIGHT_MM, SIZE, WIDTH_MM
from tryon.overlays.chart import Chart
from tryon.overlays.eyewear import visibility
from tryon.overlays.finishes import FINISHES, layer_row
from tryon.overlays.pigment import film
from tryon.overlays.placement import area, hairless, one_side
from tryon.overlays.skin_paint import ROW_LENGTH, lay_texture, paint
from tryon.overlays.skin_smooth import smooth_skin
from tryon.overlays.skin_watch import SkinWatch
from tryon.perception import landmarks as at
from tryon.render import transfer

# Smaller faces have no cheeks to speak of.
FACE_MIN_PX: Final = 28.0
# The smooth luminance is kept by so many cells across the face.
CELLS: Final = 26
# Films are worked out for so many blocks along a face's height, or more, and are blended between these.
BLOCKS: Final = 70.0
# Areas end so many texels of the chart earlier, a block's half on a small face, and rise from there over so many: a
# block's side on a large one, whose blocks would show as steps.
RIM: Final = (2.0, 6.0)
# Where a face's own colour is read: cheeks and forehead.
CHEEKS: Final = np.array([50, 280, 101, 330, 117, 346, 36, 266, 151, 108, 337, 9, 205, 425], np.intp)
# Around each so far, as a part of the face's height, and at most: a sensor's noise has no say in a whole face's colour.
CHEEK_PART: Final = 0.016
CHEEK_MOST_PX: Final = 6
# A highlighter is pearl: hardly any pigment, which would be a stain, but more of its light; and pearls are too fine to
# be seen one by one, unless they are glitter. The parts of its film, its lustre and its flakes.
PEARL: Final = (0.4, 2.4, 0.35)
NO_TEXTURE: Final[F32] = np.zeros((0, 0, 4), np.float32)
OVERHEAD: Final = np.array((0.0, -0.15, -0.35))

_OWN = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """What the skin wears, in the order in which it is put on. Immutable; shared by sessions."""

    worn: tuple[Application, ...]
    kind: str = "makeup"
    order: int = 10
    _areas: U8 = field(init=False, repr=False)
    _layers: F32 = field(init=False, repr=False)
    _texture: F32 = field(init=False, repr=False)
    _textured: F32 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises BadAsset for a texture that cannot be decoded."""
        plain = [one for one in self.worn if one.texture is None]
        painted = [one for one in self.worn if one.texture is not None]
        object.__setattr__(self, "_areas", _areas(plain))
        object.__setattr__(self, "_layers", _rows(plain))
        object.__setattr__(self, "_texture", _texture(painted))
        object.__setattr__(
            self, "_textured", _rows(painted[:1]).reshape(-1) if painted else np.zeros(ROW_LENGTH, np.float32)
        )

    def draw(self, scene: Scene) -> Rect | None:
        """Make every head up."""
        touched: Rect | None = None
        for head in scene.heads:
            rect = self._paint(scene, head)
            if rect is not None:
                touched = rect if touched is None else touched.union(rect)
        return touched

    def _paint(self, scene: Scene, head: Head) -> Rect | None:
        visible = visibility(head)
        points = head.points_px[: at.SURFACE_COUNT, :2]
        face_px = float(np.ptp(points[:, 1]))
        if visible <= 0.0 or face_px < FACE_MIN_PX or not any(one.amount > 0.0 for one in self.worn):
            return None
        chart = _chart()
        height, width = scene.bgr.shape[:2]
        block = max(int(face_px / BLOCKS), 1)
        if not chart.lay(head, _half(scene), width, height, block):
            return None
        rect = chart.rect
        skin = own_colour(scene.bgr, head, scene.light.haze)
        cell = max(round(face_px / (CELLS * block)), 2) * block
        grid = np.empty((-(-rect.height // cell), -(-rect.width // cell), 2), np.float32)
        level = float(skin @ np.array((0.0722, 0.7152, 0.2126), np.float32))
        table = transfer.to_linear(scene.light.haze)
        smooth_skin(
            scene.bgr,
            rect.x0,
            rect.y0,
            rect.width,
            rect.height,
            chart.planes,
            block,
            max(level, 1e-3),
            cell,
            grid,
            table,
        )
        yaw, pitch, _ = np.radians(head.pose.yaw_pitch_roll_deg)
        pose = np.array(
            (1 / max(head.px_per_mm, 1e-3), np.sin(yaw), np.sin(pitch), WIDTH_MM, HEIGHT_MM), np.float32
        )
        light = np.array(scene.light.shade[::-1], np.float32)
        place = scene.bgr, rect.x0, rect.y0, rect.width, rect.height, chart.planes
        layers = self._matched(scene, head, skin, light)
        if len(layers):
            paint(
                *place, self._areas, layers, grid, cell, block, skin, light, pose, visible, table,
                transfer.to_srgb(scene.light.haze),
            )  # fmt: skip
        if len(self._texture):
            # A picture has detail of its own: each pixel's place is told.
            if block > 1:
                chart.lay(head, _half(scene), width, height)
                place = *place[:-1], chart.planes
            lay_texture(
                *place, self._texture, self._textured, grid, cell, skin, light, pose, visible, table,
                transfer.to_srgb(scene.light.haze),
            )  # fmt: skip
        return rect

    def _matched(self, scene: Scene, head: Head, skin: F32, light: F32) -> F32:
        """The layers, those that the wearer's own skin decides as it does."""
        plain = [one for one in self.worn if one.texture is None]
        if not any(one.choices for one in plain):
            return self._layers
        watch = scene.skins.get(head.track) or SkinWatch()
        watch.see(skin, light, scene.t_ms)
        layers = self._layers.copy()
        for number, one in enumerate(plain):
            if one.choices:
                color = watch.color(one.choices, RULES[one.type].suits or SAME)
                layers[number] = _row(color, one.type, one.finish, one.amount)
        return layers


def _chart() -> Chart:
    """This thread's buffers: a worker draws one face at a time."""
    chart: Chart | None = getattr(_OWN, "chart", None)
    if chart is None:
        chart = _OWN.chart = Chart()
    return chart


def _half(scene: Scene) -> tuple[float, float, float]:
    """Half-way between the light and the camera, in camera space."""
    light = np.array(scene.light.direction, np.float64) + OVERHEAD
    half = light / max(float(np.linalg.norm(light)), 1e-6) + (0.0, 0.0, -1.0)
    x, y, z = (float(part) for part in half / max(float(np.linalg.norm(half)), 1e-6))
    return x, y, z


def own_colour(bgr: U8, head: Head, haze: float = 0.0) -> F32:
    """Median linear blue, green, red of cheeks and forehead, without the camera's haze."""
    found = np.empty(3, np.float32)
    reach = round(CHEEK_PART * float(np.ptp(head.points_px[: at.SURFACE_COUNT, 1])))
    reach = min(max(reach, 1), CHEEK_MOST_PX, (min(bgr.shape[:2]) - 1) // 2)
    _own_colour(bgr, head.points_px, CHEEKS, reach, transfer.to_linear(haze), found)
    return found


@quick
def _own_colour(bgr: U8, points: F32, places: at.Indices, reach: int, to_linear: F32, found: F32) -> None:
    height, width = bgr.shape[:2]
    means = np.empty((3, places.shape[0]), np.float32)
    for i in range(places.shape[0]):
        x = min(max(int(points[places[i], 0]), reach), width - 1 - reach)
        y = min(max(int(points[places[i], 1]), reach), height - 1 - reach)
        for channel in range(3):
            total = 0.0
            for row in range(y - reach, y + reach + 1):
                for column in range(x - reach, x + reach + 1):
                    total += to_linear[bgr[row, column, channel]]
            means[channel, i] = total / (2 * reach + 1) ** 2
    for channel in range(3):
        own = np.sort(means[channel])
        middle = 0.5 * (own[places.shape[0] // 2] + own[(places.shape[0] - 1) // 2])
        found[channel] = max(middle, 1e-3)


def _areas(worn: Sequence[Application]) -> U8:
    """Where each goes, and where no hair grows, (SIZE, SIZE, products + 1)."""
    if not worn:
        return np.zeros((SIZE, SIZE, 1), np.uint8)
    made = [np.rint(_within(area(one.type, one.placed)) * one_side(one.side) * 255) for one in worn]
    made.append(np.rint(hairless() * 255))
    return np.ascontiguousarray(np.stack(made, axis=-1), np.uint8)


def _within(area_: F32) -> F32:
    """The area less its rim: blocks tell what lies about their middles, and eyes and lips stay clean."""
    inside = cv2.distanceTransform((area_ > 0).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(area_ * np.clip((inside - RIM[0]) / (RIM[1] - RIM[0]), 0.0, 1.0), np.float32)


def _rows(worn: Sequence[Application]) -> F32:
    rows = [_row(one.color, one.type, one.finish, one.amount) for one in worn]
    return np.array(rows, np.float32).reshape(len(rows), ROW_LENGTH)


@lru_cache(maxsize=256)
def _row(color: tuple[float, float, float], type_: MakeupType, finish: Finish, amount: float) -> list[float]:
    if type_ != "highlighter":
        return layer_row(film(color, amount, RULES[type_].powder), FINISHES[finish].row(), amount)
    stain, lustre, flakes = PEARL
    own = FINISHES[finish]
    pearl = replace(
        own, lustre=lustre * own.lustre, sparkle=own.sparkle * (1.0 if finish == "glitter" else flakes)
    )
    return layer_row(film(color, stain * amount, RULES[type_].powder), pearl.row(), amount)


def _texture(painted: Sequence[Application]) -> F32:
    """Linear blue, green, red times alpha, and alpha; of two, one on each side of the face."""
    whole: F32 | None = None
    for one in painted:
        if one.texture is None:
            continue
        made = _decoded(one.texture)
        size = made.shape[0]
        own = area(one.type, one.placed) * one_side(one.side)
        made = made * cv2.resize(own, (size, size), interpolation=cv2.INTER_LINEAR)[..., None]
        if whole is not None and whole.shape != made.shape:
            made = np.asarray(cv2.resize(made, whole.shape[:2], interpolation=cv2.INTER_AREA), np.float32)
        whole = made if whole is None else whole + made * (1 - whole[..., 3:])
    return NO_TEXTURE if whole is None else np.ascontiguousarray(whole, np.float32)


def _decoded(path: Path) -> F32:
    bgra = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if bgra is None or bgra.ndim != 3 or bgra.shape[2] != 4 or bgra.dtype != np.uint8:
        raise BadAsset(f"The texture {path.name} cannot be read as a PNG with alpha.", field="texture")
    alpha = bgra[..., 3:].astype(np.float32) / np.float32(255)
    return np.concatenate([transfer.to_linear()[bgra[..., :3]] * alpha, alpha], axis=2)
