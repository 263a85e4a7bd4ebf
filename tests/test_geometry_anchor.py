"""A head held to its own skin: what its landmarks miss by is found, and nothing is learnt from hands and strangers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.geometry.anchor import LOST, SEEK_MS, SMALL, Anchor
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.perception.face_model import FaceModel
from tryon.perception.smoothing import rotation_matrix
from tryon.replay import measures
from tryon.replay.motion import Motion, Move
from tryon.replay.synth import Stage, SyntheticHead

pytestmark = pytest.mark.usefixtures("carved_once")

CAMERA = Camera.from_fov(640, 480, 63)
FRAME_MS = 1000 / 30
NOISE = 4.0


@pytest.fixture(scope="module")
def stage(astronaut: U8) -> Iterator[Stage]:
    model = FaceModel()
    yield SyntheticHead.from_portrait(astronaut, model).stage(CAMERA)
    model.close()


def turns(yaw_deg: float, seconds: float) -> Motion:
    """A second of rest, then to and fro."""
    return Motion(
        "turns",
        seconds * 1000,
        lambda t_ms: Move(yaw_deg=yaw_deg * np.sin(2 * np.pi * max(t_ms / 1000 - 1, 0) / 4)),
    )


def flatter(truth: Pose) -> Pose:
    """As landmarks see a head: turned by less than it is, and with a nod that grows as it turns."""
    yaw, _, _ = truth.yaw_pitch_roll_deg
    missed = np.radians([0.1 * abs(yaw) - 1.0, -0.14 * yaw, 0.0])
    return Pose(truth.rotation @ rotation_matrix(missed), truth.translation_mm)


def through(
    stage: Stage, motion: Motion, anchor: Anchor, landmarks: Callable[[Pose], Pose] = flatter
) -> tuple[F64, F64]:
    """Degrees off the truth, frame by frame: landmarks alone, and held to the skin."""
    alone, held = [], []
    for frame, truth in stage.frames(motion, noise=NOISE):
        raw = landmarks(truth)
        points = stage.truth(truth).points_px.astype(np.float32)
        pose = anchor.pose(raw, points, frame.bgr, CAMERA, frame.t_ms)
        alone.append(measures.rotation_error_deg(truth, raw))
        held.append(measures.rotation_error_deg(truth, pose))
    return np.array(alone), np.array(held)


def test_a_turned_head_is_told_better_than_by_its_landmarks(stage: Stage) -> None:
    alone, held = through(stage, turns(30.0, 7.0), Anchor())
    assert alone[30:].mean() > 2.5
    assert held[30:].mean() < 0.55 * alone[30:].mean()
    assert held[-60:].max() < alone.max()


def test_what_all_views_have_in_common_becomes_the_first_pose(stage: Stage) -> None:
    """The first look alone is nodded; over the views that error has no part."""

    def nodded_at_first(truth: Pose) -> Pose:
        yaw, _, _ = truth.yaw_pitch_roll_deg
        nod = 3.0 * np.exp(-((yaw / 8.0) ** 2))
        return Pose(truth.rotation @ rotation_matrix(np.radians([nod, 0.0, 0.0])), truth.translation_mm)

    _, held = through(stage, turns(30.0, 9.0), Anchor(), nodded_at_first)
    assert held[15:30].mean() > 2.5, "nothing else is known yet"
    assert held[-60:].mean() < 1.7


def test_landmarks_that_are_wrong_in_every_view_are_found_out_by_the_heads_shape(stage: Stage) -> None:
    """No view tells of a nod that all have; how far forehead and cheeks stand out does."""

    def nodded(truth: Pose) -> Pose:
        return Pose(truth.rotation @ rotation_matrix(np.radians([-4.0, 2.0, 0.0])), truth.translation_mm)

    anchor = Anchor()
    alone, held = through(stage, turns(30.0, 7.0), anchor, nodded)
    assert alone.mean() == pytest.approx(np.hypot(4.0, 2.0), abs=0.1)
    assert held[15:30].mean() > 4.0, "nothing else is known yet"
    assert held[-60:].mean() < 2.0
    assert 0.5 < anchor.nod_known <= 1.0


def test_landmarks_that_are_right_stay_as_they_are(stage: Stage) -> None:
    _, held = through(stage, turns(30.0, 5.0), Anchor(), lambda truth: truth)
    assert held.mean() < 0.8


def test_a_resting_head_rests(stage: Stage) -> None:
    anchor = Anchor()
    seen = []
    for frame, truth in stage.frames(Motion("still", 3000, lambda _: Move()), noise=NOISE):
        points = stage.truth(truth).points_px.astype(np.float32)
        seen.append(
            measures.frame_corners_px(anchor.pose(truth, points, frame.bgr, CAMERA, frame.t_ms), CAMERA)
        )
    assert measures.jitter_px(np.array(seen[30:])) < 0.12, "before the filters"
    assert anchor.nod_known < 0.05, "a head that has not turned"


def test_from_a_covered_face_nothing_is_learnt(stage: Stage) -> None:
    anchor = Anchor()
    bgr = stage.render(stage.pose(Move()))
    points = stage.truth(stage.pose(Move())).points_px.astype(np.float32)
    for number in range(20):
        anchor.pose(stage.pose(Move()), points, bgr, CAMERA, number * FRAME_MS, covered=True)
    nodded = Pose(
        stage.pose(Move()).rotation @ rotation_matrix(np.array([0.07, 0.0, 0.0])), np.array([0, 0, 300.0])
    )
    assert anchor.pose(nodded, points, bgr, CAMERA, 20 * FRAME_MS, covered=True) is nodded


def known(stage: Stage) -> tuple[Anchor, float]:
    """One that has learnt, and when."""
    anchor = Anchor()
    through(stage, turns(30.0, 4.0), anchor)
    return anchor, 4000.0


def test_without_its_marks_the_pose_becomes_that_of_landmarks_again_and_none_jumps(stage: Stage) -> None:
    anchor, t_ms = known(stage)
    move = Move(yaw_deg=20.0)
    truth = stage.pose(move)
    raw, points = flatter(truth), stage.truth(truth).points_px.astype(np.float32)
    for number in range(15):
        before = anchor.pose(raw, points, stage.render(truth), CAMERA, t_ms + number * FRAME_MS)
    assert measures.rotation_error_deg(raw, before) > 1.0
    grey = np.full((480, 640, 3), 120, np.uint8)
    steps = []
    for number in range(15, 15 + 120):
        after = anchor.pose(raw, points, grey, CAMERA, t_ms + number * FRAME_MS)
        steps.append(measures.rotation_error_deg(before, after))
        before = after
    assert max(steps) < 0.4
    assert measures.rotation_error_deg(raw, after) < 0.1


def test_another_face_is_begun_anew(stage: Stage) -> None:
    anchor, t_ms = known(stage)
    truth = stage.pose(Move())
    points = stage.truth(truth).points_px.astype(np.float32)
    other = np.random.default_rng(2).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    for _ in range(LOST + 2):
        t_ms += SEEK_MS + 1
        pose = anchor.pose(truth, points, other, CAMERA, t_ms)
    assert pose is truth


def test_a_small_face_is_left_to_its_landmarks(stage: Stage) -> None:
    anchor = Anchor()
    far = Pose(stage.pose(Move()).rotation, np.array([0.0, 0.0, 1.05 * CAMERA.focal_px / SMALL]))
    bgr = stage.render(stage.pose(Move()))
    points = stage.truth(stage.pose(Move())).points_px.astype(np.float32)
    for number in range(20):
        assert anchor.pose(far, points, bgr, CAMERA, number * FRAME_MS) is far
