"""Where the lids end in the picture itself, while the upper one comes down.

Landmarks of eyes that shut put the lower lid too high, by up to a tenth of the eye's width, and what lies beneath it,
a smudged shadow, would lie on the eye and its lashes. The upper one they leave too high as well: a lid that is down
would be bare between its shadow and its lashes. So while a lid is down the picture is unrolled across the eye. The
lower lid's curve is moved to where this face's own skin, as it is beneath the eye, begins: in its middle, by less
towards the corners, which stay. The upper lid's comes down by a part of what parts it from the lower one, to where
skin as it is on that lid ends: at the eye, or, of a lid that is shut, at the line of its lashes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, F64, U8
from tryon.overlays.eye_shape import INNER, LOWER, OUTER, UPPER, EyeShape
from tryon.overlays.lip_colours import learn, sum_up, summed, unlike, unroll
from tryon.render import transfer

# The eye is looked at in so many columns between this place and its mirror image, in eye widths from the middle, by
# steps of this.
COLUMNS: Final = 24
FROM: Final = -0.40
PACE: Final = 1 / 50
# Beneath the lid skin begins so far away, past lashes, and is learnt over so much.
LASHES: Final = 0.10
SKIN: Final = 0.16
# Of lids open by less than the first the lower one's edge is looked for, by more than the second not, in eye widths;
# and the upper one's, which landmarks leave up that far when it is down.
DOWN: Final = (0.15, 0.24)
UPPER_DOWN: Final = (0.20, 0.26)
# The curve moves by at most so much, is as likely to be off by this, and what moving by that must gain.
MOST: Final = 0.10
OFF: Final = 0.05
OFF_COSTS: Final = 0.15
# The lid's edge is told by what lies so far within and beyond it, from 1, skin, to -1.
WITHIN, BEYOND = 0.08, 0.10
# What is told apart by less than the first is not at all, by the second well.
TOLD: Final = (0.2, 0.6)
# The upper lid's own skin is learnt so far above its curve, over so much, in eye widths. How much like it the gap is
# between the lids is looked at in so many parts, and a little beyond, where the lashes of a shut lid lie; most of all
# where the iris is, so far either way: white and skin in the shade are alike.
LID_OFF: Final = 0.03
LID_SKIN: Final = 0.11
PARTS: Final = 12
LASHES_PARTS: Final = 2
IRIS: Final = 0.2
# What is less like that skin than this somewhere is an eye; where nothing is, the lid is shut, if eyes are wide enough
# to be seen at all, in pixels.
NO_SKIN: Final = 0.6
SEEN_PX: Final = (14.0, 24.0)


def lids(bgr: U8, eye: EyeShape) -> EyeShape:
    """The eye, with its lids where the picture has them while the upper one is down; itself while it is open."""
    heights = eye.heights.copy()
    iris = float((np.array(eye.iris[:2]) - eye.origin) @ eye.out) / eye.width_px
    frame = np.array((*eye.origin, *eye.out, *eye.up, eye.width_px, eye.opened, iris))
    # The kernel itself tells that an eye is open: else nobody's first blink would find it compiled.
    if not _moved(bgr, heights, frame, transfer.to_linear()):
        return eye
    return replace(eye, heights=heights, opened=float(frame[7]))


@kernel
def _moved(bgr: U8, heights: F32, frame: F64, to_linear: F32) -> bool:
    """Move the lids in place; whether they were looked for at all. ``frame``: origin, out, up, width, how far the lids
    are apart, which is told anew, and where along the eye the iris is."""
    opened = frame[7]
    if opened >= UPPER_DOWN[1]:
        return False
    wide, steps = frame[6], heights.shape[1]
    lowered = min(max((DOWN[1] - opened) / (DOWN[1] - DOWN[0]), 0.0), 1.0)
    # Down is across from the axis along which the eye is unrolled.
    ax, ay, sign = frame[2], frame[3], 1.0
    if -ay * frame[4] + ax * frame[5] > 0.0:
        ax, ay, sign = -ax, -ay, -1.0
    place = np.array((frame[0], frame[1], ax, ay, FROM * wide, -2.0 * FROM * wide), np.float32)
    curve, profile, upper = (
        np.empty(COLUMNS, np.float32), np.empty(COLUMNS, np.float32), np.empty(COLUMNS, np.float32),
    )  # fmt: skip
    top = np.float32(1e9)
    for c in range(COLUMNS):
        x = sign * FROM * (1.0 - 2.0 * (c + 0.5) / COLUMNS)
        profile[c] = 1.0 - 16.0 * x * x * x * x
        at = (x - INNER) / (OUTER - INNER) * (steps - 1)
        k = int(at)
        curve[c] = -(heights[LOWER, k] + (heights[LOWER, k + 1] - heights[LOWER, k]) * (at - k))
        upper[c] = -(heights[UPPER, k] + (heights[UPPER, k + 1] - heights[UPPER, k]) * (at - k))
        top = min(top, -heights[UPPER, k])
    pace = PACE * wide
    first = top - (MOST + WITHIN) * wide
    count = int((curve.max() + (MOST + LASHES + SKIN) * wide - first) / pace) + 1
    colours = np.empty((COLUMNS, count, 3), np.float32)
    unroll(bgr, place, first, pace, to_linear, colours)
    skin = np.empty(6, np.float32)
    near = curve + np.float32(LASHES * wide)
    if learn(colours, first, pace, near, near + np.float32(SKIN * wide), skin) < 6:
        return False
    scores, sums = np.empty((COLUMNS, count), np.float32), np.empty((COLUMNS, count + 1), np.float32)
    unlike(colours, skin, scores)
    sum_up(scores, sums)
    most = int(MOST / PACE)
    gains = np.empty(2 * most + 1, np.float64)
    best, chosen, told = -1e9, most, 0.0
    for j in range(2 * most + 1):
        moved = (j - most) * pace
        apart = 0.0
        for c in range(COLUMNS):
            edge = (curve[c] + moved * profile[c] - first) / pace + 0.5
            apart += (summed(sums, c, edge + BEYOND / PACE) - summed(sums, c, edge)) * PACE / BEYOND
            apart -= (summed(sums, c, edge) - summed(sums, c, edge - WITHIN / PACE)) * PACE / WITHIN
        apart /= COLUMNS
        off = moved / (OFF * wide)
        gains[j] = apart - OFF_COSTS * off * off
        if gains[j] > best:
            best, chosen, told = gains[j], j, apart
    moved = (chosen - most) * pace
    if 0 < chosen < 2 * most:
        bend = gains[chosen - 1] - 2.0 * gains[chosen] + gains[chosen + 1]
        if bend < -1e-9:
            moved += pace * min(max(0.5 * (gains[chosen - 1] - gains[chosen + 1]) / bend, -0.5), 0.5)
    moved *= min(max((told - TOLD[0]) / (TOLD[1] - TOLD[0]), 0.0), 1.0)
    moved *= lowered
    for k in range(steps):
        x = INNER + (OUTER - INNER) * k / (steps - 1)
        lower = heights[LOWER, k] - moved * max(1.0 - 16.0 * x * x * x * x, 0.0)
        heights[LOWER, k] = min(lower, heights[UPPER, k])
    for c in range(COLUMNS):
        curve[c] = max(curve[c] + moved * profile[c], upper[c])
    near = upper - np.float32(LID_OFF * wide)
    if learn(colours, first, pace, near - np.float32(LID_SKIN * wide), near, skin) < 6:
        return True
    unlike(colours, skin, scores)
    sum_up(scores, sums)
    like = np.zeros(PARTS + LASHES_PARTS + 1, np.float64)
    least, total = 1.0, 1e-6
    for c in range(COLUMNS):
        x = sign * FROM * (1.0 - 2.0 * (c + 0.5) / COLUMNS) - frame[8]
        weight = max(1.0 - (x / IRIS) * (x / IRIS), 0.0)
        total += weight
        for j in range(like.shape[0]):
            edge = (upper[c] + j / PARTS * (curve[c] - upper[c]) - first) / pace + 0.5
            like[j] += weight * (summed(sums, c, edge + 0.5) - summed(sums, c, edge - 0.5))
    like /= total
    for j in range(like.shape[0]):
        least = min(least, like[j])
    # Half-way from skin to what is least like it the lid ends.
    seen = 0.5 * (1.0 + least)
    part = lowered * min(max((wide - SEEN_PX[0]) / (SEEN_PX[1] - SEEN_PX[0]), 0.0), 1.0)
    if least < NO_SKIN:
        part = 0.0
        for j in range(PARTS + 1):
            if like[j] < seen:
                if j > 0:
                    part = min((j - 1 + (like[j - 1] - seen) / (like[j - 1] - like[j])) / PARTS, 1.0)
                break
            part = 1.0
        part *= min(max((UPPER_DOWN[1] - opened) / (UPPER_DOWN[1] - UPPER_DOWN[0]), 0.0), 1.0)
    opened = 0.0
    for k in range(steps):
        heights[UPPER, k] -= part * (heights[UPPER, k] - heights[LOWER, k])
        opened = max(opened, heights[UPPER, k] - heights[LOWER, k])
    frame[7] = opened / wide
    return True
