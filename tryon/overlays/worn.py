"""What of the picture stays before a garment, and what it has to cover.

Half-size maps over the garment's rectangle: the face and hair, hands and bare arms, the sleeves that the wearer has
on, the clothes beneath, and how light falls on their folds.
Colours tell what a pixel is (``palette``); landmarks tell where
to expect it; the person's mask ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.figure import Figure
from tryon.overlays.folds import folds_of
from tryon.overlays.limbs import attached, put_before
from tryon.overlays.palette import CHROMA, Palette
from tryon.overlays.strands import strands
from tryon.perception import landmarks as at

HALF: Final = 2
# In shoulder widths: how far round the bones of a hand its skin may be; half widths of a sleeved forearm.
HAND_REACH: Final = (0.20, 0.32)
FINGERS: Final = 1.15
ARM_REACH: Final = (0.14, 0.22)
SLEEVE_HALF: Final = (0.135, 0.115)
# From the torso's middle to where it may end, and to where it does.
BESIDE: Final = (0.58, 0.68)
# A sleeve stands off an arm by at most this, in shoulder widths.
STANDS_OFF: Final = 0.07
# A joint less sure than the first is out of the picture, and where it is a guess; from the second on it is believed;
# between it stays what it was: an arm half before the cloth would be seen through.
ARM_SEEN: Final = (0.15, 0.25)
_JOINTS: Final = {"left": (13, 15), "right": (14, 16)}
SMOOTH_PX: Final = 1.1
# From the first chance on a pixel beside a hand's bones may be its skin, from the second on it is.
BARE: Final = (0.2, 0.38)
# A pixel just outside the person's mask is their clothes' if it looks by the first more like them than the wall mostly
# does; by the second more, wholly.
UNLIKE: Final = (0.15, 0.15)
# From ear to ear, in face heights, at least: so wide is a face that is not turned.
TURNED: Final = 0.7


# Of how much of a window the person fills to how surely nobody is near.
_AIR: Final = np.clip(255.0 - np.arange(256) * (255 / 40) + 0.5, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """Maps (h, w) over ``rect``, uint8: ``front`` hides every part, ``sleeved`` is a forearm before the torso, which it
    hides, ``cloth`` is what is worn beneath, in the ``air`` nobody is near; ``folds`` float32, the light on the worn
    cloth over its mean.

    Half as large: how surely pixels are the ``person``'s, have the colours of ``skin`` and ``hair``, are ``kept``
    because hair or a hand are there, and are ``arms``."""

    front: U8
    sleeved: U8
    cloth: U8
    air: U8
    folds: F32
    person: U8
    skin: U8
    hair: U8
    kept: U8
    arms: U8


def look(
    bgr: U8,
    rect: Rect,
    figure: Figure,
    face_px: F32,
    palette: Palette,
    *,
    long: bool,
    covered: tuple[float, float] = (0.0, 0.0),
) -> Worn:
    """Read the rectangle. ``long`` tells that the garment has sleeves to the wrists, which cover bare forearms;
    ``covered`` how far down the right and the left upper arm its sleeves reach, in parts of the bone."""
    size = (rect.width // HALF, rect.height // HALF)
    part = bgr[rect.y0 : rect.y1, rect.x0 : rect.x1]
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    ycc = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb), np.uint8)
    person = _person(figure, rect, size)
    head = _head(face_px, rect, size)
    chin, brow = face_px[at.CHIN, :2], face_px[at.FOREHEAD_TOP, :2]
    face_height = float(np.hypot(*(chin - brow)))
    ears = face_px[[at.LEFT_TRAGUS, at.RIGHT_TRAGUS], :2]
    wide = max(float(np.hypot(*(ears[0] - ears[1]))), TURNED * face_height)
    # A turned face is aside of the hair that hangs round it.
    middle = _local((chin + ears.mean(axis=0))[None] / 2, rect)[0, 0]
    bones = np.stack([_local(figure.arm(side), rect) for side in ("right", "left")]).astype(np.float32)
    bones[:, 3] = bones[:, 2] + (bones[:, 3] - bones[:, 2]) * FINGERS * 1.6
    seen = np.stack([_seen(figure, side, palette) for side in ("right", "left")])
    ahead = np.array([_ahead(figure, side) for side in ("right", "left")], np.float32)
    outward = np.stack([_outward(figure, side, rect) for side in ("right", "left")]).astype(np.float32)
    # Single pixels lie; a few together do not.
    chances = np.asarray(cv2.GaussianBlur(_chances(ycc, palette.tables), (5, 5), SMOOTH_PX), np.uint8)
    # A line between cloth and wall may have skin's colour, but is thinner than a finger.
    opened = cv2.morphologyEx(cv2.extractChannel(chances, 0), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    cv2.insertChannel(opened, chances, 0)
    wider = np.asarray(cv2.dilate(person, np.ones((3, 3), np.uint8)), np.uint8)
    outer = np.asarray(cv2.dilate(wider, np.ones((5, 5), np.uint8)), np.uint8)
    cloth = cv2.extractChannel(chances, 2)
    # How much like the clothes the wall looks.
    wall, spread = cv2.meanStdDev(cloth[::2, ::2], mask=np.asarray(outer[::2, ::2] < 10, np.uint8))
    alike = float(wall[0, 0] + spread[0, 0]) / 255.0 + UNLIKE[0]
    near_cloth = np.asarray(cv2.dilate(cloth, np.ones((5, 5), np.uint8)), np.uint8)
    maps: U8 = np.zeros((6, size[1], size[0]), np.uint8)
    geometry = np.array(
        [middle, _local(chin[None], rect)[0, 1], face_height / HALF, wide / HALF, figure.width_px / HALF],
        np.float32,
    )
    _sort(
        chances,
        person,
        wider,
        outer,
        alike,
        near_cloth,
        head,
        *strands(chances, person, geometry, palette.alike),
        bones,
        seen,
        ahead,
        outward,
        geometry,
        long,
        np.array(covered, np.float32),
        maps,
    )
    put_before(maps, attached(maps[5], bones, figure.width_px / HALF))
    for number in (0, 1):
        maps[number] = cv2.GaussianBlur(maps[number], (3, 3), 0)
    folds = folds_of(ycc, maps[3], figure.width_px / HALF, palette)
    full = (rect.width, rect.height)
    front, sleeved, cloth, air = (
        np.asarray(cv2.resize(one, full, interpolation=cv2.INTER_LINEAR), np.uint8)
        for one in (*maps[:3], _air(person, figure.width_px / HALF))
    )
    light = np.asarray(cv2.resize(folds, full), np.float32)
    return Worn(front, sleeved, cloth, air, light, person, chances[..., 0], chances[..., 1], maps[4], maps[1])


def _local(points: F64 | F32, rect: Rect) -> F64:
    return np.asarray((points - np.array([rect.x0, rect.y0])) / HALF, np.float64)


def _ahead(figure: Figure, side: str) -> float:
    """1 where the forearm is before the torso, 0 behind it."""
    wrist, shoulder = (15, 11) if side == "left" else (16, 12)
    nearer = float(figure.depth_px[shoulder] - figure.depth_px[wrist]) / figure.width_px
    return min(max((nearer + 0.25) / 0.1, 0.0), 1.0)


def _seen(figure: Figure, side: str, palette: Palette) -> F32:
    """Whether elbow and wrist are in the picture, rather than guessed, (2,) 0 or 1. ``palette`` remembers."""
    for joint in _JOINTS[side]:
        sure = float(figure.visibility[joint])
        if not ARM_SEEN[0] < sure < ARM_SEEN[1] or joint not in palette.seen:
            palette.seen[joint] = sure > sum(ARM_SEEN) / 2
    return np.array([palette.seen[joint] for joint in _JOINTS[side]], np.float32)


def _outward(figure: Figure, side: str, rect: Rect) -> F64:
    """How far places of the half-size map lie beyond the torso's side, in parts of the band where that is not sure,
    as a plane: (3,) x, y, constant."""
    right, left = figure.shoulders
    across = (left - right) * (1.0 if side == "left" else -1.0)
    across /= max(float(np.hypot(*across)), 1e-6) * figure.width_px * (BESIDE[1] - BESIDE[0])
    middle = (right + left) / 2 - (rect.x0, rect.y0)
    start = float(middle @ across) + BESIDE[0] / (BESIDE[1] - BESIDE[0])
    return np.array([*(across * HALF), -start], np.float64)


def _person(figure: Figure, rect: Rect, size: tuple[int, int]) -> U8:
    matrix = figure.picture_from_mask.astype(np.float64)
    matrix[:, 2] -= (rect.x0, rect.y0)
    matrix /= HALF
    # Continuous coordinates to warpAffine's, where integers are pixel centres.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return np.asarray(cv2.warpAffine(figure.mask, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _air(person: U8, unit: float) -> U8:
    """255 further from the person than a sleeve stands off an arm, softly: the mean over a window that reaches so far
    is nothing there."""
    side = 2 * max(round(STANDS_OFF * unit), 1) + 1
    _, solid = cv2.threshold(person, 100, 255.0, cv2.THRESH_BINARY)
    near = np.asarray(cv2.blur(solid, (side, side)), np.uint8)
    return np.asarray(cv2.LUT(near, _AIR), np.uint8)


def _head(face_px: F32, rect: Rect, size: tuple[int, int]) -> U8:
    head: U8 = np.zeros((size[1], size[0]), np.uint8)
    oval = _local(face_px[at.FACE_OVAL, :2], rect)
    cv2.fillPoly(head, [np.rint((oval - 0.5) * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    return head


@kernel
def _chances(ycc: U8, tables: U8) -> U8:
    """How surely each pixel is skin, hair and cloth by its colour, (h, w, 3)."""
    out = np.empty(ycc.shape, np.uint8)
    for y in range(ycc.shape[0]):
        for x in range(ycc.shape[1]):
            cr = min(max((int(ycc[y, x, 1]) - 64) >> 2, 0), CHROMA - 1)
            cb = min(max((int(ycc[y, x, 2]) - 64) >> 2, 0), CHROMA - 1)
            row = ((int(ycc[y, x, 0]) >> 5) * CHROMA + cr) * CHROMA + cb
            for k in range(3):
                out[y, x, k] = tables[row, k]
    return out


@kernel
def _sort(
    chances: U8, person: U8, wider: U8, outer: U8, alike: float, near_cloth: U8, head: U8, strands: U8,
    maybe: U8, bones: F32, seen: F32, ahead: F32, outward: F32, geometry: F32, long: bool, covered: F32, maps: U8,
) -> None:  # fmt: skip
    """Fill ``maps`` (6, h, w): head and hair in front, arms, cloth to be covered, cloth whose folds are believed, hair
    alone, certain or not, and skin of hands and arms. ``bones`` (2, 4, 2): shoulder, elbow, wrist, finger tips."""
    chin_x, chin_y, face, wide, unit = geometry[0], geometry[1], geometry[2], geometry[3], geometry[4]
    height, width = person.shape
    # Further from an arm than this nothing of it is looked for.
    boxes = np.empty((2, 4), np.float32)
    for side in range(2):
        for axis in range(2):
            low, high = bones[side, 1, axis], bones[side, 1, axis]
            for joint in (0, 2, 3):
                low, high = min(low, bones[side, joint, axis]), max(high, bones[side, joint, axis])
            boxes[side, 2 * axis] = low - 0.33 * unit - 1.0
            boxes[side, 2 * axis + 1] = high + 0.33 * unit + 1.0
    for y in range(height):
        for x in range(width):
            inside = head[y, x] / 255.0
            if outer[y, x] < 20 and inside == 0.0:
                continue
            # The mask is soft over some pixels: what is half inside already shows the clothes that are to be covered.
            sure = min(max((person[y, x] / 255.0 - 0.15) / 0.5, 0.0), 1.0)
            skin, cloth = chances[y, x, 0] / 255.0, chances[y, x, 2] / 255.0
            dx, dy = abs(x + 0.5 - chin_x) / wide, (y + 0.5 - chin_y) / face
            kept = strands[y, x] / 255.0
            front = max(inside, kept)
            # What may be hair goes behind the garment, and shows where there is none.
            kept = max(kept, maybe[y, x] / 255.0)
            # Above the chin, beside the face: head, ears, hair.
            if dy < 0.02 and dx < 0.85:
                front = max(front, sure * min(max((0.85 - dx) / 0.12, 0.0), 1.0))
            arms, limbs, upper = 0.0, 0.0, 0.0
            for side in range(2):
                if x < boxes[side, 0] or x > boxes[side, 1] or y < boxes[side, 2] or y > boxes[side, 3]:
                    continue
                wx, wy = bones[side, 2, 0], bones[side, 2, 1]
                ex, ey = bones[side, 1, 0], bones[side, 1, 1]
                bare = min(max((skin - BARE[0]) / (BARE[1] - BARE[0]), 0.0), 1.0)
                near = 0.0
                if bare > 0.0 and seen[side, 1] > 0.0:
                    away, t = _away(x + 0.5, y + 0.5, wx, wy, bones[side, 3, 0], bones[side, 3, 1])
                    near = min(max((0.32 - away / unit) / 0.12, 0.0), 1.0)
                if near > 0.0:
                    if long:
                        # Behind the wrist the garment's own sleeve covers the skin.
                        lx, ly = wx - ex, wy - ey
                        norm = max((lx * lx + ly * ly) ** 0.5, 1e-3)
                        beyond = ((x + 0.5 - wx) * lx + (y + 0.5 - wy) * ly) / norm / unit
                        hx, hy = bones[side, 3, 0] - wx, bones[side, 3, 1] - wy
                        norm = max((hx * hx + hy * hy) ** 0.5, 1e-3)
                        beyond = max(beyond, ((x + 0.5 - wx) * hx + (y + 0.5 - wy) * hy) / norm / unit)
                        near *= min(max((beyond + 0.05) / 0.05, 0.0), 1.0)
                    limbs = max(limbs, near * bare * sure * seen[side, 1])
                if not long:
                    away, t = _away(x + 0.5, y + 0.5, ex, ey, wx, wy)
                    near = min(max((0.24 - away / unit) / 0.08, 0.0), 1.0)
                    limbs = max(limbs, near * bare * sure * seen[side, 1])
                    half = _wider(x + 0.5, y + 0.5, outward[side]) * (0.120 - 0.015 * t) * unit
                    within = min(max((half - away) / 2.0 + 0.5, 0.0), 1.0)
                    # What is beside the garment's own sleeve is its torso.
                    sx, sy = bones[side, 0, 0], bones[side, 0, 1]
                    bone = max(((ex - sx) ** 2 + (ey - sy) ** 2) ** 0.5, 1e-3)
                    down = ((x + 0.5 - sx) * (ex - sx) + (y + 0.5 - sy) * (ey - sy)) / bone
                    below = min(max((down - covered[side] * bone) / 2.0 + 0.5, 0.0), 1.0)
                    if t <= 0.0:
                        within *= below
                    arms = max(arms, within * sure * ahead[side] * seen[side, 1])
                    # And the lower part of the upper arm, which short sleeves leave free.
                    mx = ex + 0.28 * (bones[side, 0, 0] - ex)
                    my = ey + 0.28 * (bones[side, 0, 1] - ey)
                    away, t = _away(x + 0.5, y + 0.5, mx, my, ex, ey)
                    near = min(max((0.22 - away / unit) / 0.08, 0.0), 1.0)
                    limbs = max(limbs, near * bare * sure * seen[side, 0])
                    half = _wider(x + 0.5, y + 0.5, outward[side]) * 0.125 * unit
                    within = min(max((half - away) / 2.0 + 0.5, 0.0), 1.0)
                    within *= below
                    arms = max(arms, within * sure * ahead[side] * seen[side, 0] * seen[side, 1])
                    if covered[side] > 0.0:
                        away, t = _away(x + 0.5, y + 0.5, bones[side, 0, 0], bones[side, 0, 1], mx, my)
                        upper = max(upper, min(max((0.34 - away / unit) / 0.06, 0.0), 1.0))
            maps[0, y, x] = int(front * 255.0 + 0.5)
            maps[1, y, x] = int(arms * 255.0 + 0.5)
            # At the person's edge the clothes' colour is mixed with the wall's: that of the pixels beside tells.
            rim = min(max((wider[y, x] / 255.0 - 0.15) / 0.5, 0.0), 1.0) * min(near_cloth[y, x] / 170.0, 1.0)
            covers = 0.0
            if long:
                # Sleeves to the wrists cover bare arms, too.
                covers = max(sure, rim)
            elif skin < 0.5:
                covers = max(sure * (1.0 - skin), rim)
            # And a mask ends now and then before the clothes do, whose very colour goes on.
            edge = min(max((outer[y, x] / 255.0 - 0.15) / 0.5, 0.0), 1.0)
            covers = max(covers, edge * min(max((cloth - alike) / UNLIKE[1], 0.0), 1.0))
            covers = max(covers, upper * sure)
            maps[2, y, x] = int(covers * (1.0 - maybe[y, x] / 255.0) * 255.0 + 0.5)
            maps[3, y, x] = int(cloth * sure * 255.0 + 0.5)
            maps[4, y, x] = int(kept * 255.0 + 0.5)
            maps[5, y, x] = int(limbs * 255.0 + 0.5)


@kernel
def _wider(x: float, y: float, outward: F32) -> float:
    """How much wider than its bones tell an arm is taken to be where there is no torso beside it."""
    beyond: float = min(max(x * outward[0] + y * outward[1] + outward[2], 0.0), 1.0)
    return 1.0 + beyond


@kernel
def _away(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> tuple[float, float]:
    """Distance from a segment, and the place along it, 0..1."""
    dx, dy = bx - ax, by - ay
    t = ((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-6)
    t = min(max(t, 0.0), 1.0)
    ox, oy = x - ax - t * dx, y - ay - t * dy
    return (ox * ox + oy * oy) ** 0.5, t
