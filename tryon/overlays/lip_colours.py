"""What a mouth's pixels look like: the picture unrolled across it, and how much each place is lip."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8

# A column's colour is the mean of so many places along the mouth.
TAPS: Final = 3
# Of what is darker than this (linear) colour is noise.
DARK: Final = 0.004
# Colours are told as log luminance, and the logs of red over green and of green over blue; these vary at least so much.
SPREAD_MIN: Final = (0.25, 0.08, 0.08)
# So far from the lips' colour, in spreads squared, half of a pixel is no lip; of brightness and of redness beyond the
# lips' own, and of warmth, these parts count.
UNLIKE: Final = 4.5
SHINE: Final = 0.5
REDDER: Final = 0.15
WARM: Final = 0.15


@inlined
def summed(sums: F32, column: int, place: float) -> float:
    """The sum up to a place, in steps, of a column's running sums."""
    last = sums.shape[1] - 1
    place = min(max(place, 0.0), last - 1e-3)
    i = int(place)
    return sums[column, i] + (sums[column, i + 1] - sums[column, i]) * (place - i)  # type: ignore[no-any-return]


@kernel
def unroll(bgr: U8, place: F32, first: float, pace: float, to_linear: F32, colours: F32) -> None:
    """``colours`` (COLUMNS, n, 3) of places ``first`` + i · ``pace`` pixels across the mouth."""
    ox, oy, ax, ay, start, span = place[0], place[1], place[2], place[3], place[4], place[5]
    columns, count = colours.shape[0], colours.shape[1]
    height, width = bgr.shape[0] - 1, bgr.shape[1] - 1
    for c in range(columns):
        for i in range(count):
            n = first + i * pace
            b, g, r = 0.0, 0.0, 0.0
            for tap in range(TAPS):
                t = start + span * (c + (tap + 0.5) / TAPS) / columns
                # Each a third of a step further across, so that pixels' own edges do not show.
                at = n + (tap - 1) * pace / TAPS
                x, y = ox + t * ax - at * ay, oy + t * ay + at * ax
                px, py = min(max(int(x), 0), width), min(max(int(y), 0), height)
                b += to_linear[bgr[py, px, 0]]
                g += to_linear[bgr[py, px, 1]]
                r += to_linear[bgr[py, px, 2]]
            b, g, r = b / TAPS + DARK, g / TAPS + DARK, r / TAPS + DARK
            red, green = math.log(r), math.log(g)
            colours[c, i, 0] = math.log(0.0722 * b + 0.7152 * g + 0.2126 * r)
            colours[c, i, 1] = red - green
            colours[c, i, 2] = green - math.log(b)


@kernel
def learn(colours: F32, first: float, pace: float, top: F32, low: F32, found: F32) -> int:
    """Mean and spread, ``found`` (6,), of what lies between two curves (columns,): of all, then of what is not far
    from those; and of how many places."""
    columns, count = colours.shape[0], colours.shape[1]
    seen = 0
    for turn in range(2):
        sums = np.zeros(6)
        seen = 0
        for c in range(columns // 10, columns - columns // 10):
            start = max(math.ceil((top[c] - first) / pace), 0)
            for i in range(start, min(int((low[c] - first) / pace) + 1, count)):
                far = False
                if turn == 1:
                    for k in range(3):
                        far |= abs(colours[c, i, k] - found[k]) > 1.5 * found[3 + k]
                if not far:
                    seen += 1
                    for k in range(3):
                        sums[k] += colours[c, i, k]
                        sums[3 + k] += colours[c, i, k] * colours[c, i, k]
        if seen < 6:
            return seen
        for k in range(3):
            mean = sums[k] / seen
            found[k] = mean
            found[3 + k] = max(math.sqrt(max(sums[3 + k] / seen - mean * mean, 0.0)), SPREAD_MIN[k])
    return seen


@kernel
def sum_up(scores: F32, sums: F32) -> None:
    """Running sums (columns, n + 1) along each column of scores, of three columns together."""
    columns, count = scores.shape[0], scores.shape[1]
    for c in range(columns):
        before, after = max(c - 1, 0), min(c + 1, columns - 1)
        sums[c, 0] = 0.0
        for i in range(count):
            mean = (scores[before, i] + scores[c, i] + scores[after, i]) / 3.0
            sums[c, i + 1] = sums[c, i] + mean


@kernel
def unlike(colours: F32, lip: F32, scores: F32) -> None:
    """1 of what is this lip, down to -1 of what is none."""
    for c in range(colours.shape[0]):
        for i in range(colours.shape[1]):
            bright = (colours[c, i, 0] - lip[0]) / max(1.2 * lip[3], 0.30)
            red = (colours[c, i, 1] - lip[1]) / max(1.2 * lip[4], 0.12)
            warm = (colours[c, i, 2] - lip[2]) / max(1.2 * lip[5], 0.12)
            # What is redder, or brighter and as red, is lip as well: wet, or in the light. Teeth are greyer.
            grey = min(max(-red, 0.0), 1.0)
            total = bright * bright * (SHINE * grey if bright > 0.0 else 1.0)
            total += red * red * (REDDER if red > 0.0 else 1.0) + WARM * warm * warm
            scores[c, i] = max(1.0 - total / UNLIKE, -1.0)


@kernel
def parted(colours: F32, lip: F32, skin: F32, scores: F32) -> float:
    """Fisher's discriminant: 1 of what is as this lip, -1 of what is as the skin beside it; and how well it tells them
    apart, in spreads."""
    weights, middle, total = np.empty(3), 0.0, 0.0
    for k in range(3):
        away = lip[k] - skin[k]
        weights[k] = away / (lip[3 + k] ** 2 + skin[3 + k] ** 2)
        middle += 0.5 * weights[k] * (lip[k] + skin[k])
        total += weights[k] * away
    scale = 2.0 / max(total, 1e-3)
    for c in range(colours.shape[0]):
        for i in range(colours.shape[1]):
            value = (
                weights[0] * colours[c, i, 0] + weights[1] * colours[c, i, 1] + weights[2] * colours[c, i, 2]
            )
            scores[c, i] = min(max(scale * (value - middle), -1.5), 1.5)
    return math.sqrt(max(total, 0.0))
