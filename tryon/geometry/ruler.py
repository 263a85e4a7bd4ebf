"""From a card held against forehead or chin to the wearer's scale.

The card's distance is known in millimetres, the head's only up to its scale: head and card touch, so the scale is that
at which the head just reaches the card's plane and no point of it stands out of it. Both are seen through one camera,
so a wrong focal length moves both and hardly changes their ratio.

The forehead tells more: the chin lies twice as far from the eyes, so that a nod which landmarks miss moves it twice as
far. How much of the nod is known is told with the head, and goes into the ±. Landmarks draw a chin back, too, by 6 mm
on synthetic and real heads alike: it is taken to stand out as far as the mean head's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64, U8, Rect
from tryon.geometry.card import Card, find_card
from tryon.geometry.head import template
from tryon.geometry.measure import Scale
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at

SOURCE: Final = "card"
# How far a card reaches from where it is held.
REACH_MM: Final = 75.0
TOUCHING: Final = 2
# The card is 0.76 mm thick, and its seen face is the far side of what touches.
THICKNESS_MM: Final = 0.76
FRAMES_MIN: Final = 5
FRAMES_MAX: Final = 40
# Frames that differ by more than this from their median saw something else.
OUTLIER: Final = 0.02
# Missed so often in a row it is held elsewhere now.
MISSED_MAX: Final = 4
# Its plane is known to so much of its distance.
PLANE_SIGMA: Final = 0.003


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a card is held: its ``middle_mm`` in the mean head's space, the points of the face that it may rest on, and
    to how many mm (one standard deviation) it lies where these points are thought, with a nod unknown and known. If
    ``as_mean`` they are thought to stand out as far as the mean head's, not as landmarks have them."""

    middle_mm: tuple[float, float, float]
    rests: at.Indices
    sigma_mm: tuple[float, float]
    as_mean: bool = False


# RMS on 14 synthetic heads: 2.5 mm on the forehead; on the chin 5.2 mm before the head has turned, 3.7 after.
FOREHEAD: Final = Place(
    (0.0, 42.0, 0.0),
    np.array([10, 151, 9, 8, 107, 336, 108, 337, 109, 338, 67, 297, 69, 299], np.intp),
    (2.3, 2.3),
)
# Lips give way to a card.
CHIN: Final = Place(
    (0.0, -105.0, 0.0),
    np.array(
        [
            18, 32, 83, 148, 152, 171, 175, 176, 182, 194, 199, 200, 201, 208, 262, 313, 377, 396, 400, 406, 418, 421,
            428,
        ],
        np.intp,
    ),
    (5.2, 3.7),
    as_mean=True,
)  # fmt: skip
PLACES: Final = (FOREHEAD, CHIN)
# How far points stand out is told from the eyes, which the pupils' distance is measured at.
_EYES: Final = np.array(
    [at.RIGHT_EYE_OUTER, at.RIGHT_EYE_INNER, at.LEFT_EYE_INNER, at.LEFT_EYE_OUTER], np.intp
)


@dataclass(frozen=True, slots=True)
class CardLook:
    """One frame's answer: the scale that this card gives, and where the card lies in the picture (4, 2)."""

    scale: float
    corners_px: tuple[tuple[float, float], ...]


class CardRuler:
    """Gathers what several frames say; keeps numbers only, no picture."""

    def __init__(self) -> None:
        self._scales: list[float] = []
        self._depth_mm = self._sigma_mm = 0.0
        self._place = FOREHEAD
        # How often in a row it was not found.
        self._missed = MISSED_MAX

    @property
    def looks(self) -> int:
        """Frames that found the card where it is held now."""
        return len(self._scales)

    def update(self, bgr: U8, head: Head) -> CardLook | None:
        """Look for the card in a frame, where it was found just now or wherever it may be held; None where it cannot be
        seen well enough."""
        places = PLACES if self._missed >= MISSED_MAX else (self._place,)
        for place in places:
            card = find_card(bgr, _around(place.middle_mm, head), head.px_per_mm, head.camera)
            scale = None if card is None else _scale(card, head, place)
            if card is not None and scale is not None:
                return self._found(place, card, scale, head.nod_known)
        self._missed += 1
        return None

    def _found(self, place: Place, card: Card, scale: float, nod_known: float) -> CardLook:
        if place is not self._place:
            # It is held elsewhere now, and tells that more or less exactly.
            self._place, self._scales = place, []
        self._missed = 0
        self._scales = [*self._scales[-FRAMES_MAX:], scale]
        self._depth_mm = float(card.camera_from_card.translation_mm[2])
        unknown_mm, known_mm = place.sigma_mm
        self._sigma_mm = unknown_mm + (known_mm - unknown_mm) * nod_known
        x, y = card.corners_px.T
        return CardLook(scale, tuple(zip(x.tolist(), y.tolist(), strict=True)))

    def scale(self) -> Scale | None:
        """The wearer's head over the mean head; None until enough frames agree."""
        scales = np.array(self._scales)
        if len(scales) < FRAMES_MIN:
            return None
        agree = scales[np.abs(scales / np.median(scales) - 1) < OUTLIER]
        if len(agree) < max(FRAMES_MIN, len(scales) / 2):
            return None
        value = float(agree.mean())
        spread = float(agree.std()) / math.sqrt(len(agree)) / value
        part = math.hypot(spread, PLANE_SIGMA, self._sigma_mm / self._depth_mm)
        return Scale(value, part * value, SOURCE)


def _around(place_mm: tuple[float, float, float], head: Head) -> Rect:
    x, y = head.camera.project(head.pose.to_camera(np.array([place_mm]) * head.scale.value))[0]
    reach = REACH_MM * head.px_per_mm
    return Rect(int(x - reach), int(y - reach), int(x + reach), int(y + reach))


def _scale(card: Card, head: Head, place: Place) -> float | None:
    """The scale at which the face just touches the card's plane; None if the card covers none of the face."""
    unit = head.pose.scaled(1 / head.scale.value)
    rest = head.rest.points_mm / head.scale.value
    points = rest[place.rests]
    if place.as_mean:
        mean = template().points_mm
        points[:, 2] = mean[place.rests, 2] + float((rest[_EYES, 2] - mean[_EYES, 2]).mean())
    points = unit.to_camera(points)
    xy = head.camera.project(points)
    covered = np.array([_inside(place, card.corners_px) for place in xy])
    if np.count_nonzero(covered) < TOUCHING:
        return None
    needed = [
        (card.depth_at(float(x), float(y), head.camera) + THICKNESS_MM) / point[2]
        for (x, y), point in zip(xy[covered], points[covered], strict=True)
    ]
    # Every point stays behind the plane: the scale is the largest needed, less the noise of a single landmark.
    return float(np.mean(np.sort(needed)[-TOUCHING:]))


def _inside(place: F64, corners: F64) -> bool:
    edges = np.roll(corners, -1, axis=0) - corners
    to = place - corners
    return bool((edges[:, 0] * to[:, 1] - edges[:, 1] * to[:, 0] > 0).all())
