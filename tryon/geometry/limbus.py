"""The irises' middles where the picture shows them: between the two sides of each limbus, to a fraction of a pixel.

The network's irises are as steady as its other points, but miss the visible middle by up to a millimetre, and by the
same in every frame of a face, so that no mean over frames helps. Here the circle is looked for at whose sides the
brightness rises most: the integro-differential operator (Daugman, "High confidence visual recognition of persons by a
test of statistical independence", IEEE PAMI 15, 1993) on the two lateral arcs alone, because lids hide the others, then
a robust circle through the edges along single rays, because highlights and lashes lie across some of them.

Landmarks say where to look, the head how large an iris is. Where a limbus is not clearly seen on both sides (lids
nearly shut, an eye turned into its corner, light eyes in a dull light, a highlight across) nothing is told.

Both eyes cost 3 ms of a core, and only while somebody measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8
from tryon.geometry.head import IRIS_MM
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at

# Where a patch is read, as OpenCV wants it: x and y, or whole samples and what is beyond.
Where: TypeAlias = tuple[NDArray[Any], NDArray[Any]]
# Blue, green and red: red tells irises of any colour from the white best, but JPEG blurs it.
CHANNELS: Final = np.array([[0.15, 0.35, 0.5]], np.float32)
# The patch in which an eye is looked at, along the line from eye to eye: in samples, so many to an iris' radius.
PER_RADIUS: Final = 14.0
PATCH: Final = (57, 33)
MIDDLE: Final = np.array([(PATCH[0] - 1) / 2, (PATCH[1] - 1) / 2])
SMOOTH_SAMPLES: Final = 1.4
# The lids' edges, their shadow and lashes are no limbus: so much of the opening is left out above and below.
LIDS_SAMPLES: Final = 2
# Everything below is in radii of the expected iris. Where its middle may be: landmarks miss it by up to a fifth.
REACH_ACROSS: Final = 0.3
REACH_DOWN: Final = 0.16
RADII: Final = (0.87, 1.15)
# How well it is expected there, a weak say: at the ends an edge counts by half, and of a radius there by an eighth.
ACROSS_SIGMA: Final = 0.28
DOWN_SIGMA: Final = 0.17
RADIUS_SIGMA: Final = 0.07
# How far to the sides of the horizontal lids leave the limbus free.
ARC_DEG: Final = 40.0
RAYS: Final = 13
# Codes a radius: a rise of more is a highlight's as likely as the white's.
RISE_MAX: Final = 150.0
# Edges along rays are looked for so near the circle found before; those that miss the next by more have no say, in
# three rounds.
NEAR: Final = 0.22
NEAR_SIGMA: Final = 0.11
ROUNDS: Final = (0.2, 0.1, 0.1)
# No edge is taken for farther away than so many times what the window leaves of it.
DRAWN_MAX: Final = 2.5
# An edge of so many codes a radius counts whole.
RISE_WHOLE: Final = 40.0
# What an expected middle and radius weigh, in rays: across nearly nothing.
PRIOR: Final = np.array([0.02, 1.5, 0.5])
# Clearly seen is a limbus with so many rays of each side,
RAYS_MIN: Final = 2.5
# … that rises by so many codes a radius on each, and by so many codes altogether,
RISE_MIN: Final = 25.0
STEP_MIN: Final = 5.0
# … on one side at least by this part of the other side's step,
STEP_RATIO_MIN: Final = 0.15
# … and with the iris on both of its inner sides: one pupil's edge and the limbus across make a circle, too.
INSIDES_DIFFER_MAX: Final = 0.6
INSIDE: Final = 0.25
DARK: Final = 0.25
OUTSIDE: Final = 0.22
# Both irises of a face are as large: those of two true circles differ by less than a tenth.
UNLIKE_MAX: Final = 0.1
FITS: Final = 4  # rounds in which rays that miss the circle lose their say
INNER_RAYS: Final = 5


def middles(bgr: U8, head: Head) -> F64 | None:
    """The right and the left iris' middle in pixels (2, 2), in the bare frame that ``head`` is of.

    None where either limbus is not clearly seen: landmarks miss both by much the same when eyes look aside, so one of
    them beside a middle that is right tells no better distance than two that are wrong.
    """
    places, radii = [], []
    for centre, outline in _EYES:
        eye = _Eye.cut(bgr, head, centre, outline)
        if eye is None:
            return None
        circle = _coarse(eye)
        for away in ROUNDS:
            circle, weights = _through_edges(eye, circle, away)
        if not _clear(eye, circle, weights):
            return None
        places.append(eye.in_picture(circle[:2]))
        radii.append(float(circle[2]) * eye.radius_px)
    if max(radii) > (1 + UNLIKE_MAX) * min(radii):
        return None
    return np.stack(places)


_EYES: Final = (
    (at.RIGHT_IRIS_CENTRE, at.RIGHT_EYE),
    (at.LEFT_IRIS_CENTRE, at.LEFT_EYE),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Eye:
    """One eye's patch: x along the line between the eyes, y down, (0, 0) the landmark, in radii expected."""

    bright: F32
    smooth: F32
    rise_x: F32  # codes a radius
    rise_y: F32
    open: F32  # 1 between the lids, 0 beyond
    middle_px: F64
    radius_px: float
    axes: F64  # picture from patch, for directions

    @classmethod
    def cut(cls, bgr: U8, head: Head, centre: int, outline: at.Indices) -> _Eye | None:
        """None where the eye is not whole in the picture."""
        points = head.points_px
        middle = points[centre, :2].astype(np.float64)
        depth_mm = float(head.pose.translation_mm[2] + head.pose.rotation[2] @ head.rest.points_mm[centre])
        radius = IRIS_MM / 2 * head.camera.focal_px / max(depth_mm, 1.0)
        across = (points[at.LEFT_IRIS_CENTRE, :2] - points[at.RIGHT_IRIS_CENTRE, :2]).astype(np.float64)
        x, y = across / max(float(np.hypot(*across)), 1e-6)
        axes = np.array([[x, -y], [y, x]])
        reach = radius * float(np.hypot(*MIDDLE)) / PER_RADIUS + 2
        left, top = (int(value) for value in np.floor(middle - reach))
        right, bottom = (int(value) for value in np.ceil(middle + reach))
        if left < 0 or top < 0 or right > bgr.shape[1] or bottom > bgr.shape[0]:
            return None
        grey = cv2.transform(bgr[top:bottom, left:right].astype(np.float32), CHANNELS)
        step = radius / PER_RADIUS
        if step > 1:
            grey = cv2.GaussianBlur(grey, (0, 0), step / 2)
        turn = axes * step
        place = middle - (left, top) - 0.5 - turn @ MIDDLE
        bright = cv2.warpAffine(
            grey,
            np.column_stack([turn, place]),
            PATCH,
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        smooth = cv2.GaussianBlur(bright, (0, 0), SMOOTH_SAMPLES)
        lids = (points[outline, :2] - middle) @ axes / step + MIDDLE
        return cls(
            np.asarray(bright, np.float32),
            np.asarray(smooth, np.float32),
            np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=PER_RADIUS / 8), np.float32),
            np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=PER_RADIUS / 8), np.float32),
            _opening(lids),
            middle,
            radius,
            axes,
        )

    def in_picture(self, place: F64) -> F64:
        return np.asarray(self.middle_px + self.axes @ place * self.radius_px, np.float64)


