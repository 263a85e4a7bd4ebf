"""Which shades of a catalogue suit a colour: foundations by their difference from a skin, lipsticks by what they do to
a face, any shade by its likeness to a colour seen elsewhere.

What is said of lipsticks is a stylist's rule of thumb made countable, not a measurement: undertones go together (the
hue of L*a*b*), and how much a mouth stands out is its difference from the skin around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tryon.catalogue.items import Product
from tryon.frame import F64
from tryon.render.colour import de00, lab_from_hex

# How many shades of a product, and how many products, are told.
BEST: Final = 3
PRODUCTS_MAX: Final = 6

Undertone = Literal["cool", "neutral", "warm"]
Role = Literal["everyday", "polished", "statement"]
# Difference from the skin (CIEDE2000) that each role aims at.
ROLE_DE00: Final[dict[Role, float]] = {"everyday": 18.0, "polished": 32.0, "statement": 46.0}
ROLE_SPREAD: Final = 8.0
# Hue angles of lip colours: blue-reds and pinks lie low, corals, browns and oranges high.
HUE_DEG: Final[dict[Undertone, float]] = {"cool": 8.0, "neutral": 22.0, "warm": 38.0}
HUE_SPREAD_DEG: Final = 16.0
# A lip colour duller than this is a brown or a nude, whatever its hue.
MUTED_CHROMA: Final = 26.0


@dataclass(frozen=True, slots=True)
class Match:
    """A shade, and how far its colour is from the one asked for (CIEDE2000)."""

    sku: str
    shade: str
    de00: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lip colour on a skin: its ``tone`` and ``kind``, how its tone gets on with the skin's ``undertone``, and
    how it stands out from the skin."""

    tone: Undertone
    kind: Literal["colour", "nude"]
    harmony: Literal["same", "near", "against"]
    undertone: Undertone
    contrast: Literal["soft", "clear", "strong"]
    light: Literal["darker", "lighter", "as_light"]

    def told(self) -> str:
        """A sentence."""
        colour = {"cool": "A blue-toned", "neutral": "A balanced", "warm": "A warm, golden"}[self.tone]
        harmony = {"same": "goes with", "near": "gets on with", "against": "plays against"}[self.harmony]
        light = {
            "darker": "darker than your skin",
            "lighter": "lighter than your skin",
            "as_light": "as light as your skin",
        }[self.light]
        return (
            f"{colour} {self.kind} that {harmony} your {self.undertone} undertone; "
            f"a {self.contrast} contrast, {light}."
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """A lipstick's shade for one occasion, with the reason."""

    sku: str
    shade: str
    role: Role
    reason: Reason


class ShadeRange:
    """Every shade of a catalogue's makeup, with its colour."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._by_type: dict[str, list[tuple[Product, F64]]] = {}
        for product in products:
            if product.makeup is not None and product.shades:
                labs = np.stack([lab_from_hex(shade.swatch) for shade in product.shades])
                self._by_type.setdefault(product.makeup.type, []).append((product, labs))

    def nearest(self, type_: str, lab: F64) -> tuple[Match, ...]:
        """The best shades of each product of a type, the product with the nearest shade first."""
        found = []
        for product, labs in self._by_type.get(type_, []):
            away = de00(labs, np.broadcast_to(lab, labs.shape))
            order = np.argsort(away, kind="stable")[:BEST]
            found.append([Match(product.sku, product.shades[at].id, float(away[at])) for at in order])
        found.sort(key=lambda matches: matches[0].de00)
        return tuple(match for matches in found[:PRODUCTS_MAX] for match in matches)

    def like(self, type_: str, lab: F64) -> tuple[Match, ...]:
        """The best shades of a type over all its products."""
        return tuple(sorted(self.nearest(type_, lab), key=lambda match: match.de00)[:BEST])

    def lipsticks(self, skin_lab: F64, undertone: Undertone) -> tuple[Advice, ...]:
        """A lipstick for each role, no shade twice."""
        shades = [
            (product, at, lab)
            for product, labs in self._by_type.get("lipstick", [])
            for at, lab in enumerate(labs)
        ]
        advice: list[Advice] = []
        taken: set[tuple[str, str]] = set()
        for role in ROLE_DE00:
            free = [one for one in shades if (one[0].sku, one[0].shades[one[1]].id) not in taken]
            if not free:
                break
            product, at, lab = max(free, key=lambda one: _score(one[2], skin_lab, undertone, role))
            shade = product.shades[at].id
            taken.add((product.sku, shade))
            advice.append(Advice(product.sku, shade, role, reason(lab, skin_lab, undertone)))
        return tuple(advice)


def reason(lip_lab: F64, skin_lab: F64, undertone: Undertone) -> Reason:
    """Why this lip colour on that skin."""
    own = _undertone_of(lip_lab)
    contrast = float(de00(lip_lab, skin_lab))
    darker = float(lip_lab[0] - skin_lab[0])
    return Reason(
        tone=own,
        kind="nude" if float(np.hypot(lip_lab[1], lip_lab[2])) < MUTED_CHROMA else "colour",
        harmony="same" if own == undertone else "near" if "neutral" in (own, undertone) else "against",
        undertone=undertone,
        contrast="strong" if contrast > 38 else "clear" if contrast > 24 else "soft",
        light="darker" if darker < -8 else "lighter" if darker > 8 else "as_light",
    )


def _undertone_of(lab: F64) -> Undertone:
    hue = _hue_deg(lab)
    return min(HUE_DEG, key=lambda name: abs(HUE_DEG[name] - hue))


def _hue_deg(lab: F64) -> float:
    """-180..180."""
    return float(np.degrees(np.arctan2(lab[2], lab[1])))


def _score(lip_lab: F64, skin_lab: F64, undertone: Undertone, role: Role) -> float:
    contrast = (float(de00(lip_lab, skin_lab)) - ROLE_DE00[role]) / ROLE_SPREAD
    hue = (_hue_deg(lip_lab) - HUE_DEG[undertone]) / HUE_SPREAD_DEG
    return -contrast * contrast - hue * hue
