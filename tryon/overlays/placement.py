"""Where products for the skin go: soft areas of the canonical face, one for each type and template.

Areas are told by anatomy, in millimetres from landmarks of the mean head, and mirrored. All are soft: powder has no
edge, and a foundation ends where nobody sees that it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np

from tryon.frame import F32, F64
from tryon.geometry.head import template
from tryon.kept import Arrays, kept
from tryon.overlays.canonical import SIZE, depth_mm, grid_mm, inside, place_mm
from tryon.perception import landmarks as at

_CODE: Final = (
    "overlays/placement.py",
    "overlays/canonical.py",
    "perception/landmarks.py",
    "geometry/head.npz",
)
# A blush's strength where it is strongest: less of it over more of the cheek.
BUFFED: Final = 0.8
# A foundation's end is so much thinner than a straight slope (an exponent).
THINS: Final = 2.4
# Strokes of a brush along a path.
STROKES: Final = 24
_LIDS: Final = (at.RIGHT_EYE, at.LEFT_EYE)


@cache
def area(type_: str, placed: str) -> F32:
    """Coverage 0..1 (SIZE, SIZE) of a type's template on both sides of the face; read-only.

    Raises KeyError for a type that is not for the skin, or a template that it has not.
    """
    draw = _AREAS[type_, placed]

    def made() -> Arrays:
        return {"area": (np.clip(draw(), 0.0, 1.0) * _skin(type_)).astype(np.float32)}

    found: F32 = kept("area", f"{type_} {placed}".encode(), _CODE, made)["area"]
    found.setflags(write=False)
    return found


@cache
def hairless() -> F32:
    """1 (SIZE, SIZE) on nose and folds, under the eyes and on cheeks before any beard, 0 elsewhere; read-only."""

    def made() -> Arrays:
        return {"area": np.clip(1.5 * _hairless(), 0.0, 1.0).astype(np.float32)}

    found: F32 = kept("area", b"hairless", _CODE, made)["area"]
    found.setflags(write=False)
    return found


def one_side(side: str | None) -> F32:
    """1 on the wearer's left or right of the face, 0 on the other; 1 everywhere for None."""
    if side is None:
        return np.ones((SIZE, SIZE), np.float32)
    x, _ = grid_mm()
    left = np.clip(0.5 + x / 1.6, 0.0, 1.0)
    return np.asarray(left if side == "left" else 1.0 - left, np.float32)


def _smooth(value: F64, low: float, high: float) -> F64:
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), np.float64)


def _skin(type_: str) -> F64:
    """Skin that may be made up: not lips, not eyes, and ending softly before the hairline and the jaw."""
    edge: float | F64 = 7.0
    if type_ == "foundation":
        # Beside the face hair and ears begin; over the brow and along the jaw bare skin does, and the end is softer.
        x, y = grid_mm()
        edge = 16.0 - 7.0 * _smooth(np.abs(x), 45.0, 70.0) * (1 - _smooth(-y, 55.0, 85.0))
    open_ = _smooth(depth_mm(inside(at.FACE_OVAL)) / edge, 0.0, 1.0)
    if type_ == "foundation":
        # A third of a film that hides hides nearly as well: told as thickness, the end would be a line.
        open_ = open_**THINS
    for eye in _LIDS:
        open_ = open_ * _smooth(-depth_mm(inside(eye)), 0.2, 2.2)
    return np.asarray(open_ * _smooth(-depth_mm(inside(at.LIPS_OUTER)), 0.0, 1.6), np.float64)


def _both(make: Callable[[Callable[..., F64]], F64]) -> F64:
    """A shape on the wearer's right, and its mirror image; ``make`` gets the places of landmarks."""
    mirror = template().mirror
    right = make(place_mm)
    left = make(lambda *points: place_mm(*(int(mirror[p]) for p in points)))
    return np.maximum(right, left)


def _spot(middle: F64, wide: float, high: float, turn_deg: float = 0.0) -> F64:
    """A soft ellipse: half its strength at its radii, in millimetres."""
    x, y = grid_mm()
    dx, dy = x - middle[0], y - middle[1]
    # Turned the same way up on either side of the nose.
    turn = np.radians(turn_deg) * np.sign(middle[0])
    along, across = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
    return np.asarray(np.exp(-np.log(2) * ((along / wide) ** 2 + (across / high) ** 2)), np.float64)


