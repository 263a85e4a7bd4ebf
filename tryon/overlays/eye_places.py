"""Where the tones of an eyeshadow go: a template's places as soft weights over an eye's own coordinates."""

from __future__ import annotations

from typing import Final

from tryon.compiled import inlined
from tryon.frame import F32
from tryon.overlays.eye_shape import BROW_LOW, CREASE, INNER, OUTER, UPPER

# Numbers that the kernel knows templates by.
WASH, GRADIENT, SMOKY, HALO, CUT_CREASE = range(5)
TEMPLATES: Final = {
    "wash": WASH, "gradient": GRADIENT, "smoky": SMOKY, "halo": HALO, "cut_crease": CUT_CREASE,
}  # fmt: skip

# An eyeshadow's tones are worked out at so many places along the eye, between two places in its widths, and so many up
# from the lash line to the brow, and told between them.
TONES: Final = (40, 48)
TONES_ALONG: Final = (-0.70, 1.08)
TONES_UP: Final = (-0.15, 1.10)


# A layer's row: film and finish, amount, and here its role: 0 to 3 an eyeshadow's places, from 10 on what follows them.
ROLE: Final = 15
LINER, LASHES, LENS, BROW = 10, 11, 12, 13
# Glitter for eyes is fine.
FLAKE_MM: Final = 0.45
# How thick the lower lid's rim is, in eye widths: 1.5 of 30 mm.
RIM: Final = 0.05
# How high shadow rises at the lid's inner and outer end, over its middle.
INNER_RISE: Final = 0.40
OUTER_RISE: Final = 0.70


@inlined
def past(away: float, steep: float) -> float:
    """0 … 1 across a soft edge: a half on it, ``steep`` is one over its width."""
    return min(max(0.5 + away * steep, 0.0), 1.0)


@inlined
def step(value: float, low: float, high: float) -> float:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@inlined
def bell(square: float) -> float:
    """About exp(-square), and nought from 4 on: quicker, and it ends."""
    t = max(1.0 - 0.25 * square, 0.0)
    return t * t * t * t


@inlined
def tone_weight(
    template: int, place: int, x: float, h: float, crease: float, below: float, tall: float
) -> float:
    """How much of the tone of a place there is.

    ``x``: along the eye in its widths, -0.5 the inner corner, 0.5 the outer. ``h``: from the lash line, 0, to the
    brow, 1; ``crease`` is the crease's h. ``below``: how far under the lower lashes, in eye widths; 0 or less
    elsewhere. ``tall``: from the lash line to the brow, in eye widths.
    """
    # The lid is a ball: towards its ends shadow rises less high. A lid that is down would be a square otherwise.
    c = crease * (
        (INNER_RISE + (1.0 - INNER_RISE) * step(x, -0.64, -0.12))
        * (1.0 - (1.0 - OUTER_RISE) * step(x, 0.40, 0.85))
    )
    # The outer fade rises towards the end of the brow.
    outer = 0.56 + 0.30 * min(max(h, 0.0), 1.0)
    wide = step(x, -0.66, -0.42) * (1.0 - step(x, outer - 0.06, outer + 0.20))
    if place < 3 and wide <= 0.0 and template != HALO:
        return 0.0
    bone = (
        step(h, 0.58, 0.80) * (1.0 - step(h, 0.86, 1.04)) * step(x, -0.15, 0.2) * (1.0 - step(x, 0.55, 0.85))
    )
    # A dab about the corner, as high as wide however far the lid is down.
    corner = bell(((x + 0.52) / 0.10) ** 2 + (h * tall / 0.10) ** 2)
    w = 0.0
    if below > 0.0:
        # The lid's own rim, before the lashes' roots, is no skin.
        smudge = step(below, 0.0, RIM) * (1.0 - step(below, 0.01, 0.13))
        smudge *= step(x, -0.46, -0.05) * (1.0 - step(x, 0.50, 0.64))
        if template == SMOKY:
            return smudge * (0.75 if place == 0 else (0.8 if place == 2 and below < 0.06 else 0.0))
        if place == 1 and template != WASH:
            return 0.45 * smudge * step(x, 0.0, 0.35)
        return 0.0
    if place == 0:
        if template == WASH:
            w = wide * (1.0 - step(h, 0.9 * c, 2.1 * c))
        elif template == GRADIENT:
            w = wide * (1.0 - step(h, 0.85 * c, 1.6 * c))
        elif template == SMOKY:
            w = wide * (1.0 - step(h, 1.1 * c, 2.5 * c))
        elif template == HALO:
            w = bell((x / 0.20) ** 2) * (1.0 - step(h, 0.85 * c, 1.35 * c))
        else:
            w = wide * (1.0 - step(h, 0.92 * c, 1.06 * c))
    elif place == 1:
        band = bell(((h - 1.15 * c) / (0.60 * c)) ** 2)
        if template == SMOKY:
            w = wide * (1.0 - step(h, 0.25 * c, 1.4 * c))
        elif template == HALO:
            w = wide * (1.0 - bell((x / 0.22) ** 2)) * (1.0 - step(h, 0.9 * c, 1.6 * c))
        elif template == CUT_CREASE:
            w = wide * step(h, 0.92 * c, 1.04 * c) * (1.0 - step(h, 1.1 * c, 2.3 * c))
        else:
            w = 0.9 * wide * band * step(x, -0.48, 0.02)
    elif place == 2:
        if template == SMOKY:
            w = wide * (1.0 - step(h, 0.02, 0.62 * c))
        elif template == HALO:
            w = 0.85 * wide * bell(((h - 1.2 * c) / (0.45 * c)) ** 2)
        else:
            w = wide * step(x, 0.10, 0.42) * (1.0 - step(h, 0.55 * c, 1.45 * c))
    else:
        w = max(0.75 * bone, corner)
    return w


@inlined
def lay_tones(tones: F32, roles: F32, heights: F32, template: int, wide: float) -> None:
    """Weights of the places that have a role, (along, up, place), above the lash line; ``wide``: the eye, in pixels."""
    steps = heights.shape[1]
    for layer in range(roles.shape[0]):
        place = int(roles[layer])
        if place > 3:
            continue
        for i in range(tones.shape[0]):
            x = TONES_ALONG[0] + (TONES_ALONG[1] - TONES_ALONG[0]) * i / (tones.shape[0] - 1)
            k = int((x - INNER) / (OUTER - INNER) * (steps - 1))
            reach = max(heights[BROW_LOW, k] - heights[UPPER, k], 1.0)
            crease = min(max((heights[CREASE, k] - heights[UPPER, k]) / reach, 0.10), 0.45)
            for j in range(tones.shape[1]):
                h = TONES_UP[0] + (TONES_UP[1] - TONES_UP[0]) * j / (tones.shape[1] - 1)
                tones[i, j, place] = tone_weight(template, place, x, h, crease, 0.0, reach / wide)
