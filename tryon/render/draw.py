"""Drawing one product into a frame: buffers, passes and the rectangle that was touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.render import environment, transfer
from tryon.render.mesh import I32
from tryon.render.model import Model
from tryon.render.raster import EMPTY, NEAR_MM, OCCLUDER, SUPERSAMPLE, fill, project
from tryon.render.shading import coverage, resolve

# A contact shadow reaches a few millimetres below what casts it, under the overhead light of rooms.
SHADOW_DROP_MM: Final = 3.5
SHADOW_BLUR_MM: Final = 3.0
SHADOW_STRENGTH: Final = 0.42
# Pixels beyond the projected vertices that a sample on the edge may still touch.
EDGE_PX: Final = 1


@dataclass(frozen=True, slots=True)
class View:
    """The pinhole that a product is drawn through: focal length and principal point in pixels."""

    focal_px: float
    cx_px: float
    cy_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Occluder:
    """A surface that hides but is not drawn: ``points_mm`` (n, 3) in camera space, ``triangles`` (m, 3)."""

    points_mm: F32
    triangles: I32


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """Linear red, green and blue that diffuse white has in this picture, each about 0.1 … 1.5."""

    white: tuple[float, float, float]
    shadow: float = SHADOW_STRENGTH


class Rasteriser:
    """Scratch buffers and the passes over them. Use from one thread at a time."""

    def __init__(self) -> None:
        self._depth = np.empty((0, 0), np.float32)
        self._lens_depth = self._depth
        self._numbers = np.empty((0, 0), np.int32)
        self._lens_numbers = self._numbers
        self._shadow = self._depth
        self._screen = np.empty((0, 3), np.float32)
        self._environment = environment.studio()
        self._to_linear, self._to_srgb = transfer.to_linear(), transfer.to_srgb()

    def draw(
        self,
        bgr: U8,
        model: Model,
        camera_from_product: F64,
        view: View,
        light: Light,
        occluders: Sequence[Occluder] = (),
        opacity: float = 1.0,
        within: Rect | None = None,
    ) -> Rect | None:
        """Draw into ``bgr`` in place; ``camera_from_product`` is 4×4 in millimetres.

        Returns the rectangle outside which no bit has changed, or None where nothing of the product is in view.
        ``within`` bounds the drawing further.
        """
        matrix = camera_from_product.astype(np.float32)
        rotation = matrix[:3, :3]
        points = model.positions_mm @ rotation.T + matrix[:3, 3]
        screen = self._projected(points, view)
        rect = _bounds(screen)
        if rect is None:
            return None
        px_per_mm = view.focal_px / max(float(matrix[2, 3]), NEAR_MM)
        drop, blur = SHADOW_DROP_MM * px_per_mm, SHADOW_BLUR_MM * px_per_mm
        reach = int(drop + 2.5 * blur) + 1 if light.shadow > 0 else 0
        rect = Rect(rect.x0 - reach, rect.y0, rect.x1 + reach, rect.y1 + reach).grow(EDGE_PX)
        rect = rect.clip(bgr.shape[1], bgr.shape[0])
        if within is not None:
            rect = Rect(
                max(rect.x0, within.x0), max(rect.y0, within.y0), min(rect.x1, within.x1), min(rect.y1, within.y1)
            )
        if rect.empty:
            return None
        width, height = rect.width * SUPERSAMPLE, rect.height * SUPERSAMPLE
        depth, numbers, lens_depth, lens_numbers = self._cleared(width, height)
        offset = np.array([rect.x0 * SUPERSAMPLE, rect.y0 * SUPERSAMPLE], np.float32)
        screen[:, :2] -= offset
        for occluder in occluders:
            shape = np.empty_like(occluder.points_mm)
            project(occluder.points_mm, view.focal_px, view.cx_px, view.cy_px, rect.x0, rect.y0, shape)
            count = len(occluder.triangles)
            fill(
                occluder.triangles, 0, count, np.ones(count, np.float32), shape, depth, depth, numbers,
                width, height, OCCLUDER,
            )  # fmt: skip
        first, last = model.opaque_count, model.triangle_count
        tri, sides = model.triangles, model.two_sided
        fill(tri, 0, first, sides, screen, depth, depth, numbers, width, height, EMPTY)
        fill(tri, first, last, sides, screen, depth, lens_depth, lens_numbers, width, height, EMPTY)
        shadow = self._contact_shadow(numbers, rect, drop, blur, light.shadow)
        resolve(
            bgr, rect.x0, rect.y0, rect.width, rect.height, numbers, lens_numbers, screen,
            model.normals @ rotation.T, model.uvs, model.colors, tri, model.triangle_material, model.materials,
            model.texels, model.textures, self._environment, np.array(light.white, np.float32), shadow,
            view.focal_px, view.cx_px, view.cy_px, opacity, self._to_linear, self._to_srgb,
        )  # fmt: skip
        return rect

    def _projected(self, points: F32, view: View) -> F32:
        if len(self._screen) < len(points):
            self._screen = np.empty((len(points), 3), np.float32)
        screen = self._screen[: len(points)]
        project(points, view.focal_px, view.cx_px, view.cy_px, 0, 0, screen)
        return screen

    def _cleared(self, width: int, height: int) -> tuple[F32, I32, F32, I32]:
        if self._depth.shape[0] < height or self._depth.shape[1] < width:
            shape = (max(height, self._depth.shape[0]), max(width, self._depth.shape[1]))
            self._depth, self._lens_depth = np.empty(shape, np.float32), np.empty(shape, np.float32)
            self._numbers, self._lens_numbers = np.empty(shape, np.int32), np.empty(shape, np.int32)
        views = tuple(
            buffer[:height, :width]
            for buffer in (self._depth, self._numbers, self._lens_depth, self._lens_numbers)
        )
        depth, numbers, lens_depth, lens_numbers = views
        depth.fill(0.0)
        lens_depth.fill(0.0)
        numbers.fill(EMPTY)
        lens_numbers.fill(EMPTY)
        return depth, numbers, lens_depth, lens_numbers

    def _contact_shadow(self, numbers: I32, rect: Rect, drop: float, blur: float, strength: float) -> F32:
        shape = (rect.height, rect.width)
        if self._shadow.shape[0] < shape[0] or self._shadow.shape[1] < shape[1]:
            self._shadow = np.empty(np.maximum(shape, self._shadow.shape), np.float32)
        cast = self._shadow[: shape[0], : shape[1]]
        if strength <= 0:
            cast.fill(0.0)
            return cast
        coverage(numbers, rect.width, rect.height, cast)
        moved = np.zeros(shape, np.float32)
        down = min(round(drop), shape[0])
        moved[down:] = cast[: shape[0] - down]
        moved *= strength
        return np.asarray(cv2.GaussianBlur(moved, (0, 0), max(blur, 0.5)), np.float32)


def _bounds(screen: F32) -> Rect | None:
    """Bounding rectangle in pixels of the projected points before the near plane."""
    visible = screen[screen[:, 2] > 0, :2]
    if len(visible) == 0:
        return None
    low, high = visible.min(axis=0) / SUPERSAMPLE, visible.max(axis=0) / SUPERSAMPLE
    limit = 1_000_000
    low, high = np.clip(low, -limit, limit), np.clip(high, -limit, limit)
    return Rect(int(np.floor(low[0])), int(np.floor(low[1])), int(np.ceil(high[0])), int(np.ceil(high[1])))