def _band(path: Sequence[F64], widths: Sequence[float], ends: tuple[float, float] = (1.0, 1.0)) -> F64:
    """A soft band along points: half its strength ``widths`` millimetres beside each. It has the strengths ``ends``
    where it begins and ends."""
    x, y = grid_mm()
    best: F64 = np.zeros_like(x)
    pieces = len(path) - 1
    for piece in range(pieces):
        a, b, wide_a, wide_b = path[piece], path[piece + 1], widths[piece], widths[piece + 1]
        d = b - a
        t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / max(float(d @ d), 1e-6), 0.0, 1.0)
        away = np.hypot(x - a[0] - t * d[0], y - a[1] - t * d[1])
        strength = ends[0] + (ends[1] - ends[0]) * _smooth((piece + t) / pieces, 0.0, 1.0)
        best = np.maximum(
            best, strength * np.exp(-np.log(2) * (away / (wide_a + (wide_b - wide_a) * t)) ** 2)
        )
    return best


def _foundation() -> F64:
    # Brows are combed free of it: in a soft picture they are as bright as skin in shade, and a film would erase them.
    brows = _both(
        lambda p: _band([p(70, 46), p(63, 53), p(105, 52), p(66, 65), p(107, 55)], [3.2, 4.2, 4.8, 5.0, 5.0])
    )
    return np.asarray(1.0 - 0.85 * np.minimum(1.3 * brows, 1.0), np.float64)


def _hairless() -> F64:
    nose = _band([place_mm(168), place_mm(197), place_mm(4)], [11.0, 13.0, 15.0])
    return np.maximum(
        nose,
        _both(
            lambda p: np.maximum(
                _band([p(129), p(203), p(206), p(216)], [6.0, 6.0, 5.0, 3.5]),
                np.maximum(_band([p(245), p(230), p(228)], [3.5, 6.0, 5.0]), _spot(p(50, 101), 17.0, 15.0)),
            )
        ),
    )


def _under_eye() -> F64:
    return _both(
        lambda p: (
            _band([p(243), p(232), p(230), p(118)], [3.0, 4.2, 4.6, 4.0]) + 0.5 * _spot(p(119, 100), 9.0, 7.0)
        )
    )


def _concealer_full() -> F64:
    middle = _spot(place_mm(9), 14.0, 9.0) + 0.8 * _spot(place_mm(152, 199), 11.0, 8.0)
    return _under_eye() + middle + _both(lambda p: 0.8 * _spot(p(203), 6.0, 9.0, -30.0))


def _sculpt() -> F64:
    hollow = _both(lambda p: _band([p(93, 234), p(123, 137, 147), p(187)], [6.5, 6.5, 5.5], (1.0, 0.35)))
    temple = _both(lambda p: _band([p(21), p(54), p(103)], [8.0, 9.0, 7.0]))
    jaw = _both(lambda p: _band([p(58), p(172), p(136), p(150)], [5.0, 5.0, 5.0, 4.0]))
    return np.asarray(hollow + 0.55 * temple + 0.5 * jaw, np.float64)


def _bronze() -> F64:
    three = _both(
        lambda p: (
            0.9 * _band([p(103), p(54), p(21), p(127)], [10.0, 11.0, 10.0, 8.0])
            + 0.9 * _band([p(234, 116), p(123), p(50)], [9.0, 10.0, 9.0], (1.0, 0.25))
            + 0.6 * _band([p(58), p(172), p(136)], [8.0, 7.0, 6.0])
        )
    )
    middle = 0.5 * _spot(place_mm(195), 8.0, 7.0) + 0.35 * _spot(place_mm(10), 30.0, 10.0)
    return np.asarray(three + middle, np.float64)


def _nose() -> F64:
    return _both(lambda p: _band([p(193), p(174), p(198)], [2.2, 2.2, 2.4])) + 0.5 * _band(
        [place_mm(240, 64), place_mm(2), place_mm(460, 294)], [2.0, 2.0, 2.0]
    )


