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
from tryon.overlays.garment_parts import CONTROLS, Parts
from tryon.overlays.sleeve import ribbon, side_shade
from tryon.perception import body_landmarks as at

# From a shoulder joint out to, and up to, the tip of the shoulder, in shoulder widths.
TIP_OUT: Final = 0.115
TIP_UP: Final = 0.085
# How far a kind's shoulder seam lies from the middle, over that of the shoulder's tip.
SEAM: Final = {
    "t_shirt": 1.02, "polo": 1.02, "shirt": 1.03, "blouse": 1.0, "sweater": 1.08, "hoodie": 1.10, "jacket": 1.09,
    "tank": 0.70, "dress": 0.98,
}  # fmt: skip
# Laid flat, half of a tube is π/2 as wide as the tube is seen when worn; a torso is flatter than a tube, and cloth
# stands off it.
TORSO_WORN: Final = {"armpit": 0.84, "waist": 0.82, "hem": 0.84}
SLEEVE_WORN: Final = 0.74
# A sleeve this much longer than the upper arm reaches the wrist.
LONG: Final = 1.35
CHEST_DEPTH: Final = 0.30
# How far the middle of the cloth goes with a chest that turns.
TURNS: Final = {"neck_front": 0.5, "chest": 1.0, "waist": 0.8, "hem_centre": 0.6}
# Between these, in shoulder widths below the shoulders, cloth goes over from the shoulders' slant to the hips'.
HANGS: Final = (0.3, 1.3)
# An arm that points straight up takes its armpit along by this, in shoulder widths; one that hangs, not at all.
LIFT: Final = 0.24
HIPS: Final = (at.RIGHT_HIP, at.LEFT_HIP)
_NARROWER: Final = np.array([TORSO_WORN.get(name.split("_")[-1], 1.0) for name in CONTROLS])
_ROUND: Final = np.array([TURNS.get(name, 0.0) for name in CONTROLS])


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
    shade = 1.0 - side_shade(parts.torso_v) * u**4 + 0.10 * light[0] * u
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
    level: F64
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
        scale = width * _widths_a_texel(parts, kind)
        middle = (right + left) / 2 - down * TIP_UP * width
        return cls(middle, across, _level(figure, across), down, scale, min(seen / width, 1.0))


def _level(figure: Figure, across: F64) -> F64:
    """Unit vector along the hips, as the shoulders' ``across``: not sure, at right angles to the torso."""
    right, left = figure.hips
    sure = min(float(figure.visibility[HIPS[0]]), float(figure.visibility[HIPS[1]]), 1.0)
    hips = (left - right) / max(float(np.hypot(*(left - right))), 1e-6)
    square = np.array([figure.down[1], -figure.down[0]])
    square *= 1.0 if float(square @ across) > 0 else -1.0
    level = square + sure * (hips if float(hips @ square) > 0 else square)
    return np.asarray(level / float(np.hypot(*level)), np.float64)


def _targets(parts: Parts, frame: _Frame, figure: Figure) -> dict[str, F64]:
    points = parts.points
    middle = (points["right_shoulder"] + points["left_shoulder"]) / 2
    turn = math.sin(figure.yaw) * CHEST_DEPTH * figure.width_px
    own = (np.stack([points[name] for name in CONTROLS]) - middle) * frame.scale
    own[:, 0] *= _NARROWER
    # A chest is round: its middle moves across as it turns, its sides do not.
    out = own[:, :1] * frame.squeeze + _ROUND[:, None] * turn
    # A lifted shoulder lifts no hem: from the chest down cloth hangs from the hips' level.
    share = np.clip((own[:, 1:] / figure.width_px - HANGS[0]) / (HANGS[1] - HANGS[0]), 0.0, 1.0)
    places = (
        frame.middle + own[:, 1:] * frame.down + out * (frame.across + share * (frame.level - frame.across))
    )
    found = dict(zip(CONTROLS, places, strict=True))
    for side in ("right", "left"):
        found[f"{side}_armpit"] = found[f"{side}_armpit"] - _lifted(figure, side) * frame.down
    return found


def _lifted(figure: Figure, side: str) -> float:
    """How far a raised arm takes its armpit up along the torso, in pixels."""
    shoulder, elbow = figure.arm(side)[:2]
    bone = elbow - shoulder
    hangs = float(bone @ figure.down) / max(float(np.hypot(*bone)), 1e-6)
    return LIFT * figure.width_px * max(0.5 - 0.5 * hangs, 0.0)


def _sleeve(
    parts: Parts,
    side: str,
    frame: _Frame,
    figure: Figure,
    targets: Mapping[str, F64],
    light: tuple[float, float],
) -> F64:
    points, width = parts.points, figure.width_px
    tip, pit = points[f"{side}_shoulder"], points[f"{side}_armpit"]
    out, inn = points[f"{side}_cuff_outer"], points[f"{side}_cuff_inner"]
    unit = frame.scale / width
    end = _sleeve_end(float(np.hypot(*(out - tip))) * unit)
    # Half widths: the garment's own, and never less than the arm's.
    root, cuff = (0.5 * SLEEVE_WORN * unit * float(np.hypot(*(b - a))) for a, b in ((tip, pit), (out, inn)))
    corners = np.stack([targets[f"{side}_shoulder"], targets[f"{side}_armpit"]])
    cut, outward = (root, cuff, end), 1.0 if side == "left" else -1.0
    arm = np.ascontiguousarray(figure.arm(side)[:3])
    return ribbon(arm, corners, cut, width, outward, light, figure.mask, figure.mask_from_picture)


def covered_arms(parts: Parts, kind: str) -> tuple[float, float]:
    """How far down the upper arm the right and the left sleeve reach, in parts of its bone; 0 without sleeves."""
    ends = [0.0, 0.0]
    for number, side in enumerate(("right", "left")):
        if side in parts.sleeves:
            span = parts.points[f"{side}_cuff_outer"] - parts.points[f"{side}_shoulder"]
            end = _sleeve_end(float(np.hypot(*span)) * _widths_a_texel(parts, kind))
            ends[number] = min(end / UPPER_ARM, 1.0)
    return ends[0], ends[1]


def _widths_a_texel(parts: Parts, kind: str) -> float:
    """Shoulder widths of the wearer that a pixel of the garment's picture is wide."""
    return 2 * (0.5 + TIP_OUT) * SEAM.get(kind, 1.0) / parts.shoulder_px


def _sleeve_end(length: float) -> float:
    """Where along the arm a sleeve ends, in shoulder widths of its true length; ``length`` is the sleeve's, too."""
    return (
        UPPER_ARM + FOREARM + 0.02 if length > LONG * UPPER_ARM else min(length - 0.02, UPPER_ARM + FOREARM)
    )


def vertices(draped: F64, texels: F32, shrink: float) -> F32:
    """What the kernel draws: (n, 5) x, y, u, v, light."""
    rows: F32 = np.empty((len(draped), 5), np.float32)
    rows[:, :2], rows[:, 2:4], rows[:, 4] = draped[:, :2], texels * shrink, draped[:, 2]
    return rows
