"""The front's own shape in a straightened photo: one symmetric area without temples, nose pads and lenses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.errors import BadAsset
from tryon.frame import F32, F64, U8
from tryon.ingest.photo_line import ANGLES
from tryon.ingest.photo_openings import Opening
from tryon.ingest.photo_straight import Straight
from tryon.ingest.photo_warp import looked_up

# A photographer's distance where nobody tells. The ends of a curved front are farther away than its
# middle, and seen smaller.
CAMERA_MM: Final = 1000.0
# Contours are smoothed over this, and over so many pixels at least.
_SMOOTH_MM: Final = 0.3
_SMOOTH_PX: Final = 1.0
_FINER: Final = 3
# Points along contours: one for each so many mm and for each turn of a radian as for this length.
_SPACING_MM: Final = 1.25
_CORNER_MM: Final = 5.0
# So many tenths of a millimetre are looked over for how much a line bends.
_APART: Final = 8
# Smaller holes are highlights.
_HOLE_MM2: Final = 10.0
# Where the left and the right side disagree by more than this, less is front.
_DISAGREE_MM: Final = 1.0
# By this a rim may widen downwards, a millimetre along the lens.
_WIDENS: Final = 0.08
# A rim steps out to a temple behind it by this within a few degrees; fronts flare evenly.
_STEP_MM: Final = 0.9
_STEP_ANGLES: Final = 5
_STEPPED: Final = 1.25
# The outermost part of the front is where its hinges are.
_END_MM: Final = 2.2
_FILLET_MM: Final = 3.0
# From the lens to the hinge is so far on every frame.
_END_MIN_MM: Final = 2.5
_FAINT: Final = (
    "The frame hardly stands out from its background; photograph it before a darker or a lighter one."
)
# Of rims so much is seen at least, at one of these distances beyond the lens.
_SEEN_MIN: Final = 0.5
_WITHIN_MM: Final = (0.5, 1.0, 1.5)
# Rims of no more than this are wire.
WIRE_MM: Final = 2.4
_BURR: Final = 1.5
# Beyond the rim by this, and not part of the bridge, are nose pads.
_PAD_MM: Final = 0.7
_RIM_MIN_MM: Final = 0.7


@dataclass(frozen=True, eq=False)
class Shape:
    """In mm on the front's plane: x to the wearer's left from the axis, y up from the lenses' middle. ``silhouette``
    and ``holes`` are closed lines; ``opening`` (ANGLES, 2) is the wearer's left. ``rim_mm`` (ANGLES,) is the rim's
    width along the opening's rays; ``end_y_mm`` and ``end_height_mm`` are where and how high the front ends; ``mask``
    is the front on the canvas, 0 or 255."""

    silhouette: F64
    holes: tuple[F64, ...]
    opening: F64
    rim_mm: F64
    end_y_mm: float
    end_height_mm: float
    bridge_low_mm: float
    bridge_top_mm: float
    mask: U8
    middle_px: float

    @property
    def width_mm(self) -> float:
        return float(np.ptp(self.silhouette[:, 0]))

    @property
    def lower_rim_mm(self) -> float:
        """The rim's middle width below the lens."""
        return float(np.median(self.rim_mm[_sector(60.0, 120.0)]))


