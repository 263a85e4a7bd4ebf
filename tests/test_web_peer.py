"""Who asks: behind proxies that are trusted, and those that are not."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from tryon.config import Settings
from tryon.web.peer import address_of, agent_of, is_https, whereabouts


def request(peer: str = "127.0.0.1", **headers: str) -> object:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, default=None: (
        (peer, 1) if name == "peername" else None
    )
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", headers=sent, transport=transport)


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        # What a client claims comes before what our own proxy saw.
        ("127.0.0.1", "10.9.9.9, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.2", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "198.51.100.7, <script>", "127.0.0.1"),
    ],
)
def test_the_address(peer: str, told: str, address: str) -> None:
    settings = Settings(threads=1, trusted_proxies=("127.0.0.1", "10.0.0.2"))
    asked = request(peer, X_Forwarded_For=told) if told else request(peer)
    assert address_of(asked, settings) == address  # type: ignore[arg-type]


def test_whereabouts_tell_clients_apart_and_nothing_else() -> None:
    settings = Settings(threads=1, studio_key="a" * 20)
    told = {
        address: whereabouts(request(address), settings)  # type: ignore[arg-type]
        for address in ("203.0.113.9", "203.0.113.8", "2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1", "")
    }
    # One household has one half of an IPv6 address.
    assert told["2001:db8::1"] == told["2001:db8::ffff"]
    assert len(set(told.values())) == 5
    other = Settings(threads=1, studio_key="b" * 20)
    assert whereabouts(request("203.0.113.9"), other) != told["203.0.113.9"]  # type: ignore[arg-type]


def test_whether_it_is_encrypted() -> None:
    settings = Settings(threads=1)
    assert is_https(request(X_Forwarded_Proto="https"), settings)  # type: ignore[arg-type]
    assert not is_https(request(X_Forwarded_Proto="http"), settings)  # type: ignore[arg-type]
    assert not is_https(request("203.0.113.9", X_Forwarded_Proto="https"), settings)  # type: ignore[arg-type]
    assert not is_https(request(), settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("", "A browser"),
        ("<b>x</b>", "A browser"),
    ],
)
def test_the_browser_in_two_words(told: str, words: str) -> None:
    assert agent_of(request(User_Agent=told)) == words  # type: ignore[arg-type]
