"""The palm detector and the hand's network on a drawn hand: where it is, that it is one, and that a wall is none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.painted_hand import held, open_hand
from tryon.frame import F32, U8
from tryon.perception.face_model import Region
from tryon.perception.hand_model import KNUCKLES, WRIST, HandModel, region_of

WHOLE = Region(320.0, 240.0, 480.0, 0.0)
WALL: U8 = np.full((480, 640, 3), (150, 160, 165), np.uint8)


@pytest.fixture(scope="module")
def model() -> Iterator[HandModel]:
    made = HandModel()
    yield made
    made.close()


@pytest.fixture(scope="module")
def picture() -> tuple[U8, F32]:
    """A hand of 200 px whose middle is at (320, 220)."""
    return held(WALL, open_hand(np.array([120.0, 145.0, 200.0])), np.array([320.0, 220.0]), 200.0)


def test_a_hand_is_found_and_its_points_lie_on_it(model: HandModel, picture: tuple[U8, F32]) -> None:
    bgr, share = picture
    (region, *_) = model.detect(bgr, WHOLE)
    for _ in range(3):
        points, presence = model.points(bgr, region)
        region = region_of(points)
    assert presence > 0.9
    x, y = points.astype(int).T
    assert (share[y, x] > 0.5).mean() > 0.85
    assert points[WRIST, 1] > max(points[knuckle, 1] for knuckle in KNUCKLES), "fingers point up"
    # The canvas' fingertips end 25 of its hundredths above the middle.
    assert points[12, 1] == pytest.approx(220 - 0.27 * 200, abs=16)


def test_a_wall_holds_no_hand(model: HandModel) -> None:
    assert model.detect(WALL, WHOLE) == ()
    assert model.points(WALL, WHOLE)[1] < 0.5


def test_the_same_picture_gives_the_same_points(model: HandModel, picture: tuple[U8, F32]) -> None:
    bgr, _ = picture
    (region, *_) = model.detect(bgr, WHOLE)
    once, again = (model.points(bgr, region)[0] for _ in range(2))
    assert np.array_equal(once, again)


def test_a_region_beyond_the_picture_holds_nothing(model: HandModel, picture: tuple[U8, F32]) -> None:
    assert model.detect(picture[0], Region(2000.0, 2000.0, 300.0, 0.0)) == ()


def test_it_may_be_closed_twice() -> None:
    made = HandModel()
    made.close()
    made.close()
