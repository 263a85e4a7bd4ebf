"""What one frame came to, as a record: numbers rounded, the dressed picture as a checksum."""

from __future__ import annotations

import numpy as np

from tryon.config import Settings
from tryon.frame import Frame
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.pipeline import Rendered
from tryon.replay.anchors import anchors
from tryon.replay.probes import Seen
from tryon.replay.records import (
    DEG_DIGITS,
    MM_DIGITS,
    MS_DIGITS,
    PART_DIGITS,
    PX_DIGITS,
    XYZ,
    FaceRecord,
    FrameRecord,
    PoseRecord,
    RegionRecord,
)
from tryon.replay.xxh64 import xxh64


def account(frame: Frame, rendered: Rendered | None, seen: Seen | None) -> FrameRecord:
    """The record of a frame that was worked on; ``rendered`` is None where the landmark model failed, and the picture
    then the camera's own."""
    t_ms = round(frame.t_ms, MS_DIGITS)
    size = (frame.width_px, frame.height_px)
    if rendered is None:
        return FrameRecord(frame.sequence, t_ms, *size, picture=xxh64(frame.bgr), failed=True)
    light, dirty = rendered.light, rendered.dirty
    return FrameRecord(
        frame.sequence,
        t_ms,
        *size,
        faces=tuple(_face(head) for head in rendered.heads),
        hints=rendered.hints,
        light_white=None if light is None else _triple(light.white, PART_DIGITS),
        light_skin=None if light is None else _plain(light.skin, PART_DIGITS),
        dirty=None if dirty is None else (dirty.x0, dirty.y0, dirty.x1, dirty.y1),
        regions={} if seen is None else {name: _region(region) for name, region in seen.regions.items()},
        pixels={} if seen is None else {name: _plain(value, PART_DIGITS) for name, value in seen.pixels.items()},
        picture=xxh64(rendered.bgr),
    )  # fmt: skip


def dropped(frame: Frame) -> FrameRecord:
    """The record of a frame that the live server would not have answered."""
    t_ms = round(frame.t_ms, MS_DIGITS)
    return FrameRecord(frame.sequence, t_ms, frame.width_px, frame.height_px, dropped=True)


def settings_record(settings: Settings) -> dict[str, float | int | str | bool | None]:
    """The settings that change the picture."""
    return {"horizontal_fov_deg": settings.horizontal_fov_deg, "max_faces": settings.max_faces}


def _face(head: Head) -> FaceRecord:
    points = anchors(head)
    right, left = points["right_pupil"].px, points["left_pupil"].px
    return FaceRecord(
        track=head.track,
        confidence=_plain(head.confidence, PART_DIGITS),
        frames_tracked=head.frames_tracked,
        pose=_pose(head.pose),
        raw_pose=_pose(head.raw_pose),
        scale=_plain(head.scale.value, PART_DIGITS),
        scale_sigma=_plain(head.scale.sigma, PART_DIGITS),
        px_per_mm=_plain(head.px_per_mm, PART_DIGITS),
        interpupillary_px=_plain(float(np.hypot(right[0] - left[0], right[1] - left[1])), PX_DIGITS),
        anchors=points,
    )


def _pose(pose: Pose) -> PoseRecord:
    yaw, pitch, roll = (_plain(angle, DEG_DIGITS) for angle in pose.yaw_pitch_roll_deg)
    return PoseRecord(
        yaw, pitch, roll, _triple(pose.translation_mm, MM_DIGITS), _plain(pose.residual_px, PX_DIGITS)
    )


def _region(region: RegionRecord) -> RegionRecord:
    return RegionRecord(_triple(region.lab_before, PX_DIGITS), _triple(region.lab_after, PX_DIGITS))


def _triple(values: object, digits: int) -> XYZ:
    x, y, z = (_plain(value, digits) for value in np.asarray(values, np.float64).tolist())
    return (x, y, z)


def _plain(value: float, digits: int) -> float:
    # A rounded -0.0 is another text than 0.0.
    return round(float(value), digits) + 0.0
