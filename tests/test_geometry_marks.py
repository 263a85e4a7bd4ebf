"""Marks on a head of known pose: they find it where it turned, learn its depth, and know what is none of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.mark_motion import SEEN_MIN
from tryon.geometry.marks import Marks, Small
from tryon.geometry.pose import Pose
from tryon.perception.face_model import FaceModel
from tryon.perception.smoothing import rotation_matrix
from tryon.replay import measures
from tryon.replay.motion import Move
from tryon.replay.proportions import Proportions
from tryon.replay.synth import Stage, SyntheticHead

pytestmark = pytest.mark.usefixtures("carved_once")

CAMERA = Camera.from_fov(640, 480, 63)
FRONTAL = Move()
TURNS = [Move(yaw_deg=yaw, pitch_deg=pitch) for yaw in (-25.0, -12.0, 12.0, 25.0) for pitch in (-6.0, 6.0)]


@pytest.fixture(scope="module")
def person(astronaut: U8) -> Iterator[SyntheticHead]:
    model = FaceModel()
    yield SyntheticHead.from_portrait(astronaut, model)
    model.close()


@pytest.fixture(scope="module")
def stage(person: SyntheticHead) -> Stage:
    return person.stage(CAMERA)


def seen(stage: Stage, move: Move) -> tuple[U8, Pose]:
    pose = stage.pose(move)
    return stage.render(pose), pose


def marked(stage: Stage) -> Marks:
    bgr, pose = seen(stage, FRONTAL)
    points = stage.truth(pose).points_px.astype(np.float32)
    return Marks(Small.of(bgr, pose, CAMERA), points, pose, CAMERA)


def off(pose: Pose, yaw_deg: float, nod_deg: float) -> Pose:
    turn = rotation_matrix(np.radians([nod_deg, yaw_deg, 0.0]))
    return Pose(pose.rotation @ turn, pose.translation_mm + np.array([2.0, -1.0, 8.0]))


def missed_deg(marks: Marks, stage: Stage, move: Move, start: Pose) -> float:
    bgr, truth = seen(stage, move)
    laid = marks.lay(Small.of(bgr, start, CAMERA), start, start, 2, 6)
    return measures.rotation_error_deg(truth, laid.pose)


def test_where_they_were_taken_they_lie_already(stage: Stage) -> None:
    bgr, pose = seen(stage, FRONTAL)
    laid = marked(stage).lay(Small.of(bgr, pose, CAMERA), pose, pose, 0, 1)
    assert laid.seen > 45
    assert laid.alike > 0.99
    assert laid.step_deg < 0.05


@pytest.mark.parametrize("move", TURNS)
def test_a_turned_head_is_found_from_a_pose_some_degrees_off(stage: Stage, move: Move) -> None:
    start = off(seen(stage, move)[1], 3.0, -3.0)
    assert missed_deg(marked(stage), stage, move, start) < 1.9, "from 4.2°"


@pytest.mark.parametrize(
    "shape", [Proportions(depth=0.86, nose_mm=-3.0), Proportions(depth=1.14, nose_mm=4.0)]
)
def test_how_far_they_stand_out_is_learnt_as_the_head_turns(
    person: SyntheticHead, shape: Proportions
) -> None:
    stage = person.reshaped(shape).stage(CAMERA)
    marks = marked(stage)
    before = [missed_deg(marks, stage, move, off(stage.pose(move), 2.0, 2.0)) for move in TURNS]
    for move in TURNS * 6:
        bgr, truth = seen(stage, move)
        start = off(truth, 2.0, 2.0)
        small = Small.of(bgr, start, CAMERA)
        marks.shape(small, marks.lay(small, start, start, 2, 6).pose, start)
    after = [missed_deg(marks, stage, move, off(stage.pose(move), 2.0, 2.0)) for move in TURNS]
    assert np.mean(after) < 0.75 * np.mean(before)


def test_another_picture_is_not_alike(stage: Stage) -> None:
    bgr, pose = seen(stage, FRONTAL)
    marks = marked(stage)
    noise = np.random.default_rng(1).integers(0, 255, bgr.shape).astype(np.uint8)
    for picture in (noise, np.full_like(bgr, 128)):
        laid = marks.lay(Small.of(picture, pose, CAMERA), pose, pose, 2, 2)
        assert laid.seen < SEEN_MIN or laid.alike < 0.4


def test_another_light_changes_little(stage: Stage) -> None:
    bgr, pose = seen(stage, FRONTAL)
    across = np.linspace(0.5, 1.0, bgr.shape[1])[None, :, None]
    laid = marked(stage).lay(Small.of((bgr * across + 10).astype(np.uint8), pose, CAMERA), pose, pose, 0, 3)
    assert measures.rotation_error_deg(pose, laid.pose) < 0.15
    assert laid.alike > 0.95


def test_a_face_beyond_the_picture_is_not_seen(stage: Stage) -> None:
    bgr, pose = seen(stage, FRONTAL)
    marks = marked(stage)
    for shift in ((5000.0, 0.0, 0.0), (-60.0, 0.0, 0.0)):
        there = Pose(pose.rotation, pose.translation_mm + shift)
        laid = marks.lay(Small.of(bgr, there, CAMERA), there, there, 1, 1)
        assert laid.seen < 45
