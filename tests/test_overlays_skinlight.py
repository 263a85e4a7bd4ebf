"""What is read of a painted face, and why some faces are not read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.painted_face import DARK_SKIN, EYES, LIGHT_SKIN, LIPS, ROOM, painted
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.skinlight import FaceColours, face_colours
from tryon.render.colour import de00, lab_from_linear

CAMERA = Camera.from_fov(640, 480, 63.0)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]


@pytest.fixture(scope="module")
def head(head_at: HeadAt, pose_at: PoseAt) -> Head:
    return head_at(pose_at(0, 0, 0, (0.0, 30.0, 480.0)), CAMERA)


@pytest.mark.parametrize("skin", [LIGHT_SKIN, DARK_SKIN])
def test_colours_are_those_that_were_painted(head: Head, skin: tuple[float, float, float]) -> None:
    seen = face_colours(painted(head, skin), head)
    assert isinstance(seen, FaceColours)
    assert float(de00(lab_from_linear(seen.skin), np.array(skin))) < 1
    assert float(de00(lab_from_linear(seen.lips), np.array(LIPS))) < 2
    assert seen.room == pytest.approx(ROOM[::-1], rel=0.05)
    assert seen.eyes is not None
    assert seen.eyes == pytest.approx(EYES[::-1], rel=0.2)
    assert seen.spread < 0.05


def test_shine_shadow_and_blush_do_not_change_the_skin(head: Head) -> None:
    bgr = painted(head)
    plain = face_colours(bgr, head)
    for point, colour in ((50, (250, 250, 250)), (280, (30, 40, 60)), (151, (252, 252, 252))):
        x, y = head.points_px[point, :2].astype(int)
        bgr[y - 2 : y + 2, x - 3 : x + 3] = colour
    spoiled = face_colours(bgr, head)
    assert isinstance(plain, FaceColours)
    assert isinstance(spoiled, FaceColours)
    assert float(de00(lab_from_linear(plain.skin), lab_from_linear(spoiled.skin))) < 1
    rouge = np.zeros(bgr.shape[:2], bool)
    for point in (117, 118, 50, 101, 119, 346, 347, 280, 330, 348):
        x, y = head.points_px[point, :2].astype(int)
        rouge[y - 9 : y + 10, x - 9 : x + 10] = True
    bgr[rouge] = (bgr[rouge] * np.array([0.93, 0.88, 1.0])).astype(np.uint8)
    rouged = face_colours(bgr, head)
    assert isinstance(rouged, FaceColours)
    assert float(de00(lab_from_linear(plain.skin), lab_from_linear(rouged.skin))) < 1.5


@pytest.mark.parametrize(
    ("light", "right", "why"),
    [
        ((0.02, 0.02, 0.02), 1.0, "skin_dark"),
        ((2.6, 2.6, 2.6), 1.0, "skin_bright"),
        ((1.0, 1.0, 1.0), 0.45, "skin_uneven"),
    ],
)
def test_bad_light_is_refused(head: Head, light: tuple[float, float, float], right: float, why: str) -> None:
    assert face_colours(painted(head, light=light, right=right), head) == why


def test_faces_that_are_turned_or_far_are_refused(head_at: HeadAt, pose_at: PoseAt) -> None:
    turned = head_at(pose_at(30, 0, 0, (0.0, 30.0, 480.0)), CAMERA)
    assert face_colours(painted(turned), turned) == "look_at_the_camera"
    far = head_at(pose_at(0, 0, 0, (0.0, 30.0, 1500.0)), CAMERA)
    assert face_colours(painted(far), far) == "come_closer"
    outside = head_at(pose_at(0, 0, 0, (290.0, 30.0, 480.0)), CAMERA)
    assert face_colours(painted(outside), outside) == "look_at_the_camera"
