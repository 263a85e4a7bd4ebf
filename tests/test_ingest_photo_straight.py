"""Frames put straight by their own symmetry."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.errors import BadAsset
from tryon.frame import F32, F64
from tryon.ingest.photo_find import find_frame
from tryon.ingest.photo_ground import Ground
from tryon.ingest.photo_straight import Straight, straightened

SHAPE = (
    np.array(
        [(0, -20), (60, -30), (140, -34), (150, -20), (130, 10), (100, 45), (50, 40), (20, 0), (0, -6)], float
    )
    * 1.15
)


def drawn(roll_deg: float, keystone: float = 0.0, lopsided: float = 0.0) -> tuple[F32, F64]:
    """A frame's outline on a canvas, and its corners there."""
    outline = np.concatenate((SHAPE, (SHAPE * (-1, 1))[::-1]))
    outline[outline[:, 0] < 0, 1] *= 1 + lopsided
    grown = outline * (1 + keystone / 2 * outline[:, :1] / 180)
    angle = np.radians(roll_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = grown @ turn.T + (270.0, 230.0)
    cover = np.zeros((460, 540), np.float32)
    cv2.fillPoly(cover, [np.rint(points * 16).astype(np.int32)], [1.0], cv2.LINE_8, 4)
    return cover, points


def straight_of(cover: F32) -> Straight:
    bgr = np.ascontiguousarray(np.repeat((255 - 200 * cover)[..., None], 3, axis=2).astype(np.uint8))
    return straightened(bgr, Ground(cover, np.ones((*cover.shape, 3), np.float32)), find_frame(cover))


@pytest.mark.parametrize("roll", [-22.0, -6.0, -1.0, 0.0, 2.5, 12.0])
def test_roll_is_found_and_taken_out(roll: float) -> None:
    straight = straight_of(drawn(roll)[0])
    assert straight.roll_deg == pytest.approx(roll, abs=0.3)
    assert np.abs(straight.cover - straight.cover[:, ::-1]).mean() < 0.01
    assert straight.bgr.shape[1] % 2 == 1


@pytest.mark.parametrize("keystone", [-0.06, 0.04])
def test_one_side_larger_than_the_other(keystone: float) -> None:
    straight = straight_of(drawn(3.0, keystone)[0])
    assert straight.keystone == pytest.approx(keystone, abs=0.02)
    assert np.abs(straight.cover - straight.cover[:, ::-1]).mean() < 0.02


def test_places_go_back_to_the_photo() -> None:
    cover, corners = drawn(8.0, 0.04)
    straight = straight_of(cover)
    y, x = np.nonzero(straight.cover > 0.5)
    back = straight.to_photo(np.column_stack((x, y)).astype(float))
    assert (cover[tuple(np.rint(back[:, ::-1]).astype(int).T)] > 0).mean() > 0.98
    assert back.min(axis=0) == pytest.approx(corners.min(axis=0), abs=2)


def test_what_is_not_seen_from_the_front_is_refused() -> None:
    for cover in (drawn(0.0, lopsided=1.0)[0], drawn(29.0)[0]):
        with pytest.raises(BadAsset, match="straight from the front"):
            straight_of(cover)
