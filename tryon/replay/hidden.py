"""Products against labelled occluders: drawn over what should hide them, or missing where nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import U8, Rect
from tryon.looks import Look
from tryon.overlays.base import Scene
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.lips import Lips
from tryon.overlays.region import smooth_contour
from tryon.perception import landmarks as at
from tryon.pipeline import Rendered
from tryon.render.draw import Rasteriser
from tryon.replay.reach import filled, lips_outline
from tryon.replay.records import XY

# A pixel belongs to a product that covers at least this part of it: frames and dark lenses, not clear ones.
COVERED: Final = 0.25
# A pixel that changed by more codes than this was drawn; rounding and soft edges stay below.
DRAWN_CODES: Final = 2


class Hidden:
    """Counts pixels in frames with labels. Draws the product again, alone, to know where it would be."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._rasteriser: Rasteriser | None = None

    def see(self, before: U8, rendered: Rendered, polygons: Sequence[Sequence[XY]]) -> dict[str, float]:
        """``occlusion.…`` of one frame: the product's pixels inside the polygons and outside, and the wrong ones."""
        height, width = before.shape[:2]
        whole = Rect(0, 0, width, height)
        product = self._product(before, rendered)
        covered = np.zeros((height, width), np.bool_)
        for polygon in polygons:
            covered |= filled(whole, np.array(polygon, np.float64)) > 0
        drawn = np.asarray(cv2.absdiff(before, rendered.bgr), np.uint8).max(axis=2) > DRAWN_CODES
        return {
            "occlusion.inside_px": float((product & covered).sum()),
            "occlusion.over_px": float((product & covered & drawn).sum()),
            "occlusion.outside_px": float((product & ~covered).sum()),
            "occlusion.missing_px": float((product & ~covered & ~drawn).sum()),
        }

    def _product(self, before: U8, rendered: Rendered) -> NDArray[np.bool_]:
        """Where the look's products cover the picture: what black and white canvases do not show alike."""
        product = np.zeros(before.shape[:2], np.bool_)
        if rendered.light is None:
            return product
        if self._rasteriser is None:
            self._rasteriser = Rasteriser()
        scene = Scene(before, rendered.heads, rendered.heads[0].camera, rendered.light, self._rasteriser)
        for overlay in self._look.overlays:
            if isinstance(overlay, Lips):
                for head in rendered.heads:
                    inner = smooth_contour(head.points_px[at.LIPS_INNER, :2])
                    lips = filled(Rect(0, 0, before.shape[1], before.shape[0]), lips_outline(head), (inner,))
                    product |= lips > 0
            elif isinstance(overlay, Eyewear):
                black, white = np.zeros_like(before), np.full_like(before, 255)
                for canvas in (black, white):
                    overlay.draw(replace(scene, bgr=canvas))
                through = (white.astype(np.int16) - black).max(axis=2)
                product |= through < 255 * (1 - COVERED)
        return product
