"""A skirt's or trousers' picture cut into parts: textures, and meshes of rows from the waist to the hem.

Trousers are two ribbons, one a leg: from the waist to the crotch they share the centre line, vertex by vertex, so that
no seam opens between them, and from there each follows its own leg. A skirt is one ribbon round both legs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.overlays.garment_parts import BENEATH, Part, quads
from tryon.overlays.garment_reach import HEM_EDGE, REACH, near, sideways, spread, with_room
from tryon.render.cloth import pyramid

# Rows of the seat, from a little above the waist to the crotch, in parts of the way; of a leg, from there to a little
# beyond its end; of a skirt, from a little above its waist to a little beyond its hem.
SEAT: Final = np.concatenate([[-0.10, -0.03], np.linspace(0.0, 1.0, 9)])
LEG: Final = np.concatenate([np.linspace(0.0, 1.0, 27)[1:], [1.03, 1.06]])
SKIRT: Final = np.concatenate([[-0.05, -0.02], np.linspace(0.0, 1.0, 21), [1.02, 1.05]])
# Across a half of trousers: its outer side is 0, the centre line or the inner side 1, and cloth may lie beyond both.
ACROSS: Final = np.array([-0.60, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.60])
# Across a skirt, from the wearer's right to the left.
BREADTH: Final = np.array(
    [-1.4, -1.12, -1.0, -0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.12, 1.4]
)
# Hips of a garment that lies flat are as wide as so many shoulder widths of whoever it fits; seen from the front, worn,
# it is narrower by the second: half of a tube is π/2 as wide as the tube, and a body flatter than a tube.
HIPS: Final = 1.42
WORN: Final = 0.74
# At the end of a leg stands a shoe, wider than the leg: cloth is drawn out by the first there only, and as elsewhere
# from so far above it on; in shoulder widths.
ENDS: Final = (0.04, 0.30)
# On both sides of the centre line halves of trousers overlap by this part of the shoulders' width.
SHARED: Final = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class LowerParts:
    """``points`` are the garment's in pixels of the picture, of which one is ``unit`` shoulder widths long. ``halves``
    of trousers by side, or the ``skirt``. ``widths`` (rows,) by side: from the centre line to the outer side for rows
    of the seat or the skirt, from side to side for rows of a leg, in shoulder widths as it lies flat."""

    points: Mapping[str, F64]
    unit: float
    halves: Mapping[str, Part]
    skirt: Part | None
    widths: Mapping[str, F64]

    @property
    def rise(self) -> float:
        """From the waist to the crotch, or to a skirt's hips, in shoulder widths."""
        low = "hip" if self.skirt is not None else "crotch"
        y = self.points[low][1]
        return float(y - self._waist_y) * self.unit

    @property
    def fall(self) -> float:
        """From there to the end of the legs, or to the hem."""
        names = ("right_hem", "left_hem") if self.skirt is not None else ("right_leg_inner", "left_leg_inner")
        end = float(np.mean([self.points[name][1] for name in names]))
        return (end - self._waist_y) * self.unit - self.rise

    @property
    def _waist_y(self) -> float:
        return float(self.points["right_waist"][1] + self.points["left_waist"][1]) / 2


def lower_parts_of(bgra: U8, points: Mapping[str, tuple[float, float]], cut: str) -> LowerParts:
    """Cut a picture at its points."""
    at = {name: np.array(point, np.float64) for name, point in points.items()}
    at["hip"] = (at["right_hip"] + at["left_hip"]) / 2
    unit = HIPS / max(float(np.hypot(*(at["left_hip"] - at["right_hip"]))), 1.0)
    bgra, at = with_room(bgra, at, 1.0 / unit)
    alpha = np.asarray(bgra[..., 3], np.uint8)
    color = spread(bgra)
    away = cv2.distanceTransform((alpha < 128).astype(np.uint8), cv2.DIST_L2, 5) * unit
    furthest = REACH + (ENDS[0] - REACH) * _ending(at, alpha.shape, unit)
    reach = np.asarray(np.clip((1.0 - away / furthest) * 4.0, 0.0, 1.0) * 255, np.uint8)
    reach = np.minimum(reach, _between(at, alpha.shape, unit))
    if cut == "skirt":
        texels, widths = _skirt(at, alpha)
        beside = sideways(color, alpha)
        part = Part(pyramid(beside, alpha, reach), texels, quads(len(SKIRT), len(BREADTH)))
        return LowerParts(at, unit, {}, part, {side: each * unit for side, each in widths.items()})
    halves, widths = {}, {}
    for side in ("right", "left"):
        area = _half(at, side, alpha.shape, 0.0)
        own = np.asarray(np.minimum(alpha, area), np.uint8)
        texels, widths[side] = _leg(at, side, own)
        shared = _half(at, side, alpha.shape, SHARED / unit)
        # Cloth goes on beneath its neighbour where there is something to cover.
        beneath = np.minimum(reach, near(area, BENEATH / unit))
        levels = pyramid(sideways(color, own), np.asarray(np.minimum(alpha, shared), np.uint8), beneath)
        halves[side] = Part(levels, texels, quads(len(SEAT) + len(LEG), len(ACROSS)))
        widths[side] = widths[side] * unit
    return LowerParts(at, unit, halves, None, widths)


def _ending(at: Mapping[str, F64], shape: tuple[int, ...], unit: float) -> F64:
    """1 at the legs' ends, 0 from some way above them on: rows of the picture (h, 1). A skirt has none."""
    y = np.arange(shape[0])[:, None] + 0.5
    if "crotch" not in at:
        return np.zeros_like(y)
    end = float(
        np.mean([at[f"{side}_leg_{rail}"][1] for side in ("right", "left") for rail in ("outer", "inner")])
    )
    return np.asarray(np.clip(1.0 - (end - y) * unit / ENDS[1], 0.0, 1.0), np.float64)


