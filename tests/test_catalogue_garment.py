"""Which points a garment has to have."""

from __future__ import annotations

from typing import cast

import pytest

from tryon.catalogue.garment import CUFFS, LOWER, NEEDED, CutName, PointName, check_points


def points(*names: str) -> dict[PointName, tuple[float, float]]:
    return {cast("PointName", name): (1.0, 2.0) for name in names}


def test_all_points_or_all_but_the_cuffs_will_do() -> None:
    check_points(points(*NEEDED))
    check_points(points(*NEEDED, *CUFFS))


@pytest.mark.parametrize("missing", ["left_neck", "hem_centre", "right_cuff_inner"])
def test_what_is_missing_is_named(missing: str) -> None:
    names = [name for name in (*NEEDED, *CUFFS) if name != missing]
    with pytest.raises(ValueError, match=f"lacks {missing}"):
        check_points(points(*names))


@pytest.mark.parametrize("cut", ["skirt", "trousers"])
def test_what_hangs_from_the_hips_has_points_of_its_own(cut: CutName) -> None:
    needed = LOWER[cut]
    check_points(points(*needed), cut)
    with pytest.raises(ValueError, match="lacks left_hip"):
        check_points(points(*(name for name in needed if name != "left_hip")), cut)
    with pytest.raises(ValueError, match=f"{cut!r} has no left_neck"):
        check_points(points(*needed, "left_neck"), cut)


def test_points_of_trousers_are_none_of_a_shirts() -> None:
    with pytest.raises(ValueError, match="'shirt' has no crotch"):
        check_points(points(*NEEDED, "crotch"), "shirt")
