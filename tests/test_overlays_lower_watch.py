"""Whether legs are in the picture, and which colours they have that the torso has not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.standing_figures import LEGS, TOP, face_px, figure, picture
from tryon.geometry.figure import Figure
from tryon.overlays.garment import cloth_places
from tryon.overlays.lower_watch import FADE_MS, LegsWatch, leg_places
from tryon.overlays.palette import Palette, index
from tryon.perception import body_landmarks as at


def seeing(sure: float) -> Figure:
    made = figure()
    visibility = made.visibility.copy()
    visibility[[at.LEFT_KNEE, at.RIGHT_KNEE]] = sure
    return replace(made, visibility=visibility)


def test_what_is_in_the_picture_from_the_first_is_shown_at_once() -> None:
    watch = LegsWatch()
    watch.look(seeing(0.9), 640, 0.0)
    assert watch.seen
    assert watch.shown == 1.0


def test_it_comes_and_goes_over_a_quarter_of_a_second() -> None:
    watch = LegsWatch()
    watch.look(seeing(0.1), 640, 0.0)
    assert (watch.seen, watch.shown) == (False, 0.0)
    watch.look(seeing(0.9), 640, FADE_MS / 5)
    assert watch.shown == pytest.approx(0.2)
    watch.look(seeing(0.9), 640, FADE_MS * 2)
    assert watch.shown == 1.0
    watch.look(seeing(0.1), 640, FADE_MS * 2.5)
    assert watch.shown == pytest.approx(0.5)


def test_between_sure_and_unsure_it_stays_what_it_was() -> None:
    for first in (0.1, 0.9):
        watch = LegsWatch()
        watch.look(seeing(first), 640, 0.0)
        watch.look(seeing(0.5), 640, 40.0)
        assert watch.seen == (first == 0.9)


def test_knees_below_the_picture_are_not_in_it() -> None:
    watch = LegsWatch()
    made = figure()
    watch.look(made, int(made.points_px[at.LEFT_KNEE, 1]) - 5, 0.0)
    assert not watch.seen


def learned(bgr: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]) -> LegsWatch:
    watch, torso, made = LegsWatch(), Palette(), figure()
    for t_ms in (0.0, 200.0):
        torso.learn(bgr, face_px(), cloth_places(made), t_ms, made)
        watch.learn(bgr, face_px(), made, torso, t_ms)
    return watch


def test_two_cloths_are_told_apart() -> None:
    uppers = learned(picture(figure())).uppers
    assert uppers is not None
    top, legs = uppers[index(np.array([[TOP], [LEGS]], np.uint8))]
    assert top > 230
    assert legs < 25


def test_one_cloth_is_one() -> None:
    bgr = picture(figure())
    bgr[(np.abs(bgr.astype(int) - TOP).max(axis=-1) < 20)] = LEGS
    assert learned(bgr).uppers is None


def test_legs_are_looked_at_on_the_legs() -> None:
    made = figure()
    places = leg_places(made)
    assert (places[:, 1] > made.hips[0][1] + 0.3 * made.width_px).all()
    assert made.shows(places).min() > 0.9
