"""Which points a garment has to have."""

from __future__ import annotations

import pytest

from tryon.catalogue.garment import CUFFS, NEEDED, check_points


def test_all_points_or_all_but_the_cuffs_will_do() -> None:
    check_points(dict.fromkeys(NEEDED, (1.0, 2.0)))
    check_points(dict.fromkeys((*NEEDED, *CUFFS), (1.0, 2.0)))


@pytest.mark.parametrize("missing", ["left_neck", "hem_centre", "right_cuff_inner"])
def test_what_is_missing_is_named(missing: str) -> None:
    names = [name for name in (*NEEDED, *CUFFS) if name != missing]
    with pytest.raises(ValueError, match=f"lacks {missing}"):
        check_points(dict.fromkeys(names, (1.0, 2.0)))
