"""Run by tests: small photos of frames whose shape is known, and what reading them told, each made once."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from tryon.catalogue.frame_spec import FrameSpec
from tryon.frame import F64
from tryon.ingest.eyewear_photo import Reading, read_frame
from tryon.ingest.photo_shoot import Photo, Shot, photo_range, photograph
from tryon.ingest.photo_size import Size

SHOT = Shot(width_px=700, roll_deg=2.0, yaw_deg=1.0)


@lru_cache(maxsize=1)
def specs() -> dict[str, FrameSpec]:
    return photo_range()


@lru_cache(maxsize=16)
def photo(name: str) -> Photo:
    return photograph(specs()[name], SHOT, seed=3)


def size(name: str) -> Size:
    spec = specs()[name]
    return Size(spec.lens_width_mm, spec.bridge_mm, spec.temple_length_mm)


@lru_cache(maxsize=16)
def reading(name: str) -> Reading:
    return read_frame(photo(name).jpeg, size(name))


def overlap(one: F64, other: F64) -> float:
    """Intersection over union of two closed lines (n, 2) in pixels."""
    masks = []
    for line in (one, other):
        mask = np.zeros((900, 1400), np.uint8)
        cv2.fillPoly(mask, [np.rint(line * 16).astype(np.int32)], [1], cv2.LINE_8, 4)
        masks.append(mask > 0)
    return float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())
