"""A head in millimetres: the template that poses are fitted to, and the skull and ears that hide temples.

Head space: right-handed, +x to the wearer's left, +y up, +z out of the face, origin at the nasion (landmark 168), so
that a frame's bridge sits near the origin. The head is upright where MediaPipe's canonical face model is: laid over it
by the rigid points, the template's axes agree with its axes to 0.2°, and its depth, at the same width, to 2 %. From the
side the outer eye corners stand 20.8° above the line from the tragus points.

The template is the mean of the landmark model's own output over eight adults (near-frontal frames; generalised
Procrustes on the rigid points), made symmetric and scaled so that its irises measure 11.7 mm. The residual between
one person's rigid points and the mean was 0.8-2.7 mm RMS.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F64
from tryon.perception import landmarks as at

# Horizontal visible iris diameter of adults: 11.7 ± 0.5 mm (Rüfer et al., Cornea 2005: 11.71 ± 0.42).
IRIS_MM: Final = 11.7
IRIS_SIGMA_MM: Final = 0.5
# Spread of adult head sizes about the template's, as a part: outer-eye distance varies by 4-5 % (Farkas 1994).
SIZE_SIGMA: Final = 0.05

# Turned heads come out of the network flatter than they are. On seven synthetic heads of known pose the yaw seen was
# 0.91 of the true one on average (0.77-1.05) with the template's own depth; with this part of it, it is 0.95
# (0.80-1.09).
RESPONSE: Final = (1.0, 1.0, 0.9)

# The ear's root begins about 25 mm behind the tragus-side landmark and stands out from the head by 20-30°.
EAR_FRONT_MM: Final = -90.0
EAR_BACK_MM: Final = -122.0
EAR_TOP_MM: Final = 14.0
EAR_BOTTOM_MM: Final = -48.0


@dataclass(frozen=True, slots=True, eq=False)
class HeadTemplate:
    """``points_mm`` (478, 3) in head space, ``mirror`` (478,) the index of each point's twin, ``triangles`` (m, 4),
    the last column 0, as the rasteriser takes them. ``error_part`` (478, 2): how far the network's points lie from the
    truth across the picture and in depth, RMS, as parts of the outer eye corners' distance; measured on seven synthetic
    heads of known pose within ±30° yaw and ±15° pitch."""

    points_mm: F64
    mirror: NDArray[np.intp]
    triangles: NDArray[np.int32]
    error_part: F64


@cache
def template() -> HeadTemplate:
    """The mean head; read-only and shared."""
    with resources.files("tryon.geometry").joinpath("head.npz").open("rb") as file:
        stored = np.load(file)
        points = stored["points_mm"].astype(np.float64)
        mirror = stored["mirror"].astype(np.intp)
        error = stored["error_part"].astype(np.float64)
        triangles = _with_material(stored["triangles"].astype(np.int32))
    for array in (points, mirror, error):
        array.setflags(write=False)
    return HeadTemplate(points, mirror, triangles, error)


@cache
def as_seen() -> F64:
    """The template (478, 3) as the network sees it, to fit its landmarks with; read-only and shared."""
    points = template().points_mm * RESPONSE
    points.setflags(write=False)
    return points


@dataclass(frozen=True, slots=True, eq=False)
class Skull:
    """What a face mesh lacks of a head, in head space: ``points_mm`` (n, 3) and ``triangles`` (m, 4), the last
    column 0, as the rasteriser takes them."""

    points_mm: F64
    triangles: NDArray[np.int32]


@cache
def skull() -> Skull:
    """Cranium behind the face's outline, and two ears.

    The cranium starts on the face oval of the template and closes behind it; it keeps 4 mm inside the skin so that
    temples may lie against the head.
    """
    parts = [_cranium(), _ear(+1.0), _ear(-1.0)]
    points, triangles, base = [], [], 0
    for part_points, part_triangles in parts:
        points.append(part_points)
        triangles.append(part_triangles + base)
        base += len(part_points)
    solid = np.concatenate(points)
    solid.setflags(write=False)
    return Skull(solid, _with_material(np.concatenate(triangles)))


def _outwards(points: F64, corners: NDArray[np.int32], middle: F64) -> NDArray[np.int32]:
    """The triangles (m, 3) wound counter-clockwise as seen from outside a body around ``middle``."""
    a, b, c = (points[corners[:, k]] for k in range(3))
    inwards = ((np.cross(b - a, c - a)) * ((a + b + c) / 3 - middle)).sum(axis=1) < 0
    corners = corners.copy()
    corners[inwards] = corners[inwards][:, ::-1]
    return corners


def _with_material(corners: NDArray[np.int32]) -> NDArray[np.int32]:
    """Triangles (m, 3) with a fourth column of zeros: an occluder has no material but its place in the table."""
    triangles = np.column_stack([corners, np.zeros(len(corners))]).astype(np.int32)
    triangles.setflags(write=False)
    return triangles


def _cranium() -> tuple[F64, NDArray[np.int32]]:
    head = template().points_mm
    ring = head[at.FACE_OVAL]
    middle = np.array([0.0, 20.0, -92.0])
    # Half axes of the vault: breadth 152, height to the crown, length 190 mm (adult means, Farkas 1994), less 4.
    axes = np.array([70.0, 96.0, 88.0])
    rings = [ring]
    for share in (0.25, 0.5, 0.75, 1.0):
        # Each ring moves back along the head and, once there, lies on the ellipsoid.
        angle = share * np.pi / 2
        across = (ring - middle)[:, :2] / axes[:2]
        length = np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
        rim = across / length * axes[:2]
        flat = middle[:2] + rim * np.cos(angle * 0.98)
        depth = middle[2] - axes[2] * np.sin(angle)
        # The lower part of the oval is the jaw; the neck, not the vault, lies behind it.
        jaw = np.clip(-ring[:, 1:2] / 60.0, 0, 1)
        target = np.column_stack([flat, np.full(len(ring), depth)])
        neck = np.column_stack([ring[:, 0] * 0.75, ring[:, 1], np.maximum(ring[:, 2], -60) - 60 * share])
        rings.append(target * (1 - jaw) + neck * jaw)
    count = len(ring)
    triangles = []
    for level in range(len(rings) - 1):
        for i in range(count):
            a, b = level * count + i, level * count + (i + 1) % count
            triangles += [(a, b, a + count), (b, b + count, a + count)]
    points = np.concatenate(rings)
    return points, _outwards(points, np.array(triangles, np.int32), middle)


def _ear(side: float) -> tuple[F64, NDArray[np.int32]]:
    """A thick plate that stands out from the head behind the temple's run."""
    tilt = 12.0  # the ear's top leans back
    corners = []
    for y in (EAR_TOP_MM, EAR_BOTTOM_MM):
        lean = -tilt * (y - EAR_BOTTOM_MM) / (EAR_TOP_MM - EAR_BOTTOM_MM)
        narrow = 0.0 if y == EAR_TOP_MM else 10.0
        for x, z in ((62.0, EAR_FRONT_MM), (72.0, EAR_FRONT_MM), (86.0, EAR_BACK_MM), (66.0, EAR_BACK_MM)):
            corners.append((side * x, y, z + lean + narrow))
    quads = ((0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (0, 1, 2, 3), (4, 5, 6, 7))
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    points = np.array(corners, np.float64)
    return points, _outwards(points, np.array(triangles, np.int32), points.mean(axis=0))
