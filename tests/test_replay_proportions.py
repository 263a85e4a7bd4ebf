"""Heads of other proportions, and the mean head's depth."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.geometry.head import template
from tryon.perception import landmarks as at
from tryon.replay.proportions import Proportions, with_mean_depth


def test_without_a_change_nothing_moves() -> None:
    assert np.array_equal(Proportions().of(template().points_mm), template().points_mm)


@pytest.mark.parametrize("width", [0.9, 1.08])
def test_irises_keep_their_width(width: float) -> None:
    points = Proportions(width=width, depth=1.1).of(template().points_mm)
    right, left = at.RIGHT_IRIS[[0, 2]]
    assert abs(points[right, 0] - points[left, 0]) == pytest.approx(
        abs(template().points_mm[right, 0] - template().points_mm[left, 0])
    )
    assert np.ptp(points[:, 1]) == pytest.approx(np.ptp(template().points_mm[:, 1]) / width)
    assert np.ptp(points[at.RIGID, 2]) > np.ptp(template().points_mm[at.RIGID, 2])


def test_a_longer_nose_leaves_the_rest() -> None:
    before = template().points_mm
    after = Proportions(nose_mm=4.0).of(before)
    assert after[at.NOSE_TIP, 2] - before[at.NOSE_TIP, 2] == pytest.approx(4.0, abs=0.5)
    others = [at.LEFT_EYE_OUTER, at.CHIN, at.FOREHEAD_TOP, at.LEFT_TRAGUS]
    assert np.abs(after - before)[others].max() < 0.5


def test_a_face_gets_a_mean_heads_depth_at_its_own_size_with_rounder_sides() -> None:
    rng = np.random.default_rng(3)
    own = 1.1 * template().points_mm
    own[:, 2] = 0.8 * own[:, 2] + rng.normal(0, 1.0, len(own))
    mended = with_mean_depth(own)
    assert np.array_equal(mended[:, :2], own[:, :2])
    more = mended[:, 2] / 1.1 - template().points_mm[:, 2]
    more -= more[at.NASION]
    middle = np.abs(template().points_mm[:, 0]) < 38
    assert np.ptp(more[middle]) < 1e-6
    # Sides lie further back than the network's mean head has them: cheekbones (116, 345), and forehead (71, 301) more.
    assert more[[116, 345]] == pytest.approx(-5.1, abs=0.5)
    assert more[[71, 301]] == pytest.approx(-7.9, abs=0.8)
    # It stays where it was by its middle: with its sides, their going back would push it forward.
    held = at.RIGID[middle[at.RIGID]]
    assert mended[held, 2].mean() == pytest.approx(own[held, 2].mean())
    assert mended[at.RIGID, 2].mean() < own[at.RIGID, 2].mean() - 0.5
