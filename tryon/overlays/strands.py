"""Which hair hangs below a chin, in front of clothes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8

# Beside a face hair is so much likelier than clothes of a colour that both have, unless they have this share of their
# colours in common; from this chance on it is hair; what is thinner than this, in distances between the ears' fronts,
# is none.
EXPECTED: Final = 3.2
ALIKE: Final = 0.52
HAIR_SURE: Final = 0.55
THIN: Final = 0.12


def strands(chances: U8, person: U8, geometry: F32, alike: float) -> tuple[U8, U8]:
    """Hair below the chin: what has its colour and hangs together with the head. Clothes are learned where long hair
    hangs over them, too, so beside the face hair is expected first: ``alike`` tells how far colours cannot tell.

    Second, what may be hair, if colours cannot tell it from clothes: no clothes hang together with a head."""
    chin_x, chin_y, face, wide = (float(number) for number in geometry[:4])
    found: U8 = np.zeros(person.shape, np.uint8)
    maybe = found.copy()
    left, right = max(int(chin_x - 1.15 * wide), 0), min(int(chin_x + 1.15 * wide) + 1, person.shape[1])
    bottom = min(int(chin_y + 1.5 * face) + 1, person.shape[0])
    if left >= right or bottom <= 0:
        return found, maybe
    here = slice(0, bottom), slice(left, right)
    chances, person = chances[here], person[here]
    dx = np.abs(np.arange(left, right, dtype=np.float32) + np.float32(0.5 - chin_x)) / np.float32(wide)
    dy = (np.arange(bottom, dtype=np.float32) + np.float32(0.5 - chin_y)) / np.float32(face)
    # Before the throat hangs a chain or a lanyard rather than hair.
    near = (dx[None] > 0.32) | (dy[:, None] < 0.12)
    aside = np.clip((np.float32(1.15) - dx) / np.float32(0.3), 0.0, 1.0)
    expected = aside[None] * np.clip(np.float32(1.2) - np.float32(0.6) * dy, 0.0, 1.0)[:, None]
    apart = min(max((ALIKE - alike) / 0.1, 0.0), 1.0)
    skin, hair = chances[..., 0], chances[..., 1]
    thin = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(round(THIN * wide), 1),) * 2)
    inner = (dy[:, None] > -0.3) & (dx[None] < 0.45)
    # No collar is as high as this: what hangs comes from there.
    head = ((dy[:, None] < -0.3) & (dx[None] < 0.9) & (person > 100)).astype(np.uint8)
    for out, expects in ((found, EXPECTED * apart), (maybe, EXPECTED)):
        if out is maybe and apart == 1.0:
            continue
        weight = 1 + np.float32(expects) * expected
        # Rather than clothes, that is; skin and hair are expected alike. Skin, hair and the rest together are 255.
        likely = hair * weight * np.float32(1 / HAIR_SURE - 1) > skin * (weight - 1) + (
            np.float32(255) - hair
        )
        hanging = (likely & (person > 100) & near).astype(np.uint8)
        # A lanyard is thinner than a strand, and so is what is left of a collar beside a jaw.
        hanging = np.where(inner, cv2.morphologyEx(hanging, cv2.MORPH_OPEN, thin), hanging).astype(np.uint8)
        _, labels = cv2.connectedComponents(hanging | head, connectivity=8)
        table = np.zeros(int(labels.max()) + 1, np.uint8)
        table[labels[head > 0]] = 255
        table[0] = 0
        out[here] = cv2.GaussianBlur(table[labels] * hanging, (5, 5), 0)
    return found, maybe
