"""The lens openings in a straightened photo: what the rims enclose, whether the lenses are clear or tinted.

Both sides are looked at as one. Around the lens's middle the picture is unrolled, and the closed line is found at which
lens turns into rim: colours within it are the lens's, beyond it the rim's, and it lies on an edge (dynamic programming
over angles, after Amini, Weymouth & Jain, PAMI 1990). A temple that is seen through a clear lens bites a piece out of
the opening; openings have no such bites, so they are bridged as a spline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import BadAsset
from tryon.frame import F32, F64
from tryon.ingest.photo_line import ANGLES, bites, closed_path, refined, rough, shrunk, smooth, widened
from tryon.ingest.photo_straight import Straight
from tryon.ingest.photo_warp import looked_up

_STEP_PX: Final = 0.5
# Within this part of the largest circle in the frame's outline all is lens; the line lies beyond the second.
_LENS_SEED: Final = 0.6
_NEAREST: Final = 0.45
# So far inside the outline, as a part of the frame's width, all is rim.
_RIM_SEED: Final = 0.0055
# A lens's circle is at least so large, as a part of the frame's half width.
_CIRCLE_MIN: Final = 0.13
_LOG_MAX: Final = 3.0
# What a full edge is worth against pixels of the wrong colour, and what a step aside costs.
_EDGE: Final = 14.0
_ASIDE: Final = 0.06
# A dark rim before a dark lens has several faint edges side by side, and the line keeps to one.
_ASIDE_DARK: Final = 0.25
# Rims are looked at in so many directions, each for itself by this part: light falls on them differently.
_SECTORS: Final = 12
_LOCAL: Final = 0.7
# Shares of colours never seen, on lens and rim: what is no rim is seen through the lens, as temples are.
_UNSEEN: Final = (6e-4, 2e-4)
# Changes of colour a pixel below this are noise.
_EDGE_MIN: Final = 0.5
# Where colours of lens and rim overlap by this they can be gone by wholly, and not at all.
_ALIKE: Final = (0.1, 0.4)
_FIRST: Final = 0.5
_TOLD_MIN: Final = 0.3
# At the temporal side, in angles: weaker edges this part of the frame's width farther out are tried, in a stiffer line,
# and taken where they make it so much smoother.
_TEMPORAL: Final = (-110, 140)
_BITE: Final = 0.05
_WEAK: Final = 4.0
_STIFFER: Final = 0.25
# A weaker edge is followed less closely.
_DOUBTED: Final = 0.2
_RUN_MIN: Final = 10
_SMOOTHER: Final = 0.85
# An edge counts whole from this part of the strongest one out there.
_FAINT: Final = 0.4
# A rim is at least so wide, as a part of the frame's width.
_RIM_MIN: Final = 0.004
# A wall is seen through a lens in the shade of its rim, too: so dark, and so often.
_SHADED: Final = ((0.92, 0.3), (0.84, 0.15), (0.76, 0.08))
# Of the frame's width: what an opening may be hollow.
_HOLLOW: Final = 0.005
_BITES_MAX: Final = 0.4
_NO_RIMS: Final = (
    "No two rims that close around the lenses were found; rimless frames, and photos not taken from the front, need a "
    "GLB."
)


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The opening at the wearer's left (the picture's right), as radii (ANGLES,) in canvas pixels about ``pole_px``,
    which is (to the right of the axis, down from the canvas's upper edge); angles run clockwise on the canvas from
    its right. ``bridged`` is the part of it that a temple hid."""

    pole_px: tuple[float, float]
    radii_px: F64
    bridged: float

    def points(self, side: float = 1.0, inset_px: float = 0.0) -> F64:
        """(n, 2): x from the axis, y from the canvas's upper edge; ``side`` -1 is the wearer's right."""
        angles = np.arange(ANGLES) / ANGLES * 2 * np.pi
        radii = self.radii_px - inset_px
        x = self.pole_px[0] + radii * np.cos(angles)
        return np.column_stack((side * x, self.pole_px[1] + radii * np.sin(angles)))

    @property
    def box_px(self) -> tuple[float, float, float, float]:
        """Least x, least y, greatest x, greatest y."""
        points = self.points()
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


