"""Video of a head whose pose is known: a whole head from one portrait, turned and moved before a pinhole camera.

The face is rigid and rides exactly on the commanded pose, so tracker, pose fit and filters can be held against the
truth. Only the neck gives way between the turning head and the body, and the backdrop stands still.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from typing_extensions import Self

from tryon.errors import PerceptionFailed
from tryon.frame import F32, F64, U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.head import IRIS_MM, template
from tryon.geometry.pose import FLIP, Pose, fit_pose
from tryon.geometry.steady import to_head
from tryon.perception import landmarks as at
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import FaceModel
from tryon.perception.smoothing import rotation_matrix
from tryon.render.mesh import I32
from tryon.render.raster import EMPTY, fill, to_samples, transform
from tryon.replay import skin
from tryon.replay.motion import Motion, Move
from tryon.replay.proportions import Proportions, with_mean_depth
from tryon.replay.texture import SAMPLES, lay_over

# Portraits are taken with a long lens from afar. Over the face's width in the picture.
PORTRAIT_FOCAL_FACES: Final = 20.0
# A head turns on its neck, not on its nose; head space, mm.
NECK_MM: Final = np.array([0.0, -70.0, -95.0])
# The middle of the face: turned about it, a face stays where it is, and is seen at the angle that it is turned by. A
# head that turns on its neck by 30° before a near camera moves sideways, and is seen from 10° further round.
FACE_MIDDLE_MM: Final = np.array([0.0, -28.0, -25.0])
# The body goes along with the neck so far; then the neck stretches rather than the room. mm
BODY_REACH_MM: Final = 60.0
# A turn about the neck leaves it where it is but for rounding.
_NO_SHIFT_MM: Final = 1e-6
FACE_PX: Final = 200.0
# Where the nasion rests in the frame, as parts of its size.
REST_AT: Final = (0.5, 0.415)
SETTLE_FRAMES: Final = 4
# A lamp above the camera, a little to its left, and how much light comes from everywhere.
LIGHT: Final = np.array([-0.35, -0.55, -0.76])
AMBIENT: Final = 0.6


_NO_NORMALS: Final[F32] = np.zeros((0, 3), np.float32)
_IDENTITY: Final[F32] = np.eye(4, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is so in one frame: ``pose`` camera_from_head in true millimetres, the 478 points in the picture (the
    third column the distance from the camera in mm) and in head space, and the distance of the irises' centres."""

    pose: Pose
    points_px: F64
    points_mm: F64
    pupillary_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticHead:
    """A rigid head that looks like a portrait.

    ``points_mm`` (478, 3), on the rendered surface, and ``vertices_mm`` (n, 3) of the mesh are in head space;
    ``portrait`` is the head's pose before the portrait's ``camera``.

    Across the picture the face is the portrait's own. Its depth is the mean head's (``template``), not what the network
    makes of the portrait, and the skull behind it is ``bust``'s.
    """

    bust: skin.Bust
    vertices_mm: F64
    points_mm: F64
    portrait: Pose
    camera: Camera

    @classmethod
    def from_portrait(cls, bgr: U8, model: FaceModel, iris_mm: float = IRIS_MM) -> Self:
        """From any picture with one upright face. Raises PerceptionFailed where there is none."""
        tracker = FaceTracker()
        for number in range(SETTLE_FRAMES):
            faces = tracker.observe(Frame(bgr, number * 33.0), model).faces
        if not faces:
            raise PerceptionFailed("No face was found in the portrait.")
        points = faces[0].points_px
        width = float(np.ptp(points[: at.SURFACE_COUNT, 0]))
        x, y = (float(value) for value in points[at.NASION, :2])
        camera = Camera(bgr.shape[1], bgr.shape[0], PORTRAIT_FOCAL_FACES * width, x, y)
        pose = fit_pose(points, camera, template().points_mm)
        own = to_head(points, pose, camera)
        scale = iris_mm / _iris_mm(own)
        pose = pose.scaled(scale)
        depths = pose.to_camera(with_mean_depth(own) * scale)[:, 2:]
        rays = (points[:, :2].astype(np.float64) - (camera.cx_px, camera.cy_px)) / camera.focal_px
        face = _in_head(np.column_stack([rays, np.ones(len(rays))]) * depths, pose)
        body, on_surface = skin.dress(bgr, points, face, pose, camera)
        return cls(body, body.vertices_mm, on_surface, pose, camera)

    def reshaped(self, proportions: Proportions) -> SyntheticHead:
        """The same skin on a head of other proportions; the irises keep their width."""
        vertices, points = (proportions.of(places) for places in (self.vertices_mm, self.points_mm))
        return replace(self, vertices_mm=vertices, points_mm=points)

    @property
    def face_mm(self) -> float:
        """Width of the face's outline."""
        return float(np.ptp(self.points_mm[: at.SURFACE_COUNT, 0]))

    def stage(
        self, camera: Camera, face_px: float = FACE_PX, rest_at: tuple[float, float] = REST_AT
    ) -> Stage:
        """Set the head before ``camera`` so that its face, at rest, is ``face_px`` wide."""
        place = (rest_at[0] * camera.width_px - camera.cx_px, rest_at[1] * camera.height_px - camera.cy_px)
        ray = np.array([place[0] / camera.focal_px, place[1] / camera.focal_px, 1.0])
        depth = camera.focal_px * self.face_mm / face_px
        # The face is widest well behind the nasion: a few corrections find the distance at which it fits.
        for _ in range(8):
            seen = camera.project(Pose(self.portrait.rotation, ray * depth).to_camera(self.points_mm))
            depth += camera.focal_px * self.face_mm * (1 / face_px - 1 / np.ptp(seen[: at.SURFACE_COUNT, 0]))
        return Stage(self, camera, ray * depth)

    def truth(self, pose: Pose, camera: Camera) -> Truth:
        """The points of a head in that pose."""
        seen = pose.to_camera(self.points_mm)
        irises = self.points_mm[[at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE]]
        return Truth(
            pose=pose,
            points_px=np.column_stack([camera.project(seen), seen[:, 2]]),
            points_mm=self.points_mm,
            pupillary_mm=float(np.linalg.norm(irises[0] - irises[1])),
        )


