"""Measuring while the mirror runs: whom, how far it is, and what stands in the way; nothing while nobody asks.

One face at a time, the first one in view. Its sizes and the scale that a card gave it belong to its track: when the
face is gone for good, or measuring begins again, they are gone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tryon.catalogue.fit import Advice, advise
from tryon.catalogue.items import Product
from tryon.frame import U8
from tryon.geometry.measure import Scale
from tryon.geometry.rectangles import HEIGHT_MM as CARD_HEIGHT_MM
from tryon.geometry.ruler import CardRuler
from tryon.geometry.sizes import FRAMES_MIN, YAW_MAX_DEG, Length, SizeMeter, Sizes
from tryon.geometry.steady import Head
from tryon.overlays.optics import OpticsMeter
from tryon.wire.measure import (
    Corners,
    Fit,
    FitAspect,
    Measure,
    MeasureRequest,
    Size,
    SizeMode,
    Verdict,
    WearerSizes,
)

# Looking for a card takes tens of milliseconds of a frame: a few times a second, and not for ever.
CARD_PERIOD_MS: Final = 240.0
CARD_PATIENCE_MS: Final = 45_000.0
# Looks that found the card before its scale is taken: its noise is then below what the skin gives way.
CARD_LOOKS: Final = 10
# A card that was seen is outlined so long, though a look between has missed it.
OUTLINE_MS: Final = 700.0
# After so long without a card the shopper is told what usually helps.
HELP_AFTER_MS: Final = 8_000.0
# The card's short side in fewer pixels than this has too short edges.
CARD_MIN_PX: Final = 40.0

# By code, as the hints: what a message's state means to a shopper.
TEXTS: Final[dict[str, str]] = {
    "look_at_the_camera": "Look straight at the camera.",
    "open_your_eyes": "Open your eyes wide.",
    "come_closer": "Come closer to the camera.",
    "hold_still": "Hold still for a moment.",
    "too_blurred": "The picture is blurred. Turn on a light, or clean the camera.",
    "wait": "One moment.",
    "nobody": "No face is seen. Look into the camera, with your whole face in view.",
    "still_photo": "A photo is a single picture, and measuring needs several. Use the camera to measure.",
    "measuring": "Measuring. Keep looking straight at the camera.",
    "measured": "Measured.",
    "show_the_card": "Hold the card flat against your forehead, above the eyebrows, or against your chin.",
    "card_helps": "No card is seen yet. Hold it at its short sides so that all four edges show, and turn its plain "
    "back to the camera if it shines.",
    "hold_the_card": "The card is seen. Keep it flat on the skin and hold still.",
    "card_lost": "The card was not found. Try another card, or a brighter place.",
    "no_dimensions": "The sizes of this frame are not known, so its fit cannot be told.",
}


class Sizing:
    """One session's measuring. Used by one thread at a time."""

    def __init__(self) -> None:
        self._mode: SizeMode = "off"
        self._track: int | None = None
        self._scale: Scale | None = None
        self._search: _CardSearch | None = None
        self._meter = SizeMeter()
        self._optics = OpticsMeter()

    def ask(self, request: MeasureRequest) -> None:
        """Measure from the next frame on as asked; what is asked of colours is none of its business."""
        self._mode = request.mode if request.mode in ("iris", "card") else "off"
        if request.again and self._mode != "off":
            self._forget()
        self._search = _CardSearch() if request.mode == "card" else None

    def lost(self, track: int) -> None:
        """That face is gone, and all that is known of it."""
        if track == self._track:
            self._forget()

    def renamed(self, track: int, now: int) -> None:
        """That face goes by another name now."""
        if track == self._track:
            self._track = now

    def known_scale(self, track: int) -> Scale | None:
        """The scale that a card gave to that face."""
        return self._scale if track == self._track else None

    def watch(self, bgr: U8, heads: Sequence[Head], t_ms: float, worn: Product | None) -> Measure | None:
        """Take a frame in, before anything is drawn on it; None while nobody asks."""
        if self._mode == "off":
            return None
        head = next((head for head in heads if head.track == self._track), heads[0] if heads else None)
        if head is None:
            return self._told("nobody", worn)
        if head.track != self._track:
            self._forget()
            self._track = head.track
        if self._scale is not None:
            # Measured with a card: nothing that comes later is better.
            return self._told("measured", worn)
        if self._search is not None and self._meter.sizes() is not None:
            # A card before the face disturbs the landmarks a little, so its frames do not count for the pupils.
            return self._searched(self._search, bgr, head, t_ms, worn)
        why = self._meter.update(head, self._optics.read(bgr, head, t_ms).blur_px, t_ms, bgr)
        state = "measured" if self._meter.sizes() is not None else "measuring"
        return self._told(why or state, worn)

    def _searched(
        self, search: _CardSearch, bgr: U8, head: Head, t_ms: float, worn: Product | None
    ) -> Measure:
        search.look(bgr, head, t_ms)
        self._scale = search.scale()
        if self._scale is not None:
            self._meter.rescale(self._scale)
            return self._told("measured", worn)
        return replace(
            self._told(search.state(head, t_ms), worn),
            done=min(search.looks, CARD_LOOKS),
            needed=CARD_LOOKS,
            corners=search.corners(t_ms),
        )

    def _forget(self) -> None:
        self._track = self._scale = None
        self._search = _CardSearch() if self._mode == "card" else None
        self._meter = SizeMeter()
        self._optics = OpticsMeter()

    def _told(self, state: str, worn: Product | None) -> Measure:
        sizes = self._meter.sizes()
        return Measure(
            self._mode,
            state,
            min(self._meter.frames, FRAMES_MIN),
            FRAMES_MIN,
            None if sizes is None else told_sizes(sizes),
            None if sizes is None or worn is None else _fit(sizes, worn),
        )


