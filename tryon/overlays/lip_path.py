"""The best smooth path through columns of scores."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32

# From column to column a path goes by at most so many places. Each costs as much as one unit of score, more of them
# together more.
STRIDE: Final = 3
COSTS: Final = (0.0, 1.0, 2.83, 5.2)
# A path is the mean of so many columns beside each other, twice.
TOGETHER: Final = 5


@kernel
def lay_path(scores: F32, found: F32) -> None:
    """Of ``scores`` (columns, n) the path whose sum, less what its steps cost, is the largest, into ``found``
    (columns,): parts of a place, where a parabola through the scores beside it has its top, and smooth."""
    columns, count = scores.shape
    best = np.empty((columns, count), np.float32)
    came = np.zeros((columns, count), np.int8)
    best[0] = scores[0]
    for c in range(1, columns):
        for j in range(count):
            most, most_at = -1e30, 0
            for step in range(-min(STRIDE, j), min(STRIDE, count - 1 - j) + 1):
                value = best[c - 1, j + step] - COSTS[abs(step)]
                if value > most:
                    most, most_at = value, step
            best[c, j] = scores[c, j] + most
            came[c, j] = most_at
    j = int(np.argmax(best[columns - 1]))
    for back in range(columns):
        c = columns - 1 - back
        found[c] = j
        if 0 < j < count - 1 and min(scores[c, j - 1], scores[c, j + 1]) > -500.0:
            curve = scores[c, j - 1] - 2.0 * scores[c, j] + scores[c, j + 1]
            if curve < -1e-6:
                found[c] += min(max(0.5 * (scores[c, j - 1] - scores[c, j + 1]) / curve, -0.5), 0.5)
        j += came[c, j]
    rough = np.empty(columns, np.float32)
    half = TOGETHER // 2
    for _ in range(2):
        rough[:] = found
        for c in range(columns):
            total = 0.0
            for k in range(-half, half + 1):
                total += rough[min(max(c + k, 0), columns - 1)]
            found[c] = total / TOGETHER
