"""What a merchant changed by hand about a frame, told beside its mesh and never written into it.

Everything is told against what the pipeline made: a point by how far it was moved, a size by what it shall be, a
material or the lenses by what they shall look like. What is not named stays as it was found, so an empty adjustment is
no adjustment, and taking one away brings back what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tryon.catalogue.lens_options import Hue, LensOption, Percent, Share

PointName: TypeAlias = Literal["nose", "left_hinge", "right_hinge", "left_lens", "right_lens"]
SizeName: TypeAlias = Literal[
    "total_width_mm", "lens_width_mm", "lens_height_mm", "bridge_mm", "temple_length_mm"
]
# Farther than this a point is no longer the one that was found, but another.
MOVE_MAX_MM: Final = 20.0
MoveMm = Annotated[float, Field(ge=-MOVE_MAX_MM, le=MOVE_MAX_MM, allow_inf_nan=False)]
Move: TypeAlias = tuple[MoveMm, MoveMm, MoveMm]
SizeMm = Annotated[float, Field(gt=0.0, le=400.0, allow_inf_nan=False)]
MaterialName = Annotated[str, StringConstraints(max_length=120)]
MATERIALS_MAX: Final = 16
# What makes no difference, by the point: a temple swings about an upright axis, and a lens is thin.
_HELD: Final[Mapping[PointName, int]] = {"left_hinge": 1, "right_hinge": 1, "left_lens": 2, "right_lens": 2}
_AXES: Final = ("right and left", "up and down", "forth and back")


class Surface(BaseModel):
    """How a material shall look; None leaves it as it is. ``color`` is sRGB; a picture on it keeps its pattern and
    takes the colour. ``metallic`` 0 is acetate, 1 metal; ``roughness`` 0 polished, 1 matt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    color: Hue | None = None
    metallic: Share | None = None
    roughness: Share | None = None


class Lens(BaseModel):
    """What the lenses shall do to light, in the terms of a ``LensOption``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["clear", "solid", "gradient", "mirror"]
    color: Hue = "#ffffff"
    transmission_percent: Percent = 98.0
    low_percent: Percent | None = None
    mirror: Hue | None = None
    mirror_strength: Share = 0.35
    anti_reflection: Literal["none", "green", "violet"] = "none"

    @model_validator(mode="after")
    def _is_an_option(self) -> Lens:
        self.option()
        return self

    def option(self) -> LensOption:
        """As a shopper's choice."""
        return LensOption(id="own", name="Own", **self.model_dump())


class Adjustment(BaseModel):
    """``moved_mm``: points, by how far they were moved in product space (+x to the wearer's left, +y up, +z forward).
    ``sizes_mm``: what shall be measured on the frame, as printed in a temple. ``materials``: by the mesh's own names.

    The nose point is where the frame rests on the nose: moved up on the frame, the frame is worn lower. From its hinge
    on a temple bends to the head's width; a lens's point is its optical centre, before which the eye comes to lie.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    moved_mm: dict[PointName, Move] = {}
    sizes_mm: dict[SizeName, SizeMm] = {}
    materials: Annotated[dict[MaterialName, Surface], Field(max_length=MATERIALS_MAX)] = {}
    lens: Lens | None = None

    @model_validator(mode="after")
    def _moves_where_it_counts(self) -> Adjustment:
        for name, axis in _HELD.items():
            if name in self.moved_mm and self.moved_mm[name][axis] != 0.0:
                raise ValueError(
                    f"moving {name.replace('_', ' ')} {_AXES[axis]} changes nothing; leave that number at 0"
                )
        return self

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.sizes_mm or self.materials or self.lens or any(map(any, self.moved_mm.values())))

    @property
    def sizes(self) -> dict[str, float]:
        """``sizes_mm``, by any name."""
        return {str(name): size for name, size in self.sizes_mm.items()}

    def move(self, name: PointName) -> tuple[float, float, float]:
        """How far a point was moved; zeros where it was not."""
        return self.moved_mm.get(name, (0.0, 0.0, 0.0))


AS_FOUND: Final = Adjustment()


def dimensions_after(declared_mm: Mapping[str, float], adjustment: Adjustment) -> dict[str, float]:
    """The sizes that a maker declared, as they are after the adjustment: what was set, and what follows from it."""
    sizes = adjustment.sizes
    after = {**declared_mm, **sizes}
    total = declared_mm.get("total_width_mm")
    if total is None or not sizes:
        return after
    if "lens_width_mm" not in sizes and "bridge_mm" not in sizes:
        # A whole width by itself scales all of the frame.
        times = sizes.get("total_width_mm", total) / total
        return {name: size if name in sizes else round(size * times, 2) for name, size in after.items()}
    if "total_width_mm" not in sizes:
        wider = [
            count * (sizes[name] - declared_mm[name])
            for name, count in (("lens_width_mm", 2), ("bridge_mm", 1))
            if name in sizes and name in declared_mm
        ]
        after["total_width_mm"] = round(total + sum(wider), 2)
    return after
