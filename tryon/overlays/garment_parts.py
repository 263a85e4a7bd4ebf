"""A garment's picture cut into parts: textures, and meshes with their weights.

The torso is one mesh that follows control points by thin-plate splines (Bookstein, "Principal warps", 1989): these are
linear in the points' targets, so the weights are worked out once and a frame's drape is one small matrix product. Each
sleeve is a ribbon between two rails, from the shoulder's tip and from the armpit to the two ends of the cuff. What lies
in the neck opening, the inside of the back, is left out: a neck stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.overlays.garment_reach import (
    REACH,
    RISE,
    ROOM,
    above_hem,
    above_shoulders,
    around,
    near,
    sideways,
    spread,
    wearers_shoulders,
    with_room,
    within_sleeve,
)  # fmt: skip
from tryon.render.cloth import U64, channels, pyramid
from tryon.render.mesh import I32

# Control points of the torso, in the order of their targets.
CONTROLS: Final = (
    "right_neck", "left_neck", "right_shoulder", "left_shoulder", "right_armpit", "left_armpit", "right_waist",
    "left_waist", "right_hem", "left_hem", "neck_front", "chest", "waist", "hem_centre",
)  # fmt: skip
GRID: Final = (22, 16)
ALONG: Final = 22
# Across a sleeve: the two rails are 0 and 1, and the cloth may bulge beyond them.
ACROSS: Final = np.array([-0.55, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.55])
# Where torso and sleeve meet they overlap by this part of the shoulders' width.
OVERLAP: Final = 0.03
# How far a part's cloth goes on beneath its neighbour where there is something to cover, in shoulders' widths.
BENEATH: Final = 0.12
# A sleeve's outline is within this of the straight line from the armhole to the cuff, in shoulders' widths.
BULGE: Final = 0.25
# A neckline deeper than this many times its half width is a V.
V_NECK: Final = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """``levels`` are textures as ``lay`` takes them, each half as large as the one before; ``texels`` (n, 2) where the
    vertices are in the first."""

    levels: tuple[U64, ...]
    texels: F32
    triangles: I32

    def level(self, px_per_texel: float) -> int:
        """The texture whose texels are about a pixel."""
        level = int(np.floor(np.log2(max(1.0 / max(px_per_texel, 1e-3), 1.0)) + 0.35))
        return min(level, len(self.levels) - 1)

    @property
    def textures(self) -> tuple[U8, ...]:
        """The levels' channels, (h, w, 5) each."""
        return tuple(channels(level) for level in self.levels)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """``points`` are the garment's, in texels. ``weights`` (n, 14) take the controls' targets to the
    torso's vertices, which lie at ``torso_u`` across, -1..1 between the armpits, and ``torso_v`` down, 0..1 between
    shoulders and armpits. ``sleeves`` by side."""

    points: Mapping[str, F64]
    torso: Part
    weights: F64
    torso_u: F64
    torso_v: F64
    sleeves: Mapping[str, Part]

    @property
    def shoulder_px(self) -> float:
        """From one shoulder tip to the other in the picture."""
        return float(np.hypot(*(self.points["left_shoulder"] - self.points["right_shoulder"])))


