"""A temple from a photo of the frame's side: how high it is along its length, and its own picture.

The frame may lie or stand to either side; where the front is shows in its height, where the ear is in its bend. The
temple's straight part is turned level, its middle line is followed to the tip, and the picture is unrolled along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.errors import BadAsset
from tryon.frame import F32, F64, U8
from tryon.ingest.photo_ground import ground_of, linear
from tryon.ingest.photo_look import coded
from tryon.ingest.photo_read import read_picture
from tryon.ingest.photo_warp import looked_up
from tryon.render.material import Texture

_LENGTH_MIN_PX: Final = 300
# A temple is so many times as long as high; with the front's side, less.
_ASPECT_MIN: Final = 1.8
_HIGHEST: Final = 0.16
# The front stands out by this over the temple's own height, within this part of the length.
_FRONT_HIGHER: Final = 1.5
_FRONT_PART: Final = 0.25
# A tip is hardly higher than the temple before it.
_TIP_HIGHER: Final = 1.3
# The picture along the temple.
_LONG_PX, _HIGH_PX = 768, 64
# Where heights are read, as parts of the length: at the hinge, in the middle, before the tip.
_WHERE: Final = ((0.03, 0.12), (0.4, 0.6), (0.84, 0.93))
_HEIGHTS_MM: Final = ((2.0, 26.0), (2.0, 20.0), (3.0, 20.0))
_NO_TEMPLE: Final = (
    "No temple was found in the side photo; photograph the frame exactly from the side, temple open, on a plain "
    "background."
)


@dataclass(frozen=True, eq=False)
class Side:
    """Heights at the hinge, in the middle and before the tip in mm, and the picture from hinge to tip, upper edge
    first; ``tip_color`` is linear RGB (3,) of what lies behind the ear."""

    heights_mm: tuple[float, float, float]
    texture: Texture
    tip_color: F64


def read_side(data: bytes, temple_mm: float) -> Side:
    """Of a photo whose temple has that length. Raises BadAsset and its children, field ``side``."""
    try:
        picture = read_picture(data, "side photo")
        ground = ground_of(picture)
    except BadAsset as error:
        raise type(error)(
            f"Side photo: {error.sentence[:1].lower()}{error.sentence[1:]}", field="side"
        ) from error
    bgr, cover = _level(picture.bgr, _largest(ground.cover))
    bgr, cover = _upright(*_front_first(bgr, cover))
    start, middle, height = _middle_line(cover)
    way = np.concatenate(([0.0], np.cumsum(np.hypot(1.0, np.diff(middle)))))
    scale = temple_mm / float(way[-1])
    even = np.linspace(0.0, way[-1], _LONG_PX)
    x = start + np.interp(even, way, np.arange(len(way), dtype=np.float64))
    y = np.interp(even, way, middle)
    slope = np.gradient(y) / np.maximum(np.gradient(x), 1e-6)
    steep = np.hypot(1.0, slope)
    across = np.interp(even, way, height) / steep
    share = np.linspace(-0.46, 0.46, _HIGH_PX)[:, None]
    # Across the temple, not down the picture.
    down_x, down_y = -slope / steep, 1 / steep
    part = looked_up(bgr, x + share * across * down_x, y + share * across * down_y)
    reflected = np.clip(linear(part / np.float32(255)), 0.004, 0.9)
    rgba = np.full((_HIGH_PX, _LONG_PX, 4), 255, np.uint8)
    rgba[..., :3] = coded(_without_highlights(reflected))[..., ::-1]
    heights = [
        float(np.clip(np.median(across[round(low * _LONG_PX) : round(high * _LONG_PX)]) * scale, *limits))
        for (low, high), limits in zip(_WHERE, _HEIGHTS_MM, strict=True)
    ]
    tip = np.median(reflected[:, round(_WHERE[2][0] * _LONG_PX) :].reshape(-1, 3), axis=0)[::-1]
    texture = Texture(rgba, srgb=True, wrap=("CLAMP", "CLAMP"))
    return Side((heights[0], heights[1], heights[2]), texture, np.asarray(tip, np.float64))


def _largest(cover: F32) -> F32:
    inside = (cover > 0.5).astype(np.uint8)
    closed = np.asarray(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        raise BadAsset(_NO_TEMPLE, field="side")
    number = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, wide, high = (int(value) for value in stats[number, :4])
    height, width = cover.shape
    if left <= 1 or top <= 1 or left + wide >= width - 1 or top + high >= height - 1:
        raise BadAsset(
            "The frame is cut off at the side photo's edge; leave some background on all four sides.",
            field="side",
        )
    return np.where(labels == number, np.maximum(cover, 0.51), 0.0).astype(np.float32)


def _level(bgr: U8, cover: F32) -> tuple[U8, F32]:
    """Turned so that the longest straight run of the temple is level."""
    y, x = np.nonzero(cover > 0.5)
    points = np.column_stack((x, y)).astype(np.float64)
    middle = points.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((points - middle).T))
    angle = float(np.arctan2(axes[1, 1], axes[0, 1]))
    angle = (angle + np.pi / 2) % np.pi - np.pi / 2
    for _ in range(2):
        cosine, sine = np.cos(-angle), np.sin(-angle)
        along = cosine * (points[:, 0] - middle[0]) - sine * (points[:, 1] - middle[1])
        across = sine * (points[:, 0] - middle[0]) + cosine * (points[:, 1] - middle[1])
        low, high = float(along.min()), float(along.max())
        steps = np.linspace(low + 0.3 * (high - low), low + 0.65 * (high - low), 40)
        near = [np.abs(along - step) < 3 for step in steps]
        line = [
            (step, float(np.median(across[own]))) for step, own in zip(steps, near, strict=True) if own.any()
        ]
        if len(line) < 10:
            raise BadAsset(_NO_TEMPLE, field="side")
        at, off = np.array(line, np.float64).T
        angle += float(np.arctan(np.polyfit(at, off, 1)[0]))
    height, width = cover.shape
    size = round(float(np.hypot(height, width)))
    turn = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), float(np.degrees(angle)), 1.0)
    shift = np.array(((0.0, 0.0, 1.0), (0.0, 0.0, 1.0))) * (size / 2 - middle)[:, None]
    turn = np.asarray(turn, np.float64) + shift
    turned = np.asarray(cv2.warpAffine(bgr, turn, (size, size), flags=cv2.INTER_LINEAR), np.uint8)
    return turned, np.asarray(cv2.warpAffine(cover, turn, (size, size), flags=cv2.INTER_LINEAR), np.float32)


def _front_first(bgr: U8, cover: F32) -> tuple[U8, F32]:
    """Mirrored where the front is at the right, so that the hinge is at the left."""
    columns = np.flatnonzero((cover > 0.5).any(axis=0))
    heights = (cover > 0.5).sum(axis=0)[columns[0] : columns[-1] + 1].astype(np.float64)
    rows = np.flatnonzero((cover > 0.5).any(axis=1))
    if len(heights) < _LENGTH_MIN_PX or len(heights) < _ASPECT_MIN * len(rows):
        raise BadAsset(_NO_TEMPLE, field="side")
    part = round(_FRONT_PART * len(heights))
    usual = float(np.median(heights))
    inside = (cover > 0.5)[:, columns[0] : columns[-1] + 1]
    reach = inside.shape[0] - inside[::-1].argmax(axis=0) - inside.argmax(axis=0)
    if float(np.median(reach)) > _HIGHEST * len(heights):
        raise BadAsset(_NO_TEMPLE, field="side")
    left, right = float(heights[:part].max()), float(heights[-part:].max())
    if max(left, right) > _FRONT_HIGHER * usual:
        mirrored = right > left
    else:
        # A temple alone: the end that bends down is the ear's.
        rises = np.arange(cover.shape[0])[:, None] * (cover > 0.5)
        mids = rises.sum(axis=0)[columns[0] : columns[-1] + 1] / np.maximum(heights, 1)
        mirrored = float(mids[:part].mean()) > float(mids[-part:].mean())
    if not mirrored:
        return bgr, cover
    return np.ascontiguousarray(bgr[:, ::-1]), np.ascontiguousarray(cover[:, ::-1])


def _upright(bgr: U8, cover: F32) -> tuple[U8, F32]:
    """Turned over where the tip bends up."""
    inside = cover > 0.5
    columns = np.flatnonzero(inside.any(axis=0))
    rows = np.arange(cover.shape[0])[:, None] * inside
    mids = rows.sum(axis=0)[columns] / inside.sum(axis=0)[columns]
    part = len(columns) // 10
    if float(mids[-part:].mean()) >= float(np.median(mids[4 * part : 6 * part])):
        return bgr, cover
    return np.ascontiguousarray(bgr[::-1]), np.ascontiguousarray(cover[::-1])


def _middle_line(cover: F32) -> tuple[int, F64, F64]:
    """The column where the temple begins behind the front, and each column's middle and height from there on."""
    inside = cover > 0.5
    columns = np.flatnonzero(inside.any(axis=0))
    first, last = int(columns[0]), int(columns[-1])
    top = inside.argmax(axis=0)[first : last + 1].astype(np.float64)
    bottom = (inside.shape[0] - 1 - inside[::-1].argmax(axis=0))[first : last + 1].astype(np.float64)
    height = bottom - top + 1
    part = round(_FRONT_PART * len(height))
    usual = float(np.median(height[part : 2 * part]))
    high = np.flatnonzero(height[:part] > _FRONT_HIGHER * usual)
    start = int(high.max()) + 3 if len(high) else 0
    # Behind the bend the other temple hangs below this one.
    slope = np.gradient(cv2.blur(top[None], (31, 1), borderType=cv2.BORDER_REPLICATE)[0])
    height = np.minimum(height, _TIP_HIGHER * usual * np.hypot(1.0, slope))
    middle = cv2.blur((top + height / 2)[start:][None], (9, 1), borderType=cv2.BORDER_REPLICATE)[0]
    size = cv2.blur(height[start:][None], (9, 1), borderType=cv2.BORDER_REPLICATE)[0]
    return first + start, np.asarray(middle, np.float64), np.asarray(size, np.float64)


def _without_highlights(reflected: F32) -> F32:
    """A highlight runs along the whole temple; what each part's middle colour has none of is light."""
    usual = cv2.blur(np.median(reflected, axis=0)[None], (15, 1), borderType=cv2.BORDER_REPLICATE)
    light, most = reflected.max(axis=-1, keepdims=True), 1.3 * usual.max(axis=-1, keepdims=True) + 0.01
    held = np.minimum(light, most) / np.maximum(light, 1e-4)
    return np.asarray(reflected * held, np.float32)
