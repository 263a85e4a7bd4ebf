"""A product as it is put on."""

from __future__ import annotations

import pytest

from tryon.catalogue.makeup import TYPES
from tryon.overlays.application import Application, rgb8


def test_what_renderers_ask_of_it() -> None:
    one = Application("eyeshadow", ((rgb8("#0a141e"), "shimmer"), ((1, 2, 3), "matte")), 0.8, 0.5)
    assert (one.color, one.finish) == ((10, 20, 30), "shimmer")
    assert one.amount == pytest.approx(0.4)
    assert (one.placed, one.region) == ("gradient", "eyes")
    assert TYPES[one.order] == "eyeshadow"
    assert Application("eyeliner", one.tones, 1.0, template="winged").placed == "winged"