class Stage:
    """One head before one camera; renders frames. Use from one thread."""

    def __init__(self, head: SyntheticHead, camera: Camera, nasion_mm: F64) -> None:
        self.head = head
        self.camera = camera
        # At rest the head stands as in the portrait; moves are relative to a head that faces the camera.
        portrait = head.portrait.rotation
        self._neck_mm = nasion_mm + portrait @ NECK_MM
        self._rest = Pose(portrait, nasion_mm)
        self._backdrop, self._loose = self._set_up_backdrop()
        # The room above the shoulders stays where it is.
        self._top = int(np.argmax(self._loose.any(axis=1)))

    @property
    def rest(self) -> Move:
        """The portrait's own attitude."""
        yaw, pitch, roll = self._rest.yaw_pitch_roll_deg
        return Move(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)

    def pose(self, move: Move, about_mm: F64 = NECK_MM) -> Pose:
        """The head turned about a point of head space by the move's angles (yaw to the wearer's left, pitch up, roll to
        the right shoulder; all zero faces along the camera's axis), that point shifted by its millimetres."""
        rotation = FLIP @ orientation(move.yaw_deg, move.pitch_deg, move.roll_deg)
        place = self._rest.to_camera(about_mm[None])[0] + np.array([move.x_mm, move.y_mm, move.z_mm])
        return Pose(rotation, np.asarray(place - rotation @ about_mm, np.float64))

    def truth(self, pose: Pose) -> Truth:
        """See ``SyntheticHead.truth``."""
        return self.head.truth(pose, self.camera)

    def frames(
        self,
        motion: Motion,
        fps: float = 30.0,
        noise: float = 0.0,
        seed: int = 0,
        about_mm: F64 = NECK_MM,
    ) -> Iterator[tuple[Frame, Pose]]:
        """The motion's frames with the true pose of each. ``noise`` is the sensor's, σ in codes."""
        grain = Grain(self.camera.width_px, self.camera.height_px, noise, seed)
        last: tuple[Move, U8] | None = None
        for number in range(round(motion.duration_ms * fps / 1000)):
            t_ms = number * 1000 / fps
            move = motion.at(t_ms)
            pose = self.pose(move, about_mm)
            if last is None or last[0] != move:
                last = (move, self.render(pose))
            yield Frame(grain.on(last[1]), t_ms, number), pose

    def render(self, pose: Pose) -> U8:
        """The picture of the head in that pose, (height, width, 3)."""
        camera, body = self.camera, self.head.bust
        shift = np.clip(pose.to_camera(NECK_MM[None])[0] - self._neck_mm, -BODY_REACH_MM, BODY_REACH_MM)
        bgr = self._behind(shift)
        follow = body.follow[:, None]
        placed = pose.to_camera(self.head.vertices_mm) * follow
        placed += (self._rest.to_camera(self.head.vertices_mm) + shift) * (1 - follow)
        vertices = np.empty((len(placed), 6), np.float32)
        view = (camera.focal_px, camera.cx_px, camera.cy_px)
        left, top, right, bottom = transform(
            placed.astype(np.float32), _NO_NORMALS, _IDENTITY, view, vertices
        )
        x0, y0 = max(math.floor(left), 0), max(math.floor(top), 0)
        width = min(math.ceil(right), camera.width_px) - x0
        height = min(math.ceil(bottom), camera.height_px) - y0
        if width <= 0 or height <= 0:
            return bgr
        to_samples(vertices, x0, y0, SAMPLES)
        size = (height * SAMPLES, width * SAMPLES)
        depth: F32 = np.zeros(size, np.float32)
        numbers: I32 = np.full(size, EMPTY, np.int32)
        triangles = body.triangles
        fill(
            triangles, 0, len(triangles), np.ones(1, np.int32), vertices, depth, numbers, size[1], size[0], 1
        )  # fmt: skip
        lay_over(bgr, x0, y0, numbers, triangles, vertices, body.uv, body.texels, self._light(pose))
        return bgr

    def _light(self, pose: Pose) -> F32:
        """How much more light falls on each vertex than did in the portrait, whose own shades are on the skin."""
        body = self.head.bust
        before, now = (
            AMBIENT + (1 - AMBIENT) * np.maximum(body.normals @ (turn.T @ LIGHT), 0)
            for turn in (self.head.portrait.rotation, pose.rotation)
        )
        return np.asarray(1 + (now / before - 1) * body.follow, np.float32)

    def _set_up_backdrop(self) -> tuple[U8, F32]:
        """The portrait without its head as the camera sees it at rest, and which of it is body (1) or room (0)."""
        source, target = self.head.camera, self.camera
        neck = self._rest.to_camera(self.head.points_mm[at.CHIN][None])[0]
        before = self.head.portrait.to_camera(self.head.points_mm[at.CHIN][None])[0]
        # Where the chin's distance is shown true, backdrop and collar meet the cut-out.
        zoom = (target.focal_px / neck[2]) / (source.focal_px / before[2])
        chin_to = target.project(neck[None])[0]
        chin_from = source.project(before[None])[0]
        affine = np.array(
            [
                [zoom, 0, chin_to[0] - zoom * chin_from[0] + 0.5 * zoom - 0.5],
                [0, zoom, chin_to[1] - zoom * chin_from[1] + 0.5 * zoom - 0.5],
            ]
        )
        size = (target.width_px, target.height_px)
        backdrop = cv2.warpAffine(
            self.head.bust.backdrop, affine, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
        )
        known = cv2.warpAffine(
            np.ones(self.head.bust.backdrop.shape[:2], np.float32),
            affine,
            size,
            borderMode=cv2.BORDER_CONSTANT,
        )
        share = cv2.GaussianBlur(cv2.erode(known, np.ones((9, 9), np.uint8)), (0, 0), 4.0)[..., None]
        mixed = backdrop * share + cv2.GaussianBlur(backdrop, (0, 0), 24.0) * (1 - share)
        face_px = zoom * float(
            np.ptp(source.project(self.head.portrait.to_camera(self.head.points_mm))[:, 0])
        )
        x = np.abs(np.arange(target.width_px) + 0.5 - chin_to[0])[None, :] / face_px
        y = (np.arange(target.height_px) + 0.5 - chin_to[1])[:, None] / face_px
        loose = np.clip((2.1 - x) / 0.9, 0, 1) * np.clip((y + 0.5) / 0.6, 0, 1)
        loose = loose * loose * (3 - 2 * loose)
        return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8), loose.astype(np.float32)

    def _behind(self, shift_mm: F64) -> U8:
        """The backdrop with the body moved along."""
        if np.abs(shift_mm).max() < _NO_SHIFT_MM:
            return self._backdrop.copy()
        camera, depth = self.camera, float(self._neck_mm[2])
        shrink = (depth + shift_mm[2]) / depth
        x = np.arange(camera.width_px, dtype=np.float32)[None, :]
        y = np.arange(self._top, camera.height_px, dtype=np.float32)[:, None]
        loose = self._loose[self._top :]
        dx = (x + 0.5 - camera.cx_px) * (shrink - 1) - camera.focal_px * shift_mm[0] / depth
        dy = (y + 0.5 - camera.cy_px) * (shrink - 1) - camera.focal_px * shift_mm[1] / depth
        map_x = (x + dx * loose).astype(np.float32)
        map_y = (y + dy * loose).astype(np.float32)
        moved = self._backdrop.copy()
        cv2.remap(
            self._backdrop,
            map_x,
            map_y,
            cv2.INTER_CUBIC,
            dst=moved[self._top :],
            borderMode=cv2.BORDER_REPLICATE,
        )
        return moved


