from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import ProtocolError
from tryon.wire.control import (
    MAX_TEXT_BYTES,
    Bye,
    Consent,
    Dropped,
    Failure,
    Hello,
    Leave,
    LookAnswer,
    LookItem,
    LookRequest,
    Ready,
    ReplyRequest,
    ServerMessage,
    Status,
    parse_server,
    parse_shopper,
)
from tryon.wire.measure import Measure, MeasureRequest

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "wire.json").read_text())
HELLO = Hello(1, 1, "rectangle", 2, 1280, 1280, 524288, 60, {"no_face": "No face is in the picture."})


def _cases(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"].replace(" ", "_")) for vector in VECTORS[kind]]


@pytest.mark.parametrize("vector", _cases("shopper_text"))
def test_a_shoppers_message_is_read_and_written_as_the_vector_says(vector: dict[str, Any]) -> None:
    message = parse_shopper(vector["text"])
    written = json.loads(message.serialize())
    assert written == json.loads(vector["text"])
    for name, value in vector["fields"].items():
        assert written[name] == value


@pytest.mark.parametrize("vector", _cases("bad_shopper_text"))
def test_a_bad_message_is_refused_in_one_sentence(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refusal:
        parse_shopper(vector["text"])
    assert refusal.value.sentence.endswith(".")
    assert refusal.value.code == "protocol"


def test_the_types_of_the_five_messages() -> None:
    kinds = {type(parse_shopper(vector["text"])) for vector in VECTORS["shopper_text"]}
    assert kinds == {Consent, LookRequest, ReplyRequest, MeasureRequest, Leave}


@pytest.mark.parametrize("vector", _cases("measures"))
def test_sizes_are_told_and_read_as_the_vector_says(vector: dict[str, Any]) -> None:
    message = parse_server(vector["text"])
    assert isinstance(message, Measure)
    assert json.loads(message.serialize()) == {"type": "measure", **vector["fields"]}
    assert json.loads(vector["text"]) == {"type": "measure", **vector["fields"]}


@pytest.mark.parametrize("vector", _cases("bad_measures"))
def test_sizes_with_something_missing_are_not_understood(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        parse_server(vector["text"])


@pytest.mark.parametrize(
    "message",
    [
        HELLO,
        Ready(),
        LookAnswer(3, (LookItem("a"), LookItem("b", "red", 0.5), LookItem("c", None, None, -2.5))),
        Status(("too_dark",), 1, 12),
        Status((), 0, 0),
        Status((), 1, 0, (("base", "honey"), ("cover", "sand"))),
        Dropped(4_294_967_295),
        Failure("bad_frame", "The JPEG is broken.", sequence=9),
        Failure("unknown_product", "There is no product x.", id=4),
        Bye("draining"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_the_servers_messages_come_back_as_they_were(message: ServerMessage) -> None:
    assert parse_server(message.serialize()) == message


def test_a_field_that_is_not_given_is_not_written() -> None:
    assert json.loads(Failure("a", "B.").serialize()) == {"type": "error", "code": "a", "sentence": "B."}


@pytest.mark.parametrize("text", ['{"type":"dance"}', '{"type":"dropped"}', '{"type":"ready","x":1}', "[]"])
def test_a_servers_message_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_server(text)


def test_a_message_of_the_largest_size_is_read_and_one_character_more_refused() -> None:
    text = '{"type":"bye"}'
    at_limit = text + " " * (MAX_TEXT_BYTES - len(text))
    assert parse_shopper(at_limit) == Leave()
    with pytest.raises(ProtocolError, match="at most"):
        parse_shopper(at_limit + " ")


def test_deep_nesting_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ProtocolError, match="brackets"):
        parse_shopper('{"type":"look","id":1,"items":' + "[" * 8000 + "]" * 8000 + "}")


def test_a_number_of_ten_thousand_digits_is_refused() -> None:
    with pytest.raises(ProtocolError):
        parse_shopper('{"type":"look","items":[],"id":' + "9" * 10_000 + "}")


def test_unknown_fields_are_ignored() -> None:
    assert parse_shopper('{"type":"bye","why":"dinner"}') == Leave()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.one_of(
        st.text(max_size=60),
        JSON.map(json.dumps),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["consent", "look", "reply", "measure", "bye"])},
            optional=dict.fromkeys(("id", "items", "mode", "version", "accepted", "again"), JSON),
        ).map(json.dumps),
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        message = parse_shopper(text)
    except ProtocolError:
        return
    assert parse_shopper(message.serialize()) == message
