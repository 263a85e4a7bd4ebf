"""The room that products reflect."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from tryon.frame import F32, F64
from tryon.render.environment import (
    DIFFUSE_LEVEL,
    MAP_PX,
    ROUGHNESS_LEVELS,
    SHARP_PX,
    _first_order,
    _octahedral_directions,
    mirror,
    studio,
    turned,
)

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def towards(level: F32, direction: tuple[float, float, float]) -> F64:
    """The texel of one level whose own direction is nearest."""
    directions, _ = _octahedral_directions(level.shape[0])
    return np.asarray(level.reshape(-1, 3)[np.argmax(directions @ direction)], np.float64)


@pytest.mark.parametrize(
    ("picture", "shape"),
    [(studio(), (len(ROUGHNESS_LEVELS) + 1, MAP_PX, MAP_PX, 3)), (mirror(), (1, SHARP_PX, SHARP_PX, 3))],
)
def test_light_is_positive_finite_and_read_only(picture: F32, shape: tuple[int, ...]) -> None:
    assert picture.shape == shape
    assert picture.dtype == np.float32
    assert picture.flags.c_contiguous
    assert np.isfinite(picture).all()
    assert picture.min() > 0
    with pytest.raises(ValueError, match="read-only"):
        picture[0] = 0


def test_it_is_made_once() -> None:
    assert studio() is studio()
    assert mirror() is mirror()


def test_diffuse_white_that_faces_the_camera_reads_one() -> None:
    # Between the four texels in the middle.
    middle = studio()[DIFFUSE_LEVEL, MAP_PX // 2 - 1 : MAP_PX // 2 + 1, MAP_PX // 2 - 1 : MAP_PX // 2 + 1]
    assert float(middle.mean()) == pytest.approx(1.0, abs=1e-3)


def test_the_light_is_nearly_white_so_products_keep_their_colour() -> None:
    red, green, blue = towards(studio()[DIFFUSE_LEVEL], (0, 0, -1))
    assert max(red, green, blue) / min(red, green, blue) < 1.06


def test_light_comes_from_above_and_less_from_behind_the_head() -> None:
    up, down = (towards(studio()[DIFFUSE_LEVEL], (0, y, 0)) @ LUMINANCE for y in (-1, 1))
    front, back = (towards(studio()[DIFFUSE_LEVEL], (0, 0, z)) @ LUMINANCE for z in (-1, 1))
    assert up > 1.5 * down
    assert front > 1.2 * back


def test_roughness_blurs() -> None:
    spread = [float(level.std()) for level in studio()[: len(ROUGHNESS_LEVELS)]]
    assert all(rough < smooth for smooth, rough in pairwise(spread))
    assert float(mirror().std()) >= spread[1]


def test_blurring_neither_makes_nor_loses_light() -> None:
    def mean(level: F32) -> float:
        _, solid_angle = _octahedral_directions(level.shape[0])
        return float((level.reshape(-1, 3) @ LUMINANCE * solid_angle).sum() / solid_angle.sum())

    sharp = mean(mirror()[0])
    for level in studio():
        assert mean(level) == pytest.approx(sharp, rel=0.01)


def test_all_directions_are_there_once() -> None:
    directions, solid_angle = _octahedral_directions(64)
    assert np.allclose(np.linalg.norm(directions, axis=1), 1)
    share = solid_angle * (4 / 64**2)
    # The octahedron's faces are tilted by 1/√3; its eight faces cover the sphere.
    assert share.sum() == pytest.approx(4 * math.pi, rel=0.01)
    assert np.allclose((directions * solid_angle[:, None]).sum(axis=0), 0, atol=1e-6)


def test_the_maps_middle_looks_towards_the_camera() -> None:
    directions, _ = _octahedral_directions(64)
    grid = directions.reshape(64, 64, 3)
    assert grid[32, 32] @ (0, 0, -1) > 0.99
    assert grid[32, 63] @ (1, 0, 0) > 0.99  # right in the map is right in the picture
    assert grid[63, 32] @ (0, 1, 0) > 0.99  # down is down
    assert all(grid[v, u] @ (0, 0, 1) > 0.97 for v in (0, 63) for u in (0, 63))


def test_a_room_whose_light_comes_from_where_it_does_stays_as_it_is() -> None:
    own = _first_order(studio()[DIFFUSE_LEVEL])
    room, sharp = turned(own)
    assert np.allclose(room, studio(), rtol=1e-4)
    assert np.allclose(sharp, mirror(), rtol=1e-4)


@pytest.mark.parametrize("direction", [(0.6, -0.3), (-0.6, -0.3), (0.0, -0.7), (0.2, 0.3)])
def test_light_from_elsewhere_makes_that_side_brighter_by_as_much(direction: tuple[float, float]) -> None:
    room, sharp = turned(direction)
    diffuse = room[DIFFUSE_LEVEL]
    found = _first_order(diffuse)
    assert found == pytest.approx(direction, abs=0.09)
    # Straight at the camera is between the four texels in the middle.
    middle = slice(MAP_PX // 2 - 1, MAP_PX // 2 + 1)
    faces, faced = (level[middle, middle].mean(axis=(0, 1)) for level in (diffuse, studio()[DIFFUSE_LEVEL]))
    assert faces == pytest.approx(faced, rel=0.02)
    assert room.min() > 0
    assert sharp.min() > 0
    with pytest.raises(ValueError, match="read-only"):
        room[0] = 0


def test_a_turned_room_is_made_once() -> None:
    assert turned((0.1, -0.3))[0] is turned((0.1, -0.3))[0]
