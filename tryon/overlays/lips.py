"""Lip liner and lipstick: films of pigment over living lips, and the light that their finish throws back.

In linear light a lip's pixel is albedo times shading, plus shine. The shading is the pixel's luminance over the
lips' middle one; divided by it and by the light (``overlays.illuminant``) the pixel is albedo, films of pigment
(``overlays.pigment``) change that, and shading, shine and light are put back. So a film that hides measures as its
shade in the middle of the lips whatever lips are beneath it, and creases and the light's direction stay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tryon.catalogue.makeup import Finish
from tryon.frame import F32, Rect
from tryon.geometry.steady import Head
from tryon.overlays.application import Application, Rgb8
from tryon.overlays.base import Scene
from tryon.overlays.eyewear import visibility
from tryon.overlays.finishes import FINISHES, layer_row
from tryon.overlays.lip_paint import paint
from tryon.overlays.lip_watch import LipWatch
from tryon.overlays.mouth import OVERLINE, Mouth, mouth_of, overlined
from tryon.overlays.pigment import film
from tryon.overlays.region import bounds
from tryon.perception import landmarks as at
from tryon.render import transfer

# Softness of the vermilion border and of the slit's edge, as a part of the mouth's width.
FEATHER: Final = 0.014
FEATHER_MIN_PX: Final = 0.8
# A smooth step over ±1 is as soft as a Gaussian of σ = 0.447: no edge is sharper than the camera draws them, and none
# softer than the second part of the mouth's width, where there would be no lip left.
FEATHER_PER_BLUR: Final = 2.24
FEATHER_MOST: Final = 0.10
# Heads turned by less show both corners of the mouth.
TURNED_DEG: Final = 22.0
# The way that lips face at their right and their left corner: out by 40° of a mean head's front, where a turning head's
# far half goes out of sight. (Its skin beside the corner faces 18° out, and lips were painted around the corner.)
CORNERS_FACE: Final = np.array(
    [(-math.sin(0.70), 0.0, math.cos(0.70)), (math.sin(0.70), 0.0, math.cos(0.70))]
)
# Between these turns, as they are measured (a real one is a fifth more), lips fade: the landmarks of a mouth in profile
# are guesses.
PROFILE_DEG: Final = (42.0, 50.0)
# So far about the mouth, in its widths, skin is looked at to tell lips from; not where more than this part is covered.
LOOKED_AT: Final = 0.2
COVERED: Final = 0.02
# How a template spreads its colour; numbers that the kernel knows.
SPREADS: Final = {"full": 0.0, "overlined": 0.0, "natural": 1.0, "soft": 2.0, "blotted": 3.0, "ombre": 4.0}
# Light that is told to come from nowhere in particular comes from above and before.
OVERHEAD: Final = np.array((0.0, -0.1, -0.25))
SIDES: Final = {None: 0.0, "left": 1.0, "right": -1.0}


@dataclass(frozen=True, slots=True)
class Lips:
    """What the lips wear, in the order in which it is put on."""

    worn: tuple[Application, ...]
    kind: str = "makeup"
    order: int = 30
    _layers: F32 = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_layers", _layers(self.worn))

    @property
    def lipstick(self) -> Application | None:
        """The lipstick among them; of two, the wearer's left one."""
        found = [one for one in self.worn if one.type == "lipstick"]
        return next((one for one in found if one.side != "right"), found[0] if found else None)

    @property
    def overline(self) -> float:
        """How far beyond the lips' own border it goes, as a part of the mouth's width."""
        return OVERLINE if any(one.placed == "overlined" for one in self.worn) else 0.0

    def draw(self, scene: Scene) -> Rect | None:
        """Paint the lips of every head."""
        touched: Rect | None = None
        for head in scene.heads:
            rect = self._paint(scene, head)
            if rect is not None:
                touched = rect if touched is None else touched.union(rect)
        return touched

    def _paint(self, scene: Scene, head: Head) -> Rect | None:
        visible = visibility(head) * _in_profile(head)
        if visible <= 0.0 or not any(one.amount > 0.0 for one in self.worn):
            return None
        mouth = mouth_of(head)
        if mouth is None:
            return None
        watch = scene.lips.get(head.track) or LipWatch()
        covered = _covered(mouth, scene, head, 0.0)
        if watch.hidden(covered, scene.t_ms, mouth.open_part):
            return None
        beside = _covered(mouth, scene, head, LOOKED_AT * mouth.width_px) if covered is not None else None
        yaw_deg = head.pose.yaw_pitch_roll_deg[0]
        unseen = (beside or 0.0) > COVERED or head.coasting
        mouth, middle = watch.follow(scene.bgr, mouth, yaw_deg, scene.t_ms, unseen, scene.light.haze)
        mouth = overlined(mouth, self.overline)
        camera = min(FEATHER_PER_BLUR * scene.light.optics.blur_px, FEATHER_MOST * mouth.width_px)
        feather = max(FEATHER * mouth.width_px, camera, FEATHER_MIN_PX)
        rect = bounds(mouth.corners_px, 2 * feather + 1).clip(scene.bgr.shape[1], scene.bgr.shape[0])
        if rect.empty or rect.width < 4 or rect.height < 4:
            return None
        paint(
            scene.bgr, rect.x0, rect.y0, rect.width, rect.height, self._layers, mouth.heights,
            _geometry(mouth, head, scene), *middle, np.array(scene.light.shade[::-1], np.float32), feather,
            scene.light.optics.blur_px, visible,
            transfer.to_linear(scene.light.haze), transfer.to_srgb(scene.light.haze),
        )  # fmt: skip
        return rect


