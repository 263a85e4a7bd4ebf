"""A frame put straight by its own symmetry: turned upright, its two sides made alike, on a canvas of its own.

A frame is its own mirror image. How the camera was turned shows in how the photo is not: roll tilts the axis, a camera
beside the axis makes one side larger (keystone) and shifts the middle of a curved front against its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np

from tryon.errors import BadAsset
from tryon.frame import F32, F64, U8
from tryon.ingest.photo_find import Found
from tryon.ingest.photo_ground import Ground
from tryon.ingest.photo_warp import looked_up

# Canvas beyond the frame, as a part of its width.
_MARGIN: Final = 0.05
_POINTS: Final = 900
# Where the axis may lie, from the middle of what is seen: a temple on one side moves that.
_SHIFTS: Final = (0.0, -0.03, 0.03, -0.06, 0.06)
# Points nearer than this to their images' outline are images.
_LIKE: Final = 0.008
# Turned further than this, or less alike than that, one side of the front hides from the camera.
ROLL_MAX_DEG: Final = 25.0
_MOST: Final = 0.7
_UNLIKE: Final = 0.02
_KEYSTONE_MAX: Final = 0.07
_BOW_MAX: Final = 0.03
_SIDEWAYS: Final = (
    "The frame is not seen straight from the front; photograph it with both temples behind it, camera level."
)


@dataclass(frozen=True, slots=True, eq=False)
class Straight:
    """The canvas: ``bgr``, ``cover``, ``filled`` and the linear ``wall``, symmetric about its middle column's middle.

    ``roll_deg`` and ``keystone`` (one side's size over the other's, less 1) were taken out; ``unlike`` is how far, in
    half widths, points of the outline are from their mirror images now. ``to_photo`` takes canvas pixels (n, 2) back.
    """

    bgr: U8
    cover: F32
    filled: U8
    wall: F32
    roll_deg: float
    keystone: float
    unlike: float
    half_px: float
    _middle: tuple[float, float]
    _terms: tuple[float, float, float, float]

    @property
    def axis_px(self) -> float:
        """x of the axis of symmetry; pixel centres lie at integers."""
        return (self.bgr.shape[1] - 1) / 2

    def to_photo(self, points: F64) -> F64:
        """The photo's pixels of canvas pixels (n, 2)."""
        middle = np.array((self.axis_px, (self.bgr.shape[0] - 1) / 2))
        back = _to_photo((points - middle) / self.half_px, np.array(self._terms))
        return np.asarray(back * self.half_px + self._middle, np.float64)


def straightened(bgr: U8, ground: Ground, found: Found) -> Straight:
    """Raises BadAsset for a frame that is seen from the side."""
    box = found.box
    half = box.width / 2
    middle = ((box.x0 + box.x1 - 1) / 2, (box.y0 + box.y1 - 1) / 2)
    terms, unlike = _symmetry(found, half, middle)
    roll = float(np.degrees(terms[0]))
    keystone = 2 * float(terms[3])
    askew = abs(keystone) > _KEYSTONE_MAX or abs(float(terms[2])) > _BOW_MAX
    if abs(roll) > ROLL_MAX_DEG or unlike > _UNLIKE or askew:
        raise BadAsset(_SIDEWAYS, field="upload")
    wide = 2 * round(half * (1 + 2 * _MARGIN)) + 1
    high = 2 * round(box.height / 2 + half * (2 * _MARGIN + 0.3 * abs(terms[0]))) + 1
    y, x = np.mgrid[0:high, 0:wide].astype(np.float64)
    at = np.stack(((x - (wide - 1) / 2) / half, (y - (high - 1) / 2) / half), axis=-1).reshape(-1, 2)
    place = (_to_photo(at, terms) * half + middle).reshape(high, wide, 2)
    x, y = place[..., 0], place[..., 1]
    return Straight(
        bgr=np.asarray(looked_up(bgr, x, y, how=cv2.INTER_CUBIC), np.uint8),
        cover=looked_up(found.cover, x, y, beyond=0.0),
        filled=np.asarray(looked_up(found.filled, x, y, beyond=0.0, how=cv2.INTER_NEAREST), np.uint8),
        wall=looked_up(ground.wall, x, y),
        roll_deg=roll,
        keystone=keystone,
        unlike=unlike,
        half_px=half,
        _middle=middle,
        _terms=(float(terms[0]), float(terms[1]), float(terms[2]), float(terms[3])),
    )


