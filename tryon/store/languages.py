"""Languages: which of them the mirror's consent speaks, and which a browser says that its user likes."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

MirrorLanguage: TypeAlias = Literal["en", "de", "fr", "es"]
_LANGUAGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*"
)
_READ: Final = 20


def wishes(accepted: str) -> list[str]:
    """Of an Accept-Language header, in small letters, what is liked best first (RFC 9110, 12.5.4)."""
    found: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_READ]:
        match = _LANGUAGE.fullmatch(part)
        if match is not None and float(match[2] or 1) > 0:
            found.append((-float(match[2] or 1), match[1].lower()))
    return [wish for _, wish in sorted(found, key=lambda pair: pair[0])]
