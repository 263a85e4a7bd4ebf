"""The head's pose: a rigid fit of a head shape to landmarks under a perspective camera.

Only points that ride on bone take part (``landmarks.RIGID``), so speaking and laughing do not move the pose. The fit
starts from the axes that the eyes and the midline span and is refined by Gauss-Newton on the reprojection, with the
network's depth kept as a weak third coordinate: the picture says where a point is to a fraction of a pixel, the depth
only to some percent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.perception import landmarks as at

# A point's weight is the inverse of the network's own error there (``HeadTemplate.error_part``), floored: no point is
# better than this part of the eyes' distance. Its depth counts half of what its error alone would give it, because the
# depths' errors go together.
ERROR_FLOOR: Final = 0.010
ERROR_UNIT: Final = 0.015
DEPTH_TRUST: Final = 0.5
ITERATIONS: Final = 6
# The forehead's middle and the lowest point of the nose's bony ridge: the midline.
FOREHEAD: Final = 151
NOSE_LOW: Final = 195
FACE_MM: Final = 140.0
# Beyond this many pixels for a 200 px face, a point's residual counts linearly (Huber): hair or a hand on it.
HUBER_PART: Final = 0.015


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """``rotation`` (3, 3) and ``translation_mm`` (3,): camera = rotation · head + translation.

    ``residual_px`` is the RMS distance of the rigid points from their projections.
    """

    rotation: F64
    translation_mm: F64
    residual_px: float = 0.0

    @property
    def matrix(self) -> F64:
        """4×4 ``camera_from_head``."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.translation_mm
        return matrix

    def to_camera(self, points_mm: F64) -> F64:
        """Head-space points (n, 3) in camera space."""
        return np.asarray(points_mm @ self.rotation.T + self.translation_mm, np.float64)

    def scaled(self, scale: float) -> Pose:
        """The same picture of a head ``scale`` times as large, as far away again."""
        return Pose(self.rotation, self.translation_mm * scale, self.residual_px)

    @property
    def yaw_pitch_roll_deg(self) -> tuple[float, float, float]:
        """Turn to the wearer's left, nod up, and tilt towards the wearer's right shoulder; zero facing the camera."""
        # The head's axes seen in a camera with y up and z towards it: the second and third rows change sign.
        r = self.rotation
        yaw = math.atan2(r[0, 2], math.hypot(r[1, 2], r[2, 2]))
        pitch = math.atan2(-r[1, 2], -r[2, 2])
        roll = math.atan2(-r[1, 0], r[0, 0])
        return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


# Camera axes (y down, z away) from axes with y up and z towards the camera.
FLIP: Final = np.diag([1.0, -1.0, -1.0])


def fit_pose(points_px: F32, camera: Camera, shape_mm: F64) -> Pose:
    """Fit ``shape_mm`` (478, 3) to landmarks (478, 3). The pose's millimetres are the shape's."""
    seen = points_px[at.RIGID].astype(np.float64)
    head = np.ascontiguousarray(shape_mm[at.RIGID])
    rotation, translation = np.empty((3, 3)), np.empty(3)
    view = (camera.focal_px, camera.cx_px, camera.cy_px)
    _start(rotation, translation, seen, head, view)
    face_px = FACE_MM * camera.focal_px / translation[2]
    residual = _refine(rotation, translation, seen, head, _weights(), view, HUBER_PART * face_px, ITERATIONS)
    return Pose(rotation, translation, residual)


@cache
def _weights() -> F64:
    """Weights of the rigid points across the picture and in depth, (n, 2)."""
    weights = ERROR_UNIT / np.maximum(template().error_part[at.RIGID], ERROR_FLOOR)
    weights[:, 1] *= DEPTH_TRUST
    return np.ascontiguousarray(weights)


# Places within RIGID of the outer eye corners and of the two ends of the midline.
_RIGHT, _LEFT, _TOP, _BOTTOM = (
    int(np.flatnonzero(point == at.RIGID)[0])
    for point in (at.RIGHT_EYE_OUTER, at.LEFT_EYE_OUTER, FOREHEAD, NOSE_LOW)
)


