"""The steady figure: size, turn, hips that nobody sees, and rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.geometry.figure import TORSO_PER_WIDTH, Figure, FigureFilter, standing
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.perception.body import BodyObservation
from tryon.perception.face_model import Region

WIDTH = 100.0


def body(points: F32, visible: float = 1.0) -> BodyObservation:
    seen = np.full(at.POINT_COUNT, visible, np.float32)
    mask: U8 = np.zeros((256, 256), np.uint8)
    return BodyObservation(points, seen, mask, Region(0.0, 0.0, 256.0, 0.0), 1)


@pytest.fixture
def points() -> F32:
    face = np.zeros((478, 3), np.float32)
    face[face_at.CHIN, :2] = 300.0, 200.0
    face[face_at.FOREHEAD_TOP, :2] = 300.0, 200.0 - WIDTH / 1.9
    figure = standing(face, 480)
    return np.column_stack([figure.points_px, figure.depth_px]).astype(np.float32)


def test_somebody_who_stands_is_as_wide_as_their_shoulders(points: F32) -> None:
    figure = FigureFilter().update(body(points), 480, 0.0)
    assert figure.width_px == pytest.approx(WIDTH, rel=0.01)
    assert figure.yaw == pytest.approx(0.0, abs=1e-6)
    assert figure.down == pytest.approx((0.0, 1.0), abs=1e-6)
    right, left = figure.shoulders
    assert left[0] > right[0]
    assert figure.arm("left").shape == (4, 2)
    assert figure.arm("left")[1, 0] > left[0]


def test_turned_shoulders_are_nearer_but_the_figure_is_no_smaller(points: F32) -> None:
    middle = points[[at.LEFT_SHOULDER, at.RIGHT_SHOULDER], 0].mean()
    for row, depth in ((at.LEFT_SHOULDER, 30.0), (at.RIGHT_SHOULDER, -30.0)):
        points[row, 0] = middle + 0.6 * (points[row, 0] - middle)
        points[row, 2] = depth
    figure = FigureFilter().update(body(points), 480, 0.0)
    assert figure.yaw > 0.2
    assert figure.width_px > 0.75 * WIDTH


def test_hips_that_are_not_seen_hang_below_the_shoulders(points: F32) -> None:
    points[[at.LEFT_HIP, at.RIGHT_HIP], 0] += 80.0
    seen = FigureFilter().update(body(points), 480, 0.0)
    guessed = FigureFilter().update(body(points, 0.0), 480, 0.0)
    assert guessed.down[1] > seen.down[1]
    hips = sum(hip[1] for hip in guessed.hips) / 2 - sum(s[1] for s in guessed.shoulders) / 2
    assert hips == pytest.approx(TORSO_PER_WIDTH * WIDTH, rel=0.1)


def test_a_resting_body_trembles_less_than_what_is_seen_of_it(points: F32) -> None:
    random, filters = np.random.default_rng(1), FigureFilter()
    raw: list[float] = []
    steady: list[float] = []
    for number in range(60):
        noisy = points + random.normal(0, 1.0, points.shape).astype(np.float32)
        figure: Figure = filters.update(body(noisy), 480, number * 33.3)
        raw.append(float(noisy[at.LEFT_SHOULDER, 0]))
        steady.append(float(figure.points_px[at.LEFT_SHOULDER, 0]))
    assert np.std(steady[20:]) < 0.55 * np.std(raw[20:])


def test_the_mask_tells_where_the_person_is_seen() -> None:
    face = np.zeros((478, 3), np.float32)
    face[face_at.CHIN, :2], face[face_at.FOREHEAD_TOP, :2] = (300.0, 150.0), (300.0, 90.0)
    stands = standing(face, 480)
    mask: U8 = np.zeros((256, 256), np.uint8)
    mask[:, 128:] = 255
    middle = stands.picture_from_mask @ np.array([128.0, 128.0, 1.0])
    figure = replace(stands, mask=mask)
    places = middle + np.array([(-20.0, 0.0), (20.0, 0.0), (1e5, 0.0)])
    assert figure.shows(places).tolist() == [0.0, 1.0, 0.0]
