"""Hands and arms before a garment: what hangs together with their bones, and what that changes in the maps."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.frame import F32, U8
from tryon.overlays.limbs import attached, put_before

UNIT = 60.0
# The right arm hangs beside, the left one lies across.
BONES: F32 = np.array(
    [[(10, 10), (10, 60), (10, 90), (10, 100)], [(110, 20), (110, 70), (70, 60), (50, 55)]], np.float32
)


def hand() -> U8:
    skin: U8 = np.zeros((120, 140), np.uint8)
    cv2.line(skin, (72, 60), (48, 55), (255.0,), 9)
    return skin


def test_a_hand_stays_and_what_is_apart_from_it_does_not() -> None:
    skin = hand()
    cv2.circle(skin, (60, 80), 6, (255.0,), -1)
    kept = attached(skin, BONES, UNIT)
    assert np.array_equal(kept[:70], skin[:70])
    assert not kept[70:].any()


def test_spread_fingers_belong_to_their_hand() -> None:
    skin = hand()
    cv2.line(skin, (55, 57), (45, 38), (255.0,), 3)
    assert np.array_equal(attached(skin, BONES, UNIT), skin)


def test_soft_edges_are_kept() -> None:
    skin = np.asarray(cv2.GaussianBlur(hand(), (5, 5), 0), np.uint8)
    kept = attached(skin, BONES, UNIT)
    assert np.abs(kept.astype(int) - skin).max() <= 20


def test_no_skin_is_no_limb_and_bones_may_be_far_out_of_the_picture() -> None:
    nothing: U8 = np.zeros((120, 140), np.uint8)
    assert not attached(nothing, BONES, UNIT).any()
    assert not attached(hand(), BONES + np.float32(1e7), UNIT).any()


def test_limbs_are_before_and_neither_covered_nor_folds() -> None:
    maps: U8 = np.zeros((6, 4, 4), np.uint8)
    maps[2], maps[3] = 255, 200
    maps[0, 0], maps[4, 0] = 255, 40
    limbs: U8 = np.zeros((4, 4), np.uint8)
    limbs[1], limbs[2] = 255, 51
    put_before(maps, limbs)
    assert maps[0, :, 0].tolist() == [255, 255, 51, 0]
    assert maps[2, :, 0].tolist() == [0, 0, 204, 255]
    assert maps[3, :, 0].tolist() == [0, 0, 160, 200]
    assert maps[4, :, 0].tolist() == [40, 255, 51, 0]
