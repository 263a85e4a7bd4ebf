"""Skirts and trousers cut into parts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.test_catalogue_lower_points import source
from tryon.frame import U8
from tryon.overlays.lower_parts import ACROSS, BREADTH, LEG, SEAT, SKIRT, LowerParts, lower_parts_of


@pytest.fixture(scope="module")
def trousers() -> LowerParts:
    return lower_parts_of(*source("quarry-jeans"))


@pytest.fixture(scope="module")
def skirt() -> LowerParts:
    return lower_parts_of(*source("orchard-skirt"))


def test_halves_of_trousers_share_their_centre_line(trousers: LowerParts) -> None:
    right, left = (
        trousers.halves[side].texels.reshape(len(SEAT) + len(LEG), len(ACROSS), 2)
        for side in ("right", "left")
    )
    inner = list(ACROSS).index(1.0)
    assert np.array_equal(right[: len(SEAT), inner], left[: len(SEAT), inner])
    # Nothing of a half lies beyond it above the crotch, and each leg is on its own side below.
    assert np.ptp(right[: len(SEAT), inner:], axis=1).max() == 0
    assert (right[len(SEAT) + 2 :, inner, 0] < left[len(SEAT) + 2 :, inner, 0]).all()
    assert (trousers.points["right_leg_inner"] < trousers.points["left_leg_inner"]).any()


def test_a_leg_has_none_of_the_other(trousers: LowerParts) -> None:
    picture, _, _ = source("quarry-jeans")
    points = trousers.points
    row = int(points["crotch"][1] + 0.6 * (points["left_leg_inner"][1] - points["crotch"][1]))
    middle = int(points["crotch"][0])
    alphas = {side: part.textures[0][row, :, 3] for side, part in trousers.halves.items()}
    assert alphas["right"][middle:].max() == alphas["left"][:middle].max() == 0
    # There is more room around than in the picture.
    together = np.trim_zeros(np.maximum(alphas["right"], alphas["left"]))
    assert np.array_equal(together, np.trim_zeros(picture[row, :, 3]))


def test_measures_are_those_of_the_picture(trousers: LowerParts, skirt: LowerParts) -> None:
    # The generator's jeans: hips 52 cm, rise 27.5, inseam 77.5; skirt: hips 48, 20 down to them, 72 long.
    assert trousers.rise / trousers.unit == pytest.approx(27.5 * 6, rel=0.02)
    assert trousers.fall / trousers.rise == pytest.approx(77.5 / 27.5, rel=0.03)
    assert skirt.fall / skirt.rise == pytest.approx(52 / 20, rel=0.03)
    assert skirt.widths["left"][-1] / skirt.widths["left"][2] == pytest.approx(36 / 18.5, rel=0.06)
    for parts in (trousers, skirt):
        assert parts.widths["left"] == pytest.approx(parts.widths["right"], abs=0.02)


def test_a_skirts_rows_follow_its_curved_hem(skirt: LowerParts) -> None:
    assert skirt.skirt is not None
    rows = skirt.skirt.texels.reshape(len(SKIRT), len(BREADTH), 2)
    last = list(SKIRT).index(1.0)
    middle = list(BREADTH).index(0.0)
    side = list(BREADTH).index(1.0)
    assert rows[last, middle] == pytest.approx(skirt.points["hem_centre"], abs=1.5)
    assert rows[last, side] == pytest.approx(skirt.points["left_hem"], abs=6)
    assert rows[last, middle, 1] > rows[last, side, 1] + 5


def test_cloth_is_drawn_out_to_the_sides_and_not_beyond_the_ends(trousers: LowerParts) -> None:
    part = trousers.halves["right"]
    alpha, reach = part.textures[0][..., 3], part.textures[0][..., 4]
    at = trousers.points
    middle = int((at["right_hip"][1] + at["right_leg_outer"][1]) / 2)
    beyond = (alpha < 10) & (reach > 200)
    assert beyond[middle].sum() * trousers.unit > 0.1
    assert not beyond[: int(at["right_waist"][1])].any()
    assert not beyond[int(at["right_leg_outer"][1]) :].any()
    # Less where a shoe stands.
    low = int(at["right_leg_outer"][1] - 0.03 / trousers.unit)
    assert beyond[low].sum() < 0.5 * beyond[middle].sum()


def test_legs_that_touch_in_the_picture_are_parted() -> None:
    bgra: U8 = np.zeros((700, 400, 4), np.uint8)
    cv2.fillPoly(
        bgra, [np.array([(120, 20), (280, 20), (330, 680), (70, 680)], np.int32)], (90.0, 80.0, 70.0, 255.0)
    )
    points = {
        "right_waist": (120.0, 20.0), "left_waist": (280.0, 20.0), "waist_centre": (200.0, 20.0),
        "right_hip": (106.0, 190.0), "left_hip": (294.0, 190.0), "crotch": (200.0, 210.0),
        "right_leg_outer": (70.0, 680.0), "right_leg_inner": (199.0, 680.0),
        "left_leg_outer": (330.0, 680.0), "left_leg_inner": (201.0, 680.0),
    }  # fmt: skip
    parts = lower_parts_of(bgra, points, "trousers")
    right, left = (parts.halves[side].textures[0][500, :, 3] for side in ("right", "left"))
    assert right[150] == left[250] == 255
    assert right[205:].max() == left[:195].max() == 0


@pytest.mark.parametrize("sku", ["quarry-jeans", "orchard-skirt"])
def test_cloth_is_drawn_out_though_the_picture_ends_at_its_sides(sku: str) -> None:
    picture, points, cut = source(sku)
    columns = np.flatnonzero((picture[..., 3] > 0).any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    close = {name: (x - left, y) for name, (x, y) in points.items()}
    parts = lower_parts_of(np.ascontiguousarray(picture[:, left:right]), close, cut)
    side, name = (parts.halves["left"], "left_hip") if parts.skirt is None else (parts.skirt, "left_hem")
    x, y = (int(value) for value in parts.points[name])
    row = side.textures[0][y - 4]
    edge = int(np.flatnonzero(row[x - 6 :, 3])[-1]) + x - 6
    # Not at all it was, beyond the picture's last column.
    assert row[edge + 2 : edge + int(0.1 / parts.unit), 4].min() > 200
    assert row[edge + 2 : edge + int(0.1 / parts.unit), :3].max(axis=-1).min() > 20
