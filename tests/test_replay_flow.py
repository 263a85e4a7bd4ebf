"""Optical flow tells how skin moved, and whether a product went along."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head, HeadFilter
from tryon.perception.observation import FaceObservation
from tryon.replay.flow import SkinFlow

CAMERA = Camera.from_fov(512, 512, 63)


@pytest.fixture(scope="module")
def head(astronaut_face: FaceObservation) -> Head:
    return HeadFilter().update(astronaut_face, CAMERA, 0.0)


@pytest.fixture(scope="module")
def grey(astronaut: U8) -> U8:
    return np.asarray(cv2.cvtColor(astronaut, cv2.COLOR_BGR2GRAY), np.uint8)


def shifted(grey: U8, x: float, y: float) -> U8:
    matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    return np.asarray(cv2.warpAffine(grey, matrix, (512, 512), flags=cv2.INTER_CUBIC), np.uint8)


def carried(head: Head, x: float, y: float) -> Head:
    shift = np.array([x, y, 0.0]) / head.px_per_mm
    pose = Pose(head.pose.rotation, head.pose.translation_mm + shift)
    points = head.points_px + np.array([x, y, 0.0], np.float32)
    return dataclasses.replace(head, points_px=points, pose=pose)


@pytest.mark.parametrize("step", [(0.0, 0.0), (0.4, -0.3), (3.0, 2.0), (-14.0, 5.0)])
def test_skin_that_moves_is_followed_to_a_tenth_of_a_pixel(
    grey: U8, head: Head, step: tuple[float, float]
) -> None:
    flow = SkinFlow()
    assert flow.see(grey, head) == {}
    found = flow.see(shifted(grey, *step), carried(head, *step))
    assert set(found) == {"bone", "lips"}
    for steps in found.values():
        assert steps.skin_px == pytest.approx(step, abs=0.1)
        # A head shifted across the view turns a little against it: its far points lag.
        assert steps.ahead_px == pytest.approx((0, 0), abs=0.35)


def test_a_product_that_stays_behind_is_told(grey: U8, head: Head) -> None:
    flow = SkinFlow()
    flow.see(grey, head)
    found = flow.see(shifted(grey, 3, 0), head)
    for steps in found.values():
        assert steps.ahead_px == pytest.approx((-3, 0), abs=0.15)


def test_a_change_of_scale_is_no_step(grey: U8, head: Head) -> None:
    flow = SkinFlow()
    flow.see(grey, head)
    larger = dataclasses.replace(
        head,
        pose=head.pose.scaled(1.05),
        shape_mm=head.shape_mm * 1.05,
        scale=dataclasses.replace(head.scale, value=head.scale.value * 1.05),
    )
    assert flow.see(grey, larger)["bone"].ahead_px == pytest.approx((0, 0), abs=0.02)


def test_another_face_size_or_a_pause_begins_anew(grey: U8, head: Head) -> None:
    flow = SkinFlow()
    flow.see(grey, head)
    assert flow.see(grey, dataclasses.replace(head, track=head.track + 1)) == {}
    small = np.ascontiguousarray(grey[:400])
    assert flow.see(small, dataclasses.replace(head, track=head.track + 1)) == {}
    flow.see(grey, head)
    flow.forget()
    assert flow.see(grey, head) == {}


def test_skin_without_a_pattern_tells_nothing(head: Head) -> None:
    flow, blank = SkinFlow(), np.full((512, 512), 128, np.uint8)
    flow.see(blank, head)
    assert flow.see(blank, head) == {}
    outside = carried(head, 4000.0, 0.0)
    flow.see(blank, outside)
    assert flow.see(blank, outside) == {}
