"""A sheet of paper is found where it is held, and other things are not taken for one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.painted_face import DARK_SKIN, LIGHT_SKIN, painted
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.paper import Sheet, find_sheet
from tryon.overlays.skinlight import FaceColours, face_colours

CAMERA = Camera.from_fov(640, 480, 63.0)


@pytest.fixture(scope="module")
def head(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(0, 0, 0, (0.0, -40.0, 480.0)), CAMERA)


def found(head: Head, skin: tuple[float, float, float], **how: object) -> Sheet | None:
    bgr = painted(head, skin, **how)  # type: ignore[arg-type]
    seen = face_colours(bgr, head)
    assert isinstance(seen, FaceColours)
    return find_sheet(bgr, head, seen)


@pytest.mark.parametrize("skin", [LIGHT_SKIN, DARK_SKIN])
@pytest.mark.parametrize("light", [(1.0, 1.0, 1.0), (0.7, 0.5, 0.3), (0.3, 0.32, 0.36)])
def test_white_paper_tells_the_light(
    head: Head, skin: tuple[float, float, float], light: tuple[float, float, float]
) -> None:
    sheet = found(head, skin, light=light, paper=0.87)
    assert sheet is not None
    assert sheet.white == pytest.approx(0.87 * np.array(light[::-1]), rel=0.02)
    chin = head.points_px[152, :2]
    assert sheet.rect.x0 < chin[0] < sheet.rect.x1
    assert sheet.rect.y0 > chin[1]


@pytest.mark.parametrize(
    ("paper", "light"),
    [
        (0.04, (1.0, 1.0, 1.0)),  # a black shirt
        (0.35, (1.0, 1.0, 1.0)),  # a grey one
        ((0.5, 0.1, 0.1), (1.0, 1.0, 1.0)),  # a red one
        ((0.45, 0.9, 0.5), (0.8, 0.8, 0.8)),  # mint
        (0.9, (1.3, 1.3, 1.3)),  # blown out
    ],
)
def test_other_things_are_not_paper(
    head: Head, paper: float | tuple[float, float, float], light: tuple[float, float, float]
) -> None:
    assert found(head, DARK_SKIN, light=light, paper=paper) is None


def test_a_pattern_is_not_paper(head: Head) -> None:
    bgr = painted(head, paper=0.87)
    chin = int(head.points_px[152, 1])
    bgr[chin + 5 :, ::3] //= 2
    seen = face_colours(bgr, head)
    assert isinstance(seen, FaceColours)
    assert find_sheet(bgr, head, seen) is None
