"""What a catalogue says of a garment: its cut, its picture, and where the points of the picture are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

CutName = Literal[
    "t_shirt", "polo", "shirt", "blouse", "sweater", "hoodie", "jacket", "tank", "dress", "skirt", "trousers"
]
PointName = Literal[
    "right_neck", "left_neck", "neck_front", "right_shoulder", "left_shoulder", "right_armpit", "left_armpit",
    "right_waist", "left_waist", "right_hem", "left_hem", "hem_centre",
    "right_cuff_outer", "left_cuff_outer", "right_cuff_inner", "left_cuff_inner",
    "waist_centre", "right_hip", "left_hip", "crotch",
    "right_leg_outer", "left_leg_outer", "right_leg_inner", "left_leg_inner",
]  # fmt: skip
Pixel = Annotated[float, Field(ge=0.0, le=8192.0, allow_inf_nan=False)]
Points = Mapping[PointName, tuple[Pixel, Pixel]]

PICTURE_FILE_MAX_BYTES: Final = 10 * 1024 * 1024
CUFFS: Final = tuple(name for name in get_args(PointName) if "cuff" in name)
# Of garments that hang from the shoulders.
NEEDED: Final[tuple[str, ...]] = (
    "right_neck", "left_neck", "neck_front", "right_shoulder", "left_shoulder", "right_armpit", "left_armpit",
    "right_waist", "left_waist", "right_hem", "left_hem", "hem_centre",
)  # fmt: skip
_HIPS: Final = ("right_waist", "left_waist", "waist_centre", "right_hip", "left_hip")
# Of garments that hang from the hips, by their cut.
LOWER: Final[Mapping[str, tuple[str, ...]]] = {
    "skirt": (*_HIPS, "right_hem", "left_hem", "hem_centre"),
    "trousers": (*_HIPS, "crotch", "right_leg_outer", "left_leg_outer", "right_leg_inner", "left_leg_inner"),
}


@dataclass(frozen=True, slots=True)
class GarmentSource:
    """``picture`` is a PNG with alpha; ``points`` are in its pixels, "right" the wearer's. None:
    they are looked for."""

    cut: CutName
    picture: Path
    points: Mapping[str, tuple[float, float]]


def check_points(points: Mapping[PointName, tuple[float, float]], cut: CutName = "t_shirt") -> None:
    """Raises ValueError naming the points that are missing, and those that this cut has not: all of the body, and all
    four cuffs or none."""
    needed = LOWER.get(cut, NEEDED)
    allowed = needed if cut in LOWER else (*needed, *CUFFS)
    foreign = [name for name in points if name not in allowed]
    if foreign:
        raise ValueError(f"'points' of a garment whose cut is {cut!r} has no {', '.join(sorted(foreign))}")
    missing = [name for name in needed if name not in points]
    cuffs = [name for name in CUFFS if name in points]
    if cuffs and len(cuffs) < len(CUFFS):
        missing += [name for name in CUFFS if name not in points]
    if missing:
        raise ValueError(f"'points' lacks {', '.join(missing)}; give all of them, or none to have them found")
