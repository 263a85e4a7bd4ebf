from __future__ import annotations

import pytest

from tryon.web.security import origin_allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "expected"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", (), True),
        ("https://shop.example", "shop.example", (), True),
        ("https://shop.example", "shop.example:443", (), True),
        ("https://SHOP.example", "shop.example", (), True),
        ("http://[::1]:8080", "[::1]:8080", (), True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", (), False),
        ("http://localhost:8080", "127.0.0.1:8080", (), False),
        ("https://shop.example.evil.example", "shop.example", (), False),
        ("https://evil.example/shop.example", "shop.example", (), False),
        ("https://shop.example@evil.example", "shop.example", (), False),
        ("https://user@shop.example", "shop.example", (), False),
        ("file://", "", (), False),
        ("http://[", "shop.example", (), False),
        ("file://shop.example", "shop.example", (), False),
        ("", "", (), False),
        (None, "shop.example", (), False),
        ("null", "shop.example", (), False),
        (None, "shop.example", ("null",), True),
        ("null", "shop.example", ("null",), True),
        ("https://store.example", "shop.example", ("https://store.example",), True),
        ("https://store.example:444", "shop.example", ("https://store.example",), False),
        ("http://store.example", "shop.example", ("https://store.example",), False),
    ],
)
def test_which_pages_may_open_the_socket(
    origin: str | None, host: str, allowed: tuple[str, ...], expected: bool
) -> None:
    assert origin_allowed(origin, host, allowed) is expected
