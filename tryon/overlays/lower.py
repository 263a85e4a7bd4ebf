"""Skirts and trousers: hung on the nearest wearer's hips while hips and knees are in the picture, under what is before
them, in the room's light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.catalogue.garment import GarmentSource
from tryon.catalogue.garment_check import checked
from tryon.catalogue.garment_points import find_points
from tryon.frame import F32, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.base import Scene
from tryon.overlays.edge_shadow import edge_shadow
from tryon.overlays.front import put_back_part
from tryon.overlays.garment import cloth_places, dress_each, grain, lay_part, lit_white
from tryon.overlays.lower_drape import Hung, hang
from tryon.overlays.lower_parts import LowerParts, lower_parts_of
from tryon.overlays.lower_worn import ABOVE, in_front
from tryon.overlays.wearer import Wearer
from tryon.overlays.worn import cell_px, look
from tryon.render import transfer
from tryon.render.cloth import wear


@dataclass(frozen=True, slots=True, eq=False)
class Lower:
    """One skirt or pair of trousers, cut and laid out. Immutable; shared by sessions. ``under`` tells that a garment
    for the upper body is worn over it."""

    parts: LowerParts
    type: str
    kind: str = "garment"
    # Before what hangs over it.
    order: int = 9
    under: bool = False

    def draw(self, scene: Scene) -> Rect | None:
        """Draw on the heads of the scene whose bodies are known and whose hips and knees are seen, from the front."""
        return dress_each(scene, self._dress)

    def _dress(self, scene: Scene, head: Head, wearer: Wearer) -> Rect | None:
        legs, figure, bgr = wearer.legs, wearer.figure, scene.bgr
        shown = min(legs.shown, wearer.torso.shown)
        if shown <= 0.0:
            return None
        hung = hang(self.parts, figure, scene.light.direction[:2])
        cell = cell_px(figure, wearer.palette, bgr)
        rect = _rect(hung, bgr, figure.width_px, cell)
        if rect is None:
            return None
        face_px = head.points_px
        if wearer.palette.wants(scene.t_ms):
            wearer.palette.learn(bgr, face_px, cloth_places(figure), scene.t_ms, figure)
        legs.learn(bgr, face_px, figure, wearer.palette, scene.t_ms)
        worn = look(bgr, rect, figure, face_px, legs.palette, long=False, cell=cell)
        # What is worn over it covers the wearer's own.
        uppers = None if self.under else legs.uppers
        front, cloth = in_front(bgr, rect, worn, hung.waist, figure.down, figure.width_px, uppers)
        sheet: F32 = np.zeros((rect.height, rect.width, 4), np.float32)
        for name, draped in hung.parts:
            part = self.parts.skirt if name == "skirt" else self.parts.halves[name]
            if part is not None:
                lay_part(sheet, rect, part, draped, hung.scale, front, cloth)
        bare = None
        if shown < 1.0:
            bare = bgr.copy()
        red, green, blue = lit_white(scene.light)
        shadow = edge_shadow(sheet, worn.person, cell, figure.width_px)
        wear(
            bgr, rect.x0, rect.y0, sheet, front, shadow, worn.folds, (red, green, blue), grain(),
            scene.light.optics.noise, transfer.to_linear(scene.light.haze), transfer.to_srgb(scene.light.haze),
        )  # fmt: skip
        if bare is not None:
            put_back_part(bgr, bare, rect, 1.0 - shown)
        return rect


def load_lower(source: GarmentSource, sku: str) -> Lower:
    """Read and cut a skirt's or trousers' picture. Raises BadAsset."""
    picture = cv2.imread(str(source.picture), cv2.IMREAD_UNCHANGED)
    bgra = checked(None if picture is None else np.asarray(picture), f"The picture of {sku}", source.cut)
    points = source.points or find_points(bgra, source.cut)
    return Lower(lower_parts_of(bgra, points, source.cut), source.cut)


def _rect(hung: Hung, bgr: U8, width_px: float, cell: int) -> Rect | None:
    """Of whole cells of the maps, within the picture."""
    every = np.concatenate([draped for _, draped in hung.parts])[:, :2]
    low, high = every.min(axis=0), every.max(axis=0)
    top = float(min(low[1], hung.waist[:, 1].min() - ABOVE * width_px))
    height, width = bgr.shape[:2]
    x0, y0 = max(int(low[0]) // cell * cell, 0), max(int(top) // cell * cell, 0)
    x1 = min(int(high[0] + cell) // cell * cell, width // cell * cell)
    y1 = min(int(high[1] + cell) // cell * cell, height // cell * cell)
    return Rect(x0, y0, x1, y1) if x1 - x0 >= 16 and y1 - y0 >= 16 else None
