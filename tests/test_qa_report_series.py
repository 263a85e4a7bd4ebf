"""What a report plots: envelopes that lose no extreme, stretches, distributions."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.qa.report_series import (
    BINS,
    Line,
    Plot,
    Timeline,
    as_data,
    envelope,
    histogram,
    restlessness,
    timeline,
)
from tryon.qa.results import TakeResult
from tryon.replay.records import AnchorRecord, FaceRecord, PoseRecord, Take, read_takes

POSE = PoseRecord(0.0, 0.0, 0.0, (0.0, 0.0, 600.0), 0.0)


def face(x_px: float, track: int = 1) -> FaceRecord:
    anchor = AnchorRecord((x_px, 0.0), (2 * x_px, 0.0), (0.0, 0.0, 0.0))
    return FaceRecord(track, 1.0, 1, POSE, POSE, 1.0, 0.0, 1.0, 50.0, {"nasion": anchor})


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory, coded_take: Callable[..., TakeResult]) -> Take:
    folder = tmp_path_factory.mktemp("take")
    result = coded_take(folder, frames=20, lost=4, roles=())
    (found,) = read_takes(folder / result.files["records"])
    return found


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=300), st.integers(1, 300))
def test_an_envelope_keeps_every_extreme(values: list[float | None], points: int) -> None:
    told = np.array([np.nan if value is None else value for value in values])
    low, high = envelope(told, points)
    assert len(low) == min(len(values), points)
    known = [value for value in values if value is not None]
    kept_low = [value for value in low if value is not None]
    kept_high = kept_low if high is None else [value for value in high if value is not None]
    assert bool(kept_low) == bool(known)
    if known:
        assert min(kept_low) == pytest.approx(min(known), rel=1e-3)
        assert max(kept_high) == pytest.approx(max(known), rel=1e-3)


def test_a_short_take_is_kept_frame_by_frame() -> None:
    assert envelope(np.array([1.0, np.nan, 3.0]), 3) == ([1.0, None, 3.0], None)
    assert envelope(np.array([1.0, np.nan, 3.0, 4.0]), 2) == ([1.0, 3.0], [1.0, 4.0])


def test_ten_minutes_take_no_more_room_than_a_screen_has() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=18_000)
    values[9_000] = 50.0
    line = Timeline(
        np.arange(18_000) * 1000 / 30, tuple(range(18_000)), (Plot("a", "px", "", (Line("a", values),)),)
    )
    data = as_data(line)
    assert data["points"] == 1200
    assert max(data["plots"][0]["lines"][0]["high"]) == 50.0
    assert len(json.dumps(data)) < 150_000


def test_times_come_back_to_a_tenth_of_a_millisecond() -> None:
    t_ms = np.cumsum(np.random.default_rng(2).uniform(1, 90, 500))
    deltas = as_data(Timeline(t_ms - t_ms[0], tuple(range(500))))["deltas"]
    assert np.abs(np.cumsum(deltas) / 10 - (t_ms - t_ms[0])).max() <= 0.05


def test_frames_with_gaps_in_their_numbers_keep_them() -> None:
    assert as_data(Timeline(np.arange(3.0), (4, 5, 6)))["indices"] is None
    assert as_data(Timeline(np.arange(3.0), (4, 6, 7)))["indices"] == (4, 6, 7)


def test_a_distribution_counts_every_value_once() -> None:
    values = np.concatenate([np.arange(1000.0), [1e6], [np.nan]])
    shape = histogram(values)
    assert shape is not None
    assert sum(shape["counts"]) == shape["n"] == 1001
    assert len(shape["counts"]) == BINS
    assert (shape["low"], shape["max"], shape["p50"]) == (0.0, 1e6, 500.0)
    assert shape["high"] < 1000, "one value far away does not flatten the rest"
    assert histogram(np.array([np.nan])) is None
    assert sum((histogram(np.array([3.0, 3.0])) or {})["counts"]) == 2


def test_even_motion_is_no_restlessness() -> None:
    steady = [face(float(x)) for x in range(5)]
    assert restlessness(steady)[1:4] == pytest.approx(0)
    shaken = [face(x) for x in (0.0, 1.0, 0.0)]
    assert restlessness(shaken)[1] == pytest.approx(1.0)
    assert restlessness(shaken, raw=True)[1] == pytest.approx(2.0)


def test_restlessness_needs_the_same_face_on_both_sides() -> None:
    for faces in ([face(0), None, face(0)], [face(0), face(1), face(0, track=2)], [face(0), face(1)]):
        assert np.isnan(restlessness(faces)).all()


def test_a_take_tells_its_plots_stretches_and_colours(take: Take) -> None:
    line = timeline(take, {"slip.px": np.linspace(0, 1, 20)})
    assert line.plots[0].title == "Slip of glasses on the skin"
    assert line.plots[0].measure == "slip.px"
    steps = next(plot for plot in line.plots if plot.unit == "ms")
    assert [part.name for part in steps.lines] == ["total", "perceive", "encode"]
    assert steps.lines[0].values[0] == pytest.approx(4.5)
    assert [(s.kind, s.first, s.last) for s in line.stretches] == [("lost", 10, 13), ("hint", 0, 4)]
    assert {strip.name for strip in line.strips} == {"forehead", "lips"}
    assert np.isnan(line.strips[0].before[10:14]).all()


def test_what_has_no_value_is_not_plotted_and_what_never_changes_is_a_sentence(take: Take) -> None:
    data = as_data(timeline(take, {"slip.px": np.full(20, np.nan)}))
    titles = [plot["title"] for plot in data["plots"]]
    assert "Slip of glasses on the skin" not in titles
    assert {"title": "Pixels changed outside the product", "measure": "leak.px", "text": "0\u202fpx"} in data[
        "still"
    ]
    assert "Pixels changed outside the product" not in titles