class _CardSearch:
    """One search for a card: how often it was found, and since when it was not."""

    def __init__(self) -> None:
        self._ruler = CardRuler()
        self._began_ms = self._looked_ms = self._seen_ms = -math.inf
        self._corners: Corners = ()

    @property
    def looks(self) -> int:
        """Looks that found it where it is held now."""
        return self._ruler.looks

    def look(self, bgr: U8, head: Head, t_ms: float) -> None:
        """Look for the card, if it is time to."""
        if self._began_ms == -math.inf:
            self._began_ms = t_ms
        if t_ms - self._looked_ms < CARD_PERIOD_MS or self._over(t_ms) or _far_away(head):
            return
        self._looked_ms = t_ms
        seen = self._ruler.update(bgr, head)
        if seen is not None:
            self._seen_ms = t_ms
            self._corners = tuple((round(x, 1), round(y, 1)) for x, y in seen.corners_px)

    def scale(self) -> Scale | None:
        """The wearer's scale, once enough looks agree."""
        return self._ruler.scale() if self.looks >= CARD_LOOKS else None

    def corners(self, t_ms: float) -> Corners | None:
        """Where the card is, if it was seen just now."""
        return self._corners if t_ms - self._seen_ms < OUTLINE_MS else None

    def state(self, head: Head, t_ms: float) -> str:
        """What the shopper should do."""
        if self.corners(t_ms) is not None:
            return "hold_the_card"
        if self._over(t_ms):
            return "card_lost"
        if abs(head.pose.yaw_pitch_roll_deg[0]) > YAW_MAX_DEG:
            return "look_at_the_camera"
        if _far_away(head):
            return "come_closer"
        return "card_helps" if t_ms - max(self._began_ms, self._seen_ms) > HELP_AFTER_MS else "show_the_card"

    def _over(self, t_ms: float) -> bool:
        return t_ms - self._began_ms > CARD_PATIENCE_MS


def _far_away(head: Head) -> bool:
    """A card is too small to be measured there."""
    return CARD_HEIGHT_MM * head.px_per_mm < CARD_MIN_PX


def told_sizes(sizes: Sizes) -> WearerSizes:
    """Sizes as they are told, to a tenth of a millimetre."""
    return WearerSizes(
        *(
            _told(size)
            for size in (
                sizes.pupils,
                sizes.pupils_far,
                sizes.face,
                sizes.nose,
                sizes.height,
                sizes.ear,
            )
        )
    )


def _told(length: Length) -> Size:
    return Size(round(length.mm, 1), round(2 * length.sigma_mm, 1), length.source)


def _fit(sizes: Sizes, worn: Product) -> Fit:
    advice = advise(sizes, worn.sizes_mm)
    return Fit(worn.sku, worn.sizes_mm.get("total_width_mm"), tuple(_aspect(one) for one in advice))


def _aspect(advice: Advice) -> FitAspect:
    verdict: Verdict = "fits" if advice.off_mm == 0 else "too_large" if advice.off_mm > 0 else "too_small"
    return FitAspect(advice.aspect, verdict, advice.sure, advice.sentence, advice.values)
