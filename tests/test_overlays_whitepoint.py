"""White as told by witnesses: what they agree on, how sure, and how warm."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.overlays.whitepoint import LEFT_OVER, WARM, cast, clue, white

GREY = np.full(3, 0.5)


def test_one_sure_witness_is_believed() -> None:
    light = np.array([0.4, 0.6, 0.9])
    told = white([clue(GREY * light, GREY, 0.01, 0.01)])
    assert np.exp(told.mean) == pytest.approx(light, rel=0.15)
    assert np.sqrt(np.diag(told.covariance)).max() < 0.02


def test_two_witnesses_are_surer_than_one_and_the_surer_one_weighs_more() -> None:
    dark, bright = (clue(GREY * level, GREY, sigma, 0.05) for level, sigma in ((0.5, 0.1), (1.0, 0.3)))
    both = white([dark, bright])
    assert np.diag(both.covariance).max() < np.diag(white([dark]).covariance).max()
    middle = float(np.exp(both.mean[1]))
    assert 0.5 < middle < 0.6


def test_a_doubtful_tint_is_drawn_to_what_cameras_leave_and_never_beside_it() -> None:
    green = np.array([1.0, 1.5, 1.0])
    told = white([clue(GREY * green, GREY, 0.1, 0.2)])
    _, beside = cast(told.mean)
    _, said = cast(np.log(green))
    assert abs(beside) < 0.2 * abs(said)


def test_the_cast_of_known_lights() -> None:
    warm = np.array([WARM[1], 0.0, WARM[0]])
    assert cast(warm) == pytest.approx((1.0, 0.0), abs=1e-9)
    assert cast(-0.5 * warm) == pytest.approx((-0.5, 0.0), abs=1e-9)
    assert cast(np.zeros(3)) == (0.0, 0.0)
    assert 0 < LEFT_OVER < 1
