"""The contact sheet: looks that can be worn."""

from __future__ import annotations

import pytest

from tryon.bench.makeup_sheet import TONES, columns
from tryon.looks import LookBook


@pytest.mark.parametrize("tone", TONES)
def test_each_column_is_a_look_of_the_catalogue(book: LookBook, tone: str) -> None:
    found = {title: book.resolve(items) for title, items in columns(tone).items()}
    assert found["bare"].overlays == ()
    assert len(found["eight products"].items) == 8
    assert len(found) >= 6
