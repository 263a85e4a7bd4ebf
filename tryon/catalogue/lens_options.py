"""Lenses that a shopper can choose for a frame, and what each of them does to light.

Colours in a file are what opticians state: a hue and how much visible light passes (ISO 12312-1's luminous
transmittance, here with the sRGB weights). A hue is scaled until it passes that much; what would pass more than all of
one primary spills into the others, so a pale hue stays pale and the transmittance is kept.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tryon.frame import F64
from tryon.render.film import coating
from tryon.render.glazing import Glazing
from tryon.render.material import Rgb, srgb_to_linear

LensId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
LensName = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Hue = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Percent = Annotated[float, Field(ge=1.0, le=100.0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]

_LUMINANCE: Final = np.array((0.2126, 0.7152, 0.0722))
# What one face of a lens of index 1.5 reflects, and what a broadband coating leaves of it: a little green, or violet.
# The shares are typical of what makers state (0.5 % of visible light), not measured.
BARE: Final[Rgb] = (0.04, 0.04, 0.04)
RESIDUAL: Final[dict[str, Rgb]] = {
    "green": (0.0022, 0.0085, 0.0034),
    "violet": (0.0052, 0.0020, 0.0090),
}
# Photochromic lenses lighten and darken between these without a product's own numbers.
INDOORS_PERCENT: Final = 88.0


class LensOption(BaseModel):
    """One kind of lens, as product.json lists it under ``lenses``.

    ``transmission_percent`` of visible light passes at the top and, in a ``gradient``, ``low_percent`` at the bottom
    (more for the usual fade, less for one that darkens downwards). ``mirror`` is the colour of an outer coating that
    reflects ``mirror_strength`` of the light. A ``photochromic`` lens passes ``transmission_percent`` outdoors and
    ``indoors_percent`` indoors; the shopper moves it between.

    A polarised lens looks like any other of its colour to a camera, but for its far side: that is coated on all that
    are sold, so the room behind the wearer does not show in it. No more is modelled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: LensId
    name: LensName
    type: Literal["clear", "solid", "gradient", "mirror", "photochromic"]
    color: Hue = "#ffffff"
    transmission_percent: Percent = 98.0
    low_percent: Percent | None = None
    indoors_percent: Percent = INDOORS_PERCENT
    mirror: Hue | None = None
    mirror_strength: Share = 0.35
    polarised: bool = False
    anti_reflection: Literal["none", "green", "violet"] = "none"

    @model_validator(mode="after")
    def _type_has_its_fields(self) -> LensOption:
        if (self.low_percent is not None) != (self.type == "gradient"):
            raise ValueError("'low_percent' belongs to a lens of type 'gradient', which needs it")
        if (self.mirror is not None) != (self.type == "mirror"):
            raise ValueError("'mirror', a colour, belongs to a lens of type 'mirror', which needs it")
        if self.type == "photochromic" and self.indoors_percent < self.transmission_percent:
            raise ValueError("a photochromic lens passes more light indoors than outdoors")
        return self

    @property
    def swatch(self) -> str:
        """A colour that stands for it, on white."""
        if self.mirror is not None:
            return self.mirror
        low = self.transmission_percent if self.low_percent is None else self.low_percent
        linear = transmitted(self.color, (self.transmission_percent + low) / 2)
        coded = [
            1.055 * channel ** (1 / 2.4) - 0.055 if channel > 0.0031308 else 12.92 * channel
            for channel in linear
        ]
        return "#" + "".join(f"{round(min(max(channel, 0.0), 1.0) * 255):02x}" for channel in coded)

    def glazing(self, outdoors: float = 1.0) -> Glazing:
        """What the renderer needs; ``outdoors`` 0..1 is how far a photochromic lens has darkened."""
        percent = self.transmission_percent
        if self.type == "photochromic":
            # Dye builds up evenly, and light falls off by powers of it.
            percent = self.indoors_percent * (percent / self.indoors_percent) ** outdoors
        top = transmitted(self.color, percent)
        bottom = top if self.low_percent is None else transmitted(self.color, self.low_percent)
        straight_on = RESIDUAL.get(self.anti_reflection, BARE)
        if self.mirror is not None:
            straight_on = _mirrored(self.mirror, self.mirror_strength)
        coated_back = self.polarised or self.mirror is not None or self.anti_reflection != "none"
        return Glazing(top, bottom, coating(straight_on), 0.1 if coated_back else 1.0)


def transmitted(hue: str, percent: float) -> Rgb:
    """Linear red, green and blue that pass, of which the eye makes ``percent`` of white."""
    wanted = percent / 100.0
    color = _linear(hue)
    color = np.maximum(color, 1e-3)
    color *= wanted / float(color @ _LUMINANCE)
    for _ in range(3):
        over = color > 1.0
        if not over.any():
            break
        color = np.minimum(color, 1.0)
        missing = wanted - float(color @ _LUMINANCE)
        room = np.where(color < 1.0, _LUMINANCE, 0.0).sum()
        if missing <= 0 or room <= 0:
            break
        color = np.where(color < 1.0, color + missing / room, color)
    red, green, blue = (float(channel) for channel in np.clip(color, 0.0, 1.0))
    return red, green, blue


def _mirrored(hue: str, strength: float) -> Rgb:
    """The hue at its brightest reflects ``strength``; no coating is less of a mirror than bare glass."""
    color = _linear(hue)
    color /= max(float(color.max()), 1e-3)
    red, green, blue = (max(float(channel) * strength, BARE[0]) for channel in color)
    return red, green, blue


def _linear(hue: str) -> F64:
    codes = np.array([int(hue[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / np.float32(255)
    return srgb_to_linear(codes).astype(np.float64)
