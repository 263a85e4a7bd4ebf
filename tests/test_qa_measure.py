"""A take's figures from records with known losses, truth, times and colours."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.qa.definitions import definition
from tryon.qa.measure import WORST_APART_FRAMES, measure_take
from tryon.qa.measure_motion import size_ratio
from tryon.qa.measure_truth import rotation_of
from tryon.qa.series import Series
from tryon.replay.anchors import CORNERS, FACE_POINTS
from tryon.replay.measures import frame_corners_px
from tryon.replay.motion import Move, yaw
from tryon.replay.records import (
    AnchorRecord,
    FaceRecord,
    FrameRecord,
    PoseRecord,
    RegionRecord,
    TimesRecord,
)
from tryon.replay.synth import orientation
from tryon.replay.truth import ClipTruth, TrueFrame, TruePose, TruthHead

CAMERA = Camera.from_fov(640, 480, 63)
COUNT = 120
PUPILS_MM = 62.0


def pose_record(pose: Pose) -> PoseRecord:
    yaw_deg, pitch_deg, roll_deg = pose.yaw_pitch_roll_deg
    x, y, z = pose.translation_mm.tolist()
    return PoseRecord(yaw_deg, pitch_deg, roll_deg, (x, y, z), 1.25)


def pose(yaw_deg: float = 0.0, z_mm: float = 500.0, x_mm: float = 0.0) -> Pose:
    return Pose(rotation_of(yaw_deg, 0.0, 0.0), np.array([x_mm, 0.0, z_mm]))


def shaken(count: int) -> list[Pose]:
    """A head that turns to and fro on its neck."""
    moves = [yaw(25, 60, 1e4).at(i * 1000 / 30) for i in range(count)]
    return [pose(move.yaw_deg, x_mm=2 * move.yaw_deg) for move in moves]


def face(
    seen: Pose, raw: Pose | None = None, shift_px: float = 0.0, pupils_mm: float = PUPILS_MM
) -> FaceRecord:
    places = {name: np.zeros(3) for name in FACE_POINTS}
    places["right_pupil"], places["left_pupil"] = (np.array([side * pupils_mm / 2, 0, 0]) for side in (-1, 1))
    anchors = {}
    for name, place in places.items():
        mm = seen.to_camera(place[None])
        (x, y), (u, v) = (
            camera.tolist()
            for camera in (CAMERA.project(mm)[0], CAMERA.project((raw or seen).to_camera(place[None]))[0])
        )
        anchors[name] = AnchorRecord((x + shift_px, y), (u, v), tuple(mm[0].tolist()))
    for name, px, raw_px in zip(
        CORNERS, frame_corners_px(seen, CAMERA), frame_corners_px(raw or seen, CAMERA), strict=True
    ):
        anchors[name] = AnchorRecord(
            (float(px[0]) + shift_px, float(px[1])), tuple(raw_px.tolist()), (0.0, 0.0, 500.0)
        )
    right, left = anchors["right_pupil"].px, anchors["left_pupil"].px
    apart = float(np.hypot(left[0] - right[0], left[1] - right[1]))
    return FaceRecord(1, 1.0, 1, pose_record(seen), pose_record(raw or seen), 1.0, 0.04, 1.5, apart, anchors)


def frame(index: int, *faces: FaceRecord, step_ms: float = 1000 / 30) -> FrameRecord:
    return FrameRecord(index, index * step_ms, 640, 480, faces)


def series_with(frames: list[FrameRecord]) -> Series:
    series = Series()
    for record in frames:
        series.add(record)
    return series


def truth_of(poses: list[Pose], visible: list[bool] | None = None) -> ClipTruth:
    head = TruthHead(
        "truth", "a.mp4", 640, 480, 63.0, 30.0, PUPILS_MM, 11.7, "yaw", 0.0, "plain", (1.0, 1.0, 1.0), 1.0, 40.0,
        "raw", 0, "none", "0",
    )  # fmt: skip
    frames = []
    for index, true in enumerate(poses):
        told = pose_record(true)
        place = TruePose(told.yaw_deg, told.pitch_deg, told.roll_deg, told.t_mm)
        frames.append(TrueFrame(index, index * 1000 / 30, visible is None or visible[index], place))
    return ClipTruth(head, tuple(frames))


def test_losses_are_counted_and_timed() -> None:
    frames = [
        frame(i) if i < 3 or 50 <= i < 70 or 90 <= i < 93 else frame(i, face(pose())) for i in range(COUNT)
    ]
    figures = measure_take(series_with(frames)).figures
    assert figures["detect.rate"] == pytest.approx(100 * (COUNT - 26) / COUNT)
    assert figures["detect.losses"] == 2, "before the first face nothing is lost"
    assert figures["detect.longest_loss_ms"] == pytest.approx(20 * 1000 / 30)
    assert figures["detect.reacquire_ms"] == pytest.approx(23 / 2 * 1000 / 30)


def test_a_loss_that_lasts_to_the_end_counts() -> None:
    frames = [frame(i, *([face(pose())] if i < 100 else [])) for i in range(COUNT)]
    figures = measure_take(series_with(frames)).figures
    assert figures["detect.longest_loss_ms"] == pytest.approx(20 * 1000 / 30)
    assert "detect.reacquire_ms" not in figures


def test_a_face_that_is_away_is_not_lost() -> None:
    visible = [not 40 <= i < 60 for i in range(COUNT)]
    frames = [frame(i, *([] if 41 <= i < 63 else [face(pose())])) for i in range(COUNT)]
    figures = measure_take(series_with(frames), truth_of([pose()] * COUNT, visible)).figures
    assert figures["detect.rate"] == pytest.approx(97.0)
    assert figures["detect.false_percent"] == pytest.approx(5.0), "one frame of the twenty"
    assert figures["detect.reacquire_ms"] == pytest.approx(100.0)
    assert figures["detect.losses"] == 1


def test_dropped_and_failed_frames_are_told() -> None:
    frames = [frame(i, face(pose())) for i in range(60)]
    frames[10] = dataclasses.replace(frame(10), dropped=True)
    frames[20] = dataclasses.replace(frame(20), failed=True)
    figures = measure_take(series_with(frames)).figures
    assert figures["drops.percent"] == figures["drops.failed_percent"] == pytest.approx(100 / 60)
    assert figures["detect.rate"] == pytest.approx(100 * 58 / 59)


def test_tremble_and_delay_of_corners() -> None:
    random = np.random.default_rng(3)
    still = series_with([frame(i, face(pose(), shift_px=float(random.normal(0, 0.4)))) for i in range(300)])
    figures = measure_take(still).figures
    assert figures["jitter.corner_px"] == pytest.approx(0.4, rel=0.1)
    assert figures["jitter.lips_px"] == pytest.approx(0.4, rel=0.1)
    ipd = float(np.median(still.column("ipd")))
    assert figures["jitter.corner_ipd_percent"] == pytest.approx(100 * figures["jitter.corner_px"] / ipd)
    assert figures["jitter.raw_px"] < 0.01
    assert "lag.ms" not in figures
    turns = shaken(COUNT + 1)
    late = series_with([frame(i, face(turns[i], raw=turns[i + 1])) for i in range(COUNT)])
    assert measure_take(late).figures["lag.ms"] == pytest.approx(1000 / 30, abs=1.0)


def test_size_that_grows_is_drift_and_a_head_that_comes_nearer_is_none() -> None:
    near = [pose(z_mm=600 - 2 * i) for i in range(COUNT)]
    steady = measure_take(series_with([frame(i, face(near[i])) for i in range(COUNT)])).figures
    assert steady["scale.drift_percent"] < 0.01
    grows = series_with(
        [frame(i, face(near[i], pupils_mm=PUPILS_MM * (1 + 0.02 * i / COUNT))) for i in range(COUNT)]
    )
    assert size_ratio(grows)[0] == pytest.approx(140 / PUPILS_MM, rel=0.01)
    # Three quarters of it lie behind the first second.
    assert measure_take(grows).figures["scale.drift_percent"] == pytest.approx(1.5, abs=0.1)
    short = series_with([frame(i, face(pose())) for i in range(60)])
    assert "scale.drift_percent" not in measure_take(short).figures


@pytest.mark.parametrize("angles", [(0.0, 0.0, 0.0), (25.0, -10.0, 15.0), (-40.0, 20.0, -30.0)])
def test_angles_and_rotations_are_one(angles: tuple[float, float, float]) -> None:
    rotation = rotation_of(*angles)
    assert rotation.T @ rotation == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    assert Pose(rotation, np.zeros(3)).yaw_pitch_roll_deg == pytest.approx(angles)
    move = Move(*angles)
    made = np.diag([1.0, -1.0, -1.0]) @ orientation(move.yaw_deg, move.pitch_deg, move.roll_deg)
    assert rotation_of(*Pose(made, np.zeros(3)).yaw_pitch_roll_deg) == pytest.approx(made)


def test_errors_against_the_truth() -> None:
    seen = [pose(3.0 if i % 2 else 5.0, 510.0) for i in range(COUNT)]
    true = [pose(0.0, 500.0)] * COUNT
    figures = measure_take(
        series_with([frame(i, face(seen[i], pupils_mm=60.0)) for i in range(COUNT)]), truth_of(true)
    ).figures
    assert figures["pose.rotation_error_deg"] == pytest.approx(4.0)
    assert figures["pose.rotation_error_max_deg"] == pytest.approx(5.0)
    assert figures["pose.rotation_centred_deg"] == pytest.approx(1.0)
    assert figures["pose.distance_error_percent"] == pytest.approx(2.0)
    assert figures["pose.bridge_error_mm"] == pytest.approx(0.0, abs=1e-6)
    assert figures["pose.pd_error_mm"] == pytest.approx(2.0)
    shifted = measure_take(
        series_with([frame(i, face(true[i], shift_px=3.0)) for i in range(COUNT)]), truth_of(true)
    )
    assert shifted.figures["pose.bridge_error_mm"] == pytest.approx(3.0 * 500 / CAMERA.focal_px)


def test_delay_behind_the_truth() -> None:
    true = shaken(COUNT)
    seen = [true[max(i - 2, 0)] for i in range(COUNT)]
    figures = measure_take(
        series_with([frame(i, face(seen[i])) for i in range(COUNT)]), truth_of(true)
    ).figures
    assert figures["lag.truth_ms"] == pytest.approx(2000 / 30, abs=3)
    assert "lag.ms" in figures
    assert figures["lag.ms"] == pytest.approx(0, abs=1), "the filters are not to blame"


def test_colours_edges_leaks_and_occlusion_are_pooled() -> None:
    frames = []
    for i in range(40):
        lips = RegionRecord((60.0, 20.0, 10.0), (45.0, 40.0, 20.0))
        cheeks = RegionRecord((70.0, 10.0, 15.0), (70.0 - (i % 2), 10.0, 15.0))
        pixels = {
            "leak.px": float(i == 7), "leak.outside_dirty_px": 0.0, "edge.frame_change": 5.0, "edge.frame_added": 50.0,
            "edge.lips_change": 0.0, "edge.lips_added": 50.0, "colour.shade_de00": 2.0, "colour.lighter": -1.0,
            "colour.redder": 0.5, "colour.yellower": 0.0,
        }  # fmt: skip
        if i == 5:
            pixels |= {"occlusion.inside_px": 200.0, "occlusion.over_px": 50.0, "occlusion.outside_px": 0.0}
        frames.append(
            dataclasses.replace(
                frame(i, face(pose())), pixels=pixels, regions={"lips": lips, "cheeks": cheeks}
            )
        )
    measured = measure_take(series_with(frames))
    figures = measured.figures
    assert figures["leak.px"] == pytest.approx(1 / 40)
    assert figures["leak.outside_dirty_px"] == 0
    assert figures["edge.flicker"] == pytest.approx(5.0)
    assert (figures["colour.shade_de00"], figures["colour.lighter"], figures["colour.redder"]) == (
        2.0,
        -1.0,
        0.5,
    )
    assert figures["colour.flicker_de00"] == 0
    assert 0.3 < figures["colour.skin_de00"] < 0.5
    assert figures["occlusion.false_percent"] == 25
    assert "occlusion.missing_percent" not in figures
    leaks = [worst for worst in measured.worst if worst.measure == "leak.px"]
    assert [(worst.index, worst.value) for worst in leaks] == [(7, 1.0)]


def test_cost_comes_from_the_times() -> None:
    series = series_with([frame(i, face(pose())) for i in range(4)])
    for i, ms in enumerate((1.0, 2.0, 3.0, 14.0)):
        series.add_times(TimesRecord(i, {"perceive": ms, "encode": 1.0}))
    figures = measure_take(series, peak_mb=321.0).figures
    assert figures["latency.perceive.p50_ms"] == 2.5
    assert figures["latency.total.p95_ms"] == pytest.approx(np.percentile([2, 3, 4, 15], 95))
    assert figures["speed.fps"] == pytest.approx(4 / 0.024)
    assert figures["memory.peak_mb"] == 321.0
    assert measure_take(series, wall_s=2.0).figures["speed.fps"] == 2.0


def test_a_take_without_faces_or_frames_is_measured_all_the_same() -> None:
    empty = measure_take(Series())
    assert (empty.figures, empty.worst) == ({}, ())
    bare = measure_take(series_with([frame(i) for i in range(10)]), truth_of([pose()] * 10))
    assert bare.figures == {"drops.percent": 0.0, "drops.failed_percent": 0.0, "detect.rate": 0.0}
    one = measure_take(series_with([frame(0, face(pose()))]), truth_of([pose()]))
    assert one.figures["pose.residual_px"] == 1.25
    assert "jitter.corner_px" not in one.figures


def test_every_figure_is_finite_and_defined_and_worst_frames_lie_apart() -> None:
    random = np.random.default_rng(8)
    frames = [frame(i, face(pose(), shift_px=float(random.normal(0, 1)))) for i in range(COUNT)]
    measured = measure_take(series_with(frames), truth_of([pose()] * COUNT), wall_s=1.0, peak_mb=1.0)
    for name, value in measured.figures.items():
        assert definition(name).id == name
        assert np.isfinite(value), name
    for name, curve in measured.curves.items():
        assert definition(name).id == name
        assert curve.shape == (COUNT,)
    trembling = [worst.index for worst in measured.worst if worst.measure == "jitter.corner_px"]
    assert abs(trembling[0] - trembling[1]) > WORST_APART_FRAMES
