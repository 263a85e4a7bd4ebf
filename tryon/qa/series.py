"""A take's numbers as columns: what the measures work on, some hundred numbers a frame, however long the clip."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.replay.anchors import CORNERS, FACE_POINTS
from tryon.replay.records import FaceRecord, FrameRecord, Take, TimesRecord

NAN: Final = float("nan")


class Series:
    """Columns of numbers, one row a frame; what a frame does not tell is NaN.

    Frames come in order, from a replay under way or from its records. Of several faces the first counts: it has been
    followed longest.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._columns: dict[str, array[float]] = {}
        self._ms: dict[str, array[float]] = {}
        self._timed = 0

    def add(self, frame: FrameRecord) -> None:
        """One more frame."""
        row: dict[str, float] = {
            "index": frame.index,
            "t_ms": frame.t_ms,
            "width_px": frame.width_px,
            "height_px": frame.height_px,
            "faces": len(frame.faces),
            "dropped": frame.dropped,
            "failed": frame.failed,
        }
        if frame.faces:
            row |= _face(frame.faces[0])
        for name, value in frame.pixels.items():
            row[f"pixels.{name}"] = value
        for name, region in frame.regions.items():
            for axis, before, after in zip("lab", region.lab_before, region.lab_after, strict=True):
                row[f"before.{name}.{axis}"], row[f"after.{name}.{axis}"] = before, after
        _append(self._columns, self.frames, row)
        self.frames += 1

    def add_times(self, times: TimesRecord) -> None:
        """One more frame's times."""
        _append(self._ms, self._timed, times.ms)
        self._timed += 1

    def column(self, name: str) -> F64:
        """One number a frame; all NaN where no frame tells it."""
        return _array(self._columns, name, self.frames)

    def has(self, name: str) -> bool:
        """Whether any frame tells it."""
        return name in self._columns

    def names(self, prefix: str) -> list[str]:
        """The columns whose names begin so."""
        return [name for name in self._columns if name.startswith(prefix)]

    def points(self, names: Iterable[str], *, raw: bool = False) -> F64:
        """Anchors in pixels, (frames, points, 2); ``raw``: through the unfiltered pose."""
        kind = "raw" if raw else "px"
        return np.stack(
            [np.stack([self.column(f"{kind}.{name}.{axis}") for axis in "xy"], axis=1) for name in names],
            axis=1,
        )

    def stacked(self, names: Sequence[str]) -> F64:
        """Several columns side by side, (frames, columns)."""
        return np.stack([self.column(name) for name in names], axis=1)

    def ms(self) -> dict[str, F64]:
        """Milliseconds of each step by frame, and ``total``, their sum; empty where nobody kept them."""
        steps = {name: _array(self._ms, name, self._timed) for name in self._ms}
        if steps:
            steps["total"] = np.nansum(np.stack(list(steps.values())), axis=0)
        return steps


def series_of(take: Take) -> Series:
    """The columns of a take that was read back."""
    series = Series()
    for frame in take.frames:
        series.add(frame)
    for times in take.times:
        series.add_times(times)
    return series


def _face(face: FaceRecord) -> dict[str, float]:
    pose = face.pose
    row: dict[str, float] = {
        "track": face.track,
        "yaw": pose.yaw_deg,
        "pitch": pose.pitch_deg,
        "roll": pose.roll_deg,
        "residual": pose.residual_px,
        "scale": face.scale,
        "ipd": face.interpupillary_px,
    }
    row["x"], row["y"], row["z"] = pose.t_mm
    for name in (*FACE_POINTS, *CORNERS):
        anchor = face.anchors.get(name)
        if anchor is None:
            continue
        row[f"px.{name}.x"], row[f"px.{name}.y"] = anchor.px
        row[f"raw.{name}.x"], row[f"raw.{name}.y"] = anchor.raw_px
        if name.endswith("pupil"):
            row[f"mm.{name}.x"], row[f"mm.{name}.y"], row[f"mm.{name}.z"] = anchor.mm
    return row


def _append(columns: dict[str, array[float]], count: int, row: dict[str, float]) -> None:
    for name, value in row.items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = array("d")
        # Rows that did not tell it are filled in when one does.
        if len(column) < count:
            column.extend([NAN] * (count - len(column)))
        column.append(value)


def _array(columns: dict[str, array[float]], name: str, count: int) -> F64:
    column = columns.get(name)
    values = np.full(count, NAN)
    if column is not None:
        values[: len(column)] = column
    return values
