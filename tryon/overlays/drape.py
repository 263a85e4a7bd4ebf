"""Where a garment's vertices go on a figure.

The torso's control points keep the garment's own cut at the scale of the wearer's shoulders, and move with shoulders,
hips and turn; where the wearer is wider than the cut, the sides go out to the silhouette. A sleeve's rails start at the
shoulder's tip and at the armpit and run along the arm's two sides, round the elbow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F32, F64
from tryon.geometry.figure import FOREARM, UPPER_ARM, Figure
from tryon.overlays.garment_parts import ACROSS, CONTROLS, Parts, sleeve_rows

# From a shoulder joint out to, and up to, the tip of the shoulder, in shoulder widths.
TIP_OUT: Final = 0.115
TIP_UP: Final = 0.085
# How far a kind's shoulder seam lies from the middle, over that of the shoulder's tip.
SEAM: Final = {
    "t_shirt": 1.02, "polo": 1.02, "shirt": 1.03, "blouse": 1.0, "sweater": 1.08, "hoodie": 1.10, "jacket": 1.09,
    "tank": 0.70, "dress": 0.98,
}  # fmt: skip
# Half widths of a bare arm at shoulder, elbow and wrist, in shoulder widths.
ARM_HALF: Final = (0.15, 0.108, 0.078)
# Where an arm's outer edge is looked for, from its middle, in shoulder widths.
OUTLINE: Final = np.linspace(0.06, 0.30, 17)
# Laid flat, half of a tube is π/2 as wide as the tube is seen when worn; a torso is flatter than a tube, and cloth
# stands off it.
TORSO_WORN: Final = {"armpit": 0.84, "waist": 0.82, "hem": 0.84}
SLEEVE_WORN: Final = 0.74
# A sleeve this much longer than the upper arm reaches the wrist.
LONG: Final = 1.35
CHEST_DEPTH: Final = 0.30
# How far the middle of the cloth goes with a chest that turns.
TURNS: Final = {"neck_front": 0.5, "chest": 1.0, "waist": 0.8, "hem_centre": 0.6}
_NARROWER: Final = np.array([TORSO_WORN.get(name.split("_")[-1], 1.0) for name in CONTROLS])
_ROUND: Final = np.array([TURNS.get(name, 0.0) for name in CONTROLS])
# Light that falls off towards the sides of a torso and of a sleeve.
TORSO_SHADE: Final = 0.16
SLEEVE_SHADE: Final = 0.26
# Over a shoulder cloth faces the light as on the chest: so much of the torso's shade is there already. A sleeve takes
# over the torso's light at the armhole, and has its own from here on, in shoulder widths.
SHOULDER_SHADE: Final = 0.25
OWN_LIGHT: Final = 0.38


@dataclass(frozen=True, slots=True, eq=False)
class Draped:
    """Vertices (n, 3): x, y in pixels of the picture and a factor on the light. ``scale`` is pixels a texel.
    ``neckline`` (3, 2): where right and left neck point and the lowest point of the front neckline lie."""

    torso: F64
    neckline: F64
    sleeves: Mapping[str, F64]
    order: tuple[str, ...]
    scale: float


def drape(parts: Parts, kind: str, figure: Figure, light: tuple[float, float]) -> Draped:
    """Lay the garment on the figure. ``light`` is where light comes from, right and down, in camera space."""
    frame = _Frame.of(parts, kind, figure)
    targets = _targets(parts, frame, figure)
    xy = parts.weights @ np.stack([targets[name] for name in CONTROLS])
    u = np.clip(parts.torso_u + 0.35 * math.sin(figure.yaw), -1.1, 1.1)
    shade = 1.0 - _side_shade(parts.torso_v) * u**4 + 0.10 * light[0] * u
    torso = np.column_stack([xy, shade])
    sleeves = {side: _sleeve(parts, side, frame, figure, targets, light) for side in parts.sleeves}
    # The nearer hand's sleeve covers the other.
    order = sorted(sleeves, key=lambda side: -_nearness(figure, side))
    neckline = np.stack([targets[name] for name in ("right_neck", "left_neck", "neck_front")])
    return Draped(torso, neckline, sleeves, tuple(order), frame.scale)


def _nearness(figure: Figure, side: str) -> float:
    return float(figure.depth_px[16 if side == "right" else 15])


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """The torso's own axes in the picture: ``middle`` between the shoulder tips."""

    middle: F64
    across: F64
    down: F64
    scale: float
    squeeze: float

    @classmethod
    def of(cls, parts: Parts, kind: str, figure: Figure) -> _Frame:
        right, left = figure.shoulders
        width = figure.width_px
        span = left - right
        seen = max(float(np.hypot(*span)), 1e-6)
        across = span / seen
        down = figure.down
        body_half = width * (0.5 + TIP_OUT) * SEAM.get(kind, 1.0)
        scale = 2 * body_half / parts.shoulder_px
        middle = (right + left) / 2 - down * TIP_UP * width
        return cls(middle, across, down, scale, min(seen / width, 1.0))


