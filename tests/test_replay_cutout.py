"""Cutting a head out: on painted pictures of which every pixel is known."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.geometry.head import template
from tryon.perception import landmarks as at
from tryon.replay import cutout

SIDE = 240
SKIN, WALL = (120, 150, 210), (90, 110, 60)


@pytest.fixture(scope="module")
def surface() -> F64:
    """The mean face's landmarks, upright in the picture."""
    points = template().points_mm[: at.SURFACE_COUNT, :2] * (0.6, -0.6)
    return np.asarray(points - points.mean(axis=0) + (SIDE / 2, SIDE / 2 - 20), np.float64)


@pytest.fixture(scope="module")
def head(surface: F64) -> U8:
    """Where the head is (255): an oval with some hair around the face, and a neck."""
    rows, columns = np.indices((SIDE, SIDE)) + 0.5
    middle, half = (surface.min(axis=0) + surface.max(axis=0)) / 2, np.ptp(surface, axis=0) / 2
    oval = np.hypot((columns - middle[0]) / half[0], (rows - middle[1]) / half[1]) < 1.15
    neck = (np.abs(columns - middle[0]) < 0.6 * half[0]) & (rows > middle[1])
    return np.asarray((oval | neck) * 255, np.uint8)


@pytest.fixture(scope="module")
def picture(head: U8) -> U8:
    noise = np.random.default_rng(2).normal(0, 3, (SIDE, SIDE, 3))
    return np.asarray(np.where(head[..., None] > 0, SKIN, WALL) + noise, np.uint8)


def test_the_head_is_told_from_the_wall(picture: U8, head: U8, surface: F64) -> None:
    found = cutout.matte(picture, surface)
    above = np.arange(SIDE) < surface[at.CHIN, 1]
    assert ((found > 0) != (head > 0))[above].mean() < 0.01
    assert np.array_equal(found, cutout.matte(picture, surface)), "the same portrait gives the same head"


def test_the_wall_is_filled_in_where_the_head_was(picture: U8, head: U8, surface: F64) -> None:
    bare = cutout.without(picture, head, surface)
    gone = (head > 0) & (np.arange(SIDE) < surface[at.CHIN, 1] - 12)[:, None]
    assert np.abs(bare[gone].astype(int) - WALL).mean() < 4
    away = np.s_[:, :10]
    assert np.array_equal(bare[away], picture[away])


def test_unknown_colours_come_from_around_them() -> None:
    colour = np.full((40, 40, 3), 80.0, np.float32)
    colour[:, 20:] = 160.0
    weight = np.ones((40, 40), np.float32)
    weight[12:28, 4:12] = 0
    wrong = colour.copy()
    wrong[weight == 0] = 255.0
    filled = cutout.pull_push(wrong, weight)
    assert np.allclose(filled[weight == 1], colour[weight == 1], atol=1e-3)
    assert np.median(filled[weight == 0]) == pytest.approx(80.0, abs=5.0), "the near side's"
    assert filled[weight == 0].max() < 120.0


def test_the_edge_takes_the_heads_own_colour(picture: U8, head: U8) -> None:
    """What hair at the edge mixes in of the wall is left out."""
    mixed = picture.copy()
    rim = (head > 0) & (cutout.core(head) == 0)
    mixed[rim] = WALL
    inner = cutout.inner_colours(mixed, head)
    assert np.abs(inner[rim] - SKIN).mean() < np.abs(inner[rim] - WALL).mean() / 2


def test_the_neck_is_the_bodys_and_fades_below(surface: F64) -> None:
    follow, fade = cutout.hand_over(SIDE, surface)
    chin = int(surface[:, 1].max())
    assert np.all(follow[:chin] == 1)
    assert np.all(fade[:chin] == 1)
    assert np.all(np.diff(follow) <= 0)
    assert np.all(np.diff(fade) <= 0)
    height = float(np.ptp(surface[:, 1]))
    assert follow[int(chin + cutout.NECK_END * height) + 1] == 0


def test_the_necks_width_is_the_mattes(head: U8, surface: F64) -> None:
    chin = surface[at.CHIN, 1]
    half, middle = cutout.neck(head, surface, np.array([chin - 20, chin + 40]))
    assert half == pytest.approx(0.6 * np.ptp(surface[:, 0]) / 2, abs=2)
    assert middle == pytest.approx((surface[:, 0].min() + surface[:, 0].max()) / 2, abs=2)
