"""How an eyeliner's styles run: a lower and an upper edge along the lash line, and out into a wing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.compiled import inlined, quick
from tryon.frame import F32
from tryon.overlays.eye_shape import (
    INNER,
    LINE_HIGH,
    LINE_LOW,
    LOWER,
    OUTER,
    UNDER_HIGH,
    UNDER_LOW,
    UPPER,
    EyeShape,
)


@dataclass(frozen=True, slots=True)
class Style:
    """In eye widths: thickness at the inner corner, the middle and the outer corner; a wing's length and rise; the line
    below the eye, as thickness and how far in it begins; softness of the edge, as a part of the thickness."""

    inner: float
    middle: float
    outer: float
    wing: float = 0.0
    rise: float = 0.0
    under: float = 0.0
    under_from: float = 0.5
    soft: float = 0.0

    def row(self) -> F32:
        """For the kernel."""
        parts = (self.inner, self.middle, self.outer, self.wing, self.rise, self.under, self.under_from)
        return np.array(parts, np.float32)


STYLES: Final = {
    "classic": Style(0.018, 0.038, 0.052),
    "thin": Style(0.010, 0.020, 0.028),
    "winged": Style(0.016, 0.042, 0.075, wing=0.28, rise=0.50),
    "cat_eye": Style(0.020, 0.062, 0.115, wing=0.42, rise=0.56),
    "smudged": Style(0.040, 0.075, 0.10, wing=0.08, rise=0.4, under=0.05, under_from=-0.3, soft=0.9),
    "graphic": Style(0.022, 0.060, 0.090, wing=0.48, rise=0.40, under=0.022, under_from=0.05),
    "full": Style(0.030, 0.045, 0.060, under=0.032, under_from=-0.5),
}

# Where along the eye a line's upper edge leaves the lid for the wing's tip; and how far it hangs below the straight way
# there, as a part of the wing's length.
JOINED: Final = 0.32
SAG: Final = 0.15


def lay_lines(eye: EyeShape, style: Style) -> None:
    """Write the edges of a style's lines into the eye's heights; edges that meet are no line."""
    _lay(eye.heights, eye.width_px, style.row())


@inlined
def _smooth(value: float, low: float, high: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@quick
def _lay(heights: F32, width: float, style: F32) -> None:
    inner, middle, outer, wing, rise, under, under_from = (
        style[0], style[1], style[2], style[3], style[4], style[5], style[6],
    )  # fmt: skip
    steps = heights.shape[1]
    at_corner = (0.5 - INNER) / (OUTER - INNER) * (steps - 1)
    k = int(at_corner)
    corner = heights[UPPER, k] + (heights[UPPER, k + 1] - heights[UPPER, k]) * (at_corner - k)
    length = max(wing, 1e-3)
    # The line's upper edge rises into the wing before the corner.
    join = 0.12 * wing * width * rise
    # From there to the tip it runs nearly straight: along a lid that comes down to its corner, a wing would be a tick.
    from_k = int((JOINED - INNER) / (OUTER - INNER) * (steps - 1))
    leaves = heights[UPPER, from_k] + middle * width
    tip = corner + 1.35 * rise * wing * width
    for k in range(steps):
        x = INNER + (OUTER - INNER) * k / (steps - 1)
        if x < 0.0:
            thick = inner + (middle - inner) * max((x + 0.5) / 0.5, 0.0)
        else:
            thick = middle + (outer - middle) * min(x / 0.5, 1.0) ** 1.5
        # The line lies on the roots of the lashes, a little over the lid's edge.
        low = heights[UPPER, k] - 0.014 * width
        high = heights[UPPER, k] + thick * width + join * _smooth(x, 0.12, 0.5)
        if x > 0.5:
            # A wing goes on where the lower lid points to, and ends in a tip.
            share = min((x - 0.5) / length, 1.0)
            stem = corner + rise * (x - 0.5) * width * (1.0 + 0.35 * share)
            low = stem - 0.010 * width * (1.0 - share)
            high = stem + outer * width * (1.0 - share) ** 1.15 + join * (1.0 - share) ** 2
        if wing > 0.0 and JOINED < x < 0.5 + wing:
            share = (x - JOINED) / (0.5 + wing - JOINED)
            straight = leaves + (tip - leaves) * share - SAG * 4.0 * share * (1.0 - share) * wing * width
            high = max(high, straight)
        if x < -0.5 or x > 0.5 + wing:
            high = low
        heights[LINE_LOW, k], heights[LINE_HIGH, k] = low, high
        line = (
            under * width * _smooth(x, under_from - 0.12, under_from + 0.12) * (1.0 - _smooth(x, 0.46, 0.56))
        )
        heights[UNDER_HIGH, k] = heights[LOWER, k] + 0.008 * width
        heights[UNDER_LOW, k] = heights[UNDER_HIGH, k] - line


@inlined
def _edge(away: float, steep: float) -> float:
    # Of a thin line two straight ramps would leave a pale band with two hard borders; these a dark one that fades.
    t = min(max(0.5 + away * steep, 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@inlined
def line_cover(level: F32, n: float, square: float, edge: float, soft: float) -> float:
    """Coverage of the lines at height ``n``: ``level`` has the eye's heights here, ``square`` turns differences of
    height into distances, edges are ``edge`` pixels soft either way and ``soft`` is the style's."""
    line, steep = 0.0, 0.5 / edge
    thick = level[LINE_HIGH] - level[LINE_LOW]
    # A line that is thinner than its edges are wide is as dark as its part of them.
    if thick > 0.05 and soft == 0.0:
        line = _edge((n - level[LINE_LOW]) * square, steep) - _edge((n - level[LINE_HIGH]) * square, steep)
    elif thick > 0.05:
        # A soft line loses itself upwards.
        top = _smooth((level[LINE_HIGH] - n) / max(edge, soft * thick), 0.0, 1.0)
        line = min(thick, 1.0) * top * _edge((n - level[LINE_LOW]) * square, steep)
    thick = level[UNDER_HIGH] - level[UNDER_LOW]
    if thick > 0.05 and soft == 0.0:
        low = _edge((n - level[UNDER_LOW]) * square, steep)
        line = max(line, low - _edge((n - level[UNDER_HIGH]) * square, steep))
    elif thick > 0.05:
        low = _smooth((n - level[UNDER_LOW]) / max(edge, soft * thick), 0.0, 1.0)
        line = max(line, min(thick, 1.0) * low * _edge((level[UNDER_HIGH] - n) * square, steep))
    return line
