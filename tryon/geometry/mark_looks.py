"""Little pictures of a head's skin: cut out of a frame, averaged, and held against another frame.

Each lies on the skin's tangent round one point of the head, so it is the same picture whichever way the head turns. It
is told without its mean and its slope, which lamps change, and in parts of its contrast.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tryon.compiled import kernel, quick, single
from tryon.frame import F32, F64

Flags: TypeAlias = NDArray[np.bool_]

# Samples along a picture's side and how far apart they are on the skin, near; from afar twice as far, to find a head
# that is some degrees away.
SIDE: Final = 9
STEP_MM: Final = 1.5
# A picture is compared that is seen at less than 75° to its normal, and counts fully below 60°.
FACING_MIN: Final = 0.25
FACING_FULL: Final = 0.5
# In averaged codes: a webcam's noise, and the contrast below which there is nothing to recognise.
NOISE: Final = 1.5
CONTRAST_MIN: Final = 0.55
# By how much pictures of one place differ at best, as a part of their contrast, and the correlation from which one
# counts.
MISFIT: Final = 0.15
ALIKE_MIN: Final = 0.2


@quick
def bounds(
    points: F64, rotation: F64, translation: F64, view: tuple[float, float, float]
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of points in the picture."""
    left, top, right, bottom = 1e9, 1e9, -1e9, -1e9
    for p in range(points.shape[0]):
        x, y, z = translation[0], translation[1], translation[2]
        for k in range(3):
            x += rotation[0, k] * points[p, k]
            y += rotation[1, k] * points[p, k]
            z += rotation[2, k] * points[p, k]
        x, y = x / z * view[0] + view[1], y / z * view[0] + view[2]
        left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
    return left, top, right, bottom


@quick
def cut(
    picture: F32,
    view: tuple[float, float, float],
    rotation: F64,
    translation: F64,
    point: F64,
    axes: F64,
    normal: F64,
    step: float,
    out: F32,
    lie: F64,
) -> float:
    """A mark's picture without mean and slope into ``out``; how squarely it is seen, -1 where it is not.

    ``lie``: its middle in camera space (3), then the 2×2 matrix from millimetres on the skin to pixels."""
    focal, cx, cy = view
    facing, away = 0.0, 0.0
    for k in range(3):
        turned, ahead = translation[k], 0.0
        for m in range(3):
            turned += rotation[k, m] * point[m]
            ahead += rotation[k, m] * normal[m]
        lie[k] = turned
        facing -= ahead * turned
        away += turned * turned
    facing /= math.sqrt(away)
    if facing < FACING_MIN:
        return -1.0
    x, y, z = lie[0], lie[1], lie[2]
    scale = focal / z
    for a in range(2):
        u, v, w = 0.0, 0.0, 0.0
        for m in range(3):
            u += rotation[0, m] * axes[a, m]
            v += rotation[1, m] * axes[a, m]
            w += rotation[2, m] * axes[a, m]
        lie[3 + a] = scale * (u - x / z * w)
        lie[5 + a] = scale * (v - y / z * w)
    half = SIDE // 2
    px, py = x * scale + cx - 0.5, y * scale + cy - 0.5
    reach_x = half * step * (abs(lie[3]) + abs(lie[4]))
    reach_y = half * step * (abs(lie[5]) + abs(lie[6]))
    if (
        px - reach_x < 0.0
        or py - reach_y < 0.0
        or px + reach_x > picture.shape[1] - 2.0
        or py + reach_y > picture.shape[0] - 2.0
    ):
        return -1.0
    ux, uy, vx, vy = (
        single(lie[3] * step), single(lie[5] * step), single(lie[4] * step), single(lie[6] * step),
    )  # fmt: skip
    mean, level, down = single(0.0), single(0.0), single(0.0)
    for i in range(SIDE):
        for j in range(SIDE):
            u, v = single(j - half), single(i - half)
            sx = single(px) + ux * u + vx * v
            sy = single(py) + uy * u + vy * v
            x0, y0 = int(sx), int(sy)
            fx, fy = sx - single(x0), sy - single(y0)
            above = picture[y0, x0] + fx * (picture[y0, x0 + 1] - picture[y0, x0])
            below = picture[y0 + 1, x0] + fx * (picture[y0 + 1, x0 + 1] - picture[y0 + 1, x0])
            value = above + fy * (below - above)
            out[i, j] = value
            mean += value
            level += value * u
            down += value * v
    _level_out(out, mean, level, down)
    return facing


@quick
def _level_out(out: F32, mean: float, level: float, down: float) -> None:
    """Take mean and slopes out, given their sums."""
    half = SIDE // 2
    squares = SIDE * (half * (half + 1) * (2 * half + 1) / 3.0)
    mean32 = single(mean / (SIDE * SIDE))
    level32, down32 = single(level / squares), single(down / squares)
    for i in range(SIDE):
        for j in range(SIDE):
            out[i, j] -= mean32 + level32 * single(j - half) + down32 * single(i - half)


@kernel
def take(
    fine: F32,
    coarse: F32,
    view: tuple[float, float, float],
    rotation: F64,
    translation: F64,
    points: F64,
    axes: F64,
    normals: F64,
    known: Flags,
    sums: F32,
) -> None:
    """Add a frame to the marks' pictures; of one that is not seen in each of these frames nothing is ``known``."""
    half_view = (view[0] / 2, view[1] / 2, view[2] / 2)
    near, far = np.empty((SIDE, SIDE), np.float32), np.empty((SIDE, SIDE), np.float32)
    lie = np.empty(7)
    for p in range(points.shape[0]):
        if not known[p]:
            continue
        point, skin, normal = points[p], axes[p], normals[p]
        facing = cut(fine, view, rotation, translation, point, skin, normal, STEP_MM, near, lie)
        if facing >= 0:
            facing = cut(coarse, half_view, rotation, translation, point, skin, normal, 2 * STEP_MM, far, lie)
        if facing < 0:
            known[p] = False
            continue
        for i in range(SIDE):
            for j in range(SIDE):
                sums[0, p, i, j] += near[i, j]
                sums[1, p, i, j] += far[i, j]


