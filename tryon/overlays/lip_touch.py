"""Whether lips that landmarks part a little touch: then nothing between them is bare."""

from __future__ import annotations

from typing import Final

from tryon.compiled import inlined, kernel
from tryon.frame import F32

# Lips that touch have a line between them that is as red as they are, for it is they, in their own shade; teeth are
# greyer and a throat is darker. Landmarks part them nevertheless, by up to the first of these openings, and of soft
# pictures more: then it is closed where its redness (a log), at the greyest of so many heights, is below the lips' by
# less than the second and its luminance by less than the third numbers; and with this much to spare, in mouth widths.
TOUCH: Final = (0.05, 0.08)
TOUCH_RED: Final = (0.03, 0.10)
TOUCH_DARK: Final = (0.55, 0.95)
TOUCH_MORE: Final = 0.012
TOUCH_LEVELS: Final = 5


@inlined
def _rise(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


@kernel
def touching(colours: F32, own: F32, curves: F32, first: float, pace: float, opened: float) -> float:
    """How sure it is, 0 to 1, that lips which landmarks part a little touch."""
    if opened >= TOUCH[1]:
        return 0.0
    columns, count = colours.shape[0], colours.shape[1]
    dark, greyest, half = 0.0, 1e9, columns // 4
    for level in range(TOUCH_LEVELS):
        red = 0.0
        for c in range(half, columns - half):
            n = curves[1, c] + (level + 0.5) / TOUCH_LEVELS * (curves[2, c] - curves[1, c])
            i = min(max(int((n - first) / pace + 0.5), 0), count - 1)
            dark += colours[c, i, 0]
            red += colours[c, i, 1]
        greyest = min(greyest, red / (columns - 2 * half))
    dark /= TOUCH_LEVELS * (columns - 2 * half)
    greyer = min(own[0, 1], own[1, 1]) - greyest
    darker = min(own[0, 0], own[1, 0]) - dark
    return (
        (1.0 - _rise(opened, TOUCH[0], TOUCH[1]))
        * (1.0 - _rise(greyer, TOUCH_RED[0], TOUCH_RED[1]))
        * (1.0 - _rise(darker, TOUCH_DARK[0], TOUCH_DARK[1]))
    )


@kernel
def close(sure: float, curves: F32, wide: float, offsets: F32) -> None:
    """Bring the slit's two edges together in ``offsets`` (4, columns), outwards in pixels, as far as it is ``sure``."""
    for c in range(offsets.shape[1]):
        inward = -0.5 * (curves[2, c] - curves[1, c]) - TOUCH_MORE * wide
        for row in range(1, 3):
            offsets[row, c] += sure * (inward - offsets[row, c])
