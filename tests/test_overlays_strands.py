"""Hair that hangs before clothes: by its colour and by what it hangs from."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.strands import strands

# Chin at (60, 40), a face 40 high and 32 wide, shoulders 90 wide, no collar above 41.
GEOMETRY: F32 = np.array([60, 40, 40, 32, 90, 41], np.float32)
PERSON: U8 = np.full((120, 120), 255, np.uint8)


def hanging(x0: int, x1: int, y0: int, hair: int) -> U8:
    """Chances of skin, hair and cloth: clothes, but for columns ``x0`` to ``x1`` from ``y0`` to 40 below the chin."""
    chances: U8 = np.zeros((120, 120, 3), np.uint8)
    chances[..., 2] = 250
    chances[y0:80, x0:x1, 1], chances[y0:80, x0:x1, 2] = hair, 255 - hair
    return chances


def test_hair_comes_down_from_the_head() -> None:
    found, maybe = strands(hanging(74, 84, 0, 200), PERSON, GEOMETRY, 0.1)
    assert found[70, 78] > 240
    assert found[70, 60] == 0
    assert not maybe.any()
    # What only lies on the chest is none.
    found, _ = strands(hanging(74, 84, 55, 200), PERSON, GEOMETRY, 0.1)
    assert not found.any()


def test_long_hair_hangs_as_far_down_and_aside_as_it_does() -> None:
    """Down to the waist, over the chest's middle below the throat, and from behind a turned head."""
    person: U8 = np.full((180, 160), 255, np.uint8)
    chances: U8 = np.zeros((180, 160, 3), np.uint8)
    chances[..., 2] = 250
    for place in (np.s_[:150, 74:84], np.s_[66:90, 54:74], np.s_[:110, 84:112]):
        chances[place] = (0, 200, 55)
    found, _ = strands(chances, person, GEOMETRY, 0.1)
    for y, x in ((140, 78), (80, 60), (100, 106)):
        assert found[y, x] > 240, (y, x)
    assert found[140, 60] == 0
    # Shorter hair is looked for no further than it can hang.
    chances[80:] = (0, 0, 250)
    chances[110:] = (0, 200, 55)
    assert not strands(chances, person, GEOMETRY, 0.1)[0][100:].any()


@pytest.mark.parametrize(("x0", "x1"), [(70, 72), (56, 64)])
def test_what_is_thin_or_before_the_throat_is_none(x0: int, x1: int) -> None:
    found, _ = strands(hanging(x0, x1, 0, 200), PERSON, GEOMETRY, 0.1)
    assert not found[50:].any()


def test_a_rim_of_wall_beside_the_neck_ties_no_print_on_a_shoulder_to_the_head() -> None:
    chances = hanging(80, 82, 0, 200)
    shoulder = np.s_[55:80, 78:94]
    chances[shoulder] = (0, 200, 55)
    assert not strands(chances, PERSON, GEOMETRY, 0.1)[0][50:].any()
    # A strand does.
    chances[:56, 78:88] = (0, 200, 55)
    assert strands(chances, PERSON, GEOMETRY, 0.1)[0][66, 86] > 240


def test_where_colours_cannot_tell_it_may_be_hair() -> None:
    found, maybe = strands(hanging(74, 84, 0, 120), PERSON, GEOMETRY, 0.9)
    assert not found[45:].any()
    assert maybe[60, 78] > 240
    assert maybe[60, 100] == 0


def taken_for_clothes(*, hair_past_ears: bool) -> U8:
    """A turned face and neck of skin; all else has a colour that is more the clothes' than hair's."""
    chances: U8 = np.zeros((120, 120, 3), np.uint8)
    chances[..., 1], chances[..., 2] = 60, 195
    chances[:75, 52:68] = (250, 0, 5)
    if hair_past_ears:
        chances[:40, 49:70] = (250, 0, 5)
    else:
        chances[:45, 40:80] = (250, 0, 5)
    return chances


def test_hair_past_the_ears_goes_on_down_to_the_neck_where_colours_cannot_tell() -> None:
    """Dark hair over dark clothes, that were learned where it hangs: nothing of it may become bare skin."""
    person = PERSON.copy()
    person[:45, :47] = person[:45, 88:] = 0
    found, maybe = strands(taken_for_clothes(hair_past_ears=True), person, GEOMETRY, 0.6)
    assert not found.any()
    assert (maybe[48:72, 72:80] > 200).all(), "where it hangs wide"
    assert (maybe[52:72, 44:50] > 200).all(), "and where the turned cheek hides but a thin rim of it"
    assert not maybe[:75, 56:64].any()
    # Whom it does not hang past the ears wears a collar there, which is to be painted over.
    person[:45, 80:] = 0
    short = strands(taken_for_clothes(hair_past_ears=False), person, GEOMETRY, 0.6)[1]
    assert not short[50:].any()


def test_a_head_beside_the_rectangle_has_no_hair_in_it() -> None:
    away = GEOMETRY + np.array([400, 0, 0, 0, 0, 0], np.float32)
    assert not any(found.any() for found in strands(hanging(74, 84, 0, 200), PERSON, away, 0.1))


def test_clothes_on_shoulders_beside_a_face_are_no_hair() -> None:
    """Who leans to the camera: clothes whose colour hair might have begin above the chin, beside the face."""
    chances = hanging(74, 84, 0, 0)
    chances[16:, 70:90, 1:] = (90, 165)
    leaning, upright = GEOMETRY.copy(), GEOMETRY
    leaning[5] = 10.0
    assert strands(chances, PERSON, upright, 0.9)[1][60, 76] > 240
    assert not strands(chances, PERSON, leaning, 0.9)[1][20:].any()
    # Hair that comes down from above them is hair.
    assert strands(hanging(74, 84, 0, 200), PERSON, leaning, 0.1)[0][60, 78] > 240
