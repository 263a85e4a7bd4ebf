"""How bright the room is and where its light comes from, read off the picture.

Diffuse white is what a sheet of white paper at the face would show. Skin is never brighter than about 0.65 of it, and
somewhere in most pictures there is something nearly white; the larger of both answers is taken, so that a product is
not drawn dark on a dark skin nor pale before a dark wall. But before a window the brightest things are lit by another
light: what the whites of the eyes say then outweighs them, and the light's colour is mostly theirs, too. Smoothed over
frames: light changes slowly, and a product that flickers with the exposure is worse than one that is a little late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.compiled import quick, sealed
from tryon.frame import F32, U8
from tryon.geometry.steady import Head
from tryon.overlays.direction import USUAL, Direction, light_direction
from tryon.overlays.haze import HazeMeter
from tryon.overlays.illuminant import sclera, shade_white, white_of_an_eye
from tryon.overlays.optics import Optics, OpticsMeter
from tryon.overlays.patches import median, patch_mean
from tryon.overlays.sclera import REFLECTS, EyeWhite, eye_white
from tryon.overlays.sclera import USUAL as EYES_USUAL
from tryon.perception.landmarks import Indices
from tryon.render import transfer

# Rec. 709 weights of linear blue, green and red.
LUMINANCE: Final = np.array([0.0722, 0.7152, 0.2126], np.float32)
# Of the numbers that are followed, those that tell where light comes from.
DIRECTION: Final = (3, 4, 5)
SKIN_BRIGHTEST: Final = 0.65
# The brightest tenth of a picture is taken for things a little darker than white would be here. Assumed, both.
BRIGHT_QUANTILE: Final = 0.9
BRIGHTEST_THINGS: Final = 0.85
WHITE_MIN: Final = 0.06
WHITE_MAX: Final = 1.1
# Time in which a change of light is followed to 63 %.
FOLLOW_MS: Final = 350.0
# What differs by less than this (log) is a sensor's noise more often than light, and is followed so much more slowly.
NOISE: Final = 0.05
CALM: Final = 4.0
# But what has begun to change is followed to its end.
SETTLES_MS: Final = 1000.0
# After a longer gap the light before it says nothing.
FORGET_MS: Final = 2000.0
# Light that is followed this slowly need not be looked at more often.
PERIOD_MS: Final = 95.0
# The direction costs more than the rest and changes less.
TURN_PERIOD_MS: Final = 390.0
# The colour of the brightest things is trusted half: they may be coloured themselves. With eyes that are well seen
# beside them, most of the colour is theirs, and nearly all of it is trusted.
TINT_TRUST: Final = 0.5
TINT_TRUST_EYES: Final = 0.4
EYES_SHARE: Final = 0.7
# Things brighter than diffuse white at the face by more than this begin not to stand in the face's light, and do not
# from the second on.
ELSEWHERE: Final = (1.35, 2.2)
# Lids fall shut for a moment; how bright eyes are beside their skin is remembered so long.
LIDS_MS: Final = 20_000.0
STEP_PX: Final = 12
# Below this mean luminance of the face the picture is too dark to judge, above the other it is blown out.
DARK: Final = 0.022
BRIGHT: Final = 0.80

_CHEEKS: Final = np.array([50, 280, 101, 330, 117, 346, 36, 266, 151, 108, 337, 9, 205, 425], np.intp)


USUAL_OPTICS: Final = Optics()


@dataclass(frozen=True, slots=True)
class LightEstimate:
    """``white``: linear red, green, blue of diffuse white. ``skin``: mean luminance of the cheeks and forehead.
    ``direction``: irradiance is proportional to 1 + direction · normal, in camera space (``overlays.direction``).
    ``optics``: how sharp and noisy the camera is. ``shade``: linear red, green, blue of a white shade of makeup
    (``overlays.illuminant``). All of that is without ``haze``, the linear light that the camera adds to everything
    (``overlays.haze``)."""

    white: tuple[float, float, float]
    skin: float
    direction: Direction = USUAL
    optics: Optics = USUAL_OPTICS
    shade: tuple[float, float, float] = (1.0, 1.0, 1.0)
    haze: float = 0.0


class LightMeter:
    """One session's light, smoothed."""

    def __init__(self) -> None:
        # Blue, green and red of white, then the direction, then the light on shades: what is followed.
        self._state: F32 | None = None
        self._readings = 0
        self._changed_ms = -math.inf
        self._direction = USUAL
        self._optics = OpticsMeter()
        self._haze = HazeMeter()
        self._turned_ms = -math.inf
        self._t_ms = -math.inf
        self._latest: LightEstimate | None = None
        # The luminance of the eyes' white over the skin's.
        self._eyes = 0.0

    def read(self, bgr: U8, head: Head, t_ms: float) -> LightEstimate:
        """The light of the next frame."""
        if self._latest is not None and 0 <= t_ms - self._t_ms < PERIOD_MS:
            return self._latest
        haze, bgr = self._haze.read(bgr, t_ms), sealed(bgr)
        linear = transfer.to_linear(haze)
        bright = _brightest(bgr, linear)
        skin = _skin(bgr, head, linear)
        skin_luminance = float(skin @ LUMINANCE)
        level = max(float(bright @ LUMINANCE) * BRIGHTEST_THINGS, skin_luminance / SKIN_BRIGHTEST)
        eyes = eye_white(bgr, head, linear, LUMINANCE, skin_luminance)
        if eyes is not None:
            trust = eyes.trust * white_of_an_eye(eyes.tint * EYES_USUAL, skin)
            eyes = replace(eyes, trust=trust) if trust > 0 else None
        white, at_face = self._white(level, bright, skin_luminance, eyes, t_ms)
        if not 0 <= t_ms - self._turned_ms < TURN_PERIOD_MS:
            self._direction = light_direction(bgr, head, linear, LUMINANCE) or self._direction
            self._turned_ms = t_ms
        # A face in the shade of a bright room: shades as bright as the room would glow.
        level = min(max(min(level, at_face), WHITE_MIN), WHITE_MAX)
        shade = shade_white(skin, bright, sclera(bgr, head, linear), level)
        self._state = self._followed(np.array([*white, *self._direction, *shade], np.float32), t_ms)
        blue, green, red, x, y, z, *shade_rgb = (float(value) for value in self._state)
        optics = self._optics.read(bgr, head, t_ms)
        shown = shade_rgb[0], shade_rgb[1], shade_rgb[2]
        self._latest = LightEstimate((red, green, blue), skin_luminance, (x, y, z), optics, shown, haze)
        return self._latest

    def _white(
        self, level: float, bright: F32, skin: float, eyes: EyeWhite | None, t_ms: float
    ) -> tuple[tuple[float, ...], float]:
        """Linear blue, green and red of diffuse white at the face: what brightest things and skin make of its level,
        and of its colour, less what the eyes know better; and that level."""
        shines = max(float(bright @ LUMINANCE), 1e-3)
        tint = [max(channel, 1e-3) / shines for channel in bright.tolist()]
        trust = TINT_TRUST
        if eyes is not None:
            elapsed = t_ms - self._t_ms
            before = self._eyes * math.exp(-elapsed / LIDS_MS) if 0 < elapsed < FORGET_MS else 0.0
            self._eyes = max(before, eyes.luminance / max(skin, 1e-4))
            face = max(skin / SKIN_BRIGHTEST, skin * self._eyes / REFLECTS)
            level += eyes.trust * max(face - level, 0.0)
            low, high = ELSEWHERE
            elsewhere = eyes.trust * min(max((level / max(face, 1e-4) - low) / (high - low), 0.0), 1.0)
            # As logarithms: of a face in deep shade a third of the trust has to say more than a third of the way.
            level = max(level, 1e-4) ** (1 - elsewhere) * max(face, 1e-4) ** elsewhere
            theirs = eyes.trust * EYES_SHARE + elsewhere * (1 - EYES_SHARE)
            tint = [
                own ** (1 - theirs) * eye**theirs for own, eye in zip(tint, eyes.tint.tolist(), strict=True)
            ]
            trust += eyes.trust * TINT_TRUST_EYES
        level = min(max(level, WHITE_MIN), WHITE_MAX)
        white = tuple(level * (1 + trust * (min(max(channel, 0.6), 1.6) - 1)) for channel in tint)
        return white, level

    def _followed(self, state: F32, t_ms: float) -> F32:
        elapsed = t_ms - self._t_ms
        self._t_ms = t_ms
        if self._state is None or not 0 < elapsed < FORGET_MS:
            self._readings = 1
            return state
        self._readings += 1
        # White and shades; a direction has no scale.
        seen, before = (np.maximum(np.delete(each, DIRECTION), 1e-3) for each in (state, self._state))
        away = float(np.abs(np.log(seen / before)).max()) / NOISE
        if away > 1:
            self._changed_ms = t_ms
        calm = 0.0 if t_ms - self._changed_ms < SETTLES_MS else CALM
        slow = 1 + calm * math.exp(-away * away)
        # The first ones are worth as much as each other.
        calmly, quickly = (
            max(1 - math.exp(-elapsed / follow_ms), 1 / self._readings)
            for follow_ms in (FOLLOW_MS * slow, FOLLOW_MS)
        )
        share = np.full(len(state), calmly)
        share[list(DIRECTION)] = quickly
        return np.asarray(self._state + share * (state - self._state), np.float32)


