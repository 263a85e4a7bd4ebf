"""The one rigid motion of all marks, and how far they stand out: least squares on what their pictures tell."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import kernel, quick
from tryon.frame import F32, F64
from tryon.geometry.mark_looks import compare
from tryon.geometry.pose import solve, turn

# Brows and cheeks move: a mark that goes so many averaged pixels its own way counts half. It is told once the pose's
# last step was smaller than this, in radians.
OWN_WAY_PX: Final = 1.5
OWN_WAY_FROM: Final = 0.02
# With fewer marks there is no pose.
SEEN_MIN: Final = 14
# Neighbouring samples, and frames one after the other, err alike: each is worth so little beside an independent one …
WORTH: Final = 0.003
# … and beside a guess of the pose so much; how far that is off: radians, and parts of the distance.
PICTURE_WORTH: Final = 0.01
GUESS_OFF: Final = 0.07
GUESS_OFF_PART: Final = 0.02
# No step turns further, in radians: from farther away pictures tell nothing.
STEP_MAX: Final = 0.12


@quick
def motion(focal: float, rotation: F64, translation: F64, point: F64, out: F64) -> None:
    """By how much a point's place in the picture moves with a turn about the head's origin and a shift, (2, 6)."""
    turned = np.empty(3)
    for k in range(3):
        turned[k] = rotation[k, 0] * point[0] + rotation[k, 1] * point[1] + rotation[k, 2] * point[2]
    z = turned[2] + translation[2]
    scale = focal / z
    gx, gy = -(turned[0] + translation[0]) / z, -(turned[1] + translation[1]) / z
    out[0, 0], out[0, 1], out[0, 2] = gx * turned[1], turned[2] - gx * turned[0], -turned[1]
    out[0, 3], out[0, 4], out[0, 5] = 1.0, 0.0, gx
    out[1, 0], out[1, 1], out[1, 2] = gy * turned[1] - turned[2], -gy * turned[0], turned[0]
    out[1, 3], out[1, 4], out[1, 5] = 0.0, 1.0, gy
    for i in range(2):
        for k in range(6):
            out[i, k] *= scale


@quick
def equations(
    focal: float, rotation: F64, translation: F64, points: F64, pull: F64, matrix: F64, right: F64
) -> None:
    """The pose's six normal equations."""
    moves = np.empty((2, 6))
    for k in range(6):
        right[k] = 0.0
        for m in range(6):
            matrix[k, m] = 0.0
    for p in range(points.shape[0]):
        if pull[p, 2] + pull[p, 4] == 0.0:
            continue
        motion(focal, rotation, translation, points[p], moves)
        for k in range(6):
            right[k] += moves[0, k] * pull[p, 0] + moves[1, k] * pull[p, 1]
            across = moves[0, k] * pull[p, 2] + moves[1, k] * pull[p, 3]
            down = moves[0, k] * pull[p, 3] + moves[1, k] * pull[p, 4]
            for m in range(6):
                matrix[k, m] += across * moves[0, m] + down * moves[1, m]
    for k in range(6):
        matrix[k, k] *= 1.0 + 1e-4


@quick
def lean(rotation: F64, translation: F64, guessed: F64, guessed_mm: F64, matrix: F64, right: F64) -> None:
    """Lean the equations on a guess of the pose that may be some degrees off, and now and then many."""
    away = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            away[i, j] = (
                guessed[i, 0] * rotation[j, 0]
                + guessed[i, 1] * rotation[j, 1]
                + guessed[i, 2] * rotation[j, 2]
            )
    # The turn's axis times its sine is near enough.
    off = np.empty(6)
    off[0] = 0.5 * (away[2, 1] - away[1, 2])
    off[1] = 0.5 * (away[0, 2] - away[2, 0])
    off[2] = 0.5 * (away[1, 0] - away[0, 1])
    for part in range(2):
        spread = GUESS_OFF if part == 0 else GUESS_OFF_PART * translation[2]
        size = 0.0
        for k in range(3):
            if part == 1:
                off[3 + k] = guessed_mm[k] - translation[k]
            size += off[3 * part + k] ** 2
        weight = 1.0 / (PICTURE_WORTH * (spread * spread + size))
        for k in range(3 * part, 3 * part + 3):
            right[k] += weight * off[k]
            matrix[k, k] += weight


