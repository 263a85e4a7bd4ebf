"""Whether a torso faces the camera: of one that is seen from the side, or bent over a table, a picture of a garment's
front tells nothing, and drawn on it would be a strip.

What a network says of depth is coarse, so it is asked last. A face is as high from whichever side it is seen, and a
torso as long: shoulders that are narrow against both are turned. And where people touch the network takes one's
shoulders for another's: no head is carried so far aside of its own, or below them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.frame import F32, F64
from tryon.geometry.figure import SEEN, TORSO_PER_WIDTH
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.perception.body import BodyObservation

# From forehead to chin, over the width between the shoulders' joints, of somebody who faces the camera.
FACE_PER_WIDTH: Final = 0.53
# Shoulders that are seen by less than the first part of their width are turned away, by more than the second they are
# not, and between it stays what it was. On 22 recordings of people who faced the camera it was 0.79 and more, and
# nine people in pictures whose garments were strips had 0.16 to 0.54; at 50° it is 0.55 for who has it least.
WIDTH_SEEN: Final = (0.54, 0.64)
# Nor is anybody turned whose shoulders differ less in depth than this over their width, as at 50° they may.
DEPTH_LEAST: Final = 1.3
# A torso that is seen by so little of its length is bent to the camera, or no longer.
LENGTH_SEEN: Final = (0.58, 0.66)
# A chin that is farther aside of the shoulders' middle than the first of this, in face heights, or less far above them,
# is another's, and their own again within the second. Of people who faced the camera and leant it was up to 0.21 aside
# and never less than 0.04 above; of two in a crowd, dressed between themselves and others, 0.77 aside and 0.45 below.
ASIDE: Final = (0.5, 0.4)
ABOVE: Final = (-0.2, -0.1)
# So much picture there is below the line between the shoulders' joints, in shoulder widths, when clothes are no longer
# shown, and when again: where it ends at the collar, hardly any of a garment would be seen, and a neck without end. In
# four recordings that end there it was -0.22 to -0.02, in pictures that show a little chest 0.37 and more.
BELOW: Final = (0.02, 0.10)
# Somebody's face so far inside the torso's outline, in parts of its width and length, is before it, as that of a child
# who is carried, and again aside of it: cloth would hide them, or show a face in a hole.
BEFORE: Final = (0.06, 0.0)
# Followed by this share a look, and cloth comes and goes over so long.
FOLLOW: Final = 0.3
FADE_MS: Final = 250.0
FORGET_MS: Final = 2000.0


class TorsoWatch:
    """``shown`` is how strongly what hangs from the shoulders is drawn, 0..1."""

    def __init__(self) -> None:
        self.shown = 1.0
        self._width, self._length = 1.0, 1.0
        self._aside, self._above, self._below = 0.0, 1.0, 1.0
        self._turned = self._bent = self._strange = self._hidden = False
        self._inside = -1.0
        self._t_ms = -np.inf
        # Whether the picture goes on below the shoulders.
        self.in_view = True

    @property
    def faces(self) -> bool:
        """Whether the torso is the wearer's own, seen from the front, and nobody is before it."""
        return not (self._turned or self._bent or self._strange or self._hidden)

    def look(
        self,
        body: BodyObservation,
        face_px: F32,
        t_ms: float,
        height_px: float = np.inf,
        others_px: F64 | None = None,
    ) -> None:
        """See which way the torso is turned, and how much of it is in a picture of that height; ``face_px`` (478, 2+)
        is the wearer's face, ``others_px`` (n, 2+) are the middles of others' faces."""
        elapsed = t_ms - self._t_ms
        self._t_ms = t_ms
        width, length, deep = _seen(body, face_px)
        first = not 0 <= elapsed < FORGET_MS
        follow = 1.0 if first else FOLLOW
        self._width += follow * (width - self._width)
        self._length += follow * (length - self._length)
        if self._width > WIDTH_SEEN[1]:
            self._turned = False
        elif self._width < WIDTH_SEEN[0] and deep > DEPTH_LEAST:
            self._turned = True
        if not LENGTH_SEEN[0] <= self._length <= LENGTH_SEEN[1]:
            self._bent = self._length < LENGTH_SEEN[0]
        aside, above = _chin(body, face_px)
        self._aside += follow * (aside - self._aside)
        self._above += follow * (above - self._above)
        limit = int(self._strange)
        self._strange = self._aside > ASIDE[limit] or self._above < ABOVE[limit]
        inside = _inside(body, others_px) if others_px is not None and len(others_px) else -1.0
        self._inside += follow * (inside - self._inside)
        self._hidden = self._inside > BEFORE[int(self._hidden)]
        below = _below(body, height_px)
        self._below = below if first else self._below + follow * (below - self._below)
        self.in_view = self._below > BELOW[0 if self.in_view else 1]
        wanted = self.faces and self.in_view
        if first:
            # Nothing is there that it could come from.
            self.shown = float(wanted)
            return
        step = elapsed / FADE_MS
        self.shown = min(self.shown + step, 1.0) if wanted else max(self.shown - step, 0.0)


