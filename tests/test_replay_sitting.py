"""One person's still picture in several looks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import BadFrame
from tryon.frame import F64, U8
from tryon.looks import BARE, LookBook, LookItem
from tryon.pipeline import Engine
from tryon.replay.sitting import (
    AGAIN_FRAMES,
    FIRST_FRAMES,
    NO_FACE,
    SIDE_PX,
    SQUARE_FACES,
    WHOLE_PX,
    Sitting,
    face_of,
    framed,
    width_px,
)

SETTINGS = Settings(threads=1)


@pytest.fixture(scope="module")
def points_px(astronaut: U8, engine: Engine) -> F64:
    return face_of(SETTINGS, astronaut, engine)


def test_a_face_is_framed_as_large_as_any_other(astronaut: U8, points_px: F64, engine: Engine) -> None:
    square = framed(astronaut, points_px, "face")
    assert square.shape == (SIDE_PX, SIDE_PX, 3)
    assert width_px(face_of(SETTINGS, square, engine)) == pytest.approx(SIDE_PX / SQUARE_FACES, rel=0.03)
    double = np.asarray(cv2.resize(astronaut, None, fx=2, fy=2), np.uint8)
    other = framed(double, 2 * points_px, "face")
    assert np.abs(other.astype(int) - square).mean() < 4
    assert framed(astronaut, points_px, "whole").shape == (WHOLE_PX, WHOLE_PX, 3)
    # A face beside the edge: what there is of the picture is shown.
    cut = np.ascontiguousarray(astronaut[20:300, 150:420])
    assert framed(cut, points_px - (150, 20, 0), "face").shape == (SIDE_PX, SIDE_PX, 3)


def test_pictures_without_a_face_that_can_be_used_say_so(astronaut: U8, engine: Engine) -> None:
    with pytest.raises(BadFrame, match="No face was found"):
        face_of(SETTINGS, np.full((300, 300, 3), 90, np.uint8), engine)
    small = np.asarray(cv2.resize(astronaut, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    with pytest.raises(BadFrame, match="pixels wide and should be 60 at least"):
        face_of(SETTINGS, small, engine)
    with pytest.raises(BadFrame) as told:
        Sitting(SETTINGS, np.full((300, 300, 3), 90, np.uint8)).frame(BARE, engine)
    assert told.value.sentence == NO_FACE


def test_looks_are_put_on_one_after_the_other(
    astronaut: U8, points_px: F64, engine: Engine, book: LookBook
) -> None:
    before = framed(astronaut, points_px, "face")
    sitting = Sitting(SETTINGS, before.copy())
    lipstick, frame = (book.resolve((LookItem(sku),)) for sku in ("velvet-lipstick", "harbour-black"))
    shown = []
    for look, frames in ((lipstick, FIRST_FRAMES), (frame, FIRST_FRAMES), (lipstick, AGAIN_FRAMES)):
        assert sitting.frames(look) == frames
        for _ in range(frames):
            sitting.frame(look, engine)
        shown.append(jpeg.decode(sitting.picture(look)))
    # The first product has left nothing behind, and looks the second time as it did the first.
    assert np.abs(shown[0].astype(int) - shown[2]).mean() < 0.3
    assert (np.abs(shown[0].astype(int) - shown[1]).max(axis=-1) > 40).mean() > 0.01
    assert np.abs(shown[0].astype(int) - before).max() > 30


def test_what_cannot_be_put_on_says_so(points_px: F64, astronaut: U8, engine: Engine, book: LookBook) -> None:
    shirt = book.resolve((LookItem("oxford-shirt"),))
    y = int(points_px[:, 1].max()) + 4
    face = np.ascontiguousarray(astronaut[: y + 1, 130:330])
    sitting = Sitting(SETTINGS, np.asarray(cv2.resize(face, None, fx=2, fy=2), np.uint8))
    sitting.frame(shirt, engine)
    legs = Sitting(SETTINGS, astronaut)
    trousers = book.resolve((LookItem("quarry-jeans"),))
    legs.frame(trousers, engine)
    with pytest.raises(BadFrame, match="No hips and knees were found"):
        legs.picture(trousers)
    with pytest.raises(BadFrame, match="No shoulders were found"):
        sitting.picture(shirt)
