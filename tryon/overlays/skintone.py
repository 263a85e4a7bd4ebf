"""A wearer's skin colour, each number with its doubt, from frames whose light nobody has measured.

What is seen is skin times light. The light comes from ``whitepoint``'s witnesses; of skin it is known that its a* and
b* vary little (over four data bases of 960 people, Xiao et al., "Characterising the variations in ethnic skin colours",
Skin Research and Technology 23, 2017, a* is mostly 7 to 14 and b* 11 to 21), and of its lightness no more is assumed
than its bounds. Both are put together by least squares (Gauss-Newton in L*a*b*), and the covariance of the answer is
the doubt that is told. Without a white sheet, level is the weak part: how bright the room is, is a guess.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tryon.frame import F64, U8
from tryon.geometry.steady import Head
from tryon.overlays.skinlight import FaceColours, ToneRefusal, face_colours
from tryon.overlays.whitepoint import Gaussian, cast, clue, white
from tryon.render.colour import ita_deg, lab_from_linear, linear_from_lab

Refusal = ToneRefusal | Literal["skin_tinted"]

# L*, a*, b* of people's skin, and standard deviations; that of lightness is so wide that light and dark skin are not
# drawn towards the middle.
SKIN_LAB: Final = (50.0, 10.5, 16.5)
SKIN_SIGMA: Final = (34.0, 2.3, 3.4)
# No skin is lighter or darker than this by much: beyond, lightness is held by this standard deviation.
LIGHTNESS: Final = (24.0, 72.0)
BEYOND_SIGMA: Final = 4.0
# Bright things of a room, against white (as in ``overlays.light``), and the doubt of level and tint.
ROOM: Final = np.array([0.74, 0.75, 0.75])
ROOM_LEVEL: Final = 0.45
ROOM_TINT: Final = 0.12
# The whites of eyes lie in their sockets' shade and, a few pixels wide, take some of the lids' colour: seen on 18 faces
# at webcams' sizes they were 0.18-0.5 of white, redder by 0.15-0.39 and less blue by up to 0.22, in logs.
EYES: Final = np.array([0.202, 0.228, 0.285])
EYES_LEVEL: Final = 0.75
EYES_TINT: Final = 0.10
# Printing paper; its brightener makes it a little blue. Held like the face it has the face's light, but for its turn.
PAPER: Final = np.array([0.88, 0.87, 0.865])
PAPER_LEVEL: Final = 0.10
PAPER_TINT: Final = 0.03
# The skin's own texture, and how well three places stand for a face.
SKIN_LEVEL: Final = 0.04
SKIN_TINT: Final = 0.035
# Casts beyond these are coloured lamps, or more than a camera's red and blue still hold.
CAST_MAX: Final = 0.85
BESIDE_MAX: Final = 0.24
FRAMES_MIN: Final = 15
FRAMES_KEPT: Final = 60
LIGHT_WORDS: Final = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class SkinTone:
    """``lab`` (3,) and its ``covariance`` (3, 3), D65; ``lips_lab`` (3,); ``white``: linear red, green and blue of
    diffuse white over its green, with ``white_sigma`` the standard deviation of their logs; ``paper``: whether a sheet
    of paper gave it."""

    lab: F64
    covariance: F64
    lips_lab: F64
    white: tuple[float, float, float]
    white_sigma: float
    paper: bool

    @property
    def sigma(self) -> F64:
        """Standard deviations of ``lab`` (3,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), np.float64)

    @property
    def ita_deg(self) -> float:
        """The individual typology angle."""
        return ita_deg(self.lab)

    @property
    def ita_sigma_deg(self) -> float:
        """Its standard deviation."""
        up, blue = float(self.lab[0] - 50), float(self.lab[2])
        slope = np.array([blue, 0.0, -up]) / (up * up + blue * blue)
        return math.degrees(math.sqrt(float(slope @ self.covariance @ slope)))

    @property
    def light(self) -> Literal["warm", "neutral", "cold"]:
        """The light's colour in a word."""
        along, _ = cast(np.log(np.array(self.white[::-1])))
        return "warm" if along > LIGHT_WORDS else "cold" if along < -LIGHT_WORDS else "neutral"


class ToneMeter:
    """One wearer's skin, refined over the frames that are good enough."""

    def __init__(self) -> None:
        self._kept: deque[FaceColours] = deque(maxlen=FRAMES_KEPT)
        # A sheet changes a camera's exposure, so it speaks only for the face beside it.
        self._beside: deque[FaceColours] = deque(maxlen=FRAMES_KEPT)
        self._papers: deque[F64] = deque(maxlen=FRAMES_KEPT)

    @property
    def frames(self) -> int:
        """Frames that counted, up to ``FRAMES_KEPT``."""
        return len(self._kept)

    @property
    def papers(self) -> int:
        """Frames that counted and showed the paper."""
        return len(self._papers)

    def update(self, bgr: U8, head: Head, paper: F64 | None = None) -> Refusal | None:
        """Take a frame in; None where it counted, otherwise why it did not. ``paper``: linear blue, green and red (3,)
        of a white sheet in it."""
        seen = face_colours(bgr, head)
        if isinstance(seen, str):
            return seen
        if paper is None and _tinted(seen):
            return "skin_tinted"
        if paper is None:
            self._kept.append(seen)
        else:
            self._beside.append(seen)
            self._papers.append(paper)
        return None

    def tone(self) -> SkinTone | None:
        """The tone so far; None before ``FRAMES_MIN`` frames counted."""
        if len(self._papers) >= FRAMES_MIN:
            return skin_tone(
                _median(self._beside), np.asarray(np.median(np.stack(self._papers), axis=0), np.float64)
            )
        return skin_tone(_median(self._kept)) if len(self._kept) >= FRAMES_MIN else None


