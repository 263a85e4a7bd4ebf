"""HDR to sRGB: the published curves at their published points, and colours that come back."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64
from tryon.render.mesh import srgb_to_linear
from tryon.replay.tonemap import (
    _TO_709,
    PEAK_NITS,
    WHITE_NITS,
    Transfer,
    hlg_to_scene,
    nits_to_pq,
    pq_to_nits,
    rolled_off,
    to_sdr,
)

COLOURS = [
    (0, 0, 0),
    (10, 10, 10),
    (200, 120, 90),
    (60, 40, 35),
    (180, 30, 20),
    (20, 150, 40),
    (128, 128, 128),
]


def in_bt2020(rgb: tuple[int, int, int]) -> F64:
    """Linear BT.2020 light of an sRGB colour."""
    linear = srgb_to_linear(np.array(rgb, np.float32) / np.float32(255)).astype(np.float64)
    return np.asarray(linear @ np.linalg.inv(_TO_709.astype(np.float64)).T, np.float64)


def one(code: F64, transfer: Transfer, *, wide: bool = True) -> tuple[int, ...]:
    """The sRGB colour of one pixel of these codes 0..1."""
    rgb = np.rint(np.clip(code, 0, 1) * 65535).astype(np.uint16)
    return tuple(to_sdr(rgb[None, None], transfer, wide=wide)[0, 0, ::-1].tolist())


@pytest.mark.parametrize(
    ("code", "nits"), [(0.0, 0.0), (0.5081, 100.0), (0.5807, 203.0), (0.7518, 1000.0), (1.0, 10_000.0)]
)
def test_pq_is_st_2084(code: float, nits: float) -> None:
    # The pairs stand in BT.2408, table 1, and in BT.2100.
    assert pq_to_nits(np.array(code)) == pytest.approx(nits, rel=0.002, abs=1e-6)
    assert nits_to_pq(np.array(nits)) == pytest.approx(code, abs=2e-4)


@pytest.mark.parametrize(("code", "scene"), [(0.0, 0.0), (0.5, 1 / 12), (0.75, 0.2650), (1.0, 1.0)])
def test_hlg_is_bt_2100(code: float, scene: float) -> None:
    assert hlg_to_scene(np.array(code)) == pytest.approx(scene, abs=2e-4)


def test_the_roll_off_rises_from_black_to_white_and_spares_what_lies_below_the_knee() -> None:
    nits = np.linspace(0, PEAK_NITS, 500)
    rolled = rolled_off(nits)
    assert (np.diff(rolled) > 0).all()
    assert rolled[0] == pytest.approx(0, abs=1e-6)
    assert rolled[-1] == pytest.approx(WHITE_NITS, rel=1e-4)
    below = nits < 85
    assert rolled[below] == pytest.approx(nits[below], rel=1e-6, abs=1e-6)
    assert (rolled <= nits + 1e-6).all()


@pytest.mark.parametrize("rgb", COLOURS)
def test_a_colour_put_into_pq_comes_back(rgb: tuple[int, int, int]) -> None:
    seen = one(nits_to_pq(in_bt2020(rgb) * WHITE_NITS), Transfer.PQ)
    # Above sRGB code 175 the curve begins to bend.
    assert seen == pytest.approx(rgb, abs=6 if max(rgb) > 175 else 1)


def test_diffuse_white_stays_light_and_highlights_go_to_white() -> None:
    white = one(nits_to_pq(np.full(3, WHITE_NITS)), Transfer.PQ)
    bright = one(nits_to_pq(np.full(3, PEAK_NITS)), Transfer.PQ)
    assert 220 <= white[0] < 240
    assert bright == (255, 255, 255)
    assert len(set(white)) == 1


def test_a_bright_colour_keeps_its_hue() -> None:
    nits = np.array([800.0, 400.0, 200.0])
    rgb = np.array(one(nits_to_pq(nits), Transfer.PQ, wide=False), np.float32)
    linear = srgb_to_linear(rgb / np.float32(255))
    assert linear / linear[0] == pytest.approx([1, 0.5, 0.25], abs=0.02)


def test_hlg_shows_its_diffuse_white_as_pq_does() -> None:
    # BT.2408: HLG 75 % is diffuse white, 203 cd/m² on a screen of 1000.
    hlg = one(np.full(3, 0.75), Transfer.HLG)
    pq = one(nits_to_pq(np.full(3, WHITE_NITS)), Transfer.PQ)
    assert hlg == pytest.approx(pq, abs=1)
    assert one(np.zeros(3), Transfer.HLG) == (0, 0, 0)


def test_wide_gamut_without_hdr_changes_primaries_only() -> None:
    assert one(np.array([0.2, 0.4, 0.8]), Transfer.SDR, wide=False) == (51, 102, 204)
    assert one(np.full(3, 0.5), Transfer.SDR) == pytest.approx((128, 128, 128), abs=1)
    saturated = one(np.array([0.2, 0.6, 0.2]), Transfer.SDR)
    assert saturated[0] < 51
    assert saturated[1] > 153
