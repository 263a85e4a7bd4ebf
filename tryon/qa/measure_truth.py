"""Poses, places and delays against what is known to be so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.qa import signals
from tryon.qa.measure_motion import LAG_STEP_MIN_PX, Curves, pieces, steps, trembling, usual_step_ms
from tryon.qa.results import Figures
from tryon.qa.series import Series
from tryon.replay import measures
from tryon.replay.anchors import CORNERS
from tryon.replay.truth import ClipTruth, TrueFrame

# Beyond this turn one pupil is seen too much from the side to be measured.
PD_YAW_MAX_DEG: Final = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """One frame: row of the series, what is so and what was seen."""

    row: int
    truth: TrueFrame
    true_pose: Pose
    seen_pose: Pose


def against(series: Series, truth: ClipTruth) -> tuple[Figures, Curves]:
    """``pose.…``, ``jitter.truth_px`` and ``lag.truth_ms``, over the frames in which a face is there and was seen."""
    pairs = _pairs(series, truth)
    figures: Figures = {}
    curves: Curves = {}
    if not pairs:
        return figures, curves
    errors = measures.pose_errors([pair.true_pose for pair in pairs], [pair.seen_pose for pair in pairs])
    figures["pose.rotation_error_deg"] = errors.rotation_deg
    figures["pose.rotation_error_max_deg"] = errors.rotation_deg_max
    figures["pose.rotation_centred_deg"] = errors.rotation_deg_centred
    figures["pose.distance_error_percent"] = errors.distance_percent
    curve = np.full(series.frames, np.nan)
    for pair in pairs:
        curve[pair.row] = measures.rotation_error_deg(pair.true_pose, pair.seen_pose)
    curves["pose.rotation_error_deg"] = curve
    _places(series, truth, pairs, figures)
    _following(series, truth, pairs, figures)
    return {name: value for name, value in figures.items() if np.isfinite(value)}, curves


def rotation_of(yaw_deg: float, pitch_deg: float, roll_deg: float) -> F64:
    """The rotation whose ``Pose.yaw_pitch_roll_deg`` these are; for faces that look towards the camera."""
    yaw, pitch, roll = np.radians((yaw_deg, pitch_deg, roll_deg))
    out = np.array([np.sin(yaw), -np.cos(yaw) * np.sin(pitch), -np.cos(yaw) * np.cos(pitch)])
    # Across the face lies at right angles to that, and its first two parts show the tilt.
    across = np.array([np.cos(roll), -np.sin(roll), 0.0])
    across[2] = -(across[0] * out[0] + across[1] * out[1]) / out[2]
    across /= np.linalg.norm(across)
    return np.column_stack([across, np.cross(out, across), out])


def _pairs(series: Series, truth: ClipTruth) -> list[_Pair]:
    columns = series.stacked(["index", "yaw", "pitch", "roll", "x", "y", "z"])
    found = []
    for row, (index, yaw, pitch, roll, *place) in enumerate(columns.tolist()):
        frame = truth.at(int(index))
        if frame is None or not frame.visible or not np.isfinite(yaw):
            continue
        pose = frame.pose
        true = Pose(rotation_of(pose.yaw_deg, pose.pitch_deg, pose.roll_deg), np.array(pose.t_mm))
        found.append(_Pair(row, frame, true, Pose(rotation_of(yaw, pitch, roll), np.array(place))))
    return found


def _places(series: Series, truth: ClipTruth, pairs: list[_Pair], figures: Figures) -> None:
    camera, rows = _camera(truth), np.array([pair.row for pair in pairs])
    # The replay may have scaled a large clip down.
    zoom = truth.head.width_px / series.column("width_px")[rows]
    seen = series.points(["nasion"])[rows, 0] * zoom[:, None]
    true = np.array([_nasion(pair, camera) for pair in pairs])
    mm_per_px = np.array([pair.true_pose.translation_mm[2] for pair in pairs]) / camera.focal_px
    figures["pose.bridge_error_mm"] = float(np.nanmean(np.linalg.norm(seen - true, axis=1) * mm_per_px))
    right, left = (
        series.stacked([f"mm.{side}_pupil.{axis}" for axis in "xyz"])[rows] for side in ("right", "left")
    )
    ahead = np.abs(series.column("yaw")[rows]) <= PD_YAW_MAX_DEG
    apart = np.linalg.norm(left - right, axis=1)[ahead]
    if np.isfinite(apart).any():
        figures["pose.pd_error_mm"] = abs(float(np.nanmedian(apart)) - truth.head.pd_mm)


def _following(series: Series, truth: ClipTruth, pairs: list[_Pair], figures: Figures) -> None:
    camera, t_ms = _camera(truth), series.column("t_ms")
    true = np.full((series.frames, len(CORNERS), 2), np.nan)
    for pair in pairs:
        zoom = series.column("width_px")[pair.row] / truth.head.width_px
        true[pair.row] = measures.frame_corners_px(pair.true_pose, camera) * zoom
    seen = series.points(CORNERS)
    parts = [part for part in pieces(series) if np.isfinite(true[part]).all()]
    away = trembling(t_ms, seen - true, parts)
    figures["jitter.truth_px"] = signals.rms(np.linalg.norm(away, axis=-1))
    late = signals.delay_frames(
        [steps(true[part]) for part in parts], [steps(seen[part]) for part in parts], LAG_STEP_MIN_PX
    )
    if late is not None:
        figures["lag.truth_ms"] = late * usual_step_ms(t_ms)


def _nasion(pair: _Pair, camera: Camera) -> F64:
    told = pair.truth.anchors_px.get("nasion")
    if told is not None:
        return np.array(told)
    return np.asarray(camera.project(pair.true_pose.translation_mm[None])[0], np.float64)


def _camera(truth: ClipTruth) -> Camera:
    head = truth.head
    return Camera.from_fov(head.width_px, head.height_px, head.fov_deg)
