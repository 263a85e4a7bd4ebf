"""The points that records keep lie where the head puts them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.replay.anchors import CORNERS, FACE_POINTS, anchors
from tryon.replay.measures import frame_corners_px

CAMERA = Camera.from_fov(640, 480, 63)


def test_points_of_the_face_and_corners_of_the_frame(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    head = head_at(pose_at(yaw=12, pitch=-5, at_mm=(20.0, -10.0, 550.0)), CAMERA)
    found = anchors(head)
    assert tuple(found) == (*FACE_POINTS, *CORNERS)
    assert found["nose_tip"].px == pytest.approx(head.points_px[at.NOSE_TIP, :2].tolist(), abs=0.01)
    corners = frame_corners_px(head.pose, CAMERA)
    assert np.array([found[name].px for name in CORNERS]) == pytest.approx(corners, abs=0.001)
    # Right is the wearer's: on the left of the picture.
    assert found["corner_right_top"].px[0] < found["corner_left_top"].px[0]
    assert found["corner_right_top"].px[1] < found["corner_right_bottom"].px[1]
    assert found["nasion"].mm == pytest.approx(head.pose.to_camera(head.shape_mm[[at.NASION]])[0], abs=0.001)
    # The first frame's pose is unfiltered.
    for anchor in found.values():
        assert anchor.raw_px == pytest.approx(anchor.px, abs=0.7)