def _between(at: Mapping[str, F64], shape: tuple[int, ...], unit: float) -> U8:
    """255 below the waist and above the hem: cloth is drawn out to the sides only."""
    high = [at["right_waist"], at["waist_centre"], at["left_waist"]]
    low = (
        [at["right_hem"], at["hem_centre"], at["left_hem"]]
        if "hem_centre" in at
        else [at["right_leg_outer"], at["right_leg_inner"], at["left_leg_inner"], at["left_leg_outer"]]
    )
    x = np.arange(shape[1]) + 0.5
    above, below = (
        np.interp(x, [point[0] for point in line], [point[1] for point in line]) for line in (high, low)
    )
    y = np.arange(shape[0])[:, None] + 0.5
    edge = HEM_EDGE / unit
    return np.asarray(np.where((y > above + edge) & (y < below - edge), 255, 0), np.uint8)


def _half(at: Mapping[str, F64], side: str, shape: tuple[int, ...], over_px: float) -> U8:
    """255 on one side of the centre line, which runs through the crotch to the middle between the legs' ends; above
    the crotch, and so far beyond the line, too."""
    crotch = at["crotch"]
    end = (at["right_leg_inner"] + at["left_leg_inner"]) / 2
    y = np.arange(shape[0]) + 0.5
    x = np.interp(y, [at["waist_centre"][1], crotch[1], end[1]], [at["waist_centre"][0], crotch[0], end[0]])
    sign = -1.0 if side == "right" else 1.0
    beyond = np.where(y < crotch[1], over_px, 0.0)[:, None]
    inside = (np.arange(shape[1]) + 0.5 - x[:, None]) * sign > -beyond
    return np.asarray(np.where(inside, 255, 0), np.uint8)


def _leg(at: Mapping[str, F64], side: str, own: U8) -> tuple[F32, F64]:
    """Texture places of one half's vertices, row after row from the waist to beyond the leg's end, and how wide each
    row is, in pixels. ``own`` is the half's alpha: its edges are the rails."""
    sign = -1.0 if side == "right" else 1.0
    waist, centre, crotch = at[f"{side}_waist"], at["waist_centre"], at["crotch"]
    outer_end, inner_end = at[f"{side}_leg_outer"], at[f"{side}_leg_inner"]
    seat_y = waist[1] + SEAT * (crotch[1] - waist[1])
    outer_y = np.concatenate([seat_y, crotch[1] + LEG * (outer_end[1] - crotch[1])])
    inner_y = np.concatenate(
        [centre[1] + SEAT * (crotch[1] - centre[1]), crotch[1] + LEG * (inner_end[1] - crotch[1])]
    )
    low = np.full(len(LEG), outer_end[1] - 2.0)
    outer_x = _edge(own, np.minimum(outer_y, np.concatenate([np.full(len(SEAT), np.inf), low])), waist, sign)
    inner_x = np.concatenate(
        [
            centre[0] + SEAT * (crotch[0] - centre[0]),
            _edge(own, np.minimum(inner_y[len(SEAT) :], inner_end[1] - 2.0), crotch, -sign),
        ]
    )
    outer, inner = np.column_stack([outer_x, outer_y]), np.column_stack([inner_x, inner_y])
    across = np.broadcast_to(ACROSS, (len(outer), len(ACROSS))).copy()
    # Beyond the centre line is the other half.
    across[: len(SEAT)] = np.minimum(across[: len(SEAT)], 1.0)
    grid = outer[:, None] + across[..., None] * (inner - outer)[:, None]
    return grid.reshape(-1, 2).astype(np.float32), np.abs(outer_x - inner_x)


def _skirt(at: Mapping[str, F64], alpha: U8) -> tuple[F32, dict[str, F64]]:
    """Texture places of a skirt's vertices, row after row, and how far each row's sides are from the middle."""
    centre_y = at["waist_centre"][1] + SKIRT * (at["hem_centre"][1] - at["waist_centre"][1])
    centre_x = at["waist_centre"][0] + SKIRT * (at["hem_centre"][0] - at["waist_centre"][0])
    grid = np.empty((len(SKIRT), len(BREADTH), 2))
    widths = {}
    for side, sign in (("right", -1.0), ("left", 1.0)):
        waist, hem = at[f"{side}_waist"], at[f"{side}_hem"]
        y = waist[1] + SKIRT * (hem[1] - waist[1])
        x = _edge(alpha, np.clip(y, waist[1], hem[1] - 2.0), waist, sign)
        widths[side] = np.abs(x - centre_x)
        own = BREADTH < 0 if sign < 0 else BREADTH >= 0
        u = np.abs(BREADTH[own])
        grid[:, own, 0] = centre_x[:, None] + u * (x - centre_x)[:, None]
        # Hems and waistbands are curved as they lie.
        bow = 1.0 - np.minimum(u, 1.0) ** 2
        grid[:, own, 1] = y[:, None] + bow * (centre_y - y)[:, None]
    return grid.reshape(-1, 2).astype(np.float32), widths


def _edge(own: U8, rows: F64, else_at: F64, sign: float) -> F64:
    """The outermost cloth of some rows on the side of ``sign``, (n,), smoothed; ``else_at`` where a row has none."""
    y = np.clip(rows, else_at[1] + 1.0, own.shape[0] - 1).astype(int)
    covered = own[y] > 128
    last = own.shape[1] - 1 - covered[:, ::-1].argmax(axis=1)
    found = np.where(covered.any(axis=1), last + 1.0 if sign > 0 else covered.argmax(axis=1), else_at[0])
    padded = np.concatenate([found[:1], found, found[-1:]])
    return np.asarray(0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:], np.float64)
