"""From a card held against the forehead to the wearer's scale.

The card's distance is known in millimetres, the head's only up to its scale: head and card touch, so the scale is that
at which the head just reaches the card's plane and no point of it stands out of it. Both are seen through one camera,
so a wrong focal length moves both and hardly changes their ratio.

The chin would do as well if the head's nod were known exactly: it lies twice as far from the eyes as the forehead, and
on synthetic heads a card there gave pupils 1.5 mm too narrow, on the forehead 0.3 mm off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64, U8, Rect
from tryon.geometry.card import Card, find_card
from tryon.geometry.measure import Scale
from tryon.geometry.steady import Head

SOURCE: Final = "card"
# Where it is held: the forehead's middle in the mean head's space, and how far a card reaches there.
FOREHEAD_MM: Final = (0.0, 42.0, 0.0)
REACH_MM: Final = 75.0
# Points of the face that a card may rest on.
RESTS: Final = np.array([10, 151, 9, 8, 107, 336, 108, 337, 109, 338, 67, 297, 69, 299], np.intp)
TOUCHING: Final = 2
# The card is 0.76 mm thick, and its seen face is the far side of what touches.
THICKNESS_MM: Final = 0.76
FRAMES_MIN: Final = 5
FRAMES_MAX: Final = 40
# Frames that differ by more than this from their median saw something else.
OUTLIER: Final = 0.02
# A card that is held lies on the skin to so many millimetres, and its plane is known to so much of its distance.
CONTACT_SIGMA_MM: Final = 2.0
PLANE_SIGMA: Final = 0.003


@dataclass(frozen=True, slots=True)
class CardLook:
    """One frame's answer: the scale that this card gives, and where the card lies in the picture (4, 2)."""

    scale: float
    corners_px: tuple[tuple[float, float], ...]


class CardRuler:
    """Gathers what several frames say; keeps numbers only, no picture."""

    def __init__(self) -> None:
        self._scales: list[float] = []
        self._depth_mm = 0.0

    def update(self, bgr: U8, head: Head) -> CardLook | None:
        """Look for the card in a frame; None where it cannot be seen well enough."""
        card = find_card(bgr, _around(FOREHEAD_MM, head), head.px_per_mm, head.camera)
        scale = None if card is None else _scale(card, head)
        if card is None or scale is None:
            return None
        self._scales = [*self._scales[-FRAMES_MAX:], scale]
        self._depth_mm = float(card.camera_from_card.translation_mm[2])
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
        part = math.hypot(spread, PLANE_SIGMA, CONTACT_SIGMA_MM / self._depth_mm)
        return Scale(value, part * value, SOURCE)


def _around(place_mm: tuple[float, float, float], head: Head) -> Rect:
    x, y = head.camera.project(head.pose.to_camera(np.array([place_mm]) * head.scale.value))[0]
    reach = REACH_MM * head.px_per_mm
    return Rect(int(x - reach), int(y - reach), int(x + reach), int(y + reach))


def _scale(card: Card, head: Head) -> float | None:
    """The scale at which the face just touches the card's plane; None if the card covers none of the face."""
    unit = head.pose.scaled(1 / head.scale.value)
    points = unit.to_camera(head.rest.points_mm[RESTS] / head.scale.value)
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
