"""Hair over the temples, read off the picture.

Whoever's ear shows wears the temple over what is there, short hair included. Where hair hangs over the ear, the temple
runs beneath it and is gone from the hairline on. Both questions, whether the ear shows and where the hair begins, are
answered by how unlike the wearer's own skin a pixel is: no model of hair is needed, and none of a skin's colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.steady import Head
from tryon.geometry.wearer import ear_root
from tryon.perception import landmarks as at
from tryon.render.veil import Veil, plane_inverse_depth

# Cheeks and forehead, away from eyes, mouth and beard.
SKIN: Final = np.array(
    [
        50,
        280,
        101,
        330,
        117,
        346,
        36,
        266,
        151,
        108,
        337,
        9,
        205,
        425,
        118,
        347,
        119,
        348,
        123,
        352,
        187,
        411,
        69,
        299,
    ],
    np.intp,
)
# Skin varies over a face at least so much: in log luminance, and in the logs of red/green and green/blue.
SPREAD_MIN: Final = (0.12, 0.05, 0.05)
# Shading changes luminance more than colour, so it counts half.
WEIGHT: Final = (0.5, 1.0, 1.0)
# From this many spreads on a pixel is no skin. On the recordings at hand, ears had medians of 0.3-2.1 and hair over
# ears 4.8-6.0.
UNLIKE: Final = 3.2
# A side that is turned to the camera less than this (cosine) does not show its ear. One that is turned so far does:
# before that, what is seen there is cheek as much as ear. And as far away its temple is behind the head.
FACING_MIN: Final = 0.16
FACING_SURE: Final = 0.34
# The ear: below and behind its root, as a grid of places (out, down, back) in millimetres.
EAR_OUT_MM: Final = (2.0, 5.0, 8.0)
EAR_DOWN_MM: Final = (10.0, 17.0, 24.0, 31.0, 38.0)
EAR_DEEP_MM: Final = (4.0, 11.0, 18.0)
# An ear is taken for hidden below the first share of skin, for shown above the second: no flicker between.
HIDDEN_BELOW: Final = 0.3
SHOWN_ABOVE: Final = 0.55
FOLLOW_MS: Final = 300.0
# Of a head bent towards the camera so far (a sine) temples show above the front before any turn has shown an ear. Then
# both sides together tell, by the ears' places and by places before them, so far on the way from the outer eye corner
# to the ear's root and so far above it: beside one ear there may be a wall, and before it a sideburn.
# Of four people with hair over their ears 0 to 0.39 of these places were like skin, of one whose hair covers the
# temples only 0.51, of seven others 0.75 and more.
BENT: Final = 0.25
BENT_BELOW: Final = 0.45
BEFORE_EAR: Final = (0.55, 0.7, 0.85)
BEFORE_EAR_UP_MM: Final = (-4.0, 3.0, 10.0)
# The temple's strip: from behind the front to its end behind the ear's root, and so far above and below.
STRIP_FRONT_MM: Final = -16.0
STRIP_BEYOND_MM: Final = 40.0
STRIP_HALF_MM: Final = 14.0
TEMPLE_OUT_MM: Final = 5.0
# Strands that shine are no wider than this.
STRAND_MM: Final = 7.0
# A temple that hair has hidden for so long, over most of so much above and below it, stays beneath it to its end: skin
# or a wall that shows through further back would let a piece of it float there.
UNDER_MM: Final = 9.0
UNDER_HALF_MM: Final = 5.0
UNDER_PART: Final = 0.7


@dataclass(slots=True)
class _Side:
    skin: float = 1.0
    hidden: bool = False
    t_ms: float = -math.inf
    hidden_below: float = HIDDEN_BELOW

    @property
    def seen(self) -> bool:
        return self.t_ms > -math.inf

    def see(self, skin: float, t_ms: float, trust: float) -> None:
        """Take in how much of the ear's place is skin, and is believed."""
        elapsed = t_ms - self.t_ms
        if 0 <= elapsed < math.inf:
            skin = self.skin + (1 - math.exp(-elapsed * trust / FOLLOW_MS)) * (skin - self.skin)
        self.skin, self.t_ms = skin, t_ms
        self.hidden = skin < (SHOWN_ABOVE if self.hidden else self.hidden_below)


