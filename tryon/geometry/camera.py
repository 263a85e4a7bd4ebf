"""The pinhole camera.

Camera space: millimetres, x right, y down, z away from the camera, origin at the pinhole. Pixel centres lie at integer
+ 0.5. A browser does not tell its camera's field of view, so one is assumed and stated (``Settings``:
``horizontal_fov_deg``); a wrong one leaves the picture of the face's front alone and shows in how far the temples
converge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tryon.frame import F64


@dataclass(frozen=True, slots=True)
class Camera:
    """Focal length and principal point in pixels; no distortion."""

    width_px: int
    height_px: int
    focal_px: float
    cx_px: float
    cy_px: float

    @classmethod
    def from_fov(cls, width_px: int, height_px: int, fov_deg: float) -> Camera:
        """A camera whose *longer* side spans ``fov_deg``: a phone held upright has the field of a laptop, turned."""
        half = math.radians(fov_deg) / 2
        focal = max(width_px, height_px) / 2 / math.tan(half)
        return cls(width_px, height_px, focal, width_px / 2, height_px / 2)

    def project(self, points_mm: F64) -> F64:
        """Pixels (n, 2) of camera-space points (n, 3) before the camera."""
        points = np.asarray(points_mm, np.float64)
        return np.asarray(
            points[:, :2] * (self.focal_px / points[:, 2:3]) + (self.cx_px, self.cy_px), np.float64
        )