def parts_of(bgra: U8, points: Mapping[str, tuple[float, float]]) -> Parts:
    """Cut a picture at its points."""
    at = {name: np.array(point, np.float64) for name, point in points.items()}
    unit = float(np.hypot(*(at["left_shoulder"] - at["right_shoulder"])))
    wearer = wearers_shoulders(at, unit)
    # Beside a neck cloth may rise.
    bgra, at = with_room(bgra, at, wearer, (RISE + ROOM) * wearer)
    at["chest"] = (at["right_armpit"] + at["left_armpit"]) / 2
    at["waist"] = (at["right_waist"] + at["left_waist"]) / 2
    alpha = np.asarray(bgra[..., 3], np.uint8)
    opening = _opening(at, bgra.shape[:2])
    # What rises between the neck points is behind the neck: nobody sees it.
    through = 255 - np.maximum(opening, _opening(at, bgra.shape[:2], above=True))
    color = spread(np.dstack([bgra[..., :3], np.minimum(alpha, through)]))
    torso_area, sleeve_masks = _areas(at, alpha, unit)
    soft = max(OVERLAP * unit, 1.0)
    seams = {side: _seam(at, side, unit, alpha.shape, soft) for side in sleeve_masks}
    torso_alpha = np.minimum(alpha, np.maximum.reduce([torso_area, *seams.values()]))
    torso_alpha = np.minimum(torso_alpha, through)
    reach = around(alpha, at, unit, wearer)
    # Not below the hem, not into the neck opening, not out of a sleeve's end.
    body = np.asarray(np.minimum(alpha, torso_area), np.uint8)
    torso_reach = np.minimum(reach, above_hem(at, body, unit))
    first = round((at["right_armpit"][1] + at["left_armpit"][1]) / 2)
    beneath = near(torso_area, BENEATH * unit)
    # Below the armpits there is no other part's cloth to go beneath.
    beneath[first:] = 255
    torso_reach = np.minimum(torso_reach, np.minimum(through, beneath))
    texels, triangles = _grid(bgra.shape[1], bgra.shape[0], at, wearer)
    weights = _spline(np.stack([at[name] for name in CONTROLS]), texels.astype(np.float64))
    # Beyond the armholes the torso's cloth goes on, not the sleeves'. Over the shoulders that is the back's inside.
    over = above_shoulders(at, alpha.shape, unit) > 0.5
    beside = np.where(((torso_alpha > 0) | over)[..., None], color, sideways(color, body))
    torso = _part(np.asarray(beside, np.uint8), torso_alpha, torso_reach, texels, triangles)
    sleeves = {}
    for side, area in sleeve_masks.items():
        corners, faces = _ribbon(at, side, np.minimum(alpha, area))
        own = np.maximum(area, seams[side])
        sleeve_alpha = np.minimum(alpha, cv2.GaussianBlur(own, (0, 0), soft / 2))
        sleeve_alpha = np.where(area > 0, alpha, np.minimum(sleeve_alpha, seams[side]))
        sleeve_reach = np.minimum(reach, near(area, BENEATH * unit))
        sleeve_reach = np.minimum(sleeve_reach, within_sleeve(at, side, alpha.shape, unit))
        cloth = np.asarray(np.minimum(alpha, area), np.uint8)
        own = sideways(color, cloth, _along(at, side))
        sleeves[side] = Part(pyramid(own, sleeve_alpha, sleeve_reach), corners, faces)
    middle = (at["right_armpit"][0] + at["left_armpit"][0]) / 2
    half = abs(at["left_armpit"][0] - at["right_armpit"][0]) / 2
    u = (texels[:, 0] - middle) / max(half, 1.0)
    tip = (at["right_shoulder"][1] + at["left_shoulder"][1]) / 2
    pit = (at["right_armpit"][1] + at["left_armpit"][1]) / 2
    v = np.clip((texels[:, 1] - tip) / max(pit - tip, 1.0), 0.0, 1.0)
    return Parts(
        at, torso, weights, np.clip(u, -1.15, 1.15).astype(np.float64), v.astype(np.float64), sleeves
    )


