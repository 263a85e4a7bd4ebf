"""One makeup product as somebody has put it on: what the renderers of regions take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tryon.catalogue.makeup import RULES, TYPES, Finish, MakeupType

Rgb8: TypeAlias = tuple[int, int, int]
Choices: TypeAlias = tuple[Rgb8, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """``tones`` are sRGB 0..255 (red, green, blue) with a finish each, in the order of the template's places.

    ``coverage`` is the product's, ``strength`` the shopper's; they multiply. ``side`` is the wearer's, None both.
    ``choices``: where the shopper has not chosen, the shades of which the one nearest to their skin, or brows, is worn.
    """

    type: MakeupType
    tones: tuple[tuple[Rgb8, Finish], ...]
    coverage: float
    strength: float = 1.0
    template: str = ""
    side: str | None = None
    texture: Path | None = None
    choices: Choices = ()

    @property
    def color(self) -> Rgb8:
        """The first tone's."""
        return self.tones[0][0]

    @property
    def finish(self) -> Finish:
        """The first tone's."""
        return self.tones[0][1]

    @property
    def amount(self) -> float:
        """Coverage times strength."""
        return self.coverage * self.strength

    @property
    def placed(self) -> str:
        """The template, the type's own where none was named."""
        return self.template or RULES[self.type].templates[0]

    @property
    def region(self) -> str:
        """What is drawn at once: skin, eyes or lips."""
        return RULES[self.type].region

    @property
    def order(self) -> int:
        """Its place in cosmetic order."""
        return TYPES.index(self.type)


def rgb8(color: str) -> Rgb8:
    """Of "#rrggbb"."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
