"""Passwords: what is one, and that a hash tells right from wrong."""

from __future__ import annotations

import pytest

from tryon.errors import StoreInvalid
from tryon.store.passwords import PASSWORD_MAX, PASSWORD_MIN, check_new, hash_password, matches


def test_only_the_right_password_matches() -> None:
    known = hash_password("a sentence of my own")
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert matches(known, "a sentence of my own")
    assert not matches(known, "a sentence of my owm")
    assert not matches(None, "a sentence of my own")
    assert not matches("no hash", "a sentence of my own")
    assert hash_password("a sentence of my own") != known


def test_one_that_is_endless_is_not_even_hashed() -> None:
    endless = "x" * (PASSWORD_MAX + 1)
    assert not matches(hash_password(endless), endless)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("x" * (PASSWORD_MIN - 1), "characters"),
        ("ab" * PASSWORD_MAX, "characters"),
        ("aaaaaaaaaaaa", "others would try"),
        ("ann.somebody@shop.example", "others would try"),
        ("Ann.Somebody", "others would try"),
    ],
)
def test_what_is_no_password(password: str, says: str) -> None:
    with pytest.raises(StoreInvalid, match=says) as caught:
        check_new(password, "ann.somebody@shop.example")
    assert password not in str(caught.value)


def test_what_is_one() -> None:
    check_new("correct horse", "ann@shop.example")
    check_new("pässwörter!", "ann@shop.example")
