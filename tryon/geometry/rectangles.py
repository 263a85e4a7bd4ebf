"""Where a bank card may be in a picture: rectangles of about its size, made of the lines that the picture shows.

Line segments (LSD, Grompone von Gioi et al. 2010) are pieces: fingers, print and what lies behind a card part its
sides, and every channel tells them anew. Those that lie on one line are one, and rectangles are made of pairs of lines.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F64, U8

# ISO/IEC 7810 ID-1.
WIDTH_MM: Final = 85.60
HEIGHT_MM: Final = 53.98
# Segments shorter than this part of the card's height are print on it.
SEGMENT_PART: Final = 0.18
SEGMENTS_MAX: Final = 250
# A segment whose ends lie so near a longer one's line is on it.
ON_LINE_PX: Final = 1.5
LINES_MAX: Final = 90
# A side may be turned so much from parallel with its opposite (perspective), and the sides from square.
PARALLEL_DEG: Final = 9.0
SQUARE_DEG: Final = 20.0
# The head tells how large the card must be, within so much either way: irises tell the head's size within 8 %, and the
# card is a little nearer and tilted.
SIZE_TOLERANCE: Final = 0.18
# The likeliest are told.
TOLD_MAX: Final = 24
# Two whose corners lie so near one another are one.
SAME_PX: Final = 3.0


def likely_rectangles(bgr: U8, px_per_mm: float) -> F64:
    """Corners (k, 4, 2) of the likeliest rectangles of about a card's size, a long side first, as they follow one
    another on the screen. Likely is what is covered: lines' length over the rectangle's perimeter."""
    segments, length = _joined(_segments(bgr, SEGMENT_PART * HEIGHT_MM * px_per_mm))
    if len(segments) < 4:
        return np.empty((0, 4, 2))
    ends = segments.reshape(-1, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    longest = np.hypot(along[:, 0], along[:, 1])
    angle = np.degrees(np.arctan2(along[:, 1], along[:, 0])) % 180
    middles = ends.mean(axis=1)
    sides_at = lines_through(ends[:, 0], ends[:, 1])
    i, j = np.triu_indices(len(segments), 1)
    apart = (_off(sides_at[i], middles[j]) + _off(sides_at[j], middles[i])) / 2 / px_per_mm
    parallel = _turn(angle[i], angle[j]) < PARALLEL_DEG
    (a, b), (c, d) = (
        (i[chosen], j[chosen])
        for chosen in (parallel & (np.abs(apart / mm - 1) < SIZE_TOLERANCE) for mm in (HEIGHT_MM, WIDTH_MM))
    )
    one, other = (grid.ravel() for grid in np.meshgrid(np.arange(len(a)), np.arange(len(c)), indexing="ij"))
    square = np.abs(_turn(angle[a[one]], angle[c[other]]) - 90) < SQUARE_DEG
    a, b, c, d = a[one[square]], b[one[square]], c[other[square]], d[other[square]]
    corners = np.stack(
        [meeting(sides_at[p], sides_at[q]) for p, q in ((d, a), (a, c), (c, b), (b, d))], axis=1
    )
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    order = np.stack([a, c, b, d], axis=1)
    # A segment longer than the side it is to be is a line of the room.
    fits = (longest[order] < 1.1 * sides).all(axis=1) & np.isfinite(corners).all(axis=(1, 2))
    fits &= np.abs(sides.mean(axis=1) / px_per_mm / ((WIDTH_MM + HEIGHT_MM) / 2) - 1) < SIZE_TOLERANCE
    covered = np.minimum(length[order], sides).sum(axis=1) / sides.sum(axis=1)
    likely = np.argsort(-covered[fits], kind="stable")
    ordered = corners[fits][likely]
    _, first = np.unique(np.round(ordered / SAME_PX), axis=0, return_index=True)
    return np.array([_clockwise(one) for one in ordered[np.sort(first)][:TOLD_MAX]]).reshape(-1, 4, 2)


def lines_through(one: F64, other: F64) -> F64:
    """a, b, c of the lines a·x + b·y + c = 0 through pairs of points (n, 2), with a² + b² = 1."""
    along = (other - one) / np.maximum(np.linalg.norm(other - one, axis=1, keepdims=True), 1e-9)
    c = along[:, 0] * one[:, 1] - along[:, 1] * one[:, 0]
    return np.column_stack([along[:, 1], -along[:, 0], c])


def meeting(one: F64, other: F64) -> F64:
    """Where lines (..., 3) meet, (..., 2); not finite where they never do."""
    crossing = np.cross(one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(crossing[..., :2] / crossing[..., 2:], np.float64)


def _segments(bgr: U8, least_px: float) -> F64:
    """Line segments (n, 4) of every channel: x, y of both ends, pixel centres at integer + 0.5; the longest first.

    A gold card on a forehead has hardly an edge in grey.
    """
    detector = cv2.createLineSegmentDetector()
    found = [detector.detect(channel)[0] for channel in cv2.split(bgr)]
    pieces = (
        np.concatenate([np.empty((0, 4)), *(piece.reshape(-1, 4) for piece in found if piece is not None)])
        + 0.5
    )
    length = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])
    order = np.argsort(-length)[:SEGMENTS_MAX]
    kept: F64 = pieces[order[length[order] >= least_px]]
    return kept


def _joined(segments: F64) -> tuple[F64, F64]:
    """Of those that lie on one line the longest (n, 4), and how much of that line all of them cover (n,), pixels."""
    ends = segments.reshape(-1, 2, 2)
    at = lines_through(ends[:, 0], ends[:, 1])
    # Of each segment's ends from each line, the farther one: (segments, lines).
    near = np.abs(ends @ at[:, :2].T + at[:, 2]).max(axis=1) < ON_LINE_PX
    first = np.arange(len(ends))
    for k in range(len(ends)):
        longer = np.flatnonzero(near[k, :k] & (first[:k] == np.arange(k)))
        if len(longer):
            first[k] = longer[0]
    kept = np.unique(first)
    covered = np.array([_union(ends[first == k] @ np.array([-at[k, 1], at[k, 0]])) for k in kept])
    order = np.argsort(-covered, kind="stable")[:LINES_MAX]
    return segments[kept[order]], covered[order]


def _union(spans: F64) -> float:
    """The length that spans (n, 2) cover together."""
    spans = np.sort(spans, axis=1)
    spans = spans[np.argsort(spans[:, 0])]
    reach = np.maximum.accumulate(spans[:, 1])
    begins = np.maximum(spans[1:, 0], reach[:-1])
    return float(reach[0] - spans[0, 0] + np.maximum(spans[1:, 1] - begins, 0).sum())


def _clockwise(corners: F64) -> F64:
    """The corners as they follow one another on the screen (y down), still with a long side first."""
    (ax, ay), (bx, by) = corners[1] - corners[0], corners[2] - corners[0]
    return corners if ax * by - ay * bx > 0 else corners[[1, 0, 3, 2]]


def _turn(one_deg: F64, other_deg: F64) -> F64:
    """The angles between undirected lines, 0..90°."""
    turn = np.abs(one_deg - other_deg) % 180
    return np.asarray(np.minimum(turn, 180 - turn), np.float64)


def _off(through: F64, points: F64) -> F64:
    """Distances of points from lines, pair by pair."""
    return np.asarray(np.abs((through[:, :2] * points).sum(axis=1) + through[:, 2]), np.float64)