class HairWatch:
    """One wearer's two sides, remembered from frame to frame."""

    def __init__(self) -> None:
        self._sides = {-1: _Side(), +1: _Side()}
        # What is guessed of both before either is seen.
        self._bent = _Side(hidden_below=BENT_BELOW)

    def veils(self, bgr: U8, head: Head, t_ms: float) -> tuple[Veil, ...]:
        """What hangs over the temples in this picture, which no eyewear has been drawn into yet."""
        skin: tuple[F32, F32] | None = None
        found = []
        unknown = not any(side.seen for side in self._sides.values())
        if unknown and not head.coasting and -float(head.pose.rotation[2, 1]) > BENT:
            skin = _skin(bgr, head)
            _guess(self._bent, bgr, head, skin, t_ms)
        for sign, side in self._sides.items():
            facing = -float(head.pose.rotation[2, 0]) * sign
            if facing < -FACING_SURE:
                continue
            if facing >= FACING_MIN and not head.coasting:
                skin = skin or _skin(bgr, head)
                trust = min((facing - FACING_MIN) / (FACING_SURE - FACING_MIN), 1.0) ** 2
                self._look(side, sign, bgr, head, skin, t_ms, trust)
            # Hair is worn alike on both sides until each has been seen.
            other = self._sides[-sign]
            if (side if side.seen else other if other.seen else self._bent).hidden:
                skin = skin or _skin(bgr, head)
                veil = _veil(sign, bgr, head, skin)
                if veil is not None:
                    found.append(veil)
        return tuple(found)

    @staticmethod
    def _look(
        side: _Side, sign: int, bgr: U8, head: Head, skin: tuple[F32, F32], t_ms: float, trust: float
    ) -> None:
        pixels = _pixels(bgr, head, _ear_mm(head, sign))
        if pixels is not None:
            side.see(float((_unlikeness(pixels, skin) < UNLIKE).mean()), t_ms, trust)


def _guess(bent: _Side, bgr: U8, head: Head, skin: tuple[F32, F32], t_ms: float) -> None:
    """Whether hair hangs over ears that no turn has shown."""
    shares = []
    for sign, corner in ((-1, at.RIGHT_EYE_OUTER), (+1, at.LEFT_EYE_OUTER)):
        root, eye = ear_root(head.rest.points_mm, sign), head.rest.points_mm[corner]
        before = np.array([eye + part * (root - eye) for part in BEFORE_EAR for _ in BEFORE_EAR_UP_MM])
        before[:, 1] = root[1] + np.tile(BEFORE_EAR_UP_MM, len(BEFORE_EAR))
        for places in (_ear_mm(head, sign), before):
            pixels = _pixels(bgr, head, places)
            if pixels is None:
                return
            shares.append(float((_unlikeness(pixels, skin) < UNLIKE).mean()))
    bent.see(float(np.mean(shares)), t_ms, 1.0)


def _ear_mm(head: Head, sign: int) -> F64:
    """Places on an ear (n, 3), head space."""
    places = np.array(
        [
            (out, -down, -deep)
            for out, deep in zip(EAR_OUT_MM, EAR_DEEP_MM, strict=True)
            for down in EAR_DOWN_MM
        ]
    )
    return np.asarray(ear_root(head.rest.points_mm, sign) + places * (sign, 1.0, 1.0), np.float64)


def _pixels(bgr: U8, head: Head, places_mm: F64) -> U8 | None:
    """The picture's colours (n, 3) at places of head space; None if most lie outside the picture."""
    xy = np.floor(head.camera.project(head.pose.to_camera(places_mm))).astype(np.intp)
    inside = (xy >= 0).all(axis=1) & (xy < (bgr.shape[1], bgr.shape[0])).all(axis=1)
    if inside.mean() < 0.6:
        return None
    return np.asarray(bgr[xy[inside, 1], xy[inside, 0]], np.uint8)


def _skin(bgr: U8, head: Head) -> tuple[F32, F32]:
    """Median and robust spread (three each) of this face's own skin."""
    xy = head.points_px[SKIN, :2].astype(np.intp)
    x, y = np.clip(xy[:, 0], 0, bgr.shape[1] - 1), np.clip(xy[:, 1], 0, bgr.shape[0] - 1)
    colours = _colours(bgr[y, x])
    median = np.median(colours, axis=0)
    # The median deviation of a normal distribution is 0.6745 of its standard deviation.
    spread = np.maximum(np.median(np.abs(colours - median), axis=0) / 0.6745, SPREAD_MIN)
    return median.astype(np.float32), spread.astype(np.float32)


@cache
def _logs() -> F32:
    logs: F32 = np.log(np.arange(256, dtype=np.float32) + np.float32(4))
    logs.setflags(write=False)
    return logs


