"""Where an open mouth begins, on mouths drawn with known edges."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.lip_slit import open_slit
from tryon.overlays.mouth import STEPS
from tryon.render import transfer

# A mouth 100 px wide: borders at 20 and 80, and the landmarks' slit from 45 to 55.
WIDTH_PX = 100.0
HEIGHTS = np.repeat(np.array([[-30.0], [-5.0], [5.0], [30.0]], np.float32), STEPS, axis=1)
GEOMETRY = np.array([60.0, 50.0, 1.0, 0.0, -50.0, 100.0, WIDTH_PX, 0.1], np.float32)
LIP, TOOTH, THROAT = (110, 100, 170), (205, 215, 225), (15, 12, 25)


def drawn(top: int, low: int, inside: tuple[int, int, int], noise: float = 0.0) -> U8:
    """Lips with what is within from row ``top`` to ``low``."""
    bgr = np.zeros((100, 120, 3)) + LIP
    bgr[top:low] = inside
    bgr += np.random.default_rng(1).normal(0, noise, bgr.shape)
    return np.asarray(bgr.clip(0, 255), np.uint8)


def slit(bgr: U8, heights: F32 = HEIGHTS) -> tuple[float, float]:
    """Rows of its middle's edges."""
    found = heights.copy()
    blue, green, red = (float(transfer.to_linear()[code]) for code in LIP)
    middle = 0.0722 * blue + 0.7152 * green + 0.2126 * red
    open_slit(bgr, found, GEOMETRY, middle, green / red, transfer.to_linear())
    assert np.array_equal(found[[0, 3]], heights[[0, 3]])
    return 50 + float(found[1, STEPS // 2]), 50 + float(found[2, STEPS // 2])


@pytest.mark.parametrize("inside", [TOOTH, THROAT])
@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_edges_move_to_where_teeth_or_throat_end(inside: tuple[int, int, int], noise: float) -> None:
    assert slit(drawn(41, 60, inside, noise)) == pytest.approx((41, 60), abs=0.8)


def test_edges_that_are_right_stay() -> None:
    assert slit(drawn(45, 55, TOOTH)) == pytest.approx((45, 55), abs=0.3)
    assert slit(drawn(50, 50, TOOTH)) == (45, 55)


def test_a_shine_on_the_lip_is_no_tooth() -> None:
    bgr = drawn(45, 55, THROAT)
    bgr[59:62, 50:66] = (225, 225, 240)
    assert slit(bgr) == pytest.approx((45, 55), abs=0.5)


def test_a_lip_is_never_taken_whole() -> None:
    top, low = slit(drawn(0, 100, THROAT))
    assert 27 < top < 45
    assert 55 < low < 73
