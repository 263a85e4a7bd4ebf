"""The wearer's colours while the mirror runs: whom, how far it is, what stands in the way; nothing while nobody asks.

One face at a time, the first one in view. What is known of its colours belongs to its track: when the face is lost, or
measuring begins again, it is gone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from tryon.catalogue.shade_match import Match, ShadeRange
from tryon.frame import F64, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays.paper import find_sheet
from tryon.overlays.skinlight import face_colours
from tryon.overlays.skintone import FRAMES_MIN, SkinTone, ToneMeter
from tryon.overlays.toneclass import (
    FITZPATRICK,
    FITZPATRICK_ITA_DEG,
    MONK_ITA_DEG,
    tone_class,
    undertone,
)
from tryon.render.colour import hex_from_lab
from tryon.wire.measure import Corners, Measure, MeasureRequest, ToneMode
from tryon.wire.tone import AdviceTold, ClassTold, Colour, LightTold, ReasonTold, ShadeTold, Tone

# Colours change slowly; a look costs a millisecond of a frame.
PERIOD_MS: Final = 90.0
# The paper is asked for no longer than this; what it lacks is told after so long.
PAPER_PATIENCE_MS: Final = 45_000.0
HELP_AFTER_MS: Final = 8_000.0
OUTLINE_MS: Final = 700.0
MONK: Final = tuple(str(number) for number in range(1, len(MONK_ITA_DEG) + 2))

# By code, as the hints: what a message's state means to a shopper.
TEXTS: Final[dict[str, str]] = {
    "skin_dark": "It is too dark to tell colours. Turn on a white light in front of you, or face a window.",
    "skin_bright": "Parts of your face are blown out. Move away from the lamp, or out of the sun.",
    "skin_uneven": "The light comes from one side. Turn to face the window or the lamp.",
    "skin_tinted": "The light is coloured. Turn coloured lamps off, and use daylight or a white lamp.",
    "skin_measuring": "Measuring. Look straight at the camera, with hair off your forehead and no make-up on.",
    "show_the_paper": "Hold a white sheet of paper flat under your chin, facing the camera as your face does.",
    "paper_helps": "No white sheet is seen yet. Hold it just below your chin, in the same light as your face and "
    "without shadows on it.",
    "hold_the_paper": "The paper is seen. Hold still.",
    "paper_lost": "The paper was not found. Try a plain white sheet, or a brighter place.",
}


class Toning:
    """One session's measuring of colours. Used by one thread at a time; ``shades`` are those that can be advised."""

    def __init__(self, shades: ShadeRange | None = None) -> None:
        self._shades = shades if shades is not None else ShadeRange(())
        self._mode: ToneMode = "off"
        self._track: int | None = None
        self._meter = ToneMeter()
        self._looked_ms = self._began_ms = self._seen_ms = -math.inf
        self._place: Rect | None = None
        self._latest: Measure | None = None

    def ask(self, request: MeasureRequest) -> None:
        """Measure from the next frame on as asked; what is asked of sizes is none of its business."""
        self._mode = request.mode if request.mode in ("skin", "paper") else "off"
        if request.again or self._mode == "off":
            self._forget()
        self._looked_ms = self._began_ms = self._seen_ms = -math.inf

    def lost(self, track: int) -> None:
        """That face is gone, and all that is known of it."""
        if track == self._track:
            self._forget()

    def watch(self, bgr: U8, heads: Sequence[Head], t_ms: float) -> Measure | None:
        """Take a frame in, before anything is drawn on it; None while nobody asks."""
        if self._mode == "off":
            return None
        head = next((head for head in heads if head.track == self._track), heads[0] if heads else None)
        if head is None:
            return self._told("nobody")
        if head.track != self._track:
            self._forget()
            self._track = head.track
        if self._latest is not None and 0 <= t_ms - self._looked_ms < PERIOD_MS:
            return self._latest
        self._looked_ms = t_ms
        self._latest = self._look(bgr, head, t_ms)
        return self._latest

    def _look(self, bgr: U8, head: Head, t_ms: float) -> Measure:
        sheet = None
        if self._mode == "paper" and not self._through():
            if self._began_ms == -math.inf:
                self._began_ms = t_ms
            seen = face_colours(bgr, head)
            found = None if isinstance(seen, str) else find_sheet(bgr, head, seen)
            if found is not None:
                sheet, self._seen_ms, self._place = found.white, t_ms, found.rect
        # A measurement by paper is not diluted by frames without it.
        why = None if self._through() else self._meter.update(bgr, head, sheet)
        if self._mode == "paper" and not self._through():
            return self._told(why or self._paper_state(t_ms), t_ms)
        return self._told(why or ("measured" if self._meter.tone() is not None else "skin_measuring"), t_ms)

    def _through(self) -> bool:
        return self._meter.papers >= FRAMES_MIN

    def _paper_state(self, t_ms: float) -> str:
        if t_ms - self._seen_ms < OUTLINE_MS:
            return "hold_the_paper"
        if t_ms - self._began_ms > PAPER_PATIENCE_MS:
            return "paper_lost"
        waited = t_ms - max(self._began_ms, self._seen_ms)
        return "paper_helps" if waited > HELP_AFTER_MS else "show_the_paper"

    def _forget(self) -> None:
        self._track = self._place = self._latest = None
        self._meter = ToneMeter()
        self._looked_ms = self._began_ms = self._seen_ms = -math.inf

    def _told(self, state: str, t_ms: float = math.inf) -> Measure:
        tone = self._meter.tone()
        searching = self._mode == "paper" and not self._through()
        done = self._meter.papers if searching else min(self._meter.frames, FRAMES_MIN)
        corners = _corners(self._place) if searching and t_ms - self._seen_ms < OUTLINE_MS else None
        return Measure(
            self._mode,
            state,
            done,
            FRAMES_MIN,
            corners=corners,
            tone=None if tone is None else told_tone(tone, self._shades),
        )


