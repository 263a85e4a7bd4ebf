"""Sample people on whom a product is looked at: the portrait, and what our own code makes of it.

The portrait is the one in scikit-image's wheel (NASA, public domain). Skins are re-toned, heads are made narrower or
wider (``fitting.make``); each says in its words that it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sitter:
    """``words`` are for people; ``tone`` is one of ``tone.TONES``, None the portrait's own; ``width`` is the head's
    over the portrait's."""

    id: str
    words: str
    tone: str | None = None
    width: float = 1.0

    @property
    def made(self) -> bool:
        """Whether this is the portrait no longer."""
        return self.tone is not None or self.width != 1.0


# A tenth wider or narrower, and the portrait does not look strange yet.
SITTERS: Final = (
    Sitter("portrait", "Portrait"),
    Sitter("tan", "Made: tan skin", "tan"),
    Sitter("brown", "Made: brown skin", "brown"),
    Sitter("dark", "Made: dark skin", "dark"),
    Sitter("narrow", "Made: narrower head", width=0.9),
    Sitter("wide", "Made: wider head", width=1.1),
)