class Grain:
    """Seeded Gaussian sensor noise: a large tile, laid at another random place on each frame."""

    def __init__(self, width_px: int, height_px: int, sigma: float, seed: int) -> None:
        self._sigma = sigma
        self._random = np.random.default_rng(seed)
        self._shape = (height_px, width_px)
        if sigma > 0:
            tile = self._random.normal(0.0, sigma, (height_px + 257, width_px + 257, 3))
            self._tile = np.rint(tile).astype(np.int16)

    def on(self, bgr: U8) -> U8:
        """A copy of the picture with grain on it."""
        if self._sigma <= 0:
            return bgr.copy()
        x, y = self._random.integers(0, 257, 2)
        height, width = self._shape
        sign = 1 if self._random.random() < 0.5 else -1
        noisy = bgr + sign * self._tile[y : y + height, x : x + width]
        return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def orientation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> F64:
    """The head's axes for a camera with y up: nod · turn · tilt, as ``Pose.yaw_pitch_roll_deg`` reads the first two."""
    yaw, pitch, roll = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))
    nod = rotation_matrix(np.array([-pitch, 0.0, 0.0]))
    turn = rotation_matrix(np.array([0.0, yaw, 0.0]))
    tilt = rotation_matrix(np.array([0.0, 0.0, roll]))
    return np.asarray(nod @ turn @ tilt, np.float64)


def _in_head(points_mm: F64, pose: Pose) -> F64:
    return np.asarray((points_mm - pose.translation_mm) @ pose.rotation, np.float64)


def _iris_mm(points_mm: F64) -> float:
    """Mean horizontal diameter of the two irises."""
    across = [points_mm[iris[0]] - points_mm[iris[2]] for iris in (at.RIGHT_IRIS, at.LEFT_IRIS)]
    return float(np.mean([np.hypot(side[0], side[1]) for side in across]))
