"""A whole head round a face: the landmarks' surface, carried on over temples, jaw, ears or hair, crown and nape.

Geometry is in head space (``tryon.geometry.head``). The head is told by how far its skin, or hair, lies from a point in
its middle, in every direction: a height over a disc whose radius is the angle from straight ahead (the azimuthal
equidistant projection). In front that height is the landmarks' own surface. Beyond the face's outline it goes over into
a skull of adult proportions (Farkas, *Anthropometry of the Head and Face*, 1994: breadth 152, length 195, vertex 130
above the tragion, whose breadth is 145 and which lies some 90 behind the nasion; mm), widened to the outline that hair
or ears have in the portrait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.head import template
from tryon.perception import landmarks as at
from tryon.render.mesh import I32
from tryon.render.raster import EMPTY, fill

# The point that the head is seen from, between the tragi: every part of a face is seen from there.
MIDDLE_MM: Final = np.array([0.0, -30.0, -80.0])
# The vault's middle and half axes, and those of the jaw below it.
VAULT_MM: Final = (np.array([0.0, 14.0, -93.0]), np.array([74.0, 94.0, 97.0]))
JAW_MM: Final = (np.array([0.0, -52.0, -68.0]), np.array([64.0, 62.0, 62.0]))
# Pixels of the height's disc per degree, and the angle where it ends.
FINE: Final = 4
END_DEG: Final = 160.0
# The face's facets are softened by this much, and it goes over into the skull within so many degrees.
FACET_DEG: Final = 0.5
SEAM_DEG: Final = 12.0
# Hair stands out by no more than this part of the skull.
HAIR_MAX: Final = 1.45
# Below, the neck hides the jaw's outline within so many degrees of straight down.
NECK_AZIMUTH_DEG: Final = 42.0
# What stands out beside the cheeks is an ear or a lock: behind this angle it is gone.
EAR_DEG: Final = (96.0, 122.0)
# Mesh: degrees a cell in front; from COARSE_FROM_DEG on they grow.
CELL_DEG: Final = 1.3
COARSE_FROM_DEG: Final = 70.0
COARSER: Final = 0.045


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """``vertices_mm`` (n, 3) in head space, outward unit ``normals`` (n, 3), ``triangles`` (m, 3), and ``disc_deg``
    (n, 2): each vertex's direction from the middle, degrees to the wearer's left and down. ``height`` is the distance
    from the middle over the disc, ``FINE`` pixels a degree."""

    vertices_mm: F64
    normals: F64
    triangles: I32
    disc_deg: F64
    height: F32

    def at(self, points_mm: F64) -> F64:
        """The surface's points (n, 3) in the directions of others."""
        places, _ = disc_places(points_mm)
        fine = (places + END_DEG) * FINE
        distance = sampled(self.height, fine[:, 0], fine[:, 1])[:, None]
        return np.asarray(MIDDLE_MM + directions(places) * distance, np.float64)


def directions(disc_deg: F64) -> F64:
    """Unit vectors (…, 3) of head space for places on the disc (…, 2)."""
    angle = np.hypot(disc_deg[..., 0], disc_deg[..., 1])
    ahead = np.radians(angle)
    across = np.sin(ahead) / np.maximum(angle, 1e-9)
    return np.stack([disc_deg[..., 0] * across, -disc_deg[..., 1] * across, np.cos(ahead)], axis=-1)


def disc_places(points_mm: F64) -> tuple[F64, F64]:
    """Places on the disc (n, 2) and distances (n,) of points of head space."""
    away = points_mm - MIDDLE_MM
    distance = np.linalg.norm(away, axis=-1)
    across = np.maximum(np.hypot(away[..., 0], away[..., 1]), 1e-9)
    angle = np.degrees(np.arctan2(across, away[..., 2]))
    return np.stack([away[..., 0], -away[..., 1]], axis=-1) * (angle / across)[..., None], distance


def grow(face_mm: F64, outline_mm: F64) -> Solid:
    """The head behind a face (468, 3). ``outline_mm`` (360,) is how far from the middle the portrait's head reaches
    at each degree of azimuth, from the wearer's left clockwise as the portrait shows it."""
    height = _height(face_mm, outline_mm)
    places, triangles = _grid()
    at_px = (places + END_DEG) * FINE
    distance = sampled(height, at_px[:, 0], at_px[:, 1])
    vertices = np.asarray(MIDDLE_MM + directions(places) * distance[:, None], np.float64)
    return Solid(vertices, _normals(vertices, triangles), triangles, places, height)


