"""The wearer's colours: learned from where they are, told apart, forgotten after a gap."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.frame import F32, F64, U8
from tryon.geometry.figure import standing
from tryon.overlays.palette import CHROMA, LUMA, Palette, index
from tryon.perception import landmarks as at

SKIN, HAIR, CLOTH = (110, 140, 200), (30, 35, 45), (40, 140, 230)


@pytest.fixture
def face() -> F32:
    """A round face of radius 50 around (150, 100)."""
    angle = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    points = np.stack([150 + 30 * np.cos(angle), 100 + 30 * np.sin(angle)], axis=1)
    points[at.FOREHEAD_TOP], points[at.CHIN] = (150, 50), (150, 150)
    points[[338, 297, 332, 284, 109, 67, 103, 54]] = (150, 52)
    found: F32 = points.astype(np.float32)
    return found


@pytest.fixture
def picture() -> U8:
    bgr: U8 = np.full((300, 300, 3), 128, np.uint8)
    bgr[55:155, 100:200] = SKIN
    bgr[20:50, 100:200] = HAIR
    bgr[180:] = CLOTH
    noise = np.random.default_rng(1).normal(0, 3, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def torso() -> F64:
    x, y = np.meshgrid(np.linspace(80, 220, 8), np.linspace(200, 280, 8))
    return np.column_stack([x.ravel(), y.ravel()])


def test_hair_beside_the_face_is_hair_and_an_ear_there_is_skin(picture: U8, face: F32, torso: F64) -> None:
    """Long hair in shade at one side, skin at the other."""
    points = face.copy()
    points[[127, 234, 93, 132], :2] = [(118.0, y) for y in (80, 95, 110, 125)]
    points[[356, 454, 323, 361], :2] = [(182.0, y) for y in (80, 95, 110, 125)]
    shade = (70, 22, 24)
    picture[55:155, 100:116], picture[55:155, 184:200] = shade, SKIN
    everybody = replace(
        standing(np.zeros((478, 3), np.float32), 300), mask=np.full((256, 256), 255, np.uint8)
    )
    whole = np.array([[2.0, 0, -10], [0, 2.0, -10]], np.float32)
    palette = Palette()
    for number in range(4):
        figure = replace(everybody, picture_from_mask=whole)
        palette.learn(picture, points, torso, 150.0 * number, figure)
    assert told(palette, shade)[1] > 200
    assert told(palette, SKIN)[0] > 200
    assert told(palette, SKIN)[1] < 40


def told(palette: Palette, bgr: tuple[int, int, int]) -> list[int]:
    return [int(v) for v in palette.tables[index(np.array([bgr], np.uint8))][0]]


def test_colours_are_told_apart(picture: U8, face: F32, torso: F64) -> None:
    palette = Palette()
    palette.learn(picture, face, torso, 0.0)
    for number, colour in enumerate((SKIN, HAIR, CLOTH)):
        chances = told(palette, colour)
        assert chances[number] > 200
        assert sum(chances) - chances[number] < 50
    assert max(told(palette, (200, 60, 60))) < 60
    assert palette.skin_bgr == pytest.approx(SKIN, abs=6)


def test_skin_in_shadow_is_still_skin(picture: U8, face: F32, torso: F64) -> None:
    palette = Palette()
    palette.learn(picture, face, torso, 0.0)
    assert told(palette, (90, 115, 168))[0] > 120


def test_it_looks_now_and_then_and_forgets_after_a_gap(picture: U8, face: F32, torso: F64) -> None:
    palette = Palette()
    palette.learn(picture, face, torso, 0.0)
    other = picture.copy()
    other[180:] = (200, 60, 60)
    palette.learn(other, face, torso, 30.0)
    assert told(palette, (200, 60, 60))[2] < 60
    palette.learn(other, face, torso, 9000.0)
    assert told(palette, (200, 60, 60))[2] > 200
    assert told(palette, CLOTH)[2] < 60


def test_clothes_below_the_picture_tell_nothing(picture: U8, face: F32, torso: F64) -> None:
    palette = Palette()
    for number in range(2):
        palette.learn(picture, face, torso + np.array([0.0, 300.0]), 150.0 * number)
    assert told(palette, CLOTH)[2] < 60
    assert told(palette, SKIN)[0] > 200


def test_bins_cover_all_colours() -> None:
    corners = np.array([(b, g, r) for b in (0, 255) for g in (0, 255) for r in (0, 255)], np.uint8)
    bins = index(corners)
    assert bins.min() >= 0
    assert bins.max() < LUMA * CHROMA * CHROMA


def test_a_wall_above_a_head_is_not_learnt_as_hair(picture: U8, face: F32, torso: F64) -> None:
    wall = (128, 128, 128)
    picture[20:50, 100:200] = wall
    stands = standing(face, 300)
    inside: U8 = np.zeros(picture.shape[:2], np.uint8)
    inside[50:] = 255
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(stands.picture_from_mask), (256, 256))
    bald = replace(stands, mask=np.asarray(mask, np.uint8))
    palette, fooled = Palette(), Palette()
    palette.learn(picture, face, torso, 0.0, bald)
    fooled.learn(picture, face, torso, 0.0)
    assert told(fooled, wall)[1] > 200
    assert told(palette, wall)[1] < 20


def test_hair_and_clothes_of_one_colour_are_known_to_be_alike(picture: U8, face: F32, torso: F64) -> None:
    palette, same = Palette(), Palette()
    palette.learn(picture, face, torso, 0.0)
    picture[180:] = HAIR
    same.learn(picture, face, torso, 0.0)
    assert palette.alike < 0.1
    assert same.alike > 0.7


@pytest.mark.parametrize("ends", [250, 300])
def test_hair_that_hangs_over_clothes_is_not_learned_as_clothes_and_clothes_of_its_colour_are(
    picture: U8, face: F32, torso: F64, ends: int
) -> None:
    """Hair over half of the torso's width, that ends above its lowest third, or what goes on to the hem: no hair."""
    picture[180:ends, 70:145] = HAIR
    palette = Palette()
    for number in range(6):
        palette.learn(picture, face, torso, 150.0 * number)
    if ends < 300:
        assert palette.alike < 0.2
        assert told(palette, HAIR)[1] > 200
    else:
        assert palette.alike > 0.35
    assert told(palette, CLOTH)[2] > 200