def _colours(bgr: U8) -> F32:
    """Log luminance, log red/green and log green/blue of colours (n, 3)."""
    blue, green, red = _logs()[bgr].T
    return np.asarray(np.stack([(blue + green + red) / 3, red - green, green - blue], axis=1), np.float32)


def _unlikeness(bgr: U8, skin: tuple[F32, F32]) -> F32:
    """How many spreads colours (n, 3) are from the skin's."""
    away = (_colours(bgr) - skin[0]) / skin[1]
    return np.asarray(np.sqrt((away * away * np.array(WEIGHT, np.float32)).sum(axis=1)), np.float32)


def _veil(sign: int, bgr: U8, head: Head, skin: tuple[F32, F32]) -> Veil | None:
    root = ear_root(head.rest.points_mm, sign)
    ends = np.array(
        [
            (root[0] + sign * TEMPLE_OUT_MM, root[1] + up, z)
            for z in (STRIP_FRONT_MM, root[2] - STRIP_BEYOND_MM)
            for up in (-STRIP_HALF_MM, STRIP_HALF_MM)
        ]
    )
    xy = head.camera.project(head.pose.to_camera(ends))
    low, high = np.floor(xy.min(axis=0)), np.ceil(xy.max(axis=0))
    rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).clip(bgr.shape[1], bgr.shape[0])
    if rect.empty:
        return None
    mask = np.empty((rect.height, rect.width), np.uint8)
    scale = np.sqrt(np.array(WEIGHT, np.float32)) / skin[1] / np.float32(UNLIKE)
    _mark(bgr, rect.x0, rect.y0, _logs(), skin[0], scale, mask)
    # Single pixels are noise; a veil has no holes where a strand shines like skin.
    side = 2 * round(STRAND_MM / 2 * head.px_per_mm) + 1
    mask = np.asarray(cv2.blur(mask, (5, 5)), np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), np.uint8)
    _hide_beyond(mask, xy - (rect.x0, rect.y0), UNDER_MM * head.px_per_mm)
    front = np.array([[0.0, 0.0, STRIP_FRONT_MM]])
    camera = head.camera
    depth = plane_inverse_depth(
        head.pose.to_camera(front)[0], head.pose.rotation[:, 2], camera.focal_px, camera.cx_px, camera.cy_px
    )
    return Veil(rect, mask, depth)


@quick
def _hide_beyond(mask: U8, ends: F64, long_px: float) -> None:
    """Veil all of the strip behind where the temple has been under hair for ``long_px``. ``ends`` (4, 2) are the
    strip's corners in the mask: below and above in front, below and above at its end."""
    x, y = (ends[0, 0] + ends[1, 0]) / 2, (ends[0, 1] + ends[1, 1]) / 2
    along_x, along_y = (ends[2, 0] + ends[3, 0]) / 2 - x, (ends[2, 1] + ends[3, 1]) / 2 - y
    length = math.sqrt(along_x * along_x + along_y * along_y)
    if length < long_px:
        # It is seen end on.
        return
    along_x, along_y = along_x / length, along_y / length
    part = UNDER_HALF_MM / (2 * STRIP_HALF_MM)
    up_x, up_y = (ends[1, 0] - ends[0, 0]) * part, (ends[1, 1] - ends[0, 1]) * part
    under = 0.0
    for step in range(int(length)):
        veiled, seen = 0, 0
        for k in range(-3, 4):
            column = int(x + along_x * step + up_x * k / 3)
            row = int(y + along_y * step + up_y * k / 3)
            if 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]:
                seen += 1
                veiled += mask[row, column] >= 128
        under = under + 1.0 if seen > 0 and veiled >= UNDER_PART * seen else 0.0
        if under >= long_px:
            for row in range(mask.shape[0]):
                for column in range(mask.shape[1]):
                    if (column + 0.5 - x) * along_x + (row + 0.5 - y) * along_y > step:
                        mask[row, column] = 255
            return


@quick
def _mark(bgr: U8, x0: int, y0: int, logs: F32, median: F32, scale: F32, mask: U8) -> None:
    """255 where the picture is unlike skin, 0 where it is like it."""
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            blue, green = logs[bgr[y0 + y, x0 + x, 0]], logs[bgr[y0 + y, x0 + x, 1]]
            red = logs[bgr[y0 + y, x0 + x, 2]]
            a = ((blue + green + red) / 3 - median[0]) * scale[0]
            b = (red - green - median[1]) * scale[1]
            c = (green - blue - median[2]) * scale[2]
            mask[y, x] = 255 if a * a + b * b + c * c > 1.0 else 0
