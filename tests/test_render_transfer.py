"""The sRGB curve as tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.render.material import linear_to_srgb
from tryon.render.transfer import TO_SRGB_STEPS, code, to_linear, to_srgb


def test_every_code_survives_the_way_to_linear_and_back() -> None:
    assert [code(float(value), to_srgb()) for value in to_linear()] == list(range(256))


@given(st.floats(0, 1))
def test_a_code_is_the_nearest(linear: float) -> None:
    exact = float(linear_to_srgb(np.array([linear], np.float32))[0]) * 255
    # A step of the table is up to 0.41 codes in the dark.
    assert abs(code(linear, to_srgb()) - exact) < 0.5 + 12.92 * 255 / TO_SRGB_STEPS / 2 + 1e-3


@pytest.mark.parametrize(("linear", "expected"), [(-5.0, 0), (0.0, 0), (1.0, 255), (7.5, 255)])
def test_beyond_black_and_white_it_clips(linear: float, expected: int) -> None:
    assert code(linear, to_srgb()) == expected


def test_the_tables_rise_and_are_shared_and_read_only() -> None:
    assert to_linear() is to_linear()
    assert to_srgb() is to_srgb()
    assert (np.diff(to_linear()) > 0).all()
    assert (np.diff(to_srgb().astype(int)) >= 0).all()
    assert (len(to_linear()), len(to_srgb())) == (256, TO_SRGB_STEPS + 1)
    for table in (to_linear(), to_srgb()):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1