def test_brows_and_a_fringe_are_not_learned_as_skin(picture: U8, face: F32, torso: F64) -> None:
    points = face.copy()
    brows = [107, 336, 66, 296, 67, 297, 104, 333, 69, 299]
    points[brows, :2] = [(110.0 + 8 * number, 35.0) for number in range(10)]
    palette = Palette()
    for number in range(6):
        palette.learn(picture, points, torso, 150.0 * number)
    assert told(palette, HAIR)[0] < 25
    assert told(palette, SKIN)[0] > 200


def test_a_lesson_is_wanted_now_and_then(picture: U8, face: F32, torso: F64) -> None:
    palette = Palette()
    assert palette.wants(0.0)
    palette.learn(picture, face, torso, 0.0)
    assert not palette.wants(33.0)
    assert palette.wants(150.0)
    # After a clip begins anew, too.
    assert palette.wants(-10.0)


@pytest.mark.parametrize(("jaw", "low", "high"), [(SKIN, 0.0, 0.1), (HAIR, 0.9, 1.0)])
def test_a_beard_is_hair_along_the_jaw(
    picture: U8, face: F32, torso: F64, jaw: tuple[int, int, int], low: float, high: float
) -> None:
    points = face.copy()
    points[[199, 200, 175, 171, 396, 140, 369, 170, 395]] = [
        (120.0 + 7 * number, 146.0) for number in range(9)
    ]
    picture[142:150, 115:185] = jaw
    palette = Palette()
    for number in range(4):
        palette.learn(picture, points, torso, 150.0 * number)
    assert low <= palette.bearded <= high
    # Out of the picture nothing is told.
    assert Palette().bearded == 0.0
