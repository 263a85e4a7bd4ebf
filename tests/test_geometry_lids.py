"""Lids followed as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64
from tryon.geometry.head import template
from tryon.geometry.lids import EYES, LEADING, LidFilter
from tryon.geometry.steady import FEATURES, HEAD_WIDTH_MM
from tryon.perception.smoothing import GAP_MS, VectorFilter

FRAME_MS = 1000 / 30
# A lid's way, in head widths, and what a landmark trembles by.
WAY, TREMBLES = 0.06, 0.0006


def face(shut: float = 0.0) -> F64:
    """The mean head's points in head widths, with its upper lids so far down, 0 to 1."""
    points = np.zeros((478, 3))
    own = template().points_mm / HEAD_WIDTH_MM
    points[: len(own)] = own
    for eye in EYES:
        points[eye[:LEADING], 1] -= WAY * shut
    return points


def test_a_blink_is_followed_within_a_frame() -> None:
    lids, plain = LidFilter(), VectorFilter(FEATURES)
    script = [0.0] * 10 + [0.4, 1.0, 1.0, 0.6, 0.2, 0.0, 0.0]
    late: list[tuple[float, float]] = []
    for number, shut in enumerate(script):
        seen = face(shut)
        before = plain(seen, number * FRAME_MS)
        after = before.copy()
        lids(seen, after, number * FRAME_MS)
        upper = EYES[0][:LEADING]
        late.append((float(np.abs(after - seen)[upper].max()), float(np.abs(before - seen)[upper].max())))
        # Nothing but the eyes' own points is written.
        others = np.setdiff1d(np.arange(478), np.concatenate(EYES))
        assert np.array_equal(after[others], before[others])
    own, plainly = np.array(late).max(axis=0) / WAY
    assert own < 0.2
    assert own < 0.5 * plainly


def test_open_lids_tremble_little_more_than_other_points() -> None:
    rng = np.random.default_rng(4)
    lids, plain = LidFilter(), VectorFilter(FEATURES)
    made, plainly = [], []
    for number in range(90):
        seen = face() + rng.normal(0, TREMBLES, (478, 3))
        steady = plain(seen, number * FRAME_MS)
        plainly.append(steady[EYES[1]].copy())
        lids(seen, steady, number * FRAME_MS)
        made.append(steady[EYES[1]].copy())
    own, usual = (np.array(clip)[30:].std(axis=0).mean() for clip in (made, plainly))
    assert own < 0.6 * TREMBLES
    assert own < 1.2 * usual


@pytest.mark.parametrize("elapsed_ms", [0.0, -5.0, GAP_MS + 1])
def test_a_gap_begins_anew(elapsed_ms: float) -> None:
    lids = LidFilter()
    lids(face(), face(), 100.0)
    steady = face()
    lids(face(1.0), steady, 100.0 + elapsed_ms)
    assert np.array_equal(steady, face(1.0))