@quick
def finish(sums: F32, looks: float, known: Flags, pictures: F32, slopes: F32, contrasts: F64) -> None:
    """From sums of pictures to pictures of contrast 1 and their slopes a millimetre; ``contrasts`` in codes, 0 where
    there is nothing to recognise."""
    for far in range(2):
        step = STEP_MM * (1 + far)
        for p in range(sums.shape[1]):
            contrasts[far, p] = 0.0
            if not known[p]:
                continue
            total = 0.0
            for i in range(SIDE):
                for j in range(SIDE):
                    total += sums[far, p, i, j] ** 2
            contrast = math.sqrt(total / (SIDE * SIDE)) / looks
            if contrast < CONTRAST_MIN:
                continue
            contrasts[far, p] = contrast
            for i in range(SIDE):
                for j in range(SIDE):
                    pictures[far, p, i, j] = sums[far, p, i, j] / (looks * contrast)
            for along in range(2):
                mean, level, down = 0.0, 0.0, 0.0
                for i in range(SIDE):
                    for j in range(SIDE):
                        place = j if along == 0 else i
                        low, high = max(place - 1, 0), min(place + 1, SIDE - 1)
                        if along == 0:
                            rise = pictures[far, p, i, high] - pictures[far, p, i, low]
                        else:
                            rise = pictures[far, p, high, j] - pictures[far, p, low, j]
                        rise /= (high - low) * step
                        slopes[far, p, along, i, j] = rise
                        mean += rise
                        level += rise * (j - SIDE // 2)
                        down += rise * (i - SIDE // 2)
                _level_out(slopes[far, p, along], mean, level, down)


@quick
def compare(
    picture: F32,
    view: tuple[float, float, float],
    rotation: F64,
    translation: F64,
    points: F64,
    axes: F64,
    normals: F64,
    far: int,
    pictures: F32,
    slopes: F32,
    contrasts: F64,
    own_way_px: float,
    pull: F64,
    likeness: F64,
) -> int:
    """How each mark is shifted on the frame: ``pull`` (n, 5) holds the right side (2) and the matrix (3) of its normal
    equations in pixels, weighted; ``likeness`` its correlation, 0 where it is not seen. Returns how many count."""
    own = np.empty((SIDE, SIDE), np.float32)
    lie = np.empty(7)
    seen = 0
    for p in range(points.shape[0]):
        likeness[p] = 0.0
        for k in range(5):
            pull[p, k] = 0.0
        if contrasts[far, p] == 0.0:
            continue
        facing = cut(
            picture,
            view,
            rotation,
            translation,
            points[p],
            axes[p],
            normals[p],
            STEP_MM * (1 + far),
            own,
            lie,
        )
        if facing < 0:
            continue
        total = single(0.0)
        for i in range(SIDE):
            for j in range(SIDE):
                total += own[i, j] * own[i, j]
        contrast = math.sqrt(total / (SIDE * SIDE))
        if contrast < CONTRAST_MIN:
            continue
        share = single(1.0 / contrast)
        alike, bu, bv = single(0.0), single(0.0), single(0.0)
        uu, uv, vv = single(0.0), single(0.0), single(0.0)
        for i in range(SIDE):
            for j in range(SIDE):
                now, before = own[i, j] * share, pictures[far, p, i, j]
                su, sv = slopes[far, p, 0, i, j], slopes[far, p, 1, i, j]
                alike += now * before
                bu += su * (now - before)
                bv += sv * (now - before)
                uu += su * su
                uv += su * sv
                vv += sv * sv
        like = alike / (SIDE * SIDE)
        likeness[p] = max(like, 1e-3)
        across = lie[3] * lie[6] - lie[4] * lie[5]
        if like < ALIKE_MIN or abs(across) < 1e-6:
            continue
        seen += 1
        # The matrix back from pixels to millimetres.
        m00, m01, m10, m11 = lie[6] / across, -lie[4] / across, -lie[5] / across, lie[3] / across
        weight = min((facing - FACING_MIN) / (FACING_FULL - FACING_MIN), 1.0) / (
            (NOISE / contrasts[far, p]) ** 2 + max(1.0 - like, 0.0) + MISFIT * MISFIT
        )
        a00, a01 = uu * m00 + uv * m10, uu * m01 + uv * m11
        a10, a11 = uv * m00 + vv * m10, uv * m01 + vv * m11
        pull[p, 0], pull[p, 1] = -(m00 * bu + m10 * bv), -(m01 * bu + m11 * bv)
        pull[p, 2], pull[p, 3], pull[p, 4] = (
            m00 * a00 + m10 * a10,
            m00 * a01 + m10 * a11,
            m01 * a01 + m11 * a11,
        )
        if own_way_px > 0.0:
            # Its own shift, where its picture tells of one.
            trace = pull[p, 2] + pull[p, 4]
            stiff_x, stiff_y = pull[p, 2] + 0.05 * trace, pull[p, 4] + 0.05 * trace
            whole = stiff_x * stiff_y - pull[p, 3] * pull[p, 3]
            dx = (stiff_y * pull[p, 0] - pull[p, 3] * pull[p, 1]) / whole
            dy = (stiff_x * pull[p, 1] - pull[p, 3] * pull[p, 0]) / whole
            weight /= 1.0 + (dx * dx + dy * dy) / (own_way_px * own_way_px)
        for k in range(5):
            pull[p, k] *= weight
    return seen
