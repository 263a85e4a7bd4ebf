"""What the landmark network makes of a head, and back: what is known of its errors, taken out.

The network looks at a crop as if its camera faced it: its depths run along the ray to the face, not along the
camera's axis. It answers a nod by too little, sees a near face nodded, and one that is turned and nodded rolled. Those
parts are alike from head to head. What differs shows in the landmarks themselves: laid back into the head they have a
shape, and looks of the same shape, from the same side, miss by the same. Such looks were learnt (a Gaussian process
with a squared-exponential kernel on few of them; Rasmussen and Williams 2006, chapters 2 and 8.3), so a shape unlike
any of them is worth nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F32, F64
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at
from tryon.perception.smoothing import rotation_matrix

# The face's middle, that the crop is centred on, and how wide a face is; head space, mm.
MIDDLE_MM: Final = np.array([0.0, -28.0, -25.0])
FACE_MM: Final = 140.0
# By how much a fit misses the truth, in degrees about the head's own axes x, y and z, for the way from the head to the
# camera (a to its left, b up: sines) and the face's width over its distance (k), and for the shape (``response.npz``).
# Found together from 6715 pictures of the synthetic heads of 23 people, two thirds of them with their own proportions
# and the rest with others, and of a scanned head whose upright is known from its shape; turned by up to 50° and nodded
# by up to 24°. Each counts once more with its face moved to another place of the picture without the stretch that a
# camera gives it there, or with a part of it: nobody knows a shopper's camera. The tests' portrait took no part. How
# smooth the kernel is was chosen by leaving each head out in turn, which leaves 2.8° over the poses of the tests' grid
# (3.1° without the shape; 2.2 and 2.6° less each head's constant turn), and 2.2° on the scanned head (2.7°).
NOD: Final = (-3.34, 10.28, -4.7, 2.41)  # of b, k, a², kb
TURN: Final = (1.79, 3.67)  # of a, ab
TILT: Final = (-2.5, 9.65)  # of a, ab
# Beyond what they were found from, the corrections stay what they are at its end.
SIDE_MAX: Final = 0.75
NEAR_MAX: Final = 0.5
# How far a, b and k (less their middle) count beside the shape's components, whose own lengths are in the file.
REACH: Final = (1 / 0.35, 1 / 0.2, 1 / 0.2)
NEAR_MIDDLE: Final = 0.3
# Points on bone say what a head's shape is; of the mouth only what it has on one side more than on the other, because
# speaking and laughing move both sides alike (``components`` has nothing else there).
SHAPED: Final = np.union1d(at.RIGID, at.REFINED_LIPS)
# No shape was worth more in any of the pictures.
SHAPE_MAX_DEG: Final = 6.5


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """``mean_mm`` (n, 3): the mean of ``SHAPED`` in the head space of a fit; ``components`` (c, 3n) turn millimetres
    beyond it into the kernel's coordinates. ``places`` (m, c + 3): remembered looks, each of which has a mirror image;
    ``mirrored`` (c + 3,) are the signs that make it. ``worth_deg`` (m, 3): nod, turn and tilt that each is worth."""

    mean_mm: F64
    components: F64
    places: F64
    mirrored: F64
    worth_deg: F64


@cache
def _looks() -> _Looks:
    """Read-only and shared."""
    with resources.files("tryon.geometry").joinpath("response.npz").open("rb") as file:
        stored = np.load(file)
        names = ("mean_mm", "components", "looks", "mirrored", "worth_deg")
        mean, components, places, mirrored, worth = (stored[name].astype(np.float64) for name in names)
    mean += template().points_mm[SHAPED]
    components = np.ascontiguousarray(components.reshape(len(components), -1))
    for array in (mean, components, places, mirrored, worth):
        array.setflags(write=False)
    return _Looks(mean, components, places, mirrored, worth)


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


def towards(pose: Pose) -> tuple[float, float]:
    """The way from the face's middle to the camera: sines to the head's left and up."""
    middle = pose.rotation @ MIDDLE_MM + pose.translation_mm
    left, up, _ = -(middle @ pose.rotation) / math.sqrt(middle @ middle)
    return float(left), float(up)


def answered(pose: Pose, head_mm: F64 | None = None) -> Pose:
    """The head's pose behind a fit to the network's points; its origin, where glasses sit, stays in its place.

    ``head_mm`` (478, 3) are those points in the fit's head space (``steady.to_head``); without them only what all heads
    have in common is taken out.
    """
    a, b = (min(max(side, -SIDE_MAX), SIDE_MAX) for side in towards(pose))
    distance_mm = float(pose.rotation[2] @ MIDDLE_MM + pose.translation_mm[2])
    k = min(FACE_MM / max(distance_mm, 1.0), NEAR_MAX)
    missed_deg = np.array(
        [
            NOD[0] * b + NOD[1] * k + NOD[2] * a * a + NOD[3] * k * b,
            TURN[0] * a + TURN[1] * a * b,
            TILT[0] * a + TILT[1] * a * b,
        ]
    )
    if head_mm is not None:
        looks = _looks()
        view = (a * REACH[0], b * REACH[1], (k - NEAR_MIDDLE) * REACH[2])
        _add_shape(
            missed_deg,
            head_mm,
            SHAPED,
            looks.mean_mm,
            looks.components,
            looks.places,
            looks.mirrored,
            looks.worth_deg,
            view,
            SHAPE_MAX_DEG,
        )
    turn = rotation_matrix(-missed_deg * (math.pi / 180))
    return Pose(pose.rotation @ turn, pose.translation_mm, pose.residual_px)


@quick
def _add_shape(
    missed_deg: F64,
    head: F64,
    shaped: at.Indices,
    mean: F64,
    components: F64,
    places: F64,
    mirrored: F64,
    worth_deg: F64,
    view: tuple[float, float, float],
    most: float,
) -> None:
    count = components.shape[0]
    departure = np.empty(shaped.shape[0] * 3)
    for i in range(shaped.shape[0]):
        for k in range(3):
            departure[3 * i + k] = head[shaped[i], k] - mean[i, k]
    place = np.empty(count + 3)
    for c in range(count):
        total = 0.0
        for i in range(departure.shape[0]):
            total += components[c, i] * departure[i]
        place[c] = total
    for k in range(3):
        place[count + k] = view[k]
    length = 0.0
    for c in range(count + 3):
        length += place[c] * place[c]
    nod, turn, tilt = 0.0, 0.0, 0.0
    for j in range(places.shape[0]):
        # Squared distances from this look and from its mirror image differ in the parts that mirroring turns round.
        same, turned, own = 0.0, 0.0, 0.0
        for c in range(count + 3):
            product = place[c] * places[j, c]
            same += product
            turned += mirrored[c] * product
            own += places[j, c] * places[j, c]
        there = math.exp(same - 0.5 * (own + length))
        mirror = math.exp(turned - 0.5 * (own + length))
        # Mirrored heads nod alike, and turn and tilt the other way.
        nod += worth_deg[j, 0] * (there + mirror)
        turn += worth_deg[j, 1] * (there - mirror)
        tilt += worth_deg[j, 2] * (there - mirror)
    missed_deg[0] += min(max(nod, -most), most)
    missed_deg[1] += min(max(turn, -most), most)
    missed_deg[2] += min(max(tilt, -most), most)
