"""Lashes: each a tapered, curved stroke from its root on the lid's edge, drawn with soft sub-pixel edges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from tryon.compiled import kernel, quick, single
from tryon.frame import F32, F64
from tryon.overlays.eye_shape import INNER, LOWER, OUTER, UPPER, EyeShape

# A lash is drawn as so many straight pieces.
PIECES: Final = 5
# Lids this far apart, in eye widths, have their lashes down, and up.
DOWN, UP = 0.07, 0.17


@dataclass(frozen=True, slots=True)
class Style:
    """``count`` of upper lashes; ``length`` in eye widths; how much of it lashes vary by; ``root`` radius in eye
    widths; where the longest stand (-0.5 inner … 0.5 outer corner); how many stand together in a tuft; lower ones'
    length."""

    count: int
    length: float
    vary: float
    root: float
    longest: float
    tuft: int = 1
    lower: float = 0.0

    def row(self, length: float) -> F64:
        """For the kernel, of lashes that long."""
        return np.array((length, self.root, self.vary, self.longest, 1.0, float(self.tuft)))


STYLES: Final = {
    "natural": Style(34, 0.17, 0.25, 0.0075, 0.25, lower=0.075),
    "volume": Style(52, 0.20, 0.22, 0.0105, 0.20, 2, 0.085),
    "length": Style(38, 0.28, 0.20, 0.0080, 0.30, lower=0.085),
    "doll": Style(44, 0.25, 0.12, 0.0095, 0.0, 2, 0.11),
    "wispy": Style(46, 0.28, 0.45, 0.0080, 0.32, 3, 0.08),
}


@cache
def _seeds(count: int) -> F64:
    """Numbers -1..1 (count, 3), the same for each frame and each face."""
    return np.asarray(np.random.default_rng(count).uniform(-1, 1, (count, 3)), np.float64)


def strokes(eye: EyeShape, style: Style) -> F32:
    """Polylines (lashes, PIECES + 1, 3) of x, y and radius, in pixels of the picture."""
    below = style.count // 2 if style.lower > 0 else 0
    lines = np.empty((style.count + below, PIECES + 1, 3), np.float32)
    lifted = min(max((eye.opened - DOWN) / (UP - DOWN), 0.0), 1.0)
    rise = -0.75 + 1.75 * lifted * lifted * (3 - 2 * lifted)
    frame = np.array((*eye.origin, *eye.out, *eye.up, eye.width_px))
    _fan(lines[: style.count], eye.heights[UPPER], frame, _seeds(style.count), style.row(style.length), rise)
    if below:
        row = style.row(style.lower)
        row[1], row[5] = 0.5 * row[1], max(row[5], 2.0)
        _fan(lines[style.count :], eye.heights[LOWER], frame, _seeds(below), row, -1.0)
    return lines


@quick
def _fan(lines: F32, heights: F32, frame: F64, seeds: F64, style: F64, rise: float) -> None:
    """``style``: length, root's radius, variation, place of the longest, one, lashes in a tuft."""
    ox, oy, ax, ay, ux, uy, width = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5], frame[6]
    count, steps, tuft = lines.shape[0], heights.shape[0], int(style[5])
    for i in range(count):
        x = -0.40 + 0.92 * i / max(count - 1, 1) + 0.008 * seeds[i, 0]
        place = (x - INNER) / (OUTER - INNER) * (steps - 1)
        k = min(max(int(place), 0), steps - 2)
        root = heights[k] + (heights[k + 1] - heights[k]) * (place - k)
        # Some of a tuft are long and some short.
        vary = seeds[i, 1]
        if tuft > 1:
            vary = 0.4 if i % tuft == 0 else -0.6
        # Long where the style has it, short at the inner corner.
        swell = math.exp(-(((x - style[3]) / 0.42) ** 2)) * min(max((x + 0.50) / 0.22, 0.25), 1.0)
        reach = style[0] * width * (1.0 + style[2] * vary) * (0.35 + 0.65 * swell)
        # They fan out from the middle of the eye, and lean together in tufts.
        lean = 1.25 * (x + 0.05) + 0.14 * seeds[i, 2] - 0.10 * ((i % tuft) - 0.5 * (tuft - 1))
        for j in range(lines.shape[1]):
            u = j / (lines.shape[1] - 1)
            # First forwards (foreshortened), then upwards: a lash curls.
            t = x * width + reach * lean * (0.9 * u + 0.25 * u * u)
            n = root + reach * rise * (0.45 * u + 0.55 * u * u)
            lines[i, j, 0] = ox + t * ax + n * ux
            lines[i, j, 1] = oy + t * ay + n * uy
            lines[i, j, 2] = style[1] * width * (1.0 - 0.85 * u)


@kernel
def draw_strokes(lines: F32, x0: int, y0: int, cover: F32, soft: float) -> None:
    """Coverage of tapered polylines into ``cover`` (h, w), which starts at pixel (x0, y0), over what is there.

    Edges are ``soft`` pixels soft either way, and a stroke thinner than they are covers its share of them.
    """
    height, width = cover.shape
    # In single precision and without a branch a row of pixels is worked out several at a time.
    none, half, one, two = single(0.0), single(0.5), single(1.0), single(2.0)
    hard, per_soft = single(soft), single(0.5 / soft)
    left_of, top_of = single(x0) + half, single(y0) + half
    for i in range(lines.shape[0]):
        for k in range(lines.shape[1] - 1):
            ax, ay, ar = lines[i, k, 0] - left_of, lines[i, k, 1] - top_of, lines[i, k, 2]
            bx, by, br = lines[i, k + 1, 0] - left_of, lines[i, k + 1, 1] - top_of, lines[i, k + 1, 2]
            dx, dy, dr = bx - ax, by - ay, br - ar
            per_length2 = one / max(dx * dx + dy * dy, single(1e-6))
            ux, uy = dx * per_length2, dy * per_length2
            reach = max(ar, br, hard) + hard
            left, right = max(int(min(ax, bx) - reach), 0), min(int(max(ax, bx) + reach) + 1, width - 1)
            top, bottom = max(int(min(ay, by) - reach), 0), min(int(max(ay, by) + reach) + 1, height - 1)
            for y in range(top, bottom + 1):
                from_y, row = single(y) - ay, cover[y]
                for x in range(left, right + 1):
                    from_x = single(x) - ax
                    s = min(max(from_x * ux + from_y * uy, none), one)
                    away_x, away_y = from_x - s * dx, from_y - s * dy
                    radius = ar + s * dr
                    within = max(radius, hard) + hard - math.sqrt(away_x * away_x + away_y * away_y)
                    thin = min(two * radius * per_soft, one)
                    row[x] = max(row[x], thin * min(max(within, none) * per_soft, one))
