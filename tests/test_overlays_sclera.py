"""The whites of the eyes, on faces whose eyes are painted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.light import LUMINANCE
from tryon.overlays.sclera import SLIT, USUAL, eye_white
from tryon.render.mesh import linear_to_srgb
from tryon.render.transfer import to_linear

CAMERA = Camera.from_fov(640, 480, 63.0)
SKIN = 0.25


@pytest.fixture
def near(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(at_mm=(0.0, 0.0, 350.0)), CAMERA)


def face(head: Head, light: tuple[float, float, float], shines: float = 0.4) -> U8:
    """Grey, with eyes that shine so brightly under light of that blue, green and red."""
    bgr: U8 = np.full((480, 640, 3), 120, np.uint8)
    x, y = head.points_px[[33, 133, 362, 263], :2].T.astype(int)
    linear = USUAL * np.array(light, np.float32) * np.float32(shines)
    bgr[y.min() - 6 : y.max() + 7, x.min() - 3 : x.max() + 4] = np.rint(linear_to_srgb(linear) * 255)
    return bgr


@pytest.mark.parametrize("light", [(1.0, 1.0, 1.0), (0.66, 1.0, 1.18), (1.22, 1.0, 0.84)])
def test_the_lights_colour_is_told_over_its_luminance(near: Head, light: tuple[float, float, float]) -> None:
    seen = eye_white(face(near, light), near, to_linear(), LUMINANCE, SKIN)
    assert seen is not None
    wanted = np.array(light) / (np.array(light) @ LUMINANCE)
    assert seen.tint.tolist() == pytest.approx(wanted.tolist(), rel=0.04)
    assert seen.luminance == pytest.approx(float(USUAL * np.array(light) @ LUMINANCE) * 0.4, rel=0.04)
    assert seen.trust == 1.0


def test_eyes_that_are_shut_far_away_or_outside_say_nothing(
    near: Head, head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    def read(bgr: U8, head: Head) -> object:
        return eye_white(bgr, head, to_linear(), LUMINANCE, SKIN)

    assert read(face(near, (1, 1, 1), 0.8 * SLIT * SKIN), near) is None
    far = head_at(pose_at(at_mm=(0.0, 0.0, 1500.0)), CAMERA)
    assert read(face(far, (1, 1, 1)), far) is None
    aside = head_at(pose_at(at_mm=(-400.0, 0.0, 350.0)), CAMERA)
    assert read(face(near, (1, 1, 1)), aside) is None


def test_the_farther_the_less_trust(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> None:
    heads = [head_at(pose_at(at_mm=(0.0, 0.0, z)), CAMERA) for z in (450.0, 520.0, 600.0)]
    seen = [eye_white(face(head, (1, 1, 1)), head, to_linear(), LUMINANCE, SKIN) for head in heads]
    trusts = [0.0 if white is None else white.trust for white in seen]
    assert trusts == sorted(trusts, reverse=True)
    assert trusts[0] > trusts[-1]
