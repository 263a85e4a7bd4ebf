"""Photos of known frames show them where it is said."""

from __future__ import annotations

import cv2
import numpy as np

from tests.photo_frames import SHOT, photo
from tryon.ingest.photo_shoot import photo_range


def test_a_photo_shows_the_openings_where_it_says() -> None:
    taken = photo("honey-panto")
    picture = cv2.imdecode(np.frombuffer(taken.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (SHOT.height_px, SHOT.width_px, 3)
    for line in taken.openings_px:
        inside = np.zeros(picture.shape[:2], np.uint8)
        shrunk = (line - line.mean(axis=0)) * 0.8 + line.mean(axis=0)
        cv2.fillPoly(inside, [np.rint(shrunk).astype(np.int32)], [1])
        assert np.median(picture[inside > 0]) > 200, "clear lenses before a white wall"
        on_rim = np.rint((line - line.mean(axis=0)) * 1.06 + line.mean(axis=0)).astype(int)
        assert np.median(picture[on_rim[:, 1], on_rim[:, 0], 0]) < 150


def test_frames_of_many_kinds() -> None:
    frames = photo_range().values()
    assert len(frames) >= 8
    assert {frame.build for frame in frames} == {"acetate", "metal"}
    assert any(max(frame.lens.tint) < 0.2 for frame in frames)
