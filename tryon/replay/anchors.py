"""Points of a wearer that records keep and measures follow: some of the face, and the corners of a frame's front."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tryon.frame import F64
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.replay.measures import FRAME_CORNERS_MM
from tryon.replay.records import MM_DIGITS, PX_DIGITS, AnchorRecord

# Names are the wearer's: right is on the left of an unmirrored picture.
FACE_POINTS: Final[dict[str, int]] = {
    "nasion": at.NASION,
    "nose_tip": at.NOSE_TIP,
    "chin": at.CHIN,
    "forehead": at.FOREHEAD_TOP,
    "right_eye_outer": at.RIGHT_EYE_OUTER,
    "left_eye_outer": at.LEFT_EYE_OUTER,
    "right_pupil": at.RIGHT_IRIS_CENTRE,
    "left_pupil": at.LEFT_IRIS_CENTRE,
    "right_mouth": at.RIGHT_MOUTH_CORNER,
    "left_mouth": at.LEFT_MOUTH_CORNER,
    "upper_lip": 0,
    "lower_lip": 17,
}
# The corners of a large frame's front, in the order of ``FRAME_CORNERS_MM``: where glasses are drawn.
CORNERS: Final[tuple[str, ...]] = (
    "corner_right_top",
    "corner_left_top",
    "corner_left_bottom",
    "corner_right_bottom",
)
_INDICES: Final = np.array(list(FACE_POINTS.values()), np.intp)


def anchors(head: Head) -> dict[str, AnchorRecord]:
    """Every named point of a head.

    Rounded to what records keep. Face points as the network saw them are taken from the steady shape through the
    unfiltered pose: what is left of the network's noise in them is that of the pose, which is what moves a product.
    """
    corners = FRAME_CORNERS_MM
    shape = np.concatenate([head.shape_mm[_INDICES], corners])
    placed = head.pose.to_camera(shape)
    steady = np.concatenate([head.points_px[_INDICES, :2], head.camera.project(placed[len(_INDICES) :])])
    raw = head.camera.project(head.raw_pose.to_camera(shape))
    rows = (_rows(steady, PX_DIGITS), _rows(raw, PX_DIGITS), _rows(placed, MM_DIGITS))
    names = (*FACE_POINTS, *CORNERS)
    return {name: AnchorRecord(*values) for name, *values in zip(names, *rows, strict=True)}


def _rows(points: F64, digits: int) -> list[Any]:
    """The points as tuples. 0.0 is added because a rounded -0.0 is another text than 0.0."""
    return [tuple(row) for row in (np.round(points, digits) + 0.0).tolist()]
