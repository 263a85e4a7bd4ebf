"""What is in front of a head: a hand, a cup, another wearer's head. Products go behind it.

A ``Front`` tells, around one head, how much of each pixel something covers that is nearer than the head and all that it
wears. The pipeline puts the camera's own pixels back there when the head's products are drawn, soft where the share is,
so an overlay has nothing to do. One that *reads* pixels (how bright are these lips?) leaves covered ones out::

    front = scene.front.get(head.track)  # None: nothing is in front of this head
    hidden = front.over(rect) if front is not None else None  # (rect.height, rect.width) uint8
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.head import skull
from tryon.geometry.head import template as head_template
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.render.mesh import I32
from tryon.render.raster import fill_occluder, transform

# How far around a face's points what it wears can reach, in parts of the face's longer side: frames, lashes, temples.
REACH: Final = 0.3
# A head's outline is drawn as soft as a camera draws it, and as far as skin and short hair go beyond the skull.
OUTLINE_PX: Final = 5

_NO_NORMALS: Final[F32] = np.zeros((0, 3), np.float32)
_IDENTITY: Final[F32] = np.eye(4, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """``share`` (height, width) uint8 of ``rect``, in pixels of the frame: 0 free, 255 covered wholly."""

    rect: Rect
    share: U8

    def over(self, rect: Rect) -> U8:
        """The share over another rectangle, free beyond this one's edge; (rect.height, rect.width), contiguous."""
        share: U8 = np.zeros((rect.height, rect.width), np.uint8)
        left, top = max(self.rect.x0, rect.x0), max(self.rect.y0, rect.y0)
        right, bottom = min(self.rect.x1, rect.x1), min(self.rect.y1, rect.y1)
        if left < right and top < bottom:
            share[top - rect.y0 : bottom - rect.y0, left - rect.x0 : right - rect.x0] = self.share[
                top - self.rect.y0 : bottom - self.rect.y0, left - self.rect.x0 : right - self.rect.x0
            ]
        return share

    def put_back(self, bgr: U8, bare: U8, touched: Rect) -> None:
        """Undo in ``bgr`` what was drawn on covered pixels of ``touched``; ``bare`` is the camera's picture, (height,
        width, 3) as large as ``bgr``."""
        left, top = max(self.rect.x0, touched.x0), max(self.rect.y0, touched.y0)
        right, bottom = min(self.rect.x1, touched.x1), min(self.rect.y1, touched.y1)
        if left < right and top < bottom:
            here = Rect(left, top, right, bottom)
            _put_back(bgr, bare[top:bottom, left:right].copy(), left, top, self.over(here))


def put_back_part(bgr: U8, bare: U8, touched: Rect, share: float) -> None:
    """Undo in ``bgr`` that part, 0 to 1, of what was drawn on ``touched``; ``bare`` is the picture before it."""
    part = np.s_[touched.y0 : touched.y1, touched.x0 : touched.x1]
    bgr[part] = cv2.addWeighted(bgr[part], 1.0 - share, bare[part], share, 0.0)


def joined(one: Front | None, other: Front | None) -> Front | None:
    """What either of two covers."""
    if one is None or other is None:
        return one or other
    rect = one.rect.union(other.rect)
    return Front(rect, np.asarray(np.maximum(one.over(rect), other.over(rect)), np.uint8))


def around(head: Head, width_px: int, height_px: int) -> Rect:
    """The part of the picture that what this head wears can reach; may be empty."""
    left, top, right, bottom = head.box_px
    margin = REACH * max(right - left, bottom - top)
    return Rect(
        math.floor(left - margin),
        math.floor(top - margin),
        math.ceil(right + margin),
        math.ceil(bottom + margin),
    ).clip(width_px, height_px)


def nearer_heads(head: Head, heads: Sequence[Head], rect: Rect) -> Front | None:
    """What the heads of ``heads`` that are nearer than ``head`` cover of ``rect``; None where none does."""
    distance = float(head.pose.translation_mm[2])
    nearer = [
        other
        for other in heads
        if float(other.pose.translation_mm[2]) < distance and _meet(around(other, rect.x1, rect.y1), rect)
    ]
    if rect.empty or not nearer:
        return None
    depth: F32 = np.zeros((rect.height, rect.width), np.float32)
    for other in nearer:
        camera = other.camera
        view = (camera.focal_px, camera.cx_px - rect.x0, camera.cy_px - rect.y0)
        points = other.pose.to_camera(solid_mm(other)).astype(np.float32)
        vertices = np.empty((len(points), 6), np.float32)
        transform(points, _NO_NORMALS, _IDENTITY, view, vertices)
        fill_occluder(solid_triangles(), vertices, depth)
    share = (depth > 0).astype(np.uint8) * np.uint8(255)
    if not share.any():
        return None
    return Front(rect, np.asarray(cv2.blur(share, (OUTLINE_PX, OUTLINE_PX)), np.uint8))


def solid_mm(head: Head) -> F64:
    """The wearer's own face and the skull behind it as a closed surface, in head space (n, 3); its triangles are
    ``solid_triangles``."""
    behind = skull()
    points: F64 = np.concatenate([head.shape_mm[: at.SURFACE_COUNT], behind.points_mm * head.scale.value])
    points[at.SURFACE_COUNT : at.SURFACE_COUNT + len(at.FACE_OVAL)] = head.shape_mm[at.FACE_OVAL]
    return points


@cache
def solid_triangles() -> I32:
    """(m, 4), the last column 0; read-only and shared."""
    behind = skull().triangles + np.array([at.SURFACE_COUNT] * 3 + [0], np.int32)
    triangles: I32 = np.concatenate([head_template().triangles, behind])
    triangles.setflags(write=False)
    return triangles


def _meet(one: Rect, other: Rect) -> bool:
    return max(one.x0, other.x0) < min(one.x1, other.x1) and max(one.y0, other.y0) < min(one.y1, other.y1)


@quick
def _put_back(bgr: U8, bare: U8, x0: int, y0: int, share: U8) -> None:
    for y in range(share.shape[0]):
        for x in range(share.shape[1]):
            covered = int(share[y, x])
            if covered > 0:
                for k in range(3):
                    drawn, seen = int(bgr[y0 + y, x0 + x, k]), int(bare[y, x, k])
                    bgr[y0 + y, x0 + x, k] = (drawn * (255 - covered) + seen * covered + 127) // 255
