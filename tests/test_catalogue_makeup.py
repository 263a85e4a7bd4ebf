"""What makeup there is, and the sentences for what a type may not have."""

from __future__ import annotations

from typing import get_args

import pytest

from tryon.catalogue.makeup import (
    RULES,
    TONES_MAX,
    TYPES,
    Finish,
    Makeup,
    MakeupType,
    allowed_finish,
    allowed_template,
)


def test_every_type_has_a_rule_that_can_be_kept() -> None:
    assert get_args(MakeupType) == TYPES
    for rule in RULES.values():
        assert rule.finishes
        assert set(rule.finishes) <= set(get_args(Finish))
        assert len(set(rule.templates)) == len(rule.templates) >= 1
        assert 1 <= rule.tones <= TONES_MAX


def test_cosmetic_order_is_skin_then_eyes_then_lips() -> None:
    order = [Makeup(type=name, finish="matte", coverage=1.0).order for name in TYPES]
    assert order == sorted(order)
    for before, after in (
        ("foundation", "concealer"),
        ("concealer", "blush"),
        ("blush", "highlighter"),
        ("eyeshadow", "eyeliner"),
        ("eyeliner", "mascara"),
        ("lip_liner", "lipstick"),
    ):
        assert TYPES.index(before) < TYPES.index(after)


def test_what_a_type_may_not_have_is_told_with_what_it_may() -> None:
    assert allowed_finish("blush", "satin") == "satin"
    assert allowed_template("eyeliner", "cat_eye") == "cat_eye"
    with pytest.raises(ValueError, match="blush may be matte, satin, shimmer, not gloss"):
        allowed_finish("blush", "gloss")
    with pytest.raises(ValueError, match=r"eyeliner has the templates classic, .* not 'zigzag'"):
        allowed_template("eyeliner", "zigzag")
