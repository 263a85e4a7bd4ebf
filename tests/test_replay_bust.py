"""The head behind a face: closed, outside out, of an adult's size, and the face itself in front."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.frame import F64
from tryon.geometry.head import template
from tryon.perception import landmarks as at
from tryon.replay.bust import MIDDLE_MM, Solid, directions, disc_places, grow


@pytest.fixture(scope="module")
def face() -> F64:
    return template().points_mm[: at.SURFACE_COUNT]


@pytest.fixture(scope="module")
def solid(face: F64) -> Solid:
    """A head whose portrait shows no hair: as far as a bald skull reaches."""
    azimuth = np.radians(np.arange(360))
    return grow(face, np.hypot(72 * np.cos(azimuth), 128 * np.sin(azimuth)))


@given(st.floats(-110, 110), st.floats(-110, 110))
def test_places_on_the_disc_are_directions(across: float, down: float) -> None:
    place = np.array([[across, down]])
    back, distance = disc_places(MIDDLE_MM + 90 * directions(place))
    assert back == pytest.approx(place, abs=1e-6)
    assert distance == pytest.approx(90)


def test_the_face_is_the_landmarks(solid: Solid, face: F64) -> None:
    inner = np.setdiff1d(np.arange(at.SURFACE_COUNT), at.FACE_OVAL)
    away = np.linalg.norm(solid.at(face[inner]) - face[inner], axis=1)
    assert np.median(away) < 0.5
    assert np.percentile(away, 95) < 3


def test_the_head_has_an_adults_size(solid: Solid) -> None:
    """Farkas 1994, adults: breadth 144-152, length 187-196 mm and the spread of either."""
    low, high = solid.vertices_mm.min(axis=0), solid.vertices_mm.max(axis=0)
    assert 138 < high[0] - low[0] < 162
    glabella = solid.vertices_mm[solid.vertices_mm[:, 1] > 5, 2].max()
    assert 172 < glabella - low[2] < 205
    assert 85 < high[1] < 125, "the crown above the nasion"


def test_every_triangle_looks_outwards(solid: Solid) -> None:
    a, b, c = (solid.vertices_mm[solid.triangles[:, k]] for k in range(3))
    outwards = (np.cross(b - a, c - a) * ((a + b + c) / 3 - MIDDLE_MM)).sum(axis=1)
    assert np.all(outwards > 0)
    assert np.linalg.norm(solid.normals, axis=1) == pytest.approx(1.0)


def test_behind_the_face_nothing_jumps(solid: Solid) -> None:
    a, b = solid.vertices_mm[solid.triangles[:, 0]], solid.vertices_mm[solid.triangles[:, 1]]
    assert np.linalg.norm(a - b, axis=1).max() < 30


def test_hair_makes_the_head_as_wide_as_the_portrait(face: F64) -> None:
    wide = grow(face, np.full(360, 105.0))
    beside = wide.vertices_mm[np.abs(wide.vertices_mm[:, 1]) < 20]
    assert np.ptp(beside[:, 0]) == pytest.approx(210, rel=0.08)


def test_the_landmarks_depth_is_that_of_published_heads() -> None:
    """The nose stands out by 16-23 mm from below it (Farkas 1994, sn-prn), and faces are 125-146 mm wide (zy-zy)."""
    points = template().points_mm
    assert 16 < np.linalg.norm(points[at.NOSE_TIP] - points[2]) < 23
    assert 125 < points[at.LEFT_TRAGUS, 0] - points[at.RIGHT_TRAGUS, 0] < 146
