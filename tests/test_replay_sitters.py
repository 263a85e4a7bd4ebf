"""The list of sample people."""

from __future__ import annotations

import re

from tryon.replay.sitters import SITTERS
from tryon.replay.tone import TONES


def test_each_says_what_it_is_and_the_portrait_comes_first() -> None:
    assert not SITTERS[0].made
    assert len({sitter.id for sitter in SITTERS}) == len({sitter.words for sitter in SITTERS}) == len(SITTERS)
    for sitter in SITTERS:
        assert re.fullmatch("[a-z]{1,16}", sitter.id), "as it stands in an address"
        assert sitter.words.startswith("Made: ") is sitter.made
        assert sitter.tone is None or sitter.tone in TONES
    # Several skins, and heads of both widths.
    assert len({sitter.tone for sitter in SITTERS}) >= 4
    assert min(sitter.width for sitter in SITTERS) < 1 < max(sitter.width for sitter in SITTERS)
