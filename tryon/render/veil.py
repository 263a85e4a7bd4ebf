"""Veils: pixels of the picture that hide what lies behind a plane in space.

Hair over a temple has no mesh, but the picture shows where it is. A veil says which pixels it covers and how far away
it hangs; what is drawn behind it there is hidden, what is before it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64, U8, Rect


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """``mask`` (height, width) uint8 of ``rect``, in pixels of the frame; it covers where it is 128 or more.

    ``inverse_depth``: a, b, c with 1/z = a · x + b · y + c in 1/mm at picture position (x, y).
    """

    rect: Rect
    mask: U8
    inverse_depth: tuple[float, float, float]


def plane_inverse_depth(
    point_mm: F64, normal: F64, focal_px: float, cx_px: float, cy_px: float
) -> tuple[float, float, float]:
    """The inverse depth, over the picture, of a plane through ``point_mm`` in camera space.

    A point of the picture sees z · ((x - cx)/f, (y - cy)/f, 1); in the plane its product with the normal is that of
    ``point_mm``, so 1/z is affine in x and y. A plane through the camera hides nothing: all zeros.
    """
    along = float(normal @ point_mm)
    if abs(along) < 1e-6:
        return 0.0, 0.0, 0.0
    a, b = float(normal[0]) / focal_px / along, float(normal[1]) / focal_px / along
    return a, b, float(normal[2]) / along - a * cx_px - b * cy_px


def hang(veil: Veil, rect: Rect, depth: F32) -> None:
    """Add a veil to an occluder's 1/z (rows, columns) over ``rect``; its resolution is a multiple of the pixels'."""
    scale = depth.shape[1] // rect.width
    left, top = max(veil.rect.x0, rect.x0), max(veil.rect.y0, rect.y0)
    right, bottom = min(veil.rect.x1, rect.x1), min(veil.rect.y1, rect.y1)
    if left < right and top < bottom:
        seen = veil.mask[
            top - veil.rect.y0 : bottom - veil.rect.y0, left - veil.rect.x0 : right - veil.rect.x0
        ]
        _hang(
            np.ascontiguousarray(seen),
            left,
            top,
            left - rect.x0,
            top - rect.y0,
            scale,
            veil.inverse_depth,
            depth,
        )


@quick
def _hang(
    mask: U8,
    x0: int,
    y0: int,
    column: int,
    row: int,
    scale: int,
    inverse: tuple[float, float, float],
    depth: F32,
) -> None:
    a, b, c = inverse
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            if mask[y, x] >= 128:
                near = a * (x0 + x + 0.5) + b * (y0 + y + 0.5) + c
                for j in range((row + y) * scale, (row + y + 1) * scale):
                    for i in range((column + x) * scale, (column + x + 1) * scale):
                        depth[j, i] = max(depth[j, i], near)
