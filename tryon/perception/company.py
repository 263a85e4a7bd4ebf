"""Whose share of the picture is whose: beside others the body's network sees the wearer's alone.

The network follows one body in its crop, and among people who stand close that is not for long the one it was shown: of
37 in ten photos of groups it went over to somebody else within six looks at 17. With what is nearer to the others'
faces taken out of the crop it did so at none, and the mask that it gives ends where the wearer's share does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F64, U8
from tryon.perception import landmarks as at
from tryon.perception.face import REGION_PER_FACE
from tryon.perception.face_model import Region
from tryon.perception.observation import FaceObservation

# A place belongs to the face that is nearest in that face's own heights, and a body hangs down from a face: what is
# below counts by so much only. More of both hides more of who stands before somebody: of 19 such, drawn over another,
# the mask lost 4 % with these, 8 % with 0.35 and 0.7; with 0.7 and 0.5 the network went over to another at times.
BELOW: Final = 0.45
# Somebody else's is what is nearer to them by this much.
NEARER: Final = 0.6
# The share stays until a face has moved, or grown, by this part of its height: the network's answer depends a little on
# where it ends.
HOLD: Final = 0.06
# Half a face's width and height, with what hangs about it, in its heights.
FACE_HALF: Final = (0.46, 0.6)


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """Those beside the wearer. ``places_px`` (n, 3): middle and height of each face in the picture, the wearer's first.
    Of nobody else it is (1, 3)."""

    places_px: F64

    def spare(self, hides: U8, x0: int, y0: int) -> None:
        """Let ``hides`` (h, w), of which (``x0``, ``y0``) is the corner in the picture, be 255 on the others' faces."""
        for x, y, high in self.places_px[1:].tolist():
            axes = (FACE_HALF[0] * high, FACE_HALF[1] * high)
            box = ((x - x0 - 0.5, y - y0 - 0.5), (2 * axes[0], 2 * axes[1]), 0.0)
            cv2.ellipse(hides, box, (255.0,), cv2.FILLED, cv2.LINE_AA)

    def held(self, now: Company) -> Company:
        """This one while nobody has moved from where it knows them, or ``now``."""
        if self.places_px.shape != now.places_px.shape:
            return now
        moved = np.abs(self.places_px - now.places_px).max(axis=1)
        return self if bool((moved < HOLD * self.places_px[:, 2]).all()) else now

    def hide(self, crop: U8, region: Region) -> None:
        """Blacken the others' shares in the crop (n, n, 3) of that region, as what is outside of a picture is."""
        (x, y, high), others = self.places_px[0], self.places_px[1:]
        if not len(others):
            return
        side = crop.shape[0]
        (a, b, dx), (c, d, dy) = region.picture_from_crop(side).astype(np.float64).tolist()
        across = np.arange(side, dtype=np.float32) + np.float32(0.5)
        down = across.astype(np.float64)
        hidden = np.zeros((side, side), np.bool_)
        for ox, oy, tall in others.tolist():
            # Nearer: (their distance / their height)² < (NEARER · own distance / own height)². Both are quadratic in
            # the crop's coordinates: of each row that is what lies between two places, or what does not.
            theirs, own = 1 / tall**2, (NEARER / high) ** 2
            form = _square(a, b, dx - ox, theirs) + _square(c, d, dy - oy, theirs * BELOW**2)
            form -= _square(a, b, dx - x, own) + _square(c, d, dy - y, own * BELOW**2)
            uu, vv, uv, u, v, one = form.tolist()
            # It may be all beyond a line, which is as good as a very large round.
            uu = uu if abs(uu) > 1e-9 else 1e-9
            half, rest = (uv * down + u) / (2 * uu), ((vv * down + v) * down + one) / uu
            reach = np.sqrt(np.maximum(half * half - rest, 0.0))
            first, last = (end.astype(np.float32)[:, None] for end in (-half - reach, reach - half))
            between = (across > first) & (across < last)
            hidden |= between if uu > 0 else ~between
        cv2.copyTo(np.zeros_like(crop), hidden.view(np.uint8), crop)


def _square(a: float, b: float, constant: float, weight: float) -> F64:
    """weight · (a u + b v + constant)² by its terms: u², v², u v, u, v, 1."""
    terms = (a * a, b * b, 2 * a * b, 2 * a * constant, 2 * b * constant, constant * constant)
    return weight * np.array(terms, np.float64)


def company_of(
    face: FaceObservation, faces: Sequence[FaceObservation], others: Sequence[Region] = ()
) -> Company:
    """Who is beside a face: the other ``faces``, and ``others`` that were found, but are not followed."""
    rows = [_place(face), *(_place(one) for one in faces if one is not face)]
    rows += [(one.x, one.y, one.side / REGION_PER_FACE) for one in others]
    return Company(np.array(rows, np.float64))


def size_px(face: FaceObservation) -> float:
    """How large a face is seen: its height; of one that bends down or looks up, which is seen less high, its width."""
    high = face.points_px[at.CHIN, :2] - face.points_px[at.FOREHEAD_TOP, :2]
    return max(float(np.hypot(*high)), face.width_px)


def _place(face: FaceObservation) -> tuple[float, float, float]:
    x, y = (float(number) for number in face.points_px[[at.FOREHEAD_TOP, at.CHIN], :2].mean(axis=0))
    return x, y, size_px(face)
