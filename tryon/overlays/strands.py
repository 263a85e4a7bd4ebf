"""Which hair hangs below a chin, in front of clothes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8
from tryon.render.mesh import I32

# Beside a face hair is so much likelier than clothes of a colour that both have, unless they have this share of their
# colours in common; from this chance on it is hair; what is thinner than this, in distances between the ears' fronts,
# is none.
EXPECTED: Final = 3.2
ALIKE: Final = 0.52
HAIR_SURE: Final = 0.55
THIN: Final = 0.12
# Hair that hangs past the ears tells itself: what is the person's and not skin beside the face, between these heights
# from the chin, over the face's, and so far out, is no clothes where it is as wide as this on average. From there down,
# so far out and so low, what has less than this chance to be skin is hair rather than a collar, if colours cannot tell.
PAST_EARS: Final = ((-0.55, -0.2), (0.33, 0.9), 0.09)
LOOSE: Final = ((0.2, 1.05), 1.1, 70.0)
# Where hair hangs for sure, it may be thin down to here: beside a cheek that is turned it is.
STRAND_TO: Final = 0.25
# What is looked at for thinness, in the same unit from the middle; further out tips of hair are thin.
ASIDE: Final = 0.8
# Before the throat, down to here below the chin, hangs a chain or a lanyard rather than hair.
THROAT: Final = (0.12, 0.55)
# Hair is looked for so far aside of the middle and below the chin, and, of whom it hangs further, so far.
WINDOWS: Final = ((1.15, 1.5), (2.0, 3.0))


def strands(chances: U8, person: U8, geometry: F32, alike: float) -> tuple[U8, U8]:
    """Hair below the chin: what has its colour and hangs together with the head. Clothes are learned where long hair
    hangs over them, too, so beside the face hair is expected first: ``alike`` tells how far colours cannot tell.

    Second, what may be hair, if colours cannot tell it from clothes: no clothes hang together with a head."""
    found, maybe = _within(chances, person, geometry, alike, WINDOWS[0])
    if _goes_on(found, geometry) or _goes_on(maybe, geometry):
        return _within(chances, person, geometry, alike, WINDOWS[1])
    return found, maybe


def _goes_on(found: U8, geometry: F32) -> bool:
    """Whether hair is cut off by the window's edge."""
    left, right, bottom = _window(geometry, WINDOWS[0], found.shape)
    if left >= right or bottom <= 0:
        return False
    edges = found[:bottom, left], found[:bottom, right - 1], found[bottom - 1, left:right]
    return any(bool((edge > 128).any()) for edge in edges)


