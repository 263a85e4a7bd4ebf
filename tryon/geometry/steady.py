"""From one frame's landmarks to a steady head: pose, shape and points, filtered once.

Landmarks in pixels mix what the head does with what the face does. So the pose is fitted first and filtered as a rigid
thing; the landmarks are taken back into the head, where a head that only turns leaves them at rest, are filtered
there, and are projected again through the filtered pose. Smoothing a talking mouth then adds no lag to a turning head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64, U8
from tryon.geometry.anchor import Anchor
from tryon.geometry.camera import Camera
from tryon.geometry.head import as_seen
from tryon.geometry.lids import LidFilter
from tryon.geometry.measure import Scale, ScaleEstimator
from tryon.geometry.pose import Pose, fit_pose
from tryon.geometry.response import along_axis, answered
from tryon.geometry.wearer import RestShape, Wearer
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation
from tryon.perception.smoothing import OneEuro, RotationFilter, VectorFilter

# Radians a second open the turn's filter: at 60°/s the cut-off is 18 Hz, a lag of 9 ms.
TURN: Final = OneEuro(minimum_hz=1.0, beta=16.0)
# Face widths a second, across the picture and (as logarithm of the distance) along the view.
SHIFT: Final = OneEuro(minimum_hz=1.5, beta=22.0)
DISTANCE: Final = OneEuro(minimum_hz=0.8, beta=18.0)
# Landmarks within the head, in head widths: lips and lids move fast, but not far.
FEATURES: Final = OneEuro(minimum_hz=2.0, beta=28.0, derivative_hz=3.0)
HEAD_WIDTH_MM: Final = 140.0
# From the pose that landmarks tell of to where the head is.
Held: TypeAlias = Callable[[Pose], Pose]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One wearer in one frame.

    ``points_px`` (478, 3) as observed but steady; ``shape_mm`` (478, 3) the same points in head space, in the wearer's
    own millimetres; ``rest`` their average over the frames seen, for what rests on the head; ``pose`` camera_from_head
    in those millimetres; ``raw_pose`` the unfiltered fit. ``scale`` is the head's size over the template's, with its ±.
    ``nod_known`` is which share of the head's nod, in which landmarks err, its shape tells by now, 0..1.
    """

    track: int
    points_px: F32
    shape_mm: F64
    rest: RestShape
    pose: Pose
    raw_pose: Pose
    scale: Scale
    camera: Camera
    confidence: float
    frames_tracked: int
    # It is not seen in this frame: this is where it ought to be.
    coasting: bool = False
    nod_known: float = 0.0

    def group(self, indices: at.Indices) -> F32:
        """The steady points of a named group, shape (n, 3)."""
        return self.points_px[indices]

    @property
    def box_px(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the surface points."""
        return _bounds(self.points_px, at.SURFACE_COUNT)

    @property
    def px_per_mm(self) -> float:
        """Pixels of the picture per millimetre at the nasion's distance."""
        return self.camera.focal_px / float(self.pose.translation_mm[2])


class HeadFilter:
    """One wearer's filters: made when a face is acquired, dropped when it is lost."""

    def __init__(self) -> None:
        self._turn = RotationFilter(TURN)
        self._shift = VectorFilter(SHIFT)
        self._distance = VectorFilter(DISTANCE)
        self._features = VectorFilter(FEATURES)
        self._lids = LidFilter()
        self._scale = ScaleEstimator()
        self._wearer = Wearer()
        self._anchor = Anchor()
        # Set by whoever knows the wearer's size better than the irises do.
        self.known_scale: Scale | None = None

    def update(
        self,
        face: FaceObservation,
        camera: Camera,
        t_ms: float,
        held: Held | None = None,
        bgr: U8 | None = None,
    ) -> Head:
        """The steady head of the next frame. ``held`` tells where it is, in the wearer's own millimetres, where
        something draws the landmarks away; ``bgr`` is the frame's picture, whose skin tells how the head turned."""
        seen = along_axis(face.points_px, camera)
        fit = fit_pose(seen, camera, as_seen())
        as_fitted = to_head(seen, fit, camera)
        raw = answered(fit, as_fitted)
        if bgr is not None:
            raw = self._anchor.pose(raw, seen, bgr, camera, t_ms, covered=held is not None)
        guessed = self._scale.update(seen, raw, camera)
        scale = self.known_scale or guessed
        kept = raw if held is None else held(raw.scaled(scale.value)).scaled(1 / scale.value)
        pose = self._filtered(kept, t_ms)
        in_head = to_head(seen, raw, camera) / HEAD_WIDTH_MM
        steady = self._features(in_head, t_ms)
        self._lids(in_head, steady, t_ms)
        steady *= HEAD_WIDTH_MM
        points = to_picture(steady, pose, camera)
        return Head(
            track=face.track,
            points_px=points,
            shape_mm=steady * scale.value,
            # What ``answered`` takes out of the pose changes as a head turns; its shape stays as the fit saw it.
            rest=self._wearer.update(as_fitted, pose, scale.value),
            pose=pose.scaled(scale.value),
            raw_pose=raw.scaled(scale.value),
            scale=scale,
            camera=camera,
            confidence=face.confidence,
            frames_tracked=face.frames_tracked,
            nod_known=self._anchor.nod_known,
        )

    def doubt(self) -> None:
        """The face was away for a moment: what is known of it counts less than what is seen now."""
        self._wearer.doubt()
        self._scale.doubt()

    def _filtered(self, raw: Pose, t_ms: float) -> Pose:
        """In head widths and logarithms of the distance, so that a near face and a far one are treated alike."""
        x, y, z = raw.translation_mm
        rotation = self._turn(raw.rotation, t_ms)
        across = self._shift(np.array([x, y]) / HEAD_WIDTH_MM, t_ms) * HEAD_WIDTH_MM
        distance = float(np.exp(self._distance(np.array([np.log(z)]), t_ms)[0]))
        return Pose(rotation, np.array([across[0], across[1], distance]), raw.residual_px)


def to_head(points_px: F32, pose: Pose, camera: Camera) -> F64:
    """Landmarks (478, 3) with relative depth, back in the head space of ``pose`` (478, 3).

    The relative depth is anchored so that the rigid points have, on average, the depth that the pose gives them.
    """
    head = np.empty((len(points_px), 3))
    view = (camera.focal_px, camera.cx_px, camera.cy_px)
    _unproject(points_px, pose.rotation, pose.translation_mm, view, at.RIGID, as_seen(), head)
    return head


@quick
def _bounds(points: F32, count: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = points[0, 0], points[0, 1], points[0, 0], points[0, 1]
    for i in range(1, count):
        left, right = min(left, points[i, 0]), max(right, points[i, 0])
        top, bottom = min(top, points[i, 1]), max(bottom, points[i, 1])
    return float(left), float(top), float(right), float(bottom)


@quick
def _unproject(
    points: F32,
    rotation: F64,
    translation: F64,
    view: tuple[float, float, float],
    rigid: at.Indices,
    shape: F64,
    out: F64,
) -> None:
    focal, cx, cy = view
    mm_per_px = translation[2] / focal
    anchor = translation[2]
    for i in range(rigid.shape[0]):
        p = rigid[i]
        fitted = rotation[2, 0] * shape[p, 0] + rotation[2, 1] * shape[p, 1] + rotation[2, 2] * shape[p, 2]
        anchor += (fitted - points[p, 2] * mm_per_px) / rigid.shape[0]
    for i in range(points.shape[0]):
        z = points[i, 2] * mm_per_px + anchor
        x = (points[i, 0] - cx) * z / focal - translation[0]
        y = (points[i, 1] - cy) * z / focal - translation[1]
        z -= translation[2]
        for k in range(3):
            out[i, k] = rotation[0, k] * x + rotation[1, k] * y + rotation[2, k] * z


def to_picture(head_mm: F64, pose: Pose, camera: Camera) -> F32:
    """Points (n, 3) of head space as landmarks: pixels, and relative depth in the same unit."""
    points = np.empty(head_mm.shape, np.float32)
    view = (camera.focal_px, camera.cx_px, camera.cy_px)
    _project(head_mm, pose.rotation, pose.translation_mm, view, points)
    return points


@quick
def _project(head: F64, rotation: F64, translation: F64, view: tuple[float, float, float], out: F32) -> None:
    focal, cx, cy = view
    px_per_mm = focal / translation[2]
    for i in range(head.shape[0]):
        a, b, c = head[i, 0], head[i, 1], head[i, 2]
        x = rotation[0, 0] * a + rotation[0, 1] * b + rotation[0, 2] * c + translation[0]
        y = rotation[1, 0] * a + rotation[1, 1] * b + rotation[1, 2] * c + translation[1]
        z = rotation[2, 0] * a + rotation[2, 1] * b + rotation[2, 2] * c
        out[i, 0] = x * focal / (z + translation[2]) + cx
        out[i, 1] = y * focal / (z + translation[2]) + cy
        out[i, 2] = z * px_per_mm
