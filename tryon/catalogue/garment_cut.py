"""The cut of a garment in centimetres, and the outlines of its parts.

Garment space: centimetres, x to the right of the picture (the wearer's left), y down, origin in the middle between the
high shoulder points, where the collar meets the shoulder seam. A cut is symmetric; outlines are of the half with x > 0
and are mirrored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tryon.frame import F64

# From the half of a cut with x > 0 to the other.
FLIP: Final = np.array([-1.0, 1.0])
# Points put on each curve.
CURVE_POINTS: Final = 24


@dataclass(frozen=True, slots=True)
class Cut:
    """Half widths and heights in centimetres. ``sleeve_cm`` 0 is a garment without sleeves; ``flare_cm`` is how much a
    dress's hem is wider than its waist on each side; ``open_cm`` is half the gap of an open front at the hem."""

    neck_cm: float = 9.0
    neck_depth_cm: float = 9.0
    neck: Literal["round", "v"] = "round"
    shoulder_cm: tuple[float, float] = (22.5, 4.5)
    armpit_cm: tuple[float, float] = (26.5, 24.0)
    waist_cm: tuple[float, float] = (25.5, 46.0)
    hem_cm: tuple[float, float] = (26.0, 70.0)
    hem_drop_cm: float = 0.8
    sleeve_cm: float = 22.0
    sleeve_angle_deg: float = 53.0
    cuff_cm: float = 17.0
    open_cm: float = 0.0

    @property
    def cuff(self) -> tuple[F64, F64]:
        """Outer and inner end of the sleeve of the half with x > 0."""
        angle = math.radians(self.sleeve_angle_deg)
        along = np.array([math.sin(angle), math.cos(angle)])
        outer = np.array(self.shoulder_cm) + self.sleeve_cm * along
        inner = outer + self.cuff_cm * np.array([-along[1], along[0]])
        return outer, inner

    def neckline(self) -> F64:
        """The front neckline from the high shoulder point (x > 0) to the centre front."""
        t = np.linspace(0.0, 1.0, CURVE_POINTS)
        if self.neck == "v":
            x = self.neck_cm * (1 - t) ** 0.9
            y = self.neck_depth_cm * (t + 0.10 * np.sin(np.pi * t))
        else:
            x = self.neck_cm * np.cos(t * np.pi / 2) ** 0.85
            y = self.neck_depth_cm * np.sin(t * np.pi / 2) ** 1.15
        return np.column_stack([x, y])

    def back_neckline(self) -> F64:
        """The back neckline from the centre to the high shoulder point (x > 0)."""
        t = np.linspace(0.0, 1.0, CURVE_POINTS)
        return np.column_stack([self.neck_cm * np.sin(t * np.pi / 2), 1.8 * np.cos(t * np.pi / 2)])

    def armhole(self) -> F64:
        """From the shoulder tip to the armpit: hollow, as an armhole is."""
        return bezier(
            np.array(self.shoulder_cm),
            np.array([self.shoulder_cm[0] - 2.2, self.shoulder_cm[1] + 9.0]),
            np.array([self.armpit_cm[0] - 4.0, self.armpit_cm[1] - 4.0]),
            np.array(self.armpit_cm),
        )

    def side(self) -> F64:
        """From the armpit over the waist to the hem."""
        armpit, waist, hem = (np.array(p) for p in (self.armpit_cm, self.waist_cm, self.hem_cm))
        upper = bezier(armpit, armpit + np.array([0.0, 6.0]), waist - (0.0, 6.0), waist)
        drop = hem[1] - waist[1]
        lower = bezier(
            waist, waist + np.array([0.0, 0.3 * drop]), hem - (0.25 * (hem[0] - waist[0]), 0.4 * drop), hem
        )
        return np.concatenate([upper, lower[1:]])

    def hem(self) -> F64:
        """From the side to the centre of the hem."""
        t = np.linspace(0.0, 1.0, CURVE_POINTS)
        x = self.hem_cm[0] * (1 - t)
        return np.column_stack([x, self.hem_cm[1] + self.hem_drop_cm * np.sin(t * np.pi / 2)])

    def body(self) -> F64:
        """The whole front as a closed outline."""
        half = np.concatenate(
            [self.neckline()[::-1], self._shoulder_line(), self.armhole(), self.side(), self.hem()]
        )
        return mirrored(half)

    def back(self) -> F64:
        """The inside of the back that shows in the neck opening."""
        return mirrored(np.concatenate([self.back_neckline(), self.neckline()]))

    def front_gap(self) -> F64:
        """What an open front leaves free, below the neckline."""
        depth = self.neck_depth_cm
        half = [(0.4 * self.open_cm, depth - 4.0), (self.open_cm * 0.75, depth + 14.0), (self.open_cm, 200.0)]
        return mirrored(np.array(half))

    def sleeve(self) -> F64:
        """The sleeve of the half with x > 0 as a closed outline."""
        outer, inner = self.cuff
        tip, armpit = np.array(self.shoulder_cm), np.array(self.armpit_cm)
        along = (outer - tip) / np.linalg.norm(outer - tip)
        cap = bezier(
            tip,
            tip + 0.25 * self.sleeve_cm * np.array([0.8, 0.55]),
            outer - 0.45 * self.sleeve_cm * along,
            outer,
        )
        under = bezier(inner, inner - 0.4 * (inner - armpit), armpit + np.array([0.4, 1.2]), armpit)
        end = np.linspace(outer, inner, 8) + 0.5 * np.sin(np.linspace(0, np.pi, 8))[:, None] * along
        return np.concatenate([cap, end, under, self.armhole()[::-1]])

    def _shoulder_line(self) -> F64:
        return bezier(
            np.array([self.neck_cm, 0.0]),
            np.array([self.neck_cm + 4.0, 0.9]),
            np.array([self.shoulder_cm[0] - 5.0, self.shoulder_cm[1] - 1.4]),
            np.array(self.shoulder_cm),
        )


def bezier(p0: F64, p1: F64, p2: F64, p3: F64) -> F64:
    """A cubic Bézier curve, shape (CURVE_POINTS, 2)."""
    t = np.linspace(0.0, 1.0, CURVE_POINTS)[:, None]
    s = 1 - t
    return np.asarray(s**3 * p0 + 3 * s**2 * t * p1 + 3 * s * t**2 * p2 + t**3 * p3, np.float64)


def mirrored(half: F64) -> F64:
    """A closed outline from its half with x > 0, which begins and ends on the centre line."""
    return np.concatenate([half, (half * FLIP)[::-1]])
