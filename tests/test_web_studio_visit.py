"""Where a sign-in leads back to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.web.studio.visit import HOME, safe_next, sign_in_address


@pytest.mark.parametrize(
    "told", ["/studio/log", "/studio/products/velvet?done=x", "/studio/products?q=a+b&state=live"]
)
def test_our_own_pages(told: str) -> None:
    assert safe_next(told) == told


@given(st.text(max_size=60))
def test_nothing_leads_off_the_studio(told: str) -> None:
    for text in (told, f"/{told}", f"//{told}", f"/studio/{told}", f"https://{told}"):
        back = safe_next(text)
        assert back.startswith("/studio/")
        assert "//" not in back
        assert "\\" not in back


def test_the_door_leads_back() -> None:
    assert sign_in_address(HOME) == "/studio/sign-in"
    assert sign_in_address("/studio/log", "ended") == "/studio/sign-in?next=%2Fstudio%2Flog&why=ended"
    assert sign_in_address("https://evil.example") == "/studio/sign-in"
