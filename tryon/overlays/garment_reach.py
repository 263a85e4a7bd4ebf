"""Where a garment's cloth may be drawn out beyond its outline, over what is worn beneath."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8

# Cloth is drawn out over what is worn beneath by at most this part of the shoulders' width.
REACH: Final = 0.20
# And by so much where it would rise from the shoulders, which slope more from some necks than the garment's do: hair is
# told apart by its colour.
RISE: Final = 0.10
# A little more room in the picture than cloth goes on, in shoulders' widths.
ROOM: Final = 0.02
# Laid flat, a garment is at most so much wider from armpit to armpit than its wearer's shoulders; straps lie inside.
CHEST: Final = 1.2
# How far before a sleeve's end, and how far beyond its inner side, it stops being drawn out, in shoulders' widths.
CUFF_EDGE: Final = 0.012
INNER_EDGE: Final = 0.03
# So far before the hem, and so far inside its corners, which may be round, cloth is drawn out to the sides.
HEM_EDGE: Final = 0.003
CORNER: Final = 0.03
# A picture's outermost pixels have something of its background.
RIM_PX: Final = 2


def near(area: U8, by_px: float) -> U8:
    """The area and a border around it: parts reach under one another, so that no gap opens between them."""
    size = 2 * round(by_px) + 1
    return np.asarray(cv2.dilate(area, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), np.uint8)


def wearers_shoulders(at: Mapping[str, F64], unit: float) -> float:
    """How wide the shoulders of who wears the garment are, in texels; its own are ``unit``."""
    return max(unit, float(np.hypot(*(at["left_armpit"] - at["right_armpit"]))) / CHEST)


def with_room(
    bgra: U8, at: Mapping[str, F64], wearer: float, top_px: float = 0.0
) -> tuple[U8, dict[str, F64]]:
    """The picture and the garment's points with room at its sides, and ``top_px`` above the points: pictures end
    closely around a garment, and cloth that is drawn out would end there, too."""
    low, high = np.min(list(at.values()), axis=0), np.max(list(at.values()), axis=0)
    left, right, top = (
        math.ceil(max(room - float(free), 0.0))
        for room, free in (
            ((REACH + ROOM) * wearer, low[0]), ((REACH + ROOM) * wearer, bgra.shape[1] - high[0]), (top_px, low[1])
        )
    )  # fmt: skip
    wider = np.pad(bgra, ((top, 0), (left, right), (0, 0)))
    return wider, {name: point + np.array([left, top]) for name, point in at.items()}


def around(alpha: U8, at: Mapping[str, F64], unit: float, wearer: float) -> U8:
    """255 within the outline and falling to 0 at some distance outside it. ``at`` are the garment's points; ``unit``
    and ``wearer`` the width of its shoulders and its wearer's."""
    away = cv2.distanceTransform((alpha < 128).astype(np.uint8), cv2.DIST_L2, 5) / wearer
    over = above_shoulders(at, alpha.shape, unit)
    furthest = REACH + (RISE - REACH) * over
    reach = np.clip((1.0 - away / furthest) * 4.0, 0.0, 1.0) * 255
    # An open front stays open: left of its leftmost and right of its rightmost cloth only.
    inside = alpha > 128
    low, high = at["right_neck"][0], at["left_neck"][0]
    between = np.maximum.accumulate(inside, axis=1) & np.maximum.accumulate(inside[:, ::-1], axis=1)[:, ::-1]
    middle = np.zeros(alpha.shape[1], bool)
    middle[int(low) : int(high)] = True
    reach[between & ~inside & middle[None]] = 0
    return np.asarray(reach, np.uint8)


def above_shoulders(at: Mapping[str, F64], shape: tuple[int, ...], unit: float) -> F32:
    """1 above the line from one shoulder's tip over the neck's sides to the other's, and above the tips beyond them; 0
    below, softly."""
    line = [at[name] for name in ("right_shoulder", "right_neck", "left_neck", "left_shoulder")]
    up, away = np.array([0.0, -2.0 * shape[0]]), np.array([float(shape[1]), 0.0])
    area: U8 = np.zeros(shape[:2], np.uint8)
    corners = np.stack([line[0] - away + up, line[0] - away, *line, line[-1] + away, line[-1] + away + up])
    cv2.fillPoly(area, [np.rint(corners * 16).astype(np.int32)], (255.0,), cv2.LINE_8, 4)
    return np.asarray(cv2.GaussianBlur(area / np.float32(255), (0, 0), max(0.02 * unit, 0.5)), np.float32)


