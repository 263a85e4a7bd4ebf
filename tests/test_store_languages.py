"""What a browser says that its user likes."""

from __future__ import annotations

from tryon.store.languages import wishes


def test_wishes_come_in_the_order_in_which_they_are_liked() -> None:
    assert wishes("en;q=0.4, DE-at, fr;q=0.9, nonsense;;, es;q=0") == ["de-at", "fr", "en"]
    assert wishes("") == []
    assert len(wishes(",".join(["de"] * 100))) == 20
