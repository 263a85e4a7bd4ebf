"""The light's direction: found again on faces that were lit from known sides, steady against what is no skin."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.geometry.wearer import normals
from tryon.overlays.direction import STRONGEST, USUAL, Direction, light_direction
from tryon.overlays.light import FOLLOW_MS, LUMINANCE, PERIOD_MS, LightMeter
from tryon.render import transfer

CAMERA = Camera.from_fov(640, 480, 63.0)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]


def lit(head: Head, direction: Direction, albedo: float = 0.3, noise: float = 3.0) -> U8:
    """The head as a matte surface under that light, triangle by triangle, far ones first."""
    light: F64 = np.full((480, 640), 0.05)
    facing = normals() @ head.pose.rotation.T
    shine = albedo * np.maximum(1 + facing @ np.array(direction), 0.05)
    corners = template().triangles[:, :3]
    depth = head.points_px[corners, 2].mean(axis=1)
    for corner in corners[np.argsort(-depth)]:
        points = np.rint(head.points_px[corner, :2]).astype(np.int32)
        cv2.fillConvexPoly(light, points, (float(shine[corner].mean()),))
    table = np.asarray(transfer.to_linear())
    codes = np.searchsorted(table, np.clip(light, 0, 1)).astype(float)
    grey = codes + np.random.default_rng(4).normal(0, noise, codes.shape)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def read(bgr: U8, head: Head) -> Direction:
    found = light_direction(bgr, head, transfer.to_linear(), LUMINANCE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "direction", [(0.5, -0.3, -0.3), (-0.5, -0.3, -0.3), (0.0, -0.6, -0.3), (0.0, 0.3, -0.3)]
)
@pytest.mark.parametrize("yaw", [0.0, 20.0, -20.0])
def test_the_side_that_the_light_comes_from_is_found(
    head_at: HeadAt, pose_at: PoseAt, direction: Direction, yaw: float
) -> None:
    head = head_at(pose_at(yaw, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    found = read(lit(head, direction), head)
    assert found[0] == pytest.approx(direction[0], abs=0.17)
    assert found[1] == pytest.approx(direction[1], abs=0.2)


@pytest.mark.parametrize("albedo", [0.06, 0.25, 0.6])
def test_neither_skin_nor_exposure_changes_the_answer(
    head_at: HeadAt, pose_at: PoseAt, albedo: float
) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    found = read(lit(head, (0.45, -0.3, -0.3), albedo), head)
    assert found[0] == pytest.approx(0.45, abs=0.17)


def test_a_beard_is_not_taken_for_shade(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    bare = lit(head, (0.0, -0.3, -0.3))
    bearded = bare.copy()
    chin = np.rint(head.points_px[[214, 216, 18, 436, 434, 365, 152, 136], :2]).astype(np.int32)
    cv2.fillPoly(bearded, [cv2.convexHull(chin)], (30, 30, 30))
    assert abs(read(bearded, head)[0]) < 0.1
    assert abs(read(bearded, head)[1] - read(bare, head)[1]) < 0.3


def test_it_stays_within_what_a_room_can_do(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    half = np.zeros((480, 640, 3), np.uint8)
    half[:, 320:] = 250
    assert all(abs(part) <= STRONGEST for part in read(half, head))


def test_a_face_outside_the_picture_or_in_the_dark_tells_nothing(head_at: HeadAt, pose_at: PoseAt) -> None:
    gone = head_at(pose_at(at_mm=(-2000.0, 0.0, 450.0)), CAMERA)
    here = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    black = np.zeros((480, 640, 3), np.uint8)
    assert light_direction(np.full_like(black, 99), gone, transfer.to_linear(), LUMINANCE) is None
    assert light_direction(black, here, transfer.to_linear(), LUMINANCE) is None


def test_the_meter_follows_a_lamp_that_is_switched_on(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    even, side = lit(head, (0.0, -0.3, -0.3)), lit(head, (0.55, -0.3, -0.3))
    meter = LightMeter()
    assert abs(meter.read(even, head, 0.0).direction[0]) < 0.1
    seen, t_ms = [], 0.0
    while t_ms < 6 * FOLLOW_MS:
        t_ms += PERIOD_MS + 1
        seen.append(meter.read(side, head, t_ms).direction[0])
    assert seen == sorted(seen)
    assert seen[0] < 0.35
    assert seen[-1] == pytest.approx(0.55, abs=0.17)
    assert LightMeter().read(np.zeros((480, 640, 3), np.uint8), head, 0.0).direction == pytest.approx(USUAL)
