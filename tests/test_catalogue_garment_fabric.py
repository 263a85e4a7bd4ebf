"""Cloth as fields: seeded, in range, and of the colours that it is told."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from tryon.catalogue.garment_fabric import Fabric, Print, Weave, dye, linear, noise, relief
from tryon.frame import F32

SHAPE = (60, 80)
PX_PER_CM = 8.0


@pytest.fixture(scope="module")
def places() -> tuple[F32, F32]:
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32) / np.float32(PX_PER_CM)
    return y, x


def test_noise_is_seeded_and_of_unit_deviation() -> None:
    one, again, other = (noise(SHAPE, (6.0, 14.0), seed, 30.0) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.std() == pytest.approx(1.0, abs=1e-3)


def test_noise_is_as_coarse_as_asked_along_its_grain() -> None:
    field = noise((200, 200), (4.0, 20.0), 3)
    across, along = (np.abs(np.diff(field, axis=axis)).mean() for axis in (1, 0))
    assert across > 2.5 * along
    turned = noise((200, 200), (4.0, 20.0), 3, 90.0)
    across, along = (np.abs(np.diff(turned, axis=axis)).mean() for axis in (1, 0))
    assert along > 2.5 * across


@pytest.mark.parametrize("weave", get_args(Weave))
def test_every_weave_has_relief(weave: Weave, places: tuple[F32, F32]) -> None:
    height = relief(Fabric("#808080", weave), *places, PX_PER_CM, 1)
    assert height.shape == SHAPE
    assert 1e-4 < height.std() < 0.2


@pytest.mark.parametrize("print_", get_args(Print))
def test_every_print_lies_between_its_two_colours(print_: Print, places: tuple[F32, F32]) -> None:
    fabric = Fabric("#204080", print=print_, second="#e0d0c0")
    color = dye(fabric, *places, PX_PER_CM, 1)
    low, high = linear("#204080"), linear("#e0d0c0")
    assert color.shape == (*SHAPE, 3)
    assert (color > low * 0.85).all()
    assert (color < high * 1.15).all()
    assert (color.std(axis=(0, 1)).max() > 0.02) == (print_ != "plain")
