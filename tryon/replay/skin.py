"""The portrait laid over a whole head: what the camera saw as it saw it, and what it did not see carried on from there.

The texture is one picture: the portrait on top, below it the head's sides and back on the disc of ``bust``. There the
portrait's last colours go on outwards from where the camera lost sight of the head: hair with its strands, mirrored to
and fro, skin and hair alike over their mean colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at
from tryon.render.mesh import I32
from tryon.render.raster import EMPTY, fill
from tryon.replay import bust, cutout

# A surface that turns its face to the portrait's camera by more than this (a cosine) shows the portrait itself; what
# the disc takes from the portrait may slant more, for it is soft anyway.
SEEN: Final = 0.30
KNOWN: Final = (0.10, 0.22)
# Texels per pixel of a small portrait, and per degree of the disc.
TEXTURE_FACE_PX: Final = 200.0
DISC_PER_FACE: Final = 0.012
# The band of known surface that is mirrored to and fro beyond its end, and how much of it shows over the mean colour.
BAND_DEG: Final = 12.0
STRANDS: Final = 0.6
# By this much a landmark must lie nearer to the surface in its direction than to the surface under its pixel.
GRAZING_MM: Final = 4.0
# Depth for the landmarks is drawn so large.
DEPTH_FACE_PX: Final = 300.0
# The throat lies so far behind the nasion, and the neck is so deep (half); mm.
THROAT_MM: Final = 64.0
NECK_DEPTH_MM: Final = 56.0
NECK_FOLD: Final = 0.5  # radians from straight ahead


@dataclass(frozen=True, slots=True, eq=False)
class Bust:
    """``vertices_mm`` and ``normals`` (n, 3) in head space, ``uv`` (n, 2) texels, ``follow`` (n,) how far a vertex is
    the head's (1) or the body's (0), ``triangles`` (m, 4) as the rasteriser takes them; ``texels`` (h, w, 4)
    premultiplied BGRA, the portrait enlarged ``zoom`` times on top; ``backdrop`` the portrait without the head."""

    vertices_mm: F64
    normals: F64
    uv: F32
    follow: F64
    triangles: I32
    texels: U8
    zoom: int
    backdrop: U8


def dress(bgr: U8, landmarks_px: F32, landmarks_mm: F64, pose: Pose, camera: Camera) -> tuple[Bust, F64]:
    """Make the head of the face with these landmarks (478, 3) in the portrait and in head space; returned are also
    their places on the surface that was made of them."""
    points_px = landmarks_px[: at.SURFACE_COUNT, :2].astype(np.float64)
    face_mm = landmarks_mm[: at.SURFACE_COUNT]
    matte = cutout.matte(bgr, points_px)
    width = float(np.ptp(points_px[:, 0]))
    zoom = max(1, round(TEXTURE_FACE_PX / width))
    solid = bust.grow(face_mm, _outline(matte, pose, camera))
    colour = cutout.inner_colours(bgr, matte)
    follow, fade = cutout.hand_over(bgr.shape[0], points_px)
    front = _front(colour, fade, zoom)
    disc = _disc(colour, cutout.core(matte), solid, pose, camera, width)
    top, pad = front.shape[0], max(front.shape[1], disc.shape[1])
    texels = np.zeros((top + disc.shape[0], pad, 4), np.uint8)
    texels[:top, : front.shape[1]] = front
    texels[top:, : disc.shape[1]] = disc
    per_deg = disc.shape[1] / (2 * bust.END_DEG)

    seen = camera.project(pose.to_camera(solid.vertices_mm))
    facing = _facing(solid.vertices_mm, solid.normals, pose)
    on_disc = (solid.disc_deg + bust.END_DEG) * per_deg + np.array([0.0, top])
    count = len(solid.vertices_mm)
    hidden = (facing[solid.triangles] < SEEN).any(axis=1)
    triangles = solid.triangles + np.where(hidden, count, 0)[:, None]
    neck, neck_normals, neck_triangles, neck_uv = _neck(matte, points_px, pose, camera)
    neck_seen = camera.project(pose.to_camera(neck))
    vertices = np.concatenate([solid.vertices_mm, solid.vertices_mm, neck])
    rows = np.concatenate([seen[:, 1], seen[:, 1], neck_seen[:, 1]])
    along = np.interp(rows, np.arange(len(follow)) + 0.5, follow)
    along[: 2 * count] = 1.0
    corners = np.concatenate([triangles, neck_triangles + 2 * count])
    used, compact = np.unique(corners, return_inverse=True)
    uv = np.concatenate([seen * zoom, on_disc, neck_uv * zoom])
    body = Bust(
        vertices_mm=vertices[used],
        normals=np.concatenate([solid.normals, solid.normals, neck_normals])[used],
        uv=uv[used].astype(np.float32),
        follow=along[used],
        triangles=np.column_stack([compact.reshape(-1, 3), np.zeros(len(corners), int)]).astype(np.int32),
        texels=texels,
        zoom=zoom,
        backdrop=cutout.without(bgr, matte, points_px),
    )
    return body, _on_surface(body, solid, landmarks_px, landmarks_mm, pose, camera)


def _on_surface(
    body: Bust, solid: bust.Solid, landmarks_px: F32, landmarks_mm: F64, pose: Pose, camera: Camera
) -> F64:
    """The landmarks on the surface: under their pixels, or, where that grazes the outline, behind their directions."""
    xy = landmarks_px[:, :2].astype(np.float64)
    z = depth_at(body, xy, pose, camera)[:, None]
    in_camera = np.column_stack([(xy - (camera.cx_px, camera.cy_px)) * z / camera.focal_px, z])
    under = (in_camera - pose.translation_mm) @ pose.rotation
    behind = solid.at(landmarks_mm)
    grazing = (
        np.linalg.norm(under - landmarks_mm, axis=1)
        > np.linalg.norm(behind - landmarks_mm, axis=1) + GRAZING_MM
    )
    return np.where(grazing[:, None], behind, under)


def depth_at(body: Bust, points_px: F64, pose: Pose, camera: Camera) -> F64:
    """Distance of the rendered surface from the portrait's camera under its pixels (n, 2), in mm."""
    low = np.floor(points_px.min(axis=0)) - 2
    size = np.ceil(np.ptp(points_px, axis=0)) + 5
    fine = max(1.0, DEPTH_FACE_PX / float(size[0]))
    placed = pose.to_camera(body.vertices_mm)
    vertices = np.zeros((len(placed), 6), np.float32)
    vertices[:, :2] = (camera.project(placed) - low) * fine
    # 1/z less its smallest: a hundredth of a millimetre in two metres asks for more than a float's digits.
    far = 1.0 / (float(placed[:, 2].max()) + 10.0)
    vertices[:, 2] = 1.0 / placed[:, 2] - far
    width, height = (round(float(side) * fine) for side in size)
    depth: F32 = np.zeros((height, width), np.float32)
    numbers: I32 = np.full((height, width), EMPTY, np.int32)
    triangles = body.triangles
    fill(triangles, 0, len(triangles), np.ones(1, np.int32), vertices, depth, numbers, width, height, 1)
    place = (points_px - low) * fine
    return np.asarray(1.0 / (bust.sampled(depth, place[:, 0], place[:, 1]) + far), np.float64)