@quick
def _axes(points: F64, out: F64) -> float:
    """Right-handed unit axes, as columns: across the eyes, up the midline, out; returns the distance of the eyes."""
    across, up = np.empty(3), np.empty(3)
    for k in range(3):
        across[k] = points[_LEFT, k] - points[_RIGHT, k]
        up[k] = points[_TOP, k] - points[_BOTTOM, k]
    length = math.sqrt(across[0] ** 2 + across[1] ** 2 + across[2] ** 2)
    along = 0.0
    for k in range(3):
        across[k] /= length
        along += across[k] * up[k]
    size = 0.0
    for k in range(3):
        up[k] -= along * across[k]
        size += up[k] * up[k]
    size = math.sqrt(size)
    for k in range(3):
        out[k, 0] = across[k]
        out[k, 1] = up[k] / size
    out[0, 2] = out[1, 0] * out[2, 1] - out[2, 0] * out[1, 1]
    out[1, 2] = out[2, 0] * out[0, 1] - out[0, 0] * out[2, 1]
    out[2, 2] = out[0, 0] * out[1, 1] - out[1, 0] * out[0, 1]
    return length


@quick
def _start(rotation: F64, translation: F64, seen: F64, head: F64, view: tuple[float, float, float]) -> None:
    """A first pose within some degrees: the axes of the eyes and the midline in both, under weak perspective."""
    focal, cx, cy = view
    there, here = np.empty((3, 3)), np.empty((3, 3))
    seen_length = _axes(seen, there)
    scale = seen_length / _axes(head, here)
    for i in range(3):
        for j in range(3):
            rotation[i, j] = there[i, 0] * here[j, 0] + there[i, 1] * here[j, 1] + there[i, 2] * here[j, 2]
    count = seen.shape[0]
    centre, middle = np.zeros(3), np.zeros(3)
    for i in range(count):
        for k in range(3):
            centre[k] += seen[i, k] / count
            middle[k] += head[i, k] / count
    translation[0] = (centre[0] - cx) / scale
    translation[1] = (centre[1] - cy) / scale
    translation[2] = focal / scale
    for i in range(3):
        for j in range(3):
            translation[i] -= rotation[i, j] * middle[j]


