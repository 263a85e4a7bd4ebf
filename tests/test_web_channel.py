"""The line between processes: messages and sockets, in order, and what happens when either side has gone."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tryon.web.channel import Channel, Message


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    ours, theirs = Channel.pair()
    other = Channel(theirs)
    with closing(ours), closing(other):
        yield ours, other


def test_what_is_sent_is_received_in_order(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    assert theirs.receive() == []
    for number in range(100):
        ours.send({"number": number, "text": "späte Zeile\n"})
    told = [message.told["number"] for message in theirs.receive()]
    assert told == list(range(100))
    theirs.send({})
    assert ours.receive() == [Message({})]


def test_each_socket_comes_with_its_own_message(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    pairs = [socket.socketpair() for _ in range(3)]
    for number, (given, _kept) in enumerate(pairs):
        ours.send({"without": number})
        ours.send({"with": number}, given)
        given.close()
    received: list[Message] = []
    while messages := theirs.receive():
        received += messages
    assert [message.told for message in received] == [
        {kind: number} for number in range(3) for kind in ("without", "with")
    ]
    for message, (_given, kept) in zip(received[1::2], pairs, strict=True):
        assert message.sock is not None
        with message.sock, kept:
            kept.send(b"hello")
            assert message.sock.recv(5) == b"hello"
    assert [message.sock for message in received[::2]] == [None] * 3


def test_a_message_longer_than_one_read_arrives_whole(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    origins = ["https://shop.example"] * 4000
    ours.send({"origins": origins})
    received: list[Message] = []
    while not received:
        received = theirs.receive()
    assert received == [Message({"origins": origins})]


def test_the_other_side_gone_ends_reading_and_refuses_writing(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    theirs.send({"last": "words"})
    theirs.close()
    assert ours.receive() == [Message({"last": "words"})]
    with pytest.raises(EOFError):
        ours.receive()
    with pytest.raises(OSError, match="pipe"):
        ours.send({})


def test_a_line_that_nobody_reads_is_full_and_not_waited_for(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    sent = 0

    def fill() -> None:
        nonlocal sent
        while sent < 100_000:
            ours.send({"number": sent})
            sent += 1

    with pytest.raises(BlockingIOError):
        fill()
    received: list[Message] = []
    while messages := theirs.receive():
        received += messages
    # Nothing that was accepted is lost, nothing is cut.
    assert [message.told["number"] for message in received] == list(range(sent))


def test_a_process_that_may_open_no_more_files_gets_the_message_alone(
    ends: tuple[Channel, Channel],
) -> None:
    ours, theirs = ends
    given, kept = socket.socketpair()
    with kept:
        ours.send({"a": 1}, given)
        given.close()
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
        try:
            received = theirs.receive()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert received == [Message({"a": 1})]
        # The next one keeps its own.
        more, end = socket.socketpair()
        with more, end:
            ours.send({"b": 2}, more)
            (message,) = theirs.receive()
        assert message.sock is not None
        message.sock.close()
