"""The numbers printed on a temple, "52□18-140", and what they say of a photo's scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tryon.errors import BadAsset, StoreInvalid

# What frames for grown-ups and children have, in mm (lens width, bridge, temple length).
RANGES_MM: Final = {"lens width": (38.0, 65.0), "bridge": (10.0, 30.0), "temple length": (110.0, 160.0)}
# How far apart numbers and photo may be, as parts of the lens width: a groove hides half a millimetre of the lens on
# each side, and printed numbers are whole.
_AGREE: Final = (-0.035, 0.07)
_NUMBERS: Final = re.compile(
    r"\s*(\d{1,3}(?:[.,]\d)?)\s*(?:[^\w\s.,]|[xX]|\s)+\s*(\d{1,3}(?:[.,]\d)?)\s*(?:[^\w\s.,]|[xX]|\s)+\s*(\d{1,3}(?:[.,]\d)?)\s*(?:mm)?\s*"
)


@dataclass(frozen=True, slots=True)
class Size:
    """What is printed, in mm."""

    lens_mm: float
    bridge_mm: float
    temple_mm: float

    @property
    def middles_mm(self) -> float:
        """From the middle of one lens to the other's: no groove hides any of it."""
        return self.lens_mm + self.bridge_mm

    def __str__(self) -> str:
        return f"{self.lens_mm:g}□{self.bridge_mm:g}-{self.temple_mm:g}"


def size_of(text: str) -> Size:
    """Of "52□18-140", "52-18-140", "52 18 140". Raises StoreInvalid naming what cannot be."""
    found = _NUMBERS.fullmatch(text)
    if found is None:
        raise StoreInvalid(
            f"size: {text.strip()[:24]!r} is not three numbers such as 52-18-140 (lens width, bridge, temple length in "
            "mm), as they are printed inside a temple.",
            field="size",
        )
    numbers = [float(number.replace(",", ".")) for number in found.groups()]
    for (name, (low, high)), number in zip(RANGES_MM.items(), numbers, strict=True):
        if not low <= number <= high:
            raise StoreInvalid(
                f"size: the {name} is {number:g} mm; it is {low:g} to {high:g} mm. Give lens width, bridge and temple "
                "length in this order.",
                field="size",
            )
    return Size(*numbers)


def mm_per_px(size: Size, lens_px: float, middles_px: float) -> float:
    """The scale by the distance of the lenses' middles. Raises BadAsset where lens width and bridge contradict the
    photo, with the number that does."""
    scale = size.middles_mm / middles_px
    seen_mm = lens_px * scale
    off = (size.lens_mm - seen_mm) / size.lens_mm
    if _AGREE[0] <= off <= _AGREE[1]:
        return scale
    # One number wrong: what it would have to be beside the other.
    part = lens_px / middles_px
    bridge_mm, lens_mm = size.lens_mm / part - size.lens_mm, size.bridge_mm * part / (1 - part)
    ranges = (("bridge", bridge_mm, size.bridge_mm), ("lens width", lens_mm, size.lens_mm))
    likely = [
        (abs(wanted - told) / told, name, wanted)
        for name, wanted, told in ranges
        if RANGES_MM[name][0] <= wanted <= RANGES_MM[name][1]
    ]
    advice = " or ".join(f"the {name} would be {wanted:.0f} mm" for _, name, wanted in sorted(likely))
    beside = f" Beside the other number, {advice}." if advice else ""
    raise BadAsset(
        f"The numbers {size} do not fit the photo: there the lenses are {part / (1 - part):.2f} times as wide as the "
        f"bridge, by the numbers {size.lens_mm / size.bridge_mm:.2f} times.{beside} Check the numbers.",
        field="size",
    )
