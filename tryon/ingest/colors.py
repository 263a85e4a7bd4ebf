"""Colours and names as people write them, made into what a product.json takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

from tryon.errors import StoreInvalid

_HEX: Final = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_ID_MAX: Final = 64


def hex_color(text: str) -> str:
    """``#rrggbb`` of "B31", "#b31" or "BB3311". Raises StoreInvalid."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise StoreInvalid(f"color: {text.strip()[:20]!r} is no colour such as '#b3121d'.", field="color")
    digits = match[1].lower()
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits)


def shade_name(color: str) -> str:
    """A name for a colour that has none."""
    return color.upper()


def shade_id(name: str, taken: Container[str] = ()) -> str:
    """An id from a name: small letters, digits and dashes; numbered where it is taken."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[: _ID_MAX - 4] or "shade"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    return found
