"""Text messages: control as JSON, both ways. Fields and meaning are in docs/protocol.md.

Unknown fields are ignored, so that a newer page can talk to an older server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, NoReturn, TypeAlias, cast

from tryon.wire.measure import Measure, MeasureRequest, read_measure, read_request
from tryon.wire.text import TextMessage
from tryon.wire.text import refused as _refuse

MAX_TEXT_BYTES: Final = 16 * 1024
# Three looks of sixteen items have fifty-three brackets; the parser's own recursion limit is never reached.
_MAX_BRACKETS: Final = 64
MAX_ITEMS: Final = 16
MAX_BESIDE: Final = 2
_MAX_NAME: Final = 64
_MAX_ID: Final = 2**31 - 1
_MAX_POWER_D: Final = 12.0

ReplyMode: TypeAlias = Literal["rectangle", "whole"]
ByeReason: TypeAlias = Literal["draining", "idle"]


@dataclass(frozen=True, slots=True)
class LookItem:
    """One product of a look, as the shopper asks for it; ``strength`` is in 0..1, ``power`` in dioptres, ``side`` the
    wearer's."""

    sku: str
    shade: str | None = None
    strength: float | None = None
    power: float | None = None
    finish: str | None = None
    template: str | None = None
    side: str | None = None

    def fields(self) -> dict[str, object]:
        given = {field: getattr(self, field) for field in self.__slots__}
        return {name: value for name, value in given.items() if value is not None}


def _beside_fields(beside: tuple[tuple[LookItem, ...], ...]) -> dict[str, object]:
    return {"beside": [[item.fields() for item in items] for items in beside]} if beside else {}


@dataclass(frozen=True, slots=True)
class Consent(TextMessage):
    """The shopper agreed to the consent text of that version."""

    version: int
    type: ClassVar[str] = "consent"

    def fields(self) -> dict[str, object]:
        return {"version": self.version, "accepted": True}


@dataclass(frozen=True, slots=True)
class LookRequest(TextMessage):
    """Wear these from now on; no items is the bare face. With ``beside``, ``items`` are worn on the wearer's right and
    these looks beside them, towards the wearer's left."""

    id: int
    items: tuple[LookItem, ...]
    beside: tuple[tuple[LookItem, ...], ...] = ()
    type: ClassVar[str] = "look"

    def fields(self) -> dict[str, object]:
        return {"id": self.id, "items": [item.fields() for item in self.items], **_beside_fields(self.beside)}


@dataclass(frozen=True, slots=True)
class ReplyRequest(TextMessage):
    """How frames shall be answered from now on."""

    mode: ReplyMode
    type: ClassVar[str] = "reply"


@dataclass(frozen=True, slots=True)
class Leave(TextMessage):
    """The shopper leaves."""

    type: ClassVar[str] = "bye"


@dataclass(frozen=True, slots=True)
class Hello(TextMessage):
    """The server's first message: what it is and what it takes."""

    protocol: int
    consent_version: int
    reply: ReplyMode
    max_in_flight: int
    max_width: int
    max_height: int
    max_bytes: int
    max_fps: int
    hint_texts: dict[str, str]
    type: ClassVar[str] = "hello"


@dataclass(frozen=True, slots=True)
class Ready(TextMessage):
    """Consent was taken; frames may be sent."""

    type: ClassVar[str] = "ready"


@dataclass(frozen=True, slots=True)
class LookAnswer(TextMessage):
    """The look with that id is worn from the next frame on."""

    id: int
    items: tuple[LookItem, ...]
    beside: tuple[tuple[LookItem, ...], ...] = ()
    type: ClassVar[str] = "look"

    def fields(self) -> dict[str, object]:
        items = [item.fields() for item in self.items]
        return {"id": self.id, "ok": True, "items": items, **_beside_fields(self.beside)}


@dataclass(frozen=True, slots=True)
class Status(TextMessage):
    """What the mirror sees; ``dropped`` counts from the session's beginning. ``shades``: of products that are worn
    without a chosen shade, the sku and the id of the shade that the wearer's own skin decides."""

    hints: tuple[str, ...]
    faces: int
    dropped: int
    shades: tuple[tuple[str, str], ...] = ()
    type: ClassVar[str] = "status"

    def fields(self) -> dict[str, object]:
        told: dict[str, object] = {"hints": self.hints, "faces": self.faces, "dropped": self.dropped}
        return {**told, "shades": dict(self.shades)} if self.shades else told


@dataclass(frozen=True, slots=True)
class Dropped(TextMessage):
    """That frame gets no picture."""

    sequence: int
    type: ClassVar[str] = "dropped"


@dataclass(frozen=True, slots=True)
class Failure(TextMessage):
    """What went wrong, with the frame or the look that it concerns."""

    code: str
    sentence: str
    sequence: int | None = None
    id: int | None = None
    type: ClassVar[str] = "error"