def _buffed(path: Sequence[F64], widths: Sequence[float], strengths: Sequence[float]) -> F64:
    """A blush that is buffed out along points: round strokes of a brush, each with half its strength so many
    millimetres from its middle, over each other. Their sum has neither a core nor an end to be seen; what is drawn by
    the distance from a line has a ridge, and is a spot on a face that is turned."""
    x, y = grid_mm()
    place = np.linspace(0.0, len(path) - 1.0, STROKES)
    knots = np.arange(len(path))
    middles = np.stack([np.interp(place, knots, [p[k] for p in path]) for k in range(2)], axis=1)
    total: F64 = np.zeros_like(x)
    for (mx, my), wide, strength in zip(
        middles, np.interp(place, knots, widths), np.interp(place, knots, strengths), strict=True
    ):
        total += strength * np.exp(-np.log(2) * ((x - mx) ** 2 + (y - my) ** 2) / wide**2)
    return np.asarray(BUFFED * total / total.max(), np.float64)


def _apple() -> F64:
    return _both(lambda p: _buffed([p(50, 205), p(50), p(117, 123)], [12.0, 13.0, 11.0], [0.8, 1.0, 0.3]))


def _lifted() -> F64:
    return _both(
        lambda p: _buffed(
            [p(50), p(117, 123), p(116, 227), p(127, 34)], [11.0, 12.5, 12.0, 10.0], [0.45, 0.9, 1.0, 0.5]
        )
    )


def _draped() -> F64:
    return _both(
        lambda p: _buffed(
            [p(50, 101), p(117), p(116), p(156, 139)], [9.5, 10.0, 9.5, 8.5], [0.6, 0.7, 0.8, 1.1]
        )
    )


def _sunkissed() -> F64:
    nose = 0.6 * _band([place_mm(101), place_mm(195), place_mm(330)], [7.5, 6.5, 7.5])
    cheeks = _apple() * 0.9
    return np.asarray(cheeks + nose * (1.0 - cheeks), np.float64)


def _cheekbones() -> F64:
    return _both(lambda p: _band([p(118, 117), p(111, 117), p(143, 116), p(156)], [4.0, 4.6, 4.2, 3.0]))


def _full_glow() -> F64:
    nose = 0.8 * _band([place_mm(168), place_mm(197), place_mm(5)], [2.0, 2.2, 2.6]) + 0.7 * _spot(
        place_mm(4, 1), 3.0, 3.0
    )
    bow = 0.8 * _spot(place_mm(164), 4.5, 2.2)
    brow = _both(
        lambda p: (
            0.75 * _band([p(223, 52), p(224, 53), p(225, 46)], [1.8, 2.2, 2.0])
            + 0.8 * _spot(p(243), 2.4, 2.4)
        )
    )
    middle = 0.45 * _spot(place_mm(151), 13.0, 9.0) + 0.4 * _spot(place_mm(199, 175), 7.0, 5.0)
    return _cheekbones() + nose + bow + brow + middle


def _strobe() -> F64:
    wide = _both(lambda p: _band([p(118), p(117), p(116), p(156)], [6.5, 7.5, 7.0, 6.0]))
    return wide + _full_glow() * 0.8


_AREAS: Final[dict[tuple[str, str], Callable[[], F64]]] = {
    ("foundation", "full"): _foundation,
    ("concealer", "under_eye"): _under_eye,
    ("concealer", "full"): _concealer_full,
    ("contour", "sculpt"): _sculpt,
    ("contour", "bronze"): _bronze,
    ("contour", "nose"): _nose,
    ("blush", "apple"): _apple,
    ("blush", "lifted"): _lifted,
    ("blush", "draped"): _draped,
    ("blush", "sunkissed"): _sunkissed,
    ("highlighter", "cheekbones"): _cheekbones,
    ("highlighter", "full_glow"): _full_glow,
    ("highlighter", "strobe"): _strobe,
    ("face_paint", "full"): lambda: np.ones((SIZE, SIZE)),
}