def skin_tone(seen: FaceColours, paper: F64 | None = None) -> SkinTone:
    """The skin's colour of what was seen; ``paper`` as in ``ToneMeter.update``."""
    light = white(_clues(seen, paper))
    covariance = light.covariance + (SKIN_LEVEL**2 + seen.spread**2 / 3) * np.ones((3, 3))
    covariance = covariance + SKIN_TINT**2 * np.eye(3)
    lab, doubt = _fitted(np.log(seen.skin), Gaussian(light.mean, covariance))
    # What skin tells of the light holds for the lips, too.
    gain = np.log(seen.skin) - np.log(np.maximum(linear_from_lab(lab), 1e-4))
    lips = lab_from_linear(np.clip(seen.lips / np.exp(gain), 1e-4, 1.0))
    over = np.exp(gain - gain[1])
    return SkinTone(
        lab, doubt, lips, (float(over[2]), 1.0, float(over[0])), _tint_sigma(light), paper is not None
    )


def _tint_sigma(light: Gaussian) -> float:
    """The larger standard deviation of log red/green and log blue/green."""
    c = light.covariance
    return math.sqrt(max(float(c[1, 1] + c[at, at] - 2 * c[1, at]) for at in (0, 2)))


def _clues(seen: FaceColours, paper: F64 | None) -> Sequence[Gaussian]:
    if paper is not None:
        return [clue(paper, PAPER, PAPER_LEVEL, PAPER_TINT)]
    clues = []
    if seen.room is not None:
        clues.append(clue(seen.room, ROOM, ROOM_LEVEL, ROOM_TINT))
    if seen.eyes is not None:
        clues.append(clue(seen.eyes, EYES, EYES_LEVEL, EYES_TINT))
    # Without either: an exposure that shows skin as bright as it usually is.
    return clues or [clue(seen.skin, linear_from_lab(np.array(SKIN_LAB)), 0.6, 0.15)]


def _fitted(log_seen: F64, light: Gaussian) -> tuple[F64, F64]:
    """Skin's L*, a*, b* and their covariance under that light: the maximum a posteriori, by Gauss-Newton."""
    known = np.diag(np.array(SKIN_SIGMA) ** -2.0)
    weight = np.linalg.inv(light.covariance)
    lab, slopes = np.array(SKIN_LAB), np.zeros((3, 3))
    for _ in range(12):
        now = _log_albedo(lab)
        slopes = np.stack([(_log_albedo(lab + step) - now) / 1e-4 for step in 1e-4 * np.eye(3)], axis=1)
        precision = slopes.T @ weight @ slopes + known
        gradient = slopes.T @ weight @ (log_seen - light.mean - now) + known @ (np.array(SKIN_LAB) - lab)
        beyond = min(max(lab[0], LIGHTNESS[0]), LIGHTNESS[1]) - lab[0]
        if beyond:
            precision[0, 0] += BEYOND_SIGMA**-2
            gradient[0] += beyond * BEYOND_SIGMA**-2
        lab = lab + np.clip(np.linalg.solve(precision, gradient), -12, 12)
        lab[0] = min(max(lab[0], 8.0), 96.0)
    return lab, np.linalg.inv(slopes.T @ weight @ slopes + known)


def _log_albedo(lab: F64) -> F64:
    return np.asarray(np.log(np.maximum(linear_from_lab(lab), 1e-4)), np.float64)


def _tinted(seen: FaceColours) -> bool:
    """Is the light coloured? Asked of eyes and skin: a wall may have any colour."""
    clues = [clue(seen.skin, linear_from_lab(np.array(SKIN_LAB)), 1.0, 0.12)]
    if seen.eyes is not None:
        clues.append(clue(seen.eyes, EYES, 1.0, EYES_TINT))
    weights = [np.linalg.inv(one.covariance) for one in clues]
    mean = np.linalg.solve(sum(weights), sum(w @ one.mean for w, one in zip(weights, clues, strict=True)))
    along, beside = cast(mean)
    return abs(along) > CAST_MAX or abs(beside) > BESIDE_MAX


def _median(kept: Sequence[FaceColours]) -> FaceColours:
    def of(values: list[F64]) -> F64:
        return np.asarray(np.median(np.stack(values), axis=0), np.float64)

    eyes = [one.eyes for one in kept if one.eyes is not None]
    room = [one.room for one in kept if one.room is not None]
    return FaceColours(
        of([one.skin for one in kept]),
        of([one.lips for one in kept]),
        of(eyes) if eyes else None,
        of(room) if room else None,
        float(np.median([one.spread for one in kept])),
    )
