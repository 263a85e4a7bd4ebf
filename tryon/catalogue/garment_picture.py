"""A garment laid flat, drawn from its cut and its fabric: BGRA, lit from above left.

Each part (back, sleeves, front, ribs, collar, placket …) is an outline filled with cloth. A part has height: round
towards its edges, folded, with yarns on top; light falls on its slopes, and it shades what lies under its edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.garment_fabric import FOLD, Fabric, dye, noise, relief
from tryon.frame import F32, F64, U8
from tryon.render.material import linear_to_srgb

PX_PER_CM: Final = 6.0
# Drawn finer and averaged down.
FINER: Final = 2
MARGIN_CM: Final = 2.0
LIGHT: Final = np.array([-0.32, -0.52, 0.79])
# Share of the light that comes from everywhere.
AMBIENT: Final = 0.45
# A part falls off towards its edge over this length.
ROUND_CM: Final = 1.6
# How dark and how wide the shadow beneath a part's edge is.
SHADOW: Final = 0.38
SHADOW_CM: Final = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A closed outline (n, 2) in centimetres and the cloth in it. ``grain_deg`` turns the cloth clockwise; ``depth``
    scales its folds; ``lift_cm`` is its thickness; ``shade`` darkens what lies inside."""

    outline: F64
    fabric: Fabric
    grain_deg: float = 0.0
    depth: float = 1.0
    lift_cm: float = 0.30
    shade: float = 1.0
    casts: bool = True
    clip: F64 | None = None


