"""Where lips end in the picture itself: the landmarks' curves, moved to where vermilion meets skin, teeth and throat.

Landmarks of a mouth that moves come late, and those of one that is wide open lie on the tongue. So the picture is
unrolled across the mouth into columns, and each curve is looked for near where the landmarks have it: the slit's edges
where what is no lip ends and lip begins, by these lips' own colours, the borders where what parts lips best from the
skin beside them turns from one to the other. Each curve is the best path through all columns, so that it stays smooth
and a sensor's noise has little say.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8
from tryon.overlays.lip_colours import learn, parted, sum_up, summed, unlike, unroll
from tryon.overlays.lip_path import lay_path
from tryon.overlays.lip_touch import close, touching

# The mouth is looked at in so many columns, by steps of this part of its width, and so far beyond its borders.
COLUMNS: Final = 32
PACE: Final = 1 / 90
ABOVE, BELOW = 0.20, 0.34
# Of lips that nobody has seen closed the upper one is between these from the skin's colour, the lower from the upper's.
LIKELY_LOW: Final = ((-0.8, 0.02, -0.7), (-0.1, -0.25, -0.2))
LIKELY_HIGH: Final = ((0.1, 0.70, 0.3), (0.6, 0.25, 0.2))
LIKELY_SPREAD: Final = (0.40, 0.15, 0.15)
# Between these openings, in mouth widths, more and more of what landmarks take for the lower lip is tongue, darker and
# redder than a lip: then only the last part of that is believed.
TONGUE: Final = (0.15, 0.25)
TONGUE_PART: Final = 0.3
# Lips are learnt while the mouth is open by less than this, in mouth widths; so fast.
LEARN_BELOW: Final = 0.08
LEARN: Final = 0.2
# What is known of them: guessed from an open mouth, or seen.
GUESSED, CLOSED = 0.5, 1.0
# Curves move by at most so much, in mouth widths, inwards and outwards: the upper lip sits on the skull, the lower one
# goes with the jaw, and that is what landmarks misjudge.
IN_MOST: Final = (0.06, 0.10, 0.10, 0.06)
OUT_MOST: Final = (0.08, 0.06, 0.16, 0.16)
# And they are as likely to be off by so much; the lower slit's also by a part of how far the mouth is open.
OFF: Final = (0.06, 0.03, 0.03, 0.06)
OFF_OPEN: Final = 0.25
# Landmarks put the lower edge of a wide slit too high by this part of what it is open beyond the first number.
LATE: Final = (0.10, 0.20)
# What a curve off by as much must gain, in mouth widths of pixels that are told right.
OFF_COSTS: Final = (0.012, 0.02, 0.02, 0.012)
# The part of the lower slit's offset that the lip's border is expected to share.
JAW: Final = 0.6
# A curve's offset stays within so much from frame to frame, or pays for it.
STAYS: Final = 0.05
STAYS_COSTS: Final = 0.006
# Towards the corners, within these parts of the mouth's width, curves stay where they are: an upper lip is in shade
# there, and looks like a throat.
CORNER: Final = (0.08, 0.12, 0.05, 0.08)
# A step from dark to bright, outwards, speaks for a lip's edge.
BRIGHTER: Final = 0.01
# Slits open by less than the first are lines; those by more than the second may be narrower than the landmarks say.
OPEN_FROM, OPEN_BY = 0.02, 0.06
# A slit is no lip where its pixels score this below nought on the average, or less; asked of so much of it about its
# middle.
HOLLOW: Final = 0.3
HOLLOW_PART: Final = 0.4
# Lips told from skin by the first number of spreads are not told at all; by the second, well.
TOLD: Final = (0.7, 2.0)
# Scores in units of what a step of the path to the next place costs.
SHARP: Final = 66.0


@inlined
def _far(away: float) -> float:
    """What being off costs: as a square, and from one on as a line, so that what is far off can still be reached."""
    own = abs(away)
    return own * own if own < 1.0 else 2.0 * own - 1.0


@kernel
def find_edges(
    bgr: U8, heights: F32, place: F32, lips: F32, to_linear: F32, offsets: F32, held: float
) -> bool:
    """How far, in pixels outwards from the slit, each curve of ``heights`` is to be moved: into ``offsets`` (4,
    COLUMNS), whose columns lie evenly along the mouth. There they find those of the frame before, which have a say
    ``held``, 0 to 1.

    ``heights`` are ``overlays.mouth``'s, ``place`` the first eight numbers of ``overlays.lips``'s geometry. ``lips``
    (2, 8): what is known of this wearer's upper and lower lip (whether, mean over the skin's, spread, log luminance
    of the skin beside it), brought up to this frame. False, and no offsets, where lips or skin cannot be seen.
    """
    wide, opened = place[6], place[7]
    columns = offsets.shape[1]
    curves = np.empty((4, columns), np.float32)
    for row in range(4):
        for c in range(columns):
            at = (c + 0.5) / columns * (heights.shape[1] - 1)
            k = int(at)
            curves[row, c] = heights[row, k] + (heights[row, k + 1] - heights[row, k]) * (at - k)
    first = curves[0].min() - ABOVE * wide
    pace = PACE * wide
    count = int((curves[3].max() + BELOW * wide - first) / pace) + 1
    colours = np.empty((columns, count, 3), np.float32)
    unroll(bgr, place, first, pace, to_linear, colours)
    upper, lower = curves[1] - curves[0], curves[3] - curves[2]
    own, skin = np.empty((2, 6), np.float32), np.empty((2, 6), np.float32)
    # Beneath lips wide open skin begins further down than landmarks say.
    gone = min(0.35 * opened, 0.14)
    seen = min(
        learn(colours, first, pace, curves[0] - 0.14 * wide, curves[0] - 0.05 * wide, skin[0]),
        learn(
            colours, first, pace, curves[3] + (0.06 + gone) * wide, curves[3] + (0.17 + gone) * wide, skin[1]
        ),
    )
    counts = (
        learn(colours, first, pace, curves[0] + 0.25 * upper, curves[1] - 0.2 * upper, own[0]),
        learn(colours, first, pace, curves[2] + 0.35 * lower, curves[3] - 0.15 * lower, own[1]),
    )
    if seen < 6 or max(counts) < 6:
        return False
    for lip in range(2):
        lips[lip, 7] = skin[lip, 0]
        if counts[lip] < 6:
            own[lip] = own[1 - lip]
    around = 0.5 * (skin[0] + skin[1])
    tongue = min(max((opened - TONGUE[0]) / (TONGUE[1] - TONGUE[0]), 0.0), 1.0)
    believed = 1.0 - (1.0 - TONGUE_PART) * tongue
    for lip in range(2):
        for k in range(3):
            away = own[lip, k] - around[k]
            spread = own[lip, 3 + k]
            if opened >= LEARN_BELOW:
                base = 0.0 if lip == 0 else own[0, k] - around[k]
                low, high = LIKELY_LOW[lip][k], LIKELY_HIGH[lip][k]
                if lip == 1:
                    low *= 1.0 - tongue if k == 0 else believed
                    high *= 1.0 if k == 0 else believed
                away = min(max(away, base + low), base + high)
                spread = min(spread, LIKELY_SPREAD[k])
            if opened < LEARN_BELOW or lips[lip, 0] < CLOSED:
                share = (
                    LEARN if lips[lip, 0] > 0.0 and (opened >= LEARN_BELOW or lips[lip, 0] == CLOSED) else 1.0
                )
                lips[lip, 1 + k] += share * (away - lips[lip, 1 + k])
                lips[lip, 4 + k] += share * (spread - lips[lip, 4 + k])
            own[lip, k], own[lip, 3 + k] = around[k] + lips[lip, 1 + k], lips[lip, 4 + k]
        lips[lip, 0] = max(lips[lip, 0], CLOSED if opened < LEARN_BELOW else GUESSED)
    scores = np.empty((columns, count), np.float32)
    sums = np.empty((columns, count + 1), np.float32)
    gate = min(max((opened - OPEN_FROM) / OPEN_BY, 0.0), 1.0)
    before = offsets.copy()
    offsets[:] = 0.0
    if gate > 0.0:
        for row in range(1, 3):
            unlike(colours, own[row - 1], scores)
            sum_up(scores, sums)
            _slit(row, colours, sums, curves, first, pace, wide, opened, before[row], held, offsets[row])
            inward = min(max((opened - OPEN_FROM) / (OPEN_BY - OPEN_FROM), 0.0), 1.0)
            inward *= _hollow(row, sums, curves, first, pace)
            for c in range(columns):
                offsets[row, c] *= gate if offsets[row, c] > 0.0 else gate * inward
    # The lower lip goes up and down as a whole, with the jaw.
    middle = np.sort(offsets[2, columns // 4 : columns - columns // 4])
    jaw = 0.5 * (middle[columns // 4] + middle[columns // 4 - 1])
    # Where it has gone down far, lip lies where skin was looked for.
    if jaw > 0.02 * wide and jaw > gone * wide:
        learn(colours, first, pace, curves[3] + jaw + 0.06 * wide, curves[3] + jaw + 0.17 * wide, skin[1])
    for lip in range(2):
        told = parted(colours, own[lip], skin[lip], scores)
        sum_up(scores, sums)
        _border(
            3 * lip,
            sums,
            curves,
            offsets[1 + lip],
            jaw if lip == 1 else 0.0,
            told,
            first,
            pace,
            wide,
            before[3 * lip],
            held,
            offsets,
        )
    close(touching(colours, own, curves, first, pace, opened), curves, wide, offsets)
    return True


@kernel
def _hollow(row: int, sums: F32, curves: F32, first: float, pace: float) -> float:
    """How much what lies in the slit looks as no lip, 0 to 1: where it looks as one, nothing tells where lip begins."""
    columns = sums.shape[0]
    total, steps = 0.0, 0.0
    for c in range(columns // 4, columns - columns // 4):
        centre = (0.5 * (curves[1, c] + curves[2, c]) - first) / pace + 0.5
        edge = centre + HOLLOW_PART * ((curves[row, c] - first) / pace + 0.5 - centre)
        total += (summed(sums, c, edge) - summed(sums, c, centre)) * (1.0 if row == 2 else -1.0)
        steps += abs(edge - centre)
    return min(max(-total / max(HOLLOW * steps, 1e-3), 0.0), 1.0)


@kernel
def _slit(
    row: int,
    colours: F32,
    sums: F32,
    curves: F32,
    first: float,
    pace: float,
    wide: float,
    opened: float,
    before: F32,
    held: float,
    found: F32,
) -> None:
    """An edge of the slit: no lip before it, lip beyond it."""
    columns, count = colours.shape[0], colours.shape[1]
    out = -1.0 if row == 1 else 1.0
    border = 0 if row == 1 else 3
    low, high = int(-IN_MOST[row] * wide / pace), int(OUT_MOST[row] * wide / pace)
    scores = np.empty((columns, high - low + 1), np.float32)
    off = OFF[row] + (OFF_OPEN * opened if row == 2 else 0.0)
    for c in range(columns):
        centre = 0.5 * (curves[1, c] + curves[2, c])
        thick = abs(curves[border, c] - curves[row, c])
        lip = max(0.8 * thick, 0.03 * wide)
        room = max(0.6 * thick if row == 1 else 1.2 * thick + 0.06 * wide, pace)
        place = (c + 0.5) / columns
        late = 4.0 * place * (1.0 - place) * LATE[1] * max(opened - LATE[0], 0.0) if row == 2 else 0.0
        for j in range(high - low + 1):
            moved = (low + j) * pace
            edge = curves[row, c] + out * moved
            if moved > room or out * (edge - centre) < 0.0:
                scores[c, j] = -1e3 - abs(moved)
                continue
            at = (edge - first) / pace + 0.5
            at_centre, at_end = (centre - first) / pace + 0.5, (edge + out * lip - first) / pace + 0.5
            inside = out * (summed(sums, c, at) - summed(sums, c, at_centre))
            outside = out * (summed(sums, c, at_end) - summed(sums, c, at))
            reach = out * 0.02 * wide / pace
            dark = colours[c, min(max(int(at - reach), 0), count - 1), 0]
            bright = colours[c, min(max(int(at + reach), 0), count - 1), 0]
            away, since = (moved / wide - late) / off, (moved - before[c]) / (wide * STAYS)
            scores[c, j] = SHARP * (
                (outside - inside) * PACE
                + BRIGHTER * min(max(bright - dark, 0.0), 1.0)
                - OFF_COSTS[row] * _far(away)
                - held * STAYS_COSTS * min(since * since, 4.0)
            )
    lay_path(scores, found)
    for c in range(columns):
        end = min(c + 0.5, columns - c - 0.5) / columns
        found[c] = (found[c] + low) * pace * min(end / CORNER[row], 1.0)


@kernel
def _border(
    row: int,
    sums: F32,
    curves: F32,
    slit: F32,
    jaw: float,
    told: float,
    first: float,
    pace: float,
    wide: float,
    last: F32,
    held: float,
    offsets: F32,
) -> None:
    """A border of the lips: as the lip before it, as the skin beyond it."""
    columns = sums.shape[0]
    out, inner = (-1.0, 1) if row == 0 else (1.0, 2)
    low, high = int(-IN_MOST[row] * wide / pace), int(OUT_MOST[row] * wide / pace)
    scores = np.empty((columns, high - low + 1), np.float32)
    # Where lips are hardly told from skin, the landmarks know better.
    weight = 0.02 * min(max((told - TOLD[0]) / (TOLD[1] - TOLD[0]), 0.0), 1.0)
    cost = OFF_COSTS[row]
    skin = 0.05 * wide
    for c in range(columns):
        thick = abs(curves[row, c] - curves[inner, c])
        lip = min(0.06 * wide, max(0.8 * thick, 2.0 * pace))
        place = (c + 0.5) / columns
        expected = min(max(4.0 * place * (1.0 - place) * JAW * jaw, -0.05 * wide), 0.14 * wide)
        for j in range(high - low + 1):
            moved = (low + j) * pace
            if thick + moved - slit[c] < 0.6 * thick:
                scores[c, j] = -1e3 + moved
                continue
            edge = curves[row, c] + out * moved
            at = (edge - first) / pace + 0.5
            before = out * (summed(sums, c, at) - summed(sums, c, at - out * lip / pace)) * pace / lip
            after = out * (summed(sums, c, at + out * skin / pace) - summed(sums, c, at)) * pace / skin
            away, since = (moved - expected) / (wide * OFF[row]), (moved - last[c]) / (wide * STAYS)
            scores[c, j] = SHARP * (
                weight * (before - after) - cost * _far(away) - held * STAYS_COSTS * min(since * since, 4.0)
            )
    lay_path(scores, offsets[row])
    for c in range(columns):
        end = min(c + 0.5, columns - c - 0.5) / columns
        offsets[row, c] = (offsets[row, c] + low) * pace * min(end / CORNER[row], 1.0)


@kernel
def move_edges(heights: F32, offsets: F32, scale: float) -> None:
    """Move the curves of ``heights`` (4, n) outwards from the slit by ``offsets`` (4, COLUMNS) times ``scale``, in
    place; the ends stay, and no curve crosses another."""
    steps, columns = heights.shape[1], offsets.shape[1]
    for k in range(steps):
        at = k / (steps - 1) * columns - 0.5
        c = math.floor(at)
        part = at - c
        for row in range(4):
            low = offsets[row, c] if c >= 0 else 0.0
            high = offsets[row, c + 1] if c + 1 < columns else 0.0
            # Half a column lies before the first one.
            if c < 0:
                low, part_own = 0.0, 2.0 * part - 1.0
            elif c + 1 >= columns:
                part_own = 2.0 * part
            else:
                part_own = part
            own = scale * (low + (high - low) * part_own)
            heights[row, k] += -own if row < 2 else own
        middle = 0.5 * (heights[1, k] + heights[2, k])
        heights[1, k], heights[2, k] = min(heights[1, k], middle), max(heights[2, k], middle)
        heights[0, k], heights[3, k] = min(heights[0, k], heights[1, k]), max(heights[3, k], heights[2, k])