def _facing(points_mm: F64, normals: F64, pose: Pose) -> F64:
    """Cosine between the normals and the way to the camera."""
    eye = -pose.rotation.T @ pose.translation_mm
    away = eye - points_mm
    return np.asarray((normals * away).sum(axis=-1) / np.linalg.norm(away, axis=-1), np.float64)


def _outline(matte: U8, pose: Pose, camera: Camera) -> F64:
    """How far the portrait's head reaches from its middle, mm by degree; towards neck and shoulders unknown (0)."""
    middle = pose.to_camera(bust.MIDDLE_MM[None])
    x, y = camera.project(middle)[0]
    mm_per_px = float(middle[0, 2]) / camera.focal_px
    roll = math.atan2(pose.rotation[1, 0], pose.rotation[0, 0])
    steps = np.arange(0.0, 2.0 * max(matte.shape), 0.5)
    reach = np.zeros(360)
    for degree in range(360):
        turn = math.radians(degree) + roll
        column = np.clip((x + steps * math.cos(turn)).astype(int), 0, matte.shape[1] - 1)
        row = np.clip((y + steps * math.sin(turn)).astype(int), 0, matte.shape[0] - 1)
        outside = matte[row, column] == 0
        reach[degree] = steps[int(outside.argmax())] * mm_per_px if outside.any() else 0.0
    return reach


