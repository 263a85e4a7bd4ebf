"""What thin layers reflect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.render.film import ANGLES, THICKNESSES, coating, flat, thin_film
from tryon.render.material import Film


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 3), st.floats(0, 800), st.floats(0, 1200), st.floats(0, 0.9))
def test_no_film_reflects_more_than_all_and_all_of_it_at_grazing(
    ior: float, low: float, high: float, f0: float
) -> None:
    table = thin_film(ior, low, high, (f0, f0, f0)).reflectance
    assert table.shape == (THICKNESSES, ANGLES, 3)
    assert (table >= 0).all()
    assert (table <= 1).all()
    assert table[:, 0].min() > 0.98


def test_no_film_is_the_bare_surface() -> None:
    bare = thin_film(1.8, 0.0, 0.0, (0.04, 0.2, 0.9)).reflectance[0, -1]
    assert bare == pytest.approx([0.04, 0.2, 0.9], abs=0.01)


def test_a_quarter_wave_on_glass_quenches_its_colour() -> None:
    """Magnesium fluoride, 100 nm: the coating of binoculars; green goes, purple stays."""
    red, green, blue = thin_film(1.38, 100.0, 100.0, (0.0425,) * 3).reflectance[-1, -1]
    assert green < 0.4 * 0.0425
    assert red > green
    assert blue > green


def test_colours_change_with_thickness_and_angle() -> None:
    table = thin_film(2.0, 100.0, 500.0, (0.0, 0.0, 0.0)).reflectance
    hue = table[:, -1] / table[:, -1].sum(axis=1, keepdims=True)
    assert np.ptp(hue, axis=0).max() > 0.3
    assert np.abs(table[-1, -1] - table[-1, ANGLES // 2]).max() > 0.05


def test_a_coating_reflects_its_colour_straight_on_and_everything_at_grazing() -> None:
    table = coating((0.1, 0.2, 0.4)).reflectance[0]
    assert table[-1] == pytest.approx([0.1, 0.2, 0.4])
    assert table[0] == pytest.approx([1, 1, 1])
    assert (np.diff(table, axis=0) <= 0).all()


def test_every_film_is_laid_out_alike() -> None:
    laid = flat(coating((0.1, 0.2, 0.4)))
    assert laid.shape == (THICKNESSES, ANGLES, 3)
    assert np.array_equal(laid[0], laid[-1])


@pytest.mark.parametrize(
    "table", [np.zeros((2, 3), np.float32), np.zeros((1, 1, 3)), np.full((1, 1, 3), 1.1, np.float32)]
)
def test_what_is_no_film(table: np.typing.NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="film"):
        Film(table)
