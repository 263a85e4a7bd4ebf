"""Where products for the skin go."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.catalogue.makeup import RULES, MakeupType
from tryon.overlays.canonical import SIZE, inside, uv
from tryon.overlays.placement import area, hairless, one_side
from tryon.perception import landmarks as at

PLACED = [
    (name, template) for name, rule in RULES.items() if rule.region == "skin" for template in rule.templates
]


def at_point(coverage: np.ndarray, point: int) -> float:  # type: ignore[type-arg]
    x, y = (uv()[point] * SIZE).astype(int)
    return float(coverage[y, x])


@pytest.mark.parametrize(("type_", "template"), PLACED)
def test_each_template_has_an_area_that_is_soft_and_the_same_on_both_sides(
    type_: MakeupType, template: str
) -> None:
    coverage = area(type_, template)
    assert coverage.shape == (SIZE, SIZE)
    assert 0.2 < coverage.max() <= 1.0
    assert coverage.min() == 0.0
    assert np.abs(coverage - coverage[:, ::-1]).mean() < 0.004
    # No step anybody could see: a texel is half a millimetre.
    assert max(np.abs(np.diff(coverage, axis=0)).max(), np.abs(np.diff(coverage, axis=1)).max()) < 0.45
    for clean in (at.RIGHT_EYE, at.LEFT_EYE, at.LIPS_OUTER):
        assert coverage[inside(clean)].max() < 0.02
    assert coverage[0].max() == coverage[-1].max() == 0.0


@pytest.mark.parametrize(
    ("type_", "template", "there", "not_there"),
    [
        ("foundation", "full", (9, 50, 280, 4, 199), (10, 152, 234, 454)),
        ("concealer", "under_eye", (230, 450), (50, 9)),
        ("contour", "sculpt", (147, 376), (9, 4)),
        ("contour", "nose", (174, 399), (50, 9)),
        ("blush", "apple", (50, 280), (9, 4, 116)),
        ("blush", "lifted", (123, 352), (9, 4)),
        ("blush", "sunkissed", (50, 195, 280), (9,)),
        ("highlighter", "cheekbones", (117, 346), (9, 4)),
        ("highlighter", "full_glow", (117, 197, 346), (50,)),
    ],
)
def test_it_lies_where_it_belongs(
    type_: MakeupType, template: str, there: tuple[int, ...], not_there: tuple[int, ...]
) -> None:
    coverage = area(type_, template)
    assert min(at_point(coverage, point) for point in there) > 0.2
    assert max(at_point(coverage, point) for point in not_there) < 0.15


def test_sides() -> None:
    left, right = one_side("left"), one_side("right")
    assert one_side(None).min() == 1.0
    assert left + right == pytest.approx(np.ones((SIZE, SIZE)))
    assert left[100, -1] == right[100, 0] == 1.0


def test_others_are_not_for_the_skin() -> None:
    with pytest.raises(KeyError):
        area("lipstick", "full")


def test_no_hair_grows_on_nose_folds_and_cheeks_but_on_brows_chin_and_forehead() -> None:
    bald = hairless()
    assert min(at_point(bald, point) for point in (4, 197, 129, 358, 206, 426, 50, 280, 230, 450)) > 0.9
    assert max(at_point(bald, point) for point in (105, 334, 10, 152, 234, 454, 172, 397, 17)) < 0.1


@pytest.mark.parametrize("template", ["apple", "lifted", "draped", "sunkissed"])
def test_a_blush_has_no_edge(template: str) -> None:
    coverage = area("blush", template)
    # A texel is half a millimetre: from nothing to its strength it takes a centimetre at the least.
    steepest = max(np.abs(np.diff(coverage, axis=axis)).max() for axis in (0, 1))
    assert steepest < coverage.max() / 25


def test_a_foundation_leaves_brows() -> None:
    """They would be gone under it where a soft picture has them as bright as shaded skin."""
    coverage = area("foundation", "full")
    for brow in ((70, 63, 105, 66), (46, 53, 52, 65), (300, 293, 334, 296), (276, 283, 282, 295)):
        assert np.mean([at_point(coverage, point) for point in brow]) < 0.5
    assert at_point(coverage, 9) > 0.95
    assert at_point(coverage, 151) > 0.95


def test_a_lifted_blush_goes_up_along_the_cheekbone() -> None:
    coverage = area("blush", "lifted")
    assert at_point(coverage, 116) > 1.2 * at_point(coverage, 50) > 0.2
    assert at_point(coverage, 205) < 0.1