@quick
def _refine(
    rotation: F64,
    translation: F64,
    seen: F64,
    head: F64,
    weights: F64,
    view: tuple[float, float, float],
    huber_px: float,
    iterations: int,
) -> float:
    """Gauss-Newton on six parameters, in place; returns the RMS residual in pixels."""
    focal, cx, cy = view
    count = seen.shape[0]
    jacobian = np.zeros((3, 6))
    jz = np.zeros((count, 6))
    camera = np.zeros((count, 3))
    turned = np.zeros((count, 3))
    change = np.zeros(6)
    rms = 0.0
    for step in range(iterations + 1):
        mean_z, mean_seen = 0.0, 0.0
        for i in range(count):
            for k in range(3):
                turned[i, k] = (
                    rotation[k, 0] * head[i, 0] + rotation[k, 1] * head[i, 1] + rotation[k, 2] * head[i, 2]
                )
                camera[i, k] = turned[i, k] + translation[k]
            mean_z += camera[i, 2] / count
            mean_seen += seen[i, 2] / count
        px_per_mm = focal / translation[2]
        mean_jz = np.zeros(6)
        for i in range(count):
            # d(depth)/d(ω, t) with the turn about the head's origin: ω × p.
            jz[i, 0] = turned[i, 1]
            jz[i, 1] = -turned[i, 0]
            jz[i, 2] = 0.0
            jz[i, 3] = 0.0
            jz[i, 4] = 0.0
            jz[i, 5] = 1.0
            for k in range(6):
                mean_jz[k] += jz[i, k] / count
        normal = np.zeros((6, 6))
        gradient = np.zeros(6)
        squares = 0.0
        for i in range(count):
            x, y, z = camera[i, 0], camera[i, 1], camera[i, 2]
            qx, qy, qz = turned[i, 0], turned[i, 1], turned[i, 2]
            inverse = 1.0 / z
            du = focal * x * inverse + cx - seen[i, 0]
            dv = focal * y * inverse + cy - seen[i, 1]
            squares += du * du + dv * dv
            # Rows: d(u)/d(ω, t), d(v)/d(ω, t). dp = ω × q + dt.
            fx = focal * inverse
            gx, gy = -x * inverse, -y * inverse
            jacobian[0, 0] = fx * (gx * qy)
            jacobian[0, 1] = fx * (qz + gx * -qx)
            jacobian[0, 2] = fx * -qy
            jacobian[0, 3] = fx
            jacobian[0, 4] = 0.0
            jacobian[0, 5] = fx * gx
            jacobian[1, 0] = fx * (-qz + gy * qy)
            jacobian[1, 1] = fx * (gy * -qx)
            jacobian[1, 2] = fx * qx
            jacobian[1, 3] = 0.0
            jacobian[1, 4] = fx
            jacobian[1, 5] = fx * gy
            dz = ((z - mean_z) * px_per_mm - (seen[i, 2] - mean_seen)) * weights[i, 1]
            for k in range(6):
                jacobian[2, k] = (jz[i, k] - mean_jz[k]) * px_per_mm * weights[i, 1]
            size = math.sqrt(du * du + dv * dv)
            across = weights[i, 0]
            robust = 1.0 if size * across <= huber_px else huber_px / (size * across)
            across *= across
            for a in range(6):
                flat = jacobian[0, a] * du + jacobian[1, a] * dv
                gradient[a] += robust * (across * flat + jacobian[2, a] * dz)
                for b in range(a, 6):
                    flat = jacobian[0, a] * jacobian[0, b] + jacobian[1, a] * jacobian[1, b]
                    normal[a, b] += robust * (across * flat + jacobian[2, a] * jacobian[2, b])
        rms = math.sqrt(squares / count)
        if step == iterations:
            break
        for a in range(6):
            normal[a, a] *= 1.0 + 1e-6
            gradient[a] = -gradient[a]
        solve(normal, gradient, change)
        turn(rotation, change[0], change[1], change[2])
        for k in range(3):
            translation[k] += change[3 + k]
    return rms


@quick
def apart(one: F64, other: F64) -> float:
    """The angle between two rotation matrices (3, 3), radians."""
    trace = 0.0
    for i in range(3):
        for j in range(3):
            trace += one[i, j] * other[i, j]
    return math.acos(min(max((trace - 1) / 2, -1.0), 1.0))


@quick
def turn(rotation: F64, wx: float, wy: float, wz: float) -> None:
    """rotation ← exp(ω) · rotation (Rodrigues)."""
    angle = math.sqrt(wx * wx + wy * wy + wz * wz)
    if angle < 1e-12:
        return
    x, y, z = wx / angle, wy / angle, wz / angle
    s, c = math.sin(angle), math.cos(angle)
    k = 1.0 - c
    turn = np.array(
        [
            [c + x * x * k, x * y * k - z * s, x * z * k + y * s],
            [y * x * k + z * s, c + y * y * k, y * z * k - x * s],
            [z * x * k - y * s, z * y * k + x * s, c + z * z * k],
        ]
    )
    before = rotation.copy()
    for i in range(3):
        for j in range(3):
            rotation[i, j] = turn[i, 0] * before[0, j] + turn[i, 1] * before[1, j] + turn[i, 2] * before[2, j]


@quick
def solve(normal: F64, right: F64, out: F64) -> None:
    """Solve the symmetric system given by its upper triangle (Cholesky, in place): numba's own needs SciPy."""
    n = normal.shape[0]
    for i in range(n):
        for j in range(i, n):
            total = normal[i, j]
            for k in range(i):
                total -= normal[k, i] * normal[k, j]
            if i == j:
                normal[i, i] = math.sqrt(max(total, 1e-12))
            else:
                normal[i, j] = total / normal[i, i]
    for i in range(n):
        total = right[i]
        for k in range(i):
            total -= normal[k, i] * out[k]
        out[i] = total / normal[i, i]
    for i in range(n - 1, -1, -1):
        total = out[i]
        for k in range(i + 1, n):
            total -= normal[i, k] * out[k]
        out[i] = total / normal[i, i]