def shape_of(
    straight: Straight, opening: Opening, mm_per_px: float, middles_mm: float, wrap_mm: float
) -> Shape:
    """``wrap_mm`` is the radius of the front's curve. Raises BadAsset where the lenses are not joined."""
    _, top, _, bottom = opening.box_px
    middle = (top + bottom) / 2
    mask = _symmetric(straight, mm_per_px)
    if _seen(mask, opening, straight.axis_px, mm_per_px) < _SEEN_MIN:
        raise BadAsset(_FAINT, field="upload")
    aside = np.array((straight.axis_px, 0.0))
    own = opening.points() + aside
    other = opening.points(-1.0) + aside
    mask = _glazed(mask, (own, other), max(_RIM_MIN_MM / mm_per_px, 1.5))
    exits = _exits(mask, opening, straight.axis_px)
    mask, rim_px = _without_temples(mask, opening, exits, straight.axis_px, mm_per_px)
    mask = _without_pads(mask, opening, rim_px, straight.axis_px, mm_per_px)
    if float(np.median(rim_px)) * mm_per_px < WIRE_MM:
        mask = _wired(mask, (own, other), float(np.median(rim_px)))
    mask = np.maximum(mask, mask[:, ::-1])
    to_mm = _Millimetres(straight.axis_px, middle, mm_per_px, middles_mm / 2, wrap_mm)
    silhouette, holes = _lines(mask, (own, other), to_mm)
    end = (float(np.ptp(silhouette[:, 0])) - 2 * float(to_mm(own)[:, 0].max())) / 2
    if end < _END_MIN_MM:
        raise BadAsset(_FAINT, field="upload")
    ends = silhouette[silhouette[:, 0] > silhouette[:, 0].max() - _END_MM]
    axis = np.flatnonzero(mask[:, round(straight.axis_px)] > 0.5)
    if len(axis) == 0:
        raise BadAsset(
            "No bridge was found between the lenses; photograph the frame before a background that it stands out from.",
            field="upload",
        )
    runs = np.split(axis, np.flatnonzero(np.diff(axis) > 2) + 1)
    low, high = (middle - float(runs[-1][-1])) * mm_per_px, (middle - float(runs[0][0])) * mm_per_px
    return Shape(
        silhouette=silhouette,
        holes=holes,
        opening=to_mm(own),
        rim_mm=rim_px * mm_per_px,
        end_y_mm=float(ends[:, 1].min() + ends[:, 1].max()) / 2,
        end_height_mm=float(np.ptp(ends[:, 1])),
        bridge_low_mm=low,
        bridge_top_mm=high,
        mask=np.asarray(mask > 0.5, np.uint8) * np.uint8(255),
        middle_px=middle,
    )


@dataclass(frozen=True)
class _Millimetres:
    axis_px: float
    middle_px: float
    mm_per_px: float
    lens_x_mm: float
    wrap_mm: float

    def __call__(self, points: F64) -> F64:
        x = (points[:, 0] - self.axis_px) * self.mm_per_px
        # What lies behind the lenses' middles is seen smaller than the scale that was taken there.
        grown = 1 + (x * x - self.lens_x_mm**2) / (2 * self.wrap_mm * CAMERA_MM)
        return np.column_stack((x * grown, (self.middle_px - points[:, 1]) * self.mm_per_px * grown))


def _symmetric(straight: Straight, mm_per_px: float) -> F32:
    """The mean of both sides; where they disagree over more than an edge's width, what both have."""
    own = straight.cover
    other = own[:, ::-1]
    side = 2 * max(round(_DISAGREE_MM / mm_per_px / 2), 1) + 1
    disagree = (np.abs(own - other) > 0.5).astype(np.uint8)
    kernel = np.ones((side, side), np.uint8)
    thick = cv2.dilate(cv2.morphologyEx(disagree, cv2.MORPH_OPEN, kernel), kernel)
    return np.where(thick > 0, np.minimum(own, other), (own + other) / 2).astype(np.float32)