def _targets(parts: Parts, frame: _Frame, figure: Figure) -> dict[str, F64]:
    points = parts.points
    middle = (points["right_shoulder"] + points["left_shoulder"]) / 2
    turn = math.sin(figure.yaw) * CHEST_DEPTH * figure.width_px
    own = (np.stack([points[name] for name in CONTROLS]) - middle) * frame.scale
    own[:, 0] *= _NARROWER
    # A chest is round: its middle moves across as it turns, its sides do not.
    out = own[:, :1] * frame.squeeze + _ROUND[:, None] * turn
    places = frame.middle + own[:, 1:] * frame.down + out * frame.across
    return dict(zip(CONTROLS, places, strict=True))


def _sleeve(
    parts: Parts,
    side: str,
    frame: _Frame,
    figure: Figure,
    targets: Mapping[str, F64],
    light: tuple[float, float],
) -> F64:
    points, width = parts.points, figure.width_px
    tip, pit = targets[f"{side}_shoulder"], targets[f"{side}_armpit"]
    out, inn = points[f"{side}_cuff_outer"], points[f"{side}_cuff_inner"]
    arm = _Arm(figure, side)
    length = float(np.hypot(*(out - points[f"{side}_shoulder"]))) * frame.scale / width
    long = length > LONG * UPPER_ARM
    # Along the arm, in shoulder widths of its true length.
    end = UPPER_ARM + FOREARM + 0.02 if long else min(length - 0.02, UPPER_ARM + FOREARM)
    cuff_half = float(np.hypot(*(inn - out))) * frame.scale / width / 2 * SLEEVE_WORN
    start = min(max(arm.project(pit), 0.05), 0.85 * end)
    s = sleeve_rows()
    outer_at, inner_at = s * end, start + s * (end - start)
    # Half widths: the garment's own, and never less than the arm's.
    root = (
        float(np.hypot(*(points[f"{side}_armpit"] - points[f"{side}_shoulder"])))
        * frame.scale
        / width
        * 0.5
        * SLEEVE_WORN
    )
    own = root + (cuff_half - root) * np.clip(s, 0, 1) ** 0.8
    # Cloth lies on the outer side of an arm and hangs from its inner.
    lies = arm.half(outer_at) + 0.02 + 0.25 * np.maximum(own - arm.half(outer_at), 0)
    outer = arm.rail(outer_at, np.maximum(lies, arm.outline(outer_at, figure)) * width, 1.0)
    inner = arm.rail(inner_at, np.maximum(own, arm.half(inner_at) + 0.015) * width, -1.0)
    first = int(np.argmin(np.abs(s)))
    # Both rails leave their own corner of the armhole and reach the arm's side further down.
    ease_out = np.exp(-((np.maximum(outer_at, 0) / 0.34) ** 2))[:, None]
    ease_in = np.exp(-((np.maximum(inner_at - start, 0) / 0.22) ** 2))[:, None]
    outer = outer + (tip - outer[first]) * ease_out
    inner = inner + (pit - inner[first]) * ease_in
    grid = outer[:, None] + ACROSS[None, :, None] * (inner - outer)[:, None]
    # Round in section: light falls off to both sides, more on the side away from the light.
    across = np.clip(ACROSS * 2 - 1, -1.0, 1.0)
    normal = (outer - inner) / np.maximum(np.hypot(*(outer - inner).T), 1e-6)[:, None]
    facing = -(normal @ np.array(light))[:, None] * across[None]
    shade = 1.0 - SLEEVE_SHADE * np.abs(across[None]) ** 2.5 + 0.12 * facing
    edge = 1.0 - _side_shade(np.clip(ACROSS, 0.0, 1.0)) + 0.10 * light[0] * (1.0 if side == "left" else -1.0)
    own_light = np.clip(outer_at / OWN_LIGHT, 0.0, 1.0)[:, None]
    shade = edge[None] + own_light * (shade - edge[None])
    return np.column_stack([grid.reshape(-1, 2), shade.ravel()])


def _side_shade(v: F64) -> F64:
    """What a torso's side loses of the light, from the shoulder, 0, to the armpit, 1."""
    return np.asarray(TORSO_SHADE * (SHOULDER_SHADE + (1 - SHOULDER_SHADE) * v), np.float64)


# Places along an arm: on the upper arm, round the elbow, on the forearm; as parts, and in shoulder widths.
_UPPER: Final = np.linspace(0.0, 0.78, 20)[:-1, None]
_BEND: Final = np.linspace(0.0, 1.0, 25)[:, None]
_LOWER: Final = np.linspace(0.22, 1.25, 26)[1:, None]
_PLACES: Final = np.concatenate(
    [
        _UPPER[:, 0] * UPPER_ARM,
        np.linspace(0.78 * UPPER_ARM, UPPER_ARM + 0.22 * FOREARM, len(_BEND)),
        UPPER_ARM + _LOWER[:, 0] * FOREARM,
    ]
)


