from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import ProtocolError, WrongVersion
from tryon.frame import Rect
from tryon.wire.messages import FrameMessage, Reply, ReplyKind, parse_frame, parse_reply

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "wire.json").read_text())


def _cases(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"].replace(" ", "_")) for vector in VECTORS[kind]]


def _reply(fields: dict[str, Any]) -> Reply:
    x, y = fields["x"], fields["y"]
    return Reply(
        ReplyKind[fields["kind"].upper()],
        fields["sequence"],
        fields["t_ms"],
        Rect(x, y, x + fields["width"], y + fields["height"]),
        fields["frame_width"],
        fields["frame_height"],
        fields["server_us"],
        bytes.fromhex(fields["payload"]),
    )


@pytest.mark.parametrize("vector", _cases("frames"))
def test_a_frame_is_read_and_written_as_the_vector_says(vector: dict[str, Any]) -> None:
    fields = vector["fields"]
    message = FrameMessage(
        fields["sequence"], fields["t_ms"], bytes.fromhex(fields["payload"]), fields["still"]
    )
    assert parse_frame(bytes.fromhex(vector["hex"])) == message
    assert message.serialize().hex() == vector["hex"]


@pytest.mark.parametrize("vector", _cases("replies"))
def test_a_reply_is_read_and_written_as_the_vector_says(vector: dict[str, Any]) -> None:
    reply = _reply(vector["fields"])
    assert parse_reply(bytes.fromhex(vector["hex"])) == reply
    assert reply.serialize().hex() == vector["hex"]


@pytest.mark.parametrize("vector", _cases("bad_frames"))
def test_a_bad_frame_is_refused_with_the_vectors_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refusal:
        parse_frame(bytes.fromhex(vector["hex"]))
    assert refusal.value.details["reason"] == vector["error"]
    assert isinstance(refusal.value, WrongVersion) == (vector["error"] == "wrong_version")
    assert refusal.value.sentence.endswith(".")


@pytest.mark.parametrize("vector", _cases("bad_replies"))
def test_a_bad_reply_is_refused_with_the_vectors_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refusal:
        parse_reply(bytes.fromhex(vector["hex"]))
    assert refusal.value.details["reason"] == vector["error"]


def test_a_refused_frame_still_tells_its_sequence() -> None:
    with pytest.raises(ProtocolError) as refusal:
        parse_frame(FrameMessage(77, math.nan, b"x").serialize())
    assert refusal.value.details["sequence"] == 77


def test_a_wait_longer_than_the_field_holds_is_written_as_its_largest_number() -> None:
    reply = Reply(ReplyKind.WHOLE, 1, 0.0, Rect(0, 0, 32, 32), 32, 32, 2**40, b"x")
    assert parse_reply(reply.serialize()).server_us == 2**32 - 1


@given(
    sequence=st.integers(0, 2**32 - 1),
    t_ms=st.floats(allow_nan=False, allow_infinity=False),
    jpeg=st.binary(min_size=1, max_size=64),
    still=st.booleans(),
)
def test_parse_undoes_serialize(sequence: int, t_ms: float, jpeg: bytes, still: bool) -> None:
    message = FrameMessage(sequence, t_ms, jpeg, still)
    assert parse_frame(message.serialize()) == message


@pytest.mark.parametrize("parse", [parse_frame, parse_reply])
@given(data=st.binary(max_size=80).map(lambda rest: b"\x01" + rest))
def test_arbitrary_bytes_are_read_or_refused(
    parse: Callable[[bytes], FrameMessage | Reply], data: bytes
) -> None:
    try:
        message = parse(data)
    except ProtocolError:
        return
    assert message.serialize() == data
