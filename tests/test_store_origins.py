"""Origins: what is kept of what was written, and what is refused with a way on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import StoreInvalid
from tryon.store.origins import read_origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://shop.example:8443",
        "https://xn--bcher-kva.example",
        "http://localhost",
        "http://localhost:8090",
        "http://127.0.0.1:3000",
        "http://shop.localhost:3000",
    ],
)
def test_an_origin_as_browsers_say_it_is_kept_as_it_is(origin: str) -> None:
    assert read_origin(origin) == (origin, "")


@pytest.mark.parametrize(
    ("written", "kept", "why"),
    [
        ("https://shop.example/", "https://shop.example", "no slash at its end"),
        ("HTTPS://Shop.Example", "https://shop.example", "as browsers say it"),
        ("https://shop.example:443", "https://shop.example", "as browsers say it"),
        ("https://bücher.example/", "https://xn--bcher-kva.example", "as browsers say it"),
    ],
)
def test_what_is_kept_in_other_words_is_told(written: str, kept: str, why: str) -> None:
    origin, note = read_origin(written)
    assert origin == kept
    assert written in note
    assert kept in note
    assert why in note


def test_spaces_around_are_nobodys_business() -> None:
    assert read_origin("  https://shop.example \n") == ("https://shop.example", "")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "https://shop.example"),
        ("shop.example", "https://shop.example"),
        ("ftp://shop.example", "https://"),
        ("http://shop.example", "write https://shop.example"),
        ("https://shop.example/products/1", "no path; write https://shop.example,"),
        ("https://shop.example?x=1", "scheme, name and port alone"),
        ("https://shop.example#x", "scheme, name and port alone"),
        ("https://me:secret@shop.example", "scheme, name and port alone"),
        ("https://*.example", "no wildcards"),
        ("null", "any page can be one"),
        ("https://shop.example:99999", "cannot be read"),
        ("https://shop.example:0", "no port 0"),
        ("https://shop_.example", "no name of a host"),
        ("https://shop.example; script-src *", "no wildcards"),
        ("https://shop.example; x", "no name of a host"),
        ("https://", "no name of a host"),
        ("https://[::1]:8090", "127.0.0.1"),
        ("https://" + "a" * 400, "1 to 300"),
    ],
)
def test_what_is_no_origin_is_refused_with_a_way_on(written: str, told: str) -> None:
    with pytest.raises(StoreInvalid) as caught:
        read_origin(written)
    assert told in caught.value.sentence
    assert caught.value.details["field"] == "origins"


@given(st.text(max_size=60).map(lambda text: f"https://{text}"))
def test_what_is_kept_can_stand_in_a_policy_and_is_kept_again(written: str) -> None:
    try:
        origin, _ = read_origin(written)
    except StoreInvalid:
        return
    assert set(origin) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.:/")
    assert read_origin(origin) == (origin, "")
