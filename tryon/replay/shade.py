"""The colour that lips have, and the one that a lipstick's shade should give them under a frame's light.

Means over lips without their highlights, in linear light. The light is the one that the frame's own meter told; the
film is worked out on the lips' mean albedo and not pixel by pixel. What a finish adds as sheen is left out, so a gloss
differs from its shade a little on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.steady import Head
from tryon.overlays.application import Application
from tryon.overlays.eyewear import visibility
from tryon.overlays.finishes import FINISHES
from tryon.overlays.light import LUMINANCE, LightEstimate
from tryon.overlays.lip_paint import SHEEN_FROM
from tryon.overlays.pigment import film
from tryon.overlays.region import bounds, smooth_contour
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.replay.reach import filled, lips_outline, mouth_px

# The lips' inner part: this far from their outline, as a part of the mouth's width, a feathered edge has no say.
CORE_PART: Final = 0.03
PIXELS_MIN: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Lips:
    """Mean linear blue, green and red before and after, and how much brighter than these all of the lips are before."""

    before: F64
    after: F64
    brighter: float


def lips(before: U8, after: U8, head: Head) -> Lips | None:
    """The lips' own colours; None where hardly any of them is in view."""
    outer = lips_outline(head)
    inner = smooth_contour(head.points_px[at.LIPS_INNER, :2])
    rect = bounds(outer, 1.0).clip(before.shape[1], before.shape[0])
    if rect.empty:
        return None
    area = filled(rect, outer, (inner,))
    core = 2 * max(round(CORE_PART * mouth_px(head)), 1) + 1
    inside = cv2.erode(area, np.ones((core, core), np.uint8)) > 0
    part = np.s_[rect.y0 : rect.y1, rect.x0 : rect.x1]
    linear = transfer.to_linear()
    bare, luminance = linear[before[part][inside]], linear[before[part][area > 0]] @ LUMINANCE
    if len(bare) < PIXELS_MIN:
        return None
    own = bare @ LUMINANCE
    dull = own <= SHEEN_FROM * float(luminance.mean())
    if int(dull.sum()) < PIXELS_MIN:
        return None
    brighter = float(luminance.mean()) / max(float(own[dull].mean()), 1e-6)
    painted = linear[after[part][inside][dull]]
    return Lips(_mean(bare[dull]), _mean(painted), brighter)


def expected(worn: Application, seen: Lips, light: LightEstimate, head: Head) -> F64:
    """What ``seen.after`` should be under that lipstick."""
    white = np.array(light.shade[::-1])
    shading = 1.0 / seen.brighter
    p, q, r = film(worn.color, worn.amount).reshape(3, 3).T.astype(np.float64)
    bare = np.clip(seen.before / (shading * white), 0.0, 1.0)
    contrast = 1.0 + min(2.5 * worn.amount, 1.0) * (FINISHES[worn.finish].contrast - 1.0)
    made = (p + q * bare) / (1 + r * bare) * shading**contrast * white
    return np.asarray(seen.before + visibility(head) * (made - seen.before), np.float64)


def mean_linear(codes: U8) -> F64:
    """Mean of pixels (n, 3), in linear light."""
    return _mean(transfer.to_linear()[codes])


def _mean(linear: F32) -> F64:
    return np.asarray(linear.mean(axis=0, dtype=np.float64), np.float64)
