"""Lens openings in photos of frames whose openings are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.photo_frames import overlap, photo, reading
from tryon.errors import BadAsset
from tryon.ingest.photo_find import find_frame
from tryon.ingest.photo_ground import Ground
from tryon.ingest.photo_openings import find_opening
from tryon.ingest.photo_straight import straightened


@pytest.mark.parametrize("name", ["honey-panto", "nocturne-black-sun", "solstice-gold"])
def test_openings_are_those_of_the_frame(name: str) -> None:
    told = reading(name)
    for side, truth in zip((-1.0, 1.0), photo(name).openings_px, strict=True):
        line = told.opening.points(side) + np.array((told.straight.axis_px, 0.0))
        assert overlap(told.straight.to_photo(line) + 0.5, truth) > 0.93


def test_what_has_no_rims_is_refused() -> None:
    cover = np.zeros((300, 600), np.float32)
    cover[130:170, 60:540] = 1
    bgr = np.ascontiguousarray(np.repeat((255 - 200 * cover)[..., None], 3, axis=2).astype(np.uint8))
    ground = Ground(cover, np.ones((*cover.shape, 3), np.float32))

    with pytest.raises(BadAsset):
        find_opening(straightened(bgr, ground, find_frame(cover)))
