"""Curves as heights along an axis."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.overlays.curves import heights_along


def test_it_passes_through_its_points_and_is_smooth() -> None:
    t = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    n = np.array([0.0, 4.0, 6.0, 4.0, 0.0])
    out = np.empty(81, np.float32)
    heights_along(t, n, 0.0, 40.0, out)
    assert out[[0, 20, 40, 60, 80]] == pytest.approx(n, abs=0.05)
    assert np.abs(np.diff(out, 2)).max() < 0.12


def test_beyond_its_ends_it_stays_and_backward_steps_do_no_harm() -> None:
    out = np.empty(50, np.float32)
    heights_along(np.array([10.0, 20.0, 19.5, 30.0]), np.array([1.0, 5.0, 5.0, 2.0]), 0.0, 40.0, out)
    assert out[:10] == pytest.approx(np.ones(10), abs=0.4)
    assert out[-8:] == pytest.approx(np.full(8, 2.0), abs=0.3)
    assert np.isfinite(out).all()
