"""Digits behind a price's point."""

from __future__ import annotations

import pytest

from tryon.store.currency import THOUSANDTHS, WHOLE, minor_digits


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("XXX", 2)])
def test_digits(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert not set(WHOLE) & set(THOUSANDTHS)
