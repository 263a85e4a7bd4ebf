"""Which of a sheet's poses a figure holds, and how well: arms down, raised, crossed before the torso, or turned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from tryon.geometry.figure import Figure
from tryon.perception import body_landmarks as at

POSES: Final = ("down", "raised", "crossed", "turned")
# A wrist less sure than this is out of the picture, or behind something.
SEEN: Final = 0.5
# A wrist is before the torso within this part of the shoulders' width of its middle line.
BEFORE: Final = 0.42
# A torso is turned from here on, in degrees as ``Figure.yaw`` tells them, which is half of what depth does.
TURNED_DEG: Final = 8.0
_WRISTS: Final = ((at.RIGHT_SHOULDER, at.RIGHT_WRIST), (at.LEFT_SHOULDER, at.LEFT_WRIST))


def poses_of(figure: Figure, size_px: tuple[int, int]) -> Mapping[str, float]:
    """The poses that the figure holds in a picture of width and height, by name; a higher number shows it better.

    ``raised``: a wrist is above its shoulder; ``crossed``: one is before the torso, both are better; ``turned``: the
    torso is, whatever the arms do; ``down``: none of these.
    """
    middle = sum(float(joint[0]) for joint in figure.shoulders) / 2
    raised, crossed = 0.0, 0.0
    for shoulder, wrist in _WRISTS:
        x, y = (float(value) for value in figure.points_px[wrist])
        inside = 0 <= x < size_px[0] and 0 <= y < size_px[1]
        if not inside or float(figure.visibility[wrist]) < SEEN:
            continue
        rise = (float(figure.points_px[shoulder, 1]) - y) / figure.width_px
        aside = abs(x - middle) / figure.width_px
        if rise > 0:
            raised = max(raised, rise)
        elif aside < BEFORE:
            crossed += 1 - aside
    turned = abs(math.degrees(figure.yaw))
    found = {}
    if raised > 0:
        found["raised"] = raised
    elif crossed > 0:
        found["crossed"] = crossed
    if turned > TURNED_DEG:
        found["turned"] = turned
    if not found:
        found["down"] = 1 - turned / TURNED_DEG
    return found
