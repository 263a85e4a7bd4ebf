"""A bank card as a ruler: found in the picture, its corners to a fraction of a pixel.

An ISO/IEC 7810 ID-1 card is 85.60 × 53.98 mm with corners rounded by 3.18 mm. Its four straight edges are found as line
segments (LSD, Grompone von Gioi et al. 2010), combined to rectangles, and each edge is then fitted again, to the
steepest places of the picture across it, with what does not lie on it (fingers, print) counting less. Corners are
where the fitted edges meet: the card's own are rounded and lie inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose

WIDTH_MM: Final = 85.60
HEIGHT_MM: Final = 53.98
CORNER_MM: Final = 3.18
# Segments shorter than this part of the card's height are print on it.
SEGMENT_PART: Final = 0.18
# A side may be turned so much from parallel with its opposite (perspective), and the sides from square.
PARALLEL_DEG: Final = 9.0
SQUARE_DEG: Final = 20.0
# The head tells how large the card must be, within so much either way: irises tell the head's size within 8 %, and the
# card is a little nearer and tilted.
SIZE_TOLERANCE: Final = 0.18
SEGMENTS_MAX: Final = 90
# The likeliest rectangles are looked at closely.
TRIED_MAX: Final = 24
# Two whose corners lie so near one another are one: fitted again, both come out at the same place.
SAME_PX: Final = 3.0
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
# Root mean square in pixels by which the corners may miss a flat card seen by this camera.
RESIDUAL_MAX_PX: Final = 0.8
OUTLIER_PX: Final = 0.35


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
    segments = _segments(part, SEGMENT_PART * HEIGHT_MM * px_per_mm)
    fine = np.asarray(cv2.GaussianBlur(part.astype(np.float32), (0, 0), BLUR_PX), np.float32)
    best: tuple[float, F64] | None = None
    candidates = _rectangles(segments, px_per_mm)
    for corners in candidates:
        support = _support(fine, corners, px_per_mm)
        # What was found is fitted once more, from where it was found.
        support = support and _support(fine, support[1], px_per_mm)
        if support is not None and (best is None or support[0] > best[0]):
            best = support
    if best is None:
        best = _completed(fine, candidates, px_per_mm)
    if best is None:
        return None
    seen, corners = best
    corners = corners + np.array([rect.x0, rect.y0])
    pose = _pose(corners, camera)
    return Card(corners, pose, seen) if pose.residual_px < RESIDUAL_MAX_PX else None


def _segments(bgr: U8, least_px: float) -> F64:
    """Line segments (n, 4) of every channel: x, y of both ends, pixel centres at integer + 0.5; the longest first.

    A gold card on a forehead has hardly an edge in grey.
    """
    detector = cv2.createLineSegmentDetector()
    found = [detector.detect(channel)[0] for channel in cv2.split(bgr)]
    lines = (
        np.concatenate([np.empty((0, 4)), *(lines.reshape(-1, 4) for lines in found if lines is not None)])
        + 0.5
    )
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    order = np.argsort(-length)[:SEGMENTS_MAX]
    kept: F64 = lines[order[length[order] >= least_px]]
    return kept


def _rectangles(segments: F64, px_per_mm: float) -> F64:
    """Corners (k, 4, 2) of the likeliest of all pairs of pairs of segments that could be a card of about that size.

    Likely is what is covered: the segments' length over the rectangle's perimeter.
    """
    if len(segments) < 4:
        return np.empty((0, 4, 2))
    ends = segments.reshape(-1, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    angle = np.degrees(np.arctan2(along[:, 1], along[:, 0])) % 180
    middles = ends.mean(axis=1)
    lines = _lines(ends[:, 0], ends[:, 1])
    i, j = np.triu_indices(len(segments), 1)
    apart = (_off(lines[i], middles[j]) + _off(lines[j], middles[i])) / 2 / px_per_mm
    parallel = _turn(angle[i], angle[j]) < PARALLEL_DEG
    (a, b), (c, d) = (
        (i[chosen], j[chosen])
        for chosen in (parallel & (np.abs(apart / mm - 1) < SIZE_TOLERANCE) for mm in (HEIGHT_MM, WIDTH_MM))
    )
    one, other = (grid.ravel() for grid in np.meshgrid(np.arange(len(a)), np.arange(len(c)), indexing="ij"))
    square = np.abs(_turn(angle[a[one]], angle[c[other]]) - 90) < SQUARE_DEG
    a, b, c, d = a[one[square]], b[one[square]], c[other[square]], d[other[square]]
    corners = np.stack([_met(lines[p], lines[q]) for p, q in ((d, a), (a, c), (c, b), (b, d))], axis=1)
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    covered = np.stack([length[k] for k in (a, c, b, d)], axis=1)
    # A segment longer than the side it is to be is a line of the room.
    fits = (covered < 1.1 * sides).all(axis=1) & np.isfinite(corners).all(axis=(1, 2))
    fits &= np.abs(sides.mean(axis=1) / px_per_mm / ((WIDTH_MM + HEIGHT_MM) / 2) - 1) < SIZE_TOLERANCE
    likely = np.argsort(-(covered.sum(axis=1) / sides.sum(axis=1))[fits], kind="stable")
    ordered = corners[fits][likely]
    # Every channel finds the same side again, in several pieces: one of each is enough.
    _, first = np.unique(np.round(ordered / SAME_PX), axis=0, return_index=True)
    return np.array([_clockwise(one) for one in ordered[np.sort(first)][:TRIED_MAX]]).reshape(-1, 4, 2)


def _clockwise(corners: F64) -> F64:
    """The corners as they follow one another on the screen (y down), still with a long side first."""
    (ax, ay), (bx, by) = corners[1] - corners[0], corners[2] - corners[0]
    return corners if ax * by - ay * bx > 0 else corners[[1, 0, 3, 2]]


def _turn(one_deg: F64, other_deg: F64) -> F64:
    """The angles between undirected lines, 0..90°."""
    turn = np.abs(one_deg - other_deg) % 180
    return np.asarray(np.minimum(turn, 180 - turn), np.float64)


def _lines(one: F64, other: F64) -> F64:
    """a, b, c of the lines a·x + b·y + c = 0 through pairs of points (n, 2), with a² + b² = 1."""
    along = (other - one) / np.maximum(np.linalg.norm(other - one, axis=1, keepdims=True), 1e-9)
    c = along[:, 0] * one[:, 1] - along[:, 1] * one[:, 0]
    return np.column_stack([along[:, 1], -along[:, 0], c])


def _off(lines: F64, points: F64) -> F64:
    """Distances of points from lines, pair by pair."""
    return np.asarray(np.abs((lines[:, :2] * points).sum(axis=1) + lines[:, 2]), np.float64)


def _met(one: F64, other: F64) -> F64:
    """Where lines (n, 3) meet, (n, 2); not finite where they never do."""
    crossing = np.cross(one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(crossing[:, :2] / crossing[:, 2:], np.float64)


def _support(bgr: F32, corners: F64, px_per_mm: float) -> tuple[float, F64] | None:
    """The part of the edges that the picture shows, and the corners of the edges fitted to it; None if too little."""
    lines, seen = [], []
    inset = CORNER_MM * 1.3 * px_per_mm
    for k in range(4):
        fitted = _fitted(bgr, corners[k], corners[(k + 1) % 4], inset)
        if fitted is None or fitted[0] < SIDE_SEEN:
            return None
        seen.append(fitted[0])
        lines.append(fitted[1])
    sides = np.array(lines)
    met = _met(np.roll(sides, 1, axis=0), sides)
    if np.mean(seen) < ALL_SEEN or not np.isfinite(met).all():
        return None
    return float(np.mean(seen)), met


def _completed(bgr: F32, candidates: F64, px_per_mm: float) -> tuple[float, F64] | None:
    """The best rectangle of three sides that show well and a fourth where a card's must be, if that shows enough: in
    hair, or in pieces between fingers, it is not among the segments. As ``_support``."""
    best: tuple[float, F64] | None = None
    tried = 0
    for corners in candidates:
        guesses = _fourth(bgr, corners, px_per_mm)
        tried += len(guesses) > 0
        for guess in guesses:
            support = _support(bgr, guess, px_per_mm)
            support = support and _support(bgr, support[1], px_per_mm)
            if support is not None and (best is None or support[0] > best[0]):
                best = support
        if tried == COMPLETED_MAX:
            break
    return best


def _fourth(bgr: F32, corners: F64, px_per_mm: float) -> list[F64]:
    """Where the card's corners (4, 2) may be if one side of the rectangle is wrong and three are right; else none."""
    inset = CORNER_MM * 1.3 * px_per_mm
    fitted = [_fitted(bgr, corners[k], corners[(k + 1) % 4], inset) for k in range(4)]
    seen = np.array([0.0 if side is None else side[0] for side in fitted])
    wrong = int(seen.argmin())
    if seen[wrong] >= SIDE_SEEN or np.sort(seen)[1] < THREE_SEEN:
        return []
    sides = np.array([np.zeros(3) if side is None else side[1] for side in fitted])
    # The side across from it, and the two that lead from there.
    across, after, before = (wrong + 2) % 4, (wrong + 3) % 4, (wrong + 1) % 4
    one, other = _met(sides[[before, across]], sides[[across, after]])
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


