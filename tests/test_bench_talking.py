"""A head that talks: lips and lids are where it says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.bench.talking import Talking
from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.perception.face_model import FaceModel
from tryon.replay.motion import Move
from tryon.replay.synth import FACE_MIDDLE_MM, SyntheticHead

pytestmark = pytest.mark.usefixtures("carved_once")

CAMERA = Camera.from_fov(640, 480, 63.0)


@pytest.fixture(scope="module")
def talker(astronaut: U8, face_model: FaceModel) -> Talking:
    return Talking(SyntheticHead.from_portrait(astronaut, face_model))


def test_a_mouth_opens_as_far_as_it_is_told_and_is_dark_within(talker: Talking) -> None:
    mouths, pictures = {}, {}
    for parted in (0.0, 0.3):
        face, outlines = talker.face(parted)
        stage = face.stage(CAMERA)
        pose = stage.pose(Move(), FACE_MIDDLE_MM)
        mouths[parted] = outlines.seen("mouth", pose, CAMERA)
        pictures[parted] = stage.render(pose)
    half = len(mouths[0.0]) // 2
    gap = {parted: np.ptp(mouth[[half // 2, -half // 2 - 1], 1]) for parted, mouth in mouths.items()}
    wide = float(np.ptp(mouths[0.3][:, 0]))
    assert gap[0.0] < 0.02 * wide
    assert gap[0.3] == pytest.approx(0.3 * wide, rel=0.12)
    # A little above the lower lip, where the open mouth is deep.
    x, y = (mouths[0.3][[half // 2, -half // 2 - 1]] * [[0.4], [0.6]]).sum(axis=0).astype(int)
    assert pictures[0.3][y, x].astype(int).sum() < 0.4 * pictures[0.0][y, x].astype(int).sum()
    # Nothing moves above the mouth.
    top = int(mouths[0.0][:, 1].min()) - 12
    assert np.array_equal(pictures[0.0][:top], pictures[0.3][:top])


def test_lids_come_down_over_the_eyes(talker: Talking) -> None:
    whites = []
    for shut in (0.0, 0.5, 1.0):
        face, outlines = talker.face(0.12, shut)
        stage = face.stage(CAMERA)
        pose = stage.pose(Move(), FACE_MIDDLE_MM)
        eye = outlines.seen("right", pose, CAMERA)
        area = cv2.contourArea(eye.astype(np.float32))
        whites.append(area)
    assert whites[0] > 100
    assert whites[1] == pytest.approx(0.5 * whites[0], rel=0.05)
    assert whites[2] < 0.02 * whites[0]