def _opening(lids: F64) -> F32:
    """Where the eye is open, given its outline (n, 2) in samples."""
    area: U8 = np.zeros(PATCH[::-1], np.uint8)
    cv2.fillPoly(area, [np.round(lids * 16).astype(np.int32)], (1.0,), shift=4)
    between = cv2.erode(area, np.ones((2 * LIDS_SAMPLES + 1, 1), np.uint8)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(between, (0, 0), SMOOTH_SAMPLES), np.float32)


def _coarse(eye: _Eye) -> F64:
    """The likeliest of many circles: (x, y, radius)."""
    circles, expected, rays, inner = _circles()
    rise = _read(eye.rise_x, rays) * _COS + _read(eye.rise_y, rays) * _SIN
    rise = np.clip(rise, -RISE_MAX / 2, RISE_MAX) * _read(eye.open, rays)
    right, left = rise[:, :RAYS].mean(1), rise[:, RAYS:].mean(1)
    inside = _read(eye.smooth, inner)
    half = inside.shape[1] // 2
    unlike = np.abs(np.median(inside[:, :half], axis=1) - np.median(inside[:, half:], axis=1))
    # One strong side makes no circle, nor do two whose insides differ.
    score = (right + left - np.abs(right - left) / 2) * expected - unlike
    return np.asarray(circles[int(score.argmax())], np.float64)


