"""Points of a wearer that records keep and measures follow: some of the face, and the corners of a frame's front."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.replay.measures import FRAME_CORNERS_MM
from tryon.replay.records import AnchorRecord

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

    Face points as the network saw them are taken from the steady shape through the unfiltered pose: what is left of
    the network's noise in them is that of the pose, which is what moves a product.
    """
    corners = FRAME_CORNERS_MM
    shape = np.concatenate([head.shape_mm[_INDICES], corners])
    placed = head.pose.to_camera(shape)
    steady = np.concatenate([head.points_px[_INDICES, :2], head.camera.project(placed[len(_INDICES) :])])
    raw = head.camera.project(head.raw_pose.to_camera(shape))
    names = (*FACE_POINTS, *CORNERS)
    return {name: _record(steady[i], raw[i], placed[i]) for i, name in enumerate(names)}


def _record(px: F64, raw_px: F64, mm: F64) -> AnchorRecord:
    x, y, z = mm.tolist()
    return AnchorRecord((float(px[0]), float(px[1])), (float(raw_px[0]), float(raw_px[1])), (x, y, z))
