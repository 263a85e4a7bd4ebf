"""Skin colour in the words of the scales: Monk's ten classes, Fitzpatrick's six, and the undertone.

All of them are told from the individual typology angle ITA° and its doubt, so each class comes with its probability.
Fitzpatrick's types are about how skin burns, which no camera sees: what is told is the type that such a colour usually
goes with, by the ITA° classes of Chardon, Cretois and Hourseau (1991). Monk's classes are chosen by eye from ten
swatches that are not measured colours; their bounds here are a convention of ours on the same scale: 1-4 are light
(above 28°), 5-7 medium, 8-10 dark (below -30°).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from tryon.frame import F64

# Where one class ends and the next, darker one begins, ITA°.
MONK_ITA_DEG: Final = (65.0, 55.0, 41.0, 28.0, 10.0, -10.0, -30.0, -50.0, -65.0)
FITZPATRICK_ITA_DEG: Final = (55.0, 41.0, 28.0, 10.0, -30.0)
FITZPATRICK: Final = ("I", "II", "III", "IV", "V", "VI")
# A class is in the range that is told if at least so much of the probability is.
RANGE_TAIL: Final = 0.05
# Hue angles of L*a*b* below which skin's undertone is called cool, above which warm. Assumed.
COOL_BELOW_DEG: Final = 55.0
WARM_ABOVE_DEG: Final = 63.0

Undertone = Literal["cool", "neutral", "warm"]


@dataclass(frozen=True, slots=True)
class ToneClass:
    """The likeliest class of a scale (0 is the lightest), its probability, and the range that holds nine of ten."""

    index: int
    confidence: float
    lightest: int
    darkest: int


def tone_class(ita_deg: float, sigma_deg: float, bounds_deg: tuple[float, ...]) -> ToneClass:
    """The class of an angle with that standard deviation; ``bounds_deg`` fall from light to dark."""
    above = [_below(bound, ita_deg, sigma_deg) for bound in bounds_deg]
    edges = [1.0, *above, 0.0]
    shares = [edges[at] - edges[at + 1] for at in range(len(edges) - 1)]
    best = max(range(len(shares)), key=shares.__getitem__)
    lightest = next(at for at in range(len(shares)) if 1 - edges[at + 1] > RANGE_TAIL)
    darkest = next(at for at in reversed(range(len(shares))) if edges[at] > RANGE_TAIL)
    return ToneClass(best, shares[best], lightest, max(darkest, lightest))


def undertone(lab: F64, covariance: F64) -> tuple[Undertone, float]:
    """The undertone of a skin's L*, a*, b* and its probability."""
    chroma2 = float(lab[1] ** 2 + lab[2] ** 2)
    hue = math.degrees(math.atan2(lab[2], lab[1]))
    slope = (-lab[2] / chroma2, lab[1] / chroma2)
    variance = sum(slope[i] * slope[j] * covariance[1 + i, 1 + j] for i in (0, 1) for j in (0, 1))
    sigma = math.degrees(math.sqrt(max(float(variance), 1e-12)))
    cool = _below(COOL_BELOW_DEG, hue, sigma)
    warm = 1 - _below(WARM_ABOVE_DEG, hue, sigma)
    shares: dict[Undertone, float] = {"cool": cool, "neutral": 1 - cool - warm, "warm": warm}
    name = max(shares, key=lambda each: shares[each])
    return name, shares[name]


def _below(bound: float, mean: float, sigma: float) -> float:
    """The probability that a normal value lies below the bound."""
    return 0.5 * (1 + math.erf((bound - mean) / (max(sigma, 1e-6) * math.sqrt(2))))
