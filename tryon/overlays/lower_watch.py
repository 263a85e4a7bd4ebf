"""One wearer's legs over time: whether they are in the picture, and which colours they have that the torso has not."""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.figure import Figure
from tryon.overlays.palette import Palette
from tryon.perception import body_landmarks as at

# Hips and knees less sure than the first are out of the picture; from the second on they are believed; between it stays
# what it was.
LEGS_SEEN: Final = (0.35, 0.6)
# What hangs from the hips comes and goes over so long.
FADE_MS: Final = 250.0
FORGET_MS: Final = 2000.0
# Colours of torso and legs that have more in common than the second are of one cloth, and nobody can tell where the
# upper garment ends; less than the first, of two.
ALIKE: Final = (0.35, 0.5)
# A colour nobody has shown yet is as likely as this share of a flat distribution.
UNSEEN: Final = 0.3
# Legs are looked at between these parts of the thigh and of the shin: coats hang further down than hips.
THIGH: Final = (0.55, 1.0)
SHIN: Final = (0.15, 0.6)
# So far to both sides of the bones, in shoulder widths.
BESIDE: Final = 0.09
_JOINTS: Final = np.array([at.RIGHT_HIP, at.LEFT_HIP, at.RIGHT_KNEE, at.LEFT_KNEE], np.intp)
_CHAINS: Final = (
    (at.RIGHT_HIP, at.RIGHT_KNEE, at.RIGHT_ANKLE),
    (at.LEFT_HIP, at.LEFT_KNEE, at.LEFT_ANKLE),
)


class LegsWatch:
    """``shown`` is how strongly what hangs from the hips is drawn, 0..1; ``palette`` knows the legs' colours;
    ``uppers`` (LUMA·CHROMA²,) uint8 how surely a colour is that of what is worn above rather than of the legs', None
    where that cannot be told."""

    def __init__(self) -> None:
        self.shown = 0.0
        self.palette = Palette()
        self.uppers: U8 | None = None
        self._seen = False
        self._t_ms = -np.inf
        self._apart = False

    @property
    def seen(self) -> bool:
        """Whether hips and knees are in the picture."""
        return self._seen

    def look(self, figure: Figure, height_px: float, t_ms: float) -> None:
        """See whether hips and knees are in the picture."""
        elapsed = t_ms - self._t_ms
        self._t_ms = t_ms
        sure = float(figure.visibility[_JOINTS].min())
        knees = figure.points_px[[at.RIGHT_KNEE, at.LEFT_KNEE], 1]
        if float(knees.max()) > height_px or sure < LEGS_SEEN[0]:
            self._seen = False
        elif sure > LEGS_SEEN[1]:
            self._seen = True
        if not 0 <= elapsed < FORGET_MS:
            # The first look: nothing is there that it could come from.
            self.shown = 1.0 if self._seen else 0.0
            return
        step = elapsed / FADE_MS
        self.shown = min(self.shown + step, 1.0) if self._seen else max(self.shown - step, 0.0)

    def learn(self, bgr: U8, face_px: F32, figure: Figure, torso: Palette, t_ms: float) -> None:
        """Look at the legs' colours, and compare them with those of the ``torso``, which has looked at this frame."""
        if not self.palette.wants(t_ms):
            return
        self.palette.learn(bgr, face_px, leg_places(figure), t_ms, figure)
        uppers, legs = torso.likely(2), self.palette.likely(2)
        if not uppers.any():
            self.uppers = None
            return
        alike = float(np.minimum(uppers, legs).sum())
        if not ALIKE[0] < alike < ALIKE[1]:
            self._apart = alike <= ALIKE[0]
        share = uppers / (uppers + legs + UNSEEN / uppers.size)
        self.uppers = np.ascontiguousarray((share * 255).astype(np.uint8)) if self._apart else None


def leg_places(figure: Figure) -> F64:
    """A lattice on both legs (n, 2), along their bones."""
    points, side = figure.points_px, BESIDE * figure.width_px
    places = []
    for hip, knee, ankle in _CHAINS:
        for start, end, (low, high) in ((hip, knee, THIGH), (knee, ankle, SHIN)):
            bone = points[end] - points[start]
            across = np.array([-bone[1], bone[0]]) / max(float(np.hypot(*bone)), 1e-6)
            along = points[start] + np.linspace(low, high, 7)[:, None] * bone
            places += [along + share * side * across for share in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    return np.concatenate(places)
