"""What all text messages have in common: JSON objects with a type, and how a wrong one is refused."""

from __future__ import annotations

import json
from typing import ClassVar, cast

from tryon.errors import ProtocolError


class TextMessage:
    """A message of plain values; subclasses are frozen dataclasses with slots."""

    type: ClassVar[str]

    def fields(self) -> dict[str, object]:
        """What goes into the JSON object beside ``type``; fields that are None are left out."""
        names = cast("tuple[str, ...]", getattr(self, "__slots__", ()))
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def serialize(self) -> str:
        return json.dumps({"type": self.type, **self.fields()}, allow_nan=False, separators=(",", ":"))


def refused(sentence: str) -> ProtocolError:
    """The error for a text message that breaks the protocol."""
    return ProtocolError(sentence, reason="wrong_text")
