"""What perception hands to everything else: faces as named points in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tryon.frame import F32, Rect
from tryon.perception import landmarks as at
from tryon.perception.face_model import Region


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """One face in one frame, unsmoothed.

    ``points_px`` has shape (478, 3): x right and y down in pixels of the frame, pixel centres at integer + 0.5; z is
    relative depth in the same unit, growing away from the camera, zero near the head's centre of mass (weak
    perspective). ``confidence`` is the model's own probability that its region holds a face. ``track`` names the
    face from frame to frame within one session and says nothing about who it is.
    """

    points_px: F32
    confidence: float
    track: int
    frames_tracked: int

    def __post_init__(self) -> None:
        if self.points_px.shape != (at.POINT_COUNT, 3):
            raise ValueError(f"points_px is ({at.POINT_COUNT}, 3), not {self.points_px.shape}")

    def group(self, indices: at.Indices) -> F32:
        """The points of a named group (``landmarks.LIPS_OUTER`` and its kind), shape (n, 3)."""
        return self.points_px[indices]

    @property
    def box(self) -> Rect:
        """Bounding rectangle of the surface points."""
        low = self.points_px[: at.SURFACE_COUNT, :2].min(axis=0)
        high = self.points_px[: at.SURFACE_COUNT, :2].max(axis=0)
        return Rect(
            int(np.floor(low[0])), int(np.floor(low[1])), int(np.ceil(high[0])), int(np.ceil(high[1]))
        )

    @property
    def width_px(self) -> float:
        """Distance between the two traguses' points, in the picture."""
        return float(np.hypot(*(self.points_px[at.LEFT_TRAGUS, :2] - self.points_px[at.RIGHT_TRAGUS, :2])))


@dataclass(frozen=True, slots=True)
class Observation:
    """The faces of one frame, the one tracked longest first. After a ``cut`` it shows another scene than the last.
    ``others`` are where faces were seen lately that are not tracked: there are more than are followed."""

    faces: tuple[FaceObservation, ...]
    t_ms: float
    width_px: int
    height_px: int
    cut: bool = False
    others: tuple[Region, ...] = ()
