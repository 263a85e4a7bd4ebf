"""A bank card as a ruler: found in the picture, its corners to a fraction of a pixel.

An ISO/IEC 7810 ID-1 card is 85.60 × 53.98 mm with corners rounded by 3.18 mm. The picture's lines say where it may be
(``rectangles``); each edge is then fitted, to the steepest places of the picture across it, with what does not lie on
it (fingers, print) counting less. Corners are where the fitted edges meet: the card's own are rounded and lie inside.
Of several the one is taken whose edges show best and that is nearest to a flat card seen by this camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.rectangles import HEIGHT_MM, WIDTH_MM, likely_rectangles, lines_through, meeting

CORNER_MM: Final = 3.18
# Of rectangles so many that show best are fitted again.
AGAIN_MAX: Final = 6
# Across an edge the steepest place is looked for so far away, at so many places along it.
SEARCH_PX: Final = 3.0
PLACES: Final = 48
# Each side must be seen along this part of its length, all four together along the second.
SIDE_SEEN: Final = 0.3
ALL_SEEN: Final = 0.6
# Where three sides show so well, the fourth is looked for where it must be, a little nearer and farther for a card that
# is tilted; for so many rectangles.
THREE_SEEN: Final = 0.6
ASPECTS: Final = (1.0, 0.96, 1.04)
COMPLETED_MAX: Final = 4
GRADIENT_MIN: Final = 8.0
BLUR_PX: Final = 0.7
# Of two places along a side, how it runs is told from five on.
_PAIRS: Final = np.triu_indices(PLACES, 5)
# Root mean square in pixels by which the corners may miss a flat card seen by this camera.
RESIDUAL_MAX_PX: Final = 0.8
# A pixel that they miss it by makes a rectangle as unlikely as so much less of its edges: beside a card's sides run
# others, a collar's or those of print.
RESIDUAL_COSTS: Final = 0.2
OUTLIER_PX: Final = 0.35

Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """``corners_px`` (4, 2) around the card, starting with a long side, and where it is: ``camera_from_card`` in
    millimetres, origin in the card's middle, x along the long side. ``seen`` is the part of its edges that shows."""

    corners_px: F64
    camera_from_card: Pose
    seen: float

    def depth_at(self, x_px: float, y_px: float, camera: Camera) -> float:
        """Millimetres along the view to the card's plane at a place of the picture."""
        normal = self.camera_from_card.rotation[:, 2]
        ray = np.array(
            [(x_px - camera.cx_px) / camera.focal_px, (y_px - camera.cy_px) / camera.focal_px, 1.0]
        )
        return float(normal @ self.camera_from_card.translation_mm / (normal @ ray))


def find_card(bgr: U8, within: Rect, px_per_mm: float, camera: Camera) -> Card | None:
    """The card in a part of the picture where it should be; ``px_per_mm`` is what the head tells, roughly.

    None if there is none, or none whose four edges can be seen well enough.
    """
    rect = within.clip(bgr.shape[1], bgr.shape[0])
    if rect.width < HEIGHT_MM * px_per_mm or rect.height < HEIGHT_MM * px_per_mm:
        return None
    part = np.ascontiguousarray(bgr[rect.y0 : rect.y1, rect.x0 : rect.x1])
    fine = np.asarray(cv2.GaussianBlur(part.astype(np.float32), (0, 0), BLUR_PX), np.float32)
    candidates = likely_rectangles(part, px_per_mm)
    see = _Seer(fine, px_per_mm, rect, camera)
    return see.best(candidates) or see.best(_completed(fine, candidates, px_per_mm))


def _likely(card: Card) -> float:
    return card.seen - RESIDUAL_COSTS * card.camera_from_card.residual_px


