"""Small patches of the picture around points of a face: three pixels square, so that no pixel's noise decides."""

from __future__ import annotations

from tryon.compiled import quick
from tryon.frame import F32, U8


@quick
def patch_mean(bgr: U8, x: int, y: int, to_linear: F32, k: int) -> float:
    """Linear mean of channel ``k`` around (x, y), which is not at the picture's edge."""
    total = 0.0
    for j in range(y - 1, y + 2):
        for i in range(x - 1, x + 2):
            total += to_linear[bgr[j, i, k]]
    return total / 9.0


@quick
def patch_median(bgr: U8, x: int, y: int, to_linear: F32, k: int, scratch: F32) -> float:
    """As ``patch_mean``, the median; ``scratch`` holds nine or more."""
    n = 0
    for j in range(y - 1, y + 2):
        for i in range(x - 1, x + 2):
            scratch[n] = to_linear[bgr[j, i, k]]
            n += 1
    return median(scratch, n)


@quick
def median(values: F32, count: int) -> float:
    """Of the first ``count`` values, of which there are some dozens; they come back in order."""
    for i in range(1, count):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    return float(values[(count - 1) // 2] + values[count // 2]) / 2.0
