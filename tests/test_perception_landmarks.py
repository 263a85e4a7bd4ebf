"""The names of the face mesh's points, held against the mean head, where left and right are known."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.geometry.head import template
from tryon.perception import landmarks as at

GROUPS = {
    name: value
    for name, value in vars(at).items()
    if isinstance(value, np.ndarray) and value.dtype == np.intp
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_names_existing_points_once_and_stays_as_it_is(name: str) -> None:
    group = GROUPS[name]
    assert group.min() >= 0
    assert group.max() < at.POINT_COUNT
    assert len(np.unique(group)) == len(group)
    with pytest.raises(ValueError, match="read-only"):
        group[0] = 1


@pytest.mark.parametrize(
    ("right", "left"),
    [
        (at.RIGHT_EYE_OUTER, at.LEFT_EYE_OUTER),
        (at.RIGHT_EYE_INNER, at.LEFT_EYE_INNER),
        (at.RIGHT_TRAGUS, at.LEFT_TRAGUS),
        (at.RIGHT_MOUTH_CORNER, at.LEFT_MOUTH_CORNER),
        (at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE),
    ],
)
def test_right_and_left_are_the_wearers_and_mirror_one_another(right: int, left: int) -> None:
    head = template()
    assert head.mirror[right] == left
    assert head.points_mm[right, 0] < 0 < head.points_mm[left, 0]  # +x is the wearer's left


@pytest.mark.parametrize("point", [at.NASION, at.NOSE_TIP, at.CHIN, at.FOREHEAD_TOP])
def test_points_of_the_middle_are_their_own_twins(point: int) -> None:
    assert template().mirror[point] == point


def test_the_middle_reads_from_forehead_to_chin() -> None:
    height = template().points_mm[[at.FOREHEAD_TOP, at.NASION, at.NOSE_TIP, at.CHIN], 1]
    assert (np.diff(height) < 0).all()


@pytest.mark.parametrize("name", ["RIGID", "LIPS_OUTER", "LIPS_INNER", "FACE_OVAL", "REFINED_LIPS"])
def test_groups_of_both_halves_hold_the_twin_of_each_point(name: str) -> None:
    assert set(template().mirror[GROUPS[name]]) == set(GROUPS[name])


@pytest.mark.parametrize(
    ("right", "left"),
    [("RIGHT_EYE", "LEFT_EYE"), ("RIGHT_IRIS", "LEFT_IRIS"), ("REFINED_RIGHT_EYE", "REFINED_LEFT_EYE")],
)
def test_groups_of_one_half_have_their_twins_on_the_other(right: str, left: str) -> None:
    assert set(template().mirror[GROUPS[right]]) == set(GROUPS[left])


@pytest.mark.parametrize("name", ["RIGHT_EYE", "LEFT_EYE", "LIPS_OUTER", "LIPS_INNER", "FACE_OVAL"])
def test_contours_go_round_once(name: str) -> None:
    ring = template().points_mm[GROUPS[name], :2]
    # A lens-shaped contour is star-shaped about its middle once it is made as high as it is wide.
    spokes = (ring - ring.mean(axis=0)) / np.ptp(ring, axis=0)
    angles = np.unwrap(np.arctan2(spokes[:, 1], spokes[:, 0]))
    turns = (angles[-1] - angles[0]) / (2 * np.pi)
    assert 0.8 < abs(turns) < 1.0
    assert (np.sign(np.diff(angles)) == np.sign(turns)).mean() > 0.8


def test_nothing_that_speaks_or_blinks_decides_the_pose() -> None:
    # The eyes' corners ride on bone, the lids between them do not.
    corners = {at.RIGHT_EYE_OUTER, at.RIGHT_EYE_INNER, at.LEFT_EYE_OUTER, at.LEFT_EYE_INNER}
    lids = (set(at.RIGHT_EYE) | set(at.LEFT_EYE)) - corners
    moving = lids | set(at.REFINED_LIPS) | {at.CHIN} | set(range(at.SURFACE_COUNT, at.POINT_COUNT))
    assert not moving & set(at.RIGID)


def test_the_refined_eyes_begin_with_their_lids() -> None:
    assert set(at.REFINED_RIGHT_EYE[: at.LID_POINTS]) == set(at.RIGHT_EYE)
    assert set(at.REFINED_LEFT_EYE[: at.LID_POINTS]) == set(at.LEFT_EYE)
    assert set(at.REFINED_LIPS[:20]) == set(at.LIPS_OUTER)
    assert set(at.REFINED_LIPS[20:40]) == set(at.LIPS_INNER)
