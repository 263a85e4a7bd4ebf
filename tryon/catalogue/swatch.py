"""A colour read from a photo of a lipstick, a swatch or a page of a magazine, and the shades that come near it.

The photo is decoded, read and forgotten in one call. The colour is that of the largest colourful thing near the middle.
Where something white is in the picture, as paper under a swatch is, it tells the light, and the ± is smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.catalogue.shade_match import ShadeRange
from tryon.errors import BadFrame
from tryon.frame import F64, U8
from tryon.render import transfer
from tryon.render.colour import hex_from_lab, lab_from_linear

LIMITS: Final = jpeg.Limits(min_side_px=16)
TYPES: Final = ("lipstick", "lip_liner", "blush", "eyeshadow")
# The picture is read at this size.
SIDE_PX: Final = 96
# Duller pixels are paper, plastic or shadow; so are these lightnesses.
CHROMA_MIN: Final = 12.0
LIGHTNESS: Final = (12.0, 92.0)
# A colour is what lies in one cell of a*, b* and in those around it; so large a part of the picture has to show it.
CELL: Final = 8.0
SHARE_MIN: Final = 0.03
# Colour beyond this chroma attracts the eye no further.
VIVID: Final = 40.0
# Something white: bright, nearly grey even before the light is known, and so much of the picture.
WHITE_LIGHTNESS: Final = 70.0
WHITE_CHROMA: Final = 24.0
WHITE_SHARE: Final = 0.06
PAPER: Final = 0.87
# Two standard deviations of a phone's colour of a thing beside white, and of one without. Assumed.
BESIDE_WHITE: Final = 4.0
WITHOUT_WHITE: Final = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Swatch:
    """``lab`` (3,) and two standard deviations of it; ``white``: whether something white told the light."""

    lab: F64
    plus_minus: float
    white: bool


def read_swatch(data: bytes, shades: ShadeRange) -> Mapping[str, object]:
    """What a shopper's JPEG shows, as it is told. Raises BadFrame, with a sentence, where it shows no colour."""
    swatch = find_swatch(jpeg.decode(data, LIMITS))
    return {
        "color": hex_from_lab(swatch.lab),
        "lab": [round(float(value), 1) for value in swatch.lab],
        "plus_minus": round(swatch.plus_minus, 1),
        "white": swatch.white,
        "matches": {
            type_: [
                {"sku": each.sku, "shade": each.shade, "de00": round(each.de00, 1)}
                for each in shades.like(type_, swatch.lab)
            ]
            for type_ in TYPES
        },
    }


def find_swatch(bgr: U8) -> Swatch:
    """The colour of the largest colourful thing near the middle. Raises BadFrame where there is none."""
    scale = SIDE_PX / max(bgr.shape[:2])
    if scale < 1:
        bgr = np.asarray(cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    linear = transfer.to_linear()[bgr].astype(np.float64)
    white = _white(linear)
    if white is not None:
        linear = linear / white * PAPER
    lab = lab_from_linear(np.clip(linear, 0, 1))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    usable = (chroma > CHROMA_MIN) & (lab[..., 0] > LIGHTNESS[0]) & (lab[..., 0] < LIGHTNESS[1])
    height, width = chroma.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weight = np.exp(-1.2 * (x * x + y * y)) * np.minimum(chroma, VIVID) * usable
    cells = np.floor(lab[..., 1:] / CELL).astype(int) + 20
    sums = np.zeros((40, 40))
    np.add.at(sums, (np.clip(cells[..., 0], 0, 39), np.clip(cells[..., 1], 0, 39)), weight)
    around = cv2.blur(sums, (3, 3), borderType=cv2.BORDER_CONSTANT)
    best = np.unravel_index(int(np.argmax(around)), around.shape)
    inside = usable & (np.abs(cells - np.array(best)).max(axis=-1) <= 1)
    if inside.mean() < SHARE_MIN:
        raise BadFrame(
            "No colour stands out in this photo. Photograph the swatch closer, filling the middle, on white paper."
        )
    found = lab[inside]
    # Glints and shadows lie at the ends.
    low, high = np.quantile(found[:, 0], (0.25, 0.75))
    middle = found[(found[:, 0] >= low) & (found[:, 0] <= high)]
    spread = float(np.hypot(*middle[:, 1:].std(axis=0)))
    doubt = BESIDE_WHITE if white is not None else WITHOUT_WHITE
    return Swatch(np.median(middle, axis=0), float(np.hypot(doubt, spread)), white is not None)


def _white(linear: F64) -> F64 | None:
    """Linear blue, green and red (3,) of something white; None where nothing is."""
    lab = lab_from_linear(linear)
    neutral = (lab[..., 0] > WHITE_LIGHTNESS) & (np.hypot(lab[..., 1], lab[..., 2]) < WHITE_CHROMA)
    clipped = (linear > 0.985).any(axis=-1)
    paper = neutral & ~clipped
    if paper.mean() < WHITE_SHARE:
        return None
    lights = lab[..., 0][paper]
    top = paper & (lab[..., 0] >= np.quantile(lights, 0.5))
    return np.asarray(np.median(linear[top], axis=0), np.float64)
