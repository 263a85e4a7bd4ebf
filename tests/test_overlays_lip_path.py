"""The best smooth path through columns of scores."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32
from tryon.overlays.lip_path import lay_path

COLUMNS, PLACES = 32, 30


def scored(tops: F32, noise: float = 0.0) -> F32:
    """Scores with a round top of height 8 at each column's place."""
    away = np.arange(PLACES) - tops[:, None]
    made = 8.0 * np.exp(-0.5 * (away / 3.0) ** 2) + np.random.default_rng(2).normal(0, noise, away.shape)
    return np.asarray(made, np.float32)


def path(scores: F32) -> F32:
    found = np.zeros(COLUMNS, np.float32)
    lay_path(scores, found)
    return found


@pytest.mark.parametrize("noise", [0.0, 0.8])
def test_a_path_follows_the_tops_to_parts_of_a_place(noise: float) -> None:
    tops = np.linspace(10.3, 17.6, COLUMNS).astype(np.float32)
    assert path(scored(tops, noise))[4:-4] == pytest.approx(tops[4:-4], abs=0.1 if noise == 0.0 else 1.0)


def test_one_column_does_not_pull_a_path_away() -> None:
    tops = np.full(COLUMNS, 12.0, np.float32)
    tops[16] = 25.0
    assert path(scored(tops)) == pytest.approx(12.0, abs=1.0)


def test_what_is_ruled_out_is_not_taken() -> None:
    scores = scored(np.full(COLUMNS, 12.0, np.float32))
    scores[:, :14] = -1e3
    assert path(scores) == pytest.approx(14.0, abs=0.6)
