"""Where an open mouth begins: the slit's edges as the landmarks tell them, moved out to where teeth and throat end.

Landmarks of a mouth that opens come late and a little too narrow, and a pixel alone does not tell a tooth from a shine
on the lip. So each column across the mouth, with those beside it, is asked as a whole: which place parts it best into
what is no lip, before it, and lip, beyond it? The edge stays a smooth curve, and a sensor's noise has little say.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8

# Looked for so far into the lip, in mouth widths: the landmarks' own doubt, and a part of how far lips are apart.
REACH: Final = (0.045, 0.30)
REACH_MOST: Final = 0.12
# Steps into the lip, at most.
STEPS_MOST: Final = 24
# A place further from the landmarks' must be better by so much a step.
NEARER: Final = 0.12
# Columns to either side that are taken together.
TOGETHER: Final = 5
# How much greyer than lips teeth are, as a part of the way to white; how bright at least, and how dark a throat is,
# over the lips' middle.
TOOTH_GREY: Final = (0.35, 0.12)
TOOTH_BRIGHT: Final = (0.55, 0.9)
THROAT: Final = (0.22, 0.42)
# Of mouths less open than this, in mouth widths, the slit is a line.
OPEN_FROM: Final = 0.02


@inlined
def _step(value: float, low: float, high: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@kernel
def open_slit(bgr: U8, heights: F32, geometry: F32, middle: float, own_grey: float, to_linear: F32) -> None:
    """Move the slit's edges in ``heights`` (rows 1 and 2) out into the lips where these are no lips, in place.

    ``heights`` and ``geometry`` are ``overlays.mouth``'s and ``overlays.lips``'s; ``middle`` is the lips' middle linear
    luminance, ``own_grey`` their green over their red. For mouths that are open by ``OPEN_FROM``.
    """
    ox, oy, ax, ay, start, span = (
        geometry[0], geometry[1], geometry[2], geometry[3], geometry[4], geometry[5],
    )  # fmt: skip
    mouth, opened = geometry[6], geometry[7]
    steps = heights.shape[1]
    reach = min(REACH[0] + REACH[1] * opened, REACH_MOST) * mouth
    count = min(max(int(reach), 2), STEPS_MOST)
    pace = reach / count
    tooth_from = own_grey + TOOTH_GREY[0] * (1.0 - own_grey)
    # How far each place is from being lip: 1 none, -1 all of it.
    odd = np.empty((steps, count), np.float32)
    sums = np.zeros(steps + 1, np.float32)
    for row in range(2):
        towards = -1.0 if row == 0 else 1.0
        border = 0 if row == 0 else 3
        for k in range(steps):
            t = start + span * k / (steps - 1)
            edge = heights[1 + row, k]
            # The whole lip is never taken for teeth.
            room = 0.75 * abs(heights[border, k] - edge)
            for i in range(count):
                away = (i + 0.5) * pace
                n = edge + towards * away
                x, y = math.floor(ox + t * ax - n * ay), math.floor(oy + t * ay + n * ax)
                if away > room or x < 0 or y < 0 or x >= bgr.shape[1] or y >= bgr.shape[0]:
                    odd[k, i] = -1.0
                    continue
                b, g, r = to_linear[bgr[y, x, 0]], to_linear[bgr[y, x, 1]], to_linear[bgr[y, x, 2]]
                relative = (0.0722 * b + 0.7152 * g + 0.2126 * r) / middle
                tooth = _step(g / max(r, 1e-4), tooth_from, tooth_from + TOOTH_GREY[1]) * _step(
                    relative, TOOTH_BRIGHT[0], TOOTH_BRIGHT[1]
                )
                throat = 1.0 - _step(relative, THROAT[0], THROAT[1])
                odd[k, i] = 2.0 * max(tooth, throat) - 1.0
        for i in range(count):
            for k in range(steps):
                sums[k + 1] = sums[k] + odd[k, i]
            for k in range(steps):
                first, last = max(k - TOGETHER, 0), min(k + TOGETHER + 1, steps)
                odd[k, i] = (sums[last] - sums[first]) / (last - first)
        for k in range(steps):
            best, best_at, so_far = 0.0, 0.0, 0.0
            for i in range(count):
                so_far += odd[k, i] - NEARER
                if so_far > best:
                    best, best_at = so_far, (i + 0.5 + 0.5 * odd[k, i]) * pace
            sums[k + 1] = sums[k] + best_at
        for k in range(steps):
            first, last = max(k - TOGETHER, 0), min(k + TOGETHER + 1, steps)
            heights[1 + row, k] += towards * (sums[last] - sums[first]) / (last - first)
