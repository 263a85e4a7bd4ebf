"""The canvas of garments: coverage, lines, buttons and the picture's own coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.catalogue.garment_fabric import Fabric
from tryon.catalogue.garment_picture import FINER, MARGIN_CM, PX_PER_CM, Canvas, Part

SQUARE = np.array([[-4.0, -4.0], [4.0, -4.0], [4.0, 4.0], [-4.0, 4.0]])


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(np.array([-5.0, -5.0]), np.array([5.0, 5.0]), 3)


def test_coverage_is_the_area(canvas: Canvas) -> None:
    assert canvas.mask(SQUARE).sum() / canvas.scale**2 == pytest.approx(64.0, rel=0.03)
    band = canvas.band(np.array([[-4.0, 0.0], [4.0, 0.0]]), 1.0)
    assert band.sum() / canvas.scale**2 == pytest.approx(8.8, rel=0.15)


def test_the_picture_is_transparent_where_nothing_is(canvas: Canvas) -> None:
    canvas.add(Part(SQUARE, Fabric("#3060a0")))
    picture = canvas.picture()
    assert picture.shape[0] * FINER == canvas.shape[0]
    assert not picture[0].any()
    x, y = canvas.px(np.array([0.0, 0.0]))
    assert (x, y) == pytest.approx(((5 + MARGIN_CM) * PX_PER_CM,) * 2)
    assert picture[int(y), int(x), 3] == 255
    assert np.abs(picture[..., 3].astype(float).sum() / 255 / PX_PER_CM**2 - 64.0) < 2.5


def test_seams_and_buttons_show(canvas: Canvas) -> None:
    canvas.add(Part(SQUARE, Fabric("#808080"), depth=0.0))
    before = canvas.color.copy()
    canvas.stitch(np.array([[-3.0, -2.0], [3.0, -2.0]]))
    canvas.disc(np.array([0.0, 1.0]), 0.8, np.array([0.9, 0.1, 0.1]))
    row, column = (int((v - canvas.origin_cm[1]) * canvas.scale) for v in (-2.0, 0.0))
    assert canvas.color[row, column].mean() < 0.9 * before[row, column].mean()
    button = canvas.color[int((1.4 - canvas.origin_cm[1]) * canvas.scale), column]
    assert button[0] > 3 * button[1]
