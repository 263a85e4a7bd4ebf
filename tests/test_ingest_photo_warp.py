"""Colours between pixels."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.ingest.photo_warp import looked_up


def test_between_pixels_and_beyond_them() -> None:
    picture = np.array([[0, 10], [20, 30]], np.uint8)
    at = np.array([[0.0, 0.5, 1.0, -3.0]]), np.array([[0.0, 0.5, 1.0, 0.0]])
    assert looked_up(picture, *at)[0] == pytest.approx([0, 15, 30, 0])
    assert looked_up(picture, *at, beyond=7.0)[0, 3] == 7
