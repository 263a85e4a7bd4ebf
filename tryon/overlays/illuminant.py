"""The light that a shade is seen in: its colour and level, told by sclera, skin and the brightest things.

Colours are compared as x = (ln red/green, ln blue/green) of linear light. Light of colour x on something whose own
colour is m shows as x + m. Each cue knows its m with a spread, daylight and lamps lie along the Planckian line, and the
estimate is the mean of the Gaussian posterior: precisions add. A shade that is multiplied by it looks as that shade
would look in this light, so warm and cold light show the same person's same shade.

A camera exposes so that a face is well seen. Within what that makes of a room the level is one, and a shade measures as
it is sold; below it, in pictures that are plainly dark, shades are darkened with the picture.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at

Rgb: TypeAlias = tuple[float, float, float]

# Black bodies in linear sRGB: 3000 K is (0.57, -0.82) · 0.62 away from daylight, 8000 K a third of that, backwards.
PLANCKIAN: Final = np.array((0.57, -0.82))
ALONG, ACROSS = 0.45, 0.06
# Skin in white light, at L* 72 and for each step of L* below it, after the six skins of ``replay.tone``: the darker,
# the redder. The spread is that of people about this line.
SKIN: Final = np.array((0.363, -0.264))
SKIN_DARKER: Final = np.array((0.00964, -0.00586))
SKIN_LIGHTEST: Final = 72.0
SKIN_SPREAD: Final = (0.11, 0.13)
# The white of the eye is a little pink, and shaded by a lid.
SCLERA: Final = np.array((0.16, -0.09))
SCLERA_SPREAD: Final = (0.10, 0.10)
# Whatever is brightest is white more often than not.
BRIGHT: Final = np.array((0.0, 0.0))
BRIGHT_SPREAD: Final = (0.30, 0.30)
# Irises this wide have a white of the eye to look at beside them.
IRIS_MIN_PX: Final = 5.0
SCLERA_MIN_PX: Final = 4
# The white of an eye is at most this much of white, and no darker than the skin around it where light falls on both.
SCLERA_LEVEL: Final = 0.55
# White as estimated at or above this level is taken for a camera's own doing, and is one.
EXPOSED: Final = 0.42
LEVEL_MIN: Final = 0.08
TINT_MAX: Final = 0.75
NEARLY_WHITE: Final = 0.06

_EYES: Final = (
    (at.RIGHT_EYE_OUTER, at.RIGHT_EYE_INNER, at.RIGHT_IRIS_CENTRE, at.RIGHT_IRIS),
    (at.LEFT_EYE_OUTER, at.LEFT_EYE_INNER, at.LEFT_IRIS_CENTRE, at.LEFT_IRIS),
)


def shade_white(skin_bgr: F32, bright_bgr: F32, sclera_bgr: F32 | None, white_level: float) -> Rgb:
    """Linear red, green, blue of a white shade. Colours are linear; ``white_level`` is that of diffuse white as
    estimated from the picture's brightness."""
    level = min(1.0, max(white_level / EXPOSED, LEVEL_MIN))
    precision = np.linalg.inv(_spread_along())
    weighed = np.zeros(2)
    cues: list[tuple[F32 | None, F64, tuple[float, float]]] = [
        (skin_bgr, _skin_colour(skin_bgr, level), SKIN_SPREAD),
        (bright_bgr, BRIGHT, BRIGHT_SPREAD),
        (sclera_bgr, SCLERA, SCLERA_SPREAD),
    ]
    for seen, own, spread in cues:
        if seen is None or float(seen.min()) <= 0:
            continue
        certainty = np.diag(1 / np.square(spread))
        precision = precision + certainty
        weighed = weighed + certainty @ (_log_colour(seen) - own)
    tint = np.clip(np.linalg.solve(precision, weighed), -TINT_MAX, TINT_MAX)
    # People differ by about so much, and cameras leave less: a tint as small as that is more likely theirs.
    away = float(tint @ tint)
    red, blue = tint * (away / (away + NEARLY_WHITE**2))
    return level * float(np.exp(red)), level, level * float(np.exp(blue))


def sclera(bgr: U8, head: Head, to_linear: F32) -> F32 | None:
    """Mean linear blue, green, red of the whites of the eyes; None where they are too small, or closed."""
    height, width = bgr.shape[:2]
    points = head.points_px[:, :2]
    seen: list[F32] = []
    for outer, inner, centre, ring in _EYES:
        radius = 0.5 * float(np.hypot(*(points[ring[0]] - points[ring[2]])))
        if 2 * radius < IRIS_MIN_PX:
            continue
        for corner in (outer, inner):
            away = points[corner] - points[centre]
            length = float(np.hypot(*away))
            if length < 1.5 * radius:
                continue
            # Between the iris's rim and the corner.
            near, far = 1.2 * radius / length, 0.82
            for share in np.linspace(near, far, 4) if near < far else ():
                x, y = (int(value) for value in np.floor(points[centre] + away * share))
                if 0 <= x < width and 0 <= y < height:
                    seen.append(to_linear[bgr[y, x]])
    if len(seen) < 2 * SCLERA_MIN_PX:
        return None
    colours = np.stack(seen)
    luminance = colours.sum(axis=1)
    whitest = colours[luminance >= np.quantile(luminance, 0.5)]
    return np.asarray(whitest.mean(axis=0), np.float32)


def _skin_colour(skin_bgr: F32, level: float) -> F64:
    luminance = float(skin_bgr @ np.array((0.0722, 0.7152, 0.2126), np.float32)) / level
    lightness = 116 * max(luminance, 0.01) ** (1 / 3) - 16
    return np.asarray(SKIN + SKIN_DARKER * np.clip(SKIN_LIGHTEST - lightness, -15.0, 50.0), np.float64)


def _log_colour(bgr: F32) -> F64:
    blue, green, red = np.log(np.maximum(bgr.astype(np.float64), 1e-4))
    return np.array((red - green, blue - green))


def _spread_along() -> F64:
    along = PLANCKIAN / np.linalg.norm(PLANCKIAN)
    across = np.array((-along[1], along[0]))
    return np.asarray(ALONG**2 * np.outer(along, along) + ACROSS**2 * np.outer(across, across), np.float64)
