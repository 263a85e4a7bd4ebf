"""A head whose landmarks a hand draws away is where the rest of its face is seen; without a hand nothing is held."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import U8, Frame, Rect
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.holding import GAP_MS, RELEASE_MS, Hold
from tryon.looks import LookBook
from tryon.overlays.front import Front
from tryon.overlays.memory import FaceMemory
from tryon.perception.smoothing import rotation_matrix, rotation_vector
from tryon.pipeline import Engine, Pipeline
from tryon.replay.measures import frame_corners_px

FRAME_MS = 33.0
LOOKS = 24
DRAWN_RAD = (0.03, -0.04, 0.01)


@pytest.fixture(scope="module")
def head(astronaut: U8, engine: Engine) -> Head:
    pipeline, look = Pipeline(Settings(max_faces=1)), LookBook().resolve(())
    for number in range(4):
        rendered = pipeline.process(Frame(astronaut, number * FRAME_MS), look, engine)
    return rendered.heads[0]


@pytest.fixture(scope="module")
def memory(astronaut: U8, head: Head) -> FaceMemory:
    found = FaceMemory()
    for number in range(LOOKS):
        assert found.look(noisy(astronaut, number), head, number * FRAME_MS) is None
    return found


def noisy(bgr: U8, seed: int) -> U8:
    noise = np.random.default_rng(seed).normal(0, 3, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


def hand(head: Head, part: float = 0.5) -> Front:
    """What covers the lower ``part`` of the face."""
    left, top, right, bottom = (int(side) for side in head.box_px)
    rect = Rect(left - 5, round(bottom - part * (bottom - top)), right + 5, bottom + 5)
    return Front(rect, np.full((rect.height, rect.width), 255, np.uint8))


def covered(bgr: U8, front: Front) -> U8:
    seen, rect = noisy(bgr, 77), front.rect
    seen[rect.y0 : rect.y1, rect.x0 : rect.x1] = (140, 165, 205)
    return seen


def moved(bgr: U8, x: float, y: float) -> U8:
    size = (bgr.shape[1], bgr.shape[0])
    return np.asarray(cv2.warpAffine(bgr, np.array([[1, 0, x], [0, 1, y]]), size), np.uint8)


def drawn(pose: Pose, x_mm: float, y_mm: float) -> Pose:
    """Where landmarks that a hand draws away would have the head."""
    return Pose(
        rotation_matrix(np.array(DRAWN_RAD)) @ pose.rotation,
        pose.translation_mm + np.array([x_mm, y_mm, 0.0]),
    )


def off_px(head: Head, one: Pose, other: Pose) -> float:
    corners = [frame_corners_px(pose, head.camera) for pose in (one, other)]
    return float(np.linalg.norm(corners[0] - corners[1], axis=1).mean())


@pytest.mark.parametrize("shift_px", [(0.0, 0.0), (3.0, -2.0)])
def test_it_is_where_the_rest_of_the_face_is(
    astronaut: U8, head: Head, memory: FaceMemory, shift_px: tuple[float, float]
) -> None:
    hold, front = Hold(), hand(head)
    hold.see(head, None, 0.0)
    hold.see(head, front, FRAME_MS)
    bgr = covered(moved(astronaut, *shift_px), front)
    shift_mm = np.array([*shift_px, 0.0]) / head.px_per_mm
    truth = Pose(head.pose.rotation, head.pose.translation_mm + shift_mm)
    raw = drawn(truth, 4.0, -5.0)
    held = hold.pose(raw, head.points_px, bgr, head.camera, memory, 2 * FRAME_MS)
    assert off_px(head, raw, truth) > 3.0
    assert off_px(head, held, truth) < 1.0
    assert np.degrees(np.abs(rotation_vector(held.rotation @ truth.rotation.T)).max()) < 1.5


def test_without_a_hand_landmarks_are_believed(astronaut: U8, head: Head, memory: FaceMemory) -> None:
    hold = Hold()
    assert hold.idle
    hold.see(head, None, 0.0)
    assert hold.idle
    raw = drawn(head.pose, 4.0, -5.0)
    assert hold.pose(raw, head.points_px, astronaut, head.camera, memory, FRAME_MS) is raw
    beside = replace(hand(head), rect=Rect(0, 0, 20, 20), share=np.full((20, 20), 255, np.uint8))
    hold.see(head, beside, FRAME_MS)
    assert hold.pose(raw, head.points_px, astronaut, head.camera, memory, 2 * FRAME_MS) is raw


def test_what_was_in_front_before_a_gap_holds_nothing(astronaut: U8, head: Head, memory: FaceMemory) -> None:
    hold = Hold()
    hold.see(head, None, 0.0)
    hold.see(head, hand(head), FRAME_MS)
    raw = drawn(head.pose, 4.0, -5.0)
    later = FRAME_MS + GAP_MS + 1
    assert hold.pose(raw, head.points_px, astronaut, head.camera, memory, later) is raw
    assert hold.idle


def test_a_face_that_is_covered_wholly_stays_where_it_was(
    astronaut: U8, head: Head, memory: FaceMemory
) -> None:
    hold, front = Hold(), hand(head, 1.2)
    hold.see(head, None, 0.0)
    hold.see(head, front, 0.0)
    bgr = covered(astronaut, front)
    first = hold.pose(head.pose, head.points_px, bgr, head.camera, memory, FRAME_MS)
    raw = drawn(head.pose, 4.0, -5.0)
    hold.see(head, front, FRAME_MS)
    held = hold.pose(raw, head.points_px, bgr, head.camera, memory, 2 * FRAME_MS)
    assert off_px(head, held, first) < 0.05 * off_px(head, raw, first)


def test_when_the_hand_is_gone_it_goes_to_its_landmarks_gradually(
    astronaut: U8, head: Head, memory: FaceMemory
) -> None:
    hold, front = Hold(), hand(head)
    hold.see(head, None, 0.0)
    hold.see(head, front, 0.0)
    raw = drawn(head.pose, 4.0, -5.0)
    held = hold.pose(raw, head.points_px, covered(astronaut, front), head.camera, memory, FRAME_MS)
    offs = [off_px(head, held, raw)]
    for number in range(2, 40):
        hold.see(head, None, (number - 1) * FRAME_MS)
        held = hold.pose(raw, head.points_px, astronaut, head.camera, memory, number * FRAME_MS)
        offs.append(off_px(head, held, raw))
    assert offs == sorted(offs, reverse=True)
    share = math.exp(-FRAME_MS / RELEASE_MS)
    assert offs[1] == pytest.approx(share * offs[0], rel=0.1)
    assert offs[-1] == 0.0
    assert hold.idle
