"""What every kind of product has in common: a scene to draw into, and one method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tryon.frame import U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.steady import Head
from tryon.overlays.front import Front
from tryon.overlays.hair import HairWatch
from tryon.overlays.light import LightEstimate
from tryon.overlays.lip_watch import LipWatch
from tryon.overlays.skin_watch import SkinWatch
from tryon.overlays.wearer import Wearer
from tryon.render.draw import Rasteriser


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One frame being dressed. ``bgr`` is the only thing that an overlay changes.

    ``heads`` come farthest first, so that a nearer wearer's product covers a farther one's. ``hair`` remembers, by
    track, what hangs over the temples; without it nothing does. ``t_ms`` is the frame's time. ``front`` has, by track,
    what covers a head: products are drawn all the same, and the pipeline puts the picture back over them.
    ``wearers`` has, by track, the bodies that are known, while a garment is worn. ``lips`` remembers, by track, where
    lips end in the picture, ``skins`` and ``brows`` whose they are; without them each frame is the first.
    """

    bgr: U8
    heads: tuple[Head, ...]
    camera: Camera
    light: LightEstimate
    rasteriser: Rasteriser
    hair: Mapping[int, HairWatch] = field(default_factory=dict)
    t_ms: float = 0.0
    front: Mapping[int, Front] = field(default_factory=dict)
    wearers: Mapping[int, Wearer] = field(default_factory=dict)
    lips: Mapping[int, LipWatch] = field(default_factory=dict)
    skins: Mapping[int, SkinWatch] = field(default_factory=dict)
    brows: Mapping[int, SkinWatch] = field(default_factory=dict)


class Overlay(Protocol):
    """A product as it is worn: loaded, immutable, shared by sessions."""

    @property
    def kind(self) -> str:
        """The catalogue's word for what it is."""

    @property
    def order(self) -> int:
        """Lower is drawn first: skin before frames."""

    def draw(self, scene: Scene) -> Rect | None:
        """Draw on every head of the scene.

        Returns the rectangle outside which no bit has changed, or None where nothing was drawn.
        """
