"""Logos: made anew from their pixels, within limits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.errors import StoreInvalid
from tryon.frame import U8
from tryon.store.logo import HEIGHT_PX_MAX, SIDE_PX_MIN, WIDTH_PX_MAX, rebuild


def png(rgba: U8) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1].tobytes()


def read(data: bytes) -> U8:
    bgra = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgra is not None
    return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8)


def mark(height: int, width: int, margin: int = 0) -> U8:
    """An orange plate on nothing; what lies under the nothing is green."""
    picture = np.zeros((height + 2 * margin, width + 2 * margin, 4), np.uint8)
    picture[...] = (0, 255, 0, 0)
    picture[margin : margin + height, margin : margin + width] = (200, 100, 20, 255)
    return picture


def test_a_small_logo_loses_its_margin_and_nothing_else() -> None:
    made, width, height = rebuild(png(mark(40, 120, margin=30)))
    assert (width, height) == (120, 40)
    assert np.array_equal(read(made), mark(40, 120))


def test_a_large_logo_fits_the_bar_without_a_rim_of_what_was_hidden() -> None:
    large = mark(900, 1800)
    large[:, 895:905, 3] = 0
    large[:, 895:905, :3] = (0, 255, 0)
    made, width, height = rebuild(png(large))
    assert width <= WIDTH_PX_MAX
    assert height == HEIGHT_PX_MAX
    seen = read(made)
    assert seen[seen[..., 3] > 40][:, 1].max() < 110


def test_a_jpeg_is_taken_too_and_nothing_but_pixels_is_left() -> None:
    done, data = cv2.imencode(".jpg", np.full((64, 64, 3), 128, np.uint8))
    assert done
    made, width, height = rebuild(data.tobytes() + b"<script>")
    assert (width, height) == (64, 64)
    assert b"script" not in made


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"<svg/>", "neither PNG nor JPEG"),
        (b"", "neither PNG nor JPEG"),
        (png(mark(40, 120))[:60], "cut off"),
        (png(np.zeros((40, 40, 4), np.uint8)), "fully transparent"),
        (png(mark(SIDE_PX_MIN - 1, 200)), "15 pixels"),
    ],
)
def test_what_is_no_logo_is_told(data: bytes, told: str) -> None:
    with pytest.raises(StoreInvalid, match=told):
        rebuild(data)


def test_the_smallest_logo_is_taken() -> None:
    assert rebuild(png(mark(SIDE_PX_MIN, SIDE_PX_MIN)))[1:] == (SIDE_PX_MIN, SIDE_PX_MIN)
