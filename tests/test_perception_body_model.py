"""The body network on a region of ours, on the portrait's half body."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tryon.frame import U8
from tryon.perception import body_landmarks as at
from tryon.perception.body_model import CROP_PX, BodyModel, region_of
from tryon.perception.face_model import Region

# Found once: the region in which the portrait's body settles.
REGION = Region(215.0, 690.0, 1560.0, 0.0)


@pytest.fixture(scope="module")
def model() -> Iterator[BodyModel]:
    made = BodyModel()
    yield made
    made.close()
    made.close()


def test_a_half_body_is_found(astronaut: U8, model: BodyModel) -> None:
    found = model.find(astronaut, REGION)
    assert found.presence > 0.9
    assert found.points_px.shape == (at.NETWORK_COUNT, 3)
    right, left = found.points_px[at.RIGHT_SHOULDER], found.points_px[at.LEFT_SHOULDER]
    # Shoulders below the face, on both sides of it.
    assert 190 < right[1] < 420
    assert 190 < left[1] < 420
    assert left[0] - right[0] > 150
    assert found.mask.shape == (CROP_PX, CROP_PX)
    nose = region_px(found.points_px[at.NOSE, :2])
    assert found.mask[nose[1], nose[0]] > 200
    assert found.mask[2, 2] < 30


def test_the_same_picture_gives_the_same_body(astronaut: U8, model: BodyModel) -> None:
    one, again = model.find(astronaut, REGION), model.find(astronaut, REGION)
    assert np.array_equal(one.points_px, again.points_px)
    assert np.array_equal(one.mask, again.mask)


def test_a_wall_has_no_body(model: BodyModel) -> None:
    wall: U8 = np.full((240, 320, 3), 128, np.uint8)
    assert model.find(wall, Region(160.0, 120.0, 300.0, 0.0)).presence < 0.5


def test_it_works_again_after_it_was_closed(astronaut: U8, model: BodyModel) -> None:
    model.close()
    assert model.find(astronaut, REGION).presence > 0.9


def test_the_region_is_centred_on_the_hips_and_turns_with_the_body() -> None:
    points = np.zeros((at.NETWORK_COUNT, 3), np.float32)
    points[at.CENTRE, :2] = 100.0, 200.0
    points[at.REACH, :2] = 100.0, 100.0
    assert region_of(points) == Region(100.0, 200.0, 250.0, 0.0)
    points[at.REACH, :2] = 200.0, 200.0
    assert region_of(points).roll == pytest.approx(np.pi / 2)


def region_px(point: np.ndarray[tuple[int], np.dtype[np.float32]]) -> tuple[int, int]:
    """A point of the picture in the crop of REGION."""
    x, y = (point - (REGION.x, REGION.y)) / REGION.side * CROP_PX + CROP_PX / 2
    return int(x), int(y)
