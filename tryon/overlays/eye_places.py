"""Where the tones of an eyeshadow go: a template's places as soft weights over an eye's own coordinates."""

from __future__ import annotations

from typing import Final

from tryon.compiled import inlined, single
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
# Whoever works in single precision stays in it.
_0, _1, _HALF = single(0), single(1), single(0.5)


@inlined
def past(away: float, steep: float) -> float:
    """0 … 1 across a soft edge: a half on it, ``steep`` is one over its width."""
    return min(max(_HALF + away * steep, _0), _1)


@inlined
def step(value: float, low: float, high: float) -> float:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = min(max((value - low) / (high - low), _0), _1)
    return t * t * (single(3.0) - single(2.0) * t)


@inlined
def bell(square: float) -> float:
    """About exp(-square), and nought from 4 on: quicker, and it ends."""
    t = max(_1 - single(0.25) * square, _0)
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
        (INNER_RISE + (_1 - single(INNER_RISE)) * step(x, -single(0.64), -single(0.12)))
        * (_1 - (_1 - single(OUTER_RISE)) * step(x, single(0.40), single(0.85)))
    )
    # The outer fade rises towards the end of the brow.
    outer = single(0.56) + single(0.30) * min(max(h, _0), _1)
    wide = step(x, -single(0.66), -single(0.42)) * (_1 - step(x, outer - single(0.06), outer + single(0.20)))
    if place < 3 and wide <= _0 and template != HALO:
        return _0
    bone = (
        step(h, single(0.58), single(0.80))
        * (_1 - step(h, single(0.86), single(1.04)))
        * step(x, -single(0.15), single(0.2))
        * (_1 - step(x, single(0.55), single(0.85)))
    )
    # A dab about the corner, as high as wide however far the lid is down.
    corner = bell(((x + single(0.52)) / single(0.10)) ** 2 + (h * tall / single(0.10)) ** 2)
    w = _0
    if below > _0:
        # The lid's own rim, before the lashes' roots, is no skin.
        smudge = step(below, _0, single(RIM)) * (_1 - step(below, single(0.01), single(0.13)))
        smudge *= step(x, -single(0.46), -single(0.05)) * (_1 - step(x, single(0.50), single(0.64)))
        if template == SMOKY:
            return smudge * (
                single(0.75) if place == 0 else (single(0.8) if place == 2 and below < single(0.06) else _0)
            )
        if place == 1 and template != WASH:
            return single(0.45) * smudge * step(x, _0, single(0.35))
        return _0
    if place == 0:
        if template == WASH:
            w = wide * (_1 - step(h, single(0.9) * c, single(2.1) * c))
        elif template == GRADIENT:
            w = wide * (_1 - step(h, single(0.85) * c, single(1.6) * c))
        elif template == SMOKY:
            w = wide * (_1 - step(h, single(1.1) * c, single(2.5) * c))
        elif template == HALO:
            w = bell((x / single(0.20)) ** 2) * (_1 - step(h, single(0.85) * c, single(1.35) * c))
        else:
            w = wide * (_1 - step(h, single(0.92) * c, single(1.06) * c))
    elif place == 1:
        band = bell(((h - single(1.15) * c) / (single(0.60) * c)) ** 2)
        if template == SMOKY:
            w = wide * (_1 - step(h, single(0.25) * c, single(1.4) * c))
        elif template == HALO:
            w = wide * (_1 - bell((x / single(0.22)) ** 2)) * (_1 - step(h, single(0.9) * c, single(1.6) * c))
        elif template == CUT_CREASE:
            w = (
                wide
                * step(h, single(0.92) * c, single(1.04) * c)
                * (_1 - step(h, single(1.1) * c, single(2.3) * c))
            )
        else:
            w = single(0.9) * wide * band * step(x, -single(0.48), single(0.02))
    elif place == 2:
        if template == SMOKY:
            w = wide * (_1 - step(h, single(0.02), single(0.62) * c))
        elif template == HALO:
            w = single(0.85) * wide * bell(((h - single(1.2) * c) / (single(0.45) * c)) ** 2)
        else:
            w = (
                wide
                * step(x, single(0.10), single(0.42))
                * (_1 - step(h, single(0.55) * c, single(1.45) * c))
            )
    else:
        w = max(single(0.75) * bone, corner)
    return w


@inlined
def lay_tones(tones: F32, roles: F32, heights: F32, template: int, wide: float) -> None:
    """Weights of the places that have a role, (along, up, place), above the lash line; ``wide``: the eye, in pixels."""
    steps, rise = heights.shape[1], single((TONES_UP[1] - TONES_UP[0]) / (tones.shape[1] - 1))
    for layer in range(roles.shape[0]):
        place = int(roles[layer])
        if place > 3:
            continue
        for i in range(tones.shape[0]):
            x = single(TONES_ALONG[0] + (TONES_ALONG[1] - TONES_ALONG[0]) * i / (tones.shape[0] - 1))
            k = int((x - INNER) / (OUTER - INNER) * (steps - 1))
            reach = max(heights[BROW_LOW, k] - heights[UPPER, k], _1)
            crease = min(max((heights[CREASE, k] - heights[UPPER, k]) / reach, single(0.10)), single(0.45))
            for j in range(tones.shape[1]):
                h = single(TONES_UP[0]) + rise * single(j)
                tones[i, j, place] = tone_weight(template, place, x, h, crease, _0, reach / single(wide))
