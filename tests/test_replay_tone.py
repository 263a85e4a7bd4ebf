"""Skin in another tone: the cheeks get the colour asked for, and only skin changes."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation
from tryon.render.colour import ita_deg
from tryon.replay.tone import TONES, cheeks_lab, tag_of, toned

# What rounding to codes and an uneven cheek may cost.
LAB_ERROR = 0.7
ITA_ERROR_DEG = 1.0


@pytest.fixture(scope="module")
def points(astronaut_face: FaceObservation) -> F64:
    return astronaut_face.points_px.astype(np.float64)


@pytest.mark.parametrize("tone", TONES)
def test_the_cheeks_get_the_tone(astronaut: U8, points: F64, tone: str) -> None:
    seen = cheeks_lab(toned(astronaut, points, tone), points)
    assert np.abs(seen - TONES[tone]).max() < LAB_ERROR
    assert ita_deg(seen) == pytest.approx(ita_deg(np.array(TONES[tone])), abs=ITA_ERROR_DEG)


def test_tones_fall_into_their_classes() -> None:
    """Chardon's: very light > 55 > light > 41 > intermediate > 28 > tan > 10 > brown > -30 > dark."""
    angles = [ita_deg(np.array(lab)) for lab in TONES.values()]
    for angle, low, high in zip(angles, (55, 41, 28, 10, -30, -90), (90, 55, 41, 28, 10, -30), strict=True):
        assert low < angle < high
    assert [tag_of(angle) for angle in angles] == [
        "light_skin", "light_skin", "medium_skin", "medium_skin", "dark_skin", "dark_skin",
    ]  # fmt: skip


def test_only_skin_changes(astronaut: U8, points: F64) -> None:
    change = np.abs(toned(astronaut, points, "dark").astype(int) - astronaut).max(axis=2)
    width = float(np.ptp(points[:468, 0]))
    x, y = points[at.NASION, :2]
    rows, columns = np.indices(change.shape)
    far = np.hypot(columns - x, rows - y) > 1.4 * width
    assert change[far].max() <= 1, "the room, the suit and the hair's rim stay"
    for eye in (at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE):
        px, py = (int(value) for value in points[eye, :2])
        cheek_x, cheek_y = (int(value) for value in points[50, :2])
        assert change[py, px] < 0.5 * change[cheek_y, cheek_x]


def test_a_tone_of_its_own_changes_little(astronaut: U8, points: F64) -> None:
    once = toned(astronaut, points, "tan")
    twice = toned(once, points, "tan")
    assert np.abs(twice.astype(int) - once).mean() < 0.2
