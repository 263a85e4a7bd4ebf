"""Classes of skin tone from an angle and its doubt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.overlays.toneclass import FITZPATRICK_ITA_DEG, MONK_ITA_DEG, tone_class, undertone

SCALES = pytest.mark.parametrize("bounds", [MONK_ITA_DEG, FITZPATRICK_ITA_DEG])


@pytest.mark.parametrize(
    ("ita", "monk", "fitzpatrick"), [(80, 1, 1), (48, 3, 2), (20, 5, 4), (0, 6, 5), (-80, 10, 6)]
)
def test_sure_angles_have_sure_classes(ita: float, monk: int, fitzpatrick: int) -> None:
    for bounds, number in ((MONK_ITA_DEG, monk), (FITZPATRICK_ITA_DEG, fitzpatrick)):
        found = tone_class(ita, 0.5, bounds)
        assert (found.index + 1, found.lightest, found.darkest) == (number, found.index, found.index)
        assert found.confidence > 0.99


@SCALES
@given(ita=st.floats(-90, 90), sigma=st.floats(0.1, 60))
def test_the_range_holds_the_class_and_grows_with_doubt(
    bounds: tuple[float, ...], ita: float, sigma: float
) -> None:
    found, surer = tone_class(ita, sigma, bounds), tone_class(ita, sigma / 2, bounds)
    assert found.lightest <= found.darkest
    assert 1 / (len(bounds) + 1) - 1e-9 <= found.confidence <= 1
    assert found.darkest - found.lightest >= surer.darkest - surer.lightest - 1


@SCALES
def test_darker_is_never_a_lighter_class(bounds: tuple[float, ...]) -> None:
    classes = [tone_class(float(ita), 0.01, bounds).index for ita in range(89, -90, -1)]
    assert classes == sorted(classes)
    assert set(classes) == set(range(len(bounds) + 1))


@pytest.mark.parametrize(("hue", "name"), [(45, "cool"), (59, "neutral"), (72, "warm")])
def test_undertones(hue: float, name: str) -> None:
    lab = np.array([60.0, 20 * np.cos(np.radians(hue)), 20 * np.sin(np.radians(hue))])
    told, sure = undertone(lab, 0.25 * np.eye(3))
    assert told == name
    assert sure > 0.9
    assert undertone(lab, 16 * np.eye(3))[1] < sure
