"""A neck in a garment's opening: a collar becomes skin, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.figure import Figure, standing
from tryon.overlays.neck import bare_neck
from tryon.overlays.palette import Palette
from tryon.overlays.worn import look
from tryon.perception import landmarks as at

SKIN, HAIR, CLOTH, COLLAR, WALL = (
    (110, 140, 200), (30, 35, 45), (150, 90, 40), (235, 235, 230), (90, 160, 120)
)  # fmt: skip
RECT = Rect(150, 90, 450, 460)
QUIET: F32 = np.zeros((4, 4), np.float32)
# Right and left neck point, and the neckline's lowest.
NECKLINE: F64 = np.array([(262.0, 190.0), (338.0, 190.0), (300.0, 225.0)])


@pytest.fixture(scope="module")
def face() -> F32:
    points = np.zeros((478, 3), np.float32)
    points[:, 0], points[:, 1] = 300.0, 120.0
    angle = np.linspace(0, 2 * np.pi, len(at.FACE_OVAL), endpoint=False)
    points[at.FACE_OVAL, 0] = 300 + 36 * np.sin(angle)
    points[at.FACE_OVAL, 1] = 120 - 50 * np.cos(angle)
    points[[199, 200, 175, 171, 396, 140, 369, 170, 395], 1] = 158.0
    points[at.RIGHT_TRAGUS, :2], points[at.LEFT_TRAGUS, :2] = (264, 115), (336, 115)
    return points


def painted(face: F32, *, beard: bool = False, tell: bool = False) -> tuple[U8, Figure]:
    """A person with a white collar up to the jaw; ``tell`` leaves the left half of the neck bare, in another light."""
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 105), (42, 58), 0, 0, 360, HAIR, -1)
    cv2.rectangle(bgr, (200, 200), (400, 479), CLOTH, -1)
    cv2.rectangle(bgr, (272, 150), (328, 240), COLLAR, -1)
    if tell:
        cv2.rectangle(bgr, (300, 150), (328, 240), (77, 98, 140), -1)
    cv2.ellipse(bgr, (300, 120), (36, 50), 0, 0, 360, SKIN, -1)
    if beard:
        cv2.ellipse(bgr, (300, 160), (24, 18), 0, 0, 360, HAIR, -1)
    stands = standing(face, 480)
    inside: U8 = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(stands.picture_from_mask), (256, 256))
    return bgr, replace(stands, mask=np.asarray(mask, np.uint8))


def bared(face: F32, bgr: U8, figure: Figure, bearded: float | None = None) -> U8:
    palette = Palette()
    torso = np.array([(x, y) for x in range(215, 400, 20) for y in range(260, 440, 20)], np.float64)
    palette.learn(bgr, face, torso, 0.0, figure)
    palette.bearded = palette.bearded if bearded is None else bearded
    worn = look(bgr, RECT, figure, face, palette, long=False)
    out = bgr.copy()
    bare_neck(out, RECT, NECKLINE, face, worn, figure, palette, QUIET, 0.0)
    return out


def like_skin(bgr: U8) -> float:
    """The share of pixels with the hue of the painted skin, in any light."""
    ratio = bgr.astype(np.float64) / np.maximum(bgr[..., 2:], 1)
    return float((np.abs(ratio - np.array(SKIN) / SKIN[2]).max(axis=-1) < 0.12).mean())


def test_a_collar_becomes_skin_up_to_the_jaw(face: F32) -> None:
    bgr, figure = painted(face)
    out = bared(face, bgr, figure)
    throat = np.s_[176:216, 285:316]
    assert like_skin(bgr[throat]) == 0.0
    assert like_skin(out[throat]) > 0.97
    # The corners of the collar beside the chin, above it.
    assert like_skin(out[164:172, 279:284]) > 0.9
    # Darker below the chin than at its end, but for the hollow there, and never brighter than the face.
    assert out[175, 285:316, 2].mean() < out[212, 285:316, 2].mean() <= SKIN[2]
    assert out[219, 300, 2] < out[219, [285, 315], 2].min() - 5


def test_face_hair_wall_and_clothes_beside_stay(face: F32) -> None:
    bgr, figure = painted(face)
    out = bared(face, bgr, figure)
    same = (bgr == out).all(axis=-1)
    assert same[95:150, 275:326].all()
    assert same[:, :240].all()
    assert same[:, 360:].all()
    assert same[:140].all()
    assert same[240:].all()


def test_a_beard_below_the_chin_stays(face: F32) -> None:
    bgr, figure = painted(face, beard=True)
    out = bared(face, bgr, figure)
    assert np.abs(out[172:175, 295:306].astype(int) - HAIR).max() < 25
    assert like_skin(out[195:216, 285:316]) > 0.97


def test_half_a_beard_has_no_straight_end(face: F32) -> None:
    """A chin in another light than the neck passes for half a beard, and the neck for its hair."""
    bgr, figure = painted(face)
    bgr[(bgr == COLLAR).all(axis=-1)] = HAIR
    out = bared(face, bgr, figure, bearded=0.4)
    rows = out[176:222, 290:311, 2].astype(float).mean(axis=1)
    assert rows[-1] > rows[0] + 20
    assert np.abs(np.diff(rows)).max() < 9


def test_true_skin_tells_what_is_painted_beside_it(face: F32) -> None:
    plain = bared(face, *painted(face))
    told = bared(face, *painted(face, tell=True))
    beside, away = np.s_[195:210, 294:298], np.s_[195:210, 276:280]
    # The bare half is half as bright: what is painted beside it follows, further off less.
    dimmed = [
        told[where].astype(float).mean() / plain[where].astype(float).mean() for where in (beside, away)
    ]
    assert dimmed[0] < 0.9
    assert dimmed[0] < dimmed[1]


def test_a_neck_in_another_light_than_the_face_is_painted_on_in_it(face: F32) -> None:
    """The left half of the neck is bare and dark: far from it, too, the rest is painted darker than for nobody."""
    far = np.s_[205:214, 274:280]
    plain, told = (bared(face, *painted(face, tell=tell))[far].astype(float).mean() for tell in (False, True))
    assert told < 0.86 * plain


def test_an_opening_out_of_the_picture_is_none(face: F32) -> None:
    bgr, figure = painted(face)
    palette = Palette()
    palette.learn(bgr, face, NECKLINE, 0.0, figure)
    worn = look(bgr, RECT, figure, face, palette, long=False)
    out = bgr.copy()
    below = NECKLINE + np.array([0.0, 900.0])
    bare_neck(out, RECT, below, face + np.float32(900), worn, figure, palette, QUIET, 0.0)
    assert np.array_equal(out, bgr)
