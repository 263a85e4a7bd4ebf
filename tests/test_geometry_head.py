"""The mean head and the skull behind it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.frame import F64
from tryon.geometry.head import IRIS_MM, RESPONSE, as_seen, skull, template
from tryon.perception import landmarks as at

MIRROR = np.array([-1.0, 1.0, 1.0])


def normals(points: F64, triangles: NDArray[np.int32]) -> F64:
    """Twice the area times the outward normal of each triangle that is counter-clockwise seen from outside."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.asarray(np.cross(b - a, c - a), np.float64)


def edges(triangles: NDArray[np.int32]) -> Counter[tuple[int, int]]:
    """How often each edge is walked in each direction."""
    walked: Counter[tuple[int, int]] = Counter()
    for a, b, c in triangles[:, :3].tolist():
        walked.update(((a, b), (b, c), (c, a)))
    return walked


def test_the_values_are_shared_and_read_only() -> None:
    assert template() is template()
    assert skull() is skull()
    assert as_seen() is as_seen()
    for array in (
        template().points_mm, template().mirror, template().triangles, template().error_part, as_seen(),
        skull().points_mm, skull().triangles,
    ):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_template_is_its_own_mirror_image() -> None:
    head = template()
    assert np.array_equal(head.mirror[head.mirror], np.arange(at.POINT_COUNT))
    assert np.allclose(head.points_mm * MIRROR, head.points_mm[head.mirror], atol=1e-6)


def test_as_the_network_sees_it_it_is_shallower() -> None:
    assert np.allclose(as_seen(), template().points_mm * RESPONSE)
    assert np.ptp(as_seen()[:, 2]) < np.ptp(template().points_mm[:, 2])


def test_the_networks_errors_are_the_same_on_both_sides_and_larger_in_depth() -> None:
    error = template().error_part
    assert error.shape == (at.POINT_COUNT, 2)
    assert (error > 0).all()
    assert np.allclose(error, error[template().mirror], atol=1e-6)
    assert np.median(error[:, 1]) > np.median(error[:, 0])


def test_its_origin_is_the_nasion_and_its_irises_measure_what_irises_do() -> None:
    points = template().points_mm
    assert np.allclose(points[at.NASION], 0, atol=1e-9)
    for iris in (at.RIGHT_IRIS, at.LEFT_IRIS):
        assert np.hypot(*(points[iris[0]] - points[iris[2]])[:2]) == pytest.approx(IRIS_MM, abs=0.1)


def test_it_is_upright_and_as_large_as_a_head() -> None:
    points = template().points_mm
    # Seen from the side the eyes' outer corners stand 20.8° above the traguses.
    rise, reach = points[at.LEFT_EYE_OUTER, 1:] - points[at.LEFT_TRAGUS, 1:]
    assert np.degrees(np.arctan2(rise, reach)) == pytest.approx(20.8, abs=0.3)
    width, height, _ = np.ptp(points[: at.SURFACE_COUNT], axis=0)
    assert 120 < width < 170
    assert 140 < height < 210
    assert points[at.NOSE_TIP, 2] == points[:, 2].max()


def test_its_triangles_cover_every_surface_point_once() -> None:
    triangles = template().triangles
    assert set(np.unique(triangles[:, :3])) == set(range(at.SURFACE_COUNT))
    assert (triangles[:, 3] == 0).all()
    walked = edges(triangles)
    assert max(walked.values()) == 1, "two triangles walk one edge in the same direction"
    # An open edge belongs to the outline; the mesh has holes nowhere but at the eyes and the mouth, if there.
    open_points = {a for a, b in walked if (b, a) not in walked}
    assert set(at.FACE_OVAL) <= open_points
    assert open_points <= {*at.FACE_OVAL, *at.RIGHT_EYE, *at.LEFT_EYE, *at.LIPS_INNER}


def test_its_triangles_face_outwards() -> None:
    head = template()
    out = normals(head.points_mm, head.triangles)
    middles = head.points_mm[head.triangles[:, :3]].mean(axis=1)
    # The middle of a head lies some 90 mm behind its nasion; nostrils and lids may turn away from it.
    away = (out * (middles - (0, -20, -90))).sum(axis=1) > 0
    areas = np.linalg.norm(out, axis=1)
    assert areas[away].sum() > 0.99 * areas.sum()


def test_the_skull_faces_outwards() -> None:
    solid = skull()
    first_ear = len(solid.points_mm) - 16
    bodies = [
        np.arange(first_ear),
        np.arange(first_ear, first_ear + 8),
        np.arange(first_ear + 8, first_ear + 16),
    ]
    for body, middle in zip(bodies, ((0, 20, -92), None, None), strict=True):
        triangles = solid.triangles[np.isin(solid.triangles[:, 0], body)]
        assert np.isin(triangles[:, :3], body).all()
        centre = solid.points_mm[body].mean(axis=0) if middle is None else np.array(middle)
        middles = solid.points_mm[triangles[:, :3]].mean(axis=1)
        assert ((normals(solid.points_mm, triangles) * (middles - centre)).sum(axis=1) >= 0).all()


def test_the_ears_are_closed() -> None:
    solid = skull()
    first_ear = len(solid.points_mm) - 16
    walked = edges(solid.triangles[solid.triangles[:, 0] >= first_ear])
    assert all(walked[b, a] == walked[a, b] == 1 for a, b in list(walked))


def test_the_cranium_begins_at_the_faces_outline_and_reaches_the_back_of_the_head() -> None:
    solid = skull()
    oval = template().points_mm[at.FACE_OVAL]
    assert np.array_equal(solid.points_mm[: len(oval)], oval)
    cranium = solid.points_mm[:-16]
    # 190 mm from the glabella to the back of the head, less the skin, as adults measure.
    assert 150 < -cranium[:, 2].min() < 200
    assert 120 < np.ptp(cranium[:, 0]) < 165
    assert 80 < cranium[:, 1].max() < 130


def test_the_cranium_is_open_only_where_the_face_closes_it_and_at_the_back() -> None:
    solid = skull()
    count = len(at.FACE_OVAL)
    walked = edges(solid.triangles[solid.triangles[:, 0] < len(solid.points_mm) - 16])
    undirected = Counter(tuple(sorted(edge)) for edge in walked.elements())
    outline = {point for edge, uses in undirected.items() if uses == 1 for point in edge}
    last_ring = range(4 * count, 5 * count)
    assert outline == {*range(count), *last_ring}
    # What is left open at the back is no larger than the neck.
    vault = solid.points_mm[last_ring][template().points_mm[at.FACE_OVAL][:, 1] > 0]
    assert np.ptp(vault[:, 0]) < 20


def test_the_skull_is_its_own_mirror_image() -> None:
    points = skull().points_mm
    mirrored = points * MIRROR
    distance = np.linalg.norm(points[:, None] - mirrored[None], axis=2).min(axis=1)
    assert distance.max() < 0.5