def _skin(bgr: U8, head: Head, linear: F32) -> F32:
    """Mean linear BGR of small patches on cheeks and forehead; products of this frame are not yet on them."""
    skin: F32 = np.empty(3, np.float32)
    _middle(bgr, head.points_px, _CHEEKS, linear, skin)
    return skin


def _brightest(bgr: U8, linear: F32) -> F32:
    """Mean linear BGR of the brightest part of a sparse grid of pixels."""
    height, width = bgr.shape[:2]
    top, left = min(STEP_PX, height) // 2, min(STEP_PX, width) // 2
    count = -(-(height - top) // STEP_PX) * -(-(width - left) // STEP_PX)
    luminance: F32 = np.empty(count, np.float32)
    _shine(bgr, top, left, STEP_PX, linear, LUMINANCE, luminance)
    # Those from the quantile on: it lies between two of them, or on the lower one.
    place = math.ceil(BRIGHT_QUANTILE * (count - 1))
    least = float(np.partition(luminance, place)[place])
    bright: F32 = np.empty(3, np.float32)
    _mean_of_bright(bgr, top, left, STEP_PX, linear, luminance, least, bright)
    return bright


@quick
def _shine(bgr: U8, top: int, left: int, step: int, linear: F32, weights: F32, out: F32) -> None:
    n = 0
    for y in range(top, bgr.shape[0], step):
        for x in range(left, bgr.shape[1], step):
            out[n] = (
                linear[bgr[y, x, 0]] * weights[0]
                + linear[bgr[y, x, 1]] * weights[1]
                + linear[bgr[y, x, 2]] * weights[2]
            )
            n += 1


@quick
def _mean_of_bright(
    bgr: U8, top: int, left: int, step: int, linear: F32, luminance: F32, least: float, out: F32
) -> None:
    n, count = 0, 0
    blue, green, red = 0.0, 0.0, 0.0
    for y in range(top, bgr.shape[0], step):
        for x in range(left, bgr.shape[1], step):
            if luminance[n] >= least:
                blue += linear[bgr[y, x, 0]]
                green += linear[bgr[y, x, 1]]
                red += linear[bgr[y, x, 2]]
                count += 1
            n += 1
    out[0], out[1], out[2] = blue / count, green / count, red / count


@quick
def _middle(bgr: U8, points: F32, places: Indices, linear: F32, out: F32) -> None:
    """The median, by channel, of the patches at those of ``points``, held within the picture."""
    few = np.empty(places.shape[0], np.float32)
    for k in range(3):
        for i in range(places.shape[0]):
            x = min(max(int(points[places[i], 0]), 1), bgr.shape[1] - 2)
            y = min(max(int(points[places[i], 1]), 1), bgr.shape[0] - 2)
            few[i] = patch_mean(bgr, x, y, linear, k)
        out[k] = median(few, places.shape[0])