def _through_edges(eye: _Eye, circle: F64, away: float) -> tuple[F64, F64]:
    """The circle through the steepest places near one, and what each ray has to say of it: nothing where it misses it
    by ``away``."""
    x, y, radius = circle
    along = radius + _NEARS
    at_x, at_y = x + along * _COS, y + along * _SIN
    rise = np.maximum(_at(eye.rise_x, at_x, at_y) * _COS + _at(eye.rise_y, at_x, at_y) * _SIN, 0.0)
    near = rise * _NEAR_WEIGHTS
    total = np.maximum(near.sum(0), 1e-3)
    edges = (near * _NEARS).sum(0) / total
    # The window draws an edge that is as wide as itself half-way to its middle: how wide they are tells how far.
    width = np.average((near * _NEARS**2).sum(0) / total - edges**2, weights=total)
    edges *= min(1 / max(1 - width / NEAR_SIGMA**2, 1e-3), DRAWN_MAX)
    seen = _at(eye.open, x + radius * _COS[None], y + radius * _SIN[None])[0]
    seen = seen * np.clip(rise.max(0) / RISE_WHOLE, 0, 1)
    shift, weights = np.zeros(3), seen
    # Down and in radius it is held to what is expected.
    pull = PRIOR * (0.0, -y, 1 - radius)
    for _ in range(FITS):
        weights = seen * np.maximum(1 - ((edges - _RAYS @ shift) / away) ** 2, 0) ** 2
        normal = _RAYS.T @ (_RAYS * weights[:, None]) + np.diag(PRIOR)
        shift = np.linalg.solve(normal, _RAYS.T @ (weights * edges) + pull)
    return circle + shift, np.asarray(weights, np.float64)


def _clear(eye: _Eye, circle: F64, weights: F64) -> bool:
    """Whether that is surely a limbus, on both sides."""
    x, y, radius = circle
    if abs(x) > REACH_ACROSS or not RADII[0] - 0.02 < radius < RADII[1] + 0.02:
        return False
    at_x, at_y = x + radius * _COS[None], y + radius * _SIN[None]
    rise = (_at(eye.rise_x, at_x, at_y) * _COS + _at(eye.rise_y, at_x, at_y) * _SIN)[0]
    levels = []
    for offsets in (-INSIDE, OUTSIDE):
        beside = radius + offsets + _BAND
        levels.append(_at(eye.bright, x + beside * _COS, y + beside * _SIN).mean(0))
    insides, steps = [], []
    for side in (slice(0, RAYS), slice(RAYS, None)):
        own = weights[side]
        if own.sum() < RAYS_MIN or np.average(rise[side], weights=own) < RISE_MIN:
            return False
        # Of the rays that see it: a highlight may lie on half of an iris' side.
        inside, outside = (level[side][own > own.max() / 2] for level in levels)
        insides.append(np.quantile(inside, DARK))
        steps.append(np.median(outside) - insides[-1])
    step = sum(steps) / 2
    return bool(
        step > STEP_MIN
        and min(steps) > STEP_RATIO_MIN * max(steps)
        and abs(insides[0] - insides[1]) < INSIDES_DIFFER_MAX * step
    )


def _at(picture: F32, x: F64, y: F64) -> F32:
    """The patch's values at (x, y), both (n, m), in radii."""
    return _read(picture, (_samples(x, 0), _samples(y, 1)))


def _samples(values: F64, axis: int) -> F32:
    return np.asarray(values * PER_RADIUS + MIDDLE[axis], np.float32)


def _read(picture: F32, where: Where) -> F32:
    read = cv2.remap(picture, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.float32)


def _arcs(count: int) -> F64:
    """The directions of the rays: those of the right side of the picture, then those of the left."""
    one = np.radians(np.linspace(-ARC_DEG, ARC_DEG, count))
    return np.concatenate([one, np.pi - one])


_COS: Final = np.cos(_arcs(RAYS))
_SIN: Final = np.sin(_arcs(RAYS))
# What a circle's shift across, down and in radius moves the edge along each ray.
_RAYS: Final = np.column_stack([_COS, _SIN, np.ones(2 * RAYS)])
_NEARS: Final = np.linspace(-NEAR, NEAR, 23)[:, None]
_NEAR_WEIGHTS: Final = np.exp(-((_NEARS / NEAR_SIGMA) ** 2) / 2)
_BAND: Final = np.array([-0.05, 0.05])[:, None]


@cache
def _circles() -> tuple[F64, F64, Where, Where]:
    """The circles tried (n, 3), how far each is expected, and where the patch is read: at their sides, and inside."""
    axes = (
        np.linspace(-REACH_ACROSS, REACH_ACROSS, 13),
        np.linspace(-REACH_DOWN, REACH_DOWN, 5),
        np.linspace(*RADII, 8),
    )
    circles = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    x, y, radius = circles.T
    away = (x / ACROSS_SIGMA) ** 2 + (y / DOWN_SIGMA) ** 2 + ((radius - 1) / RADIUS_SIGMA) ** 2

    def places(reach: F64, rays: F64) -> Where:
        at_x = x[:, None] + reach[:, None] * np.cos(rays)
        at_y = y[:, None] + reach[:, None] * np.sin(rays)
        whole, rest = cv2.convertMaps(_samples(at_x, 0), _samples(at_y, 1), cv2.CV_16SC2)
        return np.asarray(whole), np.asarray(rest)

    return circles, np.exp(-away / 2), places(radius, _arcs(RAYS)), places(radius - INSIDE, _arcs(INNER_RAYS))