class Canvas:
    """A picture of garment space, being drawn."""

    def __init__(self, low_cm: F64, high_cm: F64, seed: int) -> None:
        self.scale = PX_PER_CM * FINER
        self.origin_cm = low_cm - MARGIN_CM
        size = np.ceil((high_cm - low_cm + 2 * MARGIN_CM) * PX_PER_CM).astype(int) * FINER
        self.shape = int(size[1]), int(size[0])
        self.color: F64 = np.zeros((*self.shape, 3))
        self.alpha: F64 = np.zeros(self.shape)
        y, x = np.mgrid[0 : self.shape[0], 0 : self.shape[1]].astype(np.float32) + np.float32(0.5)
        self.x_cm = np.asarray(x / self.scale + self.origin_cm[0], np.float32)
        self.y_cm = np.asarray(y / self.scale + self.origin_cm[1], np.float32)
        self._seed = seed

    def mask(self, outline: F64) -> F64:
        """Coverage of a closed outline."""
        drawn: U8 = np.zeros(self.shape, np.uint8)
        points = np.rint(((outline - self.origin_cm) * self.scale - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(drawn, [points], (255.0,), cv2.LINE_AA, 4)
        return drawn / 255.0

    def band(self, path: F64, width_cm: float) -> F64:
        """Coverage of a line of some width."""
        drawn: U8 = np.zeros(self.shape, np.uint8)
        points = np.rint(((path - self.origin_cm) * self.scale - 0.5) * 16).astype(np.int32)
        cv2.polylines(drawn, [points], False, (255.0,), max(round(width_cm * self.scale), 1), cv2.LINE_AA, 4)
        return drawn / 255.0

    def add(self, part: Part) -> F64:
        """Draw a part; returns its coverage."""
        covered = self.mask(part.outline)
        if part.clip is not None:
            covered = covered * self.mask(part.clip)
        self.lay(covered, part)
        return covered

    def lay(self, covered: F64, part: Part) -> None:
        """Draw the cloth of ``part`` where ``covered``."""
        self._seed += 11
        if part.casts:
            self._cast(covered)
        here = _box(covered, 2)
        inside, x_cm, y_cm = covered[here], self.x_cm[here], self.y_cm[here]
        turn = np.radians(part.grain_deg)
        along = np.asarray(y_cm * np.cos(turn) - x_cm * np.sin(turn), np.float32)
        across = np.asarray(x_cm * np.cos(turn) + y_cm * np.sin(turn), np.float32)
        color = dye(part.fabric, along, across, PX_PER_CM * FINER, self._seed)
        lit = color * (self._light(inside, part, along, across, x_cm) * part.shade)[..., None]
        self.color[here] += (lit - self.color[here]) * inside[..., None]
        self.alpha[here] += (1 - self.alpha[here]) * inside

    def darken(self, covered: F64, by: float) -> None:
        """A line or a shadow on what is drawn: 0 leaves it, 1 makes it black."""
        self.color *= 1 - by * covered[..., None]

    def stitch(self, path: F64, by: float = 0.22, width_cm: float = 0.16) -> None:
        """A row of stitches: a groove with light on its lower lip."""
        self.darken(self.band(path, width_cm), by)
        lip = self.band(path + np.array([0.05, 0.22]), width_cm)
        self.color *= 1 + 0.10 * lip[..., None]

    def disc(self, at_cm: F64, radius_cm: float, color: F64) -> None:
        """A button: a rim, a dish and its shadow."""
        away = np.hypot(self.x_cm - at_cm[0], self.y_cm - at_cm[1])
        self._cast(np.clip((radius_cm - away) * self.scale + 0.5, 0, 1), 0.45, 0.25)
        cover = np.clip((radius_cm - away) * self.scale + 0.5, 0, 1)
        slope = (self.x_cm - at_cm[0]) * LIGHT[0] + (self.y_cm - at_cm[1]) * LIGHT[1]
        rim = np.clip(away / radius_cm, 0, 1) ** 4 - 0.5 * np.clip(away / radius_cm, 0, 1) ** 2
        shade = 1 + 0.9 * rim * slope / radius_cm
        holes = np.zeros(self.shape)
        for dx, dy in ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)):
            hole = np.hypot(self.x_cm - at_cm[0] - dx * radius_cm, self.y_cm - at_cm[1] - dy * radius_cm)
            holes = np.maximum(holes, np.clip((0.11 * radius_cm - hole) * self.scale + 0.5, 0, 1))
        lit = color * (shade * (1 - 0.6 * holes))[..., None]
        self.color += (lit - self.color) * cover[..., None]

    def picture(self) -> U8:
        """BGRA, averaged down; where nothing is drawn all four channels are zero."""
        height, width = self.shape[0] // FINER, self.shape[1] // FINER
        size = (width, height)
        premultiplied = np.dstack([self.color * self.alpha[..., None], self.alpha]).astype(np.float32)
        small = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA)
        alpha = small[..., 3]
        rgb = linear_to_srgb(
            np.clip(small[..., :3] / np.maximum(alpha, 1e-3)[..., None], 0, 1).astype(np.float32)
        )
        # Steps of three halve the file and are not seen in cloth.
        bgra = np.rint(np.dstack([rgb[..., ::-1] * 85, alpha * 85])) * (255 / 85)
        bgra[alpha < 0.5 / 85] = 0
        return np.asarray(np.rint(bgra), np.uint8)

    def px(self, point_cm: F64) -> tuple[float, float]:
        """Where a point of garment space is in ``picture``."""
        x, y = (np.asarray(point_cm) - self.origin_cm) * PX_PER_CM
        return float(x), float(y)

    def _cast(self, covered: F64, strength: float = SHADOW, width_cm: float = SHADOW_CM) -> None:
        sigma = width_cm * self.scale
        here = _box(covered, int(4 * sigma))
        part = covered[here]
        shadow = cv2.GaussianBlur(part, (0, 0), sigma)
        moved = cv2.warpAffine(
            shadow, np.array([[1, 0, 0.25 * sigma], [0, 1, 0.55 * sigma]]), part.shape[::-1]
        )
        self.color[here] *= 1 - strength * np.asarray(moved)[..., None]

    def _light(self, covered: F64, part: Part, along: F32, across: F32, x_cm: F32) -> F64:
        inside = cv2.distanceTransform((covered > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / self.scale
        rise = np.clip(inside / ROUND_CM, 0.0, 1.0)
        height = part.lift_cm * np.sqrt(rise * (2 - rise))
        height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), 0.22 * self.scale)
        height += self._folds(part, x_cm)
        height += relief(part.fabric, along, across, self.scale, self._seed)
        dy, dx = np.gradient(height.astype(np.float64), 1 / self.scale)
        norm = np.sqrt(dx * dx + dy * dy + 1)
        facing = np.clip((-dx * LIGHT[0] - dy * LIGHT[1] + LIGHT[2]) / norm, 0.0, 1.0) / LIGHT[2]
        light = AMBIENT + (1 - AMBIENT) * facing
        # Little light reaches what lies close under an edge or in a fold.
        light *= 1 - 0.16 * np.exp(-inside / 0.5)
        return np.asarray(light, np.float64)

    def _folds(self, part: Part, x_cm: F32) -> F32:
        """Soft folds: broad ones that hang, and finer ones that run from the armpits to the middle."""
        scale, seed = self.scale, self._seed
        depth = FOLD[part.fabric.weave] * part.depth
        shape = (x_cm.shape[0], x_cm.shape[1])
        hang = noise(shape, (2.4 * scale, 13.0 * scale), seed + 1, part.grain_deg)
        right = noise(shape, (1.6 * scale, 7.0 * scale), seed + 2, part.grain_deg + 38)
        left = noise(shape, (1.6 * scale, 7.0 * scale), seed + 3, part.grain_deg - 38)
        share = np.clip(x_cm / 20 + 0.5, 0.0, 1.0)
        drawn = right * share + left * (1 - share)
        crease = noise(shape, (0.8 * scale, 2.6 * scale), seed + 4, part.grain_deg + 65)
        return np.asarray(depth * (0.62 * hang + 0.40 * drawn + 0.06 * crease), np.float32)


def _box(covered: F64, margin: int) -> tuple[slice, slice]:
    """The rows and columns that hold what is covered, and a margin."""
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )
