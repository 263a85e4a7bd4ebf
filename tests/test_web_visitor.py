"""A session's token for its own pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tryon.web.visitor import csrf_of, csrf_right


def test_bytes_that_are_no_text_are_no_token() -> None:
    assert not csrf_right("secret", "\udcff")


@given(st.text(), st.text())
def test_a_token_is_right_for_its_own_session_alone(secret: str, other: str) -> None:
    assert csrf_right(secret, csrf_of(secret))
    assert csrf_right(other, csrf_of(secret)) is (other == secret)
    assert not csrf_right(secret, other)
