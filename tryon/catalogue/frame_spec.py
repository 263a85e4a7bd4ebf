"""What a parametric frame is made from: its measures, shape, materials and lenses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tryon.catalogue.frame_outline import LENS_SHAPES, Bridge, LensOutline
from tryon.frame import F64
from tryon.render.material import Material, Rgb

# Surface powers of spectacle lenses are stated for this refractive index: radius = 530 / base curve.
BASE_CURVE_MM = 530.0
SADDLE = Bridge(top=9.0, low=-1.0)


@dataclass(frozen=True)
class LensSpec:
    """Linear colour of what shines through; ``tint_low`` makes a gradient from top to bottom."""

    name: str
    tint: Rgb
    tint_low: Rgb | None = None
    transmission: float = 1.0
    # Seen from the front, the reflection: 1.5 for a bare surface, near 1.2 with an anti-reflective coating.
    ior: float = 1.5


@dataclass(frozen=True)
class FrameSpec:
    """One frame. Lengths in mm, angles in degrees; ``_mm`` measures as opticians take them (boxing system).

    ``endpiece_mm`` is from the lens's temporal edge to the frame's outer end, so the total width is
    2 · (lens + endpiece) + bridge. ``datum_mm`` is how far the lenses' middle lies below the origin.
    ``hinge_height`` is where the temples start, 0 at the lens's middle, 1 at its top.
    """

    shape: str
    build: Literal["acetate", "metal"]
    lens_width_mm: float
    lens_height_mm: float
    bridge_mm: float
    endpiece_mm: float
    temple_length_mm: float
    frame: Material
    lens: LensSpec
    datum_mm: float = 5.0
    hinge_height: float = 0.55
    rim_top_mm: float = 3.6
    rim_side_mm: float = 3.2
    rim_bottom_mm: float = 2.8
    depth_mm: float = 4.0
    bridge: Bridge = SADDLE
    double_bridge: bool = False
    endpiece_height_mm: float = 13.0
    temple_heights_mm: tuple[float, float, float] = (12.0, 7.5, 10.0)
    temple_thickness_mm: float = 3.6
    pantoscopic_deg: float = 8.0
    face_form_deg: float = 6.0
    base_curve: float = 5.0
    rivets: bool = False
    tip: Material | None = None
    # A shape of its own, the wearer's left lens's before the tilt, in place of the named one.
    outline: LensOutline | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.outline is None and self.shape not in LENS_SHAPES:
            raise ValueError(f"no lens shape {self.shape!r}; there are {', '.join(sorted(LENS_SHAPES))}")
        for name, low, high in (
            ("lens_width_mm", 30, 75),
            ("lens_height_mm", 20, 65),
            ("bridge_mm", 10, 30),
            ("endpiece_mm", 2, 20),
            ("temple_length_mm", 100, 170),
            ("pantoscopic_deg", 0, 15),
            ("face_form_deg", 1, 15),
            ("base_curve", 1, 9),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; it is {low} to {high}")

    @property
    def total_width_mm(self) -> float:
        return 2 * (self.lens_width_mm + self.endpiece_mm) + self.bridge_mm

    @property
    def lens_centre(self) -> tuple[float, float]:
        """The wearer's left lens's middle, before the tilt."""
        return ((self.lens_width_mm + self.bridge_mm) / 2, -self.datum_mm)

    @property
    def pole(self) -> tuple[float, float]:
        """Where a sheet's columns start. Not below the bridge, or its lower edge would hide from the rays."""
        x, y = self.lens_centre
        return (x, y) if self.build == "metal" else (x, max(y, self.bridge.low + 1.0))

    @property
    def hinge_y(self) -> float:
        return self.lens_centre[1] + self.hinge_height * self.lens_height_mm / 2

    @property
    def wrap_radius_mm(self) -> float:
        """Radius of the front's curve: its slope at the lenses' middles is the face form angle."""
        return self.lens_centre[0] / float(np.tan(np.radians(self.face_form_deg)))

    @property
    def lens_radius_mm(self) -> float:
        return BASE_CURVE_MM / self.base_curve

    @property
    def tilt(self) -> F64:
        """The pantoscopic tilt as a rotation about x: the lower rim comes towards the cheeks (-z)."""
        angle = np.radians(self.pantoscopic_deg)
        cosine, sine = np.cos(angle), np.sin(angle)
        return np.array(((1.0, 0.0, 0.0), (0.0, cosine, -sine), (0.0, sine, cosine)))

    @property
    def dimensions_mm(self) -> dict[str, float]:
        """What is written into product.json."""
        return {
            "lens_width_mm": self.lens_width_mm,
            "lens_height_mm": self.lens_height_mm,
            "bridge_mm": self.bridge_mm,
            "temple_length_mm": self.temple_length_mm,
            "total_width_mm": self.total_width_mm,
        }
