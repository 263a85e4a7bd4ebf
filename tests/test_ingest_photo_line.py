"""Closed lines about a point."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.ingest.photo_line import ANGLES, bites, closed_path, refined, rough, shrunk, smooth, widened

ANGLE = np.arange(ANGLES) / ANGLES * 2 * np.pi
OVAL = 60 + 8 * np.cos(2 * ANGLE) + 3 * np.sin(3 * ANGLE)


def test_the_cheapest_closed_line_is_found_to_a_part_of_a_step() -> None:
    steps = np.arange(120)
    edge = np.exp(-(((steps[None] - OVAL[:, None]) / 2.0) ** 2))
    path = closed_path(-4 * edge, 0.1)
    assert np.abs(path - OVAL).max() <= 1
    assert np.abs(refined(path, edge, 1.0) - OVAL).max() < 0.1
    torn = edge.copy()
    torn[100:130] = 0.0
    assert np.abs(closed_path(-4 * torn, 0.1) - OVAL).max() < 6, "a gap is crossed"


def test_a_bite_is_told_and_closed() -> None:
    bitten = OVAL.copy()
    bitten[300:340] -= 9.0
    found = bites(bitten, 2.0)
    assert found[300:340].all()
    assert found.sum() < 80
    assert np.abs(smooth(bitten, np.where(found, 0.0, 1.0)) - OVAL).max() < 1.0
    assert not bites(OVAL, 2.0).any()
    assert rough(bitten, np.ones(ANGLES, bool)) > 2 * rough(OVAL, np.ones(ANGLES, bool))


def test_noise_is_smoothed_away() -> None:
    noisy = OVAL + np.random.default_rng(0).normal(0, 0.5, ANGLES)
    assert np.std(smooth(noisy, np.ones(ANGLES)) - OVAL) < 0.2


@pytest.mark.parametrize("first", [0, 5, 700])
def test_runs_go_around(first: int) -> None:
    run = np.roll(np.arange(ANGLES) < 30, first)
    assert widened(run, 4).sum() == 38
    assert shrunk(run, 4).sum() == 22
    assert (widened(shrunk(run, 4), 4) == run).all()