def _to_photo(straight: F64, terms: F64) -> F64:
    """Straight coordinates (n, 2), in half widths, to the photo's: keystone and curve first, then shift and roll."""
    roll, shift, bow, keystone = terms
    x, y = straight[:, 0], straight[:, 1]
    grown = 1 + keystone * x
    x, y = x * grown + bow * x * x + shift, y * grown
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.column_stack((cosine * x - sine * y, sine * x + cosine * y))


def _to_straight(photo: F64, terms: F64) -> F64:
    """The other way; three steps of a fixed point are exact to a thousandth of a pixel for what is accepted."""
    roll, shift, bow, keystone = terms
    cosine, sine = np.cos(roll), np.sin(roll)
    x = cosine * photo[:, 0] + sine * photo[:, 1] - shift
    y = -sine * photo[:, 0] + cosine * photo[:, 1]
    found = x.copy()
    for _ in range(6):
        found = (x - (bow + keystone) * found * found).clip(-1.6, 1.6)
    return np.column_stack((found, y / (1 + keystone * found)))


def _symmetry(found: Found, half: float, middle: tuple[float, float]) -> tuple[F64, float]:
    """Roll, shift, bow and keystone that make the outline most nearly its own mirror image, and how near.

    Gauss-Newton on the distances of mirrored outline points from the outline, with numerical derivatives.
    """
    distance = _signed_distance(found.filled)
    contours, _ = cv2.findContours(found.filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len).reshape(-1, 2).astype(np.float64)
    points = (outline[:: max(len(outline) // _POINTS, 1)] - middle) / half

    def residual(terms: F64) -> F64:
        mirrored = _to_straight(points, terms) * (-1.0, 1.0)
        at = _to_photo(mirrored, terms) * half + middle
        off = looked_up(distance, at[:, :1], at[:, 1:])
        return np.asarray(off[:, 0], np.float64) / half

    best, least, unlike = np.zeros(4), np.inf, np.inf
    for roll, shift in product(_first_rolls(outline), _SHIFTS):
        terms = np.array((roll, shift, 0.0, 0.0))
        for step in range(18):
            now = residual(terms)
            # A temple that is seen on one side alone is no part of the symmetry.
            clip = max(0.08 * 0.75**step, _LIKE)
            weight = 1 / (1 + (now / clip) ** 2) ** 2
            slopes = np.stack(
                [(residual(terms + change) - now) / 1e-3 for change in np.eye(4) * 1e-3], axis=1
            )
            # A camera's turn is small until the outline insists.
            damped = (slopes * weight[:, None]).T @ slopes + np.diag((1e-4, 1e-4, 0.3, 0.3)) * len(now) * 0.02
            pull = (slopes * weight[:, None]).T @ now + np.diag((0.0, 0.0, 0.3, 0.3)) @ terms * len(
                now
            ) * 0.02
            terms = terms - np.linalg.solve(damped, pull).clip(-0.2, 0.2)
        away = np.abs(residual(terms))
        off = float(np.minimum(away / _LIKE, 1.0).mean())
        if off < least:
            # A few points are a temple's; of a front seen from the side most are off.
            best, least, unlike = terms, off, float(np.quantile(away, _MOST))
    return best, unlike


def _first_rolls(outline: F64) -> tuple[float, ...]:
    """Level, and as the outline's longer axis lies."""
    centred = outline - outline.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    roll = float(np.arctan2(axes[1, 1], axes[0, 1]))
    roll = (roll + np.pi / 2) % np.pi - np.pi / 2
    return (0.0, roll) if abs(roll) > 0.01 else (0.0,)


def _signed_distance(filled: U8) -> F32:
    outside = cv2.distanceTransform(255 - filled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = cv2.distanceTransform(filled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(outside - inside, np.float32)
