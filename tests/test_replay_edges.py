"""Edges that move along with a product are calm, edges that come and go flicker."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import F32, F64, U8
from tryon.replay.edges import EdgeWatch

CORNERS: F64 = np.array([[60.0, 50.0], [180.0, 50.0], [180.0, 90.0], [60.0, 90.0]])


def skin(seed: int = 0) -> U8:
    """A bright ground with soft spots."""
    random = np.random.default_rng(seed).normal(0, 90, (140, 240)).astype(np.float32)
    spots = np.asarray(cv2.GaussianBlur(random, (0, 0), 6), np.float32)
    return np.asarray(np.clip(170 + spots, 0, 255), np.uint8)


def dressed(ground: U8, points: F64, hard: bool = False) -> U8:
    """A dark bar's outline between CORNERS, moved along with ``points`` by parts of a pixel."""
    cover: F32 = np.zeros(ground.shape, np.float32)
    cv2.polylines(cover, [CORNERS.astype(np.int32)], True, (1.0,), 7)
    if not hard:
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 1.2), np.float32)
    shift = np.column_stack([np.eye(2), (points - CORNERS).mean(axis=0)])
    cover = np.asarray(cv2.warpAffine(cover, shift, ground.shape[::-1], flags=cv2.INTER_CUBIC), np.float32)
    return np.asarray(np.rint(ground * (1 - cover) + 25 * cover), np.uint8)


def flicker(*steps: tuple[U8, U8, F64]) -> float:
    watch = EdgeWatch()
    assert watch.see(*steps[0]) is None
    found = [watch.see(*step) for step in steps[1:]]
    changes = [edge for edge in found if edge is not None]
    assert len(changes) == len(found)
    return 100 * sum(edge.change for edge in changes) / sum(edge.added for edge in changes)


def test_a_product_that_rests_or_moves_whole_does_not_flicker() -> None:
    ground = skin()
    rest = (ground, dressed(ground, CORNERS), CORNERS)
    assert flicker(rest, rest, rest) == 0
    walk = [CORNERS + np.array([0.4, 0.25]) * n for n in range(8)]
    assert flicker(*[(ground, dressed(ground, points), points) for points in walk]) < 4


def test_an_edge_that_is_redrawn_differently_flickers() -> None:
    ground = skin()
    soft, hard = ((ground, dressed(ground, CORNERS, kind), CORNERS) for kind in (False, True))
    assert flicker(soft, hard, soft, hard) > 3
    pale = dressed(ground, CORNERS)
    pale = np.asarray(pale // 2 + ground // 2, np.uint8)
    assert flicker(soft, (ground, pale, CORNERS), soft) > 25


def test_grain_of_the_camera_counts_for_little() -> None:
    random = np.random.default_rng(3)
    steps = []
    for _ in range(6):
        ground = np.clip(skin() + random.normal(0, 4, (140, 240)), 0, 255).astype(np.uint8)
        steps.append((ground, dressed(ground, CORNERS), CORNERS))
    assert flicker(*steps) < 2.5


def test_where_there_is_no_edge_there_is_nothing_to_say() -> None:
    ground, watch = skin(), EdgeWatch()
    for _ in range(3):
        assert watch.see(ground, ground, CORNERS) is None
    away = CORNERS + 1000
    assert watch.see(ground, dressed(ground, CORNERS), away) is None
    watch.see(ground, dressed(ground, CORNERS), CORNERS)
    watch.forget()
    assert watch.see(ground, dressed(ground, CORNERS), CORNERS) is None


def test_the_pictures_stay_as_they_are() -> None:
    ground = skin()
    after = dressed(ground, CORNERS)
    copies = ground.copy(), after.copy()
    flicker((ground, after, CORNERS), (ground, after, CORNERS))
    assert np.array_equal(ground, copies[0])
    assert np.array_equal(after, copies[1])
    assert flicker((ground, after, CORNERS), (ground, after, CORNERS)) == pytest.approx(0)