def find_opening(straight: Straight) -> Opening:
    """Raises BadAsset where no rim encloses a lens."""
    axis = round(straight.axis_px)
    both = np.minimum(straight.filled, straight.filled[:, ::-1])
    half = np.ascontiguousarray(both[:, axis:])
    half[:, :2] = 0
    depth = np.asarray(cv2.distanceTransform(half, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    circle = float(depth.max())
    if circle < _CIRCLE_MIN * straight.half_px:
        raise BadAsset(_NO_RIMS, field="upload")
    y, x = (float(value) for value in np.unravel_index(int(depth.argmax()), depth.shape))
    lab = np.asarray(cv2.cvtColor(straight.bgr.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), np.float32)
    lab = np.asarray(cv2.bilateralFilter(lab, 5, 8.0, 1.5), np.float32)
    sides = [np.ascontiguousarray(lab[:, axis:]), np.ascontiguousarray(lab[:, axis::-1])]
    ratio, told = _lens_or_rim(sides, depth, (x, y), circle, straight.half_px)
    opening = _traced(sides, depth, ratio, told, (x, y), circle, straight.half_px)
    # From the middle of what was found, rays meet it less at a slant.
    left, top, right, bottom = opening.box_px
    middle = ((left + right) / 2, (top + bottom) / 2)
    opening = _traced(
        sides, depth, ratio, told, middle, min(right - left, bottom - top) / 2, straight.half_px
    )
    left, top, right, bottom = opening.box_px
    if left < 1 or (right - left) < 1.2 * circle or (bottom - top) < 0.8 * circle:
        raise BadAsset(_NO_RIMS, field="upload")
    return opening


def _traced(
    sides: list[F32],
    depth: F32,
    ratio: F64,
    told: float,
    pole: tuple[float, float],
    circle: float,
    half_px: float,
) -> Opening:
    reach = round(min(half_px, 2.4 * circle) / _STEP_PX)
    unrolled = [_unrolled(side, pole, reach) for side in sides]
    # Once a ray has left the outline, nothing beyond counts.
    within = np.logical_and.accumulate(_unrolled(depth, pole, reach) > 0.5, axis=1)
    farthest = within.sum(axis=1) - _RIM_MIN * 2 * half_px / _STEP_PX
    nearest = round(_NEAREST * circle / _STEP_PX)
    beyond = np.arange(reach)[None] > np.maximum(farthest, nearest + 2)[:, None]
    beyond[:, :nearest] = True
    region = sum(_region(_look_up(ratio, side), within) for side in unrolled) / 2
    edge = np.asarray(sum(_edges(side) for side in unrolled) / 2 * ~beyond, np.float64)
    strong = max(float(np.quantile(edge.max(axis=1), 0.5)), _EDGE_MIN)
    seen = np.minimum(edge / strong, 1.0)
    # Where colours tell nothing, the first edge on the way out is the rim's.
    cost = told * region + (1 - told) * _FIRST * np.cumsum(seen, axis=1) - _EDGE * seen
    cost[beyond] = np.inf
    steps = refined(closed_path(cost, _ASIDE + (1 - told) * _ASIDE_DARK), edge, strong)
    # Before lenses as dark as their rims no temple is seen.
    if told > _TOLD_MIN:
        steps = _past_temple(steps, edge, np.minimum(farthest - 4, reach - 2), _BITE * 2 * half_px / _STEP_PX)
    radii = steps * _STEP_PX
    weight = np.ones(ANGLES)
    # Lenses may be a little hollow above, as cat-eyes are; temples bite at the side alone.
    bitten = bites(radii, _HOLLOW * 2 * half_px) & _temporal()
    if bitten.mean() > _BITES_MAX:
        raise BadAsset(_NO_RIMS, field="upload")
    weight[bitten] = 0.0
    closed = smooth(radii, weight)
    closed = np.where(bitten, np.clip(closed, radii, np.maximum(radii, farthest * _STEP_PX)), closed)
    return Opening(pole, closed, float(bitten.mean()))


def _unrolled(picture: F32, pole: tuple[float, float], reach: int) -> F32:
    """(ANGLES, reach, …): the picture along rays from the pole."""
    angle = (np.arange(ANGLES) / ANGLES * 2 * np.pi)[:, None]
    radius = (np.arange(reach) * _STEP_PX)[None]
    return looked_up(picture, pole[0] + radius * np.cos(angle), pole[1] + radius * np.sin(angle), beyond=0.0)


_BINS: Final = (26, 24, 24)


def _cells(lab: F32) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    lightness = np.clip(lab[..., 0] / 4, 0, _BINS[0] - 1).astype(np.intp)
    a, b = (np.clip((lab[..., k] + 72) / 6, 0, _BINS[k] - 1).astype(np.intp) for k in (1, 2))
    return lightness, a, b


def _lens_or_rim(
    sides: list[F32], depth: F32, pole: tuple[float, float], circle: float, half_px: float
) -> tuple[F64, float]:
    """Log of how much likelier each colour is on the lens than on the rim, by sectors about the pole and cells of L*,
    a* and b*; and how far colours can be gone by, 0..1."""
    y, x = np.mgrid[0 : depth.shape[0], 0 : depth.shape[1]]
    away = np.hypot(x - pole[0], y - pole[1])
    sector = _sector(np.arctan2(y - pole[1], x - pole[0]))
    lens = away < _LENS_SEED * circle
    rim = (depth > 1.2) & (depth < max(_RIM_SEED * half_px * 2, 3.0)) & (away > 0.9 * circle)
    of_lens = np.zeros(_BINS)
    of_rim = np.zeros((_SECTORS, *_BINS))
    for side in sides:
        for darker, share in ((1.0, 1.0), *_SHADED):
            np.add.at(of_lens, _cells(side[lens] * np.float32(darker)), share)
        np.add.at(of_rim, (sector[rim], *_cells(side[rim])), 1.0)
    of_lens = _blurred(of_lens)
    everywhere = _blurred(of_rim.sum(axis=0))
    ratio = np.empty((_SECTORS, *_BINS), np.float32)
    for number in range(_SECTORS):
        near = _blurred(of_rim[[number - 1, number, (number + 1) % _SECTORS]].sum(axis=0))
        here = _LOCAL * near + (1 - _LOCAL) * everywhere
        ratio[number] = np.log((of_lens + _UNSEEN[0]) / (here + _UNSEEN[1]))
    # Bhattacharyya's coefficient: 1 where lens and rim have the same colours.
    told = float(np.interp(np.sqrt(of_lens * everywhere).sum(), _ALIKE, (1.0, 0.0)))
    return ratio.clip(-_LOG_MAX, _LOG_MAX).astype(np.float64), told


def _blurred(count: F64) -> F64:
    """Shares of all, a cell's neighbours with it."""
    for axis in range(3):
        count = 0.5 * count + 0.25 * (np.roll(count, 1, axis) + np.roll(count, -1, axis))
    return np.asarray(count / max(count.sum(), 1.0), np.float64)


def _sector(angle: F64) -> NDArray[np.intp]:
    return np.asarray(np.floor(angle / (2 * np.pi) * _SECTORS), np.intp) % _SECTORS


def _look_up(ratio: F64, lab: F32) -> F64:
    angles = np.arange(ANGLES) / ANGLES * 2 * np.pi
    rows = np.broadcast_to(_sector(angles)[:, None], lab.shape[:2])
    return np.asarray(ratio[(rows, *_cells(lab))], np.float64)


def _region(ratio: F64, within: NDArray[np.bool_]) -> F64:
    """What it costs that the line passes at a radius: rim's colours within it, the lens's beyond."""
    ratio = ratio * within * _STEP_PX
    inner = np.cumsum(np.maximum(-ratio, 0), axis=1)
    outer = np.maximum(ratio, 0)
    return np.asarray(inner + outer.sum(axis=1, keepdims=True) - np.cumsum(outer, axis=1), np.float64)


def _edges(lab: F32) -> F64:
    """How fast colours change along the rays."""
    soft = cv2.GaussianBlur(lab, (0, 0), sigmaX=2.0, sigmaY=1.0)
    change = np.gradient(soft, axis=1)
    return np.asarray(np.linalg.norm(change, axis=-1), np.float64)


def _temporal() -> NDArray[np.bool_]:
    angles = np.arange(ANGLES)
    return np.asarray((angles < _TEMPORAL[1]) | (angles >= ANGLES + _TEMPORAL[0]), np.bool_)


def _past_temple(steps: F64, edge: F64, farthest: F64, deep: float) -> F64:
    """The line moved out, at the temporal side, to a weaker edge where that makes it smoother.

    A temple right behind the rim has the rim's colours, and the line stops at it; the rim's own edge lies farther out.
    """
    reach = edge.shape[1]
    at = np.arange(reach)[None]
    beyond = (at > steps[:, None] + 3) & (at <= np.minimum(steps + deep, farthest)[:, None])
    further = edge * beyond
    strong = cv2.blur(further.max(axis=1)[:, None], (1, 41), borderType=cv2.BORDER_REPLICATE)
    seen = np.minimum(further / np.maximum(_FAINT * strong, _EDGE_MIN / 2), 1.0)
    own = np.abs(at - steps[:, None]) <= 2
    cost = np.where(beyond, -_WEAK * seen, np.where(own, -_WEAK, np.inf))
    elsewhere = ~_temporal()
    cost[elsewhere] = np.where(own, 0.0, np.inf)[elsewhere]
    other = refined(closed_path(cost, _STIFFER), np.where(beyond, edge, 0.0), float(np.median(strong)))
    other = np.where(np.abs(other - steps) <= 2.5, steps, other)
    found = steps.copy()
    count, runs = cv2.connectedComponents((np.roll(other - steps, ANGLES // 2) > 2.5).astype(np.uint8)[None])
    runs = np.roll(runs[0], -(ANGLES // 2))
    for number in range(1, count):
        own_run = runs == number
        if own_run.sum() < _RUN_MIN:
            continue
        near = widened(own_run, 24)
        # Where it leaves the line and comes back it is neither the one nor the other edge.
        joints = widened(own_run, 6) & ~shrunk(own_run, 6)
        weight = np.where(joints, 0.0, np.where(own_run, _DOUBTED, 1.0))
        moved = smooth(np.where(own_run, other, found), weight)
        if rough(moved, near) < _SMOOTHER * rough(found, near):
            found = moved
    return found
