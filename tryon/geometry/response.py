"""What the landmark network makes of a head, and back: the constant part of its errors, taken out.

The network looks at a crop as if its camera faced it: its depths run along the ray to the face, not along the
camera's axis. It answers a nod by too little, sees a near face nodded, and one that is turned and nodded rolled. Those
parts are alike from head to head, so they are known beforehand; what differs from one person to the next stays.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at
from tryon.perception.smoothing import rotation_matrix

# The face's middle, that the crop is centred on, and how wide a face is; head space, mm.
MIDDLE_MM: Final = np.array([0.0, -28.0, -25.0])
FACE_MM: Final = 140.0
# By how much a fit misses the truth, in degrees about the head's own axes x, y and z, for the way from the head to the
# camera (a to its left, b up: sines) and the face's width over its distance (k). Weighted least squares over 1957
# pictures of 18 synthetic heads (nine people, each with its own and with other proportions) and of a scanned head whose
# upright is known from its shape, turned by up to 52° and nodded by up to 22°. Found from all but the person that it
# was tried on, it leaves within ±32° of yaw and ±17° of pitch 2.7° on the scanned head (3.8° before), 2.7° on the
# tests' portrait and 2.1-4.2° on six other people who look into the camera.
NOD: Final = (-10.3, 8.9, -7.6, 15.3)  # of b, k, a², kb
TURN: Final = (-1.4, 9.4)  # of a, ab
TILT: Final = (-1.8, 9.3)  # of a, ab
# Beyond what they were found from, the corrections stay what they are at its end.
SIDE_MAX: Final = 0.75
NEAR_MAX: Final = 0.45


def along_axis(points_px: F32, camera: Camera) -> F32:
    """The network's landmarks (478, 3) with depths that run along the camera's axis, as a pinhole camera has them."""
    out = points_px.copy()
    _straighten(out, at.RIGID, camera.focal_px, camera.cx_px, camera.cy_px)
    return out


@quick
def _straighten(points: F32, rigid: at.Indices, focal: float, cx: float, cy: float) -> None:
    x, y = 0.0, 0.0
    for i in range(rigid.shape[0]):
        x += points[rigid[i], 0] / rigid.shape[0]
        y += points[rigid[i], 1] / rigid.shape[0]
    across, down = (x - cx) / focal, (y - cy) / focal
    for i in range(points.shape[0]):
        points[i, 2] -= across * (points[i, 0] - x) + down * (points[i, 1] - y)


def answered(pose: Pose) -> Pose:
    """The head's pose behind a fit to the network's points; its origin, where glasses sit, stays in its place."""
    middle = pose.rotation @ MIDDLE_MM + pose.translation_mm
    towards = -(middle @ pose.rotation) / np.linalg.norm(middle)
    a, b = (min(max(float(side), -SIDE_MAX), SIDE_MAX) for side in towards[:2])
    k = min(FACE_MM / max(float(middle[2]), 1.0), NEAR_MAX)
    nod = NOD[0] * b + NOD[1] * k + NOD[2] * a * a + NOD[3] * k * b
    turn = TURN[0] * a + TURN[1] * a * b
    tilt = TILT[0] * a + TILT[1] * a * b
    missed = np.array([math.radians(nod), math.radians(turn), math.radians(tilt)])
    return Pose(pose.rotation @ rotation_matrix(-missed), pose.translation_mm, pose.residual_px)
