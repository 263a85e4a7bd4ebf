"""How many digits stand behind the point of a price, by currency."""

from __future__ import annotations

from typing import Final

# ISO 4217: currencies whose smallest unit is not a hundredth.
WHOLE: Final = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
THOUSANDTHS: Final = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def minor_digits(currency: str) -> int:
    """2 for most."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