@dataclass(frozen=True, slots=True, eq=False)
class _Seer:
    """A part of the picture, ``rect`` of what ``camera`` sees, in which rectangles (k, 4, 2) are held against edges."""

    bgr: F32
    px_per_mm: float
    rect: Rect
    camera: Camera

    def best(self, rectangles: F64) -> Card | None:
        """The likeliest that a flat card may be."""
        found = sorted(self._cards(rectangles), key=_likely, reverse=True)[:AGAIN_MAX]
        # What was found is fitted once more, from where it was found; sometimes another edge lies nearer then.
        again = self._cards(np.array([card.corners_px for card in found]).reshape(-1, 4, 2) - self._origin)
        flat = [card for card in (*again, *found) if card.camera_from_card.residual_px < RESIDUAL_MAX_PX]
        return max(flat, key=_likely, default=None)

    @property
    def _origin(self) -> F64:
        return np.array([self.rect.x0, self.rect.y0], np.float64)

    def _cards(self, rectangles: F64) -> list[Card]:
        """Fitted to the picture's edges; none of those that show too little."""
        seen, lines = _fitted(self.bgr, rectangles, self.px_per_mm)
        met = meeting(np.roll(lines, 1, axis=1), lines) + self._origin
        shown = (seen >= SIDE_SEEN).all(axis=1) & (seen.mean(axis=1) >= ALL_SEEN)
        shown &= np.isfinite(met).all(axis=(1, 2))
        return [
            Card(met[k], _pose(met[k], self.camera), float(seen[k].mean())) for k in np.flatnonzero(shown)
        ]


def _completed(bgr: F32, candidates: F64, px_per_mm: float) -> F64:
    """Rectangles (k, 4, 2) of three sides that show well and a fourth where a card's must be: in hair, or in pieces
    between fingers, it is not among the segments."""
    guesses: list[F64] = []
    tried = 0
    for corners, seen, lines in zip(candidates, *_fitted(bgr, candidates, px_per_mm), strict=True):
        completed = _fourth(corners, seen, lines)
        guesses += completed
        tried += len(completed) > 0
        if tried == COMPLETED_MAX:
            break
    return np.array(guesses).reshape(-1, 4, 2)


def _fourth(corners: F64, seen: F64, sides: F64) -> list[F64]:
    """Where the card's corners (4, 2) may be if one side of the rectangle is wrong and three are right; else none.
    ``seen`` (4,) and ``sides`` (4, 3) are what was fitted to them."""
    wrong = int(seen.argmin())
    if seen[wrong] >= SIDE_SEEN or np.sort(seen)[1] < THREE_SEEN:
        return []
    # The side across from it, and the two that lead from there.
    across, after, before = (wrong + 2) % 4, (wrong + 3) % 4, (wrong + 1) % 4
    one, other = meeting(sides[[before, across]], sides[[across, after]])
    ratio = HEIGHT_MM / WIDTH_MM if across % 2 == 0 else WIDTH_MM / HEIGHT_MM
    length = float(np.hypot(*(other - one))) * ratio
    if not math.isfinite(length):
        return []
    guesses = []
    for part in ASPECTS:
        guess = corners.copy()
        guess[across], guess[after] = one, other
        guess[wrong] = other + part * length * _towards(sides[after], corners[wrong] - other)
        guess[before] = one + part * length * _towards(sides[before], corners[before] - one)
        guesses.append(guess)
    return guesses


def _towards(line: F64, way: F64) -> F64:
    """The unit vector along a line that leads that way."""
    along = np.array([-line[1], line[0]])
    return along if along @ way > 0 else -along


def _fitted(bgr: F32, rectangles: F64, px_per_mm: float) -> tuple[F64, F64]:
    """Of each side of rectangles (k, 4, 2) the part that is an edge of the picture (k, 4), 0 where hardly any of it is,
    and the line fitted to its steepest places (k, 4, 3)."""
    if not len(rectangles):
        return np.zeros((0, 4)), np.zeros((0, 4, 3))
    one = rectangles.reshape(-1, 2)
    along = np.roll(rectangles, -1, axis=1).reshape(-1, 2) - one
    length = np.hypot(along[:, 0], along[:, 1])
    along /= np.maximum(length, 1e-9)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    inset = CORNER_MM * 1.3 * px_per_mm
    stations = inset + (length - 2 * inset)[:, None] * np.linspace(0, 1, PLACES)
    offset, edge = _steepest(bgr, one[:, None] + stations[..., None] * along[:, None], across)
    edge &= (length >= 3 * inset)[:, None]
    seen, lines = np.zeros(len(one)), np.zeros((len(one), 3))
    enough = np.flatnonzero(edge.sum(axis=1) >= PLACES * SIDE_SEEN)
    x, y = stations[enough], offset[enough]
    tilt, level, close = _straight(x, y, edge[enough])
    seen[enough] = close.sum(axis=1) / PLACES
    ends = [
        one[enough] + at[:, None] * along[enough] + (level + tilt * at)[:, None] * across[enough]
        for at in (x[:, 0], x[:, -1])
    ]
    lines[enough] = lines_through(*ends)
    return seen.reshape(-1, 4), lines.reshape(-1, 4, 3)


