"""Two-dimensional outlines of frames, seen from the front: lens shapes and an acetate front's silhouette.

Millimetres; x to the wearer's left, y up. Only the wearer's left half (x >= 0) is described; the other
is its mirror image. Lens outlines are polar about a pole inside them: the angle runs counter-clockwise
from +x (temporal), so that the nose lies at π.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64

# Control points of lens outlines in their box (-1..1), from the upper nasal corner clockwise.
LENS_SHAPES: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "trapeze": (
        (-0.93, 0.66), (-0.72, 0.92), (-0.05, 0.98), (0.66, 1.0), (0.95, 0.80), (0.98, 0.40),
        (0.88, -0.22), (0.64, -0.78), (0.20, -0.98), (-0.30, -0.98), (-0.68, -0.78),
        (-0.89, -0.22), (-0.97, 0.30),
    ),
    "panto": (
        (-0.70, 0.76), (-0.30, 0.96), (0.10, 1.0), (0.48, 0.91), (0.80, 0.66), (0.97, 0.26),
        (0.96, -0.18), (0.76, -0.65), (0.40, -0.93), (0.0, -1.0), (-0.40, -0.92),
        (-0.75, -0.66), (-0.95, -0.22),
        (-0.94, 0.32),
    ),
    "aviator": (
        (-0.88, 0.74), (-0.48, 0.95), (0.08, 1.0), (0.60, 0.93), (0.92, 0.62), (1.0, 0.10),
        (0.88, -0.42), (0.56, -0.85), (0.12, -1.0), (-0.32, -0.88), (-0.66, -0.50),
        (-0.88, -0.02), (-0.99, 0.42),
    ),
    "rectangle": (
        (-0.90, 0.84), (-0.50, 0.97), (0.10, 1.0), (0.62, 0.97), (0.94, 0.82), (0.995, 0.35),
        (0.96, -0.30), (0.82, -0.82), (0.40, -0.98), (-0.12, -1.0), (-0.60, -0.94),
        (-0.88, -0.70), (-0.97, -0.10),
        (-0.98, 0.45),
    ),
    "cat-eye": (
        (-0.90, 0.46), (-0.58, 0.72), (0.0, 0.84), (0.52, 0.96), (0.86, 1.0), (0.99, 0.80), (0.96, 0.34),
        (0.80, -0.28), (0.48, -0.78), (0.05, -0.99), (-0.42, -0.92), (-0.76, -0.60), (-0.93, -0.12),
    ),
}  # fmt: skip
_DENSE = 1440
BRIDGE_IN_RIM_MM = 1.0
# A turn of one radian gets as many points as this length.
CORNER_MM = 8.0


@dataclass(frozen=True)
class LensOutline:
    """A closed outline that every ray from ``pole`` meets once."""

    pole: tuple[float, float]
    angles: F64
    radii: F64

    def radius(self, angle: F64) -> F64:
        """The distance from the pole to the outline (periodic)."""
        return np.interp(angle, self.angles, self.radii, period=2 * np.pi)

    def points(self, angle: F64, inset: float = 0.0) -> F64:
        """Points (n, 2); a positive ``inset`` moves them outwards along the ray, into the rim."""
        radius = self.radius(angle) + inset
        return np.stack(
            (self.pole[0] + radius * np.cos(angle), self.pole[1] + radius * np.sin(angle)), axis=-1
        )

    def even_angles(self, count: int) -> F64:
        """``count`` angles from 0 whose points lie evenly along the outline, closer in corners."""
        dense = np.linspace(0.0, 2 * np.pi, _DENSE + 1)
        chords = np.diff(self.points(dense), axis=0)
        heading = np.unwrap(np.arctan2(chords[:, 1], chords[:, 0]))
        bend = np.abs(np.diff(heading, append=heading[0] + 2 * np.pi))
        steps = np.linalg.norm(chords, axis=1) + CORNER_MM * bend
        length = np.concatenate(([0.0], np.cumsum(steps)))
        return np.interp(np.arange(count) / count * length[-1], length, dense)


def lens_outline(
    shape: str, width: float, height: float, centre: tuple[float, float], pole: tuple[float, float]
) -> LensOutline:
    """The named shape, its box ``width`` × ``height`` about ``centre``. Raises KeyError for another name."""
    points = closed_spline(np.array(LENS_SHAPES[shape]) * (width / 2, height / 2), _DENSE)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * (np.array((width, height)) / (high - low))
    return polar_outline(points + centre, pole)


def offset_outline(outline: LensOutline, top: float, side: float, bottom: float) -> LensOutline:
    """The outline moved outwards along its normals, by thicknesses that blend around it."""
    dense = outline.points(outline.angles)
    tangent = np.roll(dense, -1, axis=0) - np.roll(dense, 1, axis=0)
    normal = np.stack((tangent[:, 1], -tangent[:, 0]), axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    upward = normal[:, 1]
    thickness = side + np.where(upward > 0, top - side, bottom - side) * np.abs(upward) ** 1.5
    return polar_outline(dense + normal * thickness[:, None], outline.pole)


def polar_outline(points: F64, pole: tuple[float, float]) -> LensOutline:
    """The outline through ``points`` (n, 2), a closed line that every ray from ``pole`` meets once."""
    points = points - pole
    angles = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    if angles[-1] < angles[0]:
        angles, points = angles[::-1], points[::-1]
    dense = np.arange(_DENSE) / _DENSE * 2 * np.pi
    radii = np.interp(dense, angles, np.linalg.norm(points, axis=1), period=2 * np.pi)
    return LensOutline(pole, dense, radii)


def closed_spline(control: F64, count: int) -> F64:
    """``count`` points of the periodic cubic spline through ``control`` (n, 2), chord-length parameters.

    Continuous to the second derivative, so that highlights run smoothly along a rim. The second
    derivatives solve the cyclic system of de Boor, A Practical Guide to Splines, chapter IV.
    """
    n = len(control)
    step = np.linalg.norm(np.roll(control, -1, axis=0) - control, axis=1) ** 0.5
    knots = np.concatenate(([0.0], np.cumsum(step)))
    system, right = np.zeros((n, n)), np.zeros((n, control.shape[1]))
    for k in range(n):
        before, after = step[k - 1], step[k]
        system[k, k - 1] += before / 6
        system[k, k] += (before + after) / 3
        system[k, (k + 1) % n] += after / 6
        ahead = (control[(k + 1) % n] - control[k]) / after
        right[k] = ahead - (control[k] - control[k - 1]) / before
    second = np.linalg.solve(system, right)
    at = np.arange(count) / count * knots[-1]
    k = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, n - 1)
    following, h = (k + 1) % n, step[k][:, None]
    a = ((knots[k + 1] - at) / step[k])[:, None]
    b = 1.0 - a
    cubic = ((a**3 - a) * second[k] + (b**3 - b) * second[following]) * h**2 / 6
    spline: F64 = a * control[k] + b * control[following] + cubic
    return spline


@dataclass(frozen=True)
class Bridge:
    """The bridge of an acetate front: edges at x = 0, and how they fall away; ``key`` > 0 cuts a keyhole."""

    top: float
    low: float
    top_fall: float = 0.004
    low_fall: float = 0.055
    key: float = 0.0


@dataclass(frozen=True)
class Endpiece:
    """Where the front reaches out to the hinge: its outer end, middle height and half height."""

    outer_x: float
    y: float
    half_height: float


@dataclass(frozen=True)
class Silhouette:
    """An acetate front's left half: a rim around the lens, the bridge and the end piece, blended."""

    lens: LensOutline
    rim: LensOutline
    bridge: Bridge
    endpiece: Endpiece

    def distance(self, points: F64) -> F64:
        """About the signed distance to the silhouette's edge (n,), negative inside."""
        local = points - self.lens.pole
        angle = np.arctan2(local[..., 1], local[..., 0])
        rim = np.hypot(local[..., 0], local[..., 1]) - self.rim.radius(angle)
        joined = _smooth_union(rim, self._bridge(points), 4.0)
        return _smooth_union(joined, self._endpiece(points), 6.0)

    def _bridge(self, points: F64) -> F64:
        x, y = points[..., 0], points[..., 1]
        top = self.bridge.top - self.bridge.top_fall * x**2
        low = self.bridge.low - self.bridge.low_fall * x**2
        low = low + self.bridge.key * np.exp(-((x / 4.0) ** 2))
        slope = 2 * self.bridge.low_fall * np.abs(x)
        edges = np.maximum(y - top, (low - y) / np.sqrt(1 + slope**2))
        # It ends inside the rims; further out its edges would leave them again.
        reach = float(self.lens.points(np.array([np.pi]))[0, 0]) + BRIDGE_IN_RIM_MM
        distance: F64 = np.maximum(edges, np.abs(x) - reach)
        return distance

    def _endpiece(self, points: F64) -> F64:
        inner_x = float(self.lens.points(np.zeros(1))[0, 0]) - 5.0
        corner = min(2.5, self.endpiece.half_height - 0.5)
        half = ((self.endpiece.outer_x - inner_x) / 2, self.endpiece.half_height)
        middle = ((self.endpiece.outer_x + inner_x) / 2, self.endpiece.y)
        away = np.abs(points - middle) - np.array(half) + corner
        outside = np.linalg.norm(np.maximum(away, 0.0), axis=-1)
        distance: F64 = outside + np.minimum(away.max(axis=-1), 0.0) - corner
        return distance

    def cut(self) -> tuple[float, float]:
        """The bridge's lower and upper edge on the plane of symmetry, x = 0."""
        middle = (self.bridge.top + self.bridge.low + self.bridge.key) / 2
        return self._edge_at_cut(middle, -30.0), self._edge_at_cut(middle, 30.0)

    def _edge_at_cut(self, inside: float, outside: float) -> float:
        for _ in range(50):
            middle = (inside + outside) / 2
            if float(self.distance(np.array([[0.0, middle]]))[0]) < 0:
                inside = middle
            else:
                outside = middle
        return inside

    def outer_radius(self, angle: F64) -> F64:
        """Along rays from the pole, the way to the silhouette's edge or to x = 0."""
        direction = np.stack((np.cos(angle), np.sin(angle)), axis=-1)
        start = self.lens.radius(angle) + 0.2
        steps = np.linspace(0.0, 45.0, 226)
        reach = start[:, None] + steps
        points = self.lens.pole + reach[..., None] * direction[:, None, :]
        first = np.argmax(self.distance(points) > 0, axis=1)
        outside = start + steps[first]
        inside = start + steps[np.maximum(first - 1, 0)]
        for _ in range(30):
            middle = (inside + outside) / 2
            is_out = self.distance(self.lens.pole + middle[:, None] * direction) > 0
            outside, inside = np.where(is_out, middle, outside), np.where(is_out, inside, middle)
        with np.errstate(divide="ignore"):
            to_cut = np.where(direction[:, 0] < 0, -self.lens.pole[0] / direction[:, 0], np.inf)
        return np.minimum(inside, to_cut)


def _smooth_union(a: F64, b: F64, blend: float) -> F64:
    """The smaller distance, with a fillet of about ``blend`` where they meet (polynomial smooth minimum)."""
    h = np.maximum(blend - np.abs(a - b), 0.0) / blend
    joined: F64 = np.minimum(a, b) - h * h * blend / 4
    return joined
