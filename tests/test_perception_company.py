"""Whose share of the picture is whose: with somebody beside, what is nearer to their face is hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import U8
from tryon.perception.company import BELOW, HOLD, NEARER, Company, company_of
from tryon.perception.face import REGION_PER_FACE
from tryon.perception.face_model import Region
from tryon.perception.observation import FaceObservation

SIDE = 64
REGION = Region(200.0, 200.0, 256.0, 0.0)


def company(*places: tuple[float, float, float]) -> Company:
    return Company(np.array(places, np.float64))


def hidden(of: Company, region: Region = REGION) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which pixels of the region's crop are black."""
    crop: U8 = np.full((SIDE, SIDE, 3), 200, np.uint8)
    of.hide(crop, region)
    return np.asarray((crop == 0).all(axis=2))


def at(x: float, y: float, region: Region = REGION) -> tuple[int, int]:
    """Row and column of the crop at a place of the picture."""
    matrix = np.vstack([region.picture_from_crop(SIDE), [0, 0, 1]]).astype(np.float64)
    column, row, _ = np.linalg.inv(matrix) @ (x, y, 1.0)
    return int(row), int(column)


def test_who_is_alone_is_seen_whole() -> None:
    assert not hidden(company((200.0, 120.0, 40.0))).any()


@pytest.mark.parametrize("roll", [0.0, 0.4, -1.2])
def test_the_share_is_where_the_faces_say_however_the_crop_lies(roll: float) -> None:
    region = replace(REGION, roll=roll)
    found = hidden(company((160.0, 160.0, 40.0), (240.0, 160.0, 40.0)), region)
    for x, y, others in (
        (240, 160, True), (250, 200, True), (240, 230, True),
        (160, 160, False), (160, 240, False), (190, 180, False), (120, 200, False),
    ):  # fmt: skip
        assert found[at(x, y, region)] == others, (x, y)


def test_who_is_further_away_has_the_smaller_share() -> None:
    near, far = (hidden(company((160.0, 160.0, 40.0), (240.0, 160.0, tall))).sum() for tall in (40.0, 20.0))
    assert 0 < far < 0.6 * near


@pytest.mark.parametrize("tall", [30.0, 40.0, 40.0 / NEARER, 80.0])
@pytest.mark.parametrize("roll", [0.0, 0.7])
def test_a_share_is_what_is_nearer_in_face_heights(tall: float, roll: float) -> None:
    region = replace(REGION, roll=roll)
    found = hidden(company((170.0, 170.0, 40.0), (250.0, 150.0, tall)), region)
    matrix = region.picture_from_crop(SIDE).astype(np.float64)
    columns, rows = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
    x, y = (row[0] * columns + row[1] * rows + row[2] for row in matrix)
    away = [
        np.hypot(x - to, BELOW * (y - down)) / high for to, down, high in ((170, 170, 40), (250, 150, tall))
    ]
    assert 0 < found.sum() < found.size
    assert (found == (away[1] < NEARER * away[0])).mean() > 0.999


def test_every_other_ones_share_is_hidden() -> None:
    both = hidden(company((200.0, 160.0, 40.0), (110.0, 160.0, 40.0), (290.0, 160.0, 40.0)))
    assert both[at(110, 170)]
    assert both[at(290, 170)]
    assert not both[at(200, 250)]


def test_the_share_rests_until_somebody_has_moved() -> None:
    first = company((160.0, 160.0, 40.0), (240.0, 160.0, 40.0))
    less, more = 40 * HOLD * 0.9, 40 * HOLD * 1.1
    assert first.held(company((160.0, 160.0 + less, 40.0), (240.0 - less, 160.0, 40.0))) is first
    for moved in ((240.0 + more, 160.0, 40.0), (240.0, 160.0, 40.0 + more)):
        now = company((160.0, 160.0, 40.0), moved)
        assert first.held(now) is now
    alone = company((160.0, 160.0, 40.0))
    assert first.held(alone) is alone


def test_nothing_is_drawn_on_the_others_faces() -> None:
    hides: U8 = np.zeros((100, 120), np.uint8)
    company((160.0, 160.0, 40.0), (240.0, 160.0, 40.0), (900.0, 90.0, 40.0)).spare(hides, 200, 110)
    assert hides[50, 40] == hides[50 - 20, 40] == hides[50 + 20, 40] == hides[50, 40 - 14] == 255
    assert hides[50, 40 + 24] == hides[50 + 28, 40] == 0
    assert hides[:, 90:].max() == 0
    company((160.0, 160.0, 40.0)).spare(hides, 120, 110)
    assert hides[50, 40 - 30] == 0


def test_faces_that_are_only_known_of_count(astronaut_face: FaceObservation) -> None:
    beside = replace(astronaut_face, points_px=astronaut_face.points_px + np.float32(5), track=9)
    region = Region(400.0, 100.0, 90.0, 0.0)
    places = company_of(beside, [astronaut_face, beside], [region]).places_px
    assert places.shape == (3, 3)
    assert np.allclose(places[0, :2] - places[1, :2], 5.0)
    assert np.allclose(places[2], (400.0, 100.0, 90.0 / REGION_PER_FACE))
    assert places[1, 2] > 0.9 * astronaut_face.width_px
