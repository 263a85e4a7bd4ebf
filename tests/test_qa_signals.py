"""The measures of signals on signals whose tremble, delay, slip and drift are known."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64
from tryon.qa import signals

COUNT = 600
T_MS = np.arange(COUNT) * 1000 / 30


def noise(seed: int, shape: tuple[int, ...], sigma: float = 1.0) -> F64:
    return np.asarray(np.random.default_rng(seed).normal(0, sigma, shape), np.float64)


def swing(t_ms: F64, amplitude: float = 60.0, period_ms: float = 2600.0) -> F64:
    return np.asarray(amplitude * np.sin(2 * np.pi * t_ms / period_ms), np.float64)


def test_white_noise_keeps_its_size_and_smooth_motion_counts_for_nothing() -> None:
    shaken = noise(1, (COUNT, 4), 0.5)
    assert signals.rms(signals.tremble(T_MS, shaken)) == pytest.approx(0.5, rel=0.05)
    moving = swing(T_MS)[:, None] + np.array([0.0, 100.0, 0.0, 0.0])
    assert signals.rms(signals.tremble(T_MS, moving)) < 0.05
    assert signals.rms(signals.tremble(T_MS, moving + shaken)) == pytest.approx(0.5, rel=0.05)


def test_a_variable_frame_rate_is_no_tremble() -> None:
    t_ms = np.cumsum(np.random.default_rng(2).choice([20.0, 33.3, 50.0], COUNT))
    assert signals.rms(signals.tremble(t_ms, swing(t_ms)[:, None])) < 0.2
    assert signals.rms(signals.tremble(np.arange(COUNT) * 33.3, swing(t_ms)[:, None])) > 0.5


def test_tremble_is_absent_near_the_ends_and_from_short_pieces() -> None:
    found = signals.tremble(T_MS, noise(3, (COUNT, 2)))
    assert np.isnan(found[:5]).all()
    assert np.isfinite(found[5:-5]).all()
    assert np.isnan(signals.tremble(T_MS[:6], noise(3, (6, 2)))).all()
    assert signals.tremble(T_MS[:0], noise(3, (0, 2))).shape == (0, 2)
    assert np.isnan(signals.rms(np.array([np.nan])))


def test_pieces_end_at_gaps_losses_and_other_faces() -> None:
    present = np.ones(20, np.bool_)
    present[5:7] = False
    track = np.where(np.arange(20) < 12, 1.0, 2.0)
    t_ms = np.arange(20) * 33.0
    t_ms[16:] += 500
    found = signals.segments(t_ms, present, track)
    assert found == [slice(0, 5), slice(7, 12), slice(12, 16), slice(16, 20)]
    assert signals.segments(t_ms, np.zeros(20, np.bool_), track) == []
    assert signals.segments(t_ms[:1], present[:1], track[:1]) == [slice(0, 1)]


@pytest.mark.parametrize("late", [-1.5, 0.0, 0.3, 1.0, 4.4])
def test_a_delay_is_found_between_frames_whatever_offset_and_noise(late: float) -> None:
    lead = np.diff(swing(T_MS))[:, None]
    seen = 0.8 * np.diff(swing(T_MS - late * 1000 / 30))[:, None] + noise(4, (COUNT - 1, 1), 0.1)
    pair = [np.hstack([lead, lead]), np.hstack([seen, seen])]
    assert signals.delay_frames(pair[:1], pair[1:], 0.8) == pytest.approx(late, abs=0.15)
    halves = [[part[:300], part[300:]] for part in pair]
    assert signals.delay_frames(halves[0], halves[1], 0.8) == pytest.approx(late, abs=0.15)


def test_what_hardly_moves_or_is_short_tells_no_delay() -> None:
    small = noise(5, (COUNT, 2), 0.1)
    assert signals.delay_frames([small], [small], 0.8) is None
    few = noise(5, (30, 2), 5.0)
    assert signals.delay_frames([few], [few], 0.8) is None
    assert signals.delay_frames([np.zeros((COUNT, 2))], [np.zeros((COUNT, 2))], 0.8) is None
    assert signals.delay_frames([], [], 0.8) is None


def test_a_late_product_does_not_slip_and_a_wandering_one_does() -> None:
    place = np.column_stack([swing(T_MS), 0.2 * swing(T_MS, period_ms=1900)])
    skin = np.diff(place, axis=0)
    half_late = np.diff(np.column_stack([swing(T_MS - 16), 0.2 * swing(T_MS - 16, period_ms=1900)]), axis=0)
    late, pushed = (
        signals.slip(1000 / 30, [skin], [further])[0]
        for further in (half_late - skin, np.tile([0.1, 0.0], (COUNT - 1, 1)))
    )
    assert signals.rms(late) < 0.1
    assert np.nanmedian(pushed) == pytest.approx(1.5, rel=0.05), "0.1 px a frame over 15 frames"
    assert np.isnan(late[:14]).all()


def test_tremble_is_hardly_slip() -> None:
    place = noise(6, (COUNT, 2), 0.5)
    found = signals.slip(1000 / 30, [np.zeros((COUNT - 1, 2))], [np.diff(place, axis=0)])[0]
    assert signals.rms(found) < 0.5 * np.sqrt(2 * 2 / 15) * 1.2
    short = signals.slip(1000 / 30, [np.zeros((10, 2))], [np.zeros((10, 2))])[0]
    assert np.isnan(short).all()


def test_a_trend_withstands_outliers() -> None:
    values = 2 + 0.0001 * T_MS + noise(7, (COUNT,), 0.02)
    values[100:160] += 3
    line = signals.trend(T_MS, values)
    assert line.end / line.start - 1 == pytest.approx(1.0, rel=0.05)
    calm = signals.trend(T_MS, np.full(COUNT, 5.0))
    assert (calm.start, calm.end, calm.off) == pytest.approx((5.0, 5.0, 0.0))
    assert signals.trend(T_MS[:1], np.ones(1)).end == 1.0