class _Arm:
    """An arm as a curve: places along it are told in shoulder widths of its true length."""

    def __init__(self, figure: Figure, side: str) -> None:
        self._width = figure.width_px
        self._sign = 1.0 if side == "left" else -1.0
        shoulder, elbow, wrist, _ = figure.arm(side)
        t = _BEND
        # Round the elbow by a curve that starts before it and ends after it.
        before, after = elbow + 0.22 * (shoulder - elbow), elbow + 0.22 * (wrist - elbow)
        bend = (1 - t) ** 2 * before + 2 * t * (1 - t) * elbow + t**2 * after
        upper = shoulder + _UPPER * (elbow - shoulder)
        lower = elbow + _LOWER * (wrist - elbow)
        self._points = np.concatenate([upper, bend, lower])
        # Where the arm bends, cloth on the inner side of the bend ends at the crease.
        u, f = elbow - shoulder, wrist - elbow
        lengths = max(float(np.hypot(*u)), 1e-6), max(float(np.hypot(*f)), 1e-6)
        turn = math.atan2(u[0] * f[1] - u[1] * f[0], float(u @ f))
        self._hollow = -math.copysign(1.0, turn) * self._sign
        self._crease = math.tan(max(math.pi - abs(turn), 0.15) / 2)
        self._px = lengths[0] / UPPER_ARM, lengths[1] / FOREARM
        self._shoulder = shoulder
        axis = elbow - shoulder
        self._axis = axis / max(float(np.hypot(*axis)), 1e-6)
        self._shrink = max(float(np.hypot(*axis)) / (UPPER_ARM * figure.width_px), 0.2)

    def project(self, point: F64) -> float:
        """How far down the upper arm a point of the picture is."""
        return float((point - self._shoulder) @ self._axis) / self._width / self._shrink

    def half(self, at: F64) -> F64:
        """Half width of a bare arm, in shoulder widths."""
        return np.interp(at, (0.0, UPPER_ARM, UPPER_ARM + FOREARM), ARM_HALF)

    def outline(self, at: F64, figure: Figure) -> F64:
        """How far outside its middle the arm is seen to end, in shoulder widths; 0 where that is not to be told."""
        point, normal = self._beside(np.maximum(at, 0.0))
        places = point[:, None] + normal[:, None] * (OUTLINE[:, None] * self._width)
        seen = figure.shows(places.reshape(-1, 2)).reshape(len(at), len(OUTLINE)) > 0.5
        first = np.argmin(seen, axis=1)
        # A hand or the torso is beyond: no end of this arm; an arm that is not there has none, either.
        told = ~seen.all(axis=1) & seen[:, 0]
        ends = np.where(told, OUTLINE[first] - (OUTLINE[1] - OUTLINE[0]) / 2, 0.0)
        # Cloth is smoother than a mask's edge.
        near = np.convolve(np.pad(ends, 2, "edge"), np.ones(5), "valid")
        count = np.convolve(np.pad(told * 1.0, 2, "edge"), np.ones(5), "valid")
        return np.asarray(np.where(told, near / np.maximum(count, 1.0), 0.0), np.float64)

    def _beside(self, at: F64) -> tuple[F64, F64]:
        """Points of the arm's middle, and which way its outer side is."""
        point, ahead, behind = np.split(
            self._on(np.concatenate([at, at + 0.03, np.maximum(at - 0.03, 0.0)])), 3
        )
        along = ahead - behind
        along /= np.maximum(np.hypot(*along.T), 1e-6)[:, None]
        return point, self._sign * np.column_stack([along[:, 1], -along[:, 0]])

    def rail(self, at: F64, out_px: F64, side: float) -> F64:
        """Points beside the arm: ``side`` 1 its outer, -1 its inner."""
        at = np.maximum(at, 0.0)
        point, normal = self._beside(at)
        if side == self._hollow:
            beyond = at - UPPER_ARM
            room = np.where(beyond < 0, -beyond * self._px[0], beyond * self._px[1]) * self._crease
            out_px = np.minimum(out_px, room + 0.04 * self._width)
        return np.asarray(point + side * normal * out_px[:, None], np.float64)

    def _on(self, at: F64) -> F64:
        return np.stack([np.interp(at, _PLACES, self._points[:, k]) for k in (0, 1)], axis=1)


def vertices(draped: F64, texels: F32, shrink: float) -> F32:
    """What the kernel draws: (n, 5) x, y, u, v, light."""
    rows: F32 = np.empty((len(draped), 5), np.float32)
    rows[:, :2], rows[:, 2:4], rows[:, 4] = draped[:, :2], texels * shrink, draped[:, 2]
    return rows