def _fitted(bgr: F32, one: F64, other: F64, inset_px: float) -> tuple[float, F64] | None:
    """The part of a side that is an edge of the picture, and the line fitted to its steepest places."""
    length = float(np.hypot(*(other - one)))
    if length < 3 * inset_px:
        return None
    along = (other - one) / length
    across = np.array([-along[1], along[0]])
    stations = np.linspace(inset_px, length - inset_px, PLACES)
    offsets = np.arange(-SEARCH_PX - 1, SEARCH_PX + 1.01, 0.5)
    places = one + stations[:, None, None] * along + offsets[None, :, None] * across
    # Sampling counts from pixel centres.
    profile = cv2.remap(
        bgr,
        (places[..., 0] - 0.5).astype(np.float32),
        (places[..., 1] - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    slope = np.sqrt(((profile[:, 2:] - profile[:, :-2]) ** 2).sum(axis=2))
    best = slope.argmax(axis=1)
    inner = (best > 0) & (best < slope.shape[1] - 1)
    best = np.clip(best, 1, slope.shape[1] - 2)
    rows = np.arange(PLACES)
    before, peak, after = slope[rows, best - 1], slope[rows, best], slope[rows, best + 1]
    bend = before - 2 * peak + after
    part = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    offset = offsets[1] + 0.5 * (best + np.clip(part, -1, 1))
    edge = inner & (peak > GRADIENT_MIN)
    if np.count_nonzero(edge) < PLACES * SIDE_SEEN:
        return None
    return _straight(stations, offset, edge, one, along, across)


def _straight(
    stations: F64,
    offset: F64,
    edge: np.ndarray[tuple[int], np.dtype[np.bool_]],
    one: F64,
    along: F64,
    across: F64,
) -> tuple[float, F64] | None:
    """Line through offsets across a side: a robust start (Theil-Sen), then reweighted least squares."""
    x, y = stations[edge], offset[edge]
    i, j = np.triu_indices(len(x), 5)
    tilt = float(np.median((y[j] - y[i]) / (x[j] - x[i])))
    level = float(np.median(y - tilt * x))
    for _ in range(4):
        off = y - level - tilt * x
        weight = 1 / np.maximum(1.0, np.abs(off) / OUTLIER_PX) ** 2
        tilt, level = (float(value) for value in np.polyfit(x, y, 1, w=np.sqrt(weight)))
    close = np.abs(y - level - tilt * x) < 2 * OUTLIER_PX
    seen = float(np.count_nonzero(close)) / len(stations)
    ends = [one + s * along + (level + tilt * s) * across for s in (stations[0], stations[-1])]
    return seen, _lines(ends[0][None], ends[1][None])[0]


def _pose(corners_px: F64, camera: Camera) -> Pose:
    """Where a card of that size must be (Collins and Bartoli, "Infinitesimal Plane-Based Pose Estimation", 2014)."""
    x, y = WIDTH_MM / 2, HEIGHT_MM / 2
    flat: F64 = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]], np.float64)
    lens: F64 = np.array([[camera.focal_px, 0, camera.cx_px], [0, camera.focal_px, camera.cy_px], [0, 0, 1]])
    straight: F64 = np.zeros(4)
    found = cv2.solvePnPGeneric(flat, corners_px, lens, straight, flags=cv2.SOLVEPNP_IPPE)
    turn, shift = found[1][0], found[2][0]
    rotation = np.asarray(cv2.Rodrigues(turn)[0], np.float64)
    pose = Pose(rotation, np.asarray(shift, np.float64).ravel())
    missed = camera.project(pose.to_camera(flat)) - corners_px
    return Pose(rotation, pose.translation_mm, float(np.sqrt((missed**2).sum(axis=1).mean())))