def _height(face_mm: F64, outline_mm: F64) -> F32:
    """Distance from the middle over the disc, ``FINE`` pixels a degree."""
    side = round(2 * END_DEG * FINE) + 1
    axis = (np.arange(side) + 0.5) / FINE - END_DEG
    across, down = np.meshgrid(axis, axis)
    angle = np.hypot(across, down)
    towards = directions(np.stack([across, down], axis=-1))
    skull = np.maximum(_reach(towards, *VAULT_MM), _reach(towards, *JAW_MM))
    skull = cv2.GaussianBlur(skull, (0, 0), 6 * FINE)
    azimuth = np.degrees(np.arctan2(down, across)) % 360
    # The skull's own reach to the sides, by azimuth, against the outline's.
    own = np.empty(360)
    for degree in range(360):
        turn = np.radians(degree)
        ray = directions(np.array([np.cos(turn), np.sin(turn)]) * np.arange(70.0, 110.0)[:, None])
        along = np.maximum(_reach(ray, *VAULT_MM), _reach(ray, *JAW_MM))
        own[degree] = float((along * np.hypot(ray[:, 0], ray[:, 1])).max())
    # Towards neck and shoulders the outline tells nothing of the head.
    down = np.abs((np.arange(360) - 90 + 180) % 360 - 180)
    free = _step((down - NECK_AZIMUTH_DEG) / 15.0)
    wider = np.clip(rounded(outline_mm, 2.0) / own, 0.9, HAIR_MAX) * free + (1 - free)
    smooth = rounded(np.minimum(wider, np.median(wider) * 1.15), 25.0)
    wider, smooth = (np.interp(azimuth, np.arange(361), np.append(w, w[0])) for w in (wider, smooth))
    aside = _step((40 - np.abs((azimuth + 90) % 180 - 90)) / 20)
    behind = _step((angle - EAR_DEG[0]) / (EAR_DEG[1] - EAR_DEG[0]))
    # Ears end behind; hair goes round the head.
    shape = wider + (smooth - wider) * behind * np.maximum(aside, 0.6)
    target = (skull * shape).astype(np.float32)
    face, inside = _face(face_mm, side)
    far, labels = cv2.distanceTransformWithLabels(
        255 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros(int(labels.max()) + 1, np.float32)
    nearest[labels[inside > 0]] = face[inside > 0]
    rim = nearest[labels]
    share = _step(far / (SEAM_DEG * FINE)).astype(np.float32)
    outside = rim + (target - rim) * share
    whole = np.where(inside > 0, face, outside)
    soft = cv2.GaussianBlur(whole, (0, 0), FACET_DEG * FINE)
    wide = cv2.GaussianBlur(whole, (0, 0), 2.0 * FINE)
    return np.asarray(soft + (wide - soft) * _step(far / (4.0 * FINE)), np.float32)


def _face(face_mm: F64, side: int) -> tuple[F32, U8]:
    """The landmarks' triangles as distances over the disc, and where they are (255)."""
    places, distance = disc_places(face_mm)
    vertices = np.zeros((at.SURFACE_COUNT, 6), np.float32)
    vertices[:, :2] = (places + END_DEG) * FINE
    vertices[:, 2] = distance
    height: F32 = np.zeros((side, side), np.float32)
    numbers: I32 = np.full((side, side), EMPTY, np.int32)
    triangles = template().triangles
    fill(triangles, 0, len(triangles), np.zeros(1, np.int32), vertices, height, numbers, side, side, 1)
    return height, ((numbers != EMPTY) * 255).astype(np.uint8)


def _reach(towards: F64, middle_mm: F64, axes_mm: F64) -> F64:
    """How far from MIDDLE_MM an ellipsoid's surface lies in the directions (…, 3); 0 where it is not met."""
    start = (MIDDLE_MM - middle_mm) / axes_mm
    ray = towards / axes_mm
    a = (ray * ray).sum(axis=-1)
    b = (ray * start).sum(axis=-1)
    inside = b * b - a * (start @ start - 1)
    return np.asarray(np.where(inside > 0, (-b + np.sqrt(np.maximum(inside, 0))) / a, 0.0), np.float64)


def _grid() -> tuple[F64, I32]:
    """Places (n, 2) in degrees, close in front and wider behind, and triangles counter-clockwise from outside."""
    reach = 0.0
    ring = [0.0]
    while reach < END_DEG - 4:
        cell = CELL_DEG * (1 + max(reach - COARSE_FROM_DEG, 0) * COARSER)
        reach += cell
        ring.append(reach)
    count = len(ring) - 1
    steps = np.arange(-count, count + 1)
    gx, gy = np.meshgrid(steps, steps)
    radius = np.hypot(gx, gy)
    angle = np.interp(radius, np.arange(count + 1), ring)
    places = np.stack([gx, gy], axis=-1) * (angle / np.maximum(radius, 1e-9))[..., None]
    number = np.arange(gx.size).reshape(gx.shape)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    whole = np.maximum.reduce([radius[:-1, :-1], radius[:-1, 1:], radius[1:, :-1], radius[1:, 1:]]) <= count
    corners = np.concatenate([np.stack([a, c, b], axis=-1)[whole], np.stack([b, c, d], axis=-1)[whole]])
    used, compact = np.unique(corners, return_inverse=True)
    return places.reshape(-1, 2)[used], compact.reshape(-1, 3).astype(np.int32)


def _normals(vertices: F64, triangles: I32) -> F64:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, triangles[:, k], flat)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9), np.float64)


def rounded(values: F64, sigma: float) -> F64:
    """A closed curve, smoothed."""
    reach = np.arange(-180, 180)
    weight = np.exp(-0.5 * (reach / sigma) ** 2)
    weight /= weight.sum()
    count = len(values)
    return np.array([(weight * values[(k + reach) % count]).sum() for k in range(count)])


def sampled(field: F32, xs: F64, ys: F64) -> F64:
    x = np.clip(xs - 0.5, 0, field.shape[1] - 1.001)
    y = np.clip(ys - 0.5, 0, field.shape[0] - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = x - x0, y - y0
    top = field[y0, x0] * (1 - fx) + field[y0, x0 + 1] * fx
    bottom = field[y0 + 1, x0] * (1 - fx) + field[y0 + 1, x0 + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy, np.float64)


def _step(x: F64) -> F64:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float64)
