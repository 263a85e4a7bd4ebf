"""The light that a shade is seen in: its colour and level, told by sclera, skin and the brightest things.

Colours are compared as x = (ln red/green, ln blue/green) of linear light. Light of colour x on something whose own
colour is m shows as x + m. Each cue knows its m with a spread, daylight and lamps lie along the Planckian line, and the
estimate is the mean of the Gaussian posterior: precisions add. A shade that is multiplied by it looks as that shade
would look in this light, so warm and cold light show the same person's same shade.

A camera exposes so that a face is well seen. Within what that makes of a room the level is one, and a shade measures as
it is sold; below it, in pictures that are plainly dark, shades are darkened with the picture.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np

from tryon.compiled import quick, sealed
from tryon.frame import F32, U8
from tryon.geometry.steady import Head
from tryon.overlays.patches import median
from tryon.perception import landmarks as at

Rgb: TypeAlias = tuple[float, float, float]

# Black bodies in linear sRGB: 3000 K is (0.57, -0.82) · 0.62 away from daylight, 8000 K a third of that, backwards.
PLANCKIAN: Final = (0.57, -0.82)
ALONG, ACROSS = 0.45, 0.06
# Skin in white light, at L* 72 and for each step of L* below it, after the six skins of ``replay.tone``: the darker,
# the redder. The spread is that of people about this line.
SKIN: Final = (0.363, -0.264)
SKIN_DARKER: Final = (0.00964, -0.00586)
SKIN_LIGHTEST: Final = 72.0
SKIN_SPREAD: Final = (0.11, 0.13)
# The white of the eye is a little pink, and shaded by a lid.
SCLERA: Final = (0.16, -0.09)
SCLERA_SPREAD: Final = (0.10, 0.10)
# Whatever is brightest is white more often than not.
BRIGHT: Final = (0.0, 0.0)
BRIGHT_SPREAD: Final = (0.30, 0.30)
# What lies beside an iris is the white of an eye if it is less red, in logs, and bluer than the skin, by more than the
# first not at all and by the second wholly; a lid, a lash or a lens is not. Dark glasses are less red by more than the
# last.
LESS_RED: Final = (0.02, 0.08)
LESS_YELLOW: Final = (-0.12, -0.04)
GLASSES: Final = 1.5
# Irises this wide have a white of the eye to look at beside them.
IRIS_MIN_PX: Final = 5.0
SCLERA_MIN_PX: Final = 4
# The white of an eye is at most this much of white, and no darker than the skin around it where light falls on both.
SCLERA_LEVEL: Final = 0.55
# White as estimated at or above this level is taken for a camera's own doing, and is one.
# Of makeup, which beside a face glows that the camera left darker; and of cloth.
EXPOSED: Final = 0.55
EXPOSED_CLOTH: Final = 0.42
# Rec. 709.
RGB_LUMINANCE: Final = (0.2126, 0.7152, 0.0722)
LEVEL_MIN: Final = 0.08
# A lamp of 2900 K before a camera that balances nothing.
TINT_MAX: Final = 1.2
NEARLY_WHITE: Final = 0.06

# Between an iris's rim and a corner of the eye, in radii of the iris and parts of the way, at so many places.
BESIDE_IRIS: Final = (1.2, 0.82)
PLACES: Final = 4

# Each eye's two corners, the middle of its iris, and that iris's two sides.
_EYES: Final = np.array(
    [
        (at.RIGHT_EYE_OUTER, at.RIGHT_EYE_INNER, at.RIGHT_IRIS_CENTRE, at.RIGHT_IRIS[0], at.RIGHT_IRIS[2]),
        (at.LEFT_EYE_OUTER, at.LEFT_EYE_INNER, at.LEFT_IRIS_CENTRE, at.LEFT_IRIS[0], at.LEFT_IRIS[2]),
    ],
    np.intp,
)
_Pair: TypeAlias = tuple[float, float]


def shade_white(skin_bgr: F32, bright_bgr: F32, sclera_bgr: F32 | None, white_level: float) -> Rgb:
    """Linear red, green, blue of a white shade. Colours are linear; ``white_level`` is that of diffuse white as
    estimated from the picture's brightness."""
    level = min(1.0, max(white_level / EXPOSED, LEVEL_MIN))
    # The precision a, b; b, c and the weighed sums of the two colours.
    a, b, c = _PRIOR
    x, y = 0.0, 0.0
    white = 0.0 if sclera_bgr is None else white_of_an_eye(sclera_bgr, skin_bgr)
    cues: list[tuple[F32 | None, _Pair, _Pair, float]] = [
        (skin_bgr, _skin_colour(skin_bgr, level), SKIN_SPREAD, 1.0),
        (bright_bgr, BRIGHT, BRIGHT_SPREAD, 1.0),
        (sclera_bgr, SCLERA, SCLERA_SPREAD, white),
    ]
    for seen, own, spread, trust in cues:
        if seen is None or float(seen.min()) <= 0:
            continue
        blue, green, red = (math.log(max(channel, 1e-4)) for channel in seen.tolist())
        sure = trust / spread[0] ** 2, trust / spread[1] ** 2
        a, c = a + sure[0], c + sure[1]
        x += (red - green - own[0]) * sure[0]
        y += (blue - green - own[1]) * sure[1]
    both = a * c - b * b
    red, blue = (
        min(max(tint, -TINT_MAX), TINT_MAX) for tint in ((c * x - b * y) / both, (a * y - b * x) / both)
    )
    # People differ by about so much, and cameras leave less: a tint as small as that is more likely theirs.
    away = red * red + blue * blue
    part = away / (away + NEARLY_WHITE**2)
    tint = math.exp(red * part), 1.0, math.exp(blue * part)
    # A lamp's light is as bright as white light of that level: cameras expose by luminance.
    level /= sum(weight * channel for weight, channel in zip(RGB_LUMINANCE, tint, strict=True))
    return level * tint[0], level, level * tint[2]


