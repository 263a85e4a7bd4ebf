"""Whether a frame fits this wearer: measured sizes against the numbers printed on a temple.

Each aspect compares one length of the frame with what this face would have it be: a range, because fit is one. The
ranges are opticians' usual ones, openly assumed; what is measured is the wearer. A verdict is ``sure`` where the
frame lies farther outside or inside the range than the measurement's own doubt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tryon.geometry.sizes import Length, Sizes

Aspect: TypeAlias = Literal["width", "bridge", "centring", "height", "temples"]

# Frame's total width less the face's width before the ears: temples may stand off a little and spring a little.
WIDTH_MM: Final = (2.0, 16.0)
# Distance between the lenses less the nose's width where pads rest: pads stand inside the lenses' edges.
BRIDGE_MM: Final = (0.5, 6.5)
# How far each pupil may look through its lens inside of the lens' middle; negative is outside.
CENTRING_MM: Final = (-1.5, 5.0)
# A lens' height less the way from the brow's upper edge to the cheek's fullest: higher ones cover the brow or stand on
# the cheek, and much lower ones are too low for the eye to read through their lower part (28 mm for most people).
HEIGHT_MM: Final = (-25.0, 0.0)
# A temple's whole length less the way to the ear's top: what bends down behind it.
TEMPLES_MM: Final = (34.0, 56.0)


@dataclass(frozen=True, slots=True)
class Advice:
    """One aspect. ``off_mm``: how far outside the range, positive too large, negative too small, 0 inside; ``sure``
    where the doubt could not turn the verdict; ``sentence`` says it with its numbers, which are ``values`` in whole
    millimetres: ``off_mm`` (never negative), ``frame_mm``, ``wearer_mm`` and ``plus_minus_mm``; of centring ``off_mm``,
    ``inside_mm`` (of the lens' middle; negative is outside) and ``plus_minus_mm``."""

    aspect: Aspect
    off_mm: float
    sure: bool
    sentence: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Rule:
    aspect: Aspect
    frame: str
    wearer: str
    low: float
    high: float
    too_small: str
    too_large: str
    title: str


_WIDTH: Final = _Rule("width", "frame", "face", *WIDTH_MM, "narrow", "wide", "Width")
_BRIDGE: Final = _Rule("bridge", "bridge", "nose", *BRIDGE_MM, "narrow", "wide", "Bridge")
_HEIGHT: Final = _Rule("height", "lens", "brow to cheek", *HEIGHT_MM, "small", "large", "Lens height")
_TEMPLES: Final = _Rule("temples", "temples", "way to the ear", *TEMPLES_MM, "short", "long", "Temples")


def advise(sizes: Sizes, dimensions_mm: Mapping[str, float]) -> tuple[Advice, ...]:
    """What can be said of this frame on this face; an aspect whose dimension is not known is left out.

    ``dimensions_mm`` as in product.json: total_width, bridge, lens_width, lens_height, temple_length, each ``_mm``.
    """
    found: list[Advice] = []
    total, bridge = dimensions_mm.get("total_width_mm"), dimensions_mm.get("bridge_mm")
    lens, temple = dimensions_mm.get("lens_width_mm"), dimensions_mm.get("temple_length_mm")
    height = dimensions_mm.get("lens_height_mm")
    if total is not None:
        found.append(_compared(_WIDTH, total, sizes.face))
    if bridge is not None:
        found.append(_compared(_BRIDGE, bridge, sizes.nose))
    if bridge is not None and lens is not None:
        found.append(_centred(lens + bridge, sizes.pupils_far))
    if height is not None:
        found.append(_compared(_HEIGHT, height, sizes.height))
    if temple is not None:
        found.append(_compared(_TEMPLES, temple, sizes.ear))
    return tuple(found)


def _compared(rule: _Rule, frame_mm: float, wearer: Length) -> Advice:
    off, sure = _off(frame_mm - wearer.mm, rule.low, rule.high, wearer.sigma_mm)
    values = {
        "off_mm": _whole(off),
        "frame_mm": round(frame_mm),
        "wearer_mm": round(wearer.mm),
        "plus_minus_mm": round(2 * wearer.sigma_mm),
    }
    numbers = "{0} {frame_mm} mm, {1} {wearer_mm} ± {plus_minus_mm} mm".format(
        rule.frame, rule.wearer, **values
    )
    word = rule.too_large if off > 0 else rule.too_small
    if off == 0:
        fits = "fit" if rule.aspect == "temples" else "fits"
        said = fits if sure else f"probably {fits}"
        return Advice(rule.aspect, off, sure, f"{rule.title} {said}: {numbers}.", values)
    maybe = "" if sure else "perhaps "
    sentence = f"{rule.title} {maybe}{values['off_mm']} mm too {word}: {numbers}."
    return Advice(rule.aspect, off, sure, sentence, values)


def _centred(apart_mm: float, pupils: Length) -> Advice:
    """How the pupils sit in the lenses: half of what the lenses' middles are farther apart than the pupils."""
    inside, doubt = (apart_mm - pupils.mm) / 2, pupils.sigma_mm / 2
    off, sure = _off(inside, *CENTRING_MM, doubt)
    values = {"off_mm": _whole(off), "inside_mm": round(inside), "plus_minus_mm": round(2 * doubt)}
    side = "inside" if values["inside_mm"] >= 0 else "outside"
    numbers = (
        f"each eye looks {abs(values['inside_mm'])} ± {values['plus_minus_mm']} mm {side} of its lens' middle"
    )
    if off == 0:
        said = "fits" if sure else "probably fits"
        return Advice("centring", off, sure, f"Centring {said}: {numbers}.", values)
    word = "a smaller frame would centre better" if off > 0 else "a larger frame would centre better"
    return Advice("centring", off, sure, f"Centring off by {values['off_mm']} mm: {numbers}; {word}.", values)


def _off(value: float, low: float, high: float, doubt: float) -> tuple[float, bool]:
    """How far outside low..high, and whether one standard deviation more or less would say the same."""
    if value > high:
        return value - high, value - high > doubt
    if value < low:
        return value - low, low - value > doubt
    return 0.0, min(value - low, high - value) > doubt


def _whole(off: float) -> int:
    """A misfit is never told as 0 mm."""
    return 0 if off == 0 else max(1, math.floor(abs(off) + 0.5))