@dataclass(frozen=True, slots=True)
class Bye(TextMessage):
    """The server is about to close."""

    reason: ByeReason
    type: ClassVar[str] = "bye"


ShopperMessage: TypeAlias = Consent | LookRequest | ReplyRequest | MeasureRequest | Leave
ServerMessage: TypeAlias = Hello | Ready | LookAnswer | Status | Measure | Dropped | Failure | Bye


def parse_shopper(text: str) -> ShopperMessage:
    """Read a shopper's text message. Raises ProtocolError with one sentence on what is wrong."""
    message = _object(text)
    kind = message.get("type")
    if kind == "consent":
        if message.get("accepted") is not True:
            raise _refuse("consent: accepted must be true; without consent no frame is looked at.")
        return Consent(_integer(message, "consent", "version"))
    if kind == "look":
        return LookRequest(_integer(message, "look", "id"), _items(message.get("items")), _beside(message))
    if kind == "reply":
        mode = message.get("mode")
        if mode not in ("rectangle", "whole"):
            raise _refuse('reply: mode must be "rectangle" or "whole".')
        return ReplyRequest(mode)
    if kind == "measure":
        return read_request(message)
    if kind == "bye":
        return Leave()
    raise _refuse('The message\'s type must be "consent", "look", "reply", "measure" or "bye".')


def parse_server(text: str) -> ServerMessage:
    """Read one of our own server's text messages (bench and tests). Raises ProtocolError."""
    message = _object(text, trusted=True)
    kind = message.pop("type", None)
    try:
        if kind == "look":
            return LookAnswer(_integer(message, "look", "id"), _items(message.get("items")), _beside(message))
        if kind == "measure":
            return read_measure(message)
        if kind == "status":
            message["hints"] = tuple(message["hints"])
            message["shades"] = tuple(message.get("shades", {}).items())
        shapes: dict[object, type[Any]] = {
            shape.type: shape for shape in (Hello, Ready, Status, Dropped, Failure, Bye)
        }
        return cast("ServerMessage", shapes[kind](**message))
    except (KeyError, TypeError) as error:
        raise _refuse(f"The server's message of type {kind!r} is not understood.") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _object(text: str, trusted: bool = False) -> dict[str, Any]:
    if len(text) > MAX_TEXT_BYTES:
        raise _refuse(f"A text message has at most {MAX_TEXT_BYTES} characters; this one has {len(text)}.")
    if not trusted and text.count("[") + text.count("{") > _MAX_BRACKETS:
        raise _refuse(f"A text message has at most {_MAX_BRACKETS} brackets.")
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _refuse("The text message is not JSON.") from error
    if not isinstance(message, dict):
        raise _refuse("A text message is a JSON object with a type.")
    return message


def _integer(message: dict[str, Any], kind: str, name: str) -> int:
    value = message.get(name)
    if type(value) is not int or not 0 <= value <= _MAX_ID:
        raise _refuse(f"{kind}: {name} must be a whole number from 0 to {_MAX_ID}.")
    return value


def _beside(message: dict[str, Any]) -> tuple[tuple[LookItem, ...], ...]:
    looks = message.get("beside", [])
    if not isinstance(looks, list) or len(looks) > MAX_BESIDE:
        raise _refuse(f"look: beside must be a list of at most {MAX_BESIDE} looks, each a list, or absent.")
    return tuple(_items(items) for items in looks)


def _items(items: object) -> tuple[LookItem, ...]:
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        raise _refuse(f"look: items must be a list of at most {MAX_ITEMS} products.")
    return tuple(_item(entry) for entry in items)


def _item(entry: object) -> LookItem:
    if not isinstance(entry, dict):
        raise _refuse("look: each item must be an object with a sku.")
    sku, strength, power = entry.get("sku"), entry.get("strength"), entry.get("power")
    if not isinstance(sku, str) or not 0 < len(sku) <= _MAX_NAME:
        raise _refuse(f"look: sku must be a text of 1 to {_MAX_NAME} characters.")
    return LookItem(
        sku,
        _name(entry, "shade"),
        _within(strength, "strength", 0.0, 1.0),
        _within(power, "power", -_MAX_POWER_D, _MAX_POWER_D),
        _name(entry, "finish"),
        _name(entry, "template"),
        _name(entry, "side"),
    )


def _name(entry: dict[str, Any], field: str) -> str | None:
    value = entry.get(field)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= _MAX_NAME):
        raise _refuse(f"look: {field} must be a text of 1 to {_MAX_NAME} characters, or absent.")
    return value


def _within(value: object, name: str, low: float, high: float) -> float | None:
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise _refuse(f"look: {name} must be a number from {low:g} to {high:g}, or absent.")
    return float(value)