def _geometry(mouth: Mouth, head: Head, scene: Scene) -> F32:
    """For the kernel: where the mouth lies, the face's outward normal, the light's direction, millimetres a pixel, the
    sines of yaw and pitch, and what ``_turned`` tells."""
    outward = head.pose.rotation[:, 2]
    light = np.array(scene.light.direction, np.float64) + OVERHEAD
    light /= max(float(np.linalg.norm(light)), 1e-6)
    yaw, pitch, _ = np.radians(head.pose.yaw_pitch_roll_deg)
    return np.array(
        [
            *mouth.origin, *mouth.along, mouth.start, mouth.span, mouth.width_px, mouth.open_part,
            *outward, *light, 1 / max(head.px_per_mm, 1e-3), np.sin(yaw), np.sin(pitch), *_turned(mouth, head),
        ],
        np.float32,
    )  # fmt: skip


def _covered(mouth: Mouth, scene: Scene, head: Head, margin_px: float) -> float | None:
    """The part of the mouth's rectangle, so much larger, that something covers; None where nothing is in front of this
    head."""
    front = scene.front.get(head.track)
    if front is None:
        return None
    rect = bounds(mouth.corners_px, margin_px).clip(scene.bgr.shape[1], scene.bgr.shape[0])
    return 0.0 if rect.empty else float(front.over(rect).mean()) / 255


def _in_profile(head: Head) -> float:
    """1 of a head that is not turned far, 0 of one in profile."""
    low, high = PROFILE_DEG
    away = min(max((abs(head.pose.yaw_pitch_roll_deg[0]) - low) / (high - low), 0.0), 1.0)
    return 1.0 - away * away * (3.0 - 2.0 * away)


def _turned(mouth: Mouth, head: Head) -> tuple[float, float, float, float]:
    """Where, along the mouth, the face's outline begins and ends, and how the right and the left corner face the camera
    (cosines, 0 of one out of sight); 1 and 1 of a head that is not turned, whose outline is far from its mouth."""
    if abs(head.pose.yaw_pitch_roll_deg[0]) < TURNED_DEG:
        return -1e6, 1e6, 1.0, 1.0
    away = head.points_px[at.FACE_OVAL, :2] - mouth.origin
    t, n = away @ mouth.along, away @ np.array((-mouth.along[1], mouth.along[0]))
    t1, n1 = np.roll(t, -1), np.roll(n, -1)
    crosses = (n > 0) != (n1 > 0)
    if np.count_nonzero(crosses) < 2:
        return -1e6, 1e6, 1.0, 1.0
    met = t[crosses] + (t1 - t)[crosses] * n[crosses] / (n - n1)[crosses]
    right, left = np.clip(-(CORNERS_FACE @ head.pose.rotation[2]), 0.0, 0.999)
    # Of a face in profile the lips themselves are the outline, in front of the cheek's.
    lips = (head.points_px[at.LIPS_OUTER, :2] - mouth.origin) @ mouth.along
    first, last = min(met.min(), lips.min()), max(met.max(), lips.max())
    return float(first), float(last), float(right), float(left)


def _layers(worn: Sequence[Application]) -> F32:
    """One row a product: film, finish, spread, side."""
    rows = [
        layer_row(
            film(one.color, one.amount),
            FINISHES[one.finish].row(),
            SPREADS[one.placed],
            SIDES[one.side],
            one.amount,
        )
        for one in worn
    ]
    return np.array(rows, np.float32).reshape(len(rows), -1)


def lipstick(
    color: Rgb8,
    finish: Finish = "satin",
    coverage: float = 0.8,
    strength: float = 1.0,
    template: str = "full",
) -> Lips:
    """One lipstick and nothing else."""
    return Lips((Application("lipstick", ((color, finish),), coverage, strength, template),))
