"""Text messages about the wearer's sizes and colours. Fields and meaning are in docs/protocol.md.

Millimetres and pixels are rounded where a message is made, so that a value that rests is told once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

from tryon.wire.text import TextMessage, refused
from tryon.wire.tone import Tone, read_tone

SizeMode: TypeAlias = Literal["iris", "card", "off"]
ToneMode: TypeAlias = Literal["skin", "paper", "off"]
MeasureMode: TypeAlias = Literal["iris", "card", "skin", "paper", "off"]
Verdict: TypeAlias = Literal["fits", "too_small", "too_large"]
Corners: TypeAlias = tuple[tuple[float, float], ...]

_MODES: Final[tuple[MeasureMode, ...]] = ("iris", "card", "skin", "paper", "off")


@dataclass(frozen=True, slots=True)
class MeasureRequest(TextMessage):
    """Measure from now on, or no longer; ``again`` forgets what was measured before."""

    mode: MeasureMode
    again: bool = False
    type: ClassVar[str] = "measure"

    def fields(self) -> dict[str, object]:
        return {"mode": self.mode, "again": True} if self.again else {"mode": self.mode}


@dataclass(frozen=True, slots=True)
class Size:
    """A length, two standard deviations of it, and what gave the scale ("iris size", "card")."""

    mm: float
    plus_minus_mm: float
    source: str

    def fields(self) -> dict[str, object]:
        return {"mm": self.mm, "plus_minus_mm": self.plus_minus_mm, "source": self.source}


@dataclass(frozen=True, slots=True)
class WearerSizes:
    """See ``geometry.sizes.Sizes``."""

    pupils: Size
    pupils_far: Size
    face: Size
    nose: Size
    height: Size
    ear: Size

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name).fields() for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class FitAspect:
    """What is said of one aspect; ``sure`` where the doubt of the measurement could not turn it; ``values`` are the
    sentence's numbers by name, for who says it in another language."""

    aspect: str
    verdict: Verdict
    sure: bool
    sentence: str
    values: Mapping[str, int]

    def fields(self) -> dict[str, object]:
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {"values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Fit:
    """How the worn eyewear fits; no ``advice`` where its dimensions are not known."""

    sku: str
    frame_mm: float | None
    advice: tuple[FitAspect, ...]

    def fields(self) -> dict[str, object]:
        width = {} if self.frame_mm is None else {"frame_mm": self.frame_mm}
        return {"sku": self.sku, **width, "advice": [aspect.fields() for aspect in self.advice]}


@dataclass(frozen=True, slots=True)
class Measure(TextMessage):
    """How far measuring is. ``state`` has its sentence in the greeting's ``hint_texts``; ``done`` of ``needed`` frames
    agreed so far; ``corners``: of the card or the paper, in pixels of the frame that was sent, where one is seen."""

    mode: MeasureMode
    state: str
    done: int
    needed: int
    sizes: WearerSizes | None = None
    fit: Fit | None = None
    corners: Corners | None = None
    tone: Tone | None = None
    type: ClassVar[str] = "measure"

    def fields(self) -> dict[str, object]:
        told: dict[str, object] = {
            "mode": self.mode,
            "state": self.state,
            "done": self.done,
            "needed": self.needed,
        }
        if self.sizes is not None:
            told["sizes"] = self.sizes.fields()
        if self.fit is not None:
            told["fit"] = self.fit.fields()
        if self.corners is not None:
            told["corners"] = [list(corner) for corner in self.corners]
        if self.tone is not None:
            told["tone"] = self.tone.fields()
        return told


def read_request(message: dict[str, Any]) -> MeasureRequest:
    """A shopper's message. Raises ProtocolError."""
    mode, again = message.get("mode"), message.get("again", False)
    if mode not in _MODES:
        raise refused('measure: mode must be "iris", "card", "skin", "paper" or "off".')
    if type(again) is not bool:
        raise refused("measure: again must be true or false, or absent.")
    return MeasureRequest(mode, again)


def read_measure(message: dict[str, Any]) -> Measure:
    """Our own server's message (bench and tests). Raises KeyError or TypeError where it is none."""
    sizes, fit, corners, tone = (message.pop(name, None) for name in ("sizes", "fit", "corners", "tone"))
    return Measure(
        **message,
        sizes=None if sizes is None else WearerSizes(**{name: Size(**size) for name, size in sizes.items()}),
        fit=None
        if fit is None
        else Fit(fit["sku"], fit.get("frame_mm"), tuple(FitAspect(**aspect) for aspect in fit["advice"])),
        corners=None if corners is None else tuple((x, y) for x, y in corners),
        tone=None if tone is None else read_tone(tone),
    )
