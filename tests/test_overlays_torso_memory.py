"""What was seen of a torso before a hand came, on painted maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, F64, U8
from tryon.geometry.figure import Figure, standing
from tryon.overlays.torso_memory import CELLS, TorsoMemory, cells_from_map
from tryon.perception import body_landmarks as body_at
from tryon.perception import landmarks as at

SIZE = (160, 120)
UNIT = 60.0
CLOTH, PRINT, SKIN = (60, 128, 128), (170, 132, 124), (150, 152, 108)
# The print's colour is taken for skin half surely, a hand's in shade hardly.
PRINTED, SHADED = 110, 50
PERSON: U8 = np.full(SIZE, 255, np.uint8)
WEARER: U8 = np.array(SKIN, np.uint8)


@pytest.fixture
def there() -> F64:
    face = np.zeros((478, 3), np.float32)
    face[at.CHIN, :2], face[at.FOREHEAD_TOP, :2] = (60.0, 30.0), (60.0, -10.0)
    stands: Figure = standing(face, 400)
    points = stands.points_px.copy()
    points[body_at.RIGHT_SHOULDER], points[body_at.LEFT_SHOULDER] = (60, 60), (180, 60)
    points[body_at.RIGHT_HIP], points[body_at.LEFT_HIP] = (80, 230), (160, 230)
    return cells_from_map(replace(stands, points_px=points), 0, 0, 2)


def hands(x: float, y: float) -> F32:
    """Both arms hang far away, but the left hand is at (x, y) of the map."""
    bones = np.full((2, 4, 2), -500.0, np.float32)
    bones[1] = [(90, 30), (x + 30, y), (x + 8, y), (x, y)]
    return bones


def torso() -> tuple[U8, U8]:
    """YCrCb and chances of clothes with a print at rows 60 … 80."""
    ycc: U8 = np.full((*SIZE, 3), CLOTH, np.uint8)
    ycc[60:80, 30:90] = PRINT
    chances: U8 = np.zeros((*SIZE, 3), np.uint8)
    chances[60:80, 30:90, 0] = PRINTED
    return ycc, chances


def test_a_memory_has_the_torsos_corners_where_they_are(there: F64) -> None:
    shoulder = there @ (30 - 0.5, 30 - 0.5, 1.0)
    hip = there @ (60 - 0.5, 115 - 0.5, 1.0)
    assert np.allclose((shoulder + 0.5) / CELLS, 0.15 / 1.3, atol=1e-6)
    assert np.allclose((hip + 0.5) / CELLS, (0.65 / 1.3, 1.15 / 1.3), atol=1e-6)


def test_a_print_that_was_there_before_is_no_hand_and_a_hand_in_shade_is_one(there: F64) -> None:
    memory = TorsoMemory()
    ycc, chances = torso()
    memory.look(ycc, PERSON, there, hands(-500, -500), UNIT, chances, WEARER)
    # With no hand near, nothing is corrected.
    assert chances[70, 60, 0] == PRINTED
    ycc[66:74, 50:70], chances[66:74, 50:70, 0] = SKIN, 240
    ycc[84:92, 50:70], chances[84:92, 50:70, 0] = (80, 158, 100), SHADED
    memory.look(ycc, PERSON, there, hands(60, 76), UNIT, chances, WEARER)
    assert chances[62, 60, 0] < 30
    assert chances[70, 60, 0] == 240
    assert chances[88, 60, 0] > 97


def test_before_anything_was_seen_colours_tell_alone(there: F64) -> None:
    ycc, chances = torso()
    before = chances.copy()
    memory = TorsoMemory()
    memory.look(ycc, PERSON, there, hands(60, 76), UNIT, chances, WEARER)
    assert np.array_equal(chances, before)
    # What was near the hand is not known now, either.
    memory.look(ycc, PERSON, there, hands(60, 76), UNIT, chances, WEARER)
    assert chances[70, 60, 0] == PRINTED


def test_whoever_comes_next_has_another_torso(there: F64) -> None:
    memory = TorsoMemory()
    ycc, chances = torso()
    memory.look(ycc, PERSON, there, hands(-500, -500), UNIT, chances, WEARER)
    memory.forget()
    memory.look(ycc, PERSON, there, hands(60, 76), UNIT, chances, WEARER)
    assert chances[62, 60, 0] == PRINTED


@pytest.mark.parametrize(
    ("cloth", "mixture", "is_hand"),
    [
        pytest.param((105, 165, 75), (130, 158, 92), True, id="a hand that moves before orange"),
        pytest.param((105, 165, 75), (70, 153, 92), False, id="its shadow on orange"),
        pytest.param((105, 165, 75), (120, 120, 140), False, id="a blue lanyard"),
        pytest.param((105, 165, 75), (200, 145, 105), False, id="lighter than both"),
        pytest.param(
            (120, 150, 110), (150, 140, 120), False, id="before clothes of the skin's colour nothing tells"
        ),
    ],
)
def test_what_is_a_mixture_of_skin_and_what_was_there_is_a_hand_that_moves(
    there: F64, cloth: tuple[int, int, int], mixture: tuple[int, int, int], is_hand: bool
) -> None:
    memory = TorsoMemory()
    ycc: U8 = np.full((*SIZE, 3), cloth, np.uint8)
    chances: U8 = np.zeros((*SIZE, 3), np.uint8)
    memory.look(ycc, PERSON, there, hands(-500, -500), UNIT, chances, WEARER)
    ycc[70:80, 50:70] = mixture
    memory.look(ycc, PERSON, there, hands(60, 76), UNIT, chances, WEARER)
    assert bool(chances[75, 60, 0] > 97) is is_hand
    assert chances[75, 40, 0] == 0


def test_in_the_dark_a_hand_differs_less_from_clothes(there: F64) -> None:
    raised = []
    for bright in (1.0, 0.4):
        memory = TorsoMemory()
        ycc: U8 = np.full((*SIZE, 3), (round(140 * bright), 126, 129), np.uint8)
        chances: U8 = np.zeros((*SIZE, 3), np.uint8)
        memory.look(ycc, PERSON, there, hands(-500, -500), UNIT, chances, WEARER)
        ycc[70:80, 50:70] = (round(145 * bright), 136, 122)
        chances[70:80, 50:70, 0] = SHADED
        memory.look(ycc, PERSON, there, hands(60, 76), UNIT, chances, WEARER)
        raised.append(int(chances[75, 60, 0]))
    assert raised[0] == SHADED
    assert raised[1] > 97


def test_beside_a_hand_that_rests_a_place_is_seen_for_the_first_time_but_not_its_skin(there: F64) -> None:
    memory = TorsoMemory()
    ycc, chances = torso()
    ycc[76:92, 76:88], chances[76:92, 76:88, 0] = SKIN, 240
    # It rests at (60, 76); the print is beside it, and the other hand's skin further on.
    memory.look(ycc, PERSON, there, hands(60, 92), UNIT, chances, WEARER)
    known = chances.copy()
    memory.look(ycc, PERSON, there, hands(60, 92), UNIT, known, WEARER)
    assert chances[70, 60, 0] == PRINTED
    assert known[84, 80, 0] == 240
    # Clothes of 20 cells above were learned, so that a hand that comes is told apart.
    ycc[52:58, 50:70] = (110, 140, 118)
    memory.look(ycc, PERSON, there, hands(60, 76), UNIT, known, WEARER)
    assert known[55, 60, 0] > 97