def white_of_an_eye(seen_bgr: F32, skin_bgr: F32) -> float:
    """How likely, 0..1, a linear colour that was seen beside an iris is the white of that eye, by the skin around."""
    blue, green, red = (math.log(max(channel, 1e-4)) for channel in seen_bgr.tolist())
    skin_blue, skin_green, skin_red = (math.log(max(channel, 1e-4)) for channel in skin_bgr.tolist())
    less_red = (skin_red - skin_green) - (red - green)
    bluer = (blue - green) - (skin_blue - skin_green)
    return (less_red < GLASSES) * _rises(less_red, LESS_RED) * _rises(bluer, LESS_YELLOW)


def _rises(value: float, between: tuple[float, float]) -> float:
    return min(max((value - between[0]) / (between[1] - between[0]), 0.0), 1.0)


def cloth_white(white: Rgb, shade: Rgb) -> Rgb:
    """Linear red, green, blue of white cloth: half way, in logarithms, from ``white``, the picture's brightness, to
    ``shade``, what a shade of makeup is seen in, in level as in colour.

    White things on people's chests, a shirt's collar, prints and badges, were 1.3 to 1.5 times as bright as ``white``
    in four of four recordings and portraits.
    """
    level = max(sum(weight * channel for weight, channel in zip(RGB_LUMINANCE, white, strict=True)), 1e-3)
    exposed = max(min(1.0, level / EXPOSED_CLOTH), level)
    of_shade = max(sum(weight * channel for weight, channel in zip(RGB_LUMINANCE, shade, strict=True)), 1e-3)
    red, green, blue = (
        math.sqrt(max(one, 0.0) * max(other, 0.0) * exposed / of_shade)
        for one, other in zip(white, shade, strict=True)
    )
    return red, green, blue


def sclera(bgr: U8, head: Head, to_linear: F32) -> F32 | None:
    """Mean linear blue, green, red of the whites of the eyes; None where they are too small, or closed."""
    white: F32 = np.empty(3, np.float32)
    found = _whitest(
        sealed(bgr),
        head.points_px,
        _EYES,
        IRIS_MIN_PX,
        BESIDE_IRIS[0],
        BESIDE_IRIS[1],
        PLACES,
        to_linear,
        white,
    )
    return white if found >= 2 * SCLERA_MIN_PX else None


@quick
def _whitest(
    bgr: U8, points: F32, eyes: at.Indices, least_px: float, near: float, far: float, places: int, linear: F32,
    out: F32,
) -> int:  # fmt: skip
    """The mean of the brighter half of the places beside the irises; returns how many there are."""
    colours = np.empty((2 * eyes.shape[0] * places, 3), np.float32)
    shine, order = np.empty(colours.shape[0], np.float32), np.empty(colours.shape[0], np.float32)
    count = 0
    for eye in range(eyes.shape[0]):
        one, other, middle = eyes[eye, 3], eyes[eye, 4], eyes[eye, 2]
        across, down = points[one, 0] - points[other, 0], points[one, 1] - points[other, 1]
        radius = 0.5 * math.sqrt(across * across + down * down)
        if 2.0 * radius < least_px:
            continue
        for side in range(2):
            across = points[eyes[eye, side], 0] - points[middle, 0]
            down = points[eyes[eye, side], 1] - points[middle, 1]
            length = math.sqrt(across * across + down * down)
            if length < 1.5 * radius:
                continue
            first = near * radius / length
            if first >= far:
                continue
            for i in range(places):
                share = first + (far - first) * i / (places - 1)
                x = math.floor(points[middle, 0] + across * share)
                y = math.floor(points[middle, 1] + down * share)
                if 0 <= x < bgr.shape[1] and 0 <= y < bgr.shape[0]:
                    shine[count] = 0.0
                    for k in range(3):
                        colours[count, k] = linear[bgr[y, x, k]]
                        shine[count] += colours[count, k]
                    order[count] = shine[count]
                    count += 1
    if count == 0:
        return 0
    middling = median(order, count)
    out[:] = 0.0
    taken = 0
    for n in range(count):
        if shine[n] >= middling:
            taken += 1
            for k in range(3):
                out[k] += colours[n, k]
    for k in range(3):
        out[k] /= taken
    return count


def _skin_colour(skin_bgr: F32, level: float) -> _Pair:
    blue, green, red = skin_bgr.tolist()
    luminance = (0.0722 * blue + 0.7152 * green + 0.2126 * red) / level
    lightness = 116 * max(luminance, 0.01) ** (1 / 3) - 16
    darker = min(max(SKIN_LIGHTEST - lightness, -15.0), 50.0)
    return SKIN[0] + SKIN_DARKER[0] * darker, SKIN[1] + SKIN_DARKER[1] * darker


def _prior() -> tuple[float, float, float]:
    """The precision of a light's colour before anything is seen: a, b; b, c."""
    along = np.array(PLANCKIAN) / np.linalg.norm(PLANCKIAN)
    across = np.array((-along[1], along[0]))
    precision = np.outer(along, along) / ALONG**2 + np.outer(across, across) / ACROSS**2
    return float(precision[0, 0]), float(precision[0, 1]), float(precision[1, 1])


_PRIOR: Final = _prior()