def _steepest(bgr: F32, places: F64, across: F64) -> tuple[F64, Bools]:
    """How far across (s, 2) from places (s, p, 2) the picture is steepest (s, p), and whether it is an edge there."""
    offsets = np.arange(-SEARCH_PX - 1, SEARCH_PX + 1.01, 0.5)
    # Sampling counts from pixel centres.
    samples = places[:, :, None] + offsets[:, None] * across[:, None, None] - 0.5
    samples = samples.reshape(-1, len(offsets), 2).astype(np.float32)
    profile = cv2.remap(bgr, samples[..., 0], samples[..., 1], cv2.INTER_LINEAR)
    slope = np.sqrt(((profile[:, 2:] - profile[:, :-2]) ** 2).sum(axis=2))
    best = slope.argmax(axis=1)
    inner = (best > 0) & (best < slope.shape[1] - 1)
    best = np.clip(best, 1, slope.shape[1] - 2)
    rows = np.arange(len(slope))
    before, peak, after = slope[rows, best - 1], slope[rows, best], slope[rows, best + 1]
    bend = before - 2 * peak + after
    part = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    offset = offsets[1] + 0.5 * (best + np.clip(part, -1, 1))
    shape = places.shape[:2]
    return np.asarray(offset, np.float64).reshape(shape), (inner & (peak > GRADIENT_MIN)).reshape(shape)


def _straight(x: F64, y: F64, edge: Bools) -> tuple[F64, F64, Bools]:
    """Tilt and level (s,) of lines through ``y`` at ``x`` (s, p) where there is an edge: a robust start (Theil-Sen),
    then reweighted least squares; and which places lie on them (s, p)."""
    i, j = _PAIRS
    slopes = (y[:, j] - y[:, i]) / (x[:, j] - x[:, i])
    tilt = _median(slopes, edge[:, i] & edge[:, j])
    level = _median(y - tilt[:, None] * x, edge)
    off = y - level[:, None] - tilt[:, None] * x
    for _ in range(4):
        weight = edge / np.maximum(1.0, np.abs(off) / OUTLIER_PX) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        mean_x, mean_y = (weight * x).sum(axis=1), (weight * y).sum(axis=1)
        away = weight * (x - mean_x[:, None])
        tilt = (away * y).sum(axis=1) / (away * x).sum(axis=1)
        level = mean_y - tilt * mean_x
        off = y - level[:, None] - tilt[:, None] * x
    return tilt, level, edge & (np.abs(off) < 2 * OUTLIER_PX)


def _median(values: F64, counts: Bools) -> F64:
    """Of each row the median of those that count; every row has some."""
    ordered = np.sort(np.where(counts, values, np.inf), axis=1)
    number = counts.sum(axis=1)
    rows = np.arange(len(values))
    return np.asarray((ordered[rows, (number - 1) // 2] + ordered[rows, number // 2]) / 2, np.float64)


def _pose(corners_px: F64, camera: Camera) -> Pose:
    """Where a card of that size must be (Collins and Bartoli, "Infinitesimal Plane-Based Pose Estimation", 2014).

    Corners that lie on one another or on one line are no card's: they miss it by no number of pixels.
    """
    x, y = WIDTH_MM / 2, HEIGHT_MM / 2
    flat: F64 = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]], np.float64)
    lens: F64 = np.array([[camera.focal_px, 0, camera.cx_px], [0, camera.focal_px, camera.cy_px], [0, 0, 1]])
    straight: F64 = np.zeros(4)
    found = cv2.solvePnPGeneric(flat, corners_px, lens, straight, flags=cv2.SOLVEPNP_IPPE)
    if found[0] == 0:
        return Pose(np.eye(3), np.zeros(3), math.inf)
    turn, shift = found[1][0], found[2][0]
    rotation = np.asarray(cv2.Rodrigues(turn)[0], np.float64)
    pose = Pose(rotation, np.asarray(shift, np.float64).ravel())
    missed = camera.project(pose.to_camera(flat)) - corners_px
    residual = float(np.sqrt((missed**2).sum(axis=1).mean()))
    return Pose(rotation, pose.translation_mm, residual if math.isfinite(residual) else math.inf)