def _front(colour: F32, fade: F64, zoom: int) -> U8:
    size = (colour.shape[1] * zoom, colour.shape[0] * zoom)
    large = cv2.resize(colour, size, interpolation=cv2.INTER_CUBIC)
    cover = np.interp((np.arange(size[1]) + 0.5) / zoom, np.arange(len(fade)) + 0.5, fade)
    cover = np.broadcast_to(cover[:, None, None], (*large.shape[:2], 1))
    return cutout.codes(np.concatenate([np.clip(large, 0, 255) * cover, 255 * cover], axis=2))


def _disc(colour: F32, core: F32, solid: bust.Solid, pose: Pose, camera: Camera, width: float) -> U8:
    """The head unrolled around the direction straight ahead."""
    zoom = max(1, round(TEXTURE_FACE_PX / width))
    side = round(2 * bust.END_DEG * DISC_PER_FACE * width * zoom)
    per_deg = side / (2 * bust.END_DEG)
    axis = (np.arange(side) + 0.5) / per_deg - bust.END_DEG
    places = np.stack(np.meshgrid(axis, axis), axis=-1)
    fine = (places + bust.END_DEG) * bust.FINE
    distance = bust.sampled(solid.height, fine[..., 0].ravel(), fine[..., 1].ravel()).reshape(side, side)
    points = np.asarray(bust.MIDDLE_MM + bust.directions(places) * distance[..., None], np.float64)
    across, down = np.gradient(points, axis=1), np.gradient(points, axis=0)
    normals = np.cross(down, across)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    facing = _facing(points, normals, pose)
    seen = (
        camera.project(pose.to_camera(points.reshape(-1, 3))).reshape(side, side, 2).astype(np.float32) - 0.5
    )
    taken = np.asarray(
        cv2.remap(colour, seen[..., 0], seen[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )
    known = cutout.smooth_step((facing - KNOWN[0]) / (KNOWN[1] - KNOWN[0])).astype(np.float32)
    angle = np.hypot(places[..., 0], places[..., 1])
    known *= cv2.remap(core, seen[..., 0], seen[..., 1], cv2.INTER_LINEAR)
    known[angle > 100] = 0.0
    azimuth = np.arctan2(places[..., 1], places[..., 0])
    ends = _ends(known > 0.5, angle, azimuth)
    beyond = angle - ends
    # Within, gaps close from around; beyond, each azimuth's last colour goes on, and over it the last band's strands.
    base = np.asarray(cutout.pull_push(taken, known), np.float32)
    band = np.where((beyond < 0) & (beyond > -BAND_DEG), known, 0).astype(np.float32)
    spread = (0, 0), 4.0 * per_deg
    soft = cv2.GaussianBlur(base * band[..., None], *spread) / (
        cv2.GaussianBlur(band, *spread)[..., None] + 1e-4
    )
    past = (beyond > 0)[..., None]
    back = ends - BAND_DEG / 2
    mean = _pulled(soft, azimuth, back, per_deg)
    back = ends - (BAND_DEG - np.abs(beyond % (2 * BAND_DEG) - BAND_DEG))
    strands = _pulled(base - soft, azimuth, back, per_deg)
    led_on = np.where(past, mean + STRANDS * strands, base)
    whole = taken * known[..., None] + led_on * (1 - known[..., None])
    alpha = np.full((side, side, 1), 255.0, np.float32)
    return cutout.codes(np.concatenate([np.clip(whole, 0, 255), alpha], axis=2).astype(np.float32))


def _pulled(field: F32, azimuth: F64, angle: F64, per_deg: float) -> F32:
    """The field at another angle from straight ahead."""
    towards = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=-1) * angle[..., None]
    source = ((towards + bust.END_DEG) * per_deg - 0.5).astype(np.float32)
    return np.asarray(cv2.remap(field, source[..., 0], source[..., 1], cv2.INTER_LINEAR), np.float32)


def _ends(known: NDArray[np.bool_], angle: F64, azimuth: F64) -> F64:
    """For each place, the angle from straight ahead at which its azimuth is last known."""
    degree = np.degrees(azimuth).astype(int) % 360
    last = np.zeros(360)
    np.maximum.at(last, degree[known], angle[known])
    last = bust.rounded(last, 3.0)
    return np.asarray(
        np.interp(np.degrees(azimuth) % 360, np.arange(361), np.append(last, last[0])), np.float64
    )


def _neck(matte: U8, points_px: F64, pose: Pose, camera: Camera) -> tuple[F64, F64, I32, F64]:
    """A column from under the jaw down to where the body takes over: its vertices and normals in head space, its
    triangles, and where in the portrait each vertex finds its colour."""
    height = float(np.ptp(points_px[:, 1]))
    chin = float(points_px[at.CHIN, 1])
    depth = float(pose.to_camera(bust.MIDDLE_MM[None])[0, 2])
    mm_per_px = depth / camera.focal_px
    rows = np.linspace(chin - 0.30 * height, chin + cutout.FADE_END * height, 40)
    half, middle = cutout.neck(matte, points_px, rows)
    angles = np.radians(np.linspace(-120, 120, 61))
    # The portrait's camera looks along z: columns and rows of the neck are told there, then taken into the head.
    x = (middle[:, None] + half[:, None] * np.sin(angles) - camera.cx_px) * mm_per_px
    y = np.broadcast_to((rows[:, None] - camera.cy_px) * mm_per_px, x.shape)
    nasion = float(pose.translation_mm[2])
    z = np.broadcast_to(nasion + THROAT_MM + NECK_DEPTH_MM * (1 - np.cos(angles)), x.shape)
    in_camera = np.stack([x * z / depth, y * z / depth, z], axis=-1).reshape(-1, 3)
    vertices = (in_camera - pose.translation_mm) @ pose.rotation
    outward = np.stack(np.broadcast_arrays(np.sin(angles), 0.0, -np.cos(angles)), axis=-1)
    normals = np.broadcast_to(outward @ pose.rotation, (len(rows), len(angles), 3)).reshape(-1, 3)
    # Its sides are its front, mirrored; under the jaw goes on what is seen below the chin.
    fold = NECK_FOLD - np.abs((angles + NECK_FOLD) % (4 * NECK_FOLD) - 2 * NECK_FOLD)
    u = middle[:, None] + half[:, None] * np.sin(fold)
    v = np.broadcast_to(np.maximum(rows, chin + cutout.CHIN_SHADOW * height * 0.6)[:, None], u.shape)
    uv = np.stack([u, v], axis=-1).reshape(-1, 2)
    number = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (
        part.ravel() for part in (number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:])
    )
    triangles = np.concatenate([np.column_stack([a, c, b]), np.column_stack([b, c, d])]).astype(np.int32)
    return vertices, normals, triangles, uv
