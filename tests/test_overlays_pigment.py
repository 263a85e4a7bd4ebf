"""Films of pigment over skin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.compiled import kernel
from tryon.frame import F32
from tryon.overlays.pigment import film, linear_bgr, over

colors = st.tuples(*[st.integers(0, 255)] * 3)
shares = st.floats(0.0, 1.0)


@kernel
def _over(film9: F32, ground: F32, out: F32) -> None:
    for channel in range(3):
        out[channel] = over(film9, channel, ground[channel])


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Hypothesis takes the first call's compilation for slowness."""
    through((0, 0, 0), 0.0, (0.0, 0.0, 0.0))


def through(color: tuple[int, int, int], coverage: float, ground: tuple[float, ...]) -> F32:
    out = np.empty(3, np.float32)
    _over(film(color, coverage), np.array(ground, np.float32), out)
    return out


@given(colors, st.tuples(*[shares] * 3))
def test_no_film_is_the_ground(color: tuple[int, int, int], ground: tuple[float, ...]) -> None:
    assert through(color, 0.0, ground) == pytest.approx(ground, abs=1e-6)


@given(colors, st.tuples(*[shares] * 3))
def test_a_full_film_is_its_color_whatever_is_beneath(
    color: tuple[int, int, int], ground: tuple[float, ...]
) -> None:
    wanted = np.clip(linear_bgr(color), 0.004, 0.96)
    assert through(color, 1.0, ground) == pytest.approx(wanted, abs=2e-3)


@given(colors, st.tuples(*[shares] * 3), shares, shares)
def test_more_coverage_is_nearer_to_the_color(
    color: tuple[int, int, int], ground: tuple[float, ...], one: float, other: float
) -> None:
    thin, thick = (through(color, coverage, ground) for coverage in sorted((one, other)))
    wanted = np.clip(linear_bgr(color), 0.004, 0.96)
    assert (np.abs(thick - wanted) <= np.abs(thin - wanted) + 2e-3).all()
    for made in (thin, thick):
        assert (made >= -1e-6).all()
        assert (made <= 1.0 + 1e-6).all()


def test_half_coverage_hides_half_of_the_ground_of_a_usual_pigment() -> None:
    grey = (149, 149, 149)  # reflects 0.3
    black, white = (through(grey, 0.5, (ground,) * 3)[1] for ground in (0.0, 0.6))
    assert black == pytest.approx(0.3 / 2, abs=0.04)
    assert white - black == pytest.approx(0.6 / 2, abs=0.06)


def test_dark_pigments_hide_sooner_than_pale_ones() -> None:
    left = [
        abs(float(through((code,) * 3, 0.5, (0.2,) * 3)[0] - through((code,) * 3, 0.5, (0.6,) * 3)[0]))
        for code in (30, 120, 220)
    ]
    assert left[0] < left[1] < left[2]


@given(colors, st.tuples(*[st.floats(0.02, 0.9)] * 3), st.floats(0.05, 0.95))
def test_a_powders_film_is_between_the_ground_and_its_color(
    color: tuple[int, int, int], ground: tuple[float, ...], coverage: float
) -> None:
    thick = np.clip(linear_bgr(color), 0.004, 0.96)
    out = np.empty(3, np.float32)
    _over(film(color, coverage, powder=1.0), np.array(ground, np.float32), out)
    assert (out >= np.minimum(thick, ground) - 2e-3).all()
    assert (out <= np.maximum(thick, ground) + 2e-3).all()
    _over(film(color, 1.0, powder=1.0), np.array(ground, np.float32), out)
    assert out == pytest.approx(thick, abs=2e-3)


def test_a_powders_film_leaves_dark_skin_warm_and_pale_skin_no_brick() -> None:
    def warmth(shade: tuple[int, int, int], ground: tuple[float, ...], powder: float) -> float:
        out = np.empty(3, np.float32)
        _over(film(shade, 0.55, powder), np.array(ground, np.float32), out)
        return float(out[2] / out[0])

    dark, pale = (0.05, 0.07, 0.13), (0.35, 0.45, 0.65)
    assert warmth((227, 199, 179), dark, 1.0) > 1.05 * warmth((227, 199, 179), dark, 0.0)
    assert warmth((117, 83, 66), pale, 1.0) < 0.9 * warmth((117, 83, 66), pale, 0.0)
