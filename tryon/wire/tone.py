"""What a ``measure`` message tells of the wearer's colours and of shades for them. Fields are in docs/protocol.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Colour: TypeAlias = tuple[float, float, float]
LightWord: TypeAlias = Literal["warm", "neutral", "cold"]
Undertone: TypeAlias = Literal["cool", "neutral", "warm"]


@dataclass(frozen=True, slots=True)
class ClassTold:
    """The likeliest class of a scale, its probability, and the range in which nine of ten lie."""

    name: str
    confidence: float
    lightest: str
    darkest: str

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LightTold:
    """What white looks like here: red and blue over green, two standard deviations of them as parts, and in a word."""

    red: float
    blue: float
    plus_minus: float
    word: LightWord
    source: Literal["paper", "eyes and room"]

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ShadeTold:
    """A shade of the catalogue, and its difference (CIEDE2000) from the colour that it is for."""

    sku: str
    shade: str
    de00: float

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ReasonTold:
    """What a reason says, in codes, for who says it in another language; see ``catalogue.shade_match.Reason``."""

    tone: Undertone
    kind: Literal["colour", "nude"]
    harmony: Literal["same", "near", "against"]
    undertone: Undertone
    contrast: Literal["soft", "clear", "strong"]
    light: Literal["darker", "lighter", "as_light"]

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AdviceTold:
    """A lipstick, for what, and why."""

    sku: str
    shade: str
    role: Literal["everyday", "polished", "statement"]
    reason: str
    why: ReasonTold

    def fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__} | {"why": self.why.fields()}


@dataclass(frozen=True, slots=True)
class Tone:
    """Colours are L*, a*, b* (D65); every ± is two standard deviations."""

    lab: Colour
    plus_minus: Colour
    color: str
    ita_deg: float
    ita_plus_minus_deg: float
    monk: ClassTold
    fitzpatrick: ClassTold
    undertone: Undertone
    undertone_confidence: float
    lips_lab: Colour
    lips_color: str
    light: LightTold
    foundations: tuple[ShadeTold, ...] = ()
    lipsticks: tuple[AdviceTold, ...] = ()
    like_lips: tuple[ShadeTold, ...] = ()

    def fields(self) -> dict[str, object]:
        told: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        for name in ("lab", "plus_minus", "lips_lab"):
            told[name] = list(getattr(self, name))
        for name in ("monk", "fitzpatrick", "light"):
            told[name] = getattr(self, name).fields()
        for name in ("foundations", "lipsticks", "like_lips"):
            told[name] = [each.fields() for each in getattr(self, name)]
        return told


def read_tone(fields: dict[str, Any]) -> Tone:
    """Our own server's (bench and tests). Raises KeyError or TypeError where it is none."""
    told = dict(fields)
    for name in ("lab", "plus_minus", "lips_lab"):
        one, other, third = told[name]
        told[name] = (float(one), float(other), float(third))
    told["monk"] = ClassTold(**told["monk"])
    told["fitzpatrick"] = ClassTold(**told["fitzpatrick"])
    told["light"] = LightTold(**told["light"])
    told["foundations"] = tuple(ShadeTold(**each) for each in told["foundations"])
    told["lipsticks"] = tuple(
        AdviceTold(**each | {"why": ReasonTold(**each["why"])}) for each in told["lipsticks"]
    )
    told["like_lips"] = tuple(ShadeTold(**each) for each in told["like_lips"])
    return Tone(**told)
