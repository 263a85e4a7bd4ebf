"""Columns hold what records say, row by row, and tell apart what is zero from what nobody told."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.qa.series import Series, series_of
from tryon.replay.records import (
    AnchorRecord,
    ClipRecord,
    EndRecord,
    FaceRecord,
    FrameRecord,
    PoseRecord,
    RegionRecord,
    Take,
    TakeRecord,
    TimesRecord,
)


def face(x: float = 1.0, track: int = 1) -> FaceRecord:
    pose = PoseRecord(10.0, -5.0, 2.0, (x, 2.0, 600.0), 1.5)
    anchors = {
        name: AnchorRecord((x, 4.0), (x + 1, 5.0), (6.0, 7.0, 8.0)) for name in ("nasion", "left_pupil")
    }
    return FaceRecord(track, 0.9, 5, pose, pose, 1.02, 0.03, 1.6, 60.0, anchors)


def frame(index: int, *faces: FaceRecord, **more: object) -> FrameRecord:
    return FrameRecord(index, index * 40.0, 640, 480, faces, **more)  # type: ignore[arg-type]


def test_a_frame_becomes_a_row() -> None:
    series = Series()
    series.add(frame(0))
    region = RegionRecord((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    series.add(frame(1, face(7.0), face(99.0, 2), pixels={"leak.px": 3.0}, regions={"lips": region}))
    series.add(frame(2, failed=True))
    assert series.frames == 3
    assert series.column("t_ms").tolist() == [0.0, 40.0, 80.0]
    assert series.column("faces").tolist() == [0, 2, 0]
    assert series.column("failed").tolist() == [0, 0, 1]
    assert series.column("x")[1] == 7.0
    for name in ("x", "residual", "pixels.leak.px", "after.lips.b", "mm.left_pupil.z"):
        assert np.isnan(series.column(name)[[0, 2]]).all(), name
        assert np.isfinite(series.column(name)[1]), name
    assert series.points(["nasion"]).shape == (3, 1, 2)
    assert series.points(["nasion"])[1, 0].tolist() == [7.0, 4.0]
    assert series.points(["nasion"], raw=True)[1, 0].tolist() == [8.0, 5.0]
    assert series.names("pixels.") == ["pixels.leak.px"]


def test_what_nobody_tells_is_absent() -> None:
    series = Series()
    assert series.column("t_ms").shape == (0,)
    series.add(frame(0))
    assert not series.has("pixels.leak.px")
    assert np.isnan(series.column("pixels.leak.px")).all()
    assert series.ms() == {}


def test_times_add_up() -> None:
    series = Series()
    series.add_times(TimesRecord(0, {"perceive": 3.0, "encode": 1.0}))
    series.add_times(TimesRecord(1, {"perceive": 4.0, "makeup": 2.0}))
    steps = series.ms()
    assert steps["total"].tolist() == [4.0, 6.0]
    assert np.isnan(steps["makeup"][0])


def test_a_take_that_was_read_back_gives_the_same_columns() -> None:
    frames = tuple(frame(index, face(float(index))) for index in range(5))
    clip = ClipRecord("a.mp4", "0", 640, 480, 640, 480, 25.0, 5, 200.0)
    take = Take(TakeRecord("1", clip, "bare", {}), frames, EndRecord(5), (TimesRecord(0, {"decode": 1.0}),))
    one, other = series_of(take), Series()
    for record in frames:
        other.add(record)
    assert one.column("x") == pytest.approx(other.column("x"))
    assert one.ms()["total"].tolist() == [1.0]


def test_ten_minutes_take_little_room() -> None:
    series = Series()
    record = frame(0, face(), pixels={f"k{n}": 1.0 for n in range(20)})
    for _ in range(300):
        series.add(record)
    assert sum(len(column) * 8 for column in series._columns.values()) / 300 < 1000
