"""Rows of a table that say makeup, a shade a row.

Rows of one sku make one product, wherever they stand. What is said of the product in one row need not be said again;
what contradicts it refuses the row that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tryon.catalogue.items import SHADES_MAX
from tryon.errors import StoreInvalid
from tryon.ingest.colors import hex_color, shade_id, shade_name
from tryon.ingest.table import Refused
from tryon.store.currency import minor_digits
from tryon.store.definition import Draft, draft_of

_PRODUCT: Final = ("name", "description", "type", "finish", "template", "coverage")
_LISTS: Final = ("finishes", "tags")
# Before the point: as many as the store keeps.
_PRICE_DIGITS: Final = 13
LISTING: Final = ("price", "currency", "link")
_SHADE: Final = ("shade_id", "shade_name", "color", "tones", "texture")
COLUMNS: Final = ("sku", *_PRODUCT, *_LISTS, *LISTING, *_SHADE)


@dataclass
class Group:
    """The rows of one sku, as far as they agree: column to value, and the line that said it."""

    said: dict[str, tuple[str, int]] = field(default_factory=dict)
    rows: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)

    def take(self, line: int, row: Mapping[str, str], refused: Refused) -> None:
        """One more row, unless it contradicts another."""
        for name in (*_PRODUCT, *_LISTS, *LISTING):
            value = row.get(name, "")
            if not value:
                continue
            before, said_at = self.said.setdefault(name, (value, line))
            if before != value:
                reason = (
                    f"{name}: it is {value[:60]!r}, but line {said_at} said {before[:60]!r} of the same sku."
                )
                refused(line, row["sku"], reason)
                return
        self.rows.append((line, row))


def product_of(sku: str, group: Group, refused: Refused) -> tuple[Draft, list[int]] | None:
    """The product of all rows that are right, and their lines; None where none is."""
    try:
        base, listing = _base(sku, {name: value for name, (value, _) in group.said.items()})
    except StoreInvalid as error:
        for line, _ in group.rows:
            refused(line, sku, error.sentence)
        return None
    shades: list[dict[str, Any]] = []
    lines: list[int] = []
    taken: set[str] = set()
    for line, row in group.rows:
        try:
            shade = _shade(row, taken)
            draft_of({"definition": {**base, "shades": [shade]}, **listing})
        except StoreInvalid as error:
            refused(line, sku, error.sentence.removeprefix("definition."))
            continue
        taken.add(shade["id"])
        shades.append(shade)
        lines.append(line)
    if not shades:
        return None
    return draft_of({"definition": {**base, "shades": shades}, **listing}), lines


def _base(sku: str, said: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    base: dict[str, Any] = {"sku": sku, "kind": "makeup"}
    base |= {name: said[name] for name in _PRODUCT if name in said}
    if "coverage" in said:
        base["coverage"] = _share(said["coverage"])
    if "finishes" in said:
        base["finishes"] = _words(said["finishes"])
    return base, offered(said)


def offered(said: Mapping[str, str]) -> dict[str, Any]:
    """Tags, price and link as a draft has them. Raises StoreInvalid."""
    told: dict[str, Any] = {"tags": _words(said.get("tags", "").lower()), "link": said.get("link", "")}
    if said.get("price"):
        told["price"] = _price(said["price"], said.get("currency", ""))
    return told


def _shade(row: Mapping[str, str], taken: set[str]) -> dict[str, Any]:
    color = hex_color(row["color"])
    name = row.get("shade_name") or shade_name(color)
    own_id = row.get("shade_id") or shade_id(name, taken)
    if len(taken) == SHADES_MAX:
        raise StoreInvalid(f"A product has at most {SHADES_MAX} shades.")
    if own_id in taken:
        raise StoreInvalid(f"shade_id: two shades of this product are called {own_id!r}.")
    shade: dict[str, Any] = {"id": own_id, "name": name, "color": color}
    if row.get("tones"):
        shade["tones"] = [{"color": hex_color(tone)} for tone in _words(row["tones"])]
    if row.get("texture"):
        shade["texture"] = row["texture"]
    return shade


def _share(text: str) -> float:
    """0.8, 0,8 or 80 %."""
    try:
        value = float(text.rstrip("% ").replace(",", "."))
    except ValueError as error:
        raise StoreInvalid(f"coverage: {text[:20]!r} is no number from 0 to 1.") from error
    return value / 100 if text.endswith("%") else value


def _price(text: str, currency: str) -> dict[str, Any]:
    try:
        price = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise StoreInvalid(f"price: {text[:20]!r} is no number such as 12.90.") from error
    # As an integer a number such as 1e9999999 takes minutes.
    if not price.is_finite() or price.adjusted() >= _PRICE_DIGITS:
        raise StoreInvalid(f"price: {text[:20]!r} is no number such as 12.90.")
    minor = price * 10 ** minor_digits(currency)
    whole = int(minor)
    if whole != minor:
        raise StoreInvalid(f"price: {text[:20]!r} has more decimals than {currency or 'a currency'} has.")
    return {"minor": whole, "currency": currency}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace(";", "|").split("|") if word.strip()]