def told_tone(tone: SkinTone, shades: ShadeRange) -> Tone:
    """A tone as it is told, rounded, with shades for it."""
    own, sure = undertone(tone.lab, tone.covariance)
    ita, sigma = tone.ita_deg, tone.ita_sigma_deg
    red, _, blue = tone.white
    return Tone(
        lab=_rounded(tone.lab),
        plus_minus=_rounded(2 * tone.sigma),
        color=hex_from_lab(tone.lab),
        ita_deg=round(ita, 1),
        ita_plus_minus_deg=round(2 * sigma, 1),
        monk=_class(ita, sigma, MONK_ITA_DEG, MONK),
        fitzpatrick=_class(ita, sigma, FITZPATRICK_ITA_DEG, FITZPATRICK),
        undertone=own,
        undertone_confidence=round(sure, 2),
        lips_lab=_rounded(tone.lips_lab),
        lips_color=hex_from_lab(tone.lips_lab),
        light=LightTold(
            round(red, 2),
            round(blue, 2),
            round(2 * tone.white_sigma, 2),
            tone.light,
            "paper" if tone.paper else "eyes and room",
        ),
        foundations=_matches(shades.nearest("foundation", tone.lab)),
        lipsticks=tuple(
            AdviceTold(each.sku, each.shade, each.role, each.reason.told(), ReasonTold(**asdict(each.reason)))
            for each in shades.lipsticks(tone.lab, own)
        ),
        like_lips=_matches(shades.like("lipstick", tone.lips_lab)),
    )


def _class(ita: float, sigma: float, bounds: tuple[float, ...], names: tuple[str, ...]) -> ClassTold:
    found = tone_class(ita, sigma, bounds)
    return ClassTold(
        names[found.index], round(found.confidence, 2), names[found.lightest], names[found.darkest]
    )


def _matches(matches: Sequence[Match]) -> tuple[ShadeTold, ...]:
    return tuple(ShadeTold(each.sku, each.shade, round(each.de00, 1)) for each in matches)


def _rounded(values: F64) -> Colour:
    one, other, third = (round(float(value), 1) for value in values)
    return one, other, third


def _corners(place: Rect | None) -> Corners | None:
    if place is None:
        return None
    x0, y0, x1, y1 = (float(value) for value in (place.x0, place.y0, place.x1, place.y1))
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)
