"""The kernels of ``memory``: a face in the picture held against the same face from memory, cell by cell.

Arrays are (SIDE, SIDE) or (SIDE, SIDE, k). Colours are log luminance, log red/green and log green/blue. ``light`` is
what changed since the memory: level, slope across and slope down of the luminance, and the levels of the two colours.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.compiled import inlined, quick
from tryon.frame import F32, F64, U8
from tryon.render.mesh import I32

BOOL = NDArray[np.bool_]

# A cell that is turned to the camera less than this (cosine) is seen at a slant: its pixels are its neighbours'.
FACING_MIN: Final = 0.3
# … and is believed wholly from so much more on.
SLANT: Final = 0.25
# Landmarks of a face's outline stay on the outline as a head turns, so what a slanted cell shows changes with how much:
# by the first difference of its cosine from that of its looks it is compared in full, by the second no longer.
VIEW: Final = (0.03, 0.10)
# So many of its looks count for a cell that is seen from elsewhere.
OTHER_LOOKS: Final = 12.0
# Tolerances in log luminance and log colour: of a webcam's noise on a mean of nine pixels, and of skin that shines.
TOLERANCE: Final = (0.12, 0.035, 0.035)
# Landmarks are good to this part of a cell, so where colours change they may differ by so much of the change.
MISPLACED: Final = 0.7
# Shading changes luminance more than colour, so it counts half.
LUMINANCE_WEIGHT: Final = 0.5
# From so many tolerances on a cell is another thing's.
ODD: Final = (1.6, 2.4)
# Of cells that nothing covers a fifth differ by no more than this part of their standard deviation, twice which is to
# be tolerated: a stream whose blocks of colour come and go differs all over the face, a hand from some of it.
CALM_PART: Final = 0.2
CALM: Final = 0.253 / 2.0
# Standard deviation of the memory's log luminance over a neighbourhood that counts as features.
FEATURES_MIN: Final = 0.06
# Fainter ones than this must be gone more clearly.
FEATURES_FIRM: Final = 0.11
# … and these are brows, lids, lips and nostrils, which landmarks follow whatever a face does. Fainter ones are furrows,
# dimples and shine, too, which come and go with a smile.
FEATURES_STRONG: Final = 0.18
# Slope on the memory: below the first features are gone, above the second they are there.
GONE: Final = (0.35, 0.65)
# Cells of a neighbourhood that say the same: what is seen of one is partly its neighbours'.
ALIKE: Final = 8.0
# Where nothing can tell, the face is believed to be there by this little.
DOUBT: Final = 0.012
# Between cells that differ by this much there is an edge.
EDGE: Final = (0.05, 0.03)
LINK: Final = 0.5
SWEEPS: Final = 5
# Spread of what light leaves unexplained, for the fit of the light.
SPREAD: Final = (0.08, 0.03)
ROUNDS: Final = 3
# The light's slopes start from none, worth so many cells.
LEVEL_FIRST: Final = 60.0


@cache
def logs() -> F32:
    """Natural logarithms of codes 0 … 255, each raised a little so that black has one."""
    table: F32 = np.log(np.arange(256, dtype=np.float32) + np.float32(4))
    table.setflags(write=False)
    return table


@quick
def sample(
    bgr: U8, points_px: F32, corners: I32, shares: F32, normals: F32, rotation: F64, translation: F64, table: F32,
    colours: F32, seen: F32, places: F32,
) -> None:  # fmt: skip
    """Fill ``places`` (pixels), ``colours`` (means of 3×3 pixels) and ``seen``: the cosine to the view, 0 where the
    cell is not in sight."""
    height, width = bgr.shape[:2]
    tx, ty, tz = translation[0], translation[1], translation[2]
    far = math.sqrt(tx * tx + ty * ty + tz * tz)
    # The view in head space.
    vx = -(rotation[0, 0] * tx + rotation[1, 0] * ty + rotation[2, 0] * tz) / far
    vy = -(rotation[0, 1] * tx + rotation[1, 1] * ty + rotation[2, 1] * tz) / far
    vz = -(rotation[0, 2] * tx + rotation[1, 2] * ty + rotation[2, 2] * tz) / far
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            seen[row, column] = 0.0
            if corners[row, column, 0] < 0:
                continue
            px, py = 0.0, 0.0
            for k in range(3):
                px += shares[row, column, k] * points_px[corners[row, column, k], 0]
                py += shares[row, column, k] * points_px[corners[row, column, k], 1]
            places[row, column, 0], places[row, column, 1] = px, py
            facing = (
                vx * normals[row, column, 0] + vy * normals[row, column, 1] + vz * normals[row, column, 2]
            )
            x, y = math.floor(px), math.floor(py)
            if facing < FACING_MIN or x < 1 or y < 1 or x >= width - 1 or y >= height - 1:
                continue
            blue, green, red = 0.0, 0.0, 0.0
            for j in range(y - 1, y + 2):
                for i in range(x - 1, x + 2):
                    blue += table[bgr[j, i, 0]]
                    green += table[bgr[j, i, 1]]
                    red += table[bgr[j, i, 2]]
            colours[row, column, 0] = (blue + green + red) / 27.0
            colours[row, column, 1] = (red - green) / 9.0
            colours[row, column, 2] = (green - blue) / 9.0
            seen[row, column] = facing


@quick
def known(seen: F32, looks: F32, told: BOOL, least: float) -> BOOL:
    """Cells in sight that the memory has seen so often."""
    out = np.empty(seen.shape, np.bool_)
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            out[row, column] = told[row, column] and seen[row, column] > 0.0 and looks[row, column] >= least
    return out


@inlined
def _shade(light: F32, row: int, column: int, side: int) -> float:
    return float(light[0] + light[1] * (2.0 * column / side - 1.0) + light[2] * (2.0 * row / side - 1.0))


@quick
def fit_light(colours: F32, mean: F32, seen: F32, known: BOOL, covered: F32, light: F32) -> None:
    """Reweighted least squares (Cauchy) from the last frame's ``light``, in place; covered cells count little."""
    side = known.shape[0]
    # Light may be switched: the level starts at the median of a sparse grid.
    for channel in range(3):
        few = np.empty(side * side // 9 + side, np.float32)
        count = 0
        for row in range(0, side, 3):
            for column in range(0, side, 3):
                if known[row, column] and covered[row, column] < 0.3:
                    gone = colours[row, column, channel] - mean[row, column, channel]
                    few[count] = gone - (
                        _shade(light, row, column, side) if channel == 0 else light[channel + 2]
                    )
                    count += 1
        if count > 30:
            light[0 if channel == 0 else channel + 2] += np.median(few[:count])
    normal, right, solved = np.empty((3, 3)), np.empty(3), np.empty(3)
    for _ in range(ROUNDS):
        normal[:] = 0.0
        right[:] = 0.0
        sums, weights = np.zeros(2), np.zeros(2)
        for row in range(side):
            for column in range(side):
                if not known[row, column]:
                    continue
                trust = seen[row, column] * (0.05 if covered[row, column] > 0.3 else 1.0)
                away = colours[row, column, 0] - mean[row, column, 0]
                off = (away - _shade(light, row, column, side)) / SPREAD[0]
                weight = trust / (1.0 + off * off)
                across, down = 2.0 * column / side - 1.0, 2.0 * row / side - 1.0
                normal[0, 0] += weight
                normal[0, 1] += weight * across
                normal[0, 2] += weight * down
                normal[1, 1] += weight * across * across
                normal[1, 2] += weight * across * down
                normal[2, 2] += weight * down * down
                right[0] += weight * away
                right[1] += weight * away * across
                right[2] += weight * away * down
                for k in range(2):
                    away = colours[row, column, k + 1] - mean[row, column, k + 1]
                    off = (away - light[k + 3]) / SPREAD[1]
                    weight = trust / (1.0 + off * off)
                    sums[k] += weight * away
                    weights[k] += weight
        normal[1, 1] += LEVEL_FIRST
        normal[2, 2] += LEVEL_FIRST
        _solve(normal, right, solved)
        for k in range(3):
            light[k] = solved[k]
        for k in range(2):
            light[k + 3] = sums[k] / max(weights[k], 1e-6)


@quick
def _solve(normal: F64, right: F64, out: F64) -> None:
    """Cramer's rule for a symmetric 3×3 given by its upper triangle."""
    a, b, c = normal[0, 0] + 1e-6, normal[0, 1], normal[0, 2]
    d, e, f = normal[1, 1], normal[1, 2], normal[2, 2]
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = a * first + b * second + c * third
    out[0] = (first * right[0] + second * right[1] + third * right[2]) / determinant
    out[1] = (second * right[0] + (a * f - c * c) * right[1] + (b * c - a * e) * right[2]) / determinant
    out[2] = (third * right[0] + (b * c - a * e) * right[1] + (a * d - b * b) * right[2]) / determinant


@quick
def differ(colours: F32, mean: F32, variance: F32, known: BOOL, light: F32, odd: F32, sums: F32) -> None:
    """``odd``: by how many tolerances a cell differs from the memory. ``sums`` (…, 6): what the neighbourhood's
    regression is summed from: count, picture, memory, memory², picture · memory, picture²."""
    side = known.shape[0]
    squares: F32 = np.zeros((side, side, 3), np.float32)
    few = np.empty((3, side * side), np.float32)
    count = 0
    for row in range(side):
        for column in range(side):
            if not known[row, column]:
                continue
            for k in range(3):
                away = colours[row, column, k] - mean[row, column, k]
                away -= _shade(light, row, column, side) if k == 0 else light[k + 2]
                change = 0.0
                for axis in range(2):
                    least, most = 0.0, 0.0
                    for step in (-1, 1):
                        j = row + (step if axis == 0 else 0)
                        i = column + (step if axis == 1 else 0)
                        if 0 <= j < side and 0 <= i < side and known[j, i]:
                            slope = mean[j, i, k] - mean[row, column, k]
                            least, most = min(least, slope), max(most, slope)
                    change += max(-least, most) ** 2
                tolerance = (
                    TOLERANCE[k] * TOLERANCE[k]
                    + 4.0 * variance[row, column, k]
                    + MISPLACED * MISPLACED * change
                )
                squares[row, column, k] = away * away / tolerance
                few[k, count] = squares[row, column, k]
            count += (row + column) % 2
    weights = np.array((LUMINANCE_WEIGHT, 1.0, 1.0))
    place = int(CALM_PART * count)
    for k in range(3 if count > 0 else 0):
        weights[k] /= max(np.partition(few[k, :count], place)[place] / (CALM * CALM), 1.0)
    for row in range(side):
        for column in range(side):
            odd[row, column] = 0.0
            if not known[row, column]:
                sums[row, column, :] = 0.0
                continue
            total = 0.0
            for k in range(3):
                total += weights[k] * squares[row, column, k]
            odd[row, column] = math.sqrt(total)
            picture = colours[row, column, 0] - _shade(light, row, column, side)
            memory = mean[row, column, 0]
            sums[row, column, 0] = 1.0
            sums[row, column, 1] = picture
            sums[row, column, 2] = memory
            sums[row, column, 3] = memory * memory
            sums[row, column, 4] = picture * memory
            sums[row, column, 5] = picture * picture


@quick
def judge(
    odd: F32, sums: F32, known: BOOL, seen: F32, views: F32, share: F32, weight: F32, lost: BOOL
) -> None:
    """``share`` 0..1 that a cell is covered, and ``weight`` how much that is worth; ``lost``: strong features of its
    neighbourhood are gone. ``views`` are the cosines that cells were seen at before."""
    side = known.shape[0]
    for row in range(side):
        for column in range(side):
            share[row, column], weight[row, column], lost[row, column] = 0.0, 0.0, False
            if not known[row, column]:
                continue
            strange = min(max((odd[row, column] - ODD[0]) / (ODD[1] - ODD[0]), 0.0), 1.0)
            count = max(sums[row, column, 0], 1.0)
            picture, memory = sums[row, column, 1] / count, sums[row, column, 2] / count
            spread = sums[row, column, 3] / count - memory * memory
            gone, sure = 0.0, DOUBT
            if spread > FEATURES_MIN * FEATURES_MIN and count > 20.0:
                slope = (sums[row, column, 4] / count - picture * memory) / spread
                left = max(sums[row, column, 5] / count - picture * picture - slope * slope * spread, 0.0)
                # The slope's own doubt: a shadow's edge is not in the memory, and may hide that features are there.
                slope += math.sqrt(left / spread * ALIKE / count)
                firm = min(math.sqrt(spread) / FEATURES_FIRM, 1.0)
                gone = min(max((GONE[1] * firm - slope) / ((GONE[1] - GONE[0]) * firm), 0.0), 1.0)
                sure = 1.0
                lost[row, column] = gone > 0.5 and spread > FEATURES_STRONG * FEATURES_STRONG
            share[row, column] = max(strange, gone)
            # Seen at a slant nothing is sure.
            slant = min(max((seen[row, column] - FACING_MIN) / SLANT, 0.0), 1.0)
            slant *= 1.0 - min(
                max((abs(seen[row, column] - views[row, column]) - VIEW[0]) / (VIEW[1] - VIEW[0]), 0.0), 1.0
            )
            weight[row, column] = max(sure, strange if strange > 0.5 else 0.0) * slant


@quick
def spread(colours: F32, known: BOOL, share: F32, weight: F32) -> None:
    """Let sure cells decide about unsure ones, up to edges in the picture: Gauss-Seidel sweeps to and fro over
    w · (s - share)² + Σ edge · (s - neighbour)², in place."""
    side = known.shape[0]
    given = share.copy()
    # To the next cell of the row, and to the one below.
    links = np.zeros((side, side, 2), np.float32)
    for row in range(side):
        for column in range(side):
            for axis in range(2):
                j, i = row + axis, column + 1 - axis
                if j < side and i < side and known[row, column] and known[j, i]:
                    bright = (colours[j, i, 0] - colours[row, column, 0]) / EDGE[0]
                    colour = (colours[j, i, 1] - colours[row, column, 1]) / EDGE[1]
                    links[row, column, axis] = LINK / (1.0 + bright * bright + colour * colour)
    for sweep in range(SWEEPS * 2):
        for p in range(side * side):
            place = p if sweep % 2 == 0 else side * side - 1 - p
            row, column = place // side, place % side
            if not known[row, column]:
                continue
            total, weights = weight[row, column] * given[row, column], weight[row, column] + 1e-6
            if column + 1 < side:
                total += links[row, column, 0] * share[row, column + 1]
                weights += links[row, column, 0]
            if row + 1 < side:
                total += links[row, column, 1] * share[row + 1, column]
                weights += links[row, column, 1]
            if column > 0:
                total += links[row, column - 1, 0] * share[row, column - 1]
                weights += links[row, column - 1, 0]
            if row > 0:
                total += links[row - 1, column, 1] * share[row - 1, column]
                weights += links[row - 1, column, 1]
            share[row, column] = total / weights


@quick
def learn(
    colours: F32, seen: F32, near: F32, light: F32, mean: F32, variance: F32, views: F32, looks: F32, most: float
) -> None:  # fmt: skip
    """Running mean and variance of the cells in sight that nothing is near, in the memory's own light, and mean of the
    cosines that they are seen at."""
    side = seen.shape[0]
    for row in range(side):
        for column in range(side):
            if seen[row, column] == 0.0 or near[row, column] > 0.2:
                continue
            if abs(seen[row, column] - views[row, column]) > VIEW[1]:
                looks[row, column] = min(looks[row, column], OTHER_LOOKS)
            looks[row, column] = min(looks[row, column] + 1.0, most)
            part = 1.0 / looks[row, column]
            views[row, column] += part * (seen[row, column] - views[row, column])
            for k in range(3):
                away = colours[row, column, k] - mean[row, column, k]
                away -= _shade(light, row, column, side) if k == 0 else light[k + 2]
                mean[row, column, k] += part * away
                variance[row, column, k] += part * ((1.0 - part) * away * away - variance[row, column, k])