def _glazed(mask: F32, openings: tuple[F64, F64], rim_px: float) -> F32:
    """Without what the rims enclose, and with rims that are nowhere thinner than ``rim_px``."""
    lens = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(lens, [np.rint(line * 16).astype(np.int32) for line in openings], [255], cv2.LINE_AA, 4)
    away = cv2.distanceTransform((lens < 128).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rimmed = np.maximum(mask, np.clip(rim_px + 0.5 - away, 0, 1))
    return np.asarray(np.minimum(rimmed, 1 - lens.astype(np.float32) / 255), np.float32)


def _wired(mask: F32, openings: tuple[F64, F64], rim_px: float) -> F32:
    """With rims of wire, whose shine the background may have: as wide everywhere as they mostly are."""
    lens = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(lens, [np.rint(line * 16).astype(np.int32) for line in openings], [1], cv2.LINE_8, 4)
    away = np.asarray(cv2.distanceTransform(1 - lens, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    side = 2 * max(round(0.3 * rim_px), 1) + 1
    round_side = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # Between the lenses a shine may split a bridge; at the sides a gap parts temples from the rim.
    whole = mask.copy()
    low, high = (
        round(float(line[:, 0].max() if line is openings[1] else line[:, 0].min())) for line in openings[::-1]
    )
    whole[:, low : high + 1] = cv2.morphologyEx(whole[:, low : high + 1], cv2.MORPH_CLOSE, round_side)
    whole = np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, round_side), np.float32)
    band = np.clip(rim_px + 0.5 - away, 0, 1)
    # What sticks out of the wire by less than a part of it is light, not shape.
    beside = (away < _BURR * rim_px) & (lens == 0)
    core = cv2.dilate(
        cv2.morphologyEx(np.where(away > 1.15 * rim_px, whole, 0), cv2.MORPH_OPEN, round_side), round_side
    )
    kept = np.where(beside, np.maximum(band, np.where(core > 0.5, whole, 0)), whole)
    return np.asarray(np.where(lens > 0, np.minimum(mask, 0.0), kept), np.float32)


def _seen(mask: F32, opening: Opening, axis_px: float, mm_per_px: float) -> float:
    """The part of the rims that was told from the background."""
    seen = []
    for beyond in _WITHIN_MM:
        for side in (1.0, -1.0):
            line = opening.points(side, -beyond / mm_per_px)
            seen.append(looked_up(mask, line[:, :1] + axis_px, line[:, 1:], beyond=0.0)[:, 0])
    return float((np.max(seen, axis=0) > 0.5).mean())


def _sector(low_deg: float, high_deg: float) -> slice:
    return slice(round(low_deg / 360 * ANGLES), round(high_deg / 360 * ANGLES))


def _exits(mask: F32, opening: Opening, axis_px: float) -> F64:
    """How far beyond the opening each ray first leaves the front, in pixels (ANGLES,)."""
    angles = np.arange(ANGLES) / ANGLES * 2 * np.pi
    steps = np.arange(1.0, mask.shape[1] / 4, 0.5)
    reach = opening.radii_px[:, None] + steps
    x = axis_px + opening.pole_px[0] + reach * np.cos(angles)[:, None]
    y = opening.pole_px[1] + reach * np.sin(angles)[:, None]
    out = looked_up(mask, x, y, beyond=0.0) < 0.5
    first = np.where(out.any(axis=1), out.argmax(axis=1), out.shape[1] - 1)
    # A ray that slips through a crack tells nothing.
    around = np.stack([np.roll(steps[first], aside) for aside in range(-3, 4)])
    return np.asarray(np.median(around, axis=0), np.float64)


def _without_temples(
    mask: F32, opening: Opening, exits: F64, axis_px: float, mm_per_px: float
) -> tuple[F32, F64]:
    """Without what hangs below the ends beside the rims: temples, seen past the front. And the rim's width then."""
    angles = np.arange(ANGLES) / ANGLES * 2 * np.pi
    reach = opening.radii_px + exits
    x = opening.pole_px[0] + reach * np.cos(angles)
    end = float(np.flatnonzero((mask > 0.5).any(axis=0)).max()) - axis_px
    temporal = np.arange(-ANGLES // 6, ANGLES // 4)
    outer = temporal[x[temporal] > end - _END_MM / mm_per_px]
    if len(outer) == 0:
        return mask, exits
    corner = int(outer.max())
    bottom = ANGLES // 4
    allowed = exits.copy()
    arcs = opening.radii_px * 2 * np.pi / ANGLES
    # Downwards a rim hardly widens: what sticks out is the end of a temple.
    for at in range(corner + 1, bottom):
        allowed[at] = min(exits[at], allowed[at - 1] + _WIDENS * arcs[at])
    base = float(np.median(exits[_sector(60.0, 120.0)]))
    step = _STEP_MM / mm_per_px
    for at in range(bottom - 1, corner, -1):
        below = min(at + _STEP_ANGLES, bottom)
        if allowed[at] - allowed[below] > step and allowed[at] > _STEPPED * base:
            # A temple all the way up to the end: the end is rounded off into the rim.
            fall = np.exp(-np.cumsum(arcs[corner:below]) / (_FILLET_MM / mm_per_px))
            rim = float(allowed[below])
            rounded_off = rim + (allowed[corner] - rim) * fall
            allowed[corner:below] = np.minimum(allowed[corner:below], rounded_off)
            break
    sector = np.zeros(ANGLES, bool)
    sector[corner + 1 : bottom] = True
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float64)
    across, down = np.abs(columns - axis_px) - opening.pole_px[0], rows - opening.pole_px[1]
    angle = (np.arctan2(down, across) % (2 * np.pi)) / (2 * np.pi) * ANGLES
    limit = np.interp(angle, np.arange(ANGLES), opening.radii_px + allowed, period=ANGLES)
    held = sector[np.minimum(angle.astype(int), ANGLES - 1)]
    # Half a pixel of softness keeps the contour's place.
    soft = np.clip(limit - np.hypot(across, down) + 0.5, 0, 1)
    return np.where(held, np.minimum(mask, soft), mask).astype(np.float32), allowed


def _without_pads(mask: F32, opening: Opening, rim_px: F64, axis_px: float, mm_per_px: float) -> F32:
    """Between the lenses only what reaches the axis is bridge; pads and their arms do not."""
    base = float(np.median(rim_px[_sector(60.0, 120.0)]))
    lens = np.zeros(mask.shape, np.uint8)
    lines = [opening.points(side) + np.array((axis_px, 0.0)) for side in (1.0, -1.0)]
    cv2.fillPoly(lens, [np.rint(line * 16).astype(np.int32) for line in lines], [1], cv2.LINE_8, 4)
    away = cv2.distanceTransform(1 - lens, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    between = np.zeros(mask.shape, bool)
    nasal = opening.box_px[0] + 0.25 * (opening.box_px[2] - opening.box_px[0])
    between[:, round(axis_px - nasal) : round(axis_px + nasal) + 1] = True
    between[: round(opening.box_px[1])] = False
    loose = (mask > 0.5) & between & (away > base + _PAD_MM / mm_per_px)
    count, labels = cv2.connectedComponents(loose.astype(np.uint8))
    bridge = set(np.unique(labels[:, round(axis_px) - 1 : round(axis_px) + 2]).tolist())
    pads = np.isin(labels, [number for number in range(1, count) if number not in bridge])
    # Anti-aliased edges go with them.
    grown = cv2.dilate(pads.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(grown & (away > base + 0.5), 0.0, mask).astype(np.float32)


def _lines(mask: F32, openings: tuple[F64, F64], to_mm: _Millimetres) -> tuple[F64, tuple[F64, ...]]:
    """The silhouette and the holes beside the openings, smooth and in mm."""
    size = mask.shape[1] * _FINER, mask.shape[0] * _FINER
    fine = cv2.resize(mask, size, interpolation=cv2.INTER_CUBIC)
    inside = (fine > 0.5).astype(np.uint8)
    for line in openings:
        # Openings are cut out by their own lines; nothing is left between these and the rims.
        drawn = [np.rint(((line + 0.5) * _FINER - 0.5) * 16).astype(np.int32)]
        cv2.fillPoly(inside, drawn, [1], cv2.LINE_8, 4)
        cv2.polylines(inside, drawn, True, [1], 2 * _FINER - 1, cv2.LINE_8, 4)
    contours, parents = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = max((k for k in range(len(contours)) if parents[0][k][3] < 0), key=lambda k: len(contours[k]))
    smooth = max(_SMOOTH_MM, _SMOOTH_PX * to_mm.mm_per_px)
    lines = []
    for number, contour in enumerate(contours):
        if number != outer and parents[0][number][3] != outer:
            continue
        points = (contour[:, 0].astype(np.float64) + 0.5) / _FINER - 0.5
        if number != outer and cv2.contourArea(points.astype(np.float32)) * to_mm.mm_per_px**2 < _HOLE_MM2:
            continue
        lines.append((number != outer, spaced(smoothed(to_mm(points), smooth))))
    return next(line for hole, line in lines if not hole), tuple(line for hole, line in lines if hole)


def smoothed(line: F64, sigma_mm: float) -> F64:
    """A closed line, evenly spaced, blurred along itself."""
    # A ragged line is longer than it looks: its length is taken again when it is smooth.
    return _blurred(_blurred(line, sigma_mm * 0.6), sigma_mm * 0.8)


def _blurred(line: F64, sigma_mm: float) -> F64:
    closed = np.concatenate((line, line[:1]))
    way = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))))
    count = max(round(way[-1] / 0.1), 60)
    even = np.arange(count) / count * way[-1]
    points = np.column_stack([np.interp(even, way, closed[:, k]) for k in range(2)])
    frequency = np.fft.rfftfreq(count, way[-1] / count)
    damp = np.exp(-2 * (np.pi * frequency * sigma_mm) ** 2)
    return np.asarray(np.fft.irfft(np.fft.rfft(points, axis=0) * damp[:, None], count, axis=0), np.float64)


def spaced(line: F64, spacing_mm: float = _SPACING_MM) -> F64:
    """Fewer points of a dense closed line, closer in corners."""
    # Over some millimetres to both sides: nearer to one another, points tell of noise.
    chord = np.roll(line, -_APART, axis=0) - line
    heading = np.arctan2(chord[:, 1], chord[:, 0])
    turn = (heading - np.roll(heading, _APART) + np.pi) % (2 * np.pi) - np.pi
    bend = np.abs(turn) / _APART
    weight = np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1) + _CORNER_MM * bend
    way = np.concatenate(([0.0], np.cumsum(weight)))
    count = max(round(way[-1] / spacing_mm), 16)
    closed = np.concatenate((line, line[:1]))
    even = np.arange(count) / count * way[-1]
    return np.column_stack([np.interp(even, way, closed[:, k]) for k in range(2)])
