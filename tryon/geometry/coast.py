"""Where a head is that was seen till just now: on along its last motion, which soon comes to rest.

For the few frames over which a product fades from a face that is lost. Whoever is turned away, covered or blurred for a
moment is mostly near there; and what is still seen of the product stays with the head that it was on.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np

from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head, to_picture
from tryon.perception.smoothing import rotation_matrix, rotation_vector

# The motion is told from frames of so long; shorter ones tell of noise, longer ones of what is over.
SPAN_MS: Final = 120.0
SPAN_MIN_MS: Final = 15.0
# It dies away within this time, so a head goes on by no more than its way in so long.
RESTS_MS: Final = 100.0
# The last landmarks before a face is lost may be guesses: faster than this no head is believed to go on, in face widths
# (140 mm) and radians a second.
SHIFT_MAX_MM: Final = 7.0 * 140.0
TURN_MAX: Final = 6.0


class Coast:
    """One wearer's last motion."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Head]] = deque(maxlen=5)

    def see(self, head: Head, t_ms: float) -> None:
        """The face was seen there."""
        if self._seen and not 0 < t_ms - self._seen[-1][0] <= SPAN_MS:
            self._seen.clear()
        self._seen.append((t_ms, head))

    def at(self, t_ms: float) -> Head | None:
        """The head at a later time; None before it was ever seen."""
        if not self._seen:
            return None
        last_ms, last = self._seen[-1]
        # So much of a second's motion is left to go.
        seconds = RESTS_MS / 1000 * (1 - math.exp(-max(t_ms - last_ms, 0.0) / RESTS_MS))
        first_ms, first = next((old for old in self._seen if last_ms - old[0] <= SPAN_MS), (last_ms, last))
        pose = last.pose
        if last_ms - first_ms >= SPAN_MIN_MS:
            share = seconds * 1000 / (last_ms - first_ms)
            turn = rotation_vector(pose.rotation @ first.pose.rotation.T) * share
            shift = (pose.translation_mm - first.pose.translation_mm) * share
            turn *= min(1.0, TURN_MAX * seconds / max(float(np.linalg.norm(turn)), 1e-9))
            shift *= min(1.0, SHIFT_MAX_MM * seconds / max(float(np.linalg.norm(shift)), 1e-9))
            pose = Pose(rotation_matrix(turn) @ pose.rotation, pose.translation_mm + shift, pose.residual_px)
        points = to_picture(last.shape_mm, pose, last.camera)
        return replace(last, pose=pose, raw_pose=pose, points_px=points, coasting=True)