def within_sleeve(at: Mapping[str, F64], side: str, shape: tuple[int, ...], unit: float) -> U8:
    """255 but where a sleeve has ended, or is about to, and beyond its inner side, where the torso is: neither is a
    place to draw a sleeve out to."""
    pit, out, inn = at[f"{side}_armpit"], at[f"{side}_cuff_outer"], at[f"{side}_cuff_inner"]
    root = (at[f"{side}_shoulder"] + pit) / 2
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    inside = np.ones(shape[:2], bool)
    for start, end, room in ((out, inn, -CUFF_EDGE * unit), (inn, pit, INNER_EDGE * unit)):
        edge = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
        normal = np.array([edge[1], -edge[0]])
        # Away from the sleeve.
        normal *= -1.0 if float((root + out - 2 * start) @ normal) > 0 else 1.0
        inside &= (x - start[0]) * normal[0] + (y - start[1]) * normal[1] < room
    return np.asarray(np.where(inside, 255, 0), np.uint8)


def above_hem(at: Mapping[str, F64], body: U8, unit: float) -> U8:
    """255 above the hem; beside the hem's corners, above the corners. ``body`` is the torso's alpha."""
    height, width = body.shape
    inside = body > 128
    last = height - 1 - inside[::-1].argmax(axis=0)
    hem = np.where(inside.any(axis=0), last, 0)
    low = int(np.clip(at["right_hem"][0] + CORNER * unit, 0, width - 1))
    high = int(np.clip(at["left_hem"][0] - CORNER * unit, low, width - 1))
    hem[:low], hem[high + 1 :] = hem[low], hem[high]
    rows = np.arange(height)[:, None]
    return np.asarray(np.where(rows < hem[None] - HEM_EDGE * unit, 255, 0), np.uint8)


def spread(bgra: U8) -> U8:
    """Colours with those outside the outline mirrored in it: prints go on instead of being smeared."""
    solid = (bgra[..., 3] > 200).astype(np.uint8)
    inside = np.asarray(cv2.erode(solid, np.ones((3, 3), np.uint8)), np.uint8)
    _, labels = cv2.distanceTransformWithLabels(1 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros((int(labels.max()) + 1, 2), np.intp)
    rows, columns = np.nonzero(inside)
    table[labels[rows, columns], 0], table[labels[rows, columns], 1] = rows, columns
    nearest = table[labels]
    here = np.moveaxis(np.mgrid[0 : inside.shape[0], 0 : inside.shape[1]], 0, -1)
    there = np.clip(2 * nearest - here, 0, np.array(inside.shape) - 1)
    usable = inside[there[..., 0], there[..., 1]] > 0
    there[~usable] = nearest[~usable]
    spread = bgra[there[..., 0], there[..., 1], :3]
    return np.asarray(np.where(inside[..., None] > 0, bgra[..., :3], spread), np.uint8)


def sideways(color: U8, part: U8, down: F64 | None = None) -> U8:
    """Colours with those beside a part mirrored in its sides, at right angles to the unit vector ``down``, which is the
    picture's own unless given: stripes go on. ``part`` is its alpha."""
    if down is None:
        return _mirrored(color, part)
    height, width = part.shape
    size = int(np.ceil(np.hypot(height, width))) + 2
    turn = np.array([[down[1], -down[0]], [down[0], down[1]]])
    middle = np.array([width, height]) / 2
    upright = np.column_stack([turn, np.array([size, size]) / 2 - turn @ middle])
    turned, mask = (
        np.asarray(cv2.warpAffine(each, upright, (size, size), flags=cv2.INTER_LINEAR), np.uint8)
        for each in (color, part)
    )
    back = cv2.warpAffine(
        _mirrored(turned, mask), cv2.invertAffineTransform(upright), (width, height), flags=cv2.INTER_LINEAR
    )
    return np.asarray(np.where(part[..., None] > 200, color, back), np.uint8)


def _mirrored(color: U8, part: U8) -> U8:
    inside = part > 200
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return color
    width = color.shape[1]
    left = inside[rows].argmax(axis=1)[:, None] + RIM_PX
    right = width - 1 - inside[rows, ::-1].argmax(axis=1)[:, None] - RIM_PX
    x = np.arange(width)[None]
    there = np.where(x < left, 2 * left - x, np.where(x > right, 2 * right - x, x))
    out = color.copy()
    out[rows] = color[rows[:, None], np.clip(there, np.minimum(left, right), np.maximum(left, right))]
    return out