@kernel
def lay(
    fine: F32,
    coarse: F32,
    view: tuple[float, float, float],
    rotation: F64,
    translation: F64,
    guessed: F64,
    guessed_mm: F64,
    points: F64,
    axes: F64,
    normals: F64,
    pictures: F32,
    slopes: F32,
    contrasts: F64,
    from_afar: int,
    near: int,
    likeness: F64,
) -> tuple[int, float, float]:
    """Move ``rotation`` and ``translation`` to where the marks lie; how many are seen, how alike they are on average,
    and the last step's turn."""
    half_view = (view[0] / 2, view[1] / 2, view[2] / 2)
    pull = np.empty((points.shape[0], 5))
    matrix, right, change = np.empty((6, 6)), np.empty(6), np.empty(6)
    seen, angle = 0, 0.0
    for step in range(from_afar + near):
        far = 1 if step < from_afar else 0
        picture, seen_by = (coarse, half_view) if far == 1 else (fine, view)
        seen = compare(
            picture, seen_by, rotation, translation, points, axes, normals, far, pictures, slopes, contrasts,
            OWN_WAY_PX if far == 0 and angle < OWN_WAY_FROM else 0.0, pull, likeness,
        )  # fmt: skip
        if seen < SEEN_MIN:
            break
        equations(seen_by[0], rotation, translation, points, pull, matrix, right)
        lean(rotation, translation, guessed, guessed_mm, matrix, right)
        solve(matrix, right, change)
        angle = math.sqrt(change[0] ** 2 + change[1] ** 2 + change[2] ** 2)
        part = min(1.0, STEP_MAX / max(angle, 1e-9))
        turn(rotation, change[0] * part, change[1] * part, change[2] * part)
        for k in range(3):
            translation[k] += change[3 + k] * part
    alike, counted = 0.0, 0
    for p in range(points.shape[0]):
        if likeness[p] > 0.0:
            alike += likeness[p]
            counted += 1
    return seen, alike / max(counted, 1), angle


@kernel
def shape(
    fine: F32,
    view: tuple[float, float, float],
    rotation: F64,
    translation: F64,
    guessed: F64,
    guessed_mm: F64,
    points: F64,
    axes: F64,
    normals: F64,
    pictures: F32,
    slopes: F32,
    contrasts: F64,
    at_first: F64,
    outwards: F64,
    departures: F64,
    known: F64,
    patterns: F64,
) -> None:
    """One step of recursive least squares: ``known`` is the patterns' information, ``patterns`` their amounts."""
    count, size = points.shape[0], patterns.shape[0]
    pull, likeness = np.empty((count, 5)), np.empty(count)
    seen = compare(
        fine,
        view,
        rotation,
        translation,
        points,
        axes,
        normals,
        0,
        pictures,
        slopes,
        contrasts,
        OWN_WAY_PX,
        pull,
        likeness,
    )
    if seen < SEEN_MIN:
        return
    matrix, right = np.empty((6, 6)), np.empty(6)
    equations(view[0], rotation, translation, points, pull, matrix, right)
    lean(rotation, translation, guessed, guessed_mm, matrix, right)
    moves, out = np.empty((2, 6)), np.empty(3)
    mixed, own, wanted = np.zeros((size, 6)), np.zeros((size, size)), np.zeros(size)
    for p in range(count):
        if pull[p, 2] + pull[p, 4] == 0.0:
            continue
        motion(view[0], rotation, translation, points[p], moves)
        x, y, z = translation[0], translation[1], translation[2]
        for k in range(3):
            x += rotation[0, k] * points[p, k]
            y += rotation[1, k] * points[p, k]
            z += rotation[2, k] * points[p, k]
            out[k] = (
                rotation[k, 0] * outwards[p, 0]
                + rotation[k, 1] * outwards[p, 1]
                + rotation[k, 2] * outwards[p, 2]
            )
        dx = view[0] / z * (out[0] - x / z * out[2])
        dy = view[0] / z * (out[1] - y / z * out[2])
        across, down = dx * pull[p, 2] + dy * pull[p, 3], dx * pull[p, 3] + dy * pull[p, 4]
        stiff, towards = across * dx + down * dy, dx * pull[p, 0] + dy * pull[p, 1]
        for a in range(size):
            part = departures[p, a]
            wanted[a] += part * towards
            for k in range(6):
                mixed[a, k] += part * (across * moves[0, k] + down * moves[1, k])
            for b in range(a, size):
                own[a, b] += part * departures[p, b] * stiff
    # Less what the pose takes up of it.
    column, taken = np.empty(6), np.empty((size, 6))
    for a in range(size):
        solve(matrix.copy(), mixed[a], column)
        for k in range(6):
            taken[a, k] = column[k]
            wanted[a] -= column[k] * right[k]
    for a in range(size):
        wanted[a] *= WORTH
        for b in range(a, size):
            for k in range(6):
                own[a, b] -= taken[a, k] * mixed[b, k]
            known[a, b] += WORTH * own[a, b]
    change = np.empty(size)
    solve(known.copy(), wanted, change)
    for a in range(size):
        patterns[a] += change[a]
    for p in range(count):
        away = 0.0
        for a in range(size):
            away += departures[p, a] * patterns[a]
        for k in range(3):
            points[p, k] = at_first[p, k] + away * outwards[p, k]