def _seen(body: BodyObservation, face_px: F32) -> tuple[float, float, float]:
    """How much of the shoulders' width is seen, and of the torso's length, in parts of what is usual; the shoulders'
    difference in depth over the width that is seen. Shoulders seen from behind have hardly any width."""
    points = body.points_px.astype(np.float64)
    right, left = points[at.RIGHT_SHOULDER], points[at.LEFT_SHOULDER]
    down = (points[at.RIGHT_HIP] + points[at.LEFT_HIP] - right - left)[:2] / 2
    long = max(float(np.hypot(*down)), 1.0)
    across = max(float((left - right)[0] * down[1] - (left - right)[1] * down[0]) / long, 1.0)
    face = face_px[face_at.CHIN, :2] - face_px[face_at.FOREHEAD_TOP, :2]
    high = max(float(np.hypot(*face)), 1.0)
    width = float(np.sqrt(across * FACE_PER_WIDTH / high * across * TORSO_PER_WIDTH / long))
    sure = min(float(body.visibility[at.RIGHT_HIP]), float(body.visibility[at.LEFT_HIP]))
    # Hips that are not seen tell nothing of a torso's length.
    length = long * FACE_PER_WIDTH / (high * TORSO_PER_WIDTH) if sure > SEEN else 1.0
    return width, length, abs(float(left[2] - right[2])) / across


def _chin(body: BodyObservation, face_px: F32) -> tuple[float, float]:
    """How far the chin is aside of the middle of the shoulders, and above them, in face heights."""
    points = body.points_px[:, :2].astype(np.float64)
    right, left = points[at.RIGHT_SHOULDER], points[at.LEFT_SHOULDER]
    x, y = (left - right) / max(float(np.hypot(*(left - right))), 1.0)
    chin, brow = (face_px[row, :2].astype(np.float64) for row in (face_at.CHIN, face_at.FOREHEAD_TOP))
    away = (chin - (left + right) / 2) / max(float(np.hypot(*(chin - brow))), 1.0)
    return abs(float(away @ (x, y))), float(away @ (y, -x))


def _inside(body: BodyObservation, others_px: F64) -> float:
    """How far inside the torso's outline the innermost of those places is, in parts of its width and length; negative
    outside, -1 at most."""
    points = body.points_px[:, :2].astype(np.float64)
    right, left = points[at.RIGHT_SHOULDER], points[at.LEFT_SHOULDER]
    middle = (right + left) / 2
    across, down = left - right, (points[at.RIGHT_HIP] + points[at.LEFT_HIP]) / 2 - middle
    area = float(across[0] * down[1] - across[1] * down[0])
    if abs(area) < 1.0:
        return -1.0
    away = others_px[:, :2] - middle
    aside = np.abs(away[:, 0] * down[1] - away[:, 1] * down[0]) / abs(area)
    along = (across[0] * away[:, 1] - across[1] * away[:, 0]) / area
    return max(float(np.minimum(0.5 - aside, np.minimum(along, 1.0 - along)).max()), -1.0)


def _below(body: BodyObservation, height_px: float) -> float:
    """How much picture there is below the shoulders, in their width; 1 is plenty."""
    right, left = body.points_px[at.RIGHT_SHOULDER, :2], body.points_px[at.LEFT_SHOULDER, :2]
    width = max(float(np.hypot(*(left - right))), 1.0)
    return min((height_px - float(right[1] + left[1]) / 2) / width, 1.0)
