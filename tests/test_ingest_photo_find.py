"""Which thing in a photo is the frame, and what is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.errors import BadAsset
from tryon.frame import F32
from tryon.ingest.photo_find import find_frame


def frame_at(x: int, y: int, wide: int = 360, cover: F32 | None = None) -> F32:
    """Two rings and a bridge."""
    cover = np.zeros((400, 600), np.float32) if cover is None else cover
    radius, width = wide // 4 - 10, max(wide // 40, 2)
    for side in (-1, 1):
        cv2.circle(cover, (x + side * (radius + 12), y), radius, [1.0], width)
    cv2.line(cover, (x - 14, y), (x + 14, y), [1.0], width)
    return cover


def test_a_frame_is_found_and_dust_is_not() -> None:
    cover = frame_at(300, 200)
    cover[20:26, 20:26] = 1
    found = find_frame(cover)
    assert found.cover[22, 22] == 0
    assert found.box.width == pytest.approx(2 * (80 + 12 + 80 + 4), abs=4)
    assert found.filled[200, 300 - 92] == 255, "lenses are filled"
    assert found.filled[200, 300] == 255
    assert found.filled[150, 300] == 0


def test_two_lenses_whose_bridge_is_lost_are_one_frame() -> None:
    cover = frame_at(300, 200)
    cover[:, 292:308] = 0
    assert find_frame(cover).box.width > 340


@pytest.mark.parametrize(
    ("cover", "said"),
    [
        (np.zeros((400, 600), np.float32), "No frame was found"),
        (frame_at(170, 200), "cut off"),
        (frame_at(300, 75), "cut off"),
        (frame_at(300, 100, cover=frame_at(300, 300)), "more than one frame"),
        (frame_at(300, 200, 200), "at least 300"),
        (cv2.circle(np.zeros((400, 600), np.float32), (300, 200), 160, [1.0], -1), "No frame was found"),
        (cv2.line(np.zeros((400, 600), np.float32), (100, 200), (500, 200), [1.0], 9), "No frame was found"),
    ],
    ids=["empty", "left", "top", "two", "small", "disc", "stick"],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(cover: F32, said: str) -> None:
    with pytest.raises(BadAsset, match=said) as told:
        find_frame(cover)
    assert told.value.details["field"] == "upload"
