"""What a film of pigment makes of the skin beneath it.

Kubelka and Munk, "Ein Beitrag zur Optik der Farbanstriche", 1931: a film of scattering power SX whose thick layer
reflects R∞, over a ground that reflects R, reflects

    ((R - R∞) / R∞ - R∞ (R - 1/R∞) E) / ((R - R∞) - (R - 1/R∞) E),   E = exp(SX (1/R∞ - R∞)).

That is a fraction of two straight lines in R: a film is three numbers a channel, worked out once, and a film over a
film over skin is as many fractions in a row. Dark pigments hide sooner than pale ones, thin films stain, thick ones
cover.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.compiled import inlined, single
from tryon.frame import F32
from tryon.render.material import srgb_to_linear

# Coverage is told for a pigment of this reflectance in a channel: of its film, coverage 0.5 hides half of the ground.
USUAL: Final = 0.3
# White would never hide and black at once: powders are neither, they have fillers.
STRENGTH: Final = (0.28, 3.2)
# Thick enough: what shows through is below half a code.
FULL: Final = 7.0
REFLECTANCE: Final = (0.004, 0.96)
# Rec. 709 weights of linear blue, green and red.
LUMINANCE: Final = np.array((0.0722, 0.7152, 0.2126))
# So that whoever works in single precision stays in it.
_1 = single(1)


def linear_bgr(color: tuple[float, float, float]) -> F32:
    """Reflectances (3,), blue first, of an sRGB colour 0..255, red first."""
    return srgb_to_linear(np.array(color[::-1], np.float32) / np.float32(255))


def film(color: tuple[float, float, float], coverage: float, powder: float = 0.0) -> F32:
    """(9,) for blue, green, red: p, q, r each, so that the film over R reflects (p + q R) / (1 + r R).

    ``coverage`` 0 is no film, 1 one that hides the ground. ``powder`` 1 is one that hides as soon in every
    channel, and dark shades not much sooner than pale ones, as makers mix them with titanium white; 0 a dye, and there
    is what lies between. Of a dye pale shades hide skin's blue before its red, which would be ashen on dark skin, and
    dark ones leave its red, which would be brick on pale skin; a blush of nothing but white powder would be a bruise.
    """
    thick = np.clip(linear_bgr(color).astype(np.float64), *REFLECTANCE)
    usual = 1 / USUAL - USUAL
    hides = thick ** (1 - powder) * (thick @ LUMINANCE) ** powder
    strength = np.clip((1 / hides - hides) / usual, *STRENGTH) ** (1 - powder / 2)
    power = FULL if coverage >= 1.0 - 1e-6 else min(-math.log1p(-coverage), FULL)
    e = np.exp(power * strength)
    if coverage >= 1.0 - 1e-6:
        e[:] = 1e6
    at_zero = e / thick - thick
    p = (e - 1) / at_zero
    q = (1 / thick - thick * e) / at_zero
    r = (1 - e) / at_zero
    return np.asarray(np.stack([p, q, r], axis=1).ravel(), np.float32)


@inlined
def over(film9: F32, channel: int, ground: float) -> float:
    """What the film reflects over ``ground`` in a channel (0 blue)."""
    k = 3 * channel
    return (film9[k] + film9[k + 1] * ground) / (1.0 + film9[k + 2] * ground)  # type: ignore[no-any-return]


@inlined
def laid(
    layers: F32, layer: int, part: float, blue: float, green: float, red: float
) -> tuple[float, float, float]:
    """What a ground reflects with the film of a layer (a row that begins with ``film``'s numbers) on ``part`` of it."""
    d0 = _1 + layers[layer, 2] * blue
    d1 = _1 + layers[layer, 5] * green
    d2 = _1 + layers[layer, 8] * red
    # One division for three.
    over_all = part / (d0 * d1 * d2)
    rest = _1 - part
    return (
        rest * blue + (layers[layer, 0] + layers[layer, 1] * blue) * d1 * d2 * over_all,
        rest * green + (layers[layer, 3] + layers[layer, 4] * green) * d0 * d2 * over_all,
        rest * red + (layers[layer, 6] + layers[layer, 7] * red) * d0 * d1 * over_all,
    )