def _window(geometry: F32, size: tuple[float, float], shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Left, right and lower end, in cells."""
    chin_x, chin_y, face, wide = (float(number) for number in geometry[:4])
    left, right = max(int(chin_x - size[0] * wide), 0), min(int(chin_x + size[0] * wide) + 1, shape[1])
    return left, right, min(int(chin_y + size[1] * face) + 1, shape[0])


def _within(chances: U8, person: U8, geometry: F32, alike: float, size: tuple[float, float]) -> tuple[U8, U8]:
    chin_x, chin_y, face, wide = (float(number) for number in geometry[:4])
    found: U8 = np.zeros(person.shape, np.uint8)
    maybe = found.copy()
    left, right, bottom = _window(geometry, size, person.shape)
    if left >= right or bottom <= 0:
        return found, maybe
    here = slice(0, bottom), slice(left, right)
    chances, person = chances[here], person[here]
    apart = min(max((ALIKE - alike) / 0.1, 0.0), 1.0)
    thin = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(round(THIN * wide), 1),) * 2)
    head, hanging, thick = np.empty((3, *person.shape), np.uint8)
    column = np.array(
        [left + 0.5 - chin_x, 0.5 - chin_y, face, wide, (float(geometry[5]) - chin_y) / face], np.float32
    )
    loose = apart < 1.0 and _past_ears(chances, person, column)
    for out, expects in ((found, EXPECTED * apart), (maybe, EXPECTED)):
        if out is maybe and apart == 1.0:
            continue
        _hanging(chances, person, column, expects, loose and out is maybe, head, hanging)
        cv2.morphologyEx(hanging, cv2.MORPH_OPEN, thin, dst=thick)
        _without_thin(column, STRAND_TO if loose and out is maybe else -0.3, thick, hanging)
        _, labels = cv2.connectedComponents(hanging | head, connectivity=8)
        table = np.zeros(int(labels.max()) + 1, np.uint8)
        _mark(labels, head, table)
        out[here] = cv2.GaussianBlur(table[labels] * hanging, (5, 5), 0)
    return found, maybe


@kernel
def _past_ears(chances: U8, person: U8, column: F32) -> bool:
    """Whether hair hangs past an ear: on one side is enough, the other one may be turned away."""
    (high, low), (near, far), least = PAST_EARS
    rows, hairs = 0, np.zeros(2)
    for y in range(person.shape[0]):
        dy = (y + column[1]) / column[2]
        if dy <= high or dy >= min(low, column[4]):
            continue
        rows += 1
        for x in range(person.shape[1]):
            dx = (x + column[0]) / column[3]
            if near < abs(dx) < far and person[y, x] > 150 and chances[y, x, 0] < LOOSE[2]:
                hairs[int(dx > 0.0)] += 1.0
    return bool(hairs.max() > least * column[3] * max(rows, 1))


@kernel
def _hanging(
    chances: U8, person: U8, column: F32, expects: float, loose: bool, head: U8, hanging: U8
) -> None:
    """Fill ``hanging`` with 1 where hair is likelier than the rest, and ``head`` where no collar is as high: what hangs
    comes from there. ``column``: where the maps begin, from the chin, the face's height, the distance of the ears, and
    above which height no collar is, in face heights from the chin: who leans to the camera has shoulders beside the
    face. ``loose``: everything but skin is taken for hair."""
    for y in range(person.shape[0]):
        dy = (y + column[1]) / column[2]
        below = min(max(1.2 - 0.6 * dy, 0.0), 1.0)
        for x in range(person.shape[1]):
            hanging[y, x] = head[y, x] = 0
            if person[y, x] <= 100:
                continue
            dx = abs(x + column[0]) / column[3]
            if dy < min(-0.3, column[4]) and dx < 0.9:
                head[y, x] = 1
            if dx <= 0.32 and dy >= THROAT[0] and (loose or dy < THROAT[1]):
                continue
            more = expects * min(max((1.15 - dx) / 0.3, 0.0), 1.0) * below
            skin, hair = float(chances[y, x, 0]), float(chances[y, x, 1])
            # Rather than clothes, that is; skin and hair are expected alike. Skin, hair and the rest together are 255.
            if hair * (1.0 + more) * (1.0 / HAIR_SURE - 1.0) > skin * more + (255.0 - hair):
                hanging[y, x] = 1
            elif loose and LOOSE[0][0] < dx < LOOSE[0][1] and dy < LOOSE[1]:
                hanging[y, x] = int(skin < LOOSE[2])


@kernel
def _without_thin(column: F32, from_: float, thick: U8, hanging: U8) -> None:
    """A lanyard is thinner than a strand, and so is what is left of a collar beside a jaw, or of the wall beside a
    neck: from so far below the chin on."""
    for y in range(hanging.shape[0]):
        if (y + column[1]) / column[2] <= from_:
            continue
        for x in range(hanging.shape[1]):
            if abs(x + column[0]) / column[3] < ASIDE:
                hanging[y, x] = thick[y, x]


@kernel
def _mark(labels: I32, head: U8, table: U8) -> None:
    """255 for each piece, but none, that the head is part of."""
    for y in range(head.shape[0]):
        for x in range(head.shape[1]):
            if head[y, x] > 0:
                table[labels[y, x]] = 255
    table[0] = 0