def _polygon(points: list[F64], shape: tuple[int, ...]) -> U8:
    area: U8 = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(area, [np.rint(np.stack(points) * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    return area


def _opening(at: Mapping[str, F64], shape: tuple[int, ...], *, above: bool = False) -> U8:
    """Above the front neckline, a curve through the neck points and the centre front; ``above``: up to the top."""
    right, left, front = at["right_neck"], at["left_neck"], at["neck_front"]
    t = np.linspace(0.0, np.pi, 41)
    middle = (right + left) / 2
    depth = front - middle
    half = (left - right) / 2
    if float(np.hypot(*depth)) > V_NECK * float(np.hypot(*half)):
        x = 2 * t / np.pi - 1
        y = 1 - np.abs(x)
    else:
        x = -np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.85
        y = np.sin(t) ** 1.15
    curve = list(middle + x[:, None] * half + y[:, None] * depth)
    # A little above the shoulder line: what is higher is neck, hair, hood.
    up = np.array([0.0, -1000.0 if above else -0.06 * np.hypot(*(left - right))])
    return _polygon([right + up, *curve, left + up], shape)


def _areas(at: Mapping[str, F64], alpha: U8, unit: float) -> tuple[U8, dict[str, U8]]:
    """Which pixels belong to the torso and which to each sleeve: cut apart along the armholes, every pixel goes to the
    nearest piece."""
    shape = alpha.shape
    sides = [side for side in ("right", "left") if f"{side}_cuff_outer" in at]
    seeds: U8 = (alpha > 128).astype(np.uint8)
    for side in sides:
        line = np.rint(_armhole(at, side, unit) * 16).astype(np.int32)
        cv2.polylines(seeds, [line], False, (0.0,), 5, cv2.LINE_8, 4)
    _, found = cv2.connectedComponents(seeds, connectivity=4)
    labels = np.asarray(found, np.int32)
    # In the middle an open front has no cloth, and its halves are two pieces.
    across = at["left_armpit"] - at["right_armpit"]
    torso = {_label(labels, at["right_armpit"] + share * across) for share in (0.15, 0.3, 0.5, 0.7, 0.85)} - {
        0
    }
    markers: U8 = np.full(shape, 1, np.uint8)
    owner = np.zeros(shape, np.uint8)
    owner[np.isin(labels, list(torso))] = 1
    for number, side in enumerate(sides, start=2):
        root = (at[f"{side}_shoulder"] + at[f"{side}_armpit"]) / 2
        middle = (at[f"{side}_cuff_outer"] + at[f"{side}_cuff_inner"]) / 2
        along = [_label(labels, root + share * (middle - root)) for share in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)]
        label = max(set(along), key=along.count)
        if label == 0 or label in torso:
            owner[_wedge(at, side, shape) > 0] = number
        else:
            owner[labels == label] = number
    markers[owner > 0] = 0
    _, nearest = cv2.distanceTransformWithLabels(markers, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(nearest.max()) + 1, np.uint8)
    rows, columns = np.nonzero(owner)
    table[nearest[rows, columns]] = owner[rows, columns]
    owner = table[nearest]
    areas = {side: np.asarray((owner == n) * 255, np.uint8) for n, side in enumerate(sides, start=2)}
    return np.asarray((owner == 1) * 255, np.uint8), areas


def _label(labels: I32, point: F64) -> int:
    x = min(max(int(point[0]), 0), labels.shape[1] - 1)
    y = min(max(int(point[1]), 0), labels.shape[0] - 1)
    return int(labels[y, x])


def _armhole(at: Mapping[str, F64], side: str, unit: float) -> F64:
    """From above the shoulder's tip to just outside the armpit."""
    tip, pit = at[f"{side}_shoulder"], at[f"{side}_armpit"]
    inner = at[f"{side}_cuff_inner"]
    sign = -1.0 if side == "right" else 1.0
    hollow = (tip + pit) / 2 - sign * np.array([0.06 * np.hypot(*(pit - tip)), 0.0])
    t = np.linspace(0.0, 1.0, 12)[:, None]
    curve = (1 - t) ** 2 * tip + 2 * t * (1 - t) * hollow + t**2 * pit
    over = tip + np.array([sign * 0.01, -0.08]) * unit
    # On to the gap between sleeve and side, which opens along their bisector.
    out = pit + 0.5 * ((inner - pit) / max(float(np.hypot(*(inner - pit))), 1e-6) + (0.0, 1.0)) * 0.10 * unit
    return np.concatenate([over[None], curve, out[None]])


def _wedge(at: Mapping[str, F64], side: str, shape: tuple[int, ...]) -> U8:
    """The sleeve of a garment whose sleeves lie against its sides: between its rails."""
    tip, pit = at[f"{side}_shoulder"], at[f"{side}_armpit"]
    return _polygon([tip, at[f"{side}_cuff_outer"], at[f"{side}_cuff_inner"], pit], shape)


def _seam(at: Mapping[str, F64], side: str, unit: float, shape: tuple[int, ...], width_px: float) -> U8:
    """The band along an armhole in which torso and sleeve overlap."""
    band: U8 = np.zeros(shape[:2], np.uint8)
    line = np.rint(_armhole(at, side, unit)[1:-1] * 16).astype(np.int32)
    cv2.polylines(band, [line], False, (255.0,), max(round(2 * width_px), 2), cv2.LINE_AA, 4)
    return band


def _part(color: U8, alpha: U8, reach: U8, texels: F32, triangles: I32) -> Part:
    """A part of the grid, without the triangles on which nothing is."""
    something = cv2.dilate(np.maximum(alpha, reach), np.ones((5, 5), np.uint8)) > 0
    low = np.floor(texels[triangles].min(axis=1)).astype(int)
    high = np.ceil(texels[triangles].max(axis=1)).astype(int) + 1
    boxes = zip(low.tolist(), high.tolist(), strict=True)
    kept = np.array([bool(something[max(y0, 0) : y1, max(x0, 0) : x1].any()) for (x0, y0), (x1, y1) in boxes])
    return Part(pyramid(color, alpha, reach), texels, np.ascontiguousarray(triangles[kept]))


def quads(rows: int, columns: int) -> I32:
    i, j = np.mgrid[0 : rows - 1, 0 : columns - 1]
    a = (i * columns + j).ravel()
    b, c, d = a + 1, a + columns, a + columns + 1
    return np.asarray(np.stack([a, b, c, b, d, c], axis=1).reshape(-1, 3), np.int32)


def _grid(width: int, height: int, at: Mapping[str, F64], wearer: float) -> tuple[F32, I32]:
    margin = (REACH + ROOM) * wearer
    sides = np.array([at[name][0] for name in CONTROLS])
    x = np.linspace(max(sides.min() - margin, 0), min(sides.max() + margin, width), GRID[1])
    y = np.linspace(0.0, min(at["hem_centre"][1] + margin, height), GRID[0])
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return grid.astype(np.float32), quads(*GRID)


def _spline(controls: F64, points: F64) -> F64:
    """Weights (n, controls) of thin-plate splines; they reproduce affine maps exactly."""
    count = len(controls)

    def kernel(a: F64, b: F64) -> F64:
        squared = ((a[:, None] - b[None]) ** 2).sum(axis=-1)
        return np.asarray(squared * np.log(np.maximum(squared, 1e-9)), np.float64)

    # Slightly smoothed, so that targets that disagree do not ripple.
    scale = float(np.abs(controls).max())
    controls, points = controls / scale, points / scale
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = kernel(controls, controls) + 2e-3 * np.eye(count)
    system[:count, count] = system[count, :count] = 1.0
    system[:count, count + 1 :] = controls
    system[count + 1 :, :count] = controls.T
    right = np.zeros((count + 3, count))
    right[:count] = np.eye(count)
    solved = np.linalg.solve(system, right)
    basis = np.concatenate([kernel(points, controls), np.ones((len(points), 1)), points], axis=1)
    return np.asarray(basis @ solved, np.float64)


def _ribbon(at: Mapping[str, F64], side: str, own: U8) -> tuple[F32, I32]:
    """Texture places of a sleeve's vertices, row after row from the armhole to beyond the cuff. ``own`` is the sleeve's
    alpha: its two edges are the rails."""
    tip, pit = at[f"{side}_shoulder"], at[f"{side}_armpit"]
    out, inn = at[f"{side}_cuff_outer"], at[f"{side}_cuff_inner"]
    s = sleeve_rows()[:, None]
    outer, inner = tip + s * (out - tip), pit + s * (inn - pit)
    # The sleeve's outline is looked for across it: along the slanted rows, stripes would come out slanted.
    along = _along(at, side)
    across = np.array([along[1], -along[0]])
    across *= 1.0 if float((tip + out - pit - inn) @ across) > 0 else -1.0
    unit = float(np.hypot(*(at["left_shoulder"] - at["right_shoulder"])))
    outer = outer + _outline(own, outer, across, unit, s[:, 0])[:, None] * across
    inner = inner - _outline(own, inner, -across, unit, s[:, 0])[:, None] * across
    grid = outer[:, None] + sleeve_columns()[..., None] * (inner - outer)[:, None]
    return grid.reshape(-1, 2).astype(np.float32), quads(len(s), len(ACROSS))


def _along(at: Mapping[str, F64], side: str) -> F64:
    """Unit vector down a sleeve."""
    ends = at[f"{side}_cuff_outer"] + at[f"{side}_cuff_inner"]
    along = ends - at[f"{side}_shoulder"] - at[f"{side}_armpit"]
    return np.asarray(along / max(float(np.hypot(*along)), 1e-6), np.float64)


def _outline(own: U8, rail: F64, out: F64, unit: float, s: F64) -> F64:
    """How far out a sleeve's edge is from each point of a rail, (n,) in pixels, less where it is further in."""
    places = np.linspace(-BULGE, BULGE, 121) * unit
    line = rail[:, None] + places[:, None] * out
    x = np.clip(line[..., 0].astype(int), 0, own.shape[1] - 1)
    y = np.clip(line[..., 1].astype(int), 0, own.shape[0] - 1)
    covered = own[y, x] > 128
    last = places[covered.shape[1] - 1 - covered[:, ::-1].argmax(axis=1)]
    told = covered.any(axis=1) & (s > 0.02) & (s < 0.97)
    return _smoothed(np.where(told, last, 0.0))


def _smoothed(rows: F64) -> F64:
    padded = np.concatenate([rows[:1], rows, rows[-1:]])
    return np.asarray(0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:], np.float64)


def sleeve_rows() -> F64:
    """Places along a sleeve: from a little above the armhole to a little beyond the cuff."""
    return np.linspace(-0.06, 1.06, ALONG)


def sleeve_columns() -> F64:
    """Places across a sleeve, (rows, ``ACROSS``). Rows run slantwise from an armhole: beyond the inner rail is the
    sleeve's own cloth further down there, which hung from a bent arm."""
    grows = np.clip((sleeve_rows() - 0.15) / 0.3, 0.02, 1.0)[:, None]
    return np.asarray(np.where(ACROSS > 1, 1 + (ACROSS - 1) * grows, ACROSS), np.float64)
