"""Where in the picture a product has business: its outline, as far as its shadow or its feather may reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.base import Overlay
from tryon.overlays.eye_shape import OUTER
from tryon.overlays.eyes import Eyes
from tryon.overlays.eyewear import SPLAY_MAX_MM, TEMPLE_FRONT_MM, Eyewear
from tryon.overlays.lips import FEATHER, Lips
from tryon.overlays.region import smooth_contour
from tryon.overlays.skin import Skin
from tryon.perception import landmarks as at
from tryon.render.draw import SHADOW_BLUR_MM, SHADOW_DROP_MM
from tryon.render.mesh import I32

# A shadow's blur is over after three standard deviations, and the picture is softened by a pixel.
SHADOW_REACH_MM: Final = SHADOW_DROP_MM + 3 * SHADOW_BLUR_MM
SOFT_PX: Final = 2.0
# What a feather of that standard deviation, as a part of the mouth's width, still reaches in 8 bits.
FEATHER_REACH: Final = 4 * FEATHER
DIRECTIONS: Final = 600
# An eye's corners, the outer one first, its lids and its brow.
_EYES: Final = (
    np.array([33, 133, 145, 159, 70, 63, 105, 66, 107, 46, 55], np.intp),
    np.array([263, 362, 374, 386, 300, 293, 334, 296, 336, 276, 285], np.intp),
)


class Reach:
    """The reach of some products on any head."""

    def __init__(self, overlays: Sequence[Overlay]) -> None:
        self._frames = [(worn, _farthest(worn)) for worn in overlays if isinstance(worn, Eyewear)]
        self._lips = [worn for worn in overlays if isinstance(worn, Lips)]
        self._skin = any(isinstance(worn, Skin) for worn in overlays)
        self._eyes = any(isinstance(worn, Eyes) for worn in overlays)
        # A kind that this module does not know may change what it likes.
        self._anywhere = any(not isinstance(worn, Eyewear | Lips | Skin | Eyes) for worn in overlays)

    def allowed(self, rect: Rect, heads: Sequence[Head]) -> U8:
        """255 where the products may change the picture within ``rect``, 0 elsewhere."""
        area: U8 = np.full((rect.height, rect.width), 255 if self._anywhere else 0, np.uint8)
        for head in heads:
            for worn, points in self._frames:
                outline = _frame_outline(worn, points, head)
                _fill(area, rect, outline, SHADOW_REACH_MM * head.px_per_mm + SOFT_PX)
            if self._skin:
                _fill(area, rect, _hull(head.points_px[: at.SURFACE_COUNT, :2]), SOFT_PX)
            if self._eyes:
                for corners in _EYES:
                    _fill(area, rect, _hull(head.points_px[corners, :2]), _wing_px(head, corners))
            for lips in self._lips:
                reach = (FEATHER_REACH + lips.overline) * mouth_px(head) + SOFT_PX
                _fill(area, rect, lips_outline(head), reach)
        return area


def _farthest(worn: Eyewear) -> F64:
    """The vertices (n, 3) that reach farthest in any of many directions, temples bent out as far as they go."""
    points = worn.model.positions_mm.astype(np.float64)
    points[:, 0] += np.where(points[:, 2] < TEMPLE_FRONT_MM, np.sign(points[:, 0]) * SPLAY_MAX_MM, 0.0)
    # Even directions on the sphere: the golden spiral. Between two of them a hull loses less than half a millimetre.
    number = np.arange(DIRECTIONS) + 0.5
    z, turn = 1 - 2 * number / DIRECTIONS, np.pi * (1 + np.sqrt(5)) * number
    across = np.sqrt(1 - z * z)
    directions = np.stack([across * np.cos(turn), across * np.sin(turn), z])
    return np.asarray(points[np.unique((points @ directions).argmax(axis=0))], np.float64)


def _frame_outline(worn: Eyewear, points_mm: F64, head: Head) -> F32:
    """The convex outline of a pair of glasses, in pixels (n, 2)."""
    matrix = head.pose.matrix @ worn.head_from_product(head)
    placed = points_mm @ matrix[:3, :3].T + matrix[:3, 3]
    return np.asarray(cv2.convexHull(head.camera.project(placed).astype(np.float32))[:, 0], np.float32)


def _hull(points_px: F32) -> F32:
    return np.asarray(cv2.convexHull(np.ascontiguousarray(points_px, np.float32))[:, 0], np.float32)


def _wing_px(head: Head, corners: at.Indices) -> float:
    """How far wings and lashes may reach beyond an eye and its brow."""
    across = head.points_px[corners[0], :2] - head.points_px[corners[1], :2]
    return (OUTER - 0.5) * float(np.hypot(*across)) + SOFT_PX


def lips_outline(head: Head) -> F32:
    """The vermilion border as a smooth closed curve, in pixels (n, 2)."""
    return smooth_contour(head.points_px[at.LIPS_OUTER, :2])


def mouth_px(head: Head) -> float:
    """The mouth's width in the picture."""
    corners = head.points_px[[at.LEFT_MOUTH_CORNER, at.RIGHT_MOUTH_CORNER], :2]
    return float(np.hypot(*(corners[0] - corners[1])))


def filled(rect: Rect, outline_px: F32 | F64, holes_px: Sequence[F32 | F64] = ()) -> U8:
    """255 inside a closed curve (n, 2) less its holes, within ``rect``."""
    area: U8 = np.zeros((rect.height, rect.width), np.uint8)
    cv2.fillPoly(area, [_fixed(outline_px, rect)], (255.0,), shift=4)
    for hole in holes_px:
        cv2.fillPoly(area, [_fixed(hole, rect)], (0.0,), shift=4)
    return area


def _fill(area: U8, rect: Rect, outline_px: F32, grow_px: float) -> None:
    points = [_fixed(outline_px, rect)]
    cv2.fillPoly(area, points, (255.0,), shift=4)
    # A line around it is what grows a shape by half its width.
    cv2.polylines(area, points, True, (255.0,), max(2 * int(np.ceil(grow_px)), 1), cv2.LINE_8, shift=4)


def _fixed(points_px: F32 | F64, rect: Rect) -> I32:
    # Pixel centres lie at whole numbers for OpenCV, at + 0.5 for us; sixteenths of a pixel.
    shifted = np.asarray(points_px, np.float64) - (rect.x0 + 0.5, rect.y0 + 0.5)
    return np.asarray(np.rint(np.clip(shifted, -30_000, 30_000) * 16), np.int32)
